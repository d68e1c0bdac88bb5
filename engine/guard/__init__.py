"""The guard: a small process that cancels a dead desk's open orders. It imports little."""
