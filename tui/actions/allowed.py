"""Which actions may be done now: over a past, for an observer, of a desk that has ended."""

from __future__ import annotations

from typing import Final

from engine.snapshot import EngineState
from tui.actions.action import Action, Risk
from tui.actions.registry import ACTIONS
from tui.viewmodel.view import View

_LOOKS: Final = frozenset({"Look", "Move", "Time"})
_BESIDE: Final = frozenset(
    {
        "write",
        "take",
        "save-csv",
        "save-json",
        "export",
        "theme",
        "layout",
        "wider",
        "narrower",
        "taller",
        "shorter",
        "put-back",
        "command",
        "palette",
        "help",
        "quit",
        "quit-anywhere",
    }
)
_OF_THE_DESK: Final = frozenset({"tour", "tour-back"})
"""They show keys that act, which a screen that only looks has not."""

_NOT_IN_A_JOURNAL: Final = frozenset({"connection", "freeze"})
_WRITES: Final = frozenset({"write", "take", "save-csv", "save-json", "export"})
_LEAVES: Final = frozenset({"quit", "quit-anywhere"})

ONLY_LOOKS: Final = "Leave; nothing ends with this screen"
"""What the keys that quit do where a screen only looks."""


READ_ONLY: Final = "this is the past of a run, read-only: nothing here trades"
"""Why nothing is asked for in the past of a run."""

OBSERVED: Final = "read-only: nothing was done; act on the desk's own screen, or in a shell"
NOT_KILLED: Final = "nothing was killed: this screen only looks; `legdesk kill` in a shell does"
"""What such keys say to an observer; whoever presses the kill key must know at once."""


def read_only(name: str, view: View) -> str:
    """Why an action is not done on a screen that only looks."""
    if view.snapshot.observer is None:
        return READ_ONLY
    return NOT_KILLED if name == "kill" else OBSERVED


def is_allowed(action: Action, view: View) -> bool:
    """Whether an action may be done at all: over a past, and for an observer, only looking may.

    Time belongs to whoever looks at a past; that of a running desk to its own screen.
    """
    if not view.snapshot.read_only:
        return True
    looks = (action.group in _LOOKS or action.id in _BESIDE) and action.id not in _OF_THE_DESK
    if view.snapshot.past:
        return looks and action.id not in _NOT_IN_A_JOURNAL and action.risk is Risk.NONE
    looks = (looks and action.group != "Time") or action.id == "mute"
    observer = view.snapshot.observer
    if observer is not None and observer.elsewhere and action.id in _WRITES:
        return False
    return looks and action.risk is Risk.NONE


def words_of(action: Action, view: View) -> str:
    """What help and palette say of an action: an observer who leaves ends no desk."""
    if action.id == "slower" and view.snapshot.state is EngineState.WARMING:
        return "End the warm-up here; time goes on in real time"
    return ONLY_LOOKS if view.snapshot.read_only and action.id in _LEAVES else action.words


_AFTER_THE_END: Final = frozenset({"kill", "mute"})
"""Actions that stop, trade or answer, and that a desk which has ended leaves to the screen."""


def is_over(action: Action, view: View, place: str) -> bool:
    """Whether an action asks a desk that has ended, which answers nothing any more.

    A setting of the screen itself is taken back all the same.
    """
    asks = action.group in ("Stop", "Trade", "Answer") and action.id not in _AFTER_THE_END
    return view.ended and asks and (action.id, place) != ("undo", "config")


def makes_sense(action: Action, view: View, place: str) -> bool:
    """Whether an action does something on this screen now, where it may be done at all."""
    return place in action.places and action.available(view) and not is_over(action, view, place)


def working(view: View, place: str) -> list[Action]:
    """The actions whose keys work on this screen now."""
    return [a for a in ACTIONS if is_allowed(a, view) and makes_sense(a, view, place)]
