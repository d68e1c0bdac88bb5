"""Every action: its keys, its place, what it does."""
