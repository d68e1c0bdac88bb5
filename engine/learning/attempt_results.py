"""Attempts with what they came to: the rows from which the desk learns, folded from its events.

A row is given out once its dollars are known: without a fill at the attempt's end, else when its
cycle ends. A late execution or a cycle that goes on takes the row back and gives another, so what
is summed from rows stays right. Memory is bounded: a few thousand attempts can still change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from engine.learning.harm import HUNG_S
from engine.orders import events as ev

CHANGEABLE_KEPT: Final = 4096
"""Attempts that a late execution can still change; those whose cycle is open are always kept."""


EXPLORED: Final = "X "
"""How the arm of an explored attempt begins."""


def explores(arm: str) -> bool:
    """Whether an attempt's settings were drawn to explore."""
    return arm.startswith(EXPLORED)


class AttemptSettings(NamedTuple):
    """The settings that an attempt was made with.

    Args:
        contracts: ordered.
        cancel_ms: after which an unfilled debit is cancelled.
        buy_at, sell_at: quote locations, 0 the natural bid, 1 the ask.
        minimum_floor: least payoff floor, dollars a share.
        objective: "credit" or "floor".
        delay_low_s, delay_high_s: bounds of the wait before an attempt.
    """

    contracts: int
    cancel_ms: int
    buy_at: float
    sell_at: float
    minimum_floor: float
    objective: str
    delay_low_s: float
    delay_high_s: float


_settings_of: Final = lru_cache(maxsize=4_096, typed=True)(AttemptSettings)
"""Settings by their values; thousands of attempts share one object."""


class AttemptResult(NamedTuple):
    """An attempt and what it came to.

    Args:
        venue: mode, source and fill model: figures of different ones never meet.
        session: ordinal of the exchange date.
        at_ms: epoch milliseconds of its sending.
        minute: exchange minute after midnight.
        trader, cycle, order: whose it was, and which.
        phase: of the trading day.
        settings: that it was made with.
        arm: how its settings were drawn; "" where nothing drew them.
        width_c: bid to ask of both verticals, cents a share.
        floor, mid_floor: of the pair at its limits and at mid, dollars a share after fees.
        estimate: the debit as a fraction of its ask.
        other_pair, other_floor, other_net_c: see PairChosen.
        result: OrderResult of the debit.
        filled: contracts of the debit.
        fill_time_ms, worked_ms: see AttemptEnded.
        waited_s: before it was sent.
        seconds: of the trader's time: the wait and the work, and for how long its unit kept the
            trader from the next attempt, whose wait that is not.
        outcome: of its cycle, COMPLETE, SCRATCHED or PARKED; "" where nothing filled.
        hedge_s: seconds legged.
        dollars: payoff floor at filled prices after fees of what completed, minus what was lost on
            the rest; a parked unit counts at worst, until it completes. 0 where nothing filled.
    """

    venue: str
    session: int
    at_ms: int
    minute: int
    trader: str
    cycle: int
    order: str
    phase: str
    settings: AttemptSettings
    arm: str
    width_c: float
    floor: float
    mid_floor: float | None
    estimate: float | None
    other_pair: str
    other_floor: float | None
    other_net_c: int | None
    result: str
    filled: int
    fill_time_ms: int | None
    worked_ms: int | None
    waited_s: float
    seconds: float
    outcome: str
    hedge_s: float
    dollars: float

    def flat(self) -> dict[str, Any]:
        """Every field by name, those of the settings in their place: a row of a table."""
        row: dict[str, Any] = {}
        for name, value in zip(self._fields, self, strict=True):
            if name == "settings":
                row |= self.settings._asdict()
            elif name == "session":
                row[name] = date.fromordinal(self.session).isoformat()
            else:
                row[name] = value
        return row

    @property
    def hung(self) -> bool:
        """Whether its cycle was legged for longer than HUNG_S, or never completed."""
        if self.outcome == "COMPLETE":
            return self.hedge_s > HUNG_S
        return self.outcome != ""


_RECORDED: Final = "recorded session"

Observer = Callable[[AttemptResult, int], None]
"""Called with a row and 1; with -1 where a row that was given before does not hold any more."""

_Key = tuple[str, int]


class _Attempt:
    """An attempt of which something may still come."""

    __slots__ = ("chosen", "ended", "given", "kept_s", "session", "venue", "waits_s")

    def __init__(self, chosen: ev.PairChosen, session: int, venue: str) -> None:
        self.chosen = chosen
        self.session = session
        self.venue = venue
        self.ended: ev.AttemptEnded | None = None
        self.given: AttemptResult | None = None
        self.waits_s = self.kept_s = 0.0

    @property
    def awaited(self) -> bool:
        """Whether it has not come to anything yet."""
        return self.given is None


class AttemptResults:
    """Joins the events of each attempt into its row; single-threaded.

    Args:
        observers: given every row.
    """

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._observers = tuple(observers)
        self._known: OrderedDict[_Key, _Attempt] = OrderedDict()
        self._kept: dict[str, tuple[float, float]] = {}
        """By trader, from when until when its last unit kept it from an attempt, epoch seconds."""
        self._session, self._venue = 0, ""

    @property
    def changeable(self) -> int:
        """Attempts that are remembered because something may still come of them."""
        return len(self._known)

    def add_observer(self, observer: Observer) -> None:
        """Give rows to one more from here on."""
        self._observers = (*self._observers, observer)

    def apply(self, event: ev.Event) -> None:
        """Take one event in, in the journal's order; most kinds say nothing here."""
        kind = type(event)
        if kind is ev.PairChosen:
            self.on_chosen(event)  # type: ignore[arg-type]
        elif kind is ev.AttemptEnded:
            self.on_ended(event)  # type: ignore[arg-type]
        elif kind is ev.CycleEnded:
            self.on_cycle_ended(event)  # type: ignore[arg-type]
        elif kind is ev.SessionStarted:
            self.on_session_started(event)  # type: ignore[arg-type]

    def on_session_started(self, event: ev.SessionStarted) -> None:
        """From here on attempts are made on this date, at this venue."""
        self._session = date.fromisoformat(event.session_date).toordinal()
        self._venue = venue_of(event)

    def on_chosen(self, event: ev.PairChosen) -> None:
        """A debit was sent for this pair."""
        self._known[event.trader, event.cycle] = _Attempt(event, self._session, self._venue)
        if len(self._known) > CHANGEABLE_KEPT:
            self._forget()

    def on_ended(self, event: ev.AttemptEnded) -> None:
        """A debit can execute no more, as far as is known."""
        attempt = self._known.get((event.trader, event.cycle))
        rejected = event.result == "REJECTED" and event.filled == 0
        if attempt is None or attempt.ended is not None or rejected:
            return
        attempt.ended = event
        sent_s = attempt.chosen.at_ms / 1000
        since_s, until_s = self._kept.get(event.trader, (sent_s, sent_s))
        kept_s = min(until_s, sent_s) - max(since_s, sent_s - event.delay_s)
        attempt.waits_s = event.delay_s - max(0.0, kept_s)
        if event.filled == 0:
            self._give(attempt, self._row(attempt, event, None))

    def on_cycle_ended(self, event: ev.CycleEnded) -> None:
        """A cycle came to this; what it came to before holds no more."""
        attempt = self._known.get((event.trader, event.cycle))
        if event.kept_s:
            until_s = event.at_ms / 1000
            self._kept[event.trader] = until_s - event.kept_s, until_s
        if attempt is None:
            return
        attempt.kept_s = max(attempt.kept_s, event.kept_s)
        ended = attempt.ended
        if ended is None:  # told as rejected, and executed all the same
            chosen = attempt.chosen
            ended = attempt.ended = ev.AttemptEnded(
                event.at_ms,
                event.trader,
                event.cycle,
                chosen.order,
                chosen.contracts,
                event.contracts,
                "FILLED" if event.contracts == chosen.contracts else "PARTIAL",
                chosen.minute // 60,
                0.0,
                None,
            )
        self._give(attempt, self._row(attempt, ended, event))

    def _give(self, attempt: _Attempt, row: AttemptResult) -> None:
        before, attempt.given = attempt.given, row
        for observer in self._observers:
            if before is not None:
                observer(before, -1)
            observer(row, 1)

    def _forget(self) -> None:
        """Drop the oldest that came to something; eight tries, as every new one tries again."""
        for _ in range(8):
            key, attempt = next(iter(self._known.items()))
            if not attempt.awaited or attempt.ended is None:
                del self._known[key]
                return
            self._known.move_to_end(key)

    @staticmethod
    def _row(
        attempt: _Attempt, ended: ev.AttemptEnded, cycle: ev.CycleEnded | None
    ) -> AttemptResult:
        chosen = attempt.chosen
        settings = _settings_of(
            chosen.contracts,
            chosen.cancel_ms,
            chosen.buy_at,
            chosen.sell_at,
            chosen.minimum_floor,
            chosen.objective,
            chosen.delay_low_s,
            chosen.delay_high_s,
        )
        filled = ended.filled if cycle is None else max(ended.filled, cycle.contracts)
        worked_s = max(0, ended.at_ms - chosen.at_ms) / 1000
        return AttemptResult(
            attempt.venue,
            attempt.session,
            chosen.at_ms,
            chosen.minute,
            chosen.trader,
            chosen.cycle,
            chosen.order,
            chosen.phase,
            settings,
            chosen.arm,
            chosen.width_c,
            chosen.floor,
            chosen.mid_floor,
            chosen.estimate,
            chosen.other_pair,
            chosen.other_floor,
            chosen.other_net_c,
            ended.result,
            filled,
            ended.fill_time_ms,
            ended.worked_ms,
            ended.delay_s,
            attempt.waits_s + worked_s + attempt.kept_s,
            "" if cycle is None or cycle.outcome == "BUSTED" else cycle.outcome,
            0.0 if cycle is None else cycle.hedge_s,
            0.0 if cycle is None else cycle.floor_c / 100,
        )


def venue_of(event: ev.SessionStarted) -> str:
    """Where a session's attempts are made, and what fills them: mode, source, fill model.

    Seed and name of the quotes are left out: days of one exchange are days of one venue.
    """
    source = event.source.partition(",")[0]
    if source.startswith(_RECORDED):
        source = _RECORDED
    return " ".join(part for part in (event.mode, source, event.fill_model) if part)


def attempt_results(events: Iterable[ev.Event]) -> list[AttemptResult]:
    """The rows of a journal, in the order in which their attempts were sent; all held at once."""
    rows: dict[_Key, AttemptResult] = {}

    def keep(row: AttemptResult, sign: int) -> None:
        if sign > 0:
            rows[row.trader, row.cycle] = row

    results = AttemptResults([keep])
    for event in events:
        results.apply(event)
    return sorted(rows.values(), key=lambda row: (row.at_ms, row.trader, row.cycle))
