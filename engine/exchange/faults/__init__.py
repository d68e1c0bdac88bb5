"""Faults of the simulated exchange and its feed: docs/simulation.md says what is injected."""
