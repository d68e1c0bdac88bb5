"""Floor 2, pure: fill statistics, estimators, recommendations."""
