"""Parameter studies: the same days under several settings, and what the differences are worth."""
