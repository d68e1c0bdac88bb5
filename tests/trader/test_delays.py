"""The delay before an attempt, and that a seed decides a whole day."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import DeskConfig
from engine.config.bounds import LEAST_PERIOD_S
from engine.market.session import Moment
from engine.orders.actions import Cancel, Submit, WakeAt
from tests.support.trader_world import World, fast


@settings(max_examples=150, deadline=None)
@given(
    low=st.floats(0, 20),
    more=st.floats(LEAST_PERIOD_S, 20),
    spread=st.floats(0, 1),
    phase=st.sampled_from([("09:35:00", "open"), ("10:30:00", ""), ("15:50:00", "close")]),
    multiplier=st.floats(1, 5),
    seed=st.integers(0, 10**6),
)
def test_the_delay_keeps_the_bounds_of_its_formula(low, more, spread, phase, multiplier, seed):
    clock, auction = phase
    world = _DELAYS[clock]
    trader = world.trader
    config = DeskConfig.model_validate(
        {
            "timing": {
                "min_delay_between_attempts": low,
                "max_delay_between_attempts": low + more,
                "random_delay_factor": spread,
            }
        }
    )
    trader.context.timing = config.timing
    trader.context.rng.seed(seed)
    world.session.multiplier = multiplier if auction else 1.0
    trader.plan_next(Moment(5.0, world.start_epoch_s))
    factor = world.session.multiplier
    least = max(low, low * (1 - spread / 2) * factor)
    most = max(low, (low + more) * (1 + spread / 2) * factor)
    assert least - 1e-9 <= trader.next_delay_s <= most + 1e-9
    assert trader.next_attempt_s == 5.0 + trader.next_delay_s


_DELAYS = {at: World(at=at, start=False) for at in ("09:35:00", "10:30:00", "15:50:00")}


@pytest.mark.parametrize(
    ("at", "multiplier"), [("09:35:00", 2.0), ("10:30:00", 1.0), ("15:50:00", 1.5)]
)
def test_the_auctions_lengthen_the_delay(at, multiplier):
    assert World(at=at, start=False).session.multiplier == multiplier


def day(seed):
    turn = iter(range(10**6))
    world = fast(
        contracts=2,
        seed=seed,
        fills=lambda booked: 1 if next(turn) % 3 else 0,
    )
    world.run(240.0)
    return world.events, [a for _, a in world.actions if not isinstance(a, WakeAt)]


def test_the_same_seed_gives_the_same_actions_and_events():
    events, actions = day(11)
    again_events, again_actions = day(11)
    assert events == again_events and len(events) > 50
    kinds = (Submit, Cancel)
    picked = [a for a in actions if isinstance(a, kinds)]
    assert [repr(a) for a in picked] == [repr(a) for a in again_actions if isinstance(a, kinds)]


def test_another_seed_gives_other_delays():
    assert day(11)[0] != day(12)[0]
