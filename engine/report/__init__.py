"""The session report, from the state and nothing else."""
