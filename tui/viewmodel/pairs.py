"""PAIRS HELD: every pair at filled prices, and one in full."""

from __future__ import annotations

from engine.snapshot import PairView, PositionsView
from tui.text import formats
from tui.text.columns import Cell, Column, choose, head, row
from tui.text.lines import Line, Span, width_of, wrapped
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.held import (
    PAIRS,
    closing_trade,
    days_left,
    dollars_in,
    held_positions,
    named_rows,
    row_mark,
    summary,
    time_left,
    worth_now,
)
from tui.viewmodel.panes import listing, position
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
    short, far = p.debit.rpartition("/")[2], p.credit.partition("/")
    both = f"{p.debit} {p.credit}".strip() or "-"
    if short and far[0] == short:
        both = f"{p.debit}/{far[2]}"
    return f"{formats.clean(both, 40)}{formats.clean(p.right, 1)}"


def risk(p: PairView) -> str:
    """The label; RISK with the dollars at stake, rounded up."""
    if p.label != "RISK":
        return p.label or "-"
    return "RISK -inf" if p.floor_c is None else f"RISK -${formats.dollars(-p.floor_c)}"


def _quantity(p: PairView, view: View) -> Cell:
    return str(p.contracts or max((abs(leg.quantity) for leg in p.legs), default=0))


def _floor(p: PairView, view: View) -> Cell:
    return ("-inf", "title") if p.floor_c is None else dollars_in(p.floor_c, 8)


def _label(p: PairView, view: View) -> Cell:
    return p.label or "-", "title" if p.label == "RISK" else "value"


def _warned(p: PairView, view: View) -> Cell:
    return formats.displayed(", ".join(p.warnings)), "state_attention"


def _received(p: PairView) -> str:
    return "-" if p.credit_c is None else formats.price(p.credit_c)


_PAIR_COLUMNS: tuple[Column[PairView, View], ...] = (
    Column("SYM", 5, lambda p, v: formats.clean(p.symbol, 8), is_text=True),
    Column("EXPIRY", 7, lambda p, v: formats.expiry(p.expiration), is_text=True),
    Column("DTE", 3, lambda p, v: days_left(p.dte)),
    Column("DEBIT CREDIT", 22, lambda p, v: strikes(p), is_text=True),
    Column("N", 2, _quantity),
    Column("PAID", 6, lambda p, v: (formats.price(p.debit_c), "dim"), priority=2),
    Column("RECV", 6, lambda p, v: (_received(p), "dim"), priority=2),
    Column("FEES$", 6, lambda p, v: (formats.money(p.fees_c, signed=False), "dim"), priority=3),
    Column("FLOOR$", 8, _floor),
    Column("LABEL", 5, _label, is_text=True),
    Column("NOW$", 9, lambda p, v: worth_now(p.liquidation_c, p.stale, 9)),
    Column("CASH$", 8, lambda p, v: (dollars_in(p.net_c, 8), "dim")),
    Column("KIND", 26, lambda p, v: (formats.clean(p.kind, 30), "dim"), is_text=True, priority=4),
    Column("WARNINGS", 16, _warned, is_text=True, priority=1, grows=True),
)


def pairs_pane(held: PositionsView, view: View, box: Box) -> list[Line]:
    width, height = box.inner_width - 1, box.inner_height - 1
    columns = choose(_PAIR_COLUMNS, width)
    body = listing(
        view,
        PAIRS,
        held.pairs,
        [p.key for p in held.pairs],
        lambda p, at: (row_mark(view, at, bool(p.warnings)), *row(columns, p, view)),
        box,
        height,
    )
    if not held.pairs:
        body = [((" no pair is held", "dim"),)]
    top: Line = ((" ", "header"), *head(columns))
    more = f"{held.more} more, calm ones" if held.more else ""
    status = "  ".join(part for part in (summary(held), more) if part)
    where = position(view, PAIRS, len(held.pairs), height)
    foot = "  ".join(part for part in (where, "v contracts  + payoff") if part)
    title = f"PAIRS HELD {len(held.pairs) + held.more}"
    return framed(view, box, title, [top, *body], status, foot)


def chosen_pair(view: View) -> PairView | None:
    """The pair under the cursor."""
    held = held_positions(view)
    key = view.state.selected(PAIRS)
    return None if held is None else next((p for p in held.pairs if p.key == key), None)


def pair_lines(p: PairView, view: View, width: int) -> list[Line]:
    """A pair: what it is worth, its legs and what ends them, its fills."""
    rights = _RIGHTS.get(p.right, "")
    kind = pair("kind", (f"{formats.clean(p.kind, 30)} of {rights}", "title"))
    rest: Line = (
        *_contract_count(p),
        (f"  {formats.plural(p.dte, 'day')} left", "value"),
        *_underlying(p, view),
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


def _underlying(p: PairView, view: View) -> tuple[Span, ...]:
    """The underlying's price, known only for the pair it was asked for."""
    held = held_positions(view)
    known = held is not None and held.chosen == p.key
    price = (
        "?" if held is None or not known or held.underlying is None else f"{held.underlying:.2f}"
    )
    return ("  at ", "label"), (price, "value")


def _contract_count(p: PairView) -> tuple[tuple[str, str], ...]:
    if p.contracts == p.sold:
        return ((f"  x{p.contracts}", "value"),) if p.contracts > 1 else ()
    return ((f"  bought {p.contracts}, sold against it {p.sold}", "value"),)
