"""Clock, exchange calendar and phases, option chains as arrays, ticks and fees."""
