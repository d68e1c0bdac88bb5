"""The splash: what the desk does before it trades, how far it is, and how to stop it."""

from __future__ import annotations

from engine.snapshot import EngineState
from tui.actions.allowed import is_allowed
from tui.actions.keymap import Keymap
from tui.actions.registry import BY_ID
from tui.text import bars, formats
from tui.text.lines import Line, fit, join, width_of, wrapped
from tui.viewmodel import activity
from tui.viewmodel.view import View

WIDEST = 64
"""Cells of the card at most."""

HINTS = (("quit", "quit"), ("kill", "KILL"), ("halt", "halt entries"), ("help", "keys"))


def splash(view: View, keymap: Keymap, width: int, height: int) -> list[Line]:
    """What is shown while the desk trades its way to the starting time."""
    room = max(10, min(WIDEST, width - 8))
    card = [_centred(line, room) for line in _body(view, keymap, room)]
    left, top = (width - room) // 2, max(0, (height - len(card)) // 2)
    lines: list[Line] = [()] * top
    lines += [((" " * left, "text"), *line) for line in card]
    lines += [()] * (height - len(lines))
    return [fit(line, width) for line in lines[:height]]


def _centred(line: Line, room: int) -> Line:
    return ((" " * max(0, (room - width_of(line)) // 2), "text"), *line)


def _body(view: View, keymap: Keymap, room: int) -> list[Line]:
    snapshot, totals, glyphs = view.snapshot, view.snapshot.totals, view.glyphs
    progress = snapshot.progress
    warming = snapshot.state is EngineState.WARMING
    bar = bars.share(progress or 0.0, room - 8, glyphs)
    seen = "     " if progress is None else f"{100 * progress:3.0f} %"
    doing = "warming up: the day so far, traded as fast as it goes" if warming else "starting"
    figures: list[Line] = [
        ((formats.count(number), "value"), (f" {noun}", "label"))
        for number, noun in (
            (len(snapshot.traders), "traders"),
            (totals.attempts, "attempts"),
            (totals.fills, "fills"),
            (totals.completions, "completed"),
        )
    ]
    newest = activity.newest(snapshot)
    event = "" if newest is None else formats.displayed(newest.text, room)
    source = wrapped(formats.clean(snapshot.source, 200), room, "dim")
    return [
        (("L E G D E S K", "title"),),
        ((glyphs.rule * 25, "border"),),
        ((formats.clean(snapshot.run, room), "label"),),
        *source,
        (),
        ((doing, "value"),),
        (),
        (*bar, (f"  {seen}", "title")),
        ((f"{formats.clock(view.now_s)} ET", "value"),),
        (),
        join(figures, ("   ", "text")),
        ((formats.left(event, room, glyphs.more).rstrip(), "dim"),),
        _left(view, keymap),
        _hints(view, keymap),
    ]


SHORT_S = 20.0
"""Real seconds of a warm-up that need no word."""


def _left(view: View, keymap: Keymap) -> Line:
    """How long a long warm-up will still take, and how to begin before it ends.

    The first quotes of a chain take longest: nothing is foretold before there are as many attempts
    as traders.
    """
    snapshot, progress = view.snapshot, view.snapshot.progress
    if snapshot.state is not EngineState.WARMING or progress is None:
        return ()
    begun = snapshot.totals.attempts >= len(snapshot.traders)
    left_s = view.state.warm_up.left_s(view.state.now_s, progress) if begun else None
    if left_s is None or left_s < SHORT_S:
        return ()
    line: Line = ((f"about {formats.duration(left_s)} more", "value"),)
    key = keymap.first("slower")
    if key and is_allowed(BY_ID["slower"], view):
        line = (*line, ("; ", "label"), (key, "key"), (" begins here", "key_text"))
    return (*line, (", --no-warm-up at the open", "label"))


def _hints(view: View, keymap: Keymap) -> Line:
    parts: list[Line] = [
        ((keymap.first(action), "key"), (f" {word}", "key_text"))
        for action, word in HINTS
        if keymap.first(action) and is_allowed(BY_ID[action], view)
    ]
    return join(parts, ("   ", "text"))
