"""The first of the two lines that are always there: what the desk is; and a terminal too small."""

from __future__ import annotations

from collections import Counter

from engine.snapshot import (
    EngineSnapshot,
    EngineState,
    TraderState,
)
from tui.text import bars, formats
from tui.text.lines import Line, Span, fit, join, spread, width_of
from tui.viewmodel import alarms, connection
from tui.viewmodel.view import ENGINE_STYLES, MODE_STYLES, View


def badge(view: View) -> Span:
    """The mode as text on its own ground; also the first word of every dialog."""
    mode = formats.clean(view.snapshot.mode, 5).upper()
    past = " PAST" if view.snapshot.past else ""
    observe = "" if view.snapshot.observer is None else "OBSERVE "
    return f" {observe}{mode}{past} ", MODE_STYLES.get(mode, "live")


def account(snapshot: EngineSnapshot, room: int) -> str:
    """Broker and account; only the account's tail where there is little room.

    Of an account at a broker in another process never more than its tail.
    """
    tail = formats.clean(snapshot.connection.tail, 8)
    if snapshot.connection.told and tail and snapshot.mode.upper() != "SIM":
        named = f"{formats.clean(snapshot.broker, 24)} …{tail}"
        return named if len(named) <= room else f"…{tail}"
    name = formats.clean(snapshot.account, 32)
    full = f"{formats.clean(snapshot.broker, 24)}/{name}" if snapshot.broker else name
    return full if len(full) <= room else name if len(name) <= room else "…" + name[1 - room :]


def _phase(view: View, wide: bool) -> Line:
    phase, opens_s = view.snapshot.phase, view.opens_s
    until_s = phase.ends_s if wide or opens_s is None else opens_s
    left = formats.countdown(max(0.0, until_s - view.now_s))
    name = formats.clean(phase.name, 13)
    parts: list[Span] = [
        (name, "title"),
        (f" {formats.clock(view.now_s)} ET", "value"),
    ]
    if phase.next_name and not view.ended:
        following = formats.clean(phase.next_name, 13)
        if wide:
            parts.append((f"  {following} in {left}", "dim"))
        elif not view.snapshot.time_paused:
            parts.append((f" {view.glyphs.arrow}{left}", "dim"))
    if wide and opens_s is not None:
        parts.append((f"  opens {formats.day_and_minute(opens_s)}", "value"))
    elif wide and phase.closes_s is not None:
        early = " early" if phase.early else ""
        parts.append((f"  close {formats.minute(phase.closes_s)}{early}", "dim"))
    if view.snapshot.time_paused:
        parts.append((" TIME PAUSED", "title"))
    elif (
        view.snapshot.can_pace
        and not view.ended
        and (view.snapshot.reached is not None or view.snapshot.speed not in (1.0, float("inf")))
    ):
        parts.append((f" {formats.times(view.snapshot.speed, view.snapshot.reached)}", "dim"))
    return tuple(parts)


def _engine(view: View, wide: bool) -> Line:
    snapshot = view.snapshot
    memo = view.state.memo
    named = memo.each("states", snapshot.traders, None, lambda t: t.state.value)
    states = memo.once("states counted", named, None, lambda: Counter(named))
    active = (TraderState.RUN, TraderState.WORKING, TraderState.HEDGING)
    running = sum(states[state.value] for state in active)
    style = ENGINE_STYLES.get(snapshot.state, "title")
    least = "≥" if states[TraderState.UNKNOWN.value] else ""
    of = " of " if wide else "/"
    counts = f" {least}{running:,}{of}{len(snapshot.traders):,}"
    line: Line = ((snapshot.state.value, style), (counts, "dim"))
    if wide:
        line = (("engine ", "label"), *line)
        for state, word in ((TraderState.PAUSED, "paused"), (TraderState.HELD, "held")):
            number = states[state.value]
            if number:
                line = (*line, (f"  {word} {number:,}", "dim"))
    if snapshot.connection.unarmed:
        line = (*line, (" UNARMED", "p2"))
    if view.lost:
        line = (*line, (f" LOST {formats.duration(view.state.silent_s)}", "p1"))
    elif view.silent:
        line = (*line, (f" SILENT {formats.duration(view.state.silent_s)}", "p1"))
    if view.state.frozen:
        line = (*line, (" DISPLAY FROZEN", "p2"))
    return line


def _alarms(view: View, wide: bool) -> Line:
    one, two, three = alarms.alarm_counts(view.snapshot)
    if not wide:
        style = "p1" if one else "p2" if two else "p3" if three else "dim"
        return (("ALM ", "label"), (f"{one}/{two}/{three}", style))
    figures = ((one, "P1", "p1"), (two, "P2", "p2"), (three, "P3", "p3"))
    line: list[Span] = [("alarms", "label")]
    for number, word, style in figures:
        line += [("  ", "dim"), (f"{word} {number:,}", style if number else "dim")]
    return tuple(line)


def first(view: View, width: int) -> Line:
    """Mode, account, phase, engine and alarms."""
    wide, between = width >= 120, ("  │  " if width >= 120 else " │ ", "border")
    if view.glyphs.axis != "│":
        between = (between[0].replace("│", view.glyphs.axis), "border")
    name: Line = ((account(view.snapshot, 40 if width >= 160 else 18 if wide else 9), "value"),)
    model = formats.model(view.snapshot.fill_model)
    if model and width >= 160:
        name = (*name, (f"  fills {model}", "dim"))
    rest = [_phase(view, width >= 140), _engine(view, width >= 160), _alarms(view, wide)]
    for worth, full in ((capital(view), True), ((), True), ((), False)):
        fed: Line = (*name, *worth, *_feed(view, full or wide))
        line: Line = (badge(view), (" ", "text"), *join([fed, *rest], between))
        if width_of(line) <= width:
            break
    recon = _reconciled(view)
    if width_of(line) + width_of(recon) + len(between[0]) <= width and width >= 160:
        line = (*line, between, *recon)
    if width_of(line) > width:
        parts = [fed, _phase(view, False), _engine(view, False), _alarms(view, False)]
        line = (badge(view), (" ", "text"), *join(parts, (" ", "text")))
    line = _with_progress(view, line, width)
    if view.snapshot.mode.upper() == "LIVE" and not view.snapshot.past:
        kept = ("p1", "p2", "p3")
        line = tuple((text, style if style in kept else "live") for text, style in line)
        return (*line, (" " * max(0, width - width_of(line)), "live"))
    return fit(line, width)


def capital(view: View) -> Line:
    """What the account is worth, beside its number."""
    c = view.snapshot.connection
    if not c.told or view.snapshot.mode.upper() == "SIM":
        return ()
    return (" ", "dim"), connection.capital(c, view.now_s)


def _feed(view: View, wide: bool) -> Line:
    """Where an account's quotes come from; a mark alone where there is little room."""
    c = view.snapshot.connection
    if not c.told or view.snapshot.mode.upper() == "SIM":
        return ()
    text, style = connection.feed_span(c)
    if wide:
        return ((f" {text}", style),)
    return () if c.feed_quality == "live" else (("!", style),)


def _reconciled(view: View) -> Line:
    health = view.snapshot.health
    if health.difference:
        return (("recon ", "label"), ("DIFFERENCE", "p1"))
    if health.compared_s is None:
        return (("recon ", "label"), (formats.UNKNOWN, "unknown"))
    if health.unsure:
        return (("recon ", "label"), ("LOOKS AGAIN", "title"))
    since = formats.duration(view.now_s - health.compared_s)
    return (("recon ", "label"), (f"MATCH {since}", "dim"))


def _with_progress(view: View, line: Line, width: int) -> Line:
    progress = view.snapshot.progress
    room = width - width_of(line)
    if progress is None:
        return line
    if room < 15:
        return spread(line, ((f"{100 * progress:3.0f}% ", "label"),), width)
    bar = bars.share(progress, min(24, room - 14), view.glyphs) if room >= 24 else ()
    word = "warm-up" if view.snapshot.state is EngineState.WARMING else "replay"
    return spread(line, ((f"{word} ", "label"), *bar, (f" {100 * progress:3.0f}% ", "dim")), width)


def too_small(view: View, width: int, height: int) -> list[Line]:
    """What a terminal below 80x24 still shows: mode, alarms, exposure, and how to stop."""
    snapshot, totals = view.snapshot, view.snapshot.totals
    one, two, three = alarms.alarm_counts(snapshot)
    state: Line = ((snapshot.state.value, ENGINE_STYLES.get(snapshot.state, "title")),)
    if view.lost:
        state = (*state, (f" LOST {formats.duration(view.state.silent_s)}", "p1"))
    lines: list[Line] = [
        (badge(view), (f" {account(snapshot, max(4, width - 8))}", "value")),
        state,
        (
            ("P1 ", "label"),
            (str(one), "p1" if one else "value"),
            (f" P2 {two} P3 {three}", "label"),
        ),
        (
            ("Unhedged ", "label"),
            (formats.count(totals.unhedged), "title"),
            (f" {formats.worst(totals.open_worst_c)}", "value"),
        ),
        (("read-only", "key_text"),)
        if snapshot.read_only
        else (("^K", "key_kill"), (" KILL", "key_text")),
        (("too small: 80x24", "dim"),),
    ]
    return [fit(part, width) for part in lines[:height]]
