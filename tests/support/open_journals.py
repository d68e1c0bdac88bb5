"""What desks in virtual time hold open ends with their test: nothing runs that could stop them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_closes: list[Callable[[], object]] = []


def closed_later(close: Callable[[], object]) -> None:
    """Have what is open let go of at the end of the fixture's scope in which it was opened.

    Args:
        close: does it; nothing where it has ended already.
    """
    _closes.append(close)


@contextmanager
def let_go() -> Iterator[None]:
    """Close all that was opened meanwhile and is open still, the last first."""
    before = len(_closes)
    try:
        yield
    finally:
        while len(_closes) > before:
            _closes.pop()()


@contextmanager
def kept_open() -> Iterator[Callable[[], None]]:
    """Keep what is opened meanwhile beyond the scope it is opened in.

    Yields:
        Closes it, the last first; to be called once the block has ended.
    """
    before = len(_closes)
    ours: list[Callable[[], object]] = []

    def close() -> None:
        while ours:
            ours.pop()()

    yield close
    ours.extend(_closes[before:])
    del _closes[before:]
