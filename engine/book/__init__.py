"""Floor 2, pure: balances per chain, money, the session's tallies."""
