"""What the two-part strategy keeps: bookings and positions."""
