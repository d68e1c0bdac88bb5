"""Each pane of the main screen as framed lines; tables render only the rows in view."""

from __future__ import annotations

from collections.abc import Callable

from engine.snapshot import AlarmView
from tui.actions.requests import touched
from tui.lists.declared import arranged
from tui.lists.table import listing, out_of_sight, position, said, stacked, table
from tui.pane_numbers import (
    ALARMS,
    BALANCES,
    EVENTS,
    ORDERS,
    PHASE,
    RECOMMENDATIONS,
    SESSION,
    TRADERS,
)
from tui.text import formats
from tui.text.lines import Line, wrapped
from tui.viewmodel import (
    activity,
    alarm_flood,
    alarms,
    attention,
    balances,
    day,
    looked,
    nothing,
    orders,
    phase,
    recommendations,
    trader_words,
    traders,
)
from tui.viewmodel.frame import Box, framed, room_beside
from tui.viewmodel.lists import BY_PANE
from tui.viewmodel.view import View

Drawer = Callable[[View, Box], list[Line]]

STRIPS_FROM = 16
"""Rows of PHASE / HEALTH from which the session's course has strips in it."""

REVIEW_FOOT = "e review  z put aside  u undo"


def _scrolled(
    view: View, pane: int, title: str, lines: list[Line], box: Box, status: str = "", foot: str = ""
) -> list[Line]:
    """Text that may be longer than its pane, from where the operator has scrolled to while in it.

    The foot says how much there is that is not in sight.
    """
    height = box.inner_height
    if not box.focused and not view.state.is_wheeled(pane, False):
        view.state.forget_cursor(pane)
    top = view.state.scroll(pane, len(lines), height)
    where = f"{top + 1:,}-{min(len(lines), top + height):,} of {len(lines):,}"
    where = where if len(lines) > height else ""
    foot = "  ".join(p for p in (foot, where) if p)
    status = "  ".join(p for p in (_in_title(box, where), status) if p)
    return framed(view, box, title, lines[top : top + height], status, foot)


def _in_title(box: Box, where: str) -> str:
    """Which rows are in view, for the title of a pane that has no frame below to say so."""
    return "" if box.boxed else where


def traders_pane(view: View, box: Box) -> list[Line]:
    """1 TRADERS."""
    height = box.inner_height - 1
    made = table(
        traders.LIST,
        view,
        box,
        height,
        style=lambda t: traders.style_of(t, view),
        lead=lambda t, at: traders.lead(t, view, at),
    )
    items, body = made.shown.rows, made.body
    if not items:
        hidden_rows = len(view.snapshot.traders)
        body = nothing.rows(view, "traders", box.inner_width, height, "trader", hidden_rows)
    urgent = attention.urgent(view)
    flags = [key in urgent for key in made.lines.keys]
    folded = sum(t.key in urgent for t in made.lines.folded)
    hidden = out_of_sight(view, TRADERS, flags, height, folded)
    where = made.where
    title = f"1 TRADERS {len(view.snapshot.traders):,}"
    status, room = "", room_beside(box, title)
    for place in ("",) if box.boxed else (where, where.replace(f" of {len(flags):,}", "")):
        status = traders.title_status(view, len(items), hidden, place, room=room)
        if place in status:
            break
    room = box.width - 8 - len(where)
    reason = formats.left(_why(view), room).rstrip()
    foot = "  ".join(part for part in (reason, where) if part)
    return framed(view, box, title, [made.head, *body], status, foot)


def _why(view: View) -> str:
    """Why the chosen trader makes no attempt now, or what the chosen group comes to."""
    if group := traders.group_words(view):
        return " ".join(group)
    key = view.state.selected(TRADERS)
    chosen = next((t for t in view.snapshot.traders if t.key == key), None)
    reason = trader_words.why(chosen) if chosen else ""
    if chosen is None or not reason:
        return ""
    stage = trader_words.ladder(chosen, view.now_s)
    return f"why {trader_words.chain_name(chosen)}: {stage + '  ' if stage else ''}{reason}"


def phase_pane(view: View, box: Box) -> list[Line]:
    """2 PHASE / HEALTH."""
    width = box.inner_width - 1
    strips = day.main_strips(view, width) if box.inner_height >= STRIPS_FROM else []
    content = [((" ", "text"), *line) for line in phase.lines(view, width, strips)]
    return _scrolled(view, PHASE, "2 PHASE / HEALTH", content, box)


def balances_pane(view: View, box: Box) -> list[Line]:
    """3 CHAIN BALANCES."""
    width = box.inner_width - 1
    height = box.inner_height - 2
    made = table(balances.LIST, view, box, height, style=balances.style_of)
    items = made.shown.rows
    lines: list[Line] = [balances.with_scale(made.head, view), *made.body]
    if not items:
        hidden_rows = len(view.snapshot.balances)
        lines += nothing.rows(view, "balances", width, height, "chain", hidden_rows)
    lines += [()] * (box.inner_height - 1 - len(lines))
    lines.append(((" ", "text"), *balances.total(view, width)))
    every = view.snapshot.balances
    open_now = len(every) - balances.nets(view).count(0)
    if balances.LIST.choices(view).narrowed:
        open_now = sum(bool(b.net) for b in items)
    status = f"{open_now:,} open" if open_now else "all balanced" if items else ""
    urgent = balances.urgent(view)
    hidden = out_of_sight(view, BALANCES, [b.key in urgent for b in items], height)
    where = _in_title(box, made.where)
    status = "  ".join(p for p in (where, hidden, *said(balances.LIST, view), status) if p)
    return framed(view, box, f"3 CHAIN BALANCES {len(every):,}", lines, status, made.where)


def recommendations_pane(view: View, box: Box, foot: str = REVIEW_FOOT) -> list[Line]:
    """4 RECOMMENDATIONS: the chosen one with as much of its evidence as there is room for."""
    if not view.answers:
        foot = ""
    shown = arranged(recommendations.LIST, view)
    items, keys, marks = shown.rows, shown.keys, recommendations.LIST.choices(view).marks
    width = box.inner_width - 1
    notices = _notices(view, width, box.inner_height)
    height = box.inner_height - len(notices)
    chosen = view.state.selection(RECOMMENDATIONS).key
    at = keys.index(chosen) if chosen in keys else 0

    def block(index: int, detail: int) -> list[Line]:
        lines = recommendations.block(items[index], view, width, detail)
        if items[index].id not in marks:
            return [((" ", "text"), *line) for line in lines]
        signs = [view.glyphs.mark, *" " * (len(lines) - 1)]
        return [((sign, "mark"), *line) for sign, line in zip(signs, lines, strict=True)]

    blocks = [block(index, 0) for index in range(len(items))]
    room = height - sum(map(len, blocks[: at + 3]))
    # The chosen one first, then the arms of the others from the top, then their evidence as well.
    others = [(index, detail) for detail in (1, 2) for index in range(len(items))]
    for index, detail in [(at, 2), (at, 2), *others] if items else ():
        for level in range(detail, 0, -1):
            fuller = block(index, level)
            if 0 < len(fuller) - len(blocks[index]) <= room:
                room -= len(fuller) - len(blocks[index])
                blocks[index] = fuller
                break
    lines = stacked(view, RECOMMENDATIONS, keys, blocks, box, height)
    if not items:
        kind = "recommendation"
        lines = nothing.rows(view, "recommendations", width, height, kind, shown.total)
    lines += [()] * (height - len(lines) if notices else 0)
    lines += notices
    applied = sum(r.state == "applied" for r in items)
    status = f"{recommendations.ready(items, view.now_s)} ready"
    if applied:
        status += f"  {applied} applied"
    status = "  ".join((*said(recommendations.LIST, view), status))
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
    wheeled = view.state.is_wheeled(ORDERS, box.focused)
    if not box.focused and not wheeled:  # nobody selects here: the newest stay in sight
        view.state.forget_cursor(ORDERS)
    made = table(orders.LIST, view, box, box.inner_height - (1 if box.boxed else 0))
    body = made.body
    missing = looked.missing(view, "orders")
    if not made.shown.rows:
        rows, total = box.inner_height - 1, made.shown.total
        coming = missing if view.snapshot.totals.orders_today else ""
        body = nothing.rows(view, _orders(view), box.inner_width, rows, "order", total, coming)
    if box.boxed:
        body = [made.head, *body]
    sort = orders.LIST.choices(view)
    working = view.snapshot.totals.working
    if sort.narrowed:
        working = sum(o.status in orders.OPEN for o in made.shown.rows)
    order = "" if sort.sort or sort.inverted else orders.LIST.native
    zoomed = _in_title(box, made.where) if view.state.zoomed else ""
    parts = (
        zoomed,
        *said(orders.LIST, view, missing),
        "" if missing else orders.remembered(view),
        f"{working:,} working",
        "open only" if view.state.open_only else order,
    )
    status = "  ".join(part for part in parts if part)
    cancel = f"x cancel {touched(view, 'cancel')} marked" if sort.marks else "x cancel selected"
    if not view.answers:
        cancel = ""
    where = made.where if view.state.alone else ""
    foot = "  ".join(p for p in (where, "o open only", cancel, foot) if p)
    return framed(view, box, "5 ORDERS", body, status, foot)


def _orders(view: View) -> str:
    """Which sentence says that there is no order."""
    if orders.LIST.choices(view).within:
        return "orders of a pair"
    return "open orders" if view.state.open_only else "orders"


def alarms_pane(view: View, box: Box, foot: str = "") -> list[Line]:
    """6 ALARMS: each in full where there is room, else in one row.

    On a screen of its own shelved and cleared ones are listed too.
    """
    shown, marks = arranged(alarms.LIST, view), alarms.LIST.choices(view).marks
    items, height = shown.rows, box.inner_height
    width = box.inner_width - (1 if marks else 0)

    def with_mark(a: AlarmView, lines: list[Line]) -> list[Line]:
        if not marks:
            return lines
        signs = [view.glyphs.mark if a.id in marks else " ", *" " * (len(lines) - 1)]
        return [((sign, "mark"), *line) for sign, line in zip(signs, lines, strict=True)]

    def one_row(a: AlarmView, at: bool = False) -> Line:
        return with_mark(a, [alarms.line(a, view, width)])[0]

    if len(items) > height:
        body = listing(view, ALARMS, items, shown.keys, one_row, box, height)
    else:
        blocks = [[one_row(a)] for a in items]
        room = height - len(items)
        for index, a in enumerate(items):
            fuller = with_mark(a, alarms.block(a, view, width))
            if len(fuller) - 1 <= room:
                blocks[index] = fuller
                room -= len(fuller) - 1
        body = stacked(view, ALARMS, shown.keys, blocks, box, height)
    if not items:
        body = nothing.rows(view, "alarms", box.inner_width, height, "alarm", shown.total)
    hidden = ""
    if len(items) > height:
        waiting = [a.state == "unacked" and a.priority == 1 for a in items]
        hidden = out_of_sight(view, ALARMS, waiting, height)
    whose = "desk: " if alarms.LIST.choices(view).narrowed else ""
    where = position(view, ALARMS, len(items), height)
    told = whose + alarms.title_status(view.snapshot)
    parts = (_in_title(box, where), hidden, *said(alarms.LIST, view), told)
    status = "  ".join(part for part in parts if part)
    keys = "a acknowledge  A all P2+P3  z shelve" if view.answers else ""
    foot = "  ".join(part for part in (where, keys, foot) if part)
    total = sum(len(alarms.standing_for(view).get(a.id, (a,))) for a in items)
    total += shown.total - len(items)
    return framed(view, box, f"6 ALARMS {total:,}", body, status, foot)


def alarm_rows(view: View, width: int) -> int:
    """How many rows the active alarms want at a width of the terminal."""
    shown = alarm_flood.rows(alarms.rows(view.snapshot))
    return sum(len(alarms.block(a, view, width - 2)) for a in shown)


def session_pane(view: View, box: Box) -> list[Line]:
    """7 SESSION."""
    width = box.inner_width - 1
    content: list[Line] = [((" ", "text"), *line) for line in activity.session_lines(view, width)]
    status = view.snapshot.session_date.isoformat()
    return _scrolled(view, SESSION, "7 SESSION", content, box, status, "t report")


def events_pane(view: View, box: Box, foot: str = "l log") -> list[Line]:
    """8 EVENTS."""
    made = table(activity.LIST, view, box, box.inner_height)
    body = made.body
    if not made.shown.rows:
        total, rows = made.shown.total, box.inner_height
        body = nothing.rows(view, "events", box.inner_width, rows, "event", total)
    missing = view.state.wholes.missing("events") or activity.since(view)
    sort = activity.LIST.choices(view)
    order = "" if sort.sort or sort.inverted else activity.LIST.native
    parts = (_in_title(box, made.where), *said(activity.LIST, view), missing, order)
    status = "  ".join(part for part in parts if part)
    foot = "  ".join(part for part in (made.where, foot) if part)
    return framed(view, box, "8 EVENTS", body, status, foot)


def besides_snapshot(view: View, pane: int) -> tuple[object, ...]:
    """All but the snapshot that a pane of the main screen depends on while no key moves in it."""
    state, at = view.state, view.state.selections.get(pane)
    declared = BY_PANE.get(pane)
    chosen: tuple[object, ...] = ()
    if declared is not None:
        c = declared.choices(view)
        chosen = (*c.arrangement, c.find, c.columns, frozenset(c.marks), frozenset(c.closed), c.of)
    cursor = (at.key, at.index, at.top, at.moved_s) if at is not None else ()
    silent_s = state.silent_s if view.silent else 0.0
    wheeled = state.is_wheeled(pane, False)
    looks = view.outdated, silent_s, state.open_only, state.reading, state.wholes.wanted, wheeled
    tour = state.tour, state.pointing
    own = (state.timer.lag, int(state.silent_s)) if pane == PHASE else ()
    return chosen, cursor, looks, tour, own


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
