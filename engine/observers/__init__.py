"""Other eyes on a running desk: its snapshots over an owner-only socket that takes nothing."""
