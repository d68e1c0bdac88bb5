"""From the terminal's bytes to keys that were meant: pastes and broken sequences press nothing."""
