"""A broker and a market made of a program's own functions."""
