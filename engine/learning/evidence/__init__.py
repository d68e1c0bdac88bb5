"""Evidence in blocks of time: cells of dollars, contrasts between arms, what is promising."""
