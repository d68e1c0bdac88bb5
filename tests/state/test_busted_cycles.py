"""A cycle whose executions were all taken back is neither a completion nor a loss."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.state.desk import DeskState
from engine.state.hung_units import hung

AT_MS, TRADER = 1_795_185_000_000, "SPY 2026-12-04"


def of_one_cycle(*outcomes: str) -> DeskState:
    """A desk whose only cycle ended so, again and again."""
    state = DeskState()
    state.apply(ev.TraderAdded(AT_MS, TRADER, "SPY", "2026-12-04", 100, "american", "physical", 1))
    for outcome in outcomes:
        taken_back = outcome == "BUSTED"
        amounts = (0, 0, 0, 0, "") if taken_back else (1, 2_000, 272, 1_728, "LOCK*")
        state.apply(ev.CycleEnded(AT_MS, TRADER, 1, outcome, *amounts, "call butterfly", 0.4))
    return state


@pytest.mark.parametrize("before", [(), ("COMPLETE",), ("PARKED", "COMPLETE")])
def test_a_cycle_that_was_taken_back_counts_as_nothing_that_ended(before: tuple[str, ...]) -> None:
    """It counted as a completion with the label LOCK*."""
    state = of_one_cycle(*before, "BUSTED")
    money, totals = state.money, state.traders[TRADER]
    for counts in (money, totals):
        assert (counts.completions, counts.scratched, counts.parked) == (0, 0, 0)
        assert counts.hedge.count == 0
    assert not any(totals.labels.values()) and totals.result_c == 0
    assert state.day.losses.unwinds == 0
    assert money.hanging.ended == 0


def test_a_cycle_that_was_taken_back_and_came_again_counts_once() -> None:
    money = of_one_cycle("COMPLETE", "BUSTED", "COMPLETE").money
    assert (money.completions, money.result_c) == (1, 1_728)


def test_what_was_taken_back_did_not_hang() -> None:
    end = ev.CycleEnded(AT_MS, TRADER, 1, "BUSTED", 0, 0, 0, 0, "", "vertical", 400.0)
    assert not hung(end)
