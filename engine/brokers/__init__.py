"""Floor 3, I/O: the Broker protocol, callback bridge, simulated exchange, recorded sessions."""
