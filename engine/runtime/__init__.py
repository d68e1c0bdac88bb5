"""Floor 4: scheduler, order desk, pacing, fold of the journal, reports."""
