"""POSITIONS: the list of pairs or of contracts, the chosen one in full, and the account."""

from __future__ import annotations

from collections.abc import Sequence

from engine.snapshot import ContractView, PositionsView, closing_trade
from tui.lists.declared import DeskList, arranged, greatest, unknown_last, usd
from tui.lists.table import said, table
from tui.pane_numbers import CONTRACTS
from tui.text import formats
from tui.text.columns import Cell, Column
from tui.text.lines import Line, wrapped
from tui.viewmodel import looked, nothing
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.held import (
    days_left,
    held_positions,
    named_rows,
    summary,
    worth_now,
)
from tui.viewmodel.pairs import chosen_pair, pair_lines, pairs_pane
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View


def list_pane(view: View, box: Box) -> list[Line]:
    """The pairs or the contracts, whichever list the keys are in."""
    held = held_positions(view)
    if held is None:
        asked = nothing.rows(view, "positions", box.inner_width, box.inner_height, "", 0)
        return framed(view, box, "POSITIONS", asked)
    return (
        contracts_pane(held, view, box)
        if view.state.pane == CONTRACTS
        else pairs_pane(held, view, box)
    )


def chosen_title(view: View) -> str:
    """What the lower part is about."""
    if view.state.pane == CONTRACTS:
        return "CONTRACT"
    p = chosen_pair(view)
    return "PAIR" if p is None else f"PAIR {formats.displayed(p.trader, 40)} cycle {p.cycle}"


def chosen_lines(view: View, width: int, underlying: float | None = None) -> list[Line]:
    """The chosen pair or contract in full, then what the account holds besides.

    Args:
        underlying: its price in the payoff beside a pair, None where none is drawn.
    """
    held = held_positions(view)
    if held is None:
        return nothing.lines(nothing.sentence(view, "positions"), width, 3)
    none = nothing.lines(nothing.sentence(view, "chosen"), width, 3)
    lines: list[Line] = []
    if view.state.pane == CONTRACTS:
        key = view.state.selected(CONTRACTS)
        contract = arranged(LIST, view).row_of(key)
        lines = contract_lines(contract, held) if contract else none
    else:
        p = chosen_pair(view)
        lines = pair_lines(p, view, width, underlying) if p else none
    return [*lines, *account_lines(held, view, width)]


def account_lines(held: PositionsView, view: View, width: int) -> list[Line]:
    """Shares, orders that are not ours, and how book and broker differ."""
    lines: list[Line] = []
    for s in held.shares:
        paid = "" if s.cost_c is None else f"  cost {formats.money(s.cost_c, signed=False)}"
        worth = "?" if s.value_c is None else formats.money(s.value_c)
        lines.append(
            pair(
                "shares",
                (f"{formats.clean(s.symbol, 8)} {s.quantity:+d}", "p1_text"),
                (f"  worth {worth}{paid}", "value"),
            )
        )
    if held.external:
        text = f"{len(held.external)} not ours, never touched: " + ", ".join(
            formats.clean(name, 40) for name in held.external[:6]
        )
        lines += named_rows("orders", wrapped(text, width - 9, "value"))
    if view.snapshot.health.difference:
        text = formats.displayed(view.snapshot.health.difference)
        lines += named_rows("differs", wrapped(text, width - 9, "p1_text"))
    return [(), *lines] if lines else []


def contract_text(c: ContractView) -> str:
    """Strike and right, such as 590C."""
    return f"{formats.strike(c.strike)}{formats.clean(c.right, 1)}"


def _contract(c: ContractView, view: View) -> Cell:
    return contract_text(c)


def _quote(price: float | None, stale: bool) -> Cell:
    if price is None:
        return "?", "unknown"
    return (f"{price:.2f}!", "stale") if stale else (f"{price:.2f} ", "value")


def _closes_by(c: ContractView, view: View) -> Cell:
    if c.warnings:
        return formats.displayed(", ".join(c.warnings)), "state_attention"
    return closing_trade(c.quantity), "dim"


_CONTRACT_COLUMNS: tuple[Column[ContractView, View], ...] = (
    Column("SYM", 5, lambda c, v: formats.clean(c.symbol, 8), is_text=True,
           name="symbol", sort=lambda c: (c.symbol, c.expiration, c.right, c.strike),
           value=lambda c: c.symbol),
    Column("EXPIRY", 7, lambda c, v: formats.expiry(c.expiration), is_text=True,
           sort=lambda c: (c.expiration, c.symbol), value=lambda c: c.expiration),
    Column("DTE", 3, lambda c, v: days_left(c.dte), value=lambda c: c.dte, unit="days"),
    Column("CONTRACT", 9, _contract,
           sort=lambda c: (c.strike, c.right), value=contract_text),
    Column("QTY", 5, lambda c, v: (formats.signed(c.quantity), "title"), name="quantity",
           sort=lambda c: -abs(c.quantity), value=lambda c: c.quantity, unit="contracts"),
    Column("PAIRS", 5, lambda c, v: (formats.count(c.pairs), "dim"),
           sort=lambda c: -c.pairs, value=lambda c: c.pairs),
    Column("BID", 8, lambda c, v: _quote(c.bid, c.stale),
           sort=lambda c: greatest(c.bid), value=lambda c: c.bid, unit="USD a share"),
    Column("ASK", 8, lambda c, v: _quote(c.ask, c.stale),
           sort=lambda c: greatest(c.ask), value=lambda c: c.ask, unit="USD a share"),
    Column("NOW$", 13, lambda c, v: worth_now(c.value_c, c.stale, 13), name="now",
           sort=lambda c: unknown_last(c.value_c), value=lambda c: usd(c.value_c), unit="USD"),
    Column("ENDS BY", 13, _closes_by, is_text=True, priority=1, grows=True,
           sort=lambda c: (not c.warnings, closing_trade(c.quantity)),
           value=lambda c: "; ".join(c.warnings) or closing_trade(c.quantity)),
)  # fmt: skip


def _source(view: View) -> Sequence[ContractView]:
    """All contracts as far as they have come."""
    held, state = held_positions(view), view.state
    few = () if held is None else held.contracts
    search, marks = looked.searching(view, "contracts"), frozenset(state.choices("contracts").marks)
    return state.once(
        "contracts",
        view.snapshot,
        (search, marks),
        lambda: state.wholes.rows("contracts", few, search, marks),
    )


def _all(view: View) -> int | None:
    """How many are held, where those alone are in front that were looked for."""
    held = held_positions(view)
    return (
        None
        if held is None
        else looked.found_of(view, "contracts", len(held.contracts) + held.more_contracts)
    )


LIST = DeskList(
    name="contracts",
    title="contracts held",
    pane=CONTRACTS,
    source=_source,
    key=lambda c: c.key,
    text=lambda c: (
        f"{c.symbol} {formats.expiry(c.expiration)} {contract_text(c)} "
        f"{closing_trade(c.quantity)} {', '.join(c.warnings)}"
    ),
    columns=_CONTRACT_COLUMNS,
    native="symbol",
    every=_all,
    order=lambda view, rows: [(c.symbol, c.expiration, c.right, c.strike) for c in rows],
)


def contracts_pane(held: PositionsView, view: View, box: Box) -> list[Line]:
    """Every contract of the account, a row each."""
    made = table(LIST, view, box, box.inner_height - 1, warned=lambda c: bool(c.warnings))
    body, every = made.body, len(held.contracts) + held.more_contracts
    missing = looked.missing(view, "contracts")
    if not made.shown.rows:
        rows = box.inner_height - 1
        body = nothing.rows(view, "contracts", box.inner_width, rows, "contract", every, missing)
    told = (*said(LIST, view, missing), looked.held_as_of(view, "contracts"), summary(held))
    status = "  ".join(part for part in told if part)
    foot = "  ".join(part for part in (made.where, "Enter its pairs", "v pairs") if part)
    return framed(view, box, f"CONTRACTS HELD {every:,}", [made.head, *body], status, foot)


def contract_lines(c: ContractView, held: PositionsView) -> list[Line]:
    """One contract, and the pairs that hold it."""
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
            (f"{formats.strike(c.strike)}{formats.clean(c.right, 1)}", "title"),
        ),
        pair("held", (f"{c.quantity:+d}", "title"), (f"  {closing_trade(c.quantity)}", "value")),
        pair("pairs", (f"{c.pairs:,} hold it", "value")),
    ]
    for p in holders[:6]:
        legs = [leg for leg in p.legs if (leg.right, leg.strike) == (c.right, c.strike)]
        quantity = sum(leg.quantity for leg in legs)
        lines.append(((f"  cycle {p.cycle:<6} {quantity:+d}  {formats.clean(p.kind, 30)}", "dim"),))
    if c.pairs > len(holders[:6]):
        lines.append((("  Enter lists all of them", "dim"),))
    return lines
