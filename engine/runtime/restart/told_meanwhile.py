"""What the exchange changed of executions that were booked here while no desk ran to hear it.

Its record has them as they are now, and the names of those that it took back. What differs is told
again as a report, so that it is booked where a desk that runs would have booked it: on the order,
on its unit, with every alarm. What is missing without having been taken back is no bust.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final, NamedTuple

from engine.brokers.execution import Execution
from engine.brokers.ledger import ExchangeLedger
from engine.orders.types import OrderReport, ReportKind
from engine.runtime.context import DeskContext
from engine.state.order_record import OrderRecord

TAKEN_BACK = "taken back while no desk ran"
CORRECTED = "corrected while no desk ran"


NOT_TOLD: Final = "its gateway is an older one and tells no busts: restart it, then the desk"
"""Why it is not known whether what is missing was taken back."""


class Meanwhile(NamedTuple):
    """What the exchange's record has otherwise than the journal.

    Attributes:
        reports: of busts, of other prices, and of executions that came in place of busted ones.
        lacking: by chain, which executions are missing there that nobody says were taken back:
            the record was shortened, say. They stay booked; those that an operator accepted as
            lacking are left out.
        lost: the same by chain and order.
    """

    reports: list[OrderReport]
    lacking: dict[str, str]
    lost: dict[str, dict[str, list[str]]]


def told_meanwhile(
    context: DeskContext, ledger: ExchangeLedger, busted: Set[str] | None
) -> Meanwhile:
    """What the exchange's record has otherwise than the journal.

    What was booked leg by leg has other names here than there, and an order that keeps no whole
    story cannot be told execution by execution: the comparison of positions shows such.

    Args:
        context: the desk; what executed meanwhile is booked (`book_missed`).
        ledger: the exchange's own executions.
        busted: names of those that it took back, asked for after them; None where it is too old to
            tell.
    """
    theirs: dict[str, dict[str, Execution]] = {}
    for row in ledger.executions:
        theirs.setdefault(row.client_order_id, {})[row.execution_id] = row
    reports: list[OrderReport] = []
    lacking: dict[str, str] = {}
    found: dict[str, dict[str, list[str]]] = {}
    for name, record in context.state.orders.known.items():
        if record.executions:
            told = theirs.get(name, {})
            missing = _missing(record, told)
            reports += _of_order(context, record, told, missing & (busted or set()))
            if lost := sorted(missing - (busted or set()) - record.unrecorded):
                why = "" if busted is not None else f"; {NOT_TOLD}"
                text = f"order {name}: {', '.join(lost[:4])}{why}"
                lacking.setdefault(record.intent.trader, text)
                found.setdefault(record.intent.trader, {})[name] = lost
    return Meanwhile(reports, lacking, found)


def _missing(record: OrderRecord, theirs: dict[str, Execution]) -> set[str]:
    """Names of what is booked here and missing there; none of an order told leg by leg."""
    ours = record.divided()
    if any("/" in name for name in ours):
        return set()
    return {name for name, (quantity, _) in ours.items() if quantity and name not in theirs}


def _of_order(
    context: DeskContext, record: OrderRecord, theirs: dict[str, Execution], busted: Set[str]
) -> Iterable[OrderReport]:
    ours = record.divided()
    if any("/" in name for name in ours):
        return
    unpriced = {each.execution for each in record.without_price}
    at_s = context.moment.epoch_s
    order, broker_order = record.intent.order, record.broker_order
    for name, (quantity, price_c) in ours.items():
        row = theirs.get(name)
        if name in busted:
            yield OrderReport(
                ReportKind.CORRECTION, order, at_s, broker_order, name, 0, price_c,
                reason=TAKEN_BACK,
            )  # fmt: skip
        elif row is not None and name not in unpriced and _differs(row, quantity, price_c):
            yield OrderReport(
                ReportKind.CORRECTION, order, at_s, broker_order, name, row.quantity,
                row.price_c, reason=CORRECTED,
            )  # fmt: skip
    if not ours:
        return
    for name, row in theirs.items():
        if name not in ours:
            price_c = 0 if row.provisional else row.price_c
            yield OrderReport(
                ReportKind.FILL, order, row.at_s, broker_order, name, row.quantity, price_c
            )


def _differs(row: Execution, quantity: int, price_c: int) -> bool:
    """Whether the exchange knows an execution's price, and has it otherwise than it is booked."""
    return not row.provisional and (row.quantity, row.price_c) != (quantity, price_c)
