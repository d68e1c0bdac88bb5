"""The snapshot, built from core and state."""
