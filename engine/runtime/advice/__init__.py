"""Recommendations of a running desk."""
