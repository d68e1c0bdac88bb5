"""ORDERS: the newest orders and how far each has come."""

from __future__ import annotations

from engine.snapshot import OrderView
from tui.text import formats
from tui.text.columns import Cell, Column, choose, head, row
from tui.text.lines import Line
from tui.viewmodel.view import View

OPEN = frozenset({"intended", "sent", "working", "partial", "canceling", "unknown"})
"""States in which an order may still execute."""

_PART = {"D": "DB", "C": "CR", "U": "UN"}


def rows(view: View) -> list[OrderView]:
    """Orders, the newest first; only those that may still execute if so chosen."""
    orders = sorted(view.snapshot.orders, key=lambda o: (-o.sent_s, o.id))
    return [o for o in orders if o.status in OPEN] if view.state.open_only else orders


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
    took = ""
    if o.ended_s is not None and o.working_s is not None:
        took = f" {formats.milliseconds(1000 * (o.ended_s - o.working_s))}"
    if o.status == "filled":
        return f"FILLED {o.filled}/{o.quantity} @{formats.price(o.fill_c)}{took}", "value"
    partly = f" {o.filled}/{o.quantity}" if o.filled else ""
    return f"{o.status.upper()}{partly}{took}", "value" if o.status == "rejected" else "dim"


def _market(o: OrderView, view: View) -> Cell:
    if o.bid is None or o.ask is None:
        return "?", "unknown"
    return f"{o.bid:.2f}/{o.ask:.2f}", "dim"


def _legs(o: OrderView, view: View) -> Cell:
    return f"{o.quantity}x {formats.clean(o.legs, 14)}"


COLUMNS: tuple[Column[OrderView, View], ...] = (
    Column("TIME", 8, lambda o, v: (formats.clock(o.sent_s), "dim"), is_text=True),
    Column("ORDER", 9, lambda o, v: tail(o.id), is_text=True, priority=2),
    Column("SYM", 5, lambda o, v: formats.clean(o.symbol, 8), is_text=True),
    Column("EXPIRY", 7, lambda o, v: formats.expiry(o.expiration), is_text=True, priority=3),
    Column("", 2, lambda o, v: _PART.get(o.part, formats.clean(o.part, 2)), is_text=True),
    Column("LEGS", 16, _legs, is_text=True),
    Column("LIMIT", 6, lambda o, v: formats.price(o.limit_c)),
    Column("STATUS", 24, lambda o, v: status(o, v.now_s), is_text=True),
    Column("MARKET", 11, _market, is_text=True, priority=4),
    Column("STAGE", 6, lambda o, v: (formats.clean(o.stage, 8), "dim"), is_text=True, priority=5),
    Column(
        "NOTE", 8, lambda o, v: (formats.clean(o.text), "dim"), is_text=True, priority=6, grows=True
    ),
)


def header(width: int) -> Line:
    """The head of the table."""
    return head(choose(COLUMNS, width))


def line(order: OrderView, view: View, width: int) -> Line:
    """One order's row."""
    return row(choose(COLUMNS, width), order, view)
