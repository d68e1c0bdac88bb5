"""What an action is: its keys, its place, its risk, and when it makes sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from engine.snapshot import AlarmView, EngineState, TraderState
from tui.pane_numbers import LIST_NAMES, RECOMMENDATIONS, TRADERS
from tui.viewmodel import recommendations
from tui.viewmodel.view import LATCHED, View


class Risk(StrEnum):
    """What an action does to the account: the asymmetry of the keys follows from it."""

    NONE = "none"
    REDUCES = "reduces"
    ADDS = "adds"


Available = Callable[[View], bool]


def always(view: View) -> bool:
    """At any time."""
    return True


def paced(view: View) -> bool:
    """Whether its time is simulated, and goes on; a past can be gone back in even at its end."""
    return view.snapshot.can_pace and (running(view) or past(view))


def past(view: View) -> bool:
    """Whether a past moment of a run is shown, of which nothing trades."""
    return bool(view.snapshot.past)


def groups(view: View) -> bool:
    """Whether keys move among traders, which can be listed in groups."""
    return view.state.pane == TRADERS


def grouped(view: View) -> bool:
    """Whether they are."""
    return groups(view) and view.state.choices("traders").grouped


def trades(view: View) -> bool:
    """Whether there is a trader, and its desk has not ended."""
    return bool(view.snapshot.traders) and running(view)


def latched(view: View) -> bool:
    """Whether the kill latch is set."""
    return view.snapshot.state in LATCHED


def resumable(view: View) -> bool:
    """Whether one request can start more than one trader: a halt, or traders that are paused."""
    if view.snapshot.state is EngineState.HALTED:
        return True
    traders = view.snapshot.traders
    paused = view.state.once(
        "paused", traders, None, lambda: any(t.state is TraderState.PAUSED for t in traders)
    )
    return paused and running(view) and not latched(view)


def differs(view: View) -> bool:
    """Whether book and broker differ."""
    return bool(view.snapshot.health.difference)


def shares(view: View) -> bool:
    """Whether shares are held, as the positions say or, where nobody looks at them, an alarm."""
    held = view.snapshot.positions
    return bool(held.shares) if held is not None else bool(share_alarms(view))


def share_alarms(view: View) -> list[AlarmView]:
    """The alarms about shares that are not cleared."""
    return [a for a in view.snapshot.alarms if a.code == "SHARES" and a.state != "cleared"]


def has_units(view: View) -> bool:
    """Whether a filled debit is open."""
    return bool(view.snapshot.units)


def approvable(view: View) -> bool:
    """Whether one key starts the trial of the recommendation under the cursor."""
    key, now_s = view.state.selected(RECOMMENDATIONS), view.now_s
    each = next((r for r in view.snapshot.recommendations if r.id == key), None)
    waits = each is not None and recommendations.ready((each,), now_s) > 0
    return waits and each is not None and each.verdict in recommendations.STRONG


def running(view: View) -> bool:
    """Whether the desk has not ended."""
    return view.snapshot.state is not EngineState.ENDED


def present(view: View) -> bool:
    """Whether a desk is shown, not the past of a run."""
    return not past(view)


def touring(view: View) -> bool:
    """Whether a step of the tour is in front."""
    return bool(view.state.tour)


def searching(view: View) -> bool:
    """Whether something is searched for in the list in front, and no step of the tour is there."""
    name = LIST_NAMES.get(view.state.pane, LIST_NAMES[TRADERS])
    return bool(view.state.choices(name).find) and not touring(view)


MAIN = frozenset({"main"})
"""Where an action works that names no place."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something the operator can do.

    Args:
        id: its name, also in the configuration's `[keys]`.
        keys: key names as Textual calls them, separated by commas; "" for the palette only.
        label: one or two words for the footer.
        words: a sentence for help and palette.
        group: heading in help.
        places: screens where it works.
        risk: what it does to the account.
        everywhere: whether its key also works in dialogs and text fields.
        available: whether it makes sense now.
    """

    id: str
    keys: str
    label: str
    words: str
    group: str
    places: frozenset[str] = MAIN
    risk: Risk = Risk.NONE
    everywhere: bool = False
    available: Available = always
