"""A fill model fitted to attempts: orders of a journal, the fit, its check on others."""
