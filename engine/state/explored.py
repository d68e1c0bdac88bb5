"""What exploring came to: attempts whose settings were drawn, beside the others of that time."""

from __future__ import annotations

from collections import deque
from typing import Final

from engine.learning.attempt_results import AttemptResult, explores, venue_of
from engine.orders import events as ev

SHARE: Final = "exploration.share"
"""The setting of the desk that an operator switches, as the journal names it."""

SPANS_KEPT: Final = 64
"""Times of exploring that are remembered, the last ones: attempts of before change no more."""

THIN_BELOW: Final = 200
"""Explored attempts below which their dollars say little."""


class Made:
    """Sums over attempts: dollars of their cycles, seconds of their traders."""

    __slots__ = ("attempts", "dollars", "fills", "seconds")

    def __init__(self) -> None:
        self.attempts = self.fills = 0
        self.dollars = self.seconds = 0.0

    def add(self, row: AttemptResult, sign: int) -> None:
        """Count a row; with -1 take it back."""
        self.attempts += sign
        self.fills += sign * (row.filled > 0)
        self.dollars += sign * row.dollars
        self.seconds += sign * row.seconds

    @property
    def hourly(self) -> float | None:
        """Dollars a trader-hour; None before any time passed."""
        return self.dollars / self.seconds * 3600 if self.seconds > 0 else None


class Explored:
    """The share of attempts that explore, and what they made; of one venue, as evidence is.

    Attributes:
        share: of attempts, as set for this session.
        drawn: explored attempts; others: those of the same time with the settings in force.
        by_lever: explored attempts by what was drawn, such as "cancel_ms".
    """

    def __init__(self) -> None:
        self.share = 0.0
        self._venue = self._date = ""
        self._begin()

    def _begin(self) -> None:
        self._spans: deque[tuple[int, int | None]] = deque(maxlen=SPANS_KEPT)
        self.drawn, self.others = Made(), Made()
        self.by_lever: dict[str, Made] = {}

    def session_started(self, event: ev.SessionStarted) -> None:
        """A session explores as its settings say, until an operator switches it."""
        venue = venue_of(event)
        if venue != self._venue:
            self._begin()
        if (venue, event.session_date) != (self._venue, self._date):
            self._venue, self._date = venue, event.session_date
            settings = event.settings.get("exploration") or {}
            self._set(float(settings.get("share", 0.0)), event.at_ms)

    def setting_changed(self, event: ev.SettingChanged) -> None:
        """An operator switched it."""
        if event.setting == SHARE:
            self._set(float(event.after), event.at_ms)

    def _set(self, share: float, at_ms: int) -> None:
        self.share = share
        exploring = bool(self._spans) and self._spans[-1][1] is None
        if share > 0 and not exploring:
            self._spans.append((at_ms, None))
        elif exploring and not share > 0:
            self._spans[-1] = self._spans[-1][0], at_ms

    def _explored_at(self, at_ms: int) -> bool:
        """Whether attempts explored at epoch `at_ms`."""
        return any(
            since_ms <= at_ms and (until_ms is None or at_ms < until_ms)
            for since_ms, until_ms in self._spans
        )

    def counted(self, row: AttemptResult, sign: int) -> None:
        """The dollars of an attempt are known, or a row is taken back before a revised one."""
        if row.venue != self._venue or not self._explored_at(row.at_ms):
            return
        if explores(row.arm):
            self.drawn.add(row, sign)
            lever = row.arm.split(" ")[1]
            made = self.by_lever.get(lever)
            if made is None:
                made = self.by_lever[lever] = Made()
            made.add(row, sign)
        elif not row.arm:
            self.others.add(row, sign)

    @property
    def cost_usd(self) -> float | None:
        """Dollars that the time of explored attempts would have made more with the settings in
        force; negative where it made less, None where either is not known.
        """
        drawn, others = self.drawn.hourly, self.others.hourly
        if drawn is None or others is None:
            return None
        return (others - drawn) * self.drawn.seconds / 3600

    def told_by_lever(self) -> str:
        """A sentence: what each explored setting made; "" where none was explored."""
        parts = [
            f"{lever} {made.hourly:+,.2f} ({made.attempts:,}"
            f"{', THIN' if made.attempts < THIN_BELOW else ''})"
            for lever, made in sorted(self.by_lever.items())
            if made.hourly is not None
        ]
        return f"explored, $ a trader-hour (attempts): {', '.join(parts)}" if parts else ""

    def told(self) -> str:
        """A sentence; "" where nothing explores and nothing did."""
        if not self._spans:
            return ""
        now = f"exploring {self.share:.0%} of attempts" if self.share else "exploring is off"
        drawn, others, cost = self.drawn, self.others, self.cost_usd
        if cost is None or drawn.hourly is None or others.hourly is None:
            return f"{now}: {drawn.attempts:,} explored, {others.attempts:,} others so far"
        thin = ", THIN" if drawn.attempts < THIN_BELOW else ""
        word = "cost" if cost >= 0 else "gained"
        return (
            f"{now}: {drawn.attempts:,} explored made {drawn.hourly:+,.2f} $ a trader-hour, "
            f"{others.attempts:,} others of that time {others.hourly:+,.2f}; exploring {word} "
            f"{abs(cost):,.2f} $ so far{thin}"
        )
