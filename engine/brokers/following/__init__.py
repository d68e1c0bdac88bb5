"""How an order at a broker is followed: cumulative answers in, reports and bookings out; pure."""
