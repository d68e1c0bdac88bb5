"""The simulated exchange as Alpaca would tell it: calls answered, events written, no socket."""
