"""What the feed gives many chains is one alarm, whose list grows as chains join."""

from __future__ import annotations

from engine.desk.opening import Desk
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.watch.quotes import SUSPECT_S
from engine.trader.trader import ExpirationTrader
from tests.support.desks import simulated


def running() -> tuple[Desk, DeskContext]:
    desk = simulated()
    desk.executor.begin()
    return desk, desk.executor.context


def standing(context: DeskContext, code: str = "STALE") -> dict[str, str]:
    alarms = [a for a in context.state.notices.alarms.values() if a.raised.code == code]
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


def suspect(trader: ExpirationTrader, since_s: float, last_s: float) -> None:
    row = trader.debits.chooser.suspects
    row.since_s, row.last_s, row.floor = since_s, last_s, 0.12


def test_quotes_that_promise_too_much_for_long_are_one_alarm_of_the_chains_that_do() -> None:
    desk, context = running()
    first, second, third, *_ = context.traders.values()
    code, now_s = "STALE_OR_MISPRICED", context.moment.epoch_s
    suspect(first, now_s - SUSPECT_S + 1, now_s)
    desk.executor.limits.look()
    assert standing(context, code) == {}, "it may be over in a moment"
    suspect(first, now_s - SUSPECT_S, now_s)
    suspect(second, now_s - 3 * SUSPECT_S, now_s - 100)
    suspect(third, now_s - 3 * SUSPECT_S, now_s - 200)
    desk.executor.limits.look()
    assert standing(context, code) == {
        first.key: "quotes promise a floor above 0 at mid: +0.12 a share, for 5 min",
        second.key: "quotes promise a floor above 0 at mid: +0.12 a share, for 13 min",
    }, "and the third has not been looked at for minutes"
    (raised,) = (a.raised for a in context.state.notices.alarms.values() if a.raised.code == code)
    assert (raised.priority, raised.recurs) == (3, True)
    first.debits.chooser.suspects.since_s = None
    desk.executor.limits.look()
    assert list(standing(context, code)) == [second.key]
