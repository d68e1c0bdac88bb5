"""Estimates of thin chains that borrow from their symbol and their desk: empirical Bayes."""
