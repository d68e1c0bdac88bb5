"""The parts of an ExpirationTrader: choosing, debits, hedging. Pure: no clock, no I/O."""
