"""What is said and done in a turn without the model: commands, acts, checks."""
