"""An automatic hold of an earlier process goes on for what is left of it, or without end."""

from __future__ import annotations

import math

import pytest

from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.restart.restore import restore_trader
from tests.support.executor_world import PaperBroker, trading_on


@pytest.mark.parametrize("left_s", [41.0, 0.0, None])
def test_a_hold_goes_on_until_the_moment_at_which_it_was_to_end(left_s: float | None) -> None:
    executor = trading_on(PaperBroker())
    context, (trader,) = executor.context, executor.traders.values()
    moment = context.moment
    until_ms = 0 if left_s is None else round((moment.epoch_s + left_s) * 1000)
    context.emit(
        ev.TraderHeld(moment.at_ms - 19_000, trader.key, Gate.HELD, until_ms, "2 of 22 filled")
    )
    restore_trader(context, trader, context.state.traders[trader.key])
    assert trader.held is Gate.HELD
    ends_s = math.inf if left_s is None else moment.now_s + left_s
    assert trader.context.held_until_s == pytest.approx(ends_s, abs=0.001)
