"""Floor 2, pure: pre-trade gate, session limits, order budget, kill latch."""
