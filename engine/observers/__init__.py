"""Other eyes on a running desk: its snapshots over owner-only sockets, and looks back."""
