"""Floor 1, pure: quote location, vertical markets, payoff, scanner, credit choice."""
