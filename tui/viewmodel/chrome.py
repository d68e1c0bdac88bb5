"""Footer, status line and banner: derived from the registry, the tickets and the state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.commands import Ticket
from engine.snapshot import EngineState
from tui.actions.action import MAIN, Action
from tui.actions.allowed import working
from tui.actions.keymap import Keymap
from tui.actions.places import LISTS
from tui.actions.registry import BY_ID
from tui.actions.requests import group_symbol, touched
from tui.layout import TWO_COLUMNS
from tui.pane_numbers import ALARMS
from tui.text import formats
from tui.text.lines import Line, fit, spread, width_of
from tui.viewmodel import activity, alarms, ending, trader_words, traders
from tui.viewmodel.header import badge
from tui.viewmodel.view import LATCHED, View

# fmt: off
FOOTER = (
    "kill", "pause", "approve", "choice-1", "choice-2", "choice-3", "choice-4", "confirm",
    "export", "edit", "contracts", "resume", "reject", "detail", "ack", "review", "filter",
    "command", "help", "halt", "hung", "positions", "undo", "blotter", "report", "day", "config",
    "cancel", "log", "quit", "sort", "aside", "mark", "find", "pause-symbol", "resume-symbol",
    "open-only", "ack-all", "up", "zoom", "freeze", "slower", "faster", "hold-time", "step",
    "back", "go-to", "last-alarm", "next-alarm", "last-fill", "next-fill", "connection",
    "columns", "take", "group", "collapse", "expand", "layout", "palette",
)
# fmt: on
"""The actions the footer names, the most needed first."""

_RANK = {name: rank for rank, name in enumerate(FOOTER)}


def in_footer(
    actions: Iterable[Action], paced_first: bool = False, alone: bool = False
) -> list[Action]:
    """Actions in the order the footer shows them.

    Args:
        paced_first: whether the keys of simulated time come first, as in a replay.
        alone: whether a list has a screen of its own: there the way back is what is wanted first,
            and what stops trading stays before what finds a row.
    """

    def rank(action: Action) -> tuple[bool, bool, float]:
        late = alone and action.id in ("filter", "detail")
        place = _RANK["hung"] + 0.5 if late else _RANK[action.id]
        timed = paced_first and action.group == "Time"
        return not (alone and action.id == "up"), not timed, place

    return sorted((a for a in actions if a.id in _RANK), key=rank)


class Pressed(NamedTuple):
    """Where an action is named in the footer: its row, its first cell, its cells."""

    action: str
    row: int
    x: int
    cells: int


def footer(view: View, keymap: Keymap, place: str, width: int, rows: int) -> list[Line]:
    """The keys that work now, as many as fit, and always those of help and kill."""
    return _footer(view, keymap, place, width, rows)[0]


def footer_at(view: View, keymap: Keymap, place: str, width: int, rows: int, x: int, y: int) -> str:
    """The action that the footer names at a cell, "" for none."""
    for each in _footer(view, keymap, place, width, rows)[1]:
        if each.row == y and each.x <= x < each.x + each.cells:
            return each.action
    return ""


def _footer(
    view: View, keymap: Keymap, place: str, width: int, rows: int
) -> tuple[list[Line], list[Pressed]]:
    asks = keymap.first("help") if place not in ("help", "small") else ""
    kill: Line = ((asks, "key"), (" Help  ", "key_text")) if asks else ()
    if view.snapshot.observer is not None:
        style = "stale" if view.outdated else "key_text"
        kill = (*kill, (f"{formats.duration(view.state.silent_s)} old, read-only ", style))
    elif view.snapshot.past:
        kill = (*kill, ("read-only ", "key_text"))
    else:
        again = view.snapshot.state in LATCHED
        kill = (
            *kill,
            (keymap.first("kill"), "key_kill"),
            (" again: CANCEL ALL " if again else " KILL ", "key_text"),
        )
    named: list[Pressed] = []
    lines: list[Line] = []
    line: Line = ((" ", "text"),)
    used = 1
    between: Line = ((" " if width < TWO_COLUMNS else "  ", "text"),)
    room = width - width_of(kill) - width_of(between)
    replayed = view.snapshot.progress is not None and place != "splash"
    actions = in_footer(working(view, place), replayed, place in LISTS - MAIN)
    if group_symbol(view) and not touched(view, "resume"):
        actions = _of_a_group(actions)
    for action in actions:
        key = keymap.first(action.id)
        if action.id in ("kill", "help") or not key:
            continue
        label = label_of(view, action)
        item: Line = ((key, "key"), (f" {label}", "key_text"))
        cells = width_of(item)
        if used + cells > room:
            if len(lines) + 1 >= rows:
                break
            lines.append(line)
            line, used = ((" ", "text"),), 1
        named.append(Pressed(action.id, len(lines), used, cells))
        line = (*line, *item, *between)
        used += cells + width_of(between)
    lines.append(line)
    while len(lines) < rows:
        lines.append(())
    lines[-1] = spread(fit(lines[-1][: -len(between)], room), kill, width)
    at = width - width_of(kill)
    helping = width_of(kill[:2]) if asks else 0
    if asks:
        named.append(Pressed("help", rows - 1, at, helping - 2))
    if not view.snapshot.read_only:
        named.append(Pressed("kill", rows - 1, at + helping, width - at - helping))
    return [fit(each, width) for each in lines], named


def label_of(view: View, action: Action) -> str:
    """What the footer calls an action, with the number of rows it is about."""
    if number := touched(view, action.id):
        return f"{action.label} {number:,}"
    if action.id == "slower" and view.snapshot.state is EngineState.WARMING:
        return "Begin here"
    if action.id == "detail" and (symbol := group_symbol(view)):
        closed = symbol in view.state.choices("traders").closed
        return "Open group" if closed else "Close group"
    return action.label


def _of_a_group(actions: list[Action]) -> list[Action]:
    """The same where a group is chosen: it is resumed by the key of symbols alone."""
    one, whole = BY_ID["resume"], BY_ID["resume-symbol"]
    if one not in actions or whole not in actions:
        return actions
    return [whole if each is one else each for each in actions if each is not whole]


def status(view: View, ticket: Ticket | None, width: int, of_trader: bool = True) -> Line:
    """What is most worth a line: an end, a request, why the selected trader waits, an event.

    Args:
        of_trader: whether the screen is about traders; on others the selected one says nothing.
    """
    if view.state.message:
        message = (formats.clean(view.state.message), "title")
        return fit(((" ", "text"), message), width, view.glyphs.more)
    if view.snapshot.ending is not None:
        text: Line = ((f" {ending.waits_for(view.snapshot.ending)}", "value"),)
        return fit(text, width, view.glyphs.more)
    if ticket is not None:
        return fit(((" ", "text"), activity.ticket_span(ticket)), width, view.glyphs.more)
    alarm = alarms.chosen(view) if view.state.pane == ALARMS else None
    if alarm is not None and alarm.state != "cleared":
        text = ((f" {alarms.answer(alarm)}", "value"),)
        return fit(text, width, view.glyphs.more)
    if view.ended:
        return fit(((" the session has ended: t shows its report, q leaves", "value"),), width)
    if of_trader and (group := traders.group_words(view)):
        symbol, words = group
        text = ((f" {symbol}  ", "title"), (words, "value"))
        return fit(text, width, view.glyphs.more)
    key = view.state.selected(1)
    chosen = next((t for t in view.snapshot.traders if t.key == key), None)
    if of_trader and chosen is not None and (reason := trader_words.why(chosen)):
        text = (
            (f" {trader_words.chain_name(chosen)} ", "value"),
            (f"{chosen.state.value}  ", "label"),
            (reason, "value"),
        )
        return fit(text, width, view.glyphs.more)
    newest = activity.newest(view.snapshot)
    if newest is not None:
        return fit(
            ((" ", "text"), *activity.event_line(newest, view, width - 1)),
            width,
            view.glyphs.more,
        )
    return fit((), width)


def banner(view: View, stage: int, keymap: Keymap, width: int) -> list[Line]:
    """After the kill key: what has been asked, what is confirmed, what comes next."""
    state, totals = view.snapshot.state, view.snapshot.totals
    kill = keymap.first("kill")
    left = f"working {totals.working:,}  unknown {totals.unknown:,}  unhedged {totals.unhedged:,}"
    if state is EngineState.KILLED:
        first = f"KILLED  {left}"
        if totals.working or totals.unknown:
            second = f"{kill} again: cancel every engine order. Completing orders still work."
        else:
            hung = keymap.first("hung") if totals.unhedged else ""
            units = f" {hung}: open units." if hung else ""
            second = f"No order works.{units} : Resume after kill asks for a typed word."
    elif state is EngineState.KILLING or stage >= 2:
        first = f"CANCEL ALL {'under way' if state in LATCHED else 'requested'}  {left}"
        second = "Every engine order is being cancelled and verified with the broker."
    else:
        first = f"KILL requested: entries halted  {left}"
        second = f"{kill} again (after 0.5 s): cancel every engine order."
    if view.snapshot.observer is not None:
        second = (
            "This screen only looks: `legdesk kill` in a shell, or the desk's own screen, acts."
        )
    return _alarming(view, first, second, width)


def lost(view: View, width: int) -> list[Line]:
    """Over an observed desk that tells no more: since when, why, and what is done about it."""
    age = formats.duration(view.state.silent_s)
    return _alarming(
        view,
        f"LOST: this is {age} old and may be wrong now",
        f"{formats.clean(view.lost, 300)}; it is looked for all the time.",
        width,
    )


def _alarming(view: View, first: str, second: str, width: int) -> list[Line]:
    lead: Line = ((" ", "p1"), badge(view))
    room = max(0, width - width_of(lead))
    return [
        (*lead, (formats.left(f" {first}", room), "p1")),
        ((formats.left(f"  {second}", width), "p1"),),
    ]
