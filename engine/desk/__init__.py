"""A desk: what it is opened on, how it is put together, and how it runs."""
