"""Real money moves only after the account was named by hand and everything is as it must be."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from engine.brokers.protocol import ContractPosition
from engine.commands import Ask, Ticket, TicketState
from engine.orders import events as ev
from engine.risk.first_orders import PROVEN_AFTER
from engine.risk.gates import Gate
from engine.runtime.requests.arming import Arming
from tests.support.operator_steps import TRADER, Operated
from tests.support.told_broker import ToldBroker

STRANGER = ContractPosition("SPY", date(2026, 12, 4), "call", 700.0, 1)


class LiveDesk:
    """A desk told that it trades real money; paused, as it opens."""

    def __init__(self) -> None:
        self.desk = desk = Operated()
        self.told = ToldBroker(desk.context)
        desk.executor.operator.arming = Arming(desk.context, desk.core.books)
        for trader in desk.context.traders.values():
            trader.pause()
        self.run(2)
        desk.core.books.compare()

    def run(self, seconds: float, **health: Any) -> None:
        for _ in range(round(seconds)):
            self.told.tell(**health)
            self.desk.run(1.0)

    def resume(self, word: str = "", target: str = "*", **args: Any) -> Ticket:
        if word:
            args["word"] = word
        return self.desk.ask(Ask.RESUME, target, **args)

    def of(self, kind: type) -> list[Any]:
        return self.desk.of(kind)


@pytest.fixture
def live() -> LiveDesk:
    return LiveDesk()


def test_a_live_desk_sends_nothing_before_its_accounts_last_characters_were_typed(
    live: LiveDesk,
) -> None:
    for word in ("", "4822", "48211", "RESUME", "…4821", "482"):
        ticket = live.resume(word)
        assert ticket.state is TicketState.REFUSED, word
    live.run(60)
    assert not live.desk.debits_sent() and not live.of(ev.LiveArmed)
    assert live.desk.context.gate.desk_gate() is Gate.UNARMED
    ticket = live.resume("4821")
    assert ticket.state is TicketState.CONFIRMED and ticket.text.startswith(
        "armed on …4821; resumed"
    )
    live.run(60)
    assert live.desk.debits_sent()
    (armed,) = live.of(ev.LiveArmed)
    assert (armed.account, armed.who, armed.debit_limit_c) == ("4821", "ada", None)


def test_one_trader_can_be_armed_alone_and_the_rest_then_needs_no_word(live: LiveDesk) -> None:
    assert live.resume("4821", TRADER).state is TicketState.CONFIRMED
    live.run(60)
    assert live.desk.debits_sent() == live.desk.debits_sent(TRADER) > 0
    assert live.resume().state is TicketState.CONFIRMED
    assert len(live.of(ev.LiveArmed)) == 1


def test_a_trader_that_somebody_resumes_behind_the_screen_enters_nothing(live: LiveDesk) -> None:
    for trader in live.desk.context.traders.values():
        trader.resume()
    live.run(60)
    assert not live.desk.debits_sent()


@pytest.mark.parametrize(
    ("health", "says"),
    [
        ({"clock_ahead_s": 1.4}, "the broker's time is +1.4 s from ours"),
        ({"clock_ahead_s": None}, "time is not known"),
        ({"orders_up": False}, "cannot be reached"),
    ],
)
def test_arming_needs_a_broker_that_is_there_and_goes_by_our_time(
    live: LiveDesk, health: dict[str, Any], says: str
) -> None:
    live.run(2, **health)
    live.told.tell(**health)
    ticket = live.resume("4821")
    assert ticket.state is TicketState.REFUSED and says in ticket.text
    live.run(2)
    assert live.resume("4821").state is TicketState.CONFIRMED


def test_arming_needs_a_live_feed(live: LiveDesk) -> None:
    live.told = ToldBroker(live.desk.context, feed_quality="indicative")
    live.run(2)
    assert "the feed is indicative" in live.resume("4821").text


def test_every_reason_for_which_nobody_may_trade_is_told_at_once(live: LiveDesk) -> None:
    live.told = ToldBroker(live.desk.context, feed_quality="refused")
    live.run(2, clock_ahead_s=-1.4, data_up=False)
    live.told.tell(clock_ahead_s=-1.4, data_up=False, data_why="it answers 503")
    told = live.resume("4821").text
    for part in (
        "the feed is refused; subscribe to a live one",
        "the quotes' connection is down: it answers 503",
        "the broker's time is -1.4 s from ours",
    ):
        assert part in told
    assert live.desk.context.gate.desk_gate() is not None and not live.of(ev.LiveArmed)


def test_arming_needs_books_that_agree(live: LiveDesk) -> None:
    venue = cast("Any", live.desk.venue)
    told = venue.positions
    live.desk.context.state.contracts.cash_c = -1  # the desk has traded here before
    venue.positions = lambda: (*told(), STRANGER)
    assert "book and broker differ" in live.resume("4821").text
    venue.positions = lambda: None
    assert "cannot be read" in live.resume("4821").text
    venue.positions = told
    assert live.resume("4821").state is TicketState.CONFIRMED


def test_a_difference_that_is_gone_when_it_is_looked_at_again_refuses_no_arming(
    live: LiveDesk,
) -> None:
    live.desk.context.flags.differ(frozenset({str(TRADER)}))
    assert live.resume("4821").state is TicketState.CONFIRMED


def test_lifting_a_kill_leaves_a_live_desk_to_be_armed_again(live: LiveDesk) -> None:
    live.resume("4821")
    live.desk.nothing_open()
    live.desk.ask(Ask.KILL, stage=1)
    live.desk.run_until(lambda: not live.desk.context.state.orders.live)
    assert live.desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME").state is TicketState.CONFIRMED
    live.told.tell()
    assert live.resume().state is TicketState.REFUSED
    assert live.resume("4821").state is TicketState.CONFIRMED


def test_what_was_armed_before_the_start_lifts_no_halt(live: LiveDesk) -> None:
    live.desk.ask(Ask.HALT)
    refused = live.desk.ask(Ask.RESUME, word="4821", unless_halted=True)
    assert refused.state is TicketState.REFUSED and "resume by hand" in refused.text
    assert live.desk.context.flags.halted and live.desk.context.flags.unarmed


def test_what_was_armed_before_the_start_lifts_no_pause_that_came_after_it_was_armed(
    live: LiveDesk,
) -> None:
    armed = live.desk.ask(Ask.RESUME, word="4821", unless_halted=True)
    assert armed.state is TicketState.CONFIRMED
    live.desk.ask(Ask.PAUSE, TRADER)
    again = live.desk.ask(Ask.RESUME, word="4821", unless_halted=True)
    assert again.state is TicketState.REFUSED and "armed already" in again.text
    assert live.desk.context.traders[TRADER].paused


def test_a_day_s_limit_of_debits_holds_over_all_traders(live: LiveDesk) -> None:
    for given in (0, -5, True, "5000", 10**9):
        assert live.resume("4821", debit_limit_usd=given).state is TicketState.REFUSED
    assert live.resume("4821", debit_limit_usd=400).state is TicketState.CONFIRMED
    assert live.of(ev.LiveArmed)[-1].debit_limit_c == 40_000
    for _ in range(1800):
        live.run(1)
        sums = live.desk.context.exposure
        assert sums.bought_c + sums.working_c <= 40_000
    assert sums.bought_c > 0
    gates = {row.gate for row in live.desk.snapshot().traders}
    assert "CAPITAL_DAY" in gates or sums.bought_c > 30_000


def test_first_orders_are_small_until_twenty_attempts_have_ended_well(live: LiveDesk) -> None:
    for trader in live.desk.context.traders.values():
        trader.context.set_size(3)
    first = live.desk.context.gate.first
    live.resume("4821")
    small = 0
    while first.proving:
        live.run(1)
        assert {row.size for row in live.desk.snapshot().traders} == {1} or not first.proving
        small = len(live.desk.sent)
    assert small >= PROVEN_AFTER // 2
    assert {r.quantity for _, r in live.desk.sent[:small] if r.pays} == {1}
    live.run(120)
    assert {row.size for row in live.desk.snapshot().traders} == {3}
    assert max(r.quantity for _, r in live.desk.sent if r.pays) == 3


def test_a_simulated_desk_is_never_armed() -> None:
    desk = Operated()
    assert desk.context.gate.desk_gate() is None
    assert desk.context.gate.first.contracts is None
    desk.ask(Ask.PAUSE)
    assert desk.ask(Ask.RESUME).state is TicketState.CONFIRMED
