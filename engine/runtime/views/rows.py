"""Records of the desk's state as the immutable rows of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from engine.brokers.protocol import OpenOrder
from engine.learning.attempt_rates import Rates
from engine.learning.estimators import ArmTally, wilson
from engine.learning.proposals import unit_of
from engine.market.legs import strikes_text
from engine.orders import events as ev
from engine.snapshot import (
    AlarmView,
    BalanceView,
    OrderStory,
    OrderView,
    RateView,
    RecommendationView,
    StoryLine,
    Tied,
    TrialNeeds,
)
from engine.state.alarm_record import AlarmRecord
from engine.state.desk import DeskState
from engine.state.notices import RecommendationRecord
from engine.state.order_record import OrderEvent, OrderRecord
from engine.state.positions import Positions
from engine.state.trader_totals import TraderTotals

TAKEN_BACK: Final = "taken back"
"""The status of an order that was filled, of which the broker has taken executions back."""


def order_view(record: OrderRecord, broker_state: str = "") -> OrderView:
    """One order's row.

    Args:
        record: of the order.
        broker_state: the broker's own word for how far it is.
    """
    intent, totals = record.intent, record.totals
    return OrderView(
        id=intent.order,
        trader=intent.trader,
        symbol=totals.symbol,
        expiration=totals.expires,
        part=intent.part,
        legs=f"{strikes_text(intent.buy_strike, intent.sell_strike)}{intent.right}",
        quantity=intent.quantity,
        filled=record.filled,
        limit_c=intent.limit_c,
        fill_c=round(record.value_c / record.filled) if record.filled else None,
        bid=_known(intent.bid),
        ask=_known(intent.ask),
        status=told_status(record),
        stage=intent.stage,
        text=record.text,
        sent_s=(record.sent_ms or intent.at_ms) / 1000,
        working_s=None if record.working_ms is None else record.working_ms / 1000,
        ended_s=None if record.ended_ms is None else record.ended_ms / 1000,
        effects=record.effects,
        broker_id=record.broker_order,
        broker_state=broker_state,
        cycle=intent.cycle,
    )


def told_status(record: OrderRecord) -> str:
    """How far an order is; one that was filled and has contracts taken back is filled no more."""
    over = record.status == "filled" and record.filled < record.intent.quantity
    return TAKEN_BACK if over else record.status


def unknown_then_new(record: OrderRecord) -> tuple[bool, int]:
    """What live orders are sorted by, the greatest first: those without an answer, then the new."""
    return record.status == "unknown", record.intent.at_ms


def share_order_view(order: OpenOrder, at_s: float, cancelling: bool) -> OrderView:
    """The row of an order that trades shares away.

    Args:
        order: as the broker listed it.
        at_s: epoch second of now.
        cancelling: whether its cancel was asked for from here.
    """
    name = order.client_order_id
    told_ms = name.split("-")[-2:-1]  # SH-P4K2Z9Q-SPY-1764500000000-1
    sent_s = int(told_ms[0]) / 1000 if told_ms and told_ms[0].isdecimal() else at_s
    symbol, left = (
        ("?", 0) if order.shares is None else (order.shares.symbol, order.shares.quantity)
    )
    return OrderView(
        id=name,
        trader="",
        symbol=symbol,
        expiration=None,
        part="S",
        legs=f"{'buy' if left > 0 else 'sell'} {order.quantity} shares",
        quantity=order.quantity,
        filled=order.filled,
        limit_c=None,
        fill_c=None,
        bid=None,
        ask=None,
        status="canceling" if cancelling else "partial" if order.filled else "working",
        stage="",
        text="closes shares at the market; today only",
        sent_s=sent_s,
        working_s=sent_s,
        ended_s=None,
        broker_id=order.broker_order_id,
    )


def _known(price: float | None) -> float | None:
    return None if price is None or price != price else price


def alarm_views(state: DeskState) -> tuple[AlarmView, ...]:
    """Standing alarms, the gravest and newest first, then the last cleared ones."""
    active = sorted(
        state.notices.alarms.values(), key=lambda each: (each.raised.priority, -each.wanted_ms)
    )
    cleared = list(state.notices.cleared)[-20:]
    return tuple(alarm_view(each) for each in (*active, *reversed(cleared)))


def alarm_view(record: AlarmRecord) -> AlarmView:
    """One alarm's row."""
    raised = record.raised
    places = tuple(record.places.items())
    return AlarmView(
        id=raised.alarm,
        priority=raised.priority,
        code=raised.code,
        where=places[0][0],
        what=places[0][1],
        consequence=raised.consequence,
        response=raised.response,
        state=record.state,
        raised_s=record.wanted_ms / 1000,
        places=places,
        told=record.told,
        stands_s=record.since_ms / 1000,
    )


def recommendation_view(
    record: RecommendationRecord, needs: TrialNeeds | None = None
) -> RecommendationView:
    """A recommendation with the evidence its event carries, and what a trial of it would take."""
    made = record.made
    evidence: dict[str, Any] = made.evidence
    return RecommendationView(
        id=made.recommendation,
        kind=made.kind,
        trader=made.trader,
        setting=evidence.get("setting", ""),
        before=made.before,
        after=made.after,
        bounds=evidence.get("bounds", ""),
        verdict=made.verdict,
        unit=unit_of(evidence),
        effect=evidence.get("effect"),
        effect_low=evidence.get("effect_low"),
        effect_high=evidence.get("effect_high"),
        arms=tuple(_arm(arm) for arm in evidence.get("arms", ())),
        evidence=tuple(evidence.get("evidence", ())),
        revert_rule=evidence.get("revert_rule", ""),
        state=record.state,
        made_s=made.at_ms / 1000,
        expires_s=evidence.get("expires_s"),
        outcome=record.reason,
        needs=needs if record.state == "ready" else None,
    )


def _arm(arm: dict[str, Any]) -> RateView:
    view = rate_view(arm["label"], arm["k"], arm["n"], arm.get("lots_per_attempt"))
    hourly = arm.get("dollars_per_hour")
    return view if hourly is None else replace(view, dollars_per_hour=hourly)


def rate_view(label: str, k: int, n: int, per_attempt: float | None = None) -> RateView:
    """k of n with the 95 % Wilson interval; per_attempt is contracts filled an attempt."""
    low, high = wilson(k, n) if n else (None, None)
    return RateView(label, k, n, low, high, per_attempt)


def _view(label: str, totals: ArmTally) -> RateView:
    return rate_view(label, totals.k, totals.n, totals.lots_per_attempt if totals.n else None)


def size_rates(rates: Rates) -> tuple[RateView, ...]:
    """By order size, ascending."""
    return tuple(
        _view(f"{size} lot" if size == 1 else f"{size} lots", totals)
        for size, totals in rates.by_size().items()
    )


def hour_rates(rates: Rates) -> tuple[RateView, ...]:
    """By exchange hour, ascending."""
    return tuple(_view(f"{hour:02d}h", totals) for hour, totals in rates.by_hour().items())


def delay_rates(rates: Rates) -> tuple[RateView, ...]:
    """By delay category, short first."""
    return tuple(_view(delay, totals) for delay, totals in rates.by_delay().items())


_ENDS: Final = frozenset({"denied"})
"""Ends that no broker reported: the desk's own."""


def order_story(record: OrderRecord) -> OrderStory:
    """The events of an order that its record keeps, see `story_of`, and how many it does not."""
    return replace(story_of(record.intent, record.events), left_out=record.left_out)


def story_of(intent: ev.OrderIntended, events: Iterable[OrderEvent]) -> OrderStory:
    """The events of an order, oldest first, with both states after each.

    The local state is the desk's own; the broker's is what it reported last, "-" before.

    Args:
        intent: the order's.
        events: those that came after.
    """
    local, broker, filled = "recorded", "-", 0
    terms = f"{intent.quantity} at {intent.limit_c / 100:.2f}"
    lines = [StoryLine(intent.at_ms / 1000, "intended", local, broker, terms)]
    for event in events:
        what, text = type(event).__name__, ""
        if isinstance(event, ev.OrderSent):
            what, local = "sent", "sent"
        elif isinstance(event, ev.OrderWorking):
            what, broker, text = "acknowledged", "working", event.broker_order
            local = local if local in ("partial", "canceling") else "working"
        elif isinstance(event, ev.OrderUnknown):
            what, local, text = "no answer", "unknown", event.reason
        elif isinstance(event, ev.CancelSent):
            what, local, text = "cancel sent", "canceling", event.reason
        elif isinstance(event, ev.Executed):
            filled += event.quantity
            what = "executed" if event.quantity > 0 else "corrected"
            late = ", late" if event.late else ""
            text = f"{event.quantity:+d} at {event.price_c / 100:.2f}{late}, {event.execution}"
            broker = f"filled {filled}/{intent.quantity}"
            if filled == intent.quantity:
                local = "filled"
            elif local not in ("canceling", "canceled", "rejected", "expired"):
                local = "partial"
        elif isinstance(event, ev.OrderEnded):
            what, text = "ended", event.reason
            local = "filled" if filled == intent.quantity else event.status
            broker = broker if event.status in _ENDS else event.status
        lines.append(StoryLine(event.at_ms / 1000, what, local, broker, text))
    return OrderStory(intent.order, tuple(lines))


def trader_figures(
    totals: TraderTotals, tied: Tied, worst_c: int | None, today: date, now_ms: int
) -> dict[str, Any]:
    """What a trader's row says that events alone change, and the time in the sparkline.

    Args:
        totals: the trader's.
        tied: what its completed pairs tie up.
        worst_c: what its open units come to at least; None: unlimited losses.
        today: the session's date.
        now_ms: epoch milliseconds.
    """
    low, high = wilson(totals.fills, totals.attempts) if totals.attempts else (None, None)
    return {
        "key": totals.key,
        "symbol": totals.symbol,
        "expiration": totals.expires,
        "dte": (totals.expires - today).days,
        "attempts": totals.attempts,
        "fills": totals.fills,
        "low": low,
        "high": high,
        "completions": totals.completions,
        "filled_cycles": totals.filled_cycles,
        "hedge_p50_s": totals.hedge.median_s(),
        "fill_p50_s": totals.fill.median_s(),
        "last_result": totals.last_result,
        "net_contracts": totals.net,
        "matched_c": totals.matched_c,
        "open_c": totals.open_c,
        "fees_c": totals.fees_c,
        "spark": totals.sparkline(now_ms),
        "floor_c": totals.floor_c,
        "result_c": totals.result_c,
        "orders": totals.orders,
        "suspect": totals.suspect,
        "tied": tied,
        "open_worst_c": worst_c,
        "oversold": totals.oversold,
    }


def balance_view(totals: TraderTotals, positions: Positions) -> BalanceView:
    """One chain's balance.

    Args:
        totals: its trader's.
        positions: the desk's, which know what open units come to at worst.
    """
    unit = totals.open_unit
    return BalanceView(
        key=totals.key,
        symbol=totals.symbol,
        expiration=totals.expires,
        debit=totals.ledger.debits,
        credit=totals.ledger.credits + totals.ledger.unwound,
        net=totals.net,
        matched_c=totals.matched_c,
        open_c=totals.open_c,
        floor_c=totals.floor_c,
        open_worst_c=positions.open_worst_c(totals.key),
        oversold=totals.oversold,
        label=totals.label,
        unhedged_since_s=unit.open_ms / 1000 if unit and unit.open_ms else None,
    )
