"""Calls to a broker over HTTP: when, how, what became of them, and with whose keys."""
