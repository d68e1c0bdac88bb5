"""The desk's state, folded from its events; pure."""
