"""ALARMS: what needs an answer: what, where, consequence, response."""

from __future__ import annotations

from collections import Counter

from engine.snapshot import AlarmView, EngineSnapshot
from tui.text import formats
from tui.text.lines import Line, fit, width_of, wrapped
from tui.viewmodel.view import PRIORITY_STYLES, View

_STATE = {"unacked": "U", "acked": "A", "shelved": "S", "cleared": "-"}
_ORDER = {"unacked": 0, "acked": 1, "shelved": 2, "cleared": 3}

PANE = 6
"""Number of the pane alarms are shown in."""

CODE_FROM = 100
"""Cells from which a row also says the alarm's code."""

FLOOD = 10
"""Active alarms above which those of P2 and P3 that are alike are folded into one row."""


def rows(snapshot: EngineSnapshot, every: bool = False) -> list[AlarmView]:
    """Alarms in the order they want an answer; in a flood P2 and P3 that are alike share a row.

    Args:
        every: whether shelved and cleared ones, and those folded by a flood, are wanted too.
    """
    ordered = sorted(
        snapshot.alarms, key=lambda a: (_ORDER.get(a.state, 4), a.priority, -a.raised_s, a.id)
    )
    if every:
        return ordered
    active = [a for a in ordered if a.state in ("unacked", "acked")]
    if len(active) <= FLOOD:
        return active
    first: dict[tuple[object, ...], AlarmView] = {}
    for a in active:
        first.setdefault(_kind(a) if a.priority > 1 else (a.id,), a)
    return list(first.values())


def _kind(a: AlarmView) -> tuple[object, ...]:
    return a.code, a.priority, a.state


def alike(view: View, a: AlarmView) -> int:
    """How many active alarms share a row besides its own; 0 except in a flood."""
    result = view.snapshot.alarms
    kinds = view.state.once(
        "alike",
        result,
        None,
        lambda: Counter(_kind(b) for b in result if b.state in ("unacked", "acked")),
    )
    return (
        kinds[_kind(a)] - 1 if a.priority > 1 and kinds.total() > FLOOD and kinds[_kind(a)] else 0
    )


def chosen(view: View) -> AlarmView | None:
    """The alarm under the cursor of its pane."""
    key = view.state.selected(PANE)
    return next((a for a in view.snapshot.alarms if a.id == key), None)


def unacked(snapshot: EngineSnapshot) -> list[AlarmView]:
    """Alarms nobody has answered, in the order they want it."""
    return [a for a in rows(snapshot, every=True) if a.state == "unacked"]


RATE_S = 600.0
"""Seconds over which the rate of new alarms is counted."""

CLEARED_KEPT = 20
"""Most cleared alarms that the engine keeps in its snapshot."""


def rate(snapshot: EngineSnapshot) -> int:
    """How many alarms were raised in the last ten minutes."""
    return sum(snapshot.now_s - a.raised_s < RATE_S for a in snapshot.alarms)


def title_status(snapshot: EngineSnapshot) -> str:
    """What the pane's title says beside its name: the answers wanted, and the rate."""
    states = Counter(a.state for a in snapshot.alarms)
    active = states["unacked"] + states["acked"]
    parts = [f"{states['unacked']} unacked"]
    if active > FLOOD:
        parts = [f"FLOOD {active} active, alike folded", *parts]
    elif states["acked"]:
        parts.append(f"{states['acked']} acked")
    if states["shelved"]:
        parts.append(f"{states['shelved']} shelved")
    more = "+" if states["cleared"] >= CLEARED_KEPT else ""
    parts.append(f"{states['cleared']}{more} cleared")
    parts.append(f"{rate(snapshot)} in 10 min")
    return "  ".join(parts)


def sentence(a: AlarmView, more: int = 0) -> str:
    """Where, consequence and response.

    Args:
        more: how many others share its row.
    """
    consequence = formats.displayed(a.consequence, 120)
    response = formats.displayed(a.response, 120)
    return f"{_where(a, more)}: {consequence}; {response}"


def answer(a: AlarmView) -> str:
    """Where and what to do, then what follows: where room is scarce the answer is what stays."""
    consequence = formats.displayed(a.consequence, 120)
    response = formats.displayed(a.response, 120)
    return f"{_where(a, 0)}: {response} ({consequence})"


def _where(a: AlarmView, more: int) -> str:
    return formats.displayed(a.where, 60) + (f" and {more} more alike" if more else "")


def in_full(a: AlarmView, width: int) -> list[Line]:
    """One alarm without cutting anything: what, where, consequence, response."""
    facts = (
        ("what", f"P{a.priority} {a.code} {a.what}"),
        ("where", a.where),
        ("means", a.consequence),
        ("do", a.response),
        ("state", f"{a.state}, raised {formats.clock(a.raised_s)}"),
    )
    result: list[Line] = []
    for name, text in facts:
        lines = wrapped(formats.displayed(text), width - 7, "value")
        result.append(((f"{name:<7}", "label"), *lines[0]))
        result += [((" " * 7, "text"), *line) for line in lines[1:]]
    return result


def _lead(a: AlarmView, width: int) -> Line:
    waiting = a.state == "unacked"
    style = PRIORITY_STYLES.get(a.priority, "p3") if waiting else "dim"
    code = f"{formats.clean(a.code, 16)} " if width >= CODE_FROM else ""
    return (
        (f"{'!' if waiting else ' '}P{a.priority} {_STATE.get(a.state, '?')}", style),
        (f" {formats.clock(a.raised_s)} {code}", "dim"),
    )


def line(a: AlarmView, view: View, width: int) -> Line:
    """One alarm in one row; `!` and the priority say in words what its colour says."""
    waiting = a.state == "unacked"
    return fit(
        (
            *_lead(a, width),
            (f"{formats.displayed(a.what, 120)} ", "title" if waiting else "value"),
            (sentence(a, alike(view, a)), "value" if waiting else "dim"),
        ),
        width,
        view.glyphs.more,
    )


def block(a: AlarmView, view: View, width: int) -> list[Line]:
    """One alarm in as many rows as it needs, with nothing cut."""
    waiting = a.state == "unacked"
    lead = _lead(a, width)
    what, more = formats.displayed(a.what, 120), alike(view, a)
    if width_of(lead) + len(what) + 1 + len(sentence(a, more)) <= width:
        return [line(a, view, width)]
    first = f"{what}  {_where(a, more)}"
    indent = len(lead[0][0]) + 1
    rest = f"{formats.displayed(a.consequence, 120)}; {formats.displayed(a.response, 120)}"
    room = width - width_of(lead)
    heads = wrapped(first, room, "title" if waiting else "value")
    result: list[Line] = [(*lead, *heads[0])]
    blank: Line = ((" " * indent, "text"),)
    result += [(*blank, *row) for row in heads[1:]]
    lines = wrapped(rest, width - indent, "value" if waiting else "dim")
    return [*result, *((*blank, *row) for row in lines)]
