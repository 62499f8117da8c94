"""What a small model cannot be trusted with: answers worked out from the store, commands that act, and checks of replies."""
