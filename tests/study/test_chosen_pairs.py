"""What was promised at mid, and what the result owes to suspect pairs, unknown floors apart."""

from __future__ import annotations

from typing import Any

import pytest

from engine.learning.attempt_results import attempt_results
from engine.orders import events as ev
from engine.study.chosen_pairs import ChosenPairs

SPY = "SPY 2026-12-04"


def chosen(mid_floor: float | None, cycle: int = 1, minute: int = 615) -> ev.PairChosen:
    return ev.PairChosen(
        1_000, SPY, f"o{cycle}", cycle, "MAIN", minute, 2, 2500, 0.35, 0.65, "floor", 0.0, 3.0,
        8.0, 20.0, 0.05, mid_floor, 0.5, "", None, None, "",
    )  # fmt: skip


def ended(filled: int, result: str = "FILLED", cycle: int = 1) -> ev.AttemptEnded:
    return ev.AttemptEnded(2_000, SPY, cycle, f"o{cycle}", 2, filled, result, 10, 3.0, 700)


def pairs_of(*steps: tuple[float | None, int, str]) -> dict[str, Any]:
    """The figures after attempts of (floor at mid, contracts filled, result)."""
    pairs = ChosenPairs()
    pairs.added(added())
    for cycle, (mid_floor, filled, result) in enumerate(steps):
        pairs.chosen(chosen(mid_floor, cycle))
        pairs.ended(ended(filled, result, cycle))
    return pairs.of(SPY)


def added() -> ev.TraderAdded:
    values: dict[str, Any] = dict.fromkeys(ev.TraderAdded._fields, 0)
    return ev.TraderAdded(**values | {"trader": SPY, "multiplier": 100})


def test_promises_are_those_of_filled_debits_and_unknown_ones_are_apart() -> None:
    found = pairs_of(
        (0.02, 2, "FILLED"), (-0.03, 1, "PARTIAL"), (0.04, 0, "TIMEOUT"), (None, 2, "FILLED"),
        (0.5, 0, "REJECTED"), (0.0, 0, "TIMEOUT"),
    )  # fmt: skip
    assert found["suspect"] == 2, "a pair at zero is none, and a rejected one counts nowhere"
    assert found["mid_unknown"] == 1
    assert found["mid_limit_c"] == 5 * 200 + 5 * 100
    assert found["mid_floor_c"] == 2 * 200 - 3 * 100


def complete(floor_c: int, outcome: str = "COMPLETE") -> ev.CycleEnded:
    values: dict[str, Any] = dict.fromkeys(ev.CycleEnded._fields, 0)
    given = {"trader": SPY, "cycle": 1, "outcome": outcome, "floor_c": floor_c, "contracts": 2}
    return ev.CycleEnded(**values | given | {"at_ms": 3_000, "hedge_s": 1.0})


@pytest.mark.parametrize(
    ("mid_floor", "kind"),
    [(0.01, "suspect_floor_c"), (0.0, "plain_floor_c"), (None, "mid_unknown_floor_c")],
)
def test_a_result_stands_on_the_kind_of_its_pair_and_in_the_hour_of_its_debit(
    mid_floor: float | None, kind: str
) -> None:
    pairs = ChosenPairs()
    pairs.added(added())
    (row,) = attempt_results([chosen(mid_floor, minute=659), ended(2), complete(1234)])
    pairs.result(row, 1)
    found = pairs.of(SPY)
    kinds = ("suspect_floor_c", "plain_floor_c", "mid_unknown_floor_c")
    assert {name: found[name] for name in kinds if found[name]} == {kind: 1234}
    assert dict(pairs.hour_floor_c) == {10: 1234}
    pairs.result(row, -1)
    assert not any(pairs.of(SPY)[name] for name in kinds)
    assert sum(pairs.hour_floor_c.values()) == 0


def test_a_parked_unit_and_an_attempt_that_did_not_fill_have_no_result() -> None:
    pairs = ChosenPairs()
    pairs.added(added())
    stories: tuple[list[ev.Event], ...] = (
        [chosen(0.01), ended(2), complete(-900, "PARKED")],
        [chosen(0.01), ended(0, "TIMEOUT")],
    )
    for events in stories:
        (row,) = attempt_results(events)
        pairs.result(row, 1)
    assert not any(pairs.of(SPY).values())
