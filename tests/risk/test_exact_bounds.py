"""Limits of dollars at their exact bounds: what comes to a limit has reached it, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import RiskLimits
from engine.orders import events as ev
from engine.risk.day_loss import DayLoss
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.risk.gate import PreTradeGate
from engine.risk.gates import Gate
from engine.trader.legged_unit import LeggedUnit
from tests.support.exposure_events import A, added


def lost(cents: int, outcome: str = "SCRATCHED") -> ev.CycleEnded:
    return ev.CycleEnded(0, A, 1, outcome, 1, -cents, 0, -cents, "RISK", "vertical", 1.0)


def gate_of(*events: ev.Event, **limits: float) -> PreTradeGate:
    sums = Exposure()
    for event in (added(A), *events):
        sums.apply(event)
    return PreTradeGate(RiskLimits.model_validate(limits), sums, DeskFlags())


CENTS = st.integers(min_value=10_000, max_value=2_500_000)


@given(CENTS)
def test_a_loss_of_exactly_the_limit_closes_and_halts_and_a_cent_less_does_not(cents: int) -> None:
    """110 cents are less than 1.1 * 100 as floats are."""
    limits = {"day_loss_exit_only_usd": cents / 100, "day_loss_halt_usd": cents / 100}
    below, at = gate_of(lost(cents - 1), **limits), gate_of(lost(cents), **limits)
    assert below.desk_gate() is None and not below.day_halted()
    assert at.desk_gate() is Gate.DAY_LOSS and at.day_halted()


@given(CENTS)
def test_a_debit_of_exactly_the_limit_is_allowed_and_a_cent_more_is_not(cents: int) -> None:
    limits = dict.fromkeys(
        ("max_debit_usd_order", "max_debit_usd_chain", "max_debit_usd_desk"), cents * 100 / 100
    )
    subject = gate_of(**limits)
    chain = subject.exposure.chains[A]
    assert subject.largest_debit_c(chain, 1) == cents
    assert subject.capital_gate(chain, 1, cents) is None
    assert subject.capital_gate(chain, 1, cents + 1) is Gate.CAPITAL_ORDER


@pytest.mark.parametrize("sold_back_c", [180, 100])
def test_what_a_wide_credit_owes_counts_in_the_loss_of_a_cycle_that_was_sold_back_in_part(
    sold_back_c: int,
) -> None:
    """The cash that it brought hid the loss: it is owed at expiration."""
    unit = LeggedUnit(1, "call", 100.0, 105.0, 105.0, 115.0, 750, 0.0)
    unit.bought(2, 235, 0)
    unit.sold.append((1, 750, 105.0, 115.0))
    unit.credited, unit.unwound, unit.unwound_c = 1, 1, sold_back_c
    net_c, floor_c = unit.money_c(100), unit.floor_c(100)
    assert net_c > 0 > floor_c
    losses = DayLoss()
    losses.cycle_ended(
        ev.CycleEnded(0, A, 1, unit.outcome, 2, net_c, 0, floor_c, "RISK", unit.kind(), 1.0), 1
    )
    assert losses.realised_c == floor_c and losses.unwinds == 1
