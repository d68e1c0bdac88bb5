"""From a broker's answers to reports: each execution once, whatever order the answers come in.

Counts are cumulative and only grow, so an answer that is old, repeated or out of order changes
nothing, and what is booked does not depend on which answers came. Money comes from the legs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.brokers.following.followed import (
    Followed,
    LegContract,
    Lot,
    Step,
    Totals,
    execution_name,
    leg_execution_name,
    price_c,
)
from engine.brokers.following.order_view import ENDS, LegTotal, OrderView, ViewState
from engine.orders.averages import split_total
from engine.orders.types import OrderReport, ReportKind

NOTHING: Final[tuple[tuple[LegContract, ...], tuple[LegContract, ...]]] = ((), ())
"""Told of each leg alone."""

SETTLED_S: Final = 60.0
"""Seconds after an execution from which an answer that lacks it is not just behind."""

_UNCONFIRMED: Final = (ViewState.PENDING, ViewState.REJECTED)
_END_REPORTS: Final = {
    ViewState.CANCELED: ReportKind.CANCELED,
    ViewState.EXPIRED: ReportKind.EXPIRED,
    ViewState.REJECTED: ReportKind.REJECTED,
}


def follow(order: Followed, view: OrderView, now_s: float) -> Step:
    """Take one answer of the broker about an order.

    Lots that both legs completed are told at once. Their price is known when both legs have
    executed the same number of contracts; until then it is told as 0, which is none, and a
    correction follows. An end is told only after the counts of the same answer, and only when
    both legs agree, or when the engine has heard of each leg alone (`overdue`).

    Args:
        order: as it was.
        view: the answer.
        now_s: engine seconds.
    """
    request = order.request
    if view.client_id != request.client_order_id:
        return Step(order, notes=(f"an answer about {view.client_id[:40]} came for this order",))
    if order.broker_id and view.broker_id not in ("", order.broker_id):
        return Step(order, notes=(f"the broker names it {view.broker_id[:40]} now",))
    reports: list[OrderReport] = []
    notes: list[str] = []
    order = replace(
        order,
        broker_id=order.broker_id or view.broker_id,
        aliases=order.aliases or view.aliases,
        raw_state=view.raw_state,
    )
    totals = _totals(order, view, notes)
    if totals is not None and not order.broker_id:
        notes.append("an answer counts contracts and names no order")
        totals = None
    if not order.acked and view.state not in _UNCONFIRMED:
        order = replace(order, acked=True)
        reports.append(_report(order, ReportKind.ACK, view))
    if totals is not None:
        if view.replaces and view.at_s >= order.replaced_s:
            order = _replace_counts(replace(order, replaced_s=view.at_s), totals, view, reports)
        elif view.at_s > order.replaced_s:
            order = replace(order, totals=_merged(order.totals, totals, notes))
        order = _book(order, view, reports, notes)
        order = order if order.legs_told is None else _tell_legs(order, view, reports)
    if view.state in ENDS and order.end is None:
        end = view if totals is not None else replace(view, legs=None)
        order = replace(order, held=end if end.legs or not order.held else order.held)
    elif view.replaces and view.state is ViewState.FILLED and order.end is None:
        order = replace(order, end=view.state)  # what was busted does not execute again
    elif view.at_s > order.end_s and view.state not in (*ENDS, ViewState.FILLED, ViewState.PENDING):
        notes.append(f"it is told as {view.raw_state or view.state} after its end")
    order = _tell_end(order, reports)
    return Step(_timed(order, view.state, now_s), tuple(reports), tuple(notes))


def overdue(order: Followed, now_s: float, at_s: float) -> Step:
    """Tell each leg's executions where one leg has waited too long for the other.

    Args:
        order: as it is.
        now_s: engine seconds; nothing happens before `order.apart_due_s`.
        at_s: the same moment in epoch seconds.
    """
    if now_s < order.apart_due_s:
        return Step(order)
    reports: list[OrderReport] = []
    view = OrderView(order.request.client_order_id, order.broker_id, ViewState.UNKNOWN, at_s, None)
    order = _tell_legs(replace(order, legs_told=NOTHING), order.held or view, reports)
    return Step(_tell_end(order, reports), tuple(reports), (apart_words(order),))


def is_otherwise(order: Followed, view: OrderView) -> bool:
    """Whether an answer has less of an order than is known, or other prices of as much.

    Args:
        order: as it is followed.
        view: the answer; one without counts has nothing otherwise.
    """
    told = _totals(order, view, [])
    return told is not None and any(
        after.filled < before.filled
        or (after.filled == before.filled and before.paid_c not in (after.paid_c, None))
        for before, after in zip(order.totals, told, strict=True)
    )


def apart_words(order: Followed) -> str:
    """What legs that have stayed apart have executed, as a clause."""
    counts = " and ".join(str(total.filled) for total in order.totals)
    return f"its legs have executed {counts} contracts, and stay so"


# ---------------------------------------------------------------------- counts


def _totals(order: Followed, view: OrderView, notes: list[str]) -> Totals | None:
    """The bought and the sold leg's totals of an answer; None where it tells none for both."""
    if view.legs is None:
        return None
    told = {(leg.contract, leg.side): leg.total for leg in view.legs}
    bought, sold = (told.pop(name, None) for name in order.contracts())
    if bought is None or sold is None or told or len(view.legs) != 2:
        notes.append("an answer has other legs than the order")
        return None
    if max(bought.filled, sold.filled) > order.request.quantity:
        notes.append(
            f"{max(bought.filled, sold.filled)} contracts executed of {order.request.quantity}"
        )
    return bought, sold


def _merged(known: Totals, told: Totals, notes: list[str]) -> Totals:
    bought, sold = (_later(*pair, notes) for pair in zip(known, told, strict=True))
    return bought, sold


def _later(known: LegTotal, told: LegTotal, notes: list[str]) -> LegTotal:
    """The total that tells more: counts only grow, and a price is better than none."""
    if told.filled > known.filled or (told.filled == known.filled and known.paid_c is None):
        return told
    if told.filled == known.filled and told.paid_c not in (known.paid_c, None):
        notes.append(f"the price of {told.filled} contracts is told otherwise than before")
    return known


def _book(
    order: Followed, view: OrderView, reports: list[OrderReport], notes: list[str]
) -> Followed:
    """Tell every lot that is new, and the price of every lot that had none.

    Where a lot alone would have cost nothing, or less, the order's cents are shared out anew over
    all of its lots: only a price above zero can be booked.
    """
    bought, sold = order.totals
    new = min(bought.filled, sold.filled) - len(order.lots)
    numbers = range(order.numbered + 1, order.numbered + 1 + new)
    unpriced = [lot.number for lot in order.lots if not lot.priced]
    lots = dict.fromkeys(numbers, Lot(0))
    if bought.filled == sold.filled and bought.paid_c is not None and sold.paid_c is not None:
        priced = [lot for lot in order.lots if lot.priced]
        rests = (
            bought.paid_c - sum(lot.bought_c or 0 for lot in priced),
            sold.paid_c - sum(lot.sold_c or 0 for lot in priced),
        )
        lots = _shared_out([*unpriced, *numbers], rests)
        if not all(price_c(order, lot) for lot in (*priced, *lots.values())):
            every = [*(lot.number for lot in order.lots), *numbers]
            lots = _shared_out(every, (bought.paid_c, sold.paid_c))
            free = sum(not price_c(order, lot) for lot in lots.values())
            if free:
                notes.append(f"{free} lots have no price above zero and are booked at the limit")
    for before in order.lots:
        after = lots.get(before.number)
        if after and (not before.priced or price_c(order, before) != price_c(order, after)):
            reports.append(_correction(order, after, view))
    for number in numbers:
        lot = lots[number]._replace(number=number)
        price = price_c(order, lot)
        reason = _price_note(order) if price else "its price is not known"
        name = execution_name(order, number)
        reports.append(_report(order, ReportKind.FILL, view, name, 1, price, reason))
    kept = [lots.get(lot.number, lot) for lot in order.lots]
    told = [lots[number]._replace(number=number) for number in numbers]
    return replace(order, lots=(*kept, *told), numbered=order.numbered + max(0, new))


def _shared_out(numbers: list[int], sums_c: tuple[int, int]) -> dict[int, Lot]:
    """Lots whose legs add up to these cents exactly, each as near the average as cents allow."""
    if not numbers:
        return {}
    bought, sold = (
        [c for count, c in split_total(sum_c, len(numbers)) for _ in range(count)]
        for sum_c in sums_c
    )
    return {
        number: Lot(number, *prices) for number, *prices in zip(numbers, bought, sold, strict=True)
    }


def _replace_counts(
    order: Followed, totals: Totals, view: OrderView, reports: list[OrderReport]
) -> Followed:
    """Take executions back that an answer no longer counts, and correct what is left."""
    bought, sold = totals
    kept = min(bought.filled, sold.filled)
    for lot in reversed(order.lots[kept:]):
        name = execution_name(order, lot.number)
        known_c = price_c(order, lot)
        reports.append(_report(order, ReportKind.CORRECTION, view, name, 0, known_c, view.reason))
    order = replace(order, totals=totals, lots=order.lots[:kept])
    left = order.lots
    if bought.filled != sold.filled or bought.paid_c is None or sold.paid_c is None:
        return order
    sums = [sum(lot[leg] or 0 for lot in left) for leg in (1, 2)]
    if all(lot.priced for lot in left) and sums == [bought.paid_c, sold.paid_c]:
        return order
    if len(left) < kept:
        return replace(order, lots=tuple(lot._replace(bought_c=None, sold_c=None) for lot in left))
    lots = _shared_out([lot.number for lot in left], (bought.paid_c, sold.paid_c))
    for before, after in zip(left, lots.values(), strict=True):
        if not before.priced or price_c(order, before) != price_c(order, after):
            reports.append(_correction(order, after, view))
    return replace(order, lots=tuple(lots.values()))


# ---------------------------------------------------------------------- legs and ends


def _tell_legs(order: Followed, view: OrderView, reports: list[OrderReport]) -> Followed:
    """Tell what each leg has executed and the engine has not heard leg by leg."""
    told = []
    for leg, (total, before) in enumerate(
        zip(order.totals, order.legs_told or NOTHING, strict=True)
    ):
        new = total.filled - len(before)
        fresh: list[LegContract] = []
        if new > 0:
            known = total.paid_c is not None and all(each.price_c for each in before)
            rest_c = (total.paid_c or 0) - sum(each.price_c for each in before) if known else 0
            parts = split_total(max(0, rest_c), new)
            fresh = [LegContract(view.at_s, c) for count, c in parts for _ in range(count)]
        for number, each in enumerate(fresh, len(before) + 1):
            name = leg_execution_name(order, leg, number)
            report = _report(order, ReportKind.LEG_FILL, view, name, 1, each.price_c)
            reports.append(replace(report, leg=leg))
        told.append((*before, *fresh))
    return replace(order, legs_told=(told[0], told[1]))


def _tell_end(order: Followed, reports: list[OrderReport]) -> Followed:
    """Tell the end that the broker told, where the counts told with it are complete."""
    view = order.held
    bought, sold = order.totals
    if view is None or view.legs is None:
        return order
    if bought.filled != sold.filled and order.legs_told is None:
        return order
    if len(order.lots) < order.request.quantity:
        reports.append(_report(order, _END_REPORTS[view.state], view, reason=view.reason))
    return replace(order, end=view.state, end_s=view.at_s, held=None)


def _timed(order: Followed, state: ViewState, now_s: float) -> Followed:
    """Note since when the answers do not fit together, and since when the legs are apart."""
    bought, sold = order.totals
    apart = bought.filled != sold.filled
    short = state is ViewState.FILLED and order.end is None and not order.filled_whole
    unclear = (
        apart
        or short
        or state is ViewState.UNKNOWN
        or order.held is not None
        or not all(lot.priced for lot in order.lots)
    )
    since, apart_since = order.unclear_s, order.apart_s
    return replace(
        order,
        unclear_s=(now_s if since is None else since) if unclear else None,
        apart_s=(now_s if apart_since is None else apart_since) if apart else None,
    )


# ---------------------------------------------------------------------- reports


def _report(
    order: Followed,
    kind: ReportKind,
    view: OrderView,
    name: str = "",
    quantity: int = 0,
    price: int = 0,
    reason: str = "",
) -> OrderReport:
    client, broker_id = order.request.client_order_id, order.broker_id
    return OrderReport(
        kind,
        client,
        view.at_s,
        broker_id,
        name,
        quantity,
        price,
        reason=reason,
        raw_state=view.raw_state,
    )


def _correction(order: Followed, lot: Lot, view: OrderView) -> OrderReport:
    """The price of a lot that was told before."""
    name = execution_name(order, lot.number)
    note = _price_note(order)
    return _report(order, ReportKind.CORRECTION, view, name, 1, price_c(order, lot), note)


def _price_note(order: Followed) -> str:
    return "rounded from averages" if any(total.rounded for total in order.totals) else ""
