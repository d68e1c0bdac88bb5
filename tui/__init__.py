"""The terminal: it shows the desk and hands over what the operator asks; it never trades."""
