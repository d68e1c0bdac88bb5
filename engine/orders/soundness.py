"""Whether a broker's report is sound enough for anything to be booked from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from engine.orders.types import OrderReport, ReportKind

LONGEST_NAME: Final = 128
LONGEST_REASON: Final = 160
LONGEST_STATE: Final = 40
MOST_CONTRACTS: Final = 1_000_000
MOST_C: Final = 100_000_000
"""No contract costs a million dollars a share."""

_EXECUTIONS: Final = (ReportKind.FILL, ReportKind.LEG_FILL, ReportKind.CORRECTION)


def flaw(report: Any) -> str:
    """Why a report cannot be taken as it is; "" where it can.

    Args:
        report: whatever a broker handed over.
    """
    if not isinstance(report, OrderReport):
        return f"a {type(report).__name__} in place of a report"
    kind: object = report.kind
    if not isinstance(kind, ReportKind):
        return "a report of no known kind"
    if not _is_name(report.client_order_id):
        return "a report that names no order"
    if report.kind in _EXECUTIONS:
        if not _is_name(report.execution_id):
            return "an execution without a name"
        least = 0 if report.kind is ReportKind.CORRECTION else 1
        if not _is_whole(report.quantity, least, MOST_CONTRACTS):
            return "an execution of no number of contracts"
        if not _is_whole(report.price_c, 0, MOST_C):
            return "an execution at no price"
        if report.kind is ReportKind.LEG_FILL and not _is_whole(report.leg, 0, 1):
            return "an execution of no leg"
    return ""


def cleaned(text: object, most: int = LONGEST_REASON) -> str:
    """Text from outside with printable characters only, at most `most` of them."""
    return "".join(c if c.isprintable() else " " for c in str(text)[: 4 * most])[:most].strip()


def error_text(error: BaseException, most: int = LONGEST_REASON) -> str:
    """What was raised, printable and short, even where it cannot say it itself.

    An error of the engine's own is a sentence; one from outside is told with its class.
    """
    try:
        text = str(error)
    except Exception:
        text = "its text cannot be read"
    if text and type(error).__module__.partition(".")[0] == "engine":
        return cleaned(text, most)
    return cleaned(f"{type(error).__name__}: {text}", most)


def clean(report: OrderReport) -> OrderReport:
    """A sound report with the broker's text made printable and short; most are so already."""
    reason, name, raw = report.reason, report.broker_order_id, report.raw_state
    if _is_clean(reason, LONGEST_REASON) and _is_clean(name, LONGEST_NAME) and not raw:
        return report
    return replace(
        report,
        reason=cleaned(reason),
        broker_order_id=cleaned(name, LONGEST_NAME),
        raw_state=cleaned(raw, LONGEST_STATE),
    )


def _is_clean(text: Any, most: int) -> bool:
    return isinstance(text, str) and len(text) <= most and (not text or text.isprintable())


def _is_name(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= LONGEST_NAME and text.isprintable()


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
