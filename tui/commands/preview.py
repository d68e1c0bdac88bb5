"""What an action of the registry would do if it were done now; or why it would be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.commands import (
    ENDED,
    ENDING,
    KILL_OPEN,
    NO_ANSWER,
    NO_KILL,
    NO_NEXT_ATTEMPT,
    NO_PACE,
    NO_SHARES_ORDER,
    they_differ,
)
from engine.snapshot import EngineState
from tui.actions.action import (
    Action,
    Available,
    Risk,
    differs,
    grouped,
    groups,
    has_units,
    paced,
    past,
    present,
    resumable,
    running,
    searching,
    share_alarms,
    shares,
    touring,
    trades,
)
from tui.actions.allowed import is_allowed, is_over, read_only, words_of
from tui.actions.registry import BY_ID
from tui.actions.requests import COMMANDS, NOTHING_ASIDE, chosen_recommendation, touched
from tui.commands.effects import Preview, killing, of_requests, resuming
from tui.pane_numbers import ALARMS, RECOMMENDATIONS
from tui.text.formats import clean, displayed, plural
from tui.viewmodel import recommendations
from tui.viewmodel.alarms import active_alarms
from tui.viewmodel.view import LATCHED, View


def preview(view: View, name: str, place: str, stage: int = 0) -> Preview:
    """What an action of the registry would do now.

    Args:
        name: the action's id.
        place: the screen in front, as the registry calls it.
        stage: how often kill was pressed: 0, 1 or 2.
    """
    action = BY_ID[name]
    refusal = _refusal(view, action, place)
    if refusal:
        return Preview(refusal, True)
    if name == "kill":
        return killing(view, stage)
    told = _TOLD.get(name)
    if told is not None:
        return told(view)
    if not action.available(view):
        if view.ended and action.available is paced:
            return Preview(ENDED, True)
        return Preview(_UNAVAILABLE.get(action.available, "not now"), True)
    if name in COMMANDS:
        return of_requests(view, COMMANDS[name](view, ""), words_of(action, view))
    return Preview(words_of(action, view))


_WORDS: Final = {"hung": "units"}
"""What opens a screen, where its name is not what it is called."""

_PLACED: Final = frozenset({"edit", "contracts"})
"""Actions that trade nothing, and change nothing but on their own screens."""

_ROOMS: Final = {
    "review": "the review of recommendations",
    "hung": "the open units",
    "main": "the main screen",
    "detail": "a trader's detail",
    "config": "the configuration",
    "positions": "the positions",
    "log": "the log",
}
"""Screens as sentences call them."""


def _refusal(view: View, action: Action, place: str) -> str:
    if not is_allowed(action, view):
        return read_only(action.id, view)
    trades = action.group in ("Stop", "Trade")
    if is_over(action, view, place):
        return ENDED
    placed = trades or action.id in _PLACED
    if placed and place not in action.places and not action.everywhere:
        places = sorted(action.places)
        rooms = " and ".join(_ROOMS.get(p, p) for p in places)
        word = _WORDS.get(places[0], places[0])
        return f"only in {rooms}" + (f": `:{word}` goes there" if len(places) == 1 else "")
    return ""


# ---------------------------------------------------------------------- what asks first


def _resume_after_kill(view: View) -> Preview:
    snapshot = view.snapshot
    if snapshot.state not in LATCHED:
        return Preview(NO_KILL, True)
    if snapshot.ending is not None:
        return Preview(ENDING, True)
    if snapshot.health.difference:
        return Preview(they_differ(displayed(snapshot.health.difference)), True)
    if snapshot.totals.unknown:
        return Preview(NO_ANSWER, True)
    if snapshot.state is EngineState.KILLING:
        return Preview(KILL_OPEN, True)
    number = plural(len(snapshot.traders), "trader")
    return Preview(f"asks for the word RESUME; lifts the kill, and all {number} stay paused")


def _resume_all(view: View) -> Preview:
    if view.snapshot.state in LATCHED:
        return Preview("kill is latched: Resume after kill comes first", True)
    if not resumable(view):
        return Preview("nothing is halted, and no trader is paused", True)
    return resuming(view, ["*"])


def _accept_positions(view: View) -> Preview:
    if view.snapshot.connection.baseline:
        return Preview("asks for the word EXTERNAL; what the account held before is left alone")
    if not differs(view):
        return Preview("book and broker do not differ: there is nothing to accept", True)
    what = displayed(view.snapshot.health.difference, 120)
    return Preview(f"asks for the word ACCEPT; books what the broker holds: {what}")


def _close_shares(view: View) -> Preview:
    if not shares(view):
        return Preview("no shares are held", True)
    if view.snapshot.state is EngineState.KILLING:
        return Preview(NO_SHARES_ORDER, True)
    held = view.snapshot.positions
    if held is not None:
        what = ", ".join(f"{clean(s.symbol, 8)} {s.quantity:+d}" for s in held.shares)
    else:
        what = ", ".join(clean(where, 12) for a in share_alarms(view) for where, _ in a.places)
    told = f"asks for the word CLOSE and a symbol; trades shares away: {what}"
    if view.snapshot.state is EngineState.KILLED:  # at which stage, the snapshot does not say
        told += "; refused where kill has cancelled all orders"
    return Preview(told)


def _advised(view: View) -> Preview | tuple[str, str, str]:
    """Id, verdict and change of the recommendation under the cursor; or why there is none."""
    if view.snapshot.ending is not None:
        return Preview(NO_NEXT_ATTEMPT, True)
    chosen = view.state.selected(RECOMMENDATIONS)
    each = next((r for r in view.snapshot.recommendations if r.id == chosen), None)
    if each is None or not chosen_recommendation(view.snapshot, each.id):
        return Preview("no recommendation that waits for an answer is selected", True)
    what = f"{each.kind} {recommendations.whom(each)} {recommendations.change(each, view)}"
    return clean(each.id, 8), clean(each.verdict, 16), displayed(what, 80)


def _approve(view: View) -> Preview:
    chosen = _advised(view)
    if isinstance(chosen, Preview):
        return chosen
    name, verdict, what = chosen
    if verdict not in recommendations.STRONG:
        return Preview(f"{verdict}: one key is not enough; : Try weak evidence", True)
    return Preview(f"starts the trial of {name}: {what}", counted=1)


def _try_weak(view: View) -> Preview:
    chosen = _advised(view)
    if isinstance(chosen, Preview):
        return chosen
    name, verdict, what = chosen
    return Preview(f"starts the trial of {name}, {verdict}: {what}", counted=1)


def _apply(view: View) -> Preview:
    chosen = _advised(view)
    if isinstance(chosen, Preview):
        return chosen
    name, verdict, what = chosen
    return Preview(
        f"asks for the word ACCEPT and a reason; applies {name}, {verdict}: {what}", counted=1
    )


def _reject(view: View) -> Preview:
    chosen = _advised(view)
    if isinstance(chosen, Preview):
        return chosen
    return Preview(f"asks for a reason; rejects {chosen[0]}: {chosen[2]}", counted=1)


def _aside(view: View) -> Preview:
    if view.state.pane == ALARMS:
        number = touched(view, "aside")
        what = plural(number, "alarm") if number > 1 else "the alarm"
        return Preview(f"asks for a reason; shelves {what}", counted=number)
    chosen = _advised(view) if view.state.pane == RECOMMENDATIONS else None
    if isinstance(chosen, tuple):
        return Preview(f"puts {chosen[0]} aside: {chosen[2]}", counted=1)
    return Preview(NOTHING_ASIDE, True)


def _try(view: View) -> Preview:
    if view.snapshot.ending is not None:
        return Preview(NO_NEXT_ATTEMPT, True)
    return Preview("asks for lever, value and trader; starts a trial of it")


def _quit(view: View) -> Preview:
    if view.snapshot.read_only:
        return Preview("leaves: nothing ends with it")
    active = len(active_alarms(view.snapshot))
    alarms = f", {plural(active, 'active alarm')}" if active else ""
    totals = view.snapshot.totals
    working = plural(totals.working, "working order")
    units = plural(len(view.snapshot.units), "open unit")
    return Preview(f"asks how: drain, or cancel and verify; now {working}, {units}{alarms}")


_TOLD: Final[dict[str, Callable[[View], Preview]]] = {
    "resume-after-kill": _resume_after_kill,
    "resume-all": _resume_all,
    "accept-positions": _accept_positions,
    "close-shares": _close_shares,
    "approve": _approve,
    "try-weak": _try_weak,
    "approve-weak": _apply,
    "reject": _reject,
    "aside": _aside,
    "try": _try,
    "quit": _quit,
    "quit-anywhere": _quit,
}

_UNAVAILABLE: Final[dict[Available, str]] = {
    trades: "there is no trader",
    running: ENDED,
    has_units: "no unit is open",
    paced: NO_PACE,
    past: "only in the past of a run: `legdesk replay RUN` goes through it",
    groups: "only TRADERS are listed in groups: go to pane 1",
    grouped: "TRADERS are not in groups: `:group` lists them so",
    touring: "no step of the tour is in front: `:tour` begins it",
    present: "only on a running desk",
    searching: "nothing is searched for: `:find` words first",
}
"""Why an action makes no sense now, by what it waits for."""

ASKED_FIRST: Final = frozenset({"resume-all", "approve", "try-weak", "explore"})
"""Actions that add risk without a dialog of their own: a second key is asked for."""


_SETS_TRADING: Final = frozenset({"resume", "resume-symbol", "undo", "reject"})
"""Actions that open entries again, or change what the next attempts use."""


def adds_risk(action: Action) -> bool:
    """Whether doing it may open entries or change an attempt: never with one click."""
    return action.risk is Risk.ADDS or action.id in _SETS_TRADING
