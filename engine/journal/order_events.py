"""Every event of one order, found in a journal of any length without folding it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_json

from engine.journal.database import FIRST_SEAL, refusal, seal_of, torn
from engine.journal.encoding import decode
from engine.journal.migration import TEXT
from engine.journal.reading import looked_into
from engine.journal.store import Journal, Unwritten
from engine.orders import events as ev
from engine.orders.events import Event, OrderIntended
from engine.run_folder.errors import JournalError

AT_ONCE: Final = 4_000
"""Events that are asked for at once: a desk that writes waits for one answer, 1 to 3 ms."""

Ask = Callable[..., list[Any]]
"""SQL and its values to rows."""

_KINDS: Final = (
    OrderIntended,
    ev.OrderSent,
    ev.OrderWorking,
    ev.OrderUnknown,
    ev.CancelSent,
    ev.Executed,
    ev.OrderEnded,
)

_BATCH_WITH: Final = "SELECT first, last, at_ms FROM batches WHERE last>? ORDER BY last LIMIT 1"

_HOLDING: Final = """
SELECT first, last, body, seal, (SELECT seal FROM batches WHERE last=held.first-1)
FROM batches AS held WHERE last>? AND last<=? AND instr(body, ?) ORDER BY last
"""


_EVENTS: Final = f"""
SELECT each.key, json_extract(text, '$[0][' || each.key || ']'), each.value
FROM (SELECT {TEXT} AS text FROM (SELECT ? AS body)), json_each(text, '$[1]') AS each
WHERE instr(each.value, ?)
"""
"""Those of a batch that name an order, found without making thousands of objects of the others: the
garbage collector would look through all of a desk because of them.
"""


class OrderEvents:
    """The events of orders in one journal.

    Args:
        journal: that a desk writes, or has closed; or the path of one that no desk holds.
    """

    def __init__(self, journal: Journal | Path) -> None:
        self._journal = journal

    def of(self, intent: OrderIntended) -> Iterator[Event]:
        """The order's events from its intent on, oldest first; take as many as are known of.

        Raises:
            JournalError: the journal cannot be read, or has nothing of the order.
        """
        try:
            with self._asked() as (ask, unwritten):
                yield from _found(ask, self._path, intent, unwritten)
        except sqlite3.Error as error:
            raise refusal(self._path, error) from None

    @property
    def _path(self) -> Path | str:
        journal = self._journal
        return journal if isinstance(journal, Path) else journal.path or "the journal"

    @contextmanager
    def _asked(self) -> Iterator[tuple[Ask, Unwritten]]:
        """How rows are asked for, and the events that are not among them yet."""
        journal = self._journal
        if isinstance(journal, Path):
            path: Path | None = journal
        elif not journal.keeps:
            raise JournalError("missing", "this desk keeps no journal")
        else:
            path = journal.path if journal.closed else None
        if path is not None:
            with looked_into(path) as connection:
                yield partial(_all, connection), (0, [])
        else:
            assert isinstance(journal, Journal)
            unwritten = journal.unwritten()
            yield journal.ask, unwritten


def _all(connection: sqlite3.Connection, sql: str, *values: int | bytes) -> list[Any]:
    return connection.execute(sql, values).fetchall()


def _found(
    ask: Ask, path: Path | str, intent: OrderIntended, unwritten: Unwritten
) -> Iterator[Event]:
    """The order's events of the file, then those that are not in it yet."""
    (end,) = ask("SELECT coalesce(max(last), 0) FROM batches")[0]
    number, events = unwritten
    if events:
        end = min(end, number - 1)
    last = [event for event in events if _is_of(event, intent.order)]
    if not any(isinstance(event, OrderIntended) for event in last):
        start = _start(ask, end, intent.at_ms)
        written = _scanned(ask, path, intent.order, start, end)
        first = next(written, None)
        if start and not isinstance(first, OrderIntended):  # the clock went back meanwhile
            written = _scanned(ask, path, intent.order, 0, end)
            first = next(written, None)
        if first is None:
            raise JournalError("missing", f"{path} has nothing of this order")
        yield first
        yield from written
    yield from last


def _start(ask: Ask, end: int, at_ms: int) -> int:
    """The number after which events of that time, epoch milliseconds, are looked for."""
    (schema,) = ask("SELECT value FROM meta WHERE key='schema'")[0]
    if int(schema) < 2:  # its batches do not tell their times
        return 0
    low = start = 0
    high = end
    while low < high:
        first, last, began_ms = ask(_BATCH_WITH, (low + high) // 2)[0]
        if began_ms < at_ms:
            low, start = last, first - 1
        else:
            high = first - 1
    return start


def _scanned(ask: Ask, path: Path | str, order: str, after: int, end: int) -> Iterator[Event]:
    """The order's events of the batches from number `after` on."""
    name = to_json(order)
    with closing(sqlite3.connect(":memory:")) as apart:
        while after < end:
            upto = min(after + AT_ONCE, end)
            for first, last, body, seal, before in ask(_HOLDING, after, upto, name):
                if seal_of(before or FIRST_SEAL, first, last, body) != seal:
                    raise torn(path, f"rows {first} to {last} were changed after they were written")
                for key, kind, fields in apart.execute(_EVENTS, (body, name.decode())):
                    row = f"[{to_json([kind]).decode()},[{fields}]]".encode()
                    for _, event in decode(first + key, first + key, row):
                        if _is_of(event, order):
                            yield event
            after = upto


def _is_of(event: Event, order: str) -> bool:
    return isinstance(event, _KINDS) and event.order == order
