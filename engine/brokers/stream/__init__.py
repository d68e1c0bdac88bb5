"""A broker's stream of events, kept alive: what it tells are hints, and what it misses is asked."""
