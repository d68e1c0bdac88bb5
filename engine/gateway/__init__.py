"""A real broker's account in a process of its own: orders, what became of them, what is held."""
