"""Fill statistics, estimators, recommendations."""
