"""What goes in and out as files: conversation logs, whole users, documents."""
