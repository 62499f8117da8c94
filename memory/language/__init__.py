"""What a text says, before anybody is asked: words, times, secrets, claims. Knows no store and no model."""
