"""Records of the fold as the immutable views of a snapshot."""

from __future__ import annotations

from typing import Any

from engine.runtime.views.rates import rate_view
from engine.snapshot import AlarmView, OrderView, RateView, RecommendationView
from engine.state.desk import DeskState
from engine.state.notices import AlarmRecord, RecommendationRecord
from engine.state.order_record import OrderRecord


def order_view(record: OrderRecord) -> OrderView:
    """One order's row."""
    intent, totals = record.intent, record.totals
    return OrderView(
        id=intent.order,
        trader=intent.trader,
        symbol=totals.symbol,
        expiration=totals.expires,
        part=intent.part,
        legs=f"{intent.buy_strike:g}/{intent.sell_strike:g}{intent.right}",
        quantity=intent.quantity,
        filled=record.filled,
        limit_c=intent.limit_c,
        fill_c=round(record.value_c / record.filled) if record.filled else None,
        bid=_known(intent.bid),
        ask=_known(intent.ask),
        status=record.status,
        stage=intent.stage,
        text=record.text,
        sent_s=(record.sent_ms or intent.at_ms) / 1000,
        working_s=None if record.working_ms is None else record.working_ms / 1000,
        ended_s=None if record.ended_ms is None else record.ended_ms / 1000,
        effects=record.effects,
    )


def _known(price: float) -> float | None:
    return None if price is None or price != price else price


def alarm_views(state: DeskState) -> tuple[AlarmView, ...]:
    """Standing alarms, the gravest and newest first, then the last cleared ones."""
    active = sorted(
        state.notices.alarms.values(), key=lambda each: (each.raised.priority, -each.raised.at_ms)
    )
    cleared = list(state.notices.cleared)[-20:]
    return tuple(_alarm(each) for each in (*active, *reversed(cleared)))


def _alarm(record: AlarmRecord) -> AlarmView:
    raised = record.raised
    return AlarmView(
        id=raised.alarm,
        priority=raised.priority,
        code=raised.code,
        where=raised.where,
        what=raised.what,
        consequence=raised.consequence,
        response=raised.response,
        state=record.state,
        raised_s=raised.at_ms / 1000,
    )


def recommendation_view(record: RecommendationRecord) -> RecommendationView:
    """A recommendation with the evidence its event carries."""
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
        unit=evidence.get("unit", ""),
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
    )


def _arm(arm: dict[str, Any]) -> RateView:
    return rate_view(arm["label"], arm["k"], arm["n"], arm.get("lots_per_attempt"))
