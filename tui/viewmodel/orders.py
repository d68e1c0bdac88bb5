"""ORDERS: the newest orders and how far each has come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from engine.snapshot import EngineSnapshot, OrderView, part_letters
from tui.lists.declared import DeskList, greatest, usd
from tui.pane_numbers import ORDERS
from tui.text import formats
from tui.text.columns import OPTIONAL, Cell, Column
from tui.viewmodel import looked
from tui.viewmodel.view import View

OPEN = frozenset({"intended", "sent", "working", "partial", "canceling", "unknown"})
"""States in which an order may still execute."""

TAKEN_BACK = "taken back"
"""Was filled; the broker has taken executions of it back."""

ENDED = "ended"
"""In place of a state: it may execute no more, and how it ended has not come yet."""

STATUS_CELLS = 24
"""Width of the status; a time too long for it is told in whole seconds or minutes."""


def whole_list(view: View) -> str:
    """What of the orders the engine is asked for page by page; "" where the snapshot has it all.

    On the main screen the newest are enough until they are narrowed or sorted: then those that work
    are looked for, however many they are. All orders go by for observers, who need not ask. Of all
    orders those are looked for that may pass the filter.
    """
    choices, open_only = LIST.choices(view), view.state.open_only
    if choices.within:
        return f"orders@{choices.within}"
    if view.state.alone and not open_only:
        return looked.asked_for(view, "orders", "orders,orders@changed")
    plain = not (open_only or choices.filter or choices.find or choices.sort or choices.inverted)
    has_all = view.snapshot.totals.working <= sum(o.status in OPEN for o in view.snapshot.orders)
    return "" if has_all or (plain and not view.state.alone) else "orders@open"


def remembered(view: View) -> str:
    """How many of the day's orders a list of all has where the desk remembers no more; or ""."""
    state, sent = view.state, view.snapshot.totals.orders_today
    listed = state.wholes.total("orders") or len(_source(view))
    if not state.alone or state.open_only or LIST.choices(view).within or listed >= sent:
        return ""
    return f"last {listed:,} of {sent:,}"


def _source(view: View) -> Sequence[OrderView]:
    """Orders; only those that may still execute if so chosen."""
    snapshot, state = view.snapshot, view.state
    search, marks = looked.searching(view, "orders"), frozenset(LIST.choices(view).marks)

    def look() -> Sequence[OrderView]:
        listed = state.wholes.rows("orders", snapshot.orders, search, marks)
        every = _with_ends(listed, _at_work(snapshot) or state.wholes.latest("orders"))
        return [o for o in every if o.status in OPEN] if state.open_only else every

    asked = state.open_only, state.wholes.wanted, search, marks
    return state.once("orders", snapshot, asked, look)


def _at_work(snapshot: EngineSnapshot) -> tuple[float, frozenset[str]] | None:
    """All orders that may execute, where the snapshot has them all, and until when they do."""
    there = frozenset(o.id for o in snapshot.orders if o.status in OPEN and o.part != "S")
    return (math.inf, there) if len(there) == snapshot.totals.working else None


def _with_ends(
    rows: Sequence[OrderView], changed: tuple[float, frozenset[str]] | None
) -> Sequence[OrderView]:
    """The rows, as ended where an order is not among those that worked later on.

    A desk at many times the speed of time ends more of them than a page tells how.
    """
    if changed is None:
        return rows
    at_s, there = changed
    over = [
        n
        for n, o in enumerate(rows)
        if o.status in OPEN and o.sent_s < at_s and o.id not in there and o.part != "S"
    ]
    if not over:
        return rows
    told = list(rows)
    for n in over:
        told[n] = replace(told[n], status=ENDED)
    return told


def _all(view: View) -> int | None:
    """How many are remembered, where those alone are in front that were looked for."""
    listed = view.state.wholes.total("orders")
    sent = view.snapshot.totals.orders_today
    return looked.found_of(view, "orders", sent if listed is None else listed)


def part(o: OrderView) -> str:
    """Which part of a cycle it trades, in two letters."""
    return formats.clean(part_letters(o.part), 2)


def tail(order_id: str) -> str:
    """The end of an order id, which tells the orders of a run apart: trader and number."""
    text = "-".join(formats.clean(order_id, 40).split("-")[-2:])
    return text if len(text) <= 9 else "…" + text[-8:]


def status(o: OrderView, now_s: float) -> Cell:
    """How far an order has come, with its age or how it ended."""
    if o.status in OPEN:
        since = now_s - (o.working_s or o.sent_s)
        style = "p1_text" if o.status == "unknown" else "title"
        filled = f" {o.filled}/{o.quantity}" if o.filled else ""
        return f"{o.status.upper()}{filled} {formats.duration(since)}", style
    if o.status == "filled":
        ended, style = f"FILLED {o.filled}/{o.quantity} @{formats.price(o.fill_c)}", "value"
    else:
        parts = o.filled or o.status == TAKEN_BACK
        ended = o.status.upper() + (f" {o.filled}/{o.quantity}" if parts else "")
        style = "value" if o.status == "rejected" else "dim"
    if o.ended_s is None or o.working_s is None:
        return ended, style
    took_s = o.ended_s - o.working_s
    exact = f"{ended} {formats.milliseconds(1000 * took_s)}"
    fits = len(exact) <= STATUS_CELLS
    return exact if fits else f"{ended} {formats.duration(took_s)}", style


def _market(o: OrderView, view: View) -> Cell:
    if o.bid is None or o.ask is None:
        return "?", "unknown"
    return f"{o.bid:.2f}/{o.ask:.2f}", "dim"


def _legs(o: OrderView, view: View) -> Cell:
    return legs(o, 14)


def legs(o: OrderView, width: int) -> str:
    """What an order trades: combinations of two strikes, or shares."""
    if o.part == "S":
        return formats.clean(o.legs, width + 2)
    return f"{o.quantity}x {formats.clean(o.legs, width)}"


def expiry(o: OrderView) -> str:
    """When its contracts expire; "-" for an order of shares."""
    return "-" if o.expiration is None else formats.expiry(o.expiration)


def limit(o: OrderView) -> str:
    """Its limit; an order of shares has none."""
    return "market" if o.limit_c is None else formats.price(o.limit_c)


def _expires(o: OrderView) -> date:
    return o.expiration or date.min


def _took_s(o: OrderView) -> float | None:
    """Seconds from the broker's acknowledgement to the order's end."""
    return None if o.ended_s is None or o.working_s is None else round(o.ended_s - o.working_s, 3)


COLUMNS: tuple[Column[OrderView, View], ...] = (
    Column("TIME", 8, lambda o, v: (formats.clock(o.sent_s), "dim"), is_text=True, priority=2,
           sort=lambda o: o.sent_s, value=lambda o: o.sent_s, unit="epoch s"),
    Column("ORDER", 9, lambda o, v: tail(o.id), is_text=True, priority=3,
           sort=lambda o: o.id, value=lambda o: o.id),
    Column("SYM", 5, lambda o, v: formats.clean(o.symbol, 8), is_text=True,
           name="symbol", sort=lambda o: (o.symbol, _expires(o)), value=lambda o: o.symbol),
    Column("EXPIRY", 7, lambda o, v: expiry(o), is_text=True, priority=4,
           sort=lambda o: (_expires(o), o.symbol), value=lambda o: o.expiration),
    Column("", 2, lambda o, v: part(o), is_text=True, name="part", sort=part, value=part),
    Column("LEGS", 16, _legs, is_text=True, priority=1,
           sort=lambda o: o.legs, value=lambda o: o.legs),
    Column("LIMIT", 6, lambda o, v: limit(o),
           sort=lambda o: -(o.limit_c or 0), value=lambda o: usd(o.limit_c), unit="USD a share"),
    Column("STATUS", STATUS_CELLS, lambda o, v: status(o, v.now_s), is_text=True,
           sort=lambda o: (o.status not in OPEN, o.status), value=lambda o: o.status),
    Column("MARKET", 11, _market, is_text=True, priority=5,
           value=lambda o: "" if o.bid is None or o.ask is None else f"{o.bid:.2f}/{o.ask:.2f}",
           unit="USD a share"),
    Column("STAGE", 6, lambda o, v: (formats.clean(o.stage, 8), "dim"), is_text=True, priority=6,
           sort=lambda o: o.stage, value=lambda o: o.stage),
    Column("NOTE", 8, lambda o, v: (formats.clean(o.text), "dim"), is_text=True, priority=7,
           grows=True, sort=lambda o: o.text, value=lambda o: o.text),
    Column("QTY", 5, lambda o, v: f"{o.filled}/{o.quantity}", priority=OPTIONAL,
           name="quantity", sort=lambda o: -o.quantity, value=lambda o: o.quantity,
           unit="contracts"),
    Column("FILLED", 6, lambda o, v: formats.count(o.filled), priority=OPTIONAL,
           sort=lambda o: -o.filled, value=lambda o: o.filled, unit="contracts"),
    Column("PRICE", 6, lambda o, v: formats.price(o.fill_c), priority=OPTIONAL,
           sort=lambda o: greatest(o.fill_c), value=lambda o: usd(o.fill_c), unit="USD a share"),
    Column("TOOK", 6, lambda o, v: formats.duration(_took_s(o)), priority=OPTIONAL,
           sort=lambda o: greatest(_took_s(o)), value=_took_s, unit="s"),
    Column("CYCLE", 6, lambda o, v: str(o.cycle), priority=OPTIONAL,
           sort=lambda o: -o.cycle, value=lambda o: o.cycle),
    Column("BROKER'S", 12, lambda o, v: formats.clean(o.broker_id, 40), is_text=True,
           priority=OPTIONAL, name="broker's id", value=lambda o: o.broker_id),
)  # fmt: skip


def _text(o: OrderView) -> str:
    """What filter and search look at."""
    return formats.clean(
        f"{o.id} {o.symbol} {expiry(o)} {part(o)} {o.legs} {o.status} "
        f"{o.stage} cycle {o.cycle} {o.broker_id} {o.text}"
    )


LIST = DeskList(
    name="orders",
    title="orders",
    pane=ORDERS,
    source=_source,
    key=lambda o: o.id,
    text=_text,
    columns=COLUMNS,
    native="newest first",
    every=_all,
    order=lambda view, rows: [(-o.sent_s, o.id) for o in rows],
    within=lambda o, key: f"{o.trader}/{o.cycle}" == key,
)
