"""Trials: planned with a coin, followed with a confidence sequence, ended by rules told before."""
