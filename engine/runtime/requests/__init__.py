"""What an operator asks, and how it is answered."""
