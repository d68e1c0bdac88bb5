"""Reports that no exchange should send: truncated, absurd, hostile."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from engine.orders.types import OrderReport, ReportKind

HOSTILE: Final = "\x1b[2J\x1b]0;owned\x07[bold red]PAY[/] \u202e\x00\n" + "A" * 5000
"""Text with terminal controls, markup, reversed reading order and excessive length."""

_NAN: Any = math.nan
_FILL: Final = ReportKind.FILL


def _fill(name: str, at_s: float, **changes: Any) -> OrderReport:
    report = OrderReport(_FILL, name, at_s, "SIM", f"garbage-{name}", 1, 25)
    return replace(report, **changes)


FORMS: Final[tuple[Callable[[str, float], Any], ...]] = (
    lambda name, at_s: _fill("S0-NOSUCH-1-1D1", at_s),
    lambda name, at_s: _fill(name, at_s, quantity=-3),
    lambda name, at_s: _fill(name, at_s, quantity=0),
    lambda name, at_s: _fill(name, at_s, quantity=10**12),
    lambda name, at_s: _fill(name, at_s, quantity=_NAN),
    lambda name, at_s: _fill(name, at_s, quantity="2"),
    lambda name, at_s: _fill(name, at_s, price_c=-50),
    lambda name, at_s: _fill(name, at_s, price_c=10**9),
    lambda name, at_s: _fill(name, at_s, price_c=_NAN),
    lambda name, at_s: _fill(name, at_s, price_c=24.5),
    lambda name, at_s: _fill(name, at_s, execution_id=""),
    lambda name, at_s: _fill(name, at_s, execution_id=HOSTILE, price_c=-1),
    lambda name, at_s: _fill(name, at_s, kind=ReportKind.CORRECTION, quantity=7),
    lambda name, at_s: _fill(name, at_s, kind=ReportKind.CORRECTION, quantity=-1),
    lambda name, at_s: _fill(name, at_s, kind=ReportKind.LEG_FILL, leg=7),
    lambda name, at_s: _fill(name, at_s, kind=ReportKind.LEG_FILL, leg="x"),
    lambda name, at_s: _fill(name, at_s, kind=ReportKind.LEG_FILL, leg=0, price_c=-(10**9)),
    lambda name, at_s: _fill(name, at_s, kind="filled!"),
    lambda name, at_s: OrderReport(ReportKind.REJECTED, "S0-NOSUCH", at_s, reason=HOSTILE),
    lambda name, at_s: OrderReport(ReportKind.CANCELED, HOSTILE, at_s, reason=HOSTILE),
    lambda name, at_s: OrderReport(ReportKind.ACK, name, math.nan, broker_order_id=HOSTILE),
    lambda name, at_s: OrderReport(ReportKind.NOT_FOUND, HOSTILE, at_s),
    lambda name, at_s: OrderReport(ReportKind.ACK, None, at_s),  # type: ignore[arg-type]
    lambda name, at_s: None,
    lambda name, at_s: {"status": "filled"},
    lambda name, at_s: "FILLED 10 @ 1.00",
)
"""Make a garbled report from a client order id and an epoch second."""


def truncated(report: OrderReport, form: int) -> Any:
    """The report with one field lost on its way, chosen by `form`."""
    cuts: tuple[dict[str, Any], ...] = (
        {"execution_id": ""},
        {"quantity": 0},
        {"price_c": _NAN},
        {"client_order_id": ""},
    )
    return replace(report, **cuts[form % len(cuts)])
