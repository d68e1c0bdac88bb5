"""An operator's requests to the engine, and their tickets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any, Final

SHELL: Final = "shell"
"""Who asks where a request came from another shell."""

ENDED: Final = "the desk has ended; nothing trades any more"
ENDING: Final = "the desk is ending; entries stay closed"
NO_NEXT_ATTEMPT: Final = "the desk is ending; there is no next attempt"
NO_PACE: Final = "real time cannot be paused or hurried"
NO_KILL: Final = "there is no kill to lift"
NO_ANSWER: Final = "an order shows no definite answer; settle that first"
KILL_OPEN: Final = "orders that the kill cancels are still open; settle that first"
NO_SHARES_ORDER: Final = "kill: nothing may be sent; lift it first, or trade them at the broker"
LADDERS_ORDER: Final = "a completing order is the ladder's; pause or kill instead"
"""Why requests are refused, in the words that a screen has for it before it asks."""


MOMENT_HOW: Final = "write HH:MM, as 10:42, or a date before it, as 2026-11-23 10:42"
"""How a moment is typed."""


def moment_typed(text: str) -> tuple[date | None, time]:
    """A moment of a run's past as it is typed: a time of the exchange's day, or of a date.

    Args:
        text: such as "10:42", "10:42:30" or "2026-11-23 10:42".

    Raises:
        ValueError: it is none.
    """
    *days, clock = text.split() or [""]
    at = time.fromisoformat(clock)
    if len(days) > 1 or at.tzinfo is not None:
        raise ValueError(MOMENT_HOW)
    return (date.fromisoformat(days[0]) if days else None), at


def they_differ(difference: str) -> str:
    """Why a kill is not lifted: what differs between book and broker."""
    return f"book and broker differ: {difference}; settle that first"


class Ask(StrEnum):
    """The requests an engine understands."""

    PAUSE = "pause"
    RESUME = "resume"
    HALT = "halt"
    KILL = "kill"
    CANCEL_ORDER = "cancel"
    APPROVE = "approve"
    REJECT = "reject"
    SNOOZE = "snooze"
    UNDO = "undo"
    TRIAL = "trial"
    STOP_TRIAL = "stop-trial"
    EXPLORE = "explore"
    LADDER = "ladder"
    CONCEDE = "concede"
    UNWIND = "unwind"
    HOLD = "hold"
    ACKNOWLEDGE = "ack"
    SHELVE = "shelve"
    TIGHTEN = "tighten"
    SETTING = "setting"
    RESUME_AFTER_KILL = "resume-after-kill"
    WATCH = "watch"
    SET_SPEED = "speed"
    PAUSE_TIME = "pause-time"
    RESUME_TIME = "resume-time"
    STEP = "step"
    GO = "go"
    DRAIN = "drain"
    ACCEPT_POSITIONS = "accept-positions"
    TAKE_EXTERNAL = "take-external"
    CLOSE_SHARES = "close-shares"


@dataclass(frozen=True, slots=True)
class Command:
    """One request.

    Args:
        ask: the request.
        target: a trader's key, "symbol:NAME" for every trader of a symbol, "*" for all, an order's
            client id (cancel), a recommendation's id, a trial's (STOP_TRIAL), an alarm's id
            ("p2+p3" for all of those), an open unit "TRADER/CYCLE" (LADDER, CONCEDE, UNWIND,
            HOLD), "order:ID" (WATCH its story), "list:NAMES" (WATCH whole lists: orders, pairs,
            contracts, alarms, events; "list:pairs,pairs@:WORDS" those with these words before the
            others; "list:" none), a chain that differs (ACCEPT_POSITIONS,
            TAKE_EXTERNAL; "*" for all), an option root (CLOSE_SHARES), a limit "limits.NAME"
            (TIGHTEN, UNDO), a setting that the engine does not have and only journals (SETTING:
            the screen's theme, keys and layout, and what is written in the file of settings).
        who: the operator's name.
        key: the key or shell command that asked.
        reason: the operator's own words, where the request needs a reason.
        args: further values: speed (SET_SPEED), stage 1 or 2 (KILL), minutes (SNOOZE, SHELVE),
            within_s (DRAIN: seconds that completing orders get; the usual ones without it),
            word (what was typed: RESUME_AFTER_KILL, APPROVE without a trial, ACCEPT_POSITIONS,
            TAKE_EXTERNAL, CLOSE_SHARES; TRIAL: lever, value and trader: "cancel_ms 3000 *"),
            unless_halted (RESUME is refused where a person has halted the desk, or it is armed),
            stage (the ladder stage for which a choice about a unit was made; the choice is refused
            once the unit has moved on), value (TIGHTEN: what the limit becomes), seen (a limit's
            value when it was looked at; TIGHTEN and UNDO are refused where it is another by now),
            before, after (SETTING: what it was and is, as text).
    """

    ask: Ask
    target: str = "*"
    who: str = "operator"
    key: str = ""
    reason: str = ""
    args: dict[str, Any] = field(default_factory=dict)


class TicketState(StrEnum):
    """The state of a request; requested and confirmed are different."""

    REQUESTED = "requested"
    REFUSED = "refused"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The engine's answer to a command.

    Args:
        id: names the request, "T1", "T2", ...
        state: of the request.
        text: one sentence for the operator: what happened, or why not and what to do.
    """

    id: str
    ask: Ask
    target: str
    state: TicketState
    text: str = ""
    at_s: float = 0.0
