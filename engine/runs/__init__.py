"""What runs leave on disk, for those who look without opening a desk."""
