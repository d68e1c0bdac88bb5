"""PAIRS HELD: every pair at filled prices, and one in full."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine.snapshot import (
    ContractView,
    HeldLegView,
    PairView,
    PositionsView,
    closing_trade,
    strikes_together,
)
from tui.lists.declared import DeskList, arranged, greatest, unknown_last, usd
from tui.lists.table import said, table
from tui.pane_numbers import PAIRS
from tui.text import formats
from tui.text.columns import OPTIONAL, Cell, Column
from tui.text.lines import Line, Span, width_of, wrapped
from tui.viewmodel import looked, nothing
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.held import (
    days_left,
    dollars_in,
    held_positions,
    named_rows,
    summary,
    time_left,
    worth_now,
)
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View

_RIGHTS = {"C": "calls", "P": "puts"}


_LABELS = {
    "ARB": "no terminal price loses, and nothing can happen before",
    "LOCK*": "only early assignment or a dividend can lose",
    "RISK": "some terminal price loses",
}


def strikes(p: PairView) -> str:
    """Debit and credit by their strikes; one that both sell, as in a butterfly, once."""
    both = strikes_together(p.debit, p.credit)
    return f"{formats.clean(both, 40)}{formats.clean(p.right, 1)}"


def risk(p: PairView) -> str:
    """The label; RISK with the dollars at stake, rounded up."""
    if p.label != "RISK":
        return formats.clean(p.label, 8) or "-"
    return "RISK -inf" if p.floor_c is None else f"RISK -${formats.dollars(-p.floor_c)}"


def held_contracts(p: PairView) -> int:
    """How many contracts of its debit it has; of what is no pair, the most of a leg."""
    return p.contracts or max((abs(leg.quantity) for leg in p.legs), default=0)


def _quantity(p: PairView, view: View) -> Cell:
    return formats.count(held_contracts(p))


def _floor_rank(p: PairView) -> float:
    return -math.inf if p.floor_c is None else p.floor_c


def _floor_usd(p: PairView) -> float | str | None:
    return "-inf" if p.floor_c is None else usd(p.floor_c)


def _floor(p: PairView, view: View) -> Cell:
    return ("-inf", "title") if p.floor_c is None else dollars_in(p.floor_c, 8)


def _label(p: PairView, view: View) -> Cell:
    return formats.clean(p.label, 8) or "-", "title" if p.label == "RISK" else "value"


def _warned(p: PairView, view: View) -> Cell:
    return formats.displayed(", ".join(p.warnings)), "state_attention"


def _received(p: PairView) -> str:
    return "-" if p.credit_c is None else formats.price(p.credit_c)


_PAIR_COLUMNS: tuple[Column[PairView, View], ...] = (
    Column("SYM", 5, lambda p, v: formats.clean(p.symbol, 8), is_text=True,
           name="symbol", sort=lambda p: (p.symbol, p.expiration), value=lambda p: p.symbol),
    Column("EXPIRY", 7, lambda p, v: formats.expiry(p.expiration), is_text=True,
           sort=lambda p: (p.expiration, p.symbol), value=lambda p: p.expiration),
    Column("DTE", 3, lambda p, v: days_left(p.dte), priority=1, value=lambda p: p.dte, unit="days"),
    Column("DEBIT CREDIT", 22, lambda p, v: strikes(p), is_text=True,
           name="strikes", sort=strikes, value=strikes),
    Column("N", 2, _quantity, priority=1, name="quantity", sort=lambda p: -held_contracts(p),
           value=held_contracts, unit="contracts"),
    Column("PAID", 6, lambda p, v: (formats.price(p.debit_c), "dim"), priority=5,
           sort=lambda p: greatest(p.debit_c), value=lambda p: usd(p.debit_c), unit="USD a share"),
    Column("RECV", 6, lambda p, v: (_received(p), "dim"), priority=5, name="received",
           sort=lambda p: greatest(p.credit_c), value=lambda p: usd(p.credit_c),
           unit="USD a share"),
    Column("FEES$", 6, lambda p, v: (formats.money(p.fees_c, signed=False), "dim"), priority=6,
           name="fees", sort=lambda p: -p.fees_c, value=lambda p: usd(p.fees_c), unit="USD"),
    Column("FLOOR$", 8, _floor, name="floor", sort=_floor_rank, value=_floor_usd, unit="USD"),
    Column("LABEL", 5, _label, is_text=True, sort=lambda p: p.label, value=lambda p: p.label),
    Column("NOW$", 9, lambda p, v: worth_now(p.liquidation_c, p.stale, 9), priority=2, name="now",
           sort=lambda p: unknown_last(p.liquidation_c), value=lambda p: usd(p.liquidation_c),
           unit="USD"),
    Column("CASH$", 8, lambda p, v: (dollars_in(p.net_c, 8), "dim"), priority=3, name="cash",
           sort=lambda p: -p.net_c, value=lambda p: usd(p.net_c), unit="USD"),
    Column("KIND", 26, lambda p, v: (formats.clean(p.kind, 30), "dim"), is_text=True, priority=7,
           sort=lambda p: p.kind, value=lambda p: p.kind),
    Column("WARNINGS", 16, _warned, is_text=True, priority=4, grows=True,
           sort=lambda p: (not p.warnings, p.warnings), value=lambda p: "; ".join(p.warnings)),
    Column("CYCLE", 6, lambda p, v: str(p.cycle), priority=OPTIONAL,
           sort=lambda p: -p.cycle, value=lambda p: p.cycle),
    Column("OPENED", 8, lambda p, v: formats.clock(p.opened_s), is_text=True, priority=OPTIONAL,
           sort=lambda p: p.opened_s, value=lambda p: p.opened_s, unit="epoch s"),
)  # fmt: skip


def _source(view: View) -> Sequence[PairView]:
    """All pairs as far as they have come, those of the snapshot as fresh as it is."""
    held, state = held_positions(view), view.state
    pairs = () if held is None else held.pairs
    search, marks = looked.searching(view, "pairs"), frozenset(state.choices("pairs").marks)
    return state.once(
        "pairs",
        view.snapshot,
        (search, marks),
        lambda: state.wholes.rows("pairs", pairs, search, marks),
    )


def _all(view: View) -> int | None:
    """How many are held, where those alone are in front that were looked for."""
    held = held_positions(view)
    return None if held is None else looked.found_of(view, "pairs", len(held.pairs) + held.more)


def _order(view: View, rows: Sequence[PairView]) -> list[tuple[Any, ...]]:
    """The engine's order, what can cost money soonest first; calm pairs by date behind it."""
    held = held_positions(view)
    first = {p.key: n for n, p in enumerate(held.pairs)} if held is not None else {}
    most = len(first)
    return [(first.get(p.key, most), p.expiration, p.trader, -p.cycle) for p in rows]


def contract_key(of: PairView | ContractView, leg: HeldLegView | None = None) -> str:
    """What names a contract, such as "SPY 2026-12-04 C590".

    Args:
        of: the contract, or a pair that holds it.
        leg: which of the pair's legs it is.
    """
    what = of if isinstance(of, ContractView) else leg
    right, strike = ("", 0.0) if what is None else (what.right, what.strike)
    return f"{of.symbol} {of.expiration.isoformat()} {right}{formats.strike(strike)}"


def _text(p: PairView) -> str:
    """What filter and search look at."""
    legs = " ".join(f"{formats.strike(leg.strike)}{leg.right}" for leg in p.legs)
    return formats.clean(
        f"{p.symbol} {formats.expiry(p.expiration)} {strikes(p)} {legs} {p.kind} {p.label} "
        f"cycle {p.cycle} {', '.join(p.warnings)}"
    )


LIST = DeskList(
    name="pairs",
    title="pairs held",
    pane=PAIRS,
    source=_source,
    key=lambda p: p.key,
    text=_text,
    columns=_PAIR_COLUMNS,
    native="attention",
    every=_all,
    order=_order,
    within=lambda p, key: any(contract_key(p, leg) == key for leg in p.legs),
)


def pairs_pane(held: PositionsView, view: View, box: Box) -> list[Line]:
    made = table(LIST, view, box, box.inner_height - 1, warned=lambda p: bool(p.warnings))
    every = made.shown.total if LIST.choices(view).within else len(held.pairs) + held.more
    body = made.body
    missing = looked.missing(view, "pairs")
    if not made.shown.rows:
        rows = box.inner_height - 1
        body = nothing.rows(view, "pairs", box.inner_width, rows, "pair", every, missing)
    told = (*said(LIST, view, missing), looked.held_as_of(view, "pairs"), summary(held))
    status = "  ".join(part for part in told if part)
    parts = (made.where, "Enter its orders", "v contracts", "+ payoff")
    foot = "  ".join(part for part in parts if part)
    return framed(view, box, f"PAIRS HELD {every:,}", [made.head, *body], status, foot)


def chosen_pair(view: View) -> PairView | None:
    """The pair under the cursor."""
    return arranged(LIST, view).row_of(view.state.selected(PAIRS))


def pair_lines(p: PairView, view: View, width: int, underlying: float | None = None) -> list[Line]:
    """A pair: what it is worth, its legs and what ends them, its fills.

    Args:
        underlying: its price in the payoff beside it, None where none is drawn.
    """
    rights = _RIGHTS.get(p.right, "")
    kind = pair("kind", (f"{formats.clean(p.kind, 30)} of {rights}", "title"))
    rest: Line = (
        *_contract_count(p),
        (f"  {formats.plural(p.dte, 'day')} left", "value"),
        *_underlying(p, view, underlying),
    )
    whole = width_of(kind) + width_of(rest) <= width
    lines: list[Line] = [
        *([(*kind, *rest)] if whole else [kind, ((" " * 7, "label"), *rest)]),
        pair(
            "floor",
            ("-inf" if p.floor_c is None else formats.money(p.floor_c), "title"),
            (f"  {risk(p)}", "title" if p.label == "RISK" else "value"),
            (f"  {_LABELS.get(p.label, '')}", "dim"),
        ),
        pair(
            "money",
            ("now ", "label"),
            worth_now(p.liquidation_c, p.stale, 12),
            (" natural prices", "dim"),
            (f"  cash {formats.money(p.net_c)}", "dim"),
            (f"  fees {formats.money(p.fees_c, signed=False)}", "dim"),
        ),
    ]
    if p.warnings:
        text = formats.displayed(", ".join(p.warnings))
        lines += named_rows("warning", wrapped(text, width - 9, "state_attention"))
    for leg in p.legs:
        market = "?" if leg.bid is None or leg.ask is None else f"{leg.bid:.2f}/{leg.ask:.2f}"
        lines.append(
            (
                (f"  {leg.quantity:+d}  ", "title"),
                (f"{formats.strike(leg.strike):>9}{formats.clean(leg.right, 1)}  ", "value"),
                (f"{market:<14}", "stale" if p.stale else "value"),
                (closing_trade(leg.quantity), "dim"),
                (f"  {time_left(leg)}" if leg.inside else "", "value"),
            )
        )
    for fill in p.fills:
        lines.append(((f"  {formats.clean(fill, 70)}", "dim"),))
    return lines


def _underlying(p: PairView, view: View, plotted: float | None) -> tuple[Span, ...]:
    """The underlying's price, known only for the pair it was asked for; as the payoff has it."""
    held = held_positions(view)
    known = held is not None and held.chosen == p.key
    now = held.underlying if held is not None and known else None
    price = now if plotted is None or now is None else plotted
    return ("  at ", "label"), ("?" if price is None else f"{price:.2f}", "value")


def _contract_count(p: PairView) -> tuple[tuple[str, str], ...]:
    if p.contracts == p.sold:
        return ((f"  x{p.contracts}", "value"),) if p.contracts > 1 else ()
    return ((f"  bought {p.contracts}, sold against it {p.sold}", "value"),)
