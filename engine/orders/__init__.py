"""Floor 1, pure: order and fill types, the order state machine, the hung-leg ladder."""
