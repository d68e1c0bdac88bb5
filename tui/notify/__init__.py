"""Alarms for a person who does not look at the screen: the terminal's own way, and a command."""
