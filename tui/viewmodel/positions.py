"""POSITIONS: every pair at filled prices, every contract of the account, and one in full."""

from __future__ import annotations

from engine.snapshot import ContractView, PairView, PositionsView
from tui.text import formats
from tui.text.columns import Cell, Column, choose, head, row
from tui.text.lines import Line, Span, width_of, wrapped
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.panes import listing, position
from tui.viewmodel.phase import pair
from tui.viewmodel.view import View

PAIRS, CONTRACTS = 21, 22
"""Numbers of the two lists that keys move in."""

_RIGHTS = {"C": "calls", "P": "puts"}
_LABELS = {
    "ARB": "no terminal price loses, and nothing can happen before",
    "LOCK*": "only early assignment or a dividend can lose",
    "RISK": "some terminal price loses",
}


def found(view: View) -> PositionsView | None:
    """The positions, where the engine has made them."""
    return view.snapshot.positions


def _dollars(cents: int | None, width: int) -> str:
    """Cents while they fit, whole dollars rounded against us beyond."""
    text = formats.money(cents)
    if cents is None or len(text) <= width:
        return text
    whole = cents // 100
    return f"{whole:+d}"


def strikes(p: PairView) -> str:
    """Debit and credit by their strikes; one that both sell, as in a butterfly, once."""
    short, far = p.debit.rpartition("/")[2], p.credit.partition("/")
    both = f"{p.debit} {p.credit}".strip() or "-"
    if short and far[0] == short:
        both = f"{p.debit}/{far[2]}"
    return f"{formats.clean(both, 40)}{formats.clean(p.right, 1)}"


def _quantity(p: PairView, view: View) -> Cell:
    return str(p.contracts or max((abs(leg.quantity) for leg in p.legs), default=0))


def _floor(p: PairView, view: View) -> Cell:
    return ("-inf", "title") if p.floor_c is None else _dollars(p.floor_c, 8)


def _label(p: PairView, view: View) -> Cell:
    return p.label or "-", "title" if p.label == "RISK" else "value"


def _risk(p: PairView, view: View) -> Cell:
    return risk(p), "title" if p.label == "RISK" else "value"


def risk(p: PairView) -> str:
    """The label; RISK with the dollars at stake, rounded up."""
    if p.label != "RISK":
        return p.label or "-"
    return "RISK -inf" if p.floor_c is None else f"RISK -${formats.dollars(-p.floor_c)}"


def _now(cents: int | None, stale: bool, width: int) -> Span:
    if cents is None:
        return "?", "unknown"
    text = _dollars(cents, width - 1)
    return (f"{text}!", "stale") if stale else (f"{text} ", "value")


def _warned(p: PairView, view: View) -> Cell:
    return formats.told(", ".join(p.warnings)), "state_attention"


def _days(dte: int) -> Cell:
    return str(dte), "title" if dte < 7 else "dim"


_PAIR_COLUMNS: tuple[Column[PairView, View], ...] = (
    Column("SYM", 5, lambda p, v: formats.clean(p.symbol, 8), words=True),
    Column("EXPIRY", 7, lambda p, v: formats.expiry(p.expiration), words=True),
    Column("DTE", 3, lambda p, v: _days(p.dte)),
    Column("DEBIT CREDIT", 22, lambda p, v: strikes(p), words=True),
    Column("N", 2, _quantity),
    Column("PAID", 6, lambda p, v: (formats.price(p.debit_c), "dim"), priority=2),
    Column("RECV", 6, lambda p, v: (_received(p), "dim"), priority=2),
    Column("NET$", 8, lambda p, v: _dollars(p.net_c, 8)),
    Column("FEES$", 6, lambda p, v: (formats.money(p.fees_c, signed=False), "dim"), priority=3),
    Column("FLOOR$", 8, _floor),
    Column("LABEL", 5, _label, words=True),
    Column("NOW$", 9, lambda p, v: _now(p.liquidation_c, p.stale, 9)),
    Column("KIND", 24, lambda p, v: (formats.clean(p.kind, 30), "dim"), words=True, priority=4),
    Column("WARNINGS", 16, _warned, words=True, priority=1, grows=True),
)


def _received(p: PairView) -> str:
    return "-" if p.credit_c is None else formats.price(p.credit_c)


def _contract(c: ContractView, view: View) -> Cell:
    return f"{c.strike:g}{formats.clean(c.right, 1)}"


def _quote(price: float | None, stale: bool) -> Cell:
    if price is None:
        return "?", "unknown"
    return (f"{price:.2f}!", "stale") if stale else (f"{price:.2f} ", "value")


def ends(quantity: int) -> str:
    """What a trade that ends the contract is called."""
    return "sell to close" if quantity > 0 else "buy to close"


def _contract_words(c: ContractView, view: View) -> Cell:
    if c.warnings:
        return formats.told(", ".join(c.warnings)), "state_attention"
    return ends(c.quantity), "dim"


_CONTRACT_COLUMNS: tuple[Column[ContractView, View], ...] = (
    Column("SYM", 5, lambda c, v: formats.clean(c.symbol, 8), words=True),
    Column("EXPIRY", 7, lambda c, v: formats.expiry(c.expiration), words=True),
    Column("DTE", 3, lambda c, v: _days(c.dte)),
    Column("CONTRACT", 9, _contract),
    Column("QTY", 5, lambda c, v: (formats.signed(c.quantity), "title")),
    Column("PAIRS", 5, lambda c, v: (str(c.pairs), "dim")),
    Column("BID", 8, lambda c, v: _quote(c.bid, c.stale)),
    Column("ASK", 8, lambda c, v: _quote(c.ask, c.stale)),
    Column("NOW$", 10, lambda c, v: _now(c.value_c, c.stale, 10)),
    Column("ENDS BY", 13, _contract_words, words=True, priority=1, grows=True),
)


def list_pane(view: View, box: Box) -> list[Line]:
    """The pairs or the contracts, whichever list the keys are in."""
    held = found(view)
    if held is None:
        words = "asked the engine for what is held"
        return framed(view, box, "POSITIONS", [((f" {words}", "dim"),)])
    return _contracts(held, view, box) if view.state.pane == CONTRACTS else _pairs(held, view, box)


def _pairs(held: PositionsView, view: View, box: Box) -> list[Line]:
    width, height = box.inner_width - 1, box.inner_height - 1
    columns = choose(_PAIR_COLUMNS, width)
    body = listing(
        view,
        PAIRS,
        held.pairs,
        [p.key for p in held.pairs],
        lambda p, at: (_mark(view, at, bool(p.warnings)), *row(columns, p, view)),
        box,
        height,
    )
    if not held.pairs:
        body = [((" no pair is held", "dim"),)]
    top: Line = ((" ", "header"), *head(columns))
    more = f"{held.more} more, calm ones" if held.more else ""
    status = "  ".join(part for part in (_summary(held), more) if part)
    where = position(view, PAIRS, len(held.pairs), height)
    foot = "  ".join(part for part in (where, "v contracts  + payoff") if part)
    title = f"PAIRS HELD {len(held.pairs) + held.more}"
    return framed(view, box, title, [top, *body], status, foot)


def _contracts(held: PositionsView, view: View, box: Box) -> list[Line]:
    width, height = box.inner_width - 1, box.inner_height - 1
    columns = choose(_CONTRACT_COLUMNS, width)
    body = listing(
        view,
        CONTRACTS,
        held.contracts,
        [c.key for c in held.contracts],
        lambda c, at: (_mark(view, at, bool(c.warnings)), *row(columns, c, view)),
        box,
        height,
    )
    if not held.contracts:
        body = [((" no contract is held", "dim"),)]
    top: Line = ((" ", "header"), *head(columns))
    where = position(view, CONTRACTS, len(held.contracts), height)
    foot = "  ".join(part for part in (where, "v pairs") if part)
    title = f"CONTRACTS HELD {len(held.contracts)}"
    return framed(view, box, title, [top, *body], _summary(held), foot)


def _mark(view: View, at: bool, warned: bool) -> tuple[str, str]:
    if at:
        return view.glyphs.cursor, "mark"
    return ("!", "p2") if warned else (" ", "mark")


def _summary(held: PositionsView) -> str:
    words = []
    if held.settled:
        words.append(f"{held.settled} settled, realised {formats.money(held.realised_c)}")
    if held.shares_realised_c:
        words.append(f"shares traded {formats.money(held.shares_realised_c)}")
    words += [f"{formats.clean(s.symbol, 8)} {s.quantity:+d} shares" for s in held.shares[:3]]
    return "  ".join(words)


def chosen_pair(view: View) -> PairView | None:
    """The pair under the cursor."""
    held = found(view)
    key = view.state.selected(PAIRS)
    return None if held is None else next((p for p in held.pairs if p.key == key), None)


def chosen_title(view: View) -> str:
    """What the lower part is about."""
    if view.state.pane == CONTRACTS:
        return "CONTRACT"
    p = chosen_pair(view)
    return "PAIR" if p is None else f"PAIR {formats.told(p.trader, 40)} cycle {p.cycle}"


def chosen_lines(view: View, width: int) -> list[Line]:
    """The chosen pair or contract in full, then what the account holds besides."""
    held = found(view)
    if held is None:
        return []
    lines: list[Line] = []
    if view.state.pane == CONTRACTS:
        key = view.state.selected(CONTRACTS)
        contract = next((c for c in held.contracts if c.key == key), None)
        lines = _contract_lines(contract, held) if contract else []
    else:
        p = chosen_pair(view)
        lines = pair_lines(p, view, width) if p else []
    return [*lines, *account_lines(held, view, width)]


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
    found: list[Line] = [
        *([(*kind, *rest)] if whole else [kind, ((" " * 7, "label"), *rest)]),
        pair(
            "floor",
            ("-inf" if p.floor_c is None else formats.money(p.floor_c), "title"),
            (f"  {risk(p)}", "title" if p.label == "RISK" else "value"),
            (f"  {_LABELS.get(p.label, '')}", "dim"),
        ),
        pair(
            "money",
            (f"net {formats.money(p.net_c)}", "value"),
            (f"  fees {formats.money(p.fees_c, signed=False)}", "dim"),
            ("  now ", "label"),
            _now(p.liquidation_c, p.stale, 12),
            (" natural prices", "dim"),
        ),
    ]
    if p.warnings:
        words = formats.told(", ".join(p.warnings))
        found += _named("warning", wrapped(words, width - 9, "state_attention"))
    for leg in p.legs:
        market = "?" if leg.bid is None or leg.ask is None else f"{leg.bid:.2f}/{leg.ask:.2f}"
        found.append(
            (
                (f"  {leg.quantity:+d}  ", "title"),
                (f"{leg.strike:>9g}{formats.clean(leg.right, 1)}  ", "value"),
                (f"{market:<14}", "stale" if p.stale else "value"),
                (ends(leg.quantity), "dim"),
            )
        )
    for text in p.fills:
        found.append(((f"  {formats.clean(text, 70)}", "dim"),))
    return found


def _underlying(p: PairView, view: View) -> tuple[Span, ...]:
    """The price told with the pair it was asked for: another pair's may be another underlying's."""
    held = found(view)
    known = held is not None and held.chosen == p.key
    price = (
        "?" if held is None or not known or held.underlying is None else f"{held.underlying:.2f}"
    )
    return ("  at ", "label"), (price, "value")


def _contract_count(p: PairView) -> tuple[tuple[str, str], ...]:
    if p.contracts == p.sold:
        return ((f"  x{p.contracts}", "value"),) if p.contracts > 1 else ()
    return ((f"  bought {p.contracts}, sold against it {p.sold}", "value"),)


def _contract_lines(c: ContractView, held: PositionsView) -> list[Line]:
    holders = [
        p
        for p in held.pairs
        if (p.symbol, p.expiration) == (c.symbol, c.expiration)
        and any((leg.right, leg.strike) == (c.right, c.strike) for leg in p.legs)
    ]
    found: list[Line] = [
        pair(
            "contract",
            (f"{formats.clean(c.symbol, 8)} {formats.expiry(c.expiration)} ", "title"),
            (f"{c.strike:g}{formats.clean(c.right, 1)}", "title"),
        ),
        pair("held", (f"{c.quantity:+d}", "title"), (f"  {ends(c.quantity)}", "value")),
        pair("pairs", (f"{c.pairs} hold it", "value")),
    ]
    for p in holders[:6]:
        legs = [leg for leg in p.legs if (leg.right, leg.strike) == (c.right, c.strike)]
        quantity = sum(leg.quantity for leg in legs)
        found.append(((f"  cycle {p.cycle:<6} {quantity:+d}  {formats.clean(p.kind, 30)}", "dim"),))
    return found


def account_lines(held: PositionsView, view: View, width: int) -> list[Line]:
    """Shares, orders that are none of ours, and what book and broker do not agree on."""
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
        words = f"{len(held.external)} not ours, never touched: " + ", ".join(
            formats.clean(name, 40) for name in held.external[:6]
        )
        lines += _named("orders", wrapped(words, width - 9, "value"))
    if view.snapshot.health.difference:
        words = formats.told(view.snapshot.health.difference)
        lines += _named("differs", wrapped(words, width - 9, "p1_text"))
    return [(), *lines] if lines else []


def _named(name: str, rows: list[Line]) -> list[Line]:
    return [
        ((f"{name if index == 0 else '':<9}", "label"), *line) for index, line in enumerate(rows)
    ]
