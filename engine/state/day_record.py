"""The session's course: samples of the desk each minute and of each trader, and what happened when.

It is part of the fold, so a restart and a replay of the journal have the same one. Its memory is
bounded: by the minutes of a day for the desk, by stretches of five for each trader.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from engine.orders import events as ev
from engine.risk.day_loss import DayLoss
from engine.snapshot.day import DayMark, DaySample, DayView, TraderDayView
from engine.state.attempts import Attempts
from engine.state.money import Money
from engine.state.notices import Notices, asked_of
from engine.state.orders import Orders
from engine.state.trader_days import TRADER_MS, TraderDays
from engine.state.trader_totals import TraderTotals

MINUTE_MS: Final = 60_000
MOST_SAMPLES: Final = 1_600
"""Of a day with its night; beyond, every other one goes and the next are twice as far apart."""

_NEVER: Final = 1 << 62

_STOPS: Final = frozenset({"pause", "resume", "halt", "drain"})
_KILLS: Final = frozenset({"kill", "resume-after-kill"})
_IN_FORCE: Final = frozenset({"applied", "kept", "undone", "reverted"})


class DayRecord:
    """Keeps the course of one session; another date begins anew.

    Args:
        money, attempts, orders, notices, traders: the parts of the state that are looked at.

    Attributes:
        due_ms: from which event on the next samples are due, epoch milliseconds.
        losses: of the session's finished cycles.
    """

    __slots__ = (
        "_attempts", "_marks", "_money", "_most_alarms", "_notices", "_orders", "_samples",
        "_step_ms", "_traders", "_traders_due_ms", "due_ms", "losses",
    )  # fmt: skip

    def __init__(
        self,
        money: Money,
        attempts: Attempts,
        orders: Orders,
        notices: Notices,
        traders: dict[str, TraderTotals],
    ) -> None:
        self._money = money
        self._attempts = attempts
        self._orders = orders
        self._notices = notices
        self.losses = DayLoss()
        self._traders = TraderDays(traders, self.losses, notices)
        self._clear()

    def _clear(self) -> None:
        self.due_ms = self._traders_due_ms = _NEVER
        self._step_ms = MINUTE_MS
        self._samples: list[DaySample] = []
        self._most_alarms = [0, 0, 0]
        self._marks: dict[tuple[int, str], DayMark] = {}
        self._traders.clear()

    # ------------------------------------------------------------------ what is kept

    def started(self, at_ms: int, resumed: bool) -> None:
        """A process begins or goes on with the session, from figures that it has from before."""
        if not resumed:
            self._clear()
            self.losses.new_session()
        self.mark(at_ms, "start", "went on" if resumed else "began")
        self._sample(at_ms)
        self._traders.sample(at_ms)
        self._go_on(at_ms)

    def ended(self, at_ms: int, reason: str) -> None:
        """The process ends the session in order."""
        self.mark(at_ms, "end", f"ended: {reason}")
        self._sample(at_ms)
        self._traders.sample(at_ms)

    def look(self, at_ms: int) -> None:
        """Keep the figures as they were when the minute before `at_ms` ended.

        Called before the event that comes at `at_ms`, at `due_ms` or later, changes anything.
        """
        self._sample(at_ms // self._step_ms * self._step_ms)
        if at_ms >= self._traders_due_ms:
            self._traders.sample(at_ms // TRADER_MS * TRADER_MS)
        self._go_on(at_ms)

    def _go_on(self, at_ms: int) -> None:
        self.due_ms = (at_ms // self._step_ms + 1) * self._step_ms
        self._traders_due_ms = (at_ms // TRADER_MS + 1) * TRADER_MS

    def _sample(self, at_ms: int) -> None:
        money, attempts = self._money, self._attempts
        self.count_alarms()
        samples = self._samples
        samples.append(
            DaySample(
                at_ms,
                money.floor_c,
                attempts.attempts,
                attempts.fills,
                money.unhedged,
                money.open_c,
                -self.losses.realised_c,
                self._orders.submits,
                *self._most_alarms,
            )
        )
        self._most_alarms = [0, 0, 0]
        self.count_alarms()  # those that go on are of the next stretch too
        if len(samples) > MOST_SAMPLES:
            self._samples = _thinned_day(samples)
            self._step_ms *= 2

    def count_alarms(self, where: str = "") -> None:
        """An alarm came up or holds otherwise: of a stretch the most at once are kept.

        Args:
            where: the place in which it did.
        """
        active = [0, 0, 0]
        for alarm in self._notices.alarms.values():
            if alarm.active:
                active[alarm.raised.priority - 1] += 1
        pairs = zip(self._most_alarms, active, strict=True)
        self._most_alarms = [max(pair) for pair in pairs]
        if where:
            self._traders.count_alarms(where.partition("/")[0])

    # ------------------------------------------------------------------ marks

    def mark(
        self,
        at_ms: int,
        kind: str,
        text: str,
        *,
        priority: int = 0,
        traders: Iterable[str] = (),
    ) -> None:
        """Mark a moment; of one kind a minute keeps one mark, the gravest, and counts the others.

        Args:
            at_ms: epoch milliseconds.
            kind: of engine.snapshot.day.MARKS.
            text: what happened, in a few words.
            priority: of an alarm.
            traders: whom it is about, where it is not about the desk as a whole.
        """
        key = at_ms // MINUTE_MS, kind
        made = DayMark(at_ms, kind, text, priority)
        before = self._marks.get(key)
        if before is None:
            self._marks[key] = made
        else:
            graver = 0 < priority < before.priority
            shown = made if graver else before
            self._marks[key] = shown._replace(at_ms=before.at_ms, more=before.more + 1)
        for trader in traders:
            self._traders.mark(trader, made)

    def operator_acted(self, event: ev.OperatorActed, traders: Iterable[str]) -> None:
        """An operator stopped something or let it go on.

        Args:
            event: what was asked.
            traders: whom it is about, none for the desk.
        """
        kind = "pause" if event.action in _STOPS else "kill" if event.action in _KILLS else ""
        if kind and event.outcome == "confirmed":
            target = "" if event.target == "*" else f" {asked_of(event.target)}"
            by = f" by {event.who}" if event.who != "operator" else ""
            self.mark(event.at_ms, kind, f"{event.action}{target}{by}", traders=traders)

    def resolved(self, event: ev.RecommendationSettled, trader: str) -> None:
        """A recommendation came into force, or was taken back."""
        if event.outcome in _IN_FORCE:
            traders = (trader,) if trader not in ("", "*") else ()
            text = f"{event.recommendation} {event.outcome}"
            self.mark(event.at_ms, "approval", text, traders=traders)

    def trial(self, at_ms: int, text: str, trader: str) -> None:
        """A trial began or ended."""
        self.mark(at_ms, "trial", text, traders=(trader,) if trader not in ("", "*") else ())

    def alarm(self, event: ev.AlarmRaised, known: Container[str]) -> None:
        """An alarm wants an answer: it was raised, or is worse than what was answered.

        Args:
            event: the alarm, as of now.
            known: keys of the traders, of which one may be where it holds.
        """
        place = event.where.partition("/")[0]
        text = f"P{event.priority} {event.code} {event.where}"
        traders = (place,) if place in known else ()
        self.mark(event.at_ms, "alarm", text, priority=event.priority, traders=traders)

    def held(self, trader: str, at_ms: int, text: str) -> None:
        """A trader was held by itself, let go or failed: its own mark, not the desk's."""
        self._traders.mark(trader, DayMark(at_ms, "hold", text))

    # ------------------------------------------------------------------ for readers

    @property
    def size(self) -> tuple[int, int, int, int]:
        """Another value means that the course of the desk is another one."""
        last = self._samples[-1].at_ms if self._samples else 0
        marks = sum(mark.more + 1 for mark in self._marks.values())
        return last, len(self._samples), marks, self.losses.realised_c

    def view(self) -> DayView:
        """The desk's course."""
        marks = tuple(self._marks.values())
        return DayView(tuple(self._samples), marks, -self.losses.realised_c)

    def view_of(self, trader: str) -> TraderDayView:
        """One trader's course."""
        return self._traders.view_of(trader)


def _thinned_day(samples: list[DaySample]) -> list[DaySample]:
    """Every other sample, the first and the last among them, with the alarms of those that go."""
    kept = samples[:1]
    for before, sample in zip(samples[1::2], samples[2::2], strict=False):
        worse = sample._replace(
            p1=max(before.p1, sample.p1),
            p2=max(before.p2, sample.p2),
            p3=max(before.p3, sample.p3),
        )
        kept.append(worse)
    if len(samples) % 2 == 0:
        kept.append(samples[-1])
    return kept
