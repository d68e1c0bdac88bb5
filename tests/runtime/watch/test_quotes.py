"""What the feed gives many chains is one alarm, whose list grows as chains join."""

from __future__ import annotations

from engine.desk.opening import Desk
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.alarms import Alarms
from engine.runtime.context import DeskContext
from engine.runtime.watch.quotes import SpreadingAlarm
from engine.state.desk import DeskState
from tests.support.desks import simulated


def running() -> tuple[Desk, DeskContext]:
    desk = simulated()
    desk.executor.begin()
    return desk, desk.executor.context


def standing(context: DeskContext) -> list[tuple[str, str]]:
    alarms = context.state.notices.alarms.values()
    return [(a.raised.where, a.raised.what) for a in alarms if a.raised.code == "STALE"]


def test_staleness_that_spreads_is_one_alarm_with_a_growing_list() -> None:
    desk, context = running()
    raised: list[ev.Event] = []
    restated: list[ev.Event] = []
    context.subscribe(ev.AlarmRaised, raised.append)
    context.subscribe(ev.AlarmRestated, restated.append)
    traders = list(context.traders.values())
    for number, trader in enumerate(traders, 1):
        trader.context.blocked = Gate.QUOTES_STALE
        desk.executor.limits.look()
        place, what = standing(context)[0]
        assert len(standing(context)) == 1
        if number == 1:
            assert (place, what) == (trader.key, "quotes are stale on 1 chain")
        else:
            assert place == "desk"
            assert f"on {number} chains ({traders[0].key}, {traders[1].key}" in what
    assert (len(raised), len(restated)) == (1, len(traders) - 1)
    traders[0].context.blocked = None
    desk.executor.limits.look()
    assert len(standing(context)) == 1
    assert len(restated) == len(traders) - 1, "only what joins is told"
    for trader in traders:
        trader.context.blocked = None
    desk.executor.limits.look()
    assert standing(context) == []
    assert context.alarms.places("STALE") == ()


def test_an_alarm_that_was_restated_is_cleared_where_it_is_now_also_after_a_restart() -> None:
    kept: list[ev.Event] = []
    alarms = Alarms(kept.append)
    spreading = SpreadingAlarm(alarms, "STALE", lambda chains: f"on {len(chains)}\x1b")
    for count in (1, 2, 3):
        spreading.show(count, {f"T{number}": "" for number in range(count)})
    again = Alarms(kept.append)
    again.remember(list(kept))
    assert again.places("STALE") == alarms.places("STALE") == ("desk",)
    again.clear(4, "STALE", "desk")
    state = DeskState()
    for event in kept:
        state.apply(event)
    record = state.notices.cleared[-1]
    assert (record.raised.where, record.raised.what) == ("desk", "quotes are stale on 3")
    assert record.raised.at_ms == 1
    assert [type(event) for event in kept].count(ev.AlarmRaised) == 1


def test_an_operator_who_saw_an_alarm_has_seen_what_joins_it() -> None:
    kept: list[ev.Event] = []
    spreading = SpreadingAlarm(Alarms(kept.append), "STALE", lambda chains: f"on {len(chains)}")
    spreading.show(1, {"T1": ""})
    kept.append(ev.AlarmAcknowledged(2, "A01"))
    spreading.show(3, {"T1": "", "T2": ""})
    state = DeskState()
    for event in kept:
        state.apply(event)
    record = state.notices.alarms["A01"]
    assert (record.state, record.raised.what) == ("acked", "quotes are stale on 2")
