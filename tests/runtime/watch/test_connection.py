"""How the desk is connected with its broker: what is told closes the gate, and rings once."""

from __future__ import annotations

import re
from datetime import date
from itertools import chain
from typing import Any, cast

import pytest

from engine.brokers.protocol import ContractPosition
from engine.brokers.remote.facts import Trouble
from engine.commands import Ask
from engine.risk.gates import Gate
from engine.runtime.alarm_kinds import code_of
from engine.runtime.watch.connection import DOWN_S, SILENT_S
from tests.support.command_line import PROJECT
from tests.support.operator_steps import Operated
from tests.support.told_broker import ToldBroker


@pytest.fixture
def desk() -> Operated:
    return Operated()


def run(desk: Operated, told: ToldBroker, seconds: float, **health: Any) -> None:
    """Let time pass while the broker's process goes on telling its health."""
    for _ in range(round(seconds)):
        told.tell(**health)
        desk.run(1.0)


def whys(desk: Operated) -> set[tuple[str, str]]:
    return {(row.gate, row.gate_text) for row in desk.snapshot().traders}


@pytest.mark.parametrize("quality", ["delayed", "indicative", "simulated", "refused"])
def test_a_live_desk_sends_no_debit_on_a_feed_that_is_not_live_and_says_so(
    desk: Operated, quality: str
) -> None:
    told = ToldBroker(desk.context, feed="theirs", feed_quality=quality)
    run(desk, told, 2)
    before = desk.debits_sent()
    run(desk, told, 60)
    assert desk.debits_sent() == before
    (alarm,) = desk.raised("FEED_NOT_LIVE")
    assert alarm.what == f"the feed is not live: theirs is {quality}"
    text = f"live trading needs a live feed: this one is theirs, {quality}"
    assert whys(desk) == {("FEED", text)}


def test_a_live_feed_opens_the_gate_again(desk: Operated) -> None:
    told = ToldBroker(desk.context, feed_quality="delayed")
    run(desk, told, 2)
    ToldBroker(desk.context)
    run(desk, told, 60)
    assert desk.debits_sent() and not desk.raised("FEED_NOT_LIVE")


def test_a_feed_that_degrades_in_the_session_stops_debits_at_once_and_the_header_shows_it(
    desk: Operated,
) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, 2)
    before = desk.debits_sent()
    run(desk, told, 60, feed_quality="delayed")
    assert desk.debits_sent() == before
    assert desk.raised("FEED_NOT_LIVE") and {gate for gate, _ in whys(desk)} == {"FEED"}
    assert desk.snapshot().connection.feed_quality == "delayed"
    run(desk, told, 60)
    assert desk.debits_sent() > before and not desk.raised("FEED_NOT_LIVE")


def test_a_health_message_that_tells_no_feed_leaves_what_the_hello_told(desk: Operated) -> None:
    told = ToldBroker(desk.context, feed_quality="delayed")
    run(desk, told, 5, feed_quality=None)
    assert {gate for gate, _ in whys(desk)} == {"FEED"}
    assert desk.snapshot().connection.feed_quality == "delayed"


def test_a_paper_desk_trades_on_any_feed(desk: Operated) -> None:
    told = ToldBroker(desk.context, mode="PAPER", feed_quality="indicative")
    run(desk, told, 60)
    assert desk.debits_sent() and not desk.raised("FEED_NOT_LIVE")


def test_what_is_legged_completes_on_a_feed_that_is_not_live(desk: Operated) -> None:
    desk.run_until(lambda: bool(desk.snapshot().units))
    told = ToldBroker(desk.context, feed_quality="delayed")
    desk.run_until(lambda: not desk.snapshot().units, 3600)
    told.tell()
    assert desk.context.state.money.completions


@pytest.mark.parametrize(
    ("health", "code", "gate"),
    [
        ({"orders_up": False, "heard_age_s": 9.0}, "LINK_DOWN", Gate.LINK),
        ({"data_up": False}, "FEED_OLD", None),
        ({"calls_left": 29}, "RATE_LOW", None),
        ({"clock_ahead_s": -1.6}, "BROKER_CLOCK", Gate.CLOCK),
        ({"token_s": 600.0}, "TOKEN_ENDS", None),
        ({"troubles": (Trouble("FOREIGN_FILL", "SPY", "5 contracts"),)}, "FOREIGN_FILL", None),
        ({"troubles": (Trouble("JOURNAL", "JOURNAL", "disk full"),)}, "GATEWAY_JOURNAL", None),
        ({"troubles": (Trouble("NEWER", "NEWER 2", "something"),)}, "AT_BROKER", None),
    ],
)
def test_what_health_tells_is_one_alarm_that_goes_with_its_cause(
    desk: Operated, health: dict[str, Any], code: str, gate: Gate | None
) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, 3)
    assert desk.raised(code) == []
    run(desk, told, DOWN_S + 30, **health)
    (alarm,) = desk.raised(code)
    assert alarm.consequence and alarm.response
    assert desk.context.gate.desk_gate() is gate
    run(desk, told, 3)
    assert desk.raised(code) == [] and desk.context.gate.desk_gate() is None


def test_every_kind_that_a_gateway_tells_has_words_of_its_own() -> None:
    told = r'(?:note|notice|hold|_carry_out)\((?:\w+, )?\s*"([A-Z_]+)"|_?KIND: Final = "([A-Z_]+)"'
    kinds = {
        kind
        for path in (PROJECT / "engine" / "gateway").glob("*.py")
        for kind in chain(*re.findall(told, path.read_text("utf-8")))
        if kind
    }
    assert len(kinds) > 10 and "CANCEL_STUCK" in kinds
    assert {kind for kind in kinds if code_of(kind) == "AT_BROKER"} == set()


def test_each_kind_of_a_gateways_alarms_has_its_own_words_and_priority(desk: Operated) -> None:
    stuck = Trouble("CANCEL_STUCK", "CANCEL_STUCK", "order P1 works on 10 s after its cancel")
    hands = [Trouble("FOREIGN_FILL", f"FOREIGN_FILL {n}", f"{n} SPY") for n in (2, 3)]
    run(desk, ToldBroker(desk.context), 3, troubles=(stuck, *hands))
    (cancel,), fills = desk.raised("CANCEL_STUCK"), desk.raised("FOREIGN_FILL")
    assert (cancel.priority, cancel.response) == (1, "cancel it on the broker's page")
    assert "order P1 works on" in cancel.what
    assert [(each.priority, each.where) for each in fills] == [(2, "account 2"), (2, "account 3")]
    assert not desk.raised("AT_BROKER")


KEYS = Trouble("KEYS_REFUSED", "KEYS_REFUSED", "alpaca takes the keys no more: log in")


@pytest.mark.parametrize(
    ("health", "code", "says"),
    [
        ({"orders_up": False, "troubles": (KEYS,)}, "LINK_DOWN", "it takes the keys no more"),
        ({"orders_up": False}, "LINK_DOWN", "last heard 0 s ago"),
        (
            {"data_up": False, "feed_quality": "refused"},
            "FEED_OLD",
            "the broker refuses its quotes",
        ),
        ({"data_up": False}, "FEED_OLD", "last heard 0 s ago"),
        (
            {"orders_up": False, "orders_why": "it answers 503", "orders_age_s": 40.0},
            "LINK_DOWN",
            "it answers 503; it was well 40 s ago",
        ),
        (
            {"data_up": False, "data_why": "no answer in time", "data_age_s": 4.0},
            "FEED_OLD",
            "no answer in time; it was well 4 s ago",
        ),
    ],
)
def test_an_alarm_says_whether_the_network_is_cut_or_the_broker_refuses(
    desk: Operated, health: dict[str, Any], code: str, says: str
) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, DOWN_S + 3, **health)
    (alarm,) = desk.raised(code)
    assert alarm.what.endswith(f": {says}")


def test_an_alarm_of_the_gateways_is_told_once_with_its_place(desk: Operated) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, 2, troubles=(KEYS, Trouble("FOREIGN_FILL", "SPY", "5 contracts")))
    first, second = desk.snapshot().connection.troubles
    assert first == "KEYS_REFUSED alpaca takes the keys no more: log in"
    assert second == "FOREIGN_FILL SPY 5 contracts"


def test_few_calls_are_fewer_than_15_in_100(desk: Operated) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, 5, calls_left=30, calls_limit=200)
    assert desk.raised("RATE_LOW") == []


def test_a_connection_that_comes_back_at_once_rings_nothing_but_stops_debits(
    desk: Operated,
) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, 2)
    run(desk, told, 2, orders_up=False)
    assert desk.context.gate.desk_gate() is Gate.LINK
    run(desk, told, 2)
    assert desk.raised("LINK_DOWN") == [] and desk.context.gate.desk_gate() is None


def test_a_link_that_is_down_while_orders_may_execute_is_for_now(desk: Operated) -> None:
    cast("Any", desk.venue).cancel = lambda *order: None  # nothing gets through
    desk.working_debit()
    told = ToldBroker(desk.context)
    run(desk, told, DOWN_S + 3, orders_up=False)
    (alarm,) = desk.raised("LINK_DOWN")
    assert desk.context.state.orders.live and alarm.priority == 1
    run(desk, told, 3)
    assert desk.raised("LINK_DOWN") == []


def test_a_link_that_is_down_with_nothing_out_is_raised_to_p1_once_an_order_may_execute(
    desk: Operated,
) -> None:
    desk.run_until(lambda: desk.context.state.orders.known)
    desk.ask(Ask.HALT)
    desk.nothing_open()
    told = ToldBroker(desk.context)
    run(desk, told, DOWN_S + 3, orders_up=False)
    (alarm,) = desk.raised("LINK_DOWN")
    assert not desk.context.state.orders.live and alarm.priority == 2
    out = desk.context.state.orders.live
    record = next(iter(desk.context.state.orders.known.values()))
    out[record.intent.order] = record
    run(desk, told, 3, orders_up=False)
    (graver,) = desk.raised("LINK_DOWN")
    assert graver.priority == 1 and graver.alarm != alarm.alarm
    del out[record.intent.order]
    run(desk, told, 3, orders_up=False)
    assert [each.alarm for each in desk.raised("LINK_DOWN")] == [graver.alarm], "rings once"


def test_a_gateway_that_falls_silent_is_gone(desk: Operated) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, 2)
    desk.run(SILENT_S + DOWN_S + 3.0)
    assert desk.raised("GATEWAY_GONE") and desk.raised("LINK_DOWN") == []
    assert desk.context.gate.desk_gate() is Gate.LINK
    shown = desk.snapshot().connection
    assert shown.connected and shown.gone.startswith("silent for") and shown.heard_s is not None
    assert (shown.orders_up, shown.events_up, shown.calls_left) == (None, None, None)
    run(desk, told, 2)
    shown = desk.snapshot().connection
    assert desk.raised("GATEWAY_GONE") == [] and (shown.gone, shown.orders_up) == ("", True)


def test_what_differs_at_a_first_look_is_not_shown_as_agreed(desk: Operated) -> None:
    ToldBroker(desk.context)
    stranger = ContractPosition("SPY", date(2026, 12, 4), "call", 700.0, 1)
    venue, books = cast("Any", desk.venue), desk.core.books
    told = venue.positions
    venue.positions = lambda: (*told(), stranger)
    books.compare()
    shown = desk.snapshot()
    assert "700C" in shown.connection.unsure and not shown.connection.difference
    assert shown.health.unsure == shown.connection.unsure
    books.compare()
    shown = desk.snapshot()
    assert "700C" in shown.connection.difference and not shown.connection.unsure
    venue.positions = told
    books.compare()
    assert not desk.snapshot().connection.unsure


@pytest.mark.parametrize("facts", [{"account_tail": "9999"}, {"mode": "PAPER"}])
def test_a_gateway_that_came_back_with_another_account_is_not_traded_on(
    desk: Operated, facts: dict[str, str]
) -> None:
    told = ToldBroker(desk.context)
    run(desk, told, 2)
    ToldBroker(desk.context, **facts)
    desk.context.config.mode = "LIVE"
    run(desk, told, DOWN_S + 3)
    (alarm,) = desk.raised("GATEWAY_GONE")
    assert "it now holds" in alarm.what and desk.context.gate.desk_gate() is Gate.LINK


@pytest.mark.parametrize("mode", ["PAPER", "LIVE"])
def test_nothing_is_entered_before_the_first_health_message(desk: Operated, mode: str) -> None:
    told = ToldBroker(desk.context, mode=mode)
    told.broker.health = None
    desk.executor.limits.begin()
    assert desk.context.gate.desk_gate() is Gate.LINK
    assert "has not told yet" in desk.context.flags.link_down
    before = desk.debits_sent()
    desk.run(SILENT_S - 1.0)
    assert desk.debits_sent() == before and not desk.raised("GATEWAY_GONE")
    desk.run(DOWN_S + 3.0)
    assert desk.debits_sent() == before
    (alarm,) = desk.raised("GATEWAY_GONE")
    assert "silent" in alarm.what
    run(desk, told, 60)
    assert desk.context.gate.desk_gate() is None and desk.debits_sent() > before
