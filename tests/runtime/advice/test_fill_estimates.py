"""What a desk expects its chains to fill: borrowed where they are thin, from attempts like those now."""

from __future__ import annotations

import pytest

from engine.runtime.advice.fill_estimates import KEPT_S
from engine.runtime.requests.settings import write
from engine.runtime.views.trader_detail import trader_detail
from tests.support.trial_desk import TrialDesk


def desk_of(attempts: int, fills: int) -> TrialDesk:
    """Two chains, of which the first alone has attempts, over several quarter hours."""
    desk = TrialDesk(warm=0)
    for number in range(attempts):
        filled = number * fills // attempts != (number + 1) * fills // attempts
        desk.attempt(desk.keys[0], 9.0 + number % 4 if filled else None, 60.0)
    return desk


def test_a_chain_without_attempts_borrows_from_the_desk_and_says_so() -> None:
    desk = desk_of(120, 54)
    estimates, (first, second) = desk.executor.estimates, desk.keys
    own, lent = estimates.of(first), estimates.of(second)
    assert own is not None and lent is not None
    assert (own.attempts, own.fills, own.thin) == (120, 54, False)
    assert (lent.attempts, lent.lender, lent.thin) == (0, "the desk", True)
    assert 0.36 < lent.rate < 0.46
    assert lent.high - lent.low > 1.1 * (own.high - own.low)
    assert estimates.chance(second, 0, 0) == lent.rate
    assert (estimates.lender(first), estimates.lender(second)) == ("", "the desk")
    detail = trader_detail(desk.executor.context, desk.traders[second])
    assert detail.expected == lent.told()
    assert detail.expected.startswith("thin, 0 attempts: ")
    assert detail.expected.endswith("; borrows from the desk")


def test_estimates_stand_as_long_as_a_reservation_value() -> None:
    desk = desk_of(60, 30)
    estimates, (first, second) = desk.executor.estimates, desk.keys
    before = estimates.chance(second, 0, 0)
    for _ in range(20):
        desk.attempt(first, None, KEPT_S / 25)
    assert estimates.chance(second, 0, 0) == before
    desk.passes(KEPT_S)
    assert estimates.chance(second, 0, 0) < before


def test_attempts_with_other_settings_and_of_another_venue_lend_nothing() -> None:
    desk = desk_of(60, 40)
    second = desk.keys[1]
    assert desk.executor.estimates.chance(second, 0, 0) > 0.36
    for trader in desk.traders.values():
        write(desk.executor.context, trader, "optimal_cancel_ms", 1200, "test")
    assert desk.executor.estimates.chance(second, 0, 0) == pytest.approx(1 / 3)
    assert desk.executor.estimates.told(second) == ""

    desk = desk_of(60, 40)
    desk.restart()
    assert desk.executor.estimates.chance(second, 0, 0) > 0.36
    desk.source = "elsewhere"
    desk.restart()
    assert desk.executor.estimates.chance(second, 0, 0) == pytest.approx(1 / 3)


def test_yesterdays_attempts_lend_to_a_day_that_has_none() -> None:
    desk = desk_of(60, 40)
    first = desk.keys[0]
    desk.restart(new_day=True)
    found = desk.executor.estimates.of(first)
    assert found is not None
    assert (found.attempts, found.lender) == (0, "AAPL")
    assert found.rate > 0.36
