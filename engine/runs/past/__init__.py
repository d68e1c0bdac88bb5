"""Past moments of a run, folded from its journal: a desk to look at that cannot trade."""
