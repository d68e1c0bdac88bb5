"""What an observer looks at: why it is not here yet, and as of when it is."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.snapshot import (
    SEARCH,
    LookedAt,
    LookKind,
    LookState,
    searched,
    traders_date,
)
from tui.text import formats
from tui.viewmodel.view import View

WITHOUT_ROOM: Final = "the others when there is room"
WITHOUT_CHANGES: Final = "older ones as they came by"

SEARCHED: Final = frozenset({"pairs", "contracts", "orders"})
"""Lists in which the engine looks for the words of a filter."""

OLD: Final = "!"
"""Behind the time of figures that are older than looks are formed anew."""


def look_at(view: View, kind: LookKind) -> LookedAt | None:
    """An observer's look of a kind; None where there is none, and on the desk's own screen."""
    observer = view.snapshot.observer
    looks = () if observer is None else observer.looks
    return next((look for look in looks if look.look.kind is kind), None)


def coming(view: View, kind: LookKind, what: str) -> str:
    """A sentence for an observer about what he looks at and does not see yet.

    Args:
        kind: of what is looked at.
        what: such as "the positions".
    """
    look = look_at(view, kind)
    state = LookState.COMING if look is None else look.state
    if view.lost:
        return f"no desk is there to form {what}"
    if view.ended:
        return f"the desk has ended: it forms {what} no more"
    match state:
        case LookState.FULL:
            return (
                "the desk forms as much for other observers just now as it does at a time; "
                f"{what}: here when there is room"
            )
        case LookState.GONE:
            return f"the desk has this no more, nor {what}"
        case LookState.FAILED:
            return f"the desk could not form {what}"
        case _:
            return f"asked the desk for {what}: here within about a second"


def as_of(view: View, kind: LookKind, oldest_s: float | None = None) -> str:
    """When the figures of a look were formed, such as "as of 10:31:02"; "" where that is now.

    Args:
        kind: of what is looked at.
        oldest_s: when the oldest row beside them was formed.
    """
    look = look_at(view, kind)
    if look is None or look.state is not LookState.SHOWN:
        return ""
    if oldest_s is not None and oldest_s < look.at_s:
        return f"from {formats.clock(oldest_s)} on"
    if look.at_s >= view.now_s:
        return ""
    return f"as of {formats.clock(look.at_s)}{OLD if look.late else ''}"


def missing(view: View, name: str) -> str:
    """How far a whole list has come where it is not complete, and that it has no room; or ""."""
    search, observer = searching(view, name), view.snapshot.observer
    found = view.state.wholes.has_found(name, search)
    for look in () if observer is None else observer.looks:
        listed, _, within = look.look.name.partition("@")
        of_list = look.look.kind is LookKind.LIST and listed == name
        if of_list and look.state is LookState.FULL and not within.startswith(SEARCH):
            if within == "changed":
                return WITHOUT_CHANGES
            if not found:
                return WITHOUT_ROOM
    return "" if found else view.state.wholes.missing(name, search)


def held_as_of(view: View, name: str) -> str:
    """When the figures of a list of what is held were formed; of its oldest row where it is long.

    Args:
        name: of the list, where more is held than the positions have.
    """
    return as_of(view, LookKind.POSITIONS, view.state.wholes.oldest_s(name, searching(view, name)))


def searching(view: View, name: str) -> str:
    """What the engine looks for in a list, such as ":AAPL 04DEC26"; "" for nothing.

    The orders of a pair, those that work and those of the main screen are few.

    Args:
        name: of the list; in others than pairs, contracts and orders nothing is looked for.
    """
    state = view.state
    if name not in SEARCHED or (name == "orders" and not _is_blotter(view)):
        return ""
    choices = state.choices(name)
    wanted = choices.filter
    if choices.within:
        wanted = f"{_contract_words(choices.within)} {'' if wanted.startswith('!') else wanted}"
    words = searched(wanted)
    return f"{SEARCH}{words}" if words else ""


def found_of(view: View, name: str, held: int) -> int | None:
    """Rows of all where those are in front that a search has found; None where all of them are.

    Args:
        name: of the list.
        held: how many the whole list has.
    """
    narrowed = not view.state.choices(name).within
    return held if narrowed and view.state.wholes.has_found(name, searching(view, name)) else None


def asked_for(view: View, name: str, otherwise: str = "") -> str:
    """What of a list the engine is asked for.

    Args:
        name: of the list.
        otherwise: what is asked for where nothing is looked for; the list without it.
    """
    search = searching(view, name)
    asked = otherwise or name
    return f"{asked},{name}@{search}" if search else asked


def _is_blotter(view: View) -> bool:
    """Whether all orders are listed."""
    state = view.state
    return state.alone and not state.open_only and not state.choices("orders").within


def _contract_words(key: str) -> str:
    """What rows have that belong to a contract "SPY 2026-12-04 C590", as they are filtered."""
    symbol, day, contract = key.rsplit(" ", 2)
    return f"{symbol} {traders_date(date.fromisoformat(day))} {contract[1:]}{contract[0]}"
