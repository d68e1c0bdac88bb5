"""ALARMS: what needs an answer: what, where, consequence, response."""

from __future__ import annotations

from engine.snapshot import AlarmView, EngineSnapshot
from tui import formats
from tui.lines import Line, fit
from tui.viewmodel.view import PRIORITY_STYLES, View

_STATE = {"unacked": "U", "acked": "A", "shelved": "S", "cleared": "-"}
_ORDER = {"unacked": 0, "acked": 1, "shelved": 2, "cleared": 3}

FLOOD = 10
"""Standing alarms above which P3 are folded into one line."""


def rows(snapshot: EngineSnapshot, every: bool = False) -> list[AlarmView]:
    """Alarms in the order they want an answer; in a flood those of P3 are left out.

    Args:
        every: whether shelved and cleared ones, and those folded by a flood, are wanted too.
    """
    ordered = sorted(
        snapshot.alarms, key=lambda a: (_ORDER.get(a.state, 4), a.priority, -a.raised_s, a.id)
    )
    if every:
        return ordered
    standing = [a for a in ordered if a.state in ("unacked", "acked")]
    return [a for a in standing if a.priority < 3] if len(standing) > FLOOD else standing


def unacked(snapshot: EngineSnapshot) -> list[AlarmView]:
    """Alarms nobody has answered, in the order they want it."""
    return [a for a in rows(snapshot, every=True) if a.state == "unacked"]


def title_status(snapshot: EngineSnapshot) -> str:
    """What the pane's title says beside its name."""
    standing = [a for a in snapshot.alarms if a.state in ("unacked", "acked")]
    parts = [f"{len(unacked(snapshot))} unacked"]
    if len(standing) > FLOOD:
        parts.append(f"FLOOD: {len(standing)} standing, P3 folded, l lists all")
    shelved = sum(a.state == "shelved" for a in snapshot.alarms)
    if shelved:
        parts.append(f"{shelved} shelved")
    return "  ".join(parts)


def sentence(a: AlarmView) -> str:
    """Where, consequence and response."""
    return (
        f"{formats.clean(a.where, 60)}: {formats.clean(a.consequence, 120)}; "
        f"{formats.clean(a.response, 120)}"
    )


def in_full(a: AlarmView) -> list[Line]:
    """One alarm without cutting anything: what, where, consequence, response."""
    words = (
        ("what", f"P{a.priority} {a.code} {a.what}"),
        ("where", a.where),
        ("means", a.consequence),
        ("do", a.response),
        ("state", f"{a.state}, raised {formats.clock(a.raised_s)}"),
    )
    return [((f"{name:<7}", "label"), (formats.clean(text), "value")) for name, text in words]


def line(a: AlarmView, view: View, width: int) -> Line:
    """One alarm in one row; `!` and the priority say in words what its colour says."""
    waiting = a.state == "unacked"
    style = PRIORITY_STYLES.get(a.priority, "p3") if waiting else "dim"
    loud = "!" if waiting else " "
    return fit(
        (
            (f"{loud}P{a.priority} {_STATE.get(a.state, '?')} ", style),
            (f"{formats.clock(a.raised_s)} ", "dim"),
            (f"{formats.clean(a.code, 16)} ", "dim"),
            (f"{formats.clean(a.what, 120)} ", "title" if waiting else "value"),
            (sentence(a), "value" if waiting else "dim"),
        ),
        width,
        view.glyphs.more,
    )
