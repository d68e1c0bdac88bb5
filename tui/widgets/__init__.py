"""Widgets that draw lines made elsewhere."""
