"""CONTRACTS HELD: every contract of the account, and one in full."""

from __future__ import annotations

from engine.snapshot import ContractView, PositionsView
from tui.text import formats
from tui.text.columns import Cell, Column, choose, head, row
from tui.text.lines import Line
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.held import (
    CONTRACTS,
    closing_trade,
    days_left,
    row_mark,
    summary,
    worth_now,
)
from tui.viewmodel.panes import listing, position
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View


def _contract(c: ContractView, view: View) -> Cell:
    return f"{c.strike:g}{formats.clean(c.right, 1)}"


def _quote(price: float | None, stale: bool) -> Cell:
    if price is None:
        return "?", "unknown"
    return (f"{price:.2f}!", "stale") if stale else (f"{price:.2f} ", "value")


def _closes_by(c: ContractView, view: View) -> Cell:
    if c.warnings:
        return formats.told(", ".join(c.warnings)), "state_attention"
    return closing_trade(c.quantity), "dim"


_CONTRACT_COLUMNS: tuple[Column[ContractView, View], ...] = (
    Column("SYM", 5, lambda c, v: formats.clean(c.symbol, 8), words=True),
    Column("EXPIRY", 7, lambda c, v: formats.expiry(c.expiration), words=True),
    Column("DTE", 3, lambda c, v: days_left(c.dte)),
    Column("CONTRACT", 9, _contract),
    Column("QTY", 5, lambda c, v: (formats.signed(c.quantity), "title")),
    Column("PAIRS", 5, lambda c, v: (str(c.pairs), "dim")),
    Column("BID", 8, lambda c, v: _quote(c.bid, c.stale)),
    Column("ASK", 8, lambda c, v: _quote(c.ask, c.stale)),
    Column("NOW$", 10, lambda c, v: worth_now(c.value_c, c.stale, 10)),
    Column("ENDS BY", 13, _closes_by, words=True, priority=1, grows=True),
)


def contracts_pane(held: PositionsView, view: View, box: Box) -> list[Line]:
    width, height = box.inner_width - 1, box.inner_height - 1
    columns = choose(_CONTRACT_COLUMNS, width)
    body = listing(
        view,
        CONTRACTS,
        held.contracts,
        [c.key for c in held.contracts],
        lambda c, at: (row_mark(view, at, bool(c.warnings)), *row(columns, c, view)),
        box,
        height,
    )
    if not held.contracts:
        body = [((" no contract is held", "dim"),)]
    top: Line = ((" ", "header"), *head(columns))
    where = position(view, CONTRACTS, len(held.contracts), height)
    foot = "  ".join(part for part in (where, "v pairs") if part)
    title = f"CONTRACTS HELD {len(held.contracts)}"
    return framed(view, box, title, [top, *body], summary(held), foot)


def contract_lines(c: ContractView, held: PositionsView) -> list[Line]:
    holders = [
        p
        for p in held.pairs
        if (p.symbol, p.expiration) == (c.symbol, c.expiration)
        and any((leg.right, leg.strike) == (c.right, c.strike) for leg in p.legs)
    ]
    lines: list[Line] = [
        pair(
            "contract",
            (f"{formats.clean(c.symbol, 8)} {formats.expiry(c.expiration)} ", "title"),
            (f"{c.strike:g}{formats.clean(c.right, 1)}", "title"),
        ),
        pair("held", (f"{c.quantity:+d}", "title"), (f"  {closing_trade(c.quantity)}", "value")),
        pair("pairs", (f"{c.pairs} hold it", "value")),
    ]
    for p in holders[:6]:
        legs = [leg for leg in p.legs if (leg.right, leg.strike) == (c.right, c.strike)]
        quantity = sum(leg.quantity for leg in legs)
        lines.append(((f"  cycle {p.cycle:<6} {quantity:+d}  {formats.clean(p.kind, 30)}", "dim"),))
    return lines
