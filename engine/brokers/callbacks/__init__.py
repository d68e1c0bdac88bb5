"""A broker made of a program's own functions."""
