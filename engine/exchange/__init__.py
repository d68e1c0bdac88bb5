"""The simulated exchange: quotes, matching, faults, and its own process."""
