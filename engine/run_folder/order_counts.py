"""How many orders each day sent, kept beside the journal: the budget averages over a month."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Final

from engine.config.regular_files import read_text
from engine.market.calendar import TradingCalendar
from engine.risk.order_budget import MonthSoFar
from engine.run_folder.errors import JournalError

FILE_NAME: Final = "orders-by-day.json"
KEPT_DAYS: Final = 92
MOST_BYTES: Final = 100_000


class OrderDays:
    """Orders by date in an owner-only file, replaced as a whole.

    Args:
        path: the file; a missing one is an account without orders.

    Raises:
        JournalError: the file cannot be read, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._days: dict[str, int] = {}
        self._written: dict[str, int] = {}
        if not path.exists():
            return
        try:
            counts = json.loads(read_text(path, MOST_BYTES))
            self._days = {date.fromisoformat(day).isoformat(): int(n) for day, n in counts.items()}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise JournalError(
                "foreign",
                f"{path} does not hold orders by day ({type(error).__name__}); move it away to "
                "count this month's orders from nothing",
            ) from None
        if any(count < 0 for count in self._days.values()):
            raise JournalError("foreign", f"{path} holds a negative count; move it away")
        self._written = dict(self._days)

    def month(self, calendar: TradingCalendar, today: date, counted: int) -> MonthSoFar:
        """What this month spent before the desk's own count.

        Args:
            calendar: which days are sessions.
            today: the session's date.
            counted: orders of today that the desk counts already, from its journal.
        """
        sessions, day = 0, today.replace(day=1)
        while day <= today:
            sessions += calendar.session(day) is not None
            day = date.fromordinal(day.toordinal() + 1)
        before = sum(
            count
            for text, count in self._days.items()
            if text[:7] == today.isoformat()[:7] and text < today.isoformat()
        )
        earlier = max(0, self._days.get(today.isoformat(), 0) - counted)
        return MonthSoFar(max(1, sessions), before, earlier)

    def count(self, today: date, orders: int) -> None:
        """Keep today's orders; a count never falls.

        Raises:
            OSError: the file cannot be written.
        """
        name = today.isoformat()
        self._days[name] = max(orders, self._days.get(name, 0))
        for old in sorted(self._days)[:-KEPT_DAYS]:
            del self._days[old]
        if self._days == self._written:
            return
        fresh = self._path.with_suffix(".new")
        fresh.touch(mode=0o600, exist_ok=True)
        fresh.write_text(json.dumps(self._days, sort_keys=True), encoding="utf-8")
        fresh.replace(self._path)
        self._written = dict(self._days)
