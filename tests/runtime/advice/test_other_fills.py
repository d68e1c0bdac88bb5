"""What attempts taught under one fill model advises nothing under another."""

from __future__ import annotations

from tests.support.trial_desk import TrialDesk


def taught(desk: TrialDesk) -> tuple[int, int, int]:
    """Attempts behind the specification's answers, behind the chains' own, and in the evidence."""
    tallies = desk.executor.advice.tallies
    assert tallies.metrics is desk.state.metrics
    own = sum(each.total().n for each in tallies.own.values())
    return tallies.metrics.total().n, own, tallies.evidence.attempts


def test_a_desk_that_goes_on_with_the_same_fills_knows_what_it_knew() -> None:
    desk = TrialDesk(warm=30)
    desk.restart()
    assert taught(desk) == (60, 60, 60)
    desk.restart(new_day=True)
    assert taught(desk) == (60, 60, 60)


def test_other_fills_begin_anew_in_every_tally_that_advises() -> None:
    desk = TrialDesk(warm=30)
    desk.fill_model = "crossing"
    desk.restart()
    assert taught(desk) == (0, 0, 0)
    assert desk.executor.optimize_parameters()["optimal_contracts"] == 1
    for key in desk.keys:
        desk.attempt(key, 10.0)
    assert taught(desk) == (2, 2, 2)
    desk.restart()
    assert taught(desk) == (2, 2, 2)
