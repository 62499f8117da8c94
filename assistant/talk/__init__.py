"""What a message wants, and what can be answered without a model."""
