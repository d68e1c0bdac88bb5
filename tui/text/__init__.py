"""Lines, columns, bars and figures of the screen."""
