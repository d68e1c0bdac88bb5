"""Seeded sessions with faults, and what must hold after them."""
