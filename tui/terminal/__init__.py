"""What the terminal can do, asked of itself."""
