"""What is known of a person: how facts come about, what they are called, how they replace each other and are told."""
