"""Back to where an earlier process stopped."""
