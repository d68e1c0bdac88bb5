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
