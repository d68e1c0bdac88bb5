"""Open units: each with its age, its stage, and what every choice would come to now."""

from __future__ import annotations

from typing import Final

from engine.commands import Ask
from engine.snapshot import UnitView
from tui.lists.declared import DeskList, unknown_last, usd
from tui.lists.table import said, table
from tui.pane_numbers import UNITS
from tui.text import formats
from tui.text.columns import Cell, Column
from tui.text.lines import Line, wrapped
from tui.viewmodel import nothing
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View

CHOICES: Final = (
    (Ask.LADDER, "leave it to the ladder"),
    (Ask.CONCEDE, "concede"),
    (Ask.UNWIND, "sell back"),
    (Ask.HOLD, "hold"),
)
"""What the keys 1 to 4 choose."""

Rung = tuple[str, str, str]
"""Stages, until when, what is done."""


def ladder(view: View) -> tuple[Rung, ...]:
    """The stages with the times of the desk's settings; without them where those are not known."""
    known = view.config if view.snapshot.observer is None else None
    times = None if known is None else known.ladder

    def until(name: str) -> str:
        return "" if times is None else f"to {_length(getattr(times, name))}"

    alarm = "" if times is None else f"; P1 alarm at {_length(times.alarm_after_s)}"
    return (
        ("H0 H1", until("rest_until_s"), "the planned credit, above debit and fees"),
        ("H2", until("walk_until_s"), "a tick less at a time, still above debit and fees"),
        ("H3", until("rescan_until_s"), f"another credit if its floor is higher{alarm}"),
        ("H4", until("scratch_until_s"), "scratch allowed: the price paid"),
        ("H5", until("operator_until_s"), "yours to decide; a credit rests at the price paid"),
        ("H6", "after", "sell the debit back, loss bounded"),
        ("H7", "", "parked: a resting credit, the chain blocked"),
    )


def _length(seconds: float) -> str:
    """A length of time as a setting: seconds, or whole minutes beyond the first."""
    if seconds > 60 and not seconds % 60:
        return f"{seconds / 60:g} min"
    return f"{seconds:g} s"


def chosen_unit(view: View) -> UnitView | None:
    """The unit under the cursor."""
    key = view.state.selected(UNITS)
    return next((unit for unit in view.snapshot.units if unit.key == key), None)


def chosen_index(view: View) -> int | None:
    """Which of CHOICES is selected for the unit under the cursor; None where none is."""
    picked = view.state.unit_choice
    unit = chosen_unit(view)
    return picked[1] if unit is not None and picked is not None and picked[0] == unit.key else None


def arming_name(view: View) -> str:
    """What must have been on the screen before it can be confirmed; "" where nothing is chosen.

    Another stage is another question: it arms anew.
    """
    unit, index = chosen_unit(view), chosen_index(view)
    return "" if unit is None or index is None else f"unit:{unit.key}:{index}:{unit.stage}"


def _name(unit: UnitView) -> str:
    return f"{formats.clean(unit.symbol, 6)} {formats.expiry(unit.expiration)}"


def _money(cents: int | None, unit: UnitView) -> Cell:
    if cents is None:
        return formats.UNKNOWN, "unknown"
    text = formats.money(cents)
    return (f"{text}!", "dim") if unit.stale else (text, "value")


def _works(unit: UnitView) -> str:
    word = {"C": "credit", "U": "sells"}.get(unit.works, "")
    return f"{word} {formats.price(unit.limit_c)}" if word else "-"


_COLUMNS: tuple[Column[UnitView, View], ...] = (
    Column("CHAIN", 12, lambda u, v: _name(u), is_text=True,
           sort=lambda u: (u.symbol, u.expiration), value=lambda u: u.trader),
    Column("AGE", 4, lambda u, v: (formats.age(v.now_s - u.since_s), "title"),
           sort=lambda u: u.since_s, value=lambda u: u.since_s, unit="filled, epoch s"),
    Column("STG", 3, lambda u, v: (formats.clean(u.stage, 4), "title"), is_text=True,
           name="stage", sort=lambda u: u.stage, value=lambda u: u.stage),
    Column("NET", 3, lambda u, v: (formats.signed(u.open), "title"),
           sort=lambda u: -u.open, value=lambda u: u.open, unit="contracts"),
    Column("COMPLETE$", 10, lambda u, v: _money(u.complete_c, u), name="complete",
           sort=lambda u: unknown_last(u.complete_c), value=lambda u: usd(u.complete_c),
           unit="USD"),
    Column("SCRATCH$", 9, lambda u, v: formats.money(u.scratch_c), name="scratch",
           sort=lambda u: u.scratch_c, value=lambda u: usd(u.scratch_c), unit="USD"),
    Column("UNWIND$", 10, lambda u, v: _money(u.unwind_c, u), name="unwind",
           sort=lambda u: unknown_last(u.unwind_c), value=lambda u: usd(u.unwind_c), unit="USD"),
    Column("CARRY$", 10, lambda u, v: formats.money(u.carry_c), name="carry",
           sort=lambda u: u.carry_c, value=lambda u: usd(u.carry_c), unit="USD"),
    Column("WORKS", 13, lambda u, v: (_works(u), "dim"), is_text=True, priority=1,
           sort=_works, value=_works),
    Column("CHOSEN", 8, lambda u, v: (formats.clean(u.choice, 8), "title"), is_text=True,
           priority=2, sort=lambda u: u.choice, value=lambda u: u.choice),
)  # fmt: skip

LIST = DeskList(
    name="units",
    title="open units",
    pane=UNITS,
    source=lambda view: view.snapshot.units,
    key=lambda u: u.key,
    text=lambda u: f"{_name(u)} {u.stage} {u.choice} {_works(u)} {u.legs}",
    columns=_COLUMNS,
    native="oldest first",
)


def units_pane(view: View, box: Box) -> list[Line]:
    """The units, the oldest first."""
    made = table(LIST, view, box, box.inner_height - 1)
    body = made.body
    if not made.shown.rows:
        room, total = box.inner_height - 1, made.shown.total
        body = nothing.rows(view, "units", box.inner_width, room, "unit", total)
    title = f"OPEN UNITS {made.shown.total:,}"
    status = "  ".join(said(LIST, view)) or LIST.native
    return framed(view, box, title, [made.head, *body], status, made.where)


def unit_lines(view: View, width: int, height: int) -> list[Line]:
    """The unit under the cursor, its choices, and as many stages of the ladder as fit."""
    unit = chosen_unit(view)
    if unit is None:
        return _ladder(view, set())
    result = [*_facts(unit, view, width), ()]
    if view.answers:
        result += [*_choices(unit, view, width), ()]
    return [*result, *_ladder(view, {unit.stage}, height - len(result))]


def _facts(unit: UnitView, view: View, width: int) -> list[Line]:
    bought = f"{unit.filled}x {formats.clean(unit.legs, 24)} at {formats.price(unit.paid_c)}"
    quoted = formats.duration(None if unit.quoted_s is None else view.now_s - unit.quoted_s)
    mark = "!" if unit.stale and unit.quoted_s is not None else ""
    style = "dim" if unit.stale else "value"
    market = (
        f"credit bid {formats.price(unit.credit_bid_c)}{mark}  "
        f"debit bid {formats.price(unit.debit_bid_c)}{mark}"
    )
    working = {
        "C": f"selling {formats.clean(unit.credit_legs, 24)} at {formats.price(unit.limit_c)}",
        "U": f"selling the debit back at {formats.price(unit.limit_c)}",
    }.get(unit.works, "nothing works")
    return [
        pair("bought", (bought, "title"), (f"  {unit.open} without credit", "value")),
        pair("now", (f"{formats.clean(unit.stage, 4)}  {working}", "value")),
        pair("market", (market, style), (f"  {quoted} old", "dim")),
    ]


def _choices(unit: UnitView, view: View, width: int) -> list[Line]:
    selected = chosen_index(view)
    result: list[Line] = []
    for index, (ask, text) in enumerate(CHOICES):
        why_not = formats.clean(unit.refusals[index]) if index < len(unit.refusals) else ""
        at = index == selected
        mark = view.glyphs.cursor if at else " "
        style = "dim" if why_not else "title" if at else "value"
        start: Line = ((f"{mark} ", "mark"), (f"{index + 1} ", "key"), (f"{text:<23}", style))
        more = f"not now: {why_not}" if why_not else _means(unit, ask, view)
        rest = wrapped(more, max(20, width - 27), "dim" if why_not else "value")
        result.append((*start, *rest[0]))
        result += [((" " * 27, "text"), *line) for line in rest[1:]]
    if selected is None:
        asked = "1 to 4 chooses, y confirms"
    elif unit.refusals[selected]:
        asked = "that cannot be chosen now"
    else:
        asked = f"y confirms: {CHOICES[selected][1]}"
    return [*result, ((asked, "title" if selected is not None else "label"),)]


def _means(unit: UnitView, ask: Ask, view: View) -> str:
    """What a choice would do at this moment, in one sentence."""
    if ask is Ask.LADDER:
        return f"credit at {formats.price(unit.lowest_c)} or more now; its rungs below"
    if ask is Ask.CONCEDE:
        low = formats.price(unit.f3_c)
        step = "" if view.config is None else f" each {_length(view.config.ladder.walk_step_s)}"
        return f"credit from {formats.price(unit.f2_c)} down to {low}, a tick{step}"
    if ask is Ask.UNWIND:
        least = formats.price(unit.unwind_least_c)
        return f"middle to bid, least {least}; now at the bid {formats.money(unit.unwind_c)}"
    return f"parks; a credit rests at {formats.price(unit.f1_c)}, chain blocked"


def _ladder(view: View, stages: set[str], height: int | None = None) -> list[Line]:
    """The stages, or where they do not fit those from the present one on."""
    rungs = ladder(view)
    most = len(rungs)
    height = most + 1 if height is None else height
    heading: Line = (("THE LADDER", "title"), ("  from the debit's fill", "label"))
    result: list[Line] = [heading] if height > 1 else []
    if height <= most:
        at = next((i for i, rung in enumerate(rungs) if stages & set(rung[0].split())), 0)
        rungs = rungs[min(at, max(0, most + 1 - height)) :]
    for stage, until, text in rungs[: max(1, height - 1)]:
        here = bool(stages & set(stage.split()))
        result.append(
            (
                (f"  {stage:<7}", "title" if here else "value"),
                (f"{until:<10}", "dim"),
                (text, "value" if here else "dim"),
            )
        )
    return result
