"""Floor 3, I/O: the SQLite event journal and its recovery."""
