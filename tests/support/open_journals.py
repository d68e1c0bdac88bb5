"""Journals of desks in virtual time, which end with their test: nothing runs that could stop them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.journal.store import Journal

_opened: list[Journal] = []


def closed_later(journal: Journal) -> None:
    """Close the journal at the end of the fixture's scope in which it was opened."""
    _opened.append(journal)


@contextmanager
def let_go() -> Iterator[None]:
    """Close every journal that was opened meanwhile and is open still."""
    before = len(_opened)
    try:
        yield
    finally:
        while len(_opened) > before:
            _opened.pop().close()
