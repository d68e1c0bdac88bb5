"""ALARMS: what needs an answer: what, where, consequence, response."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from engine.snapshot import AlarmView, EngineSnapshot
from tui.lists.declared import DeskList
from tui.pane_numbers import ALARMS
from tui.text import formats
from tui.text.columns import Column
from tui.text.lines import Line, fit, width_of, wrapped
from tui.viewmodel import alarm_flood
from tui.viewmodel.view import PRIORITY_STYLES, View

_STATE = {"unacked": "U", "acked": "A", "shelved": "S", "cleared": "-"}
_ORDER = {"unacked": 0, "acked": 1, "shelved": 2, "cleared": 3}

CODE_FROM = 100
"""Cells from which a row has room for the alarm's code beside the sentence."""


def _rank(a: AlarmView) -> tuple[object, ...]:
    """What alarms sort by: the order in which they want an answer."""
    return _ORDER.get(a.state, 4), a.priority, -a.raised_s, a.id


def rows(snapshot: EngineSnapshot, every: bool = False) -> list[AlarmView]:
    """Alarms in the order they want an answer.

    Args:
        every: whether shelved and cleared ones are wanted too.
    """
    ordered = sorted(snapshot.alarms, key=_rank)
    return ordered if every else [a for a in ordered if a.state in ("unacked", "acked")]


def _source(view: View) -> Sequence[AlarmView]:
    """The active alarms; on a screen of their own all that there were."""
    snapshot, state = view.snapshot, view.state

    choices = state.choices("alarms")
    searched = bool(choices.filter or choices.find or choices.marks)

    def look() -> Sequence[AlarmView]:
        if state.alone:
            return state.wholes.rows("alarms", snapshot.alarms)
        return rows(snapshot) if searched else alarm_flood.rows(rows(snapshot))

    return state.once("alarms", snapshot, (state.alone, searched), look)


def standing_for(view: View) -> dict[str, tuple[AlarmView, ...]]:
    """By the id of the alarm in the row, all alarms of rows that stand for several."""
    snapshot, state = view.snapshot, view.state
    choices = state.choices("alarms")
    if state.alone or choices.filter or choices.find or choices.marks:
        return {}
    return state.once("flood", snapshot, None, lambda: alarm_flood.folded(rows(snapshot)))


def _text(a: AlarmView) -> str:
    """What filter and search look at: every place, however many there are."""
    text = f"P{a.priority} {a.code} {a.state} {a.consequence} {a.response}"
    places = (formats.displayed(f"{where} {what}") for where, what in a.places)
    return " ".join((formats.displayed(text), *places))


LIST = DeskList(
    name="alarms",
    title="alarms",
    pane=ALARMS,
    source=_source,
    key=lambda a: a.id,
    text=_text,
    columns=(
        Column("PRIORITY", 8, lambda a, v: f"P{a.priority}", value=lambda a: a.priority,
               sort=lambda a: (a.priority, -a.raised_s)),
        Column("CODE", 16, lambda a, v: a.code, value=lambda a: a.code, sort=lambda a: a.code),
        Column("STATE", 8, lambda a, v: a.state, value=lambda a: a.state,
               sort=lambda a: _ORDER.get(a.state, 4)),
        Column("RAISED", 8, lambda a, v: formats.clock(a.raised_s), value=lambda a: a.raised_s,
               sort=lambda a: -a.raised_s, unit="epoch s"),
        Column("SINCE", 8, lambda a, v: formats.clock(a.since_s), value=lambda a: a.since_s,
               sort=lambda a: -a.since_s, unit="epoch s"),
        Column("PLACES", 6, lambda a, v: formats.count(len(a.places)),
               value=lambda a: len(a.places), sort=lambda a: -len(a.places)),
        Column("TOLD", 6, lambda a, v: formats.count(a.told), value=lambda a: a.told,
               sort=lambda a: -a.told, unit="times"),
        Column("WHERE", 20, lambda a, v: a.where,
               value=lambda a: "; ".join(where for where, _ in a.places)),
        Column("WHAT", 20, lambda a, v: a.what,
               value=lambda a: "; ".join(dict.fromkeys(what for _, what in a.places))),
        Column("MEANS", 20, lambda a, v: a.consequence, value=lambda a: a.consequence),
        Column("DO", 20, lambda a, v: a.response, value=lambda a: a.response),
    ),
    native="gravest",
    order=lambda view, rows: list(map(_rank, rows)),
    always=lambda a: a.priority == 1 and a.state == "unacked",
)  # fmt: skip


def chosen(view: View) -> AlarmView | None:
    """The alarm under the cursor of its pane."""
    key = view.state.selected(ALARMS)
    return next((a for a in view.snapshot.alarms if a.id == key), None)


def unacked(snapshot: EngineSnapshot) -> list[AlarmView]:
    """Alarms nobody has answered, in the order they want it."""
    return [a for a in rows(snapshot, every=True) if a.state == "unacked"]


def ringing(snapshot: EngineSnapshot) -> frozenset[tuple[str, float]]:
    """P1 alarms that want an answer, each with since when: one that wants another rings again."""
    waiting = (a for a in snapshot.alarms if a.priority == 1 and a.state == "unacked")
    return frozenset((a.id, a.raised_s) for a in waiting)


RATE_S = 600.0
"""Seconds over which the rate of new alarms is counted."""

CLEARED_KEPT = 20
"""Most cleared alarms that the engine keeps in its snapshot."""


def active_alarms(snapshot: EngineSnapshot) -> list[AlarmView]:
    """Alarms that are neither cleared nor shelved, the gravest and oldest first."""
    active = [a for a in snapshot.alarms if a.state in ("unacked", "acked")]
    return sorted(active, key=lambda a: (a.priority, a.raised_s))


def alarm_counts(snapshot: EngineSnapshot) -> tuple[int, int, int]:
    """Active alarms of priority 1, 2 and 3."""
    active = active_alarms(snapshot)
    return tuple(sum(a.priority == p for a in active) for p in (1, 2, 3))  # type: ignore[return-value]


def rate(snapshot: EngineSnapshot) -> int:
    """How many alarms were raised in the last ten minutes."""
    return sum(snapshot.now_s - a.raised_s < RATE_S for a in snapshot.alarms)


def title_status(snapshot: EngineSnapshot) -> str:
    """What the pane's title says beside its name: the answers wanted, and the rate."""
    states = Counter(a.state for a in snapshot.alarms)
    active = states["unacked"] + states["acked"]
    parts = [f"{states['unacked']:,} unacked"]
    if active > alarm_flood.FLOOD:
        parts = [f"FLOOD {active} active", *parts]
    elif states["acked"]:
        parts.append(f"{states['acked']} acked")
    if states["shelved"]:
        parts.append(f"{states['shelved']} shelved")
    more = "+" if states["cleared"] >= CLEARED_KEPT else ""
    parts.append(f"{states['cleared']}{more} cleared")
    parts.append(f"{rate(snapshot)} in 10 min")
    return "  ".join(parts)


def answer(a: AlarmView) -> str:
    """Where and what to do, then what follows: where room is scarce the answer is what stays."""
    return f"{_where(a, 40)}: {_response(a)} ({formats.displayed(a.consequence, 120)})"


def _response(a: AlarmView) -> str:
    return formats.displayed(a.response, 120)


def _where(a: AlarmView, room: int) -> str:
    """Where it holds, in `room` cells: how many places first, then as many names as fit whole."""
    names = [formats.displayed(where, 60) for where, _ in a.places]
    if len(names) == 1:
        return names[0] if len(names[0]) <= room else ""
    text = f"{len(names):,} places"
    for index, name in enumerate(names):
        longer = f"{text}{', ' if index else ': '}{name}"
        if len(longer) > room:
            break
        text = longer
    short = f"{len(names):,}x"
    return next((each for each in (text, short) if len(each) <= room), "")


def _so_far(a: AlarmView) -> str:
    """How often it was told, where its places came and went."""
    return f", {a.told:,} times so far" if a.told > len(a.places) else ""


def _since(a: AlarmView) -> str:
    """Since when it wants an answer, and since when it holds where it holds now, or held last."""
    raised, since = formats.clock(a.raised_s), formats.clock(a.since_s)
    holds = "held last from" if a.state == "cleared" else "holds since"
    return f"raised at {raised}" if since == raised else f"{holds} {since}, raised at {raised}"


def in_full(a: AlarmView, width: int) -> list[Line]:
    """One alarm without cutting anything: what, where, consequence, response."""
    alike = len({what for _, what in a.places}) == 1
    places = ", ".join(where if alike else f"{where} ({what})" for where, what in a.places)
    facts = (
        ("what", f"P{a.priority} {a.code} {a.what if alike else ''}"),
        ("where", places),
        ("means", a.consequence),
        ("do", a.response),
        ("state", f"{a.state}, {_since(a)}{_so_far(a)}"),
    )
    result: list[Line] = []
    for name, text in facts:
        lines = wrapped(formats.displayed(text, MOST_PLACES), width - 7, "value")
        result.append(((f"{name:<7}", "label"), *lines[0]))
        result += [((" " * 7, "text"), *line) for line in lines[1:]]
    return result


MOST_WHERE = 60
"""Cells of a row that names of places may take before what happened has its turn."""

MOST_PLACES = 4_000
"""Characters of places that the full text of an alarm lists."""


MOST_TOLD = 24
"""Wordings of what happened that a row is made from: it has room for no more."""


def _told(a: AlarmView) -> list[str]:
    """What happened, each wording once; one that another only says more of is left out."""
    every = dict.fromkeys(what for _, what in a.places)
    texts = dict.fromkeys(formats.displayed(what, 120) for what in islice(every, MOST_TOLD))
    return [t for t in texts if not any(u != t and u.startswith(t) for u in texts)]


def _lead(a: AlarmView, width: int) -> Line:
    """Priority, state and time; the seconds only where there is room."""
    waiting = a.state == "unacked"
    style = PRIORITY_STYLES.get(a.priority, "p3") if waiting else "dim"
    clock = formats.clock(a.since_s)
    return (
        (f"{'!' if waiting else ' '}P{a.priority} {_STATE.get(a.state, '?')}", style),
        (f" {clock if width >= CODE_FROM else clock[:5]} ", "dim"),
    )


def line(a: AlarmView, view: View, width: int) -> Line:
    """One alarm in one row; `!` and the priority say in words what its colour says.

    The response stands in full at every width; the code, the place and what follows give way. One
    that is cleared asks for none: its place is what stays.
    """
    if group := standing_for(view).get(a.id):
        return _for_several(group, view, width)
    waiting = a.state == "unacked"
    lead, response = _lead(a, width), "" if a.state == "cleared" else _response(a)
    code = f"{formats.clean(a.code, 16)} "
    room = width - width_of(lead) - len(response) - 3
    where = _where(a, min(MOST_WHERE, room - len(code)))
    texts = _told(a)
    rest = f"  {'; '.join(texts)}; {formats.displayed(a.consequence, 120)}"
    colon = ": " if where and response else ""
    return fit(
        (
            *lead,
            (f"{code}{where}{colon}", "title" if waiting else "value"),
            (response, "value" if waiting else "dim"),
            (rest, "dim"),
        ),
        width,
        view.glyphs.more,
    )


def _for_several(group: Sequence[AlarmView], view: View, width: int) -> Line:
    """The row that stands for several alarms of one cause."""
    lead = _lead(group[0], width)
    text = alarm_flood.words(group, _where(group[0], MOST_WHERE // 2))
    style = "title" if any(a.state == "unacked" for a in group) else "value"
    return fit((*lead, (text, style)), width, view.glyphs.more)


def block(a: AlarmView, view: View, width: int) -> list[Line]:
    """One alarm in as many rows as it needs: what and where, then what to do and what follows."""
    if group := standing_for(view).get(a.id):
        return [_for_several(group, view, width)]
    waiting = a.state == "unacked"
    lead = _lead(a, width)
    texts = _told(a)
    code = f"{formats.clean(a.code, 16)} " if width >= CODE_FROM else ""
    what = f"{code}{'; '.join(texts[:2])}"
    told = _so_far(a)
    room = width - width_of(lead) - len(what) - 2 - len(told)
    first = f"{what}  {_where(a, max(16, room))}{told}"
    then = f"{_response(a)} ({formats.displayed(a.consequence, 120)})"
    head, style = ("title", "value") if waiting else ("value", "dim")
    if width_of(lead) + len(first) + 2 + len(then) <= width:
        return [fit((*lead, (f"{first}  ", head), (then, style)), width, view.glyphs.more)]
    indent = len(lead[0][0]) + 1
    heads = wrapped(first, width - width_of(lead), head)
    blank: Line = ((" " * indent, "text"),)
    result: list[Line] = [(*lead, *heads[0])]
    result += [(*blank, *row) for row in heads[1:]]
    return [*result, *((*blank, *row) for row in wrapped(then, width - indent, style))]
