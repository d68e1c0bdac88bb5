"""Quote location, vertical markets, payoff, scanner, credit choice."""
