"""PHASE / HEALTH: the phase of the day, the health of the desk, the fill rates of debits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from engine.snapshot import PhaseView, RateView
from tui.text import bars, formats
from tui.text.lines import Line, Span, fit, width_of, wrapped
from tui.viewmodel import nothing
from tui.viewmodel.view import SILENT_S, View

LABEL = 9
"""Cells of the left column of names."""

_MINUTE_S = 60.0
_REGULAR = (
    (0, ("OPEN", "O")),
    (15, ("MORNING", "MORN", "M")),
    (120, ("MIDDAY", "MID", "M")),
    (270, ("AFTERNOON", "AFTER", "AFT", "A")),
    (375, ("CLOSE", "CL", "C")),
)
_EARLY = (
    (0, ("OPEN", "O")),
    (15, ("MORNING", "MORN", "M")),
    (120, ("MIDDAY", "MID", "M")),
    (195, ("CLOSE", "CL", "C")),
)


def day_lines(phase: PhaseView, now_s: float, width: int, view: View) -> list[Line]:
    """The phases of the day to scale, a marker at now, and the clock times of the edges."""
    if phase.opens_s is None or phase.closes_s is None:
        return [((formats.clean(phase.reason or "closed", 80), "dim"),)]
    plan = _EARLY if phase.early else _REGULAR
    marks = [(phase.opens_s + minutes * _MINUTE_S, names) for minutes, names in plan]
    names, track = bars.day_bar(marks, phase.closes_s, now_s, width, view.glyphs)
    span_s = phase.closes_s - phase.opens_s
    text = " " * width
    for at_s in (*(start for start, _ in marks if start != marks[1][0]), phase.closes_s):
        cell = round((at_s - phase.opens_s) * width / span_s)
        label = formats.minute(at_s)
        start = max(0, min(cell - (2 if cell else 0), width - len(label)))
        if not text[max(0, start - 1) : start + len(label) + 1].strip():
            text = text[:start] + label + text[start + len(label) :]
    return [names, track, ((text, "label"),)]


def pair(name: str, *spans: Span) -> Line:
    """A name and its value."""
    return ((f"{name:<{LABEL}}", "label"), *spans)


def phase_lines(view: View, width: int, strips: Sequence[Line] = ()) -> list[Line]:
    """The day with its strips; phase, countdown, delay multiplier and what may be entered."""
    phase, now_s = view.snapshot.phase, view.now_s
    delay = f", delay ×{phase.multiplier:g}" if phase.multiplier is not None else ""
    entries = "open" if phase.entries_open else "closed"
    entry_style = "value" if phase.entries_open else "title"
    if view.snapshot.past:
        entries, entry_style = formats.UNKNOWN, "unknown"
    until = ""
    if phase.entries_open and phase.last_debit_s:
        until = f" to {formats.minute(phase.last_debit_s)}"
    following = formats.clean(phase.next_name, 13) or "-"
    ends = view.snapshot.session_date + timedelta(days=phase.calendar_days_left)
    calendar = f"{formats.clean(phase.calendar, 24)} to {formats.expiry(ends)}"
    left = f" in {formats.countdown(phase.ends_s - now_s)}"
    if view.ended:
        following, left = "-", "  the session has ended"
    why = [(f"  {formats.clean(phase.reason, 40)}", "dim")] if phase.reason else []
    opens = []
    if view.opens_s is not None:
        at = formats.day_and_minute(view.opens_s)
        opens.append(
            pair(
                "opens", (at, "title"), (f" in {formats.countdown(view.opens_s - now_s)}", "value")
            )
        )
    return [
        *day_lines(phase, now_s, width, view),
        *strips,
        pair("phase", (formats.clean(phase.name, 13), "title"), *why),
        pair("next", (following, "value"), (left, "value")),
        *opens,
        pair("entries", (entries + until, entry_style), (delay, "value")),
        pair("calendar", (calendar, "value" if phase.calendar_days_left > 30 else "p2")),
    ]


NOT_RECORDED: Final = "not recorded"
"""In place of what is measured while a desk runs, and what a journal does not keep."""


def _measured(view: View) -> list[Line]:
    """Quotes, broker, rate of orders, journal: each with its age or spread.

    Of a past moment a journal tells what was ordered, and nothing of how well the desk was.
    """
    snapshot, h, t = view.snapshot, view.snapshot.health, view.snapshot.totals
    ratio: Span = (f"  ratio {_decimal(t.efficiency)}", "dim")
    if snapshot.past:
        return [
            pair("quotes", (NOT_RECORDED, "dim")),
            pair("broker", (NOT_RECORDED, "dim")),
            pair("rate", (NOT_RECORDED, "dim"), ratio),
            pair("journal", (f"seq {h.journal_seq:,}", "value")),
            pair("engine", ("a past run: no live health", "value")),
        ]
    traders = snapshot.traders
    looked = None if t.quoted_s is None else view.now_s - t.quoted_s
    stale = view.state.once("how stale", traders, None, lambda: sum(t.stale for t in traders))
    return [
        pair(
            "quotes",
            (f"{stale:,}/{len(traders):,} stale", "title" if stale else "value"),
            ("  all paused" if view.all_paused else f"  look {formats.duration(looked)}", "dim"),
        ),
        pair("broker", *_spread_of(h.broker_p50_ms, h.broker_p99_ms)),
        pair("rate", (f"{t.orders_last_minute:,}/{t.orders_per_minute:,} per min", "value"), ratio),
        pair(
            "journal",
            (f"seq {h.journal_seq:,}", "value"),
            (f"  flush p99 {formats.milliseconds(h.flush_p99_ms)}", "dim"),
        ),
    ]


def _compared(view: View) -> Line:
    """How book and broker compared last, and when."""
    h = view.snapshot.health
    ago = None if h.compared_s is None else view.now_s - h.compared_s
    verdict: Span = ("MATCH", "value")
    if h.difference:
        verdict = (f"DIFFERENCE {formats.clean(h.difference, 40)}", "p1")
    elif ago is None:
        if view.snapshot.past:  # a desk compares before its first order, and journals it later
            return pair("recon", (NOT_RECORDED, "dim"))
        return pair("recon", ("not compared yet", "unknown"))
    elif h.unsure:
        verdict = ("LOOKS AGAIN", "title")
    told = f"  {h.compared_chains:,} chains {formats.duration(ago)} ago"
    return pair("recon", verdict, (told, "dim"))


NO_GUARD = "no guard"
"""What the engine says where no second process watches it; a simulation has none."""


def health_lines(view: View, width: int) -> list[Line]:
    """Quotes, broker, rate, journal, reconciliation, loop: each with its age or spread."""
    snapshot, h = view.snapshot, view.snapshot.health
    lines = [*_measured(view), _compared(view)]
    lines += [] if snapshot.past else process_lines(view)
    if not snapshot.past and (snapshot.mode != "SIM" or h.guard != NO_GUARD):
        lines.append(pair("guard", (formats.clean(h.guard, 60) or NO_GUARD, "value")))
    source = wrapped(formats.clean(snapshot.source, 80), width - LABEL, "dim")
    lines += [pair("source" if line is source[0] else "", *line) for line in source]
    limits = pair("limits", (formats.clean(snapshot.limits_profile, 14), "dim"))
    model = formats.model(snapshot.fill_model)
    both = (*limits, (f"  fills {model}", "dim")) if model else limits
    lines += [both] if width_of(both) <= width else [limits, pair("fills", (model, "dim"))]
    # What does not fit goes as a whole: half a figure would be a lie.
    return [line if width_of(line) <= width else line[:-1] for line in lines]


LATE_MS = 5.0
"""The engine's wake-ups are no later than this, 99 times in 100, on a machine with room."""

LAG_MS = 20.0
"""Nor the screen's own timer than this."""

MOST_MEMORY = 0.8
"""The part of the memory that it may use from which a process is worth a look."""


def process_lines(view: View) -> list[Line]:
    """Engine, screen, clock, writer and memory: each with its bound, marked where it is past it."""
    h, now_s, state = view.snapshot.health, view.now_s, view.state
    silent_s = 0 if view.ended or view.snapshot.time_paused else int(state.silent_s)
    late, lag = h.late_p99_ms, None if state.timer.lag is None else state.timer.lag[0] * 1000
    told = f"late p99 {formats.milliseconds(late)}"
    lateness = () if late is None else (_bound(told, late, LATE_MS, f"{LATE_MS:g}"),)
    threads = formats.plural(h.threads, "thread")
    lines = [
        pair("engine", *lateness, (f"  {threads}" if lateness else threads, "dim")),
        pair(
            "beat",
            _bound(f"{silent_s}s", silent_s, SILENT_S, f"{SILENT_S:g}s"),
            ("  last snapshot", "dim"),
        ),
        pair(
            "loop",
            _bound(f"lag p99 {formats.milliseconds(lag)}", lag, LAG_MS, f"{LAG_MS:g}"),
            (f"  worst {_worst(state.timer.lag)}", "dim"),
        ),
        pair("clock", *_clock(view)),
    ]
    if h.writer_s is None:
        lines.append(pair("writer", ("in the engine's thread", "dim")))
    else:
        limit = f"{h.writer_limit_s:g}s"
        waited = _bound(formats.duration(h.writer_s), h.writer_s, h.writer_limit_s, limit)
        lines.append(pair("writer", waited, (f"  {h.waiting:,} wait", "dim")))
    used, most = h.resident_bytes, h.memory_bytes
    share = used / most if used is not None and most else None
    part = _bound(formats.size(used), share, MOST_MEMORY, formats.size(most))
    ago = formats.duration(None if h.memory_s is None else now_s - h.memory_s)
    return [*lines, pair("memory", part, (f" {ago} ago", "dim"))]


def _bound(text: str, value: float | None, most: float, bound: str) -> Span:
    """A figure with its bound, for attention where it has reached that; `?` where unknown."""
    style = "unknown" if value is None else "p2" if most and value >= most else "value"
    return f"{text} of {bound}", style


def _worst(lag: tuple[float, float] | None) -> str:
    return formats.milliseconds(None if lag is None else lag[1] * 1000)


def _clock(view: View) -> tuple[Span, ...]:
    """How far any clock is off, and the broker's where it tells its time."""
    h, c = view.snapshot.health, view.snapshot.connection
    off = formats.UNKNOWN if h.clock_skew_s is None else f"{h.clock_skew_s:.1f}s"
    own = _bound(f"off {off}", h.clock_skew_s, h.clock_limit_s, f"{h.clock_limit_s:g}s")
    if not c.told:
        return (own,)
    ahead = formats.UNKNOWN if c.clock_ahead_s is None else f"{c.clock_ahead_s:+.1f}s"
    return own, (f"  broker {ahead}", "dim")


def replay_lines(view: View, width: int) -> list[Line]:
    """How far a warm-up or replay is, and how fast its time runs; nothing where time is real."""
    snapshot = view.snapshot
    if not snapshot.can_pace:
        return []
    result: list[Line] = []
    if snapshot.progress is not None:
        bar = bars.share(snapshot.progress, max(8, min(24, width - LABEL - 6)), view.glyphs)
        result.append(pair("replay", *bar, (f" {100 * snapshot.progress:3.0f} %", "value")))
    still = snapshot.time_paused or view.ended
    pace = "stopped" if still else formats.pace(snapshot.speed, snapshot.reached)
    result.append(pair("time", (pace, "title" if still else "value")))
    return result


def _spread_of(p50: float | None, p99: float | None) -> tuple[Span, ...]:
    return (
        (f"p50 {formats.milliseconds(p50)}", "value"),
        (f"  p99 {formats.milliseconds(p99)}", "dim"),
    )


def _decimal(value: float | None) -> str:
    return formats.UNKNOWN if value is None else f"{value:.1f}"


def rate_lines(title: str, rates: Sequence[RateView], width: int, view: View) -> list[Line]:
    """Fill rates with k/n, the 95 % interval and a bar; lots an attempt or fills an hour where they
    are known.
    """
    if not rates:
        return [((title, "title"),), *nothing.lines(nothing.sentence(view, "attempts"), width, 2)]
    table = [_figures(rate) for rate in rates]
    cells = [max(map(len, column)) for column in zip(*table, strict=True)]
    # Where they do not all fit, lots go first, then the interval: never a digit.
    while len(cells) > 3 and sum(cells) + len(cells) - 1 > width:
        cells.pop()
    lots_too = len(cells) == 5 and cells[4] > 0
    end = sum(cells[: 5 if lots_too else 4]) + (4 if lots_too else 3)
    phrase = "  95 %" if len(cells) > 3 and len(title) + 15 <= end else ""
    lines: list[Line] = [((title, "title"), (phrase, "label"))]
    unit = "lots/att" if rates[0].dollars_per_hour is None else formats.TRH
    if lots_too and (gap := end - len(title + phrase) - len(unit)) > 0:
        lines[0] = (*lines[0], (" " * gap + unit, "label"))
    for rate, texts in zip(rates, table, strict=True):
        figures: list[Span] = [(texts[0].ljust(cells[0]), "value")]
        for number, (text, size) in enumerate(zip(texts[1:], cells[1:], strict=False), 1):
            if size:
                figures.append((" " + text.rjust(size), "value" if number == 1 else "dim"))
        room = min(24, width - sum(len(text) for text, _ in figures) - 2)
        fraction = rate.k / rate.n if rate.n else None
        bar = ((" ", "text"), *bars.share(fraction, room, view.glyphs)) if room >= 4 else ()
        lines.append(fit((*figures, *bar), width))
    return lines


def _figures(rate: RateView) -> tuple[str, str, str, str, str]:
    return (
        formats.clean(rate.label, 10),
        formats.percent(rate.k, rate.n).rjust(4),
        formats.ratio(rate.k, rate.n),
        f"[{formats.interval(rate.low, rate.high)}]",
        figure(rate),
    )


def figure(rate: RateView) -> str:
    """Dollars an hour or lots an attempt, in which equal fill rates may differ; or nothing."""
    if rate.dollars_per_hour is not None:
        return f"{rate.dollars_per_hour:,.1f}"
    return "" if rate.lots_per_attempt is None else f"{rate.lots_per_attempt:.2f}"


def lines(view: View, width: int, strips: Sequence[Line] = ()) -> list[Line]:
    """The whole pane; the caller shows as much as it has room for.

    Args:
        strips: the session's course, for under its day.
    """
    snapshot = view.snapshot
    return [
        *phase_lines(view, width, strips),
        *replay_lines(view, width),
        (),
        *health_lines(view, width),
        (),
        *rate_lines("FILL RATE BY HOUR", snapshot.hours, width, view),
        (),
        *rate_lines("FILL RATE BY SIZE", snapshot.sizes, width, view),
        (),
        *rate_lines("FILL RATE BY DELAY", snapshot.delays, width, view),
    ]
