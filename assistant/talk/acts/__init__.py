"""What a message wants: to tell, to ask what was told, to be given a text, to have something forgotten."""
