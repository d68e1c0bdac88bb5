"""Trials of a running desk: who gets which arm, when they end, and what comes of it."""
