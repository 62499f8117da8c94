"""Who may come in: accounts and API keys."""
