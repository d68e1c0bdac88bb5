"""Where the panes of the main screen go: one column, two, three, or "too small"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tui.splits import Border, Node, Rect, Split, divide

__all__ = ["LAYOUTS", "Border", "Plan", "Rect", "columns_at", "plan"]

SMALLEST = (80, 24)
TWO_COLUMNS = 120
THREE_COLUMNS = 200
GROWTH = 2
"""Rows by which the alarms' pane may grow while alarms are active."""

STRIPPED: Final = 18
"""Rows of PHASE / HEALTH that have room for the session's course."""

RATES_COLUMNS: Final = 76
"""Columns from which TRADERS have floor and age with their rates and intervals."""

BALANCED: Final = "balanced"
LAYOUTS: Final = {
    BALANCED: "every pane its share",
    "traders": "TRADERS tall, the session's course in PHASE / HEALTH",
    "orders": "ORDERS as tall as the panes above it",
    "learning": "RECOMMENDATIONS with their evidence, tall and wide",
}
"""The layouts of the main screen, and what each is for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The place of each pane by name, whether panes have four sides, the borders that move."""

    places: dict[str, Rect] = field(default_factory=dict)
    boxed: bool = False
    borders: tuple[Border, ...] = ()


def columns_at(width: int) -> int:
    """In how many columns panes are at a width of the terminal."""
    return 1 if width < TWO_COLUMNS else 2 if width < THREE_COLUMNS else 3


def plan(
    width: int,
    height: int,
    banner: int = 0,
    only: str = "",
    alarms: int = 0,
    layout: str = BALANCED,
    shifts: Mapping[str, int] | None = None,
) -> Plan:
    """Place the panes.

    Args:
        width: columns of the terminal.
        height: its rows.
        banner: rows of the banner under the header.
        only: name of the one pane that takes the whole body, "" for all.
        alarms: rows the active alarms want; their pane grows a little for them.
        layout: one of `LAYOUTS`.
        shifts: by how many cells borders are moved, by the first pane behind each.
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
    whole = Rect(0, top, width, body)
    if only:
        places[only] = whole
        return Plan(places, boxed)
    made = _MADE[columns_at(width)](width, body, alarms, layout)
    borders = divide(made, whole, shifts or {}, boxed, places)
    return Plan(places, boxed, tuple(borders))


def _grown(rows: int, frame: int, wanted: int) -> int:
    """Rows of the alarms' pane: as planned, and up to `GROWTH` more where they are wanted."""
    return max(rows, min(rows + GROWTH, wanted + frame))


def _stack(*parts: tuple[Node, int]) -> Split:
    return Split(tuple(part for part in parts if part[1] > 0))


def _one(width: int, body: int, wanted: int, layout: str) -> Split:
    extra = max(0, body - 20)
    balances = 8 if extra >= 10 else 0
    session = 8 if extra >= 26 else 0
    events = 6 if extra >= 34 else 0
    spare = extra - balances - session - events
    more = min(3, spare // 4)
    alarms = _grown(3 + more // 2, 1, wanted)
    advice, orders = 3, 3 + more
    rest = body - alarms - balances - session - events
    match layout:
        case "traders":
            advice = 0
        case "orders":
            advice, orders = 0, rest // 2
        case "learning":
            advice, orders = rest - 3 - rest // 3, 3
    return _stack(
        ("traders", rest - advice - orders),
        ("balances", balances),
        ("alarms", alarms),
        ("recommendations", advice),
        ("orders", orders),
        ("session", session),
        ("events", events),
    )


def _two(width: int, body: int, wanted: int, layout: str) -> Split:
    left = max(RATES_COLUMNS, width // 2) if layout == "learning" else max(81, width * 3 // 5)
    right = width - left
    alarms = _grown(4 if body >= 30 else 3, 2, wanted)
    orders = 7 if body >= 30 else 4
    if layout == "traders":
        orders = 4
    elif layout == "orders":
        orders = max(orders, (body - alarms) // 2)
    events = min(8, body - 38) if body >= 42 and layout != "orders" else 0
    rest = body - alarms - orders - events
    upper = max(7, rest * 6 // 11) if rest >= 14 else rest
    if layout == "traders" and rest >= 14:
        upper = rest - max(5, rest // 4)
    lower = rest - upper
    phase = upper
    if layout == "traders" and rest >= STRIPPED + 5:
        phase = max(STRIPPED, upper - 4)
    elif layout == "learning" and rest >= 14:
        phase = rest // 3
    advice = rest - phase
    session = 9 if advice >= 16 and layout != "learning" else 0
    above = Split(
        (
            (_stack(("traders", upper), ("balances", lower)), left),
            (
                _stack(
                    ("phase", phase), ("recommendations", advice - session), ("session", session)
                ),
                right,
            ),
        ),
        beside=True,
    )
    return _stack((above, rest), ("orders", orders), ("alarms", alarms), ("events", events))


def _three(width: int, body: int, wanted: int, layout: str) -> Split:
    spare = width - THREE_COLUMNS
    left = 100 + spare // 2
    middle = 62 + spare // 5
    if layout == "learning":
        left, middle = left - 10, middle + 10
    right = width - left - middle
    alarms = _grown(5 if body >= 40 else 4 if body >= 26 else 3, 2, wanted)
    events = 7 if body >= 50 else 5 if body >= 36 else 0
    rest = body - alarms - events
    orders = {"traders": max(4, rest // 6), "orders": rest * 3 // 5}.get(layout, min(14, rest // 3))
    balances = rest // 4 if layout == "learning" else rest // 2
    session = 12 if rest >= 24 else 0
    above = Split(
        (
            (_stack(("traders", rest - orders), ("orders", orders)), left),
            (_stack(("balances", balances), ("recommendations", rest - balances)), middle),
            (_stack(("phase", rest - session), ("session", session)), right),
        ),
        beside=True,
    )
    return _stack((above, rest), ("alarms", alarms), ("events", events))


_MADE: Final[dict[int, Callable[[int, int, int, str], Split]]] = {1: _one, 2: _two, 3: _three}
