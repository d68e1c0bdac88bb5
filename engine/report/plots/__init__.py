"""Plots as inline SVG, and the page that holds them: no script, nothing from elsewhere."""
