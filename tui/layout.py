"""Where the panes of the main screen go: one column, two, three, or "too small"."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

SMALLEST = (80, 24)
TWO_COLUMNS = 120
THREE_COLUMNS = 200
GROWTH = 2
"""Rows by which the alarms' pane may grow while alarms are active."""


class Rect(NamedTuple):
    """A place on the screen in cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The place of each pane by name, and whether panes have four sides."""

    places: dict[str, Rect] = field(default_factory=dict)
    boxed: bool = False


def plan(width: int, height: int, banner: int = 0, only: str = "", alarms: int = 0) -> Plan:
    """Place the panes.

    Args:
        width: columns of the terminal.
        height: its rows.
        banner: rows of the banner under the header.
        only: name of the one pane that takes the whole body, "" for all.
        alarms: rows the active alarms want; their pane grows a little for them.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return Plan({"small": Rect(0, 0, width, height)})
    foot = 1 if width < TWO_COLUMNS else 2
    places = {"header": Rect(0, 0, width, 2)}
    if banner:
        places["banner"] = Rect(0, 2, width, banner)
    top = 2 + banner
    body = height - top - foot - 1
    places["status"] = Rect(0, height - foot - 1, width, 1)
    places["footer"] = Rect(0, height - foot, width, foot)
    boxed = width >= TWO_COLUMNS
    if only:
        places[only] = Rect(0, top, width, body)
    elif not boxed:
        _one(places, width, top, body, alarms)
    elif width < THREE_COLUMNS:
        _two(places, width, top, body, alarms)
    else:
        _three(places, width, top, body, alarms)
    return Plan(places, boxed)


def _stack(
    places: dict[str, Rect], x: int, y: int, width: int, heights: list[tuple[str, int]]
) -> int:
    for name, height in heights:
        if height > 0:
            places[name] = Rect(x, y, width, height)
            y += height
    return y


def _grown(rows: int, frame: int, wanted: int) -> int:
    """Rows of the alarms' pane: as planned, and up to `GROWTH` more where they are wanted."""
    return max(rows, min(rows + GROWTH, wanted + frame))


def _one(places: dict[str, Rect], width: int, top: int, body: int, wanted: int) -> None:
    extra = max(0, body - 20)
    balances = 8 if extra >= 10 else 0
    session = 8 if extra >= 26 else 0
    events = 6 if extra >= 34 else 0
    spare = extra - balances - session - events
    more = min(3, spare // 4)
    fixed = [
        ("alarms", _grown(3 + more // 2, 1, wanted)),
        ("recommendations", 3),
        ("orders", 3 + more),
    ]
    used = sum(h for _, h in fixed) + balances + session + events
    stack = [("traders", body - used), ("balances", balances), *fixed]
    _stack(places, 0, top, width, [*stack, ("session", session), ("events", events)])


def _two(places: dict[str, Rect], width: int, top: int, body: int, wanted: int) -> None:
    left = max(81, width * 3 // 5)
    right = width - left
    alarms = _grown(4 if body >= 30 else 3, 2, wanted)
    orders = 7 if body >= 30 else 4
    events = min(8, body - 38) if body >= 42 else 0
    rest = body - alarms - orders - events
    upper = max(7, rest * 6 // 11) if rest >= 14 else rest
    lower = rest - upper
    _stack(places, 0, top, left, [("traders", upper), ("balances", lower)])
    side = _stack(places, left, top, right, [("phase", upper)])
    session = 9 if lower >= 16 else 0
    _stack(places, left, side, right, [("recommendations", lower - session), ("session", session)])
    _stack(
        places,
        0,
        top + rest,
        width,
        [("orders", orders), ("alarms", alarms), ("events", events)],
    )


def _three(places: dict[str, Rect], width: int, top: int, body: int, wanted: int) -> None:
    spare = width - THREE_COLUMNS
    left = 100 + spare // 2
    middle = 62 + spare // 5
    right = width - left - middle
    alarms = _grown(5 if body >= 40 else 4 if body >= 26 else 3, 2, wanted)
    events = 7 if body >= 50 else 5 if body >= 36 else 0
    rest = body - alarms - events
    orders = min(14, rest // 3)
    balances = rest // 2
    session = 12 if rest >= 24 else 0
    _stack(places, 0, top, left, [("traders", rest - orders), ("orders", orders)])
    _stack(
        places, left, top, middle, [("balances", balances), ("recommendations", rest - balances)]
    )
    _stack(places, left + middle, top, right, [("phase", rest - session), ("session", session)])
    _stack(places, 0, top + rest, width, [("alarms", alarms), ("events", events)])
