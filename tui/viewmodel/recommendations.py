"""RECOMMENDATIONS: what the engine proposes, with its evidence and its verdict."""

from __future__ import annotations

from engine.snapshot import EngineSnapshot, RecommendationView
from tui import formats
from tui.lines import Line, Span, fit
from tui.viewmodel.view import View

SEPARATED = "SEPARATED"

_ORDER = {"ready": 0, "applied": 1, "snoozed": 2}


def rows(snapshot: EngineSnapshot) -> list[RecommendationView]:
    """Recommendations, those that wait for an answer first, the newest first among equals."""
    return sorted(snapshot.recommendations, key=lambda r: (_ORDER.get(r.state, 3), -r.made_s, r.id))


def ready(snapshot: EngineSnapshot) -> int:
    """How many wait for an answer."""
    return sum(r.state == "ready" for r in snapshot.recommendations)


def whom(r: RecommendationView) -> str:
    """The trader it is for."""
    return "all traders" if r.trader == "*" else formats.clean(r.trader, 18)


def change(r: RecommendationView) -> str:
    """The proposed change, such as "3 → 2"."""
    return f"{formats.clean(r.before, 24)} → {formats.clean(r.after, 24)}"


def effect(r: RecommendationView) -> str:
    """The expected effect with its interval in its unit."""
    if r.effect is None:
        return f"effect ? {formats.clean(r.unit, 24)}"
    shown = f"{r.effect:+.2f} {formats.clean(r.unit, 24)}"
    if r.effect_low is None or r.effect_high is None:
        return f"{shown} [?]"
    return f"{shown} [{r.effect_low:+.2f},{r.effect_high:+.2f}]"


def verdict(r: RecommendationView) -> Span:
    """The verdict, or what became of the recommendation."""
    if r.state != "ready":
        return formats.clean(r.state, 12).upper(), "dim"
    return formats.clean(r.verdict, 16), "title" if r.verdict == SEPARATED else "value"


def several_lines(r: RecommendationView, view: View, width: int, rows: int) -> list[Line]:
    """One recommendation in `rows` rows: the change, effect and verdict, then the evidence."""
    said = verdict(r)
    more = view.glyphs.more
    indent: Span = (" " * 5, "text")
    found: list[Line] = [
        (
            (f"{formats.clean(r.id, 6):<4} {formats.clean(r.kind, 8):<7}", "value"),
            (f"{whom(r)}  ", "value"),
            (change(r), "title" if r.state == "ready" else "value"),
        )
    ]
    room = width - len(said[0]) - 1
    if len(effect(r)) + len(indent[0]) <= room:
        found.append((*fit((indent, (effect(r), "dim")), room, more), (" ", "text"), said))
    else:
        found += [(indent, (effect(r), "dim")), (indent, said)]
    for arm in r.arms:
        rate = f"{formats.percent(arm.k, arm.n)} % [{formats.interval(arm.low, arm.high)}]"
        words = f"{formats.clean(arm.label, 10)}  {rate}  {formats.ratio(arm.k, arm.n)}"
        found.append((indent, (words, "dim")))
    found += [(indent, (formats.clean(text), "dim")) for text in r.evidence]
    found += [()] * (rows - len(found))
    return [fit(each, width, more) for each in found[:rows]]


def line(r: RecommendationView, view: View, width: int) -> Line:
    """One recommendation in one row."""
    said = verdict(r)
    words: Line = (
        (f"{formats.clean(r.id, 6):<4} {formats.clean(r.kind, 8):<7}", "value"),
        (f"{whom(r)}  ", "value"),
        (change(r), "title" if r.state == "ready" else "value"),
    )
    used = sum(len(text) for text, _ in words) + len(said[0]) + 4
    if used + len(effect(r)) <= width:
        words = (*words, ("  ", "text"), (effect(r), "dim"))
    room = width - sum(len(text) for text, _ in words) - len(said[0])
    if room < 1:
        return fit((*fit(words, max(0, width - len(said[0]) - 1)), (" ", "text"), said), width)
    return (*words, (" " * room, "text"), said)
