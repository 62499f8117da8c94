"""Ways in: the command line, the terminal chat, the browser app."""
