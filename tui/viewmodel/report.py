"""The session report: the day's figures as lines, as text and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

from engine.snapshot import EngineSnapshot, RateView, TraderView
from tui.text import formats
from tui.text.columns import Column, choose, head, row
from tui.text.lines import Line, fit, text_of, wrapped
from tui.viewmodel import trials
from tui.viewmodel.activity import session_lines
from tui.viewmodel.held import dollars_in
from tui.viewmodel.phase import LABEL, pair, rate_lines
from tui.viewmodel.recommendations import change, effect
from tui.viewmodel.trader_words import chain_name
from tui.viewmodel.view import View

MOST_TRADERS = 30
"""Traders that the screen lists; the written report has them all."""

_COLUMNS: tuple[Column[TraderView, View], ...] = (
    Column("SYM EXPIRY", 16, lambda t, v: chain_name(t), is_text=True),
    Column("FLOOR$", 11, lambda t, v: dollars_in(t.floor_c, 11)),
    Column("FIL%", 6, lambda t, v: formats.percent(t.fills, t.attempts)),
    Column("K/N", 10, lambda t, v: (formats.ratio(t.fills, t.attempts, 10), "dim")),
    Column("NET", 4, lambda t, v: formats.signed_in(t.net_contracts, 4)),
    Column("CASH$", 11, lambda t, v: (dollars_in(t.matched_c - t.open_c, 11), "dim")),
)
_TRADERS = choose(_COLUMNS, 78)
_TRADERS_CELLS = sum(cells + 1 for _, cells in _TRADERS)

MOST_OF_A_MODEL = 1_000
"""Characters of a fill model with every parameter it has."""

SIDE_BY_SIDE = 114
"""Cells from which the traders are beside the figures."""


def lines(view: View, width: int, every: bool = False) -> list[Line]:
    """The report as the screen shows it: figures, and traders below them or beside them.

    Args:
        every: whether all traders are listed, and not the first.
    """
    beside = width >= SIDE_BY_SIDE
    room = min(72, width - _TRADERS_CELLS - 4) if beside else width
    figures, chains = _figures(view, room), _chains(view, None if every else MOST_TRADERS)
    if not beside:
        return [*figures, (), *chains]
    both = zip_longest(figures, chains, fillvalue=())
    return [(*fit(left, room + 4), *right) for left, right in both]


def _figures(view: View, width: int) -> list[Line]:
    s = view.snapshot
    return [
        pair("run", (formats.clean(s.run, 40), "title")),
        pair("mode", (formats.clean(s.mode, 8), "value"), (f"  {_account(s)}", "value")),
        pair(
            "day",
            (s.session_date.isoformat(), "value"),
            (f"  {formats.clock(s.now_s)} ET", "value"),
        ),
        pair("source", (formats.clean(s.source, 80), "value")),
        *_fills(s, width),
        (),
        *session_lines(view, width),
        (),
        *rate_lines("FILL RATE BY HOUR", s.hours, width, view),
        (),
        *rate_lines("FILL RATE BY SIZE", s.sizes, width, view),
        (),
        *rate_lines("FILL RATE BY DELAY", s.delays, width, view),
    ]


def _fills(s: EngineSnapshot, width: int) -> list[Line]:
    """The fill model with its parameters, on as many lines as they need."""
    text = formats.clean(s.fill_model or "as the broker reports", MOST_OF_A_MODEL)
    rows = wrapped(text, width - LABEL, "value")
    return [pair("" if number else "fills", *row) for number, row in enumerate(rows)]


def _chains(view: View, most: int | None) -> list[Line]:
    """Traders and recommendations; what the list leaves out is counted."""
    s = view.snapshot
    ranked = sorted(s.traders, key=lambda t: -t.floor_c)
    result: list[Line] = [
        (("TRADERS", "title"), ("  the greatest floor first", "label")),
        head(_TRADERS),
        *(row(_TRADERS, t, view) for t in ranked[:most]),
    ]
    if most is not None and len(ranked) > most:
        result.append(((f"and {len(ranked) - most} more in the written report", "dim"),))
    result += [(), (("RECOMMENDATIONS", "title"),)]
    for r in s.recommendations:
        told = f"{formats.clean(r.verdict, 16)}, {formats.clean(r.state, 12)}"
        name = f"{formats.clean(r.id, 6)} {formats.clean(r.setting, 30)} "
        result.append(((name, "value"), (f"{change(r, view)}  ", "dim"), (told, "value")))
        result.append(((f"   {effect(r, 0)}", "dim"),))
    if not s.recommendations:
        result.append((("none", "dim"),))
    if s.trials:
        result += [(), (("TRIALS", "title"), (f"  {formats.TRH}", "label"))]
        result += [
            (
                (f"{formats.clean(t.setting, 30)} ", "value"),
                (trials.brief(t), "dim"),
            )
            for t in s.trials
        ]
        result += trials.calibration(s.ledger, 76)
    return result


def _account(s: EngineSnapshot) -> str:
    return f"{formats.clean(s.broker, 24)}/{formats.clean(s.account, 32)}"


def as_text(view: View, width: int = 100) -> str:
    """The report as plain text."""
    return "\n".join(text_of(line).rstrip() for line in lines(view, width, every=True)) + "\n"


def as_data(snapshot: EngineSnapshot) -> dict[str, Any]:
    """The report as values for a JSON file: money in whole cents, times in epoch seconds."""
    return {
        "run": snapshot.run,
        "mode": snapshot.mode,
        "account": snapshot.account,
        "broker": snapshot.broker,
        "source": snapshot.source,
        "fill_model": snapshot.fill_model,
        "session_date": snapshot.session_date.isoformat(),
        "now_s": snapshot.now_s,
        "totals": asdict(snapshot.totals),
        "hours": _rates(snapshot.hours),
        "sizes": _rates(snapshot.sizes),
        "delays": _rates(snapshot.delays),
        "traders": [
            {**asdict(t), "expiration": t.expiration.isoformat(), "state": t.state.value}
            for t in snapshot.traders
        ],
        "trials": [asdict(t) for t in snapshot.trials],
        "ledger": asdict(snapshot.ledger),
        "recommendations": [
            {**asdict(r), "before": str(r.before), "after": str(r.after)}
            for r in snapshot.recommendations
        ],
    }


def _rates(rates: Sequence[RateView]) -> list[dict[str, Any]]:
    return [asdict(rate) for rate in rates]
