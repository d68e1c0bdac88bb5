"""What closes the gate for the whole desk, whoever closed it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.risk.gates import Gate

Side = tuple[str, str, float, bool]
"""A contract and a side: trader's key, right C or P, strike, whether it is bought."""

Lost = Mapping[str, Mapping[str, Sequence[str]]]
"""Names of executions by chain and by our order."""


@dataclass(slots=True)
class DeskFlags:
    """What closes the gate for the whole desk.

    Attributes:
        ended: the session is over.
        killed, frozen: the first stage of a kill (no entries, completing goes on), and the second
            (no order of any kind).
        halted, exit_only: entries are closed until an operator, or the next session, opens them.
        journal_failed: no order without its record.
        unreconciled: chains on which book and broker differ.
        lacking: chains with executions that the broker's record has lost, or took back unsaid.
        lost: by such a chain, the names of these executions by our order.
        watched: chains whose positions let nothing new in, with the code.
        definite_answers: whether an order at the broker can be cancelled or looked up.
        answers_queries: whether the broker reports on an order when asked.
        ends_asked_again: whether the broker tells only when asked, so that the end of an order is
            final only after it was asked about again.
        ends_final_by_s: engine second at which the session ends for good, so that whoever may
            still execute is asked before; infinite while it goes on.
        clock_skew_s: how far the broker's clock, or our own that was set, is from the time that
            holds; 0 where neither is known to be.
        link_down: why the broker cannot be reached; "" where it can, or nobody says.
        gateway_gone: why nobody answers for the account; "" where somebody does, however he is
            connected.
        feed_refused: what the feed is in place of live, where live trading needs that; else "".
        broker_clock_s: how far the broker's own time is from the gateway's; 0 where unknown.
        unarmed: whether live trading waits for the operator to arm it.
        baseline: what the account held before the desk's first trade and nobody has confirmed; "".
        external: the sides of contracts on which other orders of the account work.
    """

    ended: bool = False
    killed: bool = False
    halted: bool = False
    frozen: bool = False
    exit_only: bool = False
    journal_failed: bool = False
    unreconciled: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()
    lost: Lost = field(default_factory=dict)
    watched: Mapping[str, Gate] = field(default_factory=dict)
    definite_answers: bool = True
    answers_queries: bool = True
    ends_asked_again: bool = False
    ends_final_by_s: float = math.inf
    clock_skew_s: float = 0.0
    link_down: str = ""
    gateway_gone: str = ""
    feed_refused: str = ""
    broker_clock_s: float = 0.0
    unarmed: bool = False
    baseline: str = ""
    external: frozenset[Side] = frozenset()

    def halt(self) -> None:
        """Close entries until an operator lifts the halt."""
        self.halted = True

    def lift_halt(self) -> None:
        """Open entries again."""
        self.halted = False

    def close_entries(self) -> None:
        """A limit of the day is reached: only complete and close what is open."""
        self.exit_only = True

    def open_entries(self) -> None:
        """Another day: no limit of it is reached."""
        self.exit_only = False

    def kill(self, stage: int) -> None:
        """Close entries, and with stage 2 stop orders of any kind; no stage takes another back."""
        self.killed = True
        self.frozen = self.frozen or stage == 2

    def lift_kill(self) -> None:
        """Take both stages of the kill back."""
        self.killed = self.frozen = False

    def freeze(self) -> None:
        """Send nothing of any kind any more."""
        self.frozen = True

    def close_ends(self, by_s: float) -> None:
        """The session waits until engine second `by_s` for ends of orders that are not final."""
        self.ends_final_by_s = by_s

    def end(self) -> None:
        """The session is over."""
        self.ended = True

    def fail_journal(self) -> None:
        """The journal cannot be written."""
        self.journal_failed = True

    def differ(self, chains: frozenset[str]) -> None:
        """Book and broker differ on these chains, and on no others."""
        self.unreconciled = chains

    def lack(self, lost: Lost) -> None:
        """The broker's record lacks executions of these chains, and of no others."""
        self.lost, self.lacking = lost, frozenset(lost)

    def watch(self, chains: Mapping[str, Gate]) -> None:
        """Positions of these chains let nothing new in, and of no others."""
        self.watched = chains

    def set_clock_skew(self, seconds: float) -> None:
        """A clock is so far from the time that holds."""
        self.clock_skew_s = seconds

    def set_link(self, down: str, gone: str = "") -> None:
        """Why the broker cannot be reached, and why nobody answers for it; "" where that is not."""
        self.link_down, self.gateway_gone = down, gone

    def refuse_feed(self, quality: str) -> None:
        """Live trading needs a live feed, and it is this; "" where it is live."""
        self.feed_refused = quality

    def set_broker_clock(self, seconds: float) -> None:
        """The broker's own time is so far from the gateway's."""
        self.broker_clock_s = seconds

    def disarm(self) -> None:
        """Live trading waits for the operator to arm it."""
        self.unarmed = True

    def arm(self) -> None:
        """The operator has armed live trading."""
        self.unarmed = False

    def ask_baseline(self, held: str) -> None:
        """The account held this before; "" where nothing is left to confirm."""
        self.baseline = held

    def set_external(self, sides: frozenset[Side]) -> None:
        """Other orders of the account work on these sides."""
        self.external = sides
