"""A page of a list that is longer than what every snapshot carries of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ListPage:
    """Some rows of a whole list; whoever shows it puts the pages together.

    name is orders, pairs, alarms or events; within what its rows belong to, such as the orders of
    one pair "TRADER/CYCLE" ("": all of them). start counts the rows before the page, total all of
    the list; serial grows with every page; at_s is when its rows were so.
    """

    serial: int
    name: str
    within: str
    start: int
    total: int
    at_s: float
    rows: tuple[Any, ...]
