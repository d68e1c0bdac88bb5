"""What a pane says that has nothing to show: what it is, why it is empty, what would fill it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from engine.snapshot import EngineState, LookKind
from tui.text import formats
from tui.text.lines import Line, wrapped
from tui.viewmodel import looked
from tui.viewmodel.view import LATCHED, View


class Cause(Enum):
    """Why nothing comes, the one that explains most first."""

    PAST = auto()
    SILENT = auto()
    STARTING = auto()
    FAILED = auto()
    DISCONNECTED = auto()
    KILLED = auto()
    HALTED = auto()
    EXIT_ONLY = auto()
    ENDING = auto()
    ENDED = auto()
    UNARMED = auto()
    CLOSED = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Empty:
    """A pane without rows.

    Args:
        lacks: what is not there, such as "no order yet".
        unsure: what is said in its place while nobody knows whether it is so.
        fills: what the pane shows, and when; "" where a calm screen need not say so.
        always: whether `fills` is said whatever the cause is.
        traded: whether it fills by trading, so that what keeps the desk from it is a cause.
    """

    lacks: str
    unsure: str
    fills: str
    always: bool = False
    traded: bool = True


EMPTY: Final[dict[str, Empty]] = {
    "traders": Empty(
        "no traders",
        "no traders yet",
        "there is one for each symbol and expiration of the settings (c) that the market lists",
        traded=False,
    ),
    "balances": Empty(
        "no chain yet",
        "no chain yet",
        "each trader has one: what it bought, and what it sold against that",
        traded=False,
    ),
    "recommendations": Empty(
        "none",
        "none known",
        "the engine proposes a change when the evidence allows",
    ),
    "orders": Empty(
        "no order yet", "no order is known", "each shows once it is sent, the newest first"
    ),
    "open orders": Empty(
        "no open order", "no open order is known", "o shows those that have ended, too"
    ),
    "orders of a pair": Empty(
        "none of its orders is remembered",
        "none of its orders is known",
        "the desk remembers its last thousands, and those of open units; the journal has all",
        always=True,
        traded=False,
    ),
    "alarms": Empty("none active", "none is known", "", traded=False),
    "events": Empty(
        "no event yet", "no event is known", "what the desk does is told here", traded=False
    ),
    "units": Empty(
        "no open unit: every filled debit is completed",
        "no open unit is known",
        "a debit that fills is listed until its credit has filled, with the ways out",
        always=True,
    ),
    "pairs": Empty(
        "no pair is held",
        "no pair is known",
        "a debit whose credit has filled too is a pair, until it expires",
        always=True,
    ),
    "contracts": Empty(
        "no contract is held",
        "no contract is known",
        "what executes is held here, contract by contract",
        always=True,
    ),
    "day": Empty(
        "nothing yet",
        "nothing yet",
        "each figure has its first point once the first minute of the session is over",
    ),
    "attempts": Empty(
        "no attempts yet", "no attempt is known", "a debit that filled or timed out is one"
    ),
    "chosen": Empty(
        "nothing is chosen",
        "nothing is chosen",
        "the list's row under the cursor is told here in full",
        always=True,
        traded=False,
    ),
    "detail": Empty(
        "asked the engine for the details of this trader",
        "asked the engine for the details of this trader",
        "they come with its next snapshot",
        always=True,
        traded=False,
    ),
    "trader's day": Empty(
        "asked the engine for its session",
        "asked the engine for its session",
        "it comes with the next snapshot",
        always=True,
        traded=False,
    ),
    "positions": Empty(
        "asking the engine for the positions",
        "asking the engine for the positions",
        "they come with its next snapshot",
        always=True,
        traded=False,
    ),
}
"""By pane; those of the main screen under their own names."""

ASKED_FOR: Final = {
    "detail": (LookKind.TRADER, "the details of this trader"),
    "trader's day": (LookKind.TRADER, "its session"),
    "positions": (LookKind.POSITIONS, "the positions"),
}
"""Panes that the engine fills only while somebody looks."""

_FAILURES: Final = frozenset({"JOURNAL", "DESK_FAULT", "GATEWAY_JOURNAL"})
"""Alarms after which the desk itself does nothing new."""

_GONE: Final = "GATEWAY_GONE"
"""The alarm of a desk whose broker's process is gone: what happens there nobody knows."""

_UNSURE: Final = frozenset({Cause.SILENT, Cause.STARTING, Cause.DISCONNECTED})
"""Causes under which an empty pane says nothing about the account."""


def cause(view: View) -> Cause:
    """Why nothing comes into a pane at this moment."""
    s, told = view.snapshot, view.snapshot.connection
    active = {a.code for a in s.alarms if a.state != "cleared"}
    holds = {
        Cause.PAST: bool(s.past),
        Cause.SILENT: view.silent,
        Cause.STARTING: s.state in (EngineState.STARTING, EngineState.WARMING),
        Cause.ENDED: view.ended,
        Cause.FAILED: bool(active & _FAILURES),
        Cause.DISCONNECTED: (told.told and not told.connected) or _GONE in active,
        Cause.KILLED: s.state in LATCHED,
        Cause.HALTED: s.state is EngineState.HALTED,
        Cause.EXIT_ONLY: s.state is EngineState.EXIT_ONLY,
        Cause.ENDING: s.state is EngineState.DRAINING,
        Cause.UNARMED: told.unarmed,
        Cause.CLOSED: not s.phase.entries_open,
    }
    return next((each for each, there in holds.items() if there), Cause.NONE)


def why(view: View, because: Cause) -> str:
    """A cause in words, "" where there is none."""
    s = view.snapshot
    match because:
        case Cause.PAST:
            return "the journal of this run has none up to this moment"
        case Cause.SILENT:
            silent = formats.duration(view.state.silent_s)
            return f"the desk has said nothing for {silent}, so nobody knows"
        case Cause.STARTING:
            return "the desk has not begun"
        case Cause.FAILED:
            return "the desk has failed: ALARMS (6) says how, and what to do"
        case Cause.DISCONNECTED:
            return "the broker cannot be reached: C says what to do"
        case Cause.KILLED:
            return "kill is latched: nothing is tried before : Resume after kill"
        case Cause.HALTED:
            return "entries are halted: nothing is tried before : Resume all"
        case Cause.EXIT_ONLY:
            return "a limit lets the desk only complete and close"
        case Cause.ENDING:
            return "the desk is ending: nothing new is tried"
        case Cause.ENDED:
            return "the session has ended"
        case Cause.UNARMED:
            return "the account is not armed: nothing is bought before r and its end"
        case Cause.CLOSED:
            name, left_s = s.phase.next_name, s.phase.ends_s - view.now_s
            phase = formats.clean(s.phase.name, 13)
            if view.opens_s is not None:
                at = formats.day_and_minute(view.opens_s)
                left = formats.countdown(view.opens_s - view.now_s)
                return f"no debit is tried in {phase}; trading opens {at} ET, in {left}"
            if not name:
                return f"no debit is tried in {phase}, and no phase follows today"
            follows = f"{formats.clean(name, 13)} in {formats.countdown(max(0.0, left_s))}"
            return f"no debit is tried in {phase}; {follows}"
        case _:
            return ""


def sentence(view: View, pane: str) -> str:
    """What a pane without rows says.

    Args:
        pane: one of `EMPTY`.
    """
    if view.snapshot.observer is not None and pane in ASKED_FOR:
        return looked.coming(view, *ASKED_FOR[pane])
    empty, because = EMPTY[pane], cause(view)
    if not empty.traded and because not in _UNSURE:
        because = Cause.NONE
    reason = why(view, because)
    lacks = empty.unsure if because in _UNSURE else empty.lacks
    fills = "" if reason and not empty.always else empty.fills
    return "; ".join(part for part in (lacks, reason, fills) if part)


def filtered(noun: str, hidden: int) -> str:
    """What a list says none of whose rows passes its filter.

    Args:
        noun: of a row, such as "order".
        hidden: rows that the filter keeps away.
    """
    return f"no {noun} passes the filter: {hidden:,} hidden, Esc takes it back"


def lines(text: str, width: int, height: int) -> list[Line]:
    """A sentence as the body of a pane, in as many rows as there are."""
    told = wrapped(text, width - 1, "dim")[: max(1, height)]
    return [((f" {row}", style),) for ((row, style),) in told]


def rows(
    view: View, pane: str, width: int, height: int, noun: str, hidden: int, missing: str = ""
) -> list[Line]:
    """The body of a list without rows: its filter is the reason, or `sentence` has it.

    Args:
        pane: one of `EMPTY`.
        width, height: cells and rows there are.
        noun: of a row.
        hidden: rows that the filter keeps away, 0 where there are none at all.
        missing: how far the list has come, where not all of it has: what is not there may come yet.
    """
    if missing and cause(view) not in _UNSURE:
        text = f"no {noun} that is shown here has come yet: {missing}"
    else:
        text = filtered(noun, hidden) if hidden else sentence(view, pane)
    return lines(text, width, height)
