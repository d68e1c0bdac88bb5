"""The session report: the day's figures as lines, as text and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.snapshot import EngineSnapshot, RateView
from tui.text import formats
from tui.text.lines import Line, text_of
from tui.viewmodel.activity import session_lines
from tui.viewmodel.phase import pair, rate_lines
from tui.viewmodel.recommendations import change, effect
from tui.viewmodel.view import View


def lines(view: View, width: int) -> list[Line]:
    """The report as the screen shows it."""
    s = view.snapshot
    result: list[Line] = [
        pair("run", (formats.clean(s.run, 40), "title")),
        pair("mode", (formats.clean(s.mode, 8), "value"), (f"  {_account(s)}", "value")),
        pair(
            "day",
            (s.session_date.isoformat(), "value"),
            (f"  {formats.clock(s.now_s)} ET", "value"),
        ),
        pair("source", (formats.clean(s.source, 80), "value")),
        pair("fills", (formats.clean(s.fill_model or "as the broker reports", 60), "value")),
        (),
        *session_lines(view, width),
        (),
        *rate_lines("FILL RATE BY HOUR", s.hours, width, view),
        (),
        *rate_lines("FILL RATE BY SIZE", s.sizes, width, view),
        (),
        *rate_lines("FILL RATE BY DELAY", s.delays, width, view),
        (),
        (("TRADERS", "title"), ("  the greatest floor first", "label")),
    ]
    ranked = sorted(s.traders, key=lambda t: -t.floor_c)
    for t in ranked[:30]:
        name = f"{formats.clean(t.symbol, 8)} {formats.expiry(t.expiration)}"
        result.append(
            (
                (f"{name:<16}", "value"),
                (formats.right(formats.money(t.floor_c), 11), "value"),
                (formats.right(formats.percent(t.fills, t.attempts), 7), "value"),
                (formats.right(formats.ratio(t.fills, t.attempts), 11), "dim"),
                (formats.right(formats.signed(t.net_contracts), 5), "value"),
                (formats.right(formats.money(t.matched_c - t.open_c), 11), "dim"),
            )
        )
    if len(ranked) > 30:
        result.append(((f"and {len(ranked) - 30} more in the written report", "dim"),))
    result += [(), (("RECOMMENDATIONS", "title"),)]
    result += [
        (
            (f"{formats.clean(r.id, 6)} {formats.clean(r.setting, 30)} ", "value"),
            (f"{change(r, view)}  {effect(r)}  {formats.clean(r.state, 12)}", "dim"),
        )
        for r in s.recommendations
    ] or [(("none", "dim"),)]
    return result


def _account(s: EngineSnapshot) -> str:
    return f"{formats.clean(s.broker, 24)}/{formats.clean(s.account, 32)}"


def as_text(view: View, width: int = 100) -> str:
    """The report as plain text."""
    return "\n".join(text_of(line).rstrip() for line in lines(view, width)) + "\n"


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
        "recommendations": [
            {**asdict(r), "before": str(r.before), "after": str(r.after)}
            for r in snapshot.recommendations
        ],
    }


def _rates(rates: Sequence[RateView]) -> list[dict[str, Any]]:
    return [asdict(rate) for rate in rates]
