"""What is looked at now and then: books, positions, limits."""
