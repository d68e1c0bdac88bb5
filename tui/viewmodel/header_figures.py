"""The second of the two lines that are always there: the figures that matter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from engine.snapshot import EngineSnapshot, Totals, TraderState
from tui.text import formats
from tui.text.lines import Line, Span, fit, text_of
from tui.viewmodel import connection, header
from tui.viewmodel.scarce_room import MORE, Figure, fitted, needed, placed, total
from tui.viewmodel.view import View

CASH = "Cash "

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")

_SHORTER = ((True, True, True), (False, True, True), (False, False, True), (False, False, False))
"""Limits that are not near, cash, and commas in money: what goes first where room is scarce."""


def second(view: View, width: int) -> Line:
    """Money, exposure, work, limits, ages: as many as fit, what rings before what does not."""
    long = width >= 150
    blanks = "   " if width >= 200 else "  "
    worth = header.capital(view)
    if worth and worth[-1][0] in text_of(header.first(view, width)):
        worth = ()
    parts = _figures(view, long, worth[-1:])
    if total([part for part in parts if part.yields < MORE], blanks) > width:
        blanks = " "
    for limits, cash, commas in _SHORTER:
        parts = _figures(view, long, worth[-1:], limits, commas)
        if not cash:
            parts = [part for part in parts if part.line[0][0] != CASH]
        if total(needed(parts), blanks) <= width:
            break
    return fit(fitted(parts, blanks, width), width)


class Money(NamedTuple):
    """The money of the desk, or with a filter of one symbol that symbol's.

    Args:
        symbol: whose it is, "" for the desk's.
        floor_c: what finished pairs pay at least, at filled prices, after fees, at expiration.
        unhedged, since_s: contracts without their credit, and since when there are any.
        worst_c: what open units come to at least; None for unlimited losses.
        cash_c: premium received minus paid, before fees: no profit.
    """

    symbol: str
    floor_c: int
    unhedged: int
    since_s: float | None
    worst_c: int | None
    cash_c: int


def money_of(view: View) -> Money:
    """The money that the header shows."""
    snapshot, t = view.snapshot, view.snapshot.totals
    symbol = view.state.choices("traders").filter.upper()
    return view.state.once("money", snapshot, symbol, lambda: _money(snapshot, t, symbol))


def _money(snapshot: EngineSnapshot, t: Totals, symbol: str) -> Money:
    chains = [b for b in snapshot.balances if b.symbol.upper() == symbol]
    if not chains:
        return Money("", t.floor_c, t.unhedged, t.unhedged_since_s, t.open_worst_c, t.net_premium_c)
    worst = [b.open_worst_c for b in chains if b.open_worst_c is not None]
    return Money(
        formats.clean(symbol, 8),
        sum(b.floor_c for b in chains),
        sum(b.unhedged for b in chains),
        min((b.unhedged_since_s for b in chains if b.unhedged_since_s is not None), default=None),
        sum(worst) if len(worst) == len(chains) else None,
        sum(b.matched_c - b.open_c for b in chains),
    )


def _figure(name: str, value: str, style: str = "value") -> Line:
    return ((f"{name} ", "label"), (value, style))


def _figures(
    view: View, long: bool, worth: Line = (), limits: bool = True, commas: bool = True
) -> list[Figure]:
    """The figures from left to right.

    Args:
        long: whether names are written out.
        worth: what the account is worth, where the first line had no room for it.
        limits: whether limits that are not near are shown; near ones always are.
        commas: whether thousands are told apart.
    """
    t, now_s = view.snapshot.totals, view.now_s
    m = money_of(view)
    exposed = "title" if m.unhedged or m.worst_c != 0 else "value"
    unhedged = formats.count(m.unhedged)
    if m.unhedged or m.worst_c != 0:  # contracts sold twice are no unhedged ones and can lose
        unhedged += f"{', at worst' if long else ''} {formats.worst(m.worst_c)}"
    if m.unhedged and m.since_s is not None and long:
        unhedged += f" {formats.duration(now_s - m.since_s)}"
    head = [
        _figure("Floor", formats.whole(m.floor_c), "title"),
        _figure("Unhedged" if long else "Unh", unhedged, exposed),
    ]
    always = [
        ((CASH, "dim"), (formats.whole(m.cash_c), "dim")),
        _figure("Working" if long else "Wrk", formats.count(t.working)),
        _figure(
            "Imbalance" if long else "Imb",
            *_of(t.imbalance, t.imbalance_limit, formats.count, limits),
        ),
        _figure("Day loss" if long else "Loss", *_day_loss(view, limits)),
        _orders(view, long, limits),
        _quotes(view, long),
    ]
    if t.unknown:
        always.insert(2, _figure("UNKNOWN", formats.count(t.unknown), "p1"))
    if m.symbol:
        head.insert(0, ((m.symbol, "title"),))
    more = [
        *connection.figures(view),
        _result("$/Ord", t.result_an_order_c, t.thin),
        _result(formats.TRH, t.result_a_trader_hour_c, t.thin),
        _figure("Broker", formats.milliseconds(view.snapshot.health.broker_p50_ms)),
        _figure("Fees", formats.money(t.fees_c, signed=False)),
        _figure("Hung", formats.count(t.hung), "title" if t.hung else "value"),
        _figure("Rate", f"{t.orders_last_minute:,}/{t.orders_per_minute:,} per min"),
    ]
    account = view.snapshot.connection
    if account.told and not connection.is_short(account):
        always.append(connection.power(account, now_s))
    if worth:
        always.append((("Worth ", "label"), *worth))
    if t.suspect:
        more.append(_figure("Suspect", formats.count(t.suspect)))
    if (late_ms := view.snapshot.health.late_p99_ms) is not None:
        more.append(_figure("Late", formats.milliseconds(late_ms)))
    if not commas:
        head, always = [list(map(_plain, lines)) for lines in (head, always)]
    return placed(head, always, more)


def _plain(line: Line) -> Line:
    """A figure without the commas of its thousands, which are the first to give way."""
    return tuple((_THOUSANDS.sub("", text), style) for text, style in line)


def _result(name: str, cents: float | None, thin: bool) -> Line:
    """A result in dollars, and whether few attempts are behind it."""
    figure = _figure(name, _cents(cents))
    return (*figure, (" THIN", "p3")) if thin and cents is not None else figure


def _cents(cents: float | None) -> str:
    return formats.money(None if cents is None else round(cents))


def _orders(view: View, long: bool, limits: bool) -> Line:
    """Orders of the day against their budget; a simulation only counts them.

    They are released over the session, so that most are gone every afternoon: attention where
    they run ahead of that, or are spent.
    """
    t = view.snapshot.totals
    name = "Orders" if long else "Ord"
    if view.budgeted:
        text, _ = _of(t.orders_today, t.order_budget, formats.count, limits)
        spent = t.orders_today >= t.order_budget
        return _figure(name, text, "p2" if t.orders_ahead or spent else "value")
    figure = _figure(name, formats.count(t.orders_today))
    return (*figure, (" no budget", "dim")) if long else figure


def _quotes(view: View, long: bool) -> Line:
    """The age of stale quotes; where none are, how long ago the idlest trader looked.

    Paused ones do not look.
    """
    if view.all_paused and not view.snapshot.past:
        return _figure("Look", "-", "dim")
    quoted_s = view.snapshot.totals.quoted_s
    if quoted_s is None:
        return _figure("Quote", formats.UNKNOWN, "unknown")
    traders = view.snapshot.traders
    oldest_s = view.state.once(
        "stale",
        traders,
        None,
        lambda: min(
            (
                t.quoted_s
                for t in traders
                if t.stale and t.quoted_s and t.state is not TraderState.PAUSED
            ),
            default=None,
        ),
    )
    if oldest_s is None and not view.outdated:
        name = "Oldest look" if long else "Look"
        return _figure(name, formats.duration(view.now_s - quoted_s), "dim")
    age_s = view.now_s - (quoted_s if oldest_s is None else oldest_s)
    return _figure("Quote", formats.duration(age_s) + "!", "stale")


def _of(value: int, limit: int, shown: Callable[[int], str], limits: bool) -> Span:
    """A value against its limit; attention from 80 % on, where the limit is always shown."""
    near = bool(limit) and value >= 0.8 * limit
    text = f"{shown(value)}/{shown(limit)}" if limit and (limits or near) else shown(value)
    return text, "p2" if near else "value"


def _day_loss(view: View, limits: bool) -> Span:
    """The day's loss of the limit that it meets next: no entries, then what is open sold back.

    The loss is rounded up, its limit down. Of a past it is at least what had ended then: what open
    units were worth, no journal has.
    """
    totals, limit = view.snapshot.totals, view.loss_limit
    loss_c = totals.day_loss_c
    least = "≥" if view.snapshot.past and totals.unhedged else ""
    if limit is None:
        return least + formats.dollars(loss_c), "value"
    text, style = _of(loss_c, limit.cents, formats.dollars, limits or limit.second)
    loss, stroke, _ = text.partition("/")
    told = f"{loss}/{limit.cents // 100:,}" if stroke else loss
    return least + told, "p2" if limit.second else style
