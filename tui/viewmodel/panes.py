"""Each pane of the main screen as framed lines; tables render only the rows in view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.snapshot import TraderView
from tui.text import formats
from tui.text.lines import Line, fit, under_cursor, wrapped
from tui.viewmodel import (
    activity,
    alarms,
    attention,
    balances,
    day,
    orders,
    phase,
    recommendations,
    traders,
)
from tui.viewmodel.frame import Box, framed, room_beside
from tui.viewmodel.view import View

Item = TypeVar("Item")
Drawer = Callable[[View, Box], list[Line]]

STRIPS_FROM = 16
"""Rows of PHASE / HEALTH from which the session's course has strips in it."""

REVIEW_FOOT = "e review  z put aside  u undo"

TRADERS, PHASE, BALANCES, RECOMMENDATIONS, ORDERS, ALARMS, SESSION, EVENTS = range(1, 9)


def listing(
    view: View,
    pane: int,
    items: Sequence[Item],
    keys: list[str],
    render: Callable[[Item, bool], Line],
    box: Box,
    height: int,
) -> list[Line]:
    """The rows in view of a table with a cursor that follows its row's key.

    A pane whose rows sort themselves shows its top while nobody moves in it.
    """
    selection = view.state.selection(pane)
    lead = pane <= EVENTS and view.state.leads(pane, box.focused)
    at = view.state.follow(pane, keys, max(1, height), lead)
    lines = []
    for index in range(selection.top, min(len(items), selection.top + height)):
        line = fit(render(items[index], index == at), box.inner_width, view.glyphs.more)
        lines.append(under_cursor(line) if index == at and box.focused else line)
    return lines


def stacked(
    view: View, pane: int, keys: list[str], blocks: Sequence[list[Line]], box: Box, height: int
) -> list[Line]:
    """Rows of different heights one under the other, with the chosen one in view."""
    selection = view.state.selection(pane)
    top = selection.top
    at = view.state.follow(pane, keys, max(1, len(keys)))
    top = max(0, min(top, at))
    while top < at and sum(map(len, blocks[top : at + 1])) > height:
        top += 1
    while top and sum(map(len, blocks[top - 1 :])) <= height:
        top -= 1
    selection.scroll_to(top)
    lines: list[Line] = []
    for index in range(top, len(blocks)):
        for line in blocks[index]:
            shown = fit(line, box.inner_width, view.glyphs.more)
            lines.append(under_cursor(shown) if index == at and box.focused else shown)
    return lines[:height]


def position(view: View, pane: int, total: int, height: int) -> str:
    """Which rows are in view, "" where all are; and where the cursor is, if it is not there."""
    if total <= height:
        return ""
    selection = view.state.selection(pane)
    top, at = selection.top, selection.index
    where = f"{top + 1}-{min(total, top + height)} of {total}"
    return where if top <= at < top + height else f"{where}, cursor on {at + 1}"


def out_of_sight(view: View, pane: int, urgent: Sequence[bool], height: int) -> str:
    """How many rows that are urgent are not in view, "" where there is none."""
    top = view.state.selection(pane).top
    hidden = sum(urgent) - sum(urgent[top : top + height])
    return f"{hidden} urgent out of sight" if hidden else ""


def _scrolled(
    view: View, pane: int, title: str, lines: list[Line], box: Box, status: str = "", foot: str = ""
) -> list[Line]:
    """Text that may be longer than its pane, from where the operator has scrolled to while in it.

    The foot says how much there is that is not in sight.
    """
    height = box.inner_height
    if not box.focused:
        view.state.forget_cursor(pane)
    top = view.state.scroll(pane, len(lines), height)
    where = f"{top + 1}-{min(len(lines), top + height)} of {len(lines)}"
    foot = "  ".join(p for p in (foot, where if len(lines) > height else "") if p)
    return framed(view, box, title, lines[top : top + height], status, foot)


def traders_pane(view: View, box: Box) -> list[Line]:
    """1 TRADERS."""
    items = traders.rows(view)
    height = box.inner_height - 1
    body = listing(
        view,
        TRADERS,
        items,
        view.state.once("trader keys", items, None, lambda: [t.key for t in items]),
        lambda t, at: traders.line(t, view, box.inner_width, at),
        box,
        height,
    )
    if not items:
        text = "no trader passes the filter" if view.snapshot.traders else "no traders"
        body = [((f"  {text}", "dim"),)]
    urgent = attention.urgent(view)
    hidden = out_of_sight(view, TRADERS, [t.key in urgent for t in items], height)
    where = position(view, TRADERS, len(items), height)
    title = f"1 TRADERS {len(view.snapshot.traders)}"
    status, room = "", room_beside(box, title)
    for place in ("",) if box.boxed else (where, where.replace(f" of {len(items)}", "")):
        status = traders.title_status(view, len(items), hidden, place, room=room)
        if place in status:
            break
    chosen = next((t for t in items if t.key == view.state.selected(TRADERS)), None)
    room = box.width - 8 - len(where)
    reason = formats.left(_why(chosen, view), room).rstrip()
    foot = "  ".join(part for part in (reason, where) if part)
    head = traders.header(box.inner_width, view.state.sort)
    return framed(view, box, title, [head, *body], status, foot)


def _why(chosen: TraderView | None, view: View) -> str:
    reason = traders.why(chosen) if chosen else ""
    if chosen is None or not reason:
        return ""
    stage = traders.ladder(chosen, view.now_s)
    return f"why {traders.chain_name(chosen)}: {stage + '  ' if stage else ''}{reason}"


def phase_pane(view: View, box: Box) -> list[Line]:
    """2 PHASE / HEALTH."""
    width = box.inner_width - 1
    strips = day.main_strips(view, width) if box.inner_height >= STRIPS_FROM else []
    content = [((" ", "text"), *line) for line in phase.lines(view, width, strips)]
    return _scrolled(view, PHASE, "2 PHASE / HEALTH", content, box)


def balances_pane(view: View, box: Box) -> list[Line]:
    """3 CHAIN BALANCES."""
    items = balances.rows(view)
    far = balances.reach(view)
    width = box.inner_width - 1
    height = box.inner_height - 2
    body = listing(
        view,
        BALANCES,
        items,
        view.state.once("chain keys", items, None, lambda: [b.key for b in items]),
        lambda b, at: (
            (view.glyphs.cursor if at and box.focused else " ", "mark"),
            *balances.line(b, view, width, far),
        ),
        box,
        height,
    )
    lines: list[Line] = [((" ", "header"), *balances.header(view, width)), *body]
    lines += [()] * (box.inner_height - 1 - len(lines))
    lines.append(((" ", "text"), *balances.total(view, width)))
    open_now = view.state.once("open chains", items, None, lambda: sum(b.net != 0 for b in items))
    status = f"{open_now} open" if open_now else "all balanced"
    urgent = balances.urgent(view)
    hidden = out_of_sight(view, BALANCES, [b.key in urgent for b in items], height)
    status = "  ".join(p for p in (hidden, status) if p)
    where = position(view, BALANCES, len(items), height)
    return framed(view, box, f"3 CHAIN BALANCES {len(items)}", lines, status, where)


def recommendations_pane(view: View, box: Box, foot: str = REVIEW_FOOT) -> list[Line]:
    """4 RECOMMENDATIONS: the chosen one with as much of its evidence as there is room for."""
    items = recommendations.rows(view.snapshot)
    keys = [r.id for r in items]
    width = box.inner_width - 1
    notices = _notices(view, width, box.inner_height)
    height = box.inner_height - len(notices)
    chosen = view.state.selection(RECOMMENDATIONS).key
    at = keys.index(chosen) if chosen in keys else 0

    def block(index: int, detail: int) -> list[Line]:
        lines = recommendations.block(items[index], view, width, detail)
        return [((" ", "text"), *line) for line in lines]

    blocks = [block(index, 0) for index in range(len(items))]
    room = height - sum(map(len, blocks[: at + 3]))
    # The chosen one first, then the others from the top: its evidence as far as there is room.
    for index in (at, at, *range(len(items))) if items else ():
        detail = 2 if index == at else 1
        for level in range(detail, 0, -1):
            fuller = block(index, level)
            if 0 < len(fuller) - len(blocks[index]) <= room:
                room -= len(fuller) - len(blocks[index])
                blocks[index] = fuller
                break
    lines = stacked(view, RECOMMENDATIONS, keys, blocks, box, height)
    if not items:
        none = "none: the engine proposes a change when the evidence allows"
        lines = [((" ", "text"), *line) for line in wrapped(none, width, "dim")][:height]
    lines += [()] * (height - len(lines) if notices else 0)
    lines += notices
    applied = sum(r.state == "applied" for r in items)
    status = f"{recommendations.ready(view.snapshot)} ready"
    if applied:
        status += f"  {applied} applied"
    return framed(view, box, "4 RECOMMENDATIONS", lines, status, foot)


def _notices(view: View, width: int, height: int) -> list[Line]:
    """What no key answers, at the foot of the recommendations, in half of their rows at most."""
    lines: list[Line] = []
    for notice in view.snapshot.notices:
        told = wrapped(formats.displayed(notice), width - 8, "value", 2)
        lines += [
            ((" NOTICE  " if first else "         ", "title"), *line)
            for first, line in zip((True, *[False] * len(told)), told, strict=False)
        ]
    room = height // 2
    if len(lines) > room:
        rest = f" {view.glyphs.more} all of it in the report"
        lines = [*lines[: room - 1], (("         ", "text"), (rest.strip(), "dim"))] if room else []
    return lines


def orders_pane(view: View, box: Box, foot: str = "b blotter") -> list[Line]:
    """5 ORDERS."""
    items = orders.rows(view)
    if not box.focused:  # nobody selects here: the newest stay in sight
        view.state.forget_cursor(ORDERS)
    width = box.inner_width - 1
    height = box.inner_height - (1 if box.boxed else 0)
    body = listing(
        view,
        ORDERS,
        items,
        [o.id for o in items],
        lambda o, at: (
            (view.glyphs.cursor if at and box.focused else " ", "mark"),
            *orders.line(o, view, width),
        ),
        box,
        height,
    )
    if not items:
        body = [((" no open order" if view.state.open_only else " no order yet", "dim"),)]
    if box.boxed:
        body = [((" ", "header"), *orders.header(width)), *body]
    working = view.snapshot.totals.working
    status = f"{working} working  {'open only' if view.state.open_only else 'newest first'}"
    foot = f"o open only  x cancel selected  {foot}"
    return framed(view, box, "5 ORDERS", body, status, foot)


def alarms_pane(view: View, box: Box, every: bool = False) -> list[Line]:
    """6 ALARMS: each in full where there is room, else in one row.

    Args:
        every: whether shelved and cleared ones are listed too.
    """
    items = alarms.rows(view.snapshot, every)
    width, height = box.inner_width, box.inner_height
    keys = [a.id for a in items]
    if len(items) > height:
        body = listing(
            view, ALARMS, items, keys, lambda a, at: alarms.line(a, view, width), box, height
        )
    else:
        blocks = [[alarms.line(a, view, width)] for a in items]
        room = height - len(items)
        for index, a in enumerate(items):
            fuller = alarms.block(a, view, width)
            if len(fuller) - 1 <= room:
                blocks[index] = fuller
                room -= len(fuller) - 1
        body = stacked(view, ALARMS, keys, blocks, box, height)
    if not items:
        body = [((" none active", "dim"),)]
    status = alarms.title_status(view.snapshot)
    if len(items) > height:
        waiting = [a.state == "unacked" and a.priority == 1 for a in items]
        hidden = out_of_sight(view, ALARMS, waiting, height)
        status = "  ".join(p for p in (hidden, status) if p)
    foot = "a acknowledge  A all P2+P3  z shelve"
    return framed(view, box, f"6 ALARMS {len(items)}", body, status, foot)


def alarm_rows(view: View, width: int) -> int:
    """How many rows the active alarms want at a width of the terminal."""
    return sum(len(alarms.block(a, view, width - 2)) for a in alarms.rows(view.snapshot))


def session_pane(view: View, box: Box) -> list[Line]:
    """7 SESSION."""
    width = box.inner_width - 1
    content: list[Line] = [((" ", "text"), *line) for line in activity.session_lines(view, width)]
    status = view.snapshot.session_date.isoformat()
    return _scrolled(view, SESSION, "7 SESSION", content, box, status, "t report")


def events_pane(view: View, box: Box) -> list[Line]:
    """8 EVENTS."""
    items = activity.events(view.snapshot)
    content: list[Line] = [
        ((" ", "text"), *activity.event_line(e, view, box.inner_width - 2)) for e in items[:500]
    ]
    return _scrolled(view, EVENTS, "8 EVENTS", content, box, "newest first", "l log")


PANES: dict[str, tuple[int, Drawer]] = {
    "traders": (TRADERS, traders_pane),
    "phase": (PHASE, phase_pane),
    "balances": (BALANCES, balances_pane),
    "recommendations": (RECOMMENDATIONS, recommendations_pane),
    "orders": (ORDERS, orders_pane),
    "alarms": (ALARMS, alarms_pane),
    "session": (SESSION, session_pane),
    "events": (EVENTS, events_pane),
}
NAMES = {number: name for name, (number, _) in PANES.items()}
