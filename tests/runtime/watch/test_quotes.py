"""What the feed gives many chains is one alarm, whose list grows as chains join."""

from __future__ import annotations

from engine.desk.opening import Desk
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from tests.support.desks import simulated


def running() -> tuple[Desk, DeskContext]:
    desk = simulated()
    desk.executor.begin()
    return desk, desk.executor.context


def standing(context: DeskContext) -> dict[str, str]:
    alarms = [a for a in context.state.notices.alarms.values() if a.raised.code == "STALE"]
    assert len(alarms) <= 1
    return alarms[0].places if alarms else {}


def test_staleness_that_spreads_is_one_alarm_with_a_growing_list() -> None:
    desk, context = running()
    raised: list[ev.Event] = []
    joined: list[ev.Event] = []
    context.subscribe(ev.AlarmRaised, raised.append)
    context.subscribe(ev.AlarmJoined, joined.append)
    traders = list(context.traders.values())
    for number, trader in enumerate(traders, 1):
        trader.context.blocked = Gate.QUOTES_STALE
        for _ in range(2):
            desk.executor.limits.look()
        assert list(standing(context)) == [each.key for each in traders[:number]]
    assert (len(raised), len(joined)) == (1, len(traders) - 1)
    traders[0].context.blocked = None
    desk.executor.limits.look()
    assert list(standing(context)) == [each.key for each in traders[1:]], "only what is so now"
    for trader in traders:
        trader.context.blocked = None
    desk.executor.limits.look()
    assert standing(context) == {}
    assert context.alarms.places("STALE") == ()


def test_a_chain_that_has_no_trader_any_more_leaves_the_alarm() -> None:
    desk, context = running()
    first, second, *_ = context.traders.values()
    first.context.blocked = second.context.blocked = Gate.QUOTES_STALE
    desk.executor.limits.look()
    del context.traders[first.key]
    desk.executor.limits.look()
    assert list(standing(context)) == [second.key]
