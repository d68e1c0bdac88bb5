"""What the market does after debits ended: seen at the quotes that come anyway, or unknown."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from engine.market.chain import OptionChain
from engine.market.session import Moment
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.watch.post_trade import WATCHED_KEPT, PostTradeWatch
from tests.support.desks import simulated

STRIKES = (190.0, 195.0, 200.0)
BID_C, ASK_C, LIMIT_C = 200, 300, 235
"""The debit's market when it is sent, and its limit, 0.35 of the way."""


@dataclass
class World:
    """One trader of a desk whose events and quotes a test writes by hand."""

    context: DeskContext
    watch: PostTradeWatch
    start_ms: int = 0
    at_ms: int = 0
    key: str = ""
    cycle: int = 0
    told: list[ev.Event] = field(default_factory=list)

    def send(self, contracts: int = 1) -> str:
        """A debit is sent and works at once."""
        self.cycle += 1
        name = f"S-{self.cycle}"
        self.start_ms = self.at_ms
        self.context.emit(
            ev.OrderIntended(
                self.at_ms, self.key, name, self.cycle, "D", 1, "C", 190.0, 195.0, contracts,
                LIMIT_C, BID_C / 100, ASK_C / 100, 0.1, 4.0, "",
            )
        )  # fmt: skip
        self.context.emit(
            ev.PairChosen(
                self.at_ms, self.key, name, self.cycle, "MORNING", 600, contracts, 2500, 0.35, 0.65,
                "floor", 0.0, 3.0, 15.0, 150.0, 0.1, None, None, "", None, None, "",
            )
        )  # fmt: skip
        self.context.emit(ev.OrderSent(self.at_ms, self.key, name))
        self.context.emit(ev.OrderWorking(self.at_ms, self.key, name, f"B{name}"))
        return name

    def cancelled(self, name: str) -> None:
        """It ended unfilled 2.5 s later; the cancel took 50 ms."""
        self.at_ms += 2_550
        self.context.emit(ev.OrderEnded(self.at_ms, self.key, name, "canceled", ""))
        self.context.emit(
            ev.AttemptEnded(
                self.at_ms, self.key, self.cycle, name, 1, 0, "TIMEOUT", 10, 4.0, None, 2500
            )
        )

    def filled(self, name: str, after_ms: int = 400, late: bool = False) -> None:
        """It executed at its limit."""
        self.at_ms += after_ms
        self.context.emit(
            ev.Executed(self.at_ms, self.key, name, f"E-{name}", 1, LIMIT_C, 136, late)
        )

    def completed(self, name: str) -> None:
        """Its credit sells 195 and buys 200 for 3.00."""
        credit = f"{name}C"
        self.context.emit(
            ev.OrderIntended(
                self.at_ms, self.key, credit, self.cycle, "C", 1, "C", 200.0, 195.0, 1, 300, 2.5,
                3.5, 0.0, 0.0, "H0",
            )
        )  # fmt: skip
        self.context.emit(
            ev.Executed(self.at_ms, self.key, credit, f"E-{credit}", 1, 300, 136, False)
        )
        self.context.emit(
            ev.CycleEnded(
                self.at_ms, self.key, self.cycle, "COMPLETE", 1, 6500, 272, 6228, "ARB",
                "butterfly", 1.0,
            )
        )  # fmt: skip

    def look(self, after_ms: int, debit_ask_c: float, spread_c: float = 50.0) -> None:
        """Quotes of so long after the order was sent: each leg is `spread_c` cents wide."""
        at_ms = self.start_ms + after_ms
        chain = OptionChain("AAPL", self.context.session.phase.session_date, np.array(STRIKES))
        chain.ask[0] = (debit_ask_c / 100 + 5.0, 5.0 + spread_c / 100, 3.0)
        chain.bid[0] = chain.ask[0] - spread_c / 100
        chain.confirm(at_ms / 1000)
        self.watch.look(self.key, chain, Moment(0.0, at_ms / 1000 + 0.02))

    def ghosts(self) -> list[ev.GhostWatched]:
        return [each for each in self.told if isinstance(each, ev.GhostWatched)]

    def marks(self) -> list[ev.FillMarked]:
        return [each for each in self.told if isinstance(each, ev.FillMarked)]


def world() -> World:
    desk = simulated()
    desk.executor.begin()
    context = desk.executor.context
    context.now()
    made = World(context, desk.executor.core.post_trade)
    made.at_ms = context.moment.at_ms
    made.key = next(iter(context.traders))
    context.subscribe(ev.GhostWatched, made.told.append)
    context.subscribe(ev.FillMarked, made.told.append)
    return made


def test_a_cancelled_debit_that_the_ask_comes_down_to_would_have_filled_then() -> None:
    w = world()
    w.cancelled(w.send())
    w.look(6_000, 300)
    w.look(9_000, 260)
    assert w.ghosts() == []
    w.look(14_000, LIMIT_C)
    (ghost,) = w.ghosts()
    assert (ghost.looks, ghost.first_ms, ghost.crossed_ms) == (3, 6_000, 14_000)
    assert ghost.reached == 0.35
    assert (ghost.cancel_ms, ghost.worked_ms, ghost.buy_at) == (2500, 2500, 0.35)


def test_a_cent_above_its_limit_is_no_crossing_and_after_half_a_minute_nobody_looks() -> None:
    w = world()
    w.cancelled(w.send())
    w.look(20_000, LIMIT_C + 1)
    w.look(32_551, LIMIT_C - 50)
    (ghost,) = w.ghosts()
    assert (ghost.looks, ghost.crossed_ms, ghost.reached) == (1, None, 0.36)


def test_nobody_looking_is_told_as_no_look_and_no_location() -> None:
    w = world()
    w.cancelled(w.send())
    w.watch.close()
    (ghost,) = w.ghosts()
    assert (ghost.looks, ghost.first_ms, ghost.crossed_ms, ghost.reached) == (0, None, None, None)


def test_quotes_from_before_an_end_say_what_was_reached_and_are_no_crossing() -> None:
    w = world()
    name = w.send()
    w.look(0, 210)  # those that it was sent on
    w.look(1_000, 230)
    w.cancelled(name)
    w.look(2_500, 220)  # confirmed before the end, and told after it
    w.look(7_000, 290)
    w.watch.close()
    (ghost,) = w.ghosts()
    assert (ghost.looks, ghost.crossed_ms, ghost.reached) == (1, None, 0.2)


def test_the_same_quotes_again_are_no_second_look_and_unsound_ones_are_none() -> None:
    w = world()
    w.cancelled(w.send())
    w.look(6_000, 300)
    w.look(6_000, 100)
    w.look(7_000, 230, spread_c=-10)  # bid above ask
    w.look(8_000, -500)  # a leg whose ask is nothing
    w.look(9_000, math.inf)  # nor is an ask without end a price
    w.watch.close()
    (ghost,) = w.ghosts()
    assert (ghost.looks, ghost.crossed_ms) == (1, None)


def test_a_debit_that_executes_late_is_no_ghost() -> None:
    w = world()
    name = w.send()
    w.cancelled(name)
    w.filled(name, 100, late=True)
    w.look(10_000, 100)
    w.watch.close()
    assert w.ghosts() == []
    assert [mark.order for mark in w.marks()] == [name]


def test_marks_say_how_late_they_are_and_are_unknown_where_quotes_came_too_late() -> None:
    w = world()
    name = w.send()
    w.filled(name)
    w.look(400 + 2_001, 300)  # a millisecond too late for one second
    w.look(400 + 5_700, 310)
    w.completed(name)
    w.look(400 + 30_000, 330)
    w.look(400 + 100_000, 900)
    w.look(400 + 360_000, 290)
    (marks,) = w.marks()
    assert (marks.paid_c, marks.sent_mid_c) == (LIMIT_C, (BID_C + ASK_C) / 2)
    assert marks.late_ms == [None, 700, 0, 60_000]
    assert marks.mid_c == [None, 260.0, 280.0, 240.0]
    assert marks.bid_c == [None, 210.0, 230.0, 190.0]
    # Closing sells 190 and 200 at their bids and buys two 195 at their asks.
    assert marks.pair_c == [None, None, -70.0, -110.0]
    assert marks.pair_mid_c == [None, None, 30.0, -10.0]


def test_a_fill_whose_time_passes_without_quotes_has_unknown_marks_not_zeros() -> None:
    w = world()
    w.filled(w.send())
    w.look(400_000, 300)
    (marks,) = w.marks()
    assert marks.late_ms == marks.bid_c == marks.mid_c == marks.pair_c == [None] * 4


def test_an_execution_that_the_broker_took_back_has_no_marks() -> None:
    w = world()
    name = w.send()
    w.filled(name)
    w.context.emit(ev.Executed(w.at_ms + 9, w.key, name, f"B-{name}", -1, LIMIT_C, -136, False))
    w.watch.close()
    assert w.marks() == []


def test_what_is_watched_is_bounded() -> None:
    w = world()
    for _ in range(WATCHED_KEPT + 3):
        w.cancelled(w.send())
        w.filled(w.send())
    assert [ghost.cycle for ghost in w.ghosts()] == [1, 3, 5]
    assert [marks.cycle for marks in w.marks()] == [2, 4, 6]
