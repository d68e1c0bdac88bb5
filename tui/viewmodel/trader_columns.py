"""The columns of TRADERS, and which give way first where the pane is narrow."""

from __future__ import annotations

from engine.snapshot import TraderView
from tui.lists.declared import greatest, rated, unknown_last, usd
from tui.text import bars, formats
from tui.text.columns import OPTIONAL, Cell, Column
from tui.viewmodel import trader_groups
from tui.viewmodel.held import dollars_in
from tui.viewmodel.trader_words import Legged, ladder, next_cell, next_s, why
from tui.viewmodel.view import STATE_STYLES, View

RATIO_CELLS = 9
"""Width of fills and attempts."""


def _cash_c(t: Legged) -> int:
    """Premium received minus paid, before fees."""
    return t.matched_c - t.open_c


def _state(t: TraderView, view: View) -> Cell:
    return t.state.value, STATE_STYLES[t.state]


def _rung(t: trader_groups.SymbolTotals, view: View) -> Cell:
    return ladder(t, view.now_s), "title"


def _rate(t: Legged, view: View) -> Cell:
    return formats.percent(t.fills, t.attempts)


def _ratio(t: Legged, view: View) -> Cell:
    return formats.ratio(t.fills, t.attempts, RATIO_CELLS), "dim"


def _interval(t: Legged, view: View) -> Cell:
    return formats.interval(t.low, t.high), "dim"


def _completed(t: Legged, view: View) -> Cell:
    return formats.percent(t.completions, t.filled_cycles)


def _floor(t: Legged, view: View) -> Cell:
    return dollars_in(t.floor_c, 10)


def _open(t: Legged, view: View) -> Cell:
    return formats.dollars(t.open_c)


def _cash(t: Legged, view: View) -> Cell:
    return formats.money(_cash_c(t)), "dim"


def _net(t: TraderView, view: View) -> Cell:
    return formats.signed_in(t.net_contracts, 3), "title" if t.net_contracts else "dim"


def _look(t: Legged, view: View) -> Cell:
    if t.quoted_s is None:
        return formats.UNKNOWN, "unknown"
    shown = formats.age(view.now_s - t.quoted_s)
    return (f"{shown}!", "stale") if t.stale or view.outdated else (f"{shown} ", "dim")


def _spark(t: TraderView, view: View) -> Cell:
    traders, memo = view.snapshot.traders, view.state.memo
    tops = memo.each("spark tops", traders, None, lambda each: max(each.spark, default=0))
    top = memo.once("busiest", tops, None, lambda: max(tops, default=0))
    return bars.sparkline(t.spark, 12, view.glyphs, top), "spark"


def _share(k: int, n: int) -> float:
    return -k / n if n else 1.0


def _per_cent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _tenths(share: float | None) -> Cell:
    """An end of an interval, in per cent."""
    return (formats.UNKNOWN, "unknown") if share is None else (f"{100 * share:.1f}", "dim")


# Beside a wide neighbour what is guaranteed stays longest: whose it is, then why nothing is tried,
# how often it fills, what is open and how old the look is; then how sure all that is.
COLUMNS: tuple[Column[TraderView, View], ...] = (
    Column(
        "ST", 3, _state, is_text=True,
        name="state", sort=lambda t: t.state.value, value=lambda t: t.state.value,
        pure=True,
    ),
    Column(
        "SYM", 5, lambda t, v: formats.clean(t.symbol, 8), is_text=True,
        name="symbol", sort=lambda t: (t.symbol, t.expiration), value=lambda t: t.symbol,
        pure=True,
    ),
    Column(
        "EXPIRY", 7, lambda t, v: formats.expiry(t.expiration), is_text=True, priority=1,
        sort=lambda t: (t.expiration, t.symbol), value=lambda t: t.expiration,
        pure=True,
    ),
    Column(
        "DTE", 3, lambda t, v: (str(t.dte), "dim"), priority=9,
        sort=lambda t: t.dte, value=lambda t: t.dte, unit="days",
        pure=True,
    ),
    Column(
        "SZ", 2, lambda t, v: str(t.size), priority=6,
        name="size", sort=lambda t: -t.size, value=lambda t: t.size, unit="contracts",
        pure=True,
    ),
    Column(
        "FIL%", 4, _rate, priority=3, total=_rate,
        name="fill rate", sort=lambda t: _share(t.fills, t.attempts),
        value=lambda t: rated(t.fills, t.attempts), unit="fraction",
        pure=True,
    ),
    Column(
        "K/N", RATIO_CELLS, _ratio, priority=8, total=_ratio,
        name="attempts", sort=lambda t: -t.attempts, value=lambda t: t.attempts,
        pure=True,
    ),
    Column(
        "95%CI", 6, _interval, priority=7, total=_interval,
        name="interval", sort=lambda t: greatest(t.low),
        unit="%", exported_as=("interval low", "interval high"),
        pure=True,
    ),
    Column(
        "FILLS", 5, lambda t, v: formats.count(t.fills), priority=OPTIONAL,
        sort=lambda t: -t.fills, value=lambda t: t.fills,
        pure=True,
    ),
    Column(
        "LOW%", 5, lambda t, v: _tenths(t.low), priority=OPTIONAL,
        name="interval low", sort=lambda t: greatest(t.low),
        value=lambda t: _per_cent(t.low), unit="%",
        pure=True,
    ),
    Column(
        "HIGH%", 5, lambda t, v: _tenths(t.high), priority=OPTIONAL,
        name="interval high", sort=lambda t: greatest(t.high),
        value=lambda t: _per_cent(t.high), unit="%",
        pure=True,
    ),
    Column(
        "COMP", 5, _completed, priority=11, total=_completed,
        name="completed", sort=lambda t: unknown_last(rated(t.completions, t.filled_cycles)),
        value=lambda t: rated(t.completions, t.filled_cycles), unit="fraction",
        pure=True,
    ),
    Column(
        "LST", 3, lambda t, v: (t.last_result or "-", "dim"), is_text=True, priority=10,
        name="last", sort=lambda t: t.last_result, value=lambda t: t.last_result,
        pure=True,
    ),
    Column(
        "NEXT", 6, next_cell, priority=2, total=_rung,
        sort=lambda t: unknown_last(next_s(t)), value=next_s, unit="epoch s",
    ),
    Column(
        "NET", 3, _net, priority=4, total=trader_groups.net,
        sort=lambda t: -abs(t.net_contracts), value=lambda t: t.net_contracts, unit="contracts",
        pure=True,
    ),
    Column(
        "FLOOR$", 10, _floor, total=_floor,
        name="floor", sort=lambda t: t.floor_c, value=lambda t: usd(t.floor_c), unit="USD",
        pure=True,
    ),
    Column(
        "LOOK", 4, _look, priority=5, total=_look,
        sort=lambda t: -1e18 if t.quoted_s is None else t.quoted_s,
        value=lambda t: t.quoted_s, unit="epoch s",
    ),
    Column("FILLS 60MIN", 12, _spark, is_text=True, priority=12),
    Column(
        "HDG50", 5, lambda t, v: (formats.age(t.hedge_p50_s), "dim"), priority=13,
        name="hedge", sort=lambda t: greatest(t.hedge_p50_s),
        value=lambda t: t.hedge_p50_s, unit="s",
        pure=True,
    ),
    Column(
        "OPEN$", 7, _open, priority=14, total=_open,
        name="open", sort=lambda t: -t.open_c, value=lambda t: usd(t.open_c), unit="USD",
        pure=True,
    ),
    Column(
        "WORST$", 8, trader_groups.worst, priority=14, total=trader_groups.worst,
        name="worst", sort=lambda t: -1e18 if t.open_worst_c is None else t.open_worst_c,
        value=lambda t: formats.LIMITLESS if t.open_worst_c is None else usd(t.open_worst_c),
        unit="USD",
        pure=True,
    ),
    Column(
        "CASH$", 11, _cash, priority=16, total=_cash,
        name="cash", sort=lambda t: -_cash_c(t), value=lambda t: usd(_cash_c(t)), unit="USD",
        pure=True,
    ),
    Column(
        "WHY", 12, lambda t, v: (why(t), "dim"), is_text=True, priority=15, grows=True,
        total=lambda t, v: (trader_groups.in_words(t), "dim"),
        sort=lambda t: (not why(t), why(t)), value=why,
        pure=True,
    ),
)  # fmt: skip
