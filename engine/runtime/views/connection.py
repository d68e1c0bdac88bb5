"""How the desk's broker is connected, and what its account has left, as a view."""

from __future__ import annotations

from engine.brokers.protocol import AccountState
from engine.brokers.remote.facts import TellingBroker, Trouble, feed_quality
from engine.risk.first_orders import PROVEN_AFTER, PROVEN_PAIRS
from engine.runtime.context import DeskContext
from engine.runtime.watch.books import BookComparison
from engine.snapshot.connection import ConnectionView


def connection_view(
    context: DeskContext, books: BookComparison, account: AccountState | None
) -> ConnectionView:
    """What is known of the connection; empty where the broker tells nothing of the kind.

    Args:
        context: the desk's shared parts.
        books: the last comparison.
        account: as the broker last told it; None before.
    """
    broker = context.broker
    if not isinstance(broker, TellingBroker):
        return ConnectionView()
    facts, told = broker.facts, broker.health
    health, told_s = (None, 0.0) if told is None else told
    moment, flags, gate = context.moment, context.flags, context.gate
    if flags.gateway_gone:
        health = None  # it was told before, and says nothing of now
    as_of_s = moment.epoch_s - max(0.0, (moment.now_s - told_s) / facts.clock.speed)

    def at_s(age_s: float | None) -> float | None:
        return None if age_s is None else as_of_s - age_s

    proving = gate.first.proving
    return ConnectionView(
        told=True,
        tail=facts.account_tail,
        feed=facts.feed,
        feed_quality=feed_quality(broker),
        connected=broker.connected,
        orders_up=None if health is None else health.orders_up,
        data_up=None if health is None else health.data_up,
        heard_s=None if told is None else at_s(told[0].heard_age_s),
        gone=flags.gateway_gone,
        orders_why="" if health is None else health.orders_why,
        data_why="" if health is None else health.data_why,
        orders_s=None if health is None else at_s(health.orders_age_s),
        data_s=None if health is None else at_s(health.data_age_s),
        events_up=None if health is None else health.events_up,
        events_down_s=0.0 if health is None else health.events_down_s,
        events_why="" if health is None else health.events_why,
        calls_left=None if health is None else health.calls_left,
        calls_limit=None if health is None else health.calls_limit,
        clock_ahead_s=None if health is None else health.clock_ahead_s,
        token_s=None if health is None else health.token_s,
        troubles=() if health is None else tuple(map(_words, health.troubles)),
        equity_c=None if account is None else account.equity_c,
        power_c=None if account is None else account.buying_power_c,
        power_s=None if account is None else account.as_of_s,
        left_c=gate.power.left_c(moment.at_ms),
        next_c=gate.power.next_c,
        level=None if account is None else account.option_level,
        blocked=() if account is None else account.blocked,
        unarmed=flags.unarmed,
        baseline=flags.baseline,
        first_contracts=gate.first.contracts if proving else None,
        first_well=gate.first.well,
        first_of=PROVEN_AFTER,
        first_pairs=gate.first.pairs,
        first_pairs_of=PROVEN_PAIRS,
        compared_s=books.compared_s,
        difference=books.to_settle,
        unsure=books.unsure,
        fees_differ=context.alarms.said("FEE_DIFFERS", "desk"),
        first_start=context.state.starts <= 1,
    )


def _words(trouble: Trouble) -> str:
    """A gateway's alarm; a place that only counts those of its kind says nothing."""
    where = "" if trouble.where.startswith(trouble.kind) else f"{trouble.where} "
    return f"{trouble.kind} {where}{trouble.text}".strip()
