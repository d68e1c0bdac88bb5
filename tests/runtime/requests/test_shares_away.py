"""A broker that takes its time over an order of shares keeps no trader waiting, nor a kill."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.brokers.protocol import NotSentError
from engine.commands import Ask, Command, Ticket, TicketState
from engine.orders import events as ev
from engine.runtime.lanes import Lanes
from tests.support.operator_steps import Operated


class SlowShares:
    """A desk that holds shares, and whose broker answers about them when a test lets it."""

    def __init__(self) -> None:
        self.desk = Operated()
        self.context = self.desk.context
        self.asked = 0
        self.go_on = threading.Event()
        self.fails: Exception | None = None
        self.tickets: list[Ticket] = []
        venue: Any = self.desk.venue
        venue.close_shares = self.close
        venue.blocking = True
        self.context.lanes = Lanes(self.desk.executor.scheduler, 2)
        self.desk.ask(Ask.PAUSE)
        moment = self.context.now()
        self.context.emit(ev.SharesTraded(moment.at_ms, "SPY", "assigned", -100, 60000, 6000000))

    def close(self, symbol: str, now_s: float) -> None:
        self.asked += 1
        assert threading.current_thread() is not threading.main_thread()
        assert self.go_on.wait(60.0)
        if self.fails is not None:
            raise self.fails

    def hold(self) -> None:
        """A call that takes a thread until answers come."""
        assert self.go_on.wait(60.0)

    def ask(self) -> None:
        command = Command(Ask.CLOSE_SHARES, "SPY", args={"word": "CLOSE"})
        self.desk.executor.submit(command, self.tickets.append)
        self.desk.run(0.0)

    def until(self, count: int) -> Ticket:
        """The count-th answer, with no time passing at the exchange."""
        self.go_on.set()
        for _ in range(6000):
            self.desk.run(0.0)
            if len(self.tickets) >= count:
                return self.tickets[count - 1]
            threading.Event().wait(0.005)
        raise AssertionError("it was never answered")


@pytest.fixture
def slow() -> Iterator[SlowShares]:
    slow = SlowShares()
    yield slow
    slow.go_on.set()
    assert slow.context.lanes is not None
    slow.context.lanes.close()


def test_the_desk_goes_on_and_a_kill_counts_what_is_on_its_way(slow: SlowShares) -> None:
    slow.ask()
    slow.desk.run(5.0)  # in which nobody lets it answer
    assert slow.tickets == []
    slow.ask()
    assert [each.state for each in slow.tickets] == [TicketState.REFUSED]
    assert "already" in slow.tickets[0].text
    assert "an order of SPY shares on its way" in slow.desk.executor.operator.kill.survivors()
    done = slow.until(2)
    assert (done.state, done.text) == (
        TicketState.CONFIRMED, "-100 SPY shares: sent to be traded away at the market",
    )  # fmt: skip
    assert slow.asked == 1
    assert slow.desk.executor.operator.kill.survivors() == []
    *_, row = [each for each in slow.desk.of(ev.OperatorActed) if each.outcome == "confirmed"]
    assert (row.action, row.before) == ("close-shares", "-100 shares")


def test_what_was_held_back_is_told_as_not_sent_and_may_be_asked_for_at_once(
    slow: SlowShares,
) -> None:
    slow.fails = NotSentError("no call is free for 1 s")
    slow.ask()
    assert slow.until(1).text == "nothing was sent: no call is free for 1 s"
    slow.fails = ConnectionError("order SH-1 is looked up")
    slow.ask()
    assert slow.until(2).text.startswith("it is not known whether they were sent (order SH-1")
    slow.ask()
    assert "already" in slow.until(3).text and slow.asked == 2


def test_a_kill_before_a_thread_is_free_sends_nothing(slow: SlowShares) -> None:
    assert slow.context.lanes is not None
    lane = slow.context.lanes.completing
    for _ in range(2):
        lane.submit(lambda: slow.hold, failed=lambda error: None)
    slow.ask()
    slow.context.flags.kill(2)
    assert "kill: nothing may be sent" in slow.until(1).text
    assert slow.asked == 0
