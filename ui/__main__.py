"""`python -m ui` is the command `zhiji`."""

from ui.cli import main

main()
