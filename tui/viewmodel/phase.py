"""PHASE / HEALTH: where the day stands, how the machinery feels, how debits fill."""

from __future__ import annotations

from collections.abc import Sequence

from engine.snapshot import PhaseView, RateView
from tui import bars, formats
from tui.lines import Line, Span, fit
from tui.viewmodel.view import View

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


def phase_lines(view: View, width: int) -> list[Line]:
    """Phase, countdown, delay multiplier and what may be entered."""
    phase, now_s = view.snapshot.phase, view.now_s
    delay = f"×{phase.multiplier:.1f}" if phase.multiplier is not None else "no trading"
    entries = "open" if phase.entries_open else "closed"
    entry_style = "value" if phase.entries_open else "title"
    until = ""
    if phase.entries_open and phase.last_debit_s:
        until = f" to {formats.minute(phase.last_debit_s)}"
    following = f"{formats.clean(phase.next_name, 13)} in " if phase.next_name else ""
    calendar = f"{formats.clean(phase.calendar, 24)}, {phase.calendar_days_left}d left"
    return [
        *day_lines(phase, now_s, width, view),
        pair(
            "phase",
            (formats.clean(phase.name, 13), "title"),
            (f"  {following}{formats.countdown(phase.ends_s - now_s)}", "value"),
        ),
        pair("delay", (delay, "value"), ("  entries ", "label"), (entries + until, entry_style)),
        pair("calendar", (calendar, "value" if phase.calendar_days_left > 30 else "p2")),
    ]


def health_lines(view: View) -> list[Line]:
    """Quotes, broker, rate, journal, reconciliation, loop: each with its age or spread."""
    snapshot, now_s = view.snapshot, view.now_s
    h, t = snapshot.health, snapshot.totals
    quote_age = None if t.quoted_s is None else now_s - t.quoted_s
    oldest = f"  oldest {formats.clean(t.oldest_quote, 16)}" if t.oldest_quote else ""
    compared = None if h.compared_s is None else now_s - h.compared_s
    verdict: Span = ("MATCH", "value")
    if h.difference:
        verdict = (f"DIFFERENCE {formats.clean(h.difference, 40)}", "p1")
    elif compared is None:
        verdict = (formats.UNKNOWN, "unknown")
    lines = [
        pair("quotes", (formats.duration(quote_age), "value"), (oldest, "dim")),
        pair("broker", *_spread_of(h.broker_p50_ms, h.broker_p99_ms)),
        pair(
            "rate",
            (f"{t.orders_last_minute}/{t.orders_per_minute} per min", "value"),
            (f"  ratio {_decimal(t.efficiency)}", "dim"),
        ),
        pair(
            "journal",
            (f"seq {h.journal_seq}", "value"),
            (f"  flush p99 {formats.milliseconds(h.flush_p99_ms)}", "dim"),
        ),
        pair(
            "recon",
            verdict,
            (f"  {h.compared_chains} chains {formats.duration(compared)} ago", "dim"),
        ),
        pair(
            "engine",
            (f"late p99 {formats.milliseconds(h.late_p99_ms)}", "value"),
            (f"  {h.threads} threads", "dim"),
        ),
        pair("guard", (formats.clean(h.guard, 60) or "no guard", "value" if h.guard else "dim")),
    ]
    lines.append(pair("source", (formats.clean(snapshot.source, 60), "dim")))
    fills = f"  fills {formats.clean(snapshot.fill_model, 14)}" if snapshot.fill_model else ""
    lines.append(pair("limits", (formats.clean(snapshot.limits_profile, 14) + fills, "dim")))
    return lines


def _spread_of(p50: float | None, p99: float | None) -> tuple[Span, ...]:
    return (
        (f"p50 {formats.milliseconds(p50)}", "value"),
        (f"  p99 {formats.milliseconds(p99)}", "dim"),
    )


def _decimal(value: float | None) -> str:
    return formats.UNKNOWN if value is None else f"{value:.1f}"


def rate_lines(title: str, rates: Sequence[RateView], width: int, view: View) -> list[Line]:
    """Fill rates with k/n, the 95 % interval and a bar; lots an attempt where they are known."""
    lots_too = any(rate.lots_per_attempt is not None for rate in rates)
    words = "  95 %" if lots_too else "  95 % interval"
    lines: list[Line] = [((title, "title"), (words, "label"))]
    if lots_too:
        lines[0] = (*lines[0], (f"{'lots/att':>{max(9, 35 - len(title + words))}}", "label"))
    for rate in rates:
        lots = "" if rate.lots_per_attempt is None else f"{rate.lots_per_attempt:.2f}"
        figures: Line = (
            (f"{formats.clean(rate.label, 7):<7}", "value"),
            (formats.right(formats.percent(rate.k, rate.n), 5), "value"),
            (formats.right(formats.ratio(rate.k, rate.n), 9), "dim"),
            (formats.right(f"[{formats.interval(rate.low, rate.high)}]", 8), "dim"),
            (formats.right(lots, 6) if lots else "", "dim"),
        )
        room = min(24, width - sum(len(text) for text, _ in figures) - 1)
        fraction = rate.k / rate.n if rate.n else None
        bar = ((" ", "text"), *bars.share(fraction, room, view.glyphs)) if room >= 4 else ()
        lines.append(fit((*figures, *bar), width))
    if not rates:
        lines.append((("no attempts yet", "dim"),))
    return lines


def lines(view: View, width: int) -> list[Line]:
    """The whole pane; the caller shows as much as it has room for."""
    snapshot = view.snapshot
    return [
        *phase_lines(view, width),
        (),
        *health_lines(view),
        (),
        *rate_lines("FILL RATE BY HOUR", snapshot.hours, width, view),
        (),
        *rate_lines("FILL RATE BY SIZE", snapshot.sizes, width, view),
        (),
        *rate_lines("FILL RATE BY DELAY", snapshot.delays, width, view),
    ]
