"""What executed while nobody listened: read since a cursor that outlasts the process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from engine.brokers.dialect import Dialect
from engine.brokers.following.replay import FillRow, Replay
from engine.config.regular_files import read_text
from engine.gateway.account import BrokerOrders
from engine.gateway.books import Notice, Send, fills_since
from engine.gateway.journal import UNREADABLE
from engine.gateway.odd_fills import OddFills
from engine.market.calendar import exchange_date
from engine.market.clock import Clock
from engine.run_folder.paths import write_private

FILE: Final = "cursor.json"
SEEN_KEPT: Final = 300
"""Names of executions in the file: more than pages of one walk overlap."""

DAYS_KEPT: Final = 60
"""Days of which the file keeps how much other hands traded: fees are charged days later."""

NAMED_WITHIN_S: Final = 10.0
"""Seconds in which the answer that names our order comes; after them it is another's."""

NAMELESS_S: Final = 300.0
"""Seconds for which an execution waits for an order of its contract that nobody knows."""

_MOST_BYTES: Final = 200_000


class FillReplay:
    """Reads the account's executions, and has the orders that they are of asked about.

    Args:
        folder: of the account; the cursor is kept there.
        dialect: the broker's.
        send: makes a call.
        orders: whose executions they are.
        closed: books an execution of another hand that closes our contracts; returns how many.
        clock: real time.
        notice: tells the operator.
        odd: takes what cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        dialect: Dialect,
        send: Send,
        orders: BrokerOrders,
        closed: Callable[[FillRow], int],
        clock: Clock,
        notice: Notice,
        odd: OddFills,
    ) -> None:
        self._path = folder / FILE
        self._dialect, self._send = dialect, send
        self._orders, self._closed = orders, closed
        self._clock, self._notice = clock, notice
        self.odd = odd
        self._unnamed: dict[str, tuple[float, FillRow]] = {}
        self._others: dict[date, int] = {}
        self._reading = threading.Lock()
        self._replay = self._kept = self._stored()

    def read(self) -> bool:
        """Read what is new; whether the broker said.

        The first time ever only the newest one is noted: what traded before is not the desk's.
        """
        with self._reading:
            begins = self._replay is None
            replay = self._replay or Replay()
            pages = fills_since(self._dialect, self._send, self._notice, replay.cursor)
            if pages is None:
                return False
            replayed = replay.read(pages.rows, self._orders.ours)
            for broker_id in replayed.touched:
                self._orders.ask_about(broker_id, replaces=False)
            for row in () if begins else replayed.foreign:
                self._unnamed[row.name] = self._clock.now_s(), row
            self._settle()
            self._replay = replayed.replay
            kept = self.odd.take(pages.odd, told=not begins)
            if kept and not self._unnamed:  # else the next start reads them again
                self._store(replayed.replay)
            return True

    @property
    def unsettled(self) -> bool:
        """Whether executions wait until it is certain whose they are: read again soon."""
        return bool(self._unnamed)

    def others(self, day: date) -> int:
        """Contracts that other hands traded in the account on a day, of the last DAYS_KEPT."""
        return self._others.get(day, 0)

    def _settle(self) -> None:
        """Say of executions whose order was not known as ours whether it is now.

        While the broker has not named one of our orders of its contract, it may be of that one.
        """
        now_s = self._clock.now_s()
        for name, (read_s, row) in list(self._unnamed.items()):
            if self._orders.ask_about(row.broker_id, replaces=False):
                del self._unnamed[name]
            elif now_s - read_s >= self._waits_s(row):
                del self._unnamed[name]
                day = exchange_date(row.at_s)
                self._others[day] = self._others.get(day, 0) + row.quantity
                closed = self._closed(row)
                booked = f"; {closed} of it booked, closing our contracts" if closed else ""
                self._notice("FOREIGN_FILL", _words(row) + booked)

    def _waits_s(self, row: FillRow) -> float:
        """Seconds for which an execution may still turn out to be of one of our orders."""
        return NAMELESS_S if self._orders.nameless(row.contract) else NAMED_WITHIN_S

    def _stored(self) -> Replay | None:
        try:
            row = json.loads(read_text(self._path, _MOST_BYTES))
            seen = tuple(str(name) for name in row["seen"])
            others = dict(row.get("others", {}))
            self._others = {date.fromisoformat(day): int(many) for day, many in others.items()}
            return Replay(str(row["cursor"]), float(row["at_s"]), seen)
        except FileNotFoundError:
            return None
        except (OSError, *UNREADABLE) as error:
            self._notice("JOURNAL", f"{self._path} cannot be read ({str(error)[:60]})")
            return None

    def _store(self, replay: Replay) -> None:
        if replay == self._kept:
            return
        row = {
            "cursor": replay.cursor,
            "at_s": replay.at_s,
            "seen": replay.seen[-SEEN_KEPT:],
            "others": {f"{day}": self._others[day] for day in sorted(self._others)[-DAYS_KEPT:]},
        }
        try:
            write_private(self._path, json.dumps(row) + "\n")
            self._kept = replay
        except OSError as error:
            self._notice("JOURNAL", f"{self._path} cannot be written: {error.strerror or error}")


def _words(row: FillRow) -> str:
    root, expiration, right, strike = row.contract
    verb = "bought" if row.side == "buy" else "sold"
    what = f"{row.quantity} {root} {expiration} {strike:g} {right}"
    return (
        f"{verb} {what} at {row.price_c / 100:.2f}, order {row.broker_id[:40]} not sent from here"
    )
