"""What a user allows, and what they are told of what was erased."""
