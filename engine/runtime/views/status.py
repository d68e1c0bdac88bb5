"""The executor's status: a dictionary whose keys and values have types."""

from __future__ import annotations

from typing import Literal, TypedDict

from engine.book.balance import PositionSummary
from engine.market.expirations import ExpirationCategory, expiration_category
from engine.market.phases import TradingPhase
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import closed_gate, gate_text, state_of
from engine.runtime.views.notes import next_open, notes_of, phase_now
from engine.snapshot import TraderState
from engine.trader.trader import ExpirationTrader


class TraderStatus(TypedDict):
    """One trader: its chain, what it is doing, why it enters nothing, and its session's counts."""

    symbol: str
    expiration: str
    days_to_expiry: int
    category: ExpirationCategory
    state: TraderState
    gate: Gate | Literal[""]
    gate_text: str
    fill_rate: float
    session_attempts: int
    session_fills: int
    current_contracts: int
    net_contracts: int
    paused: bool


class ExecutorStatus(TypedDict):
    """Traders by key, the position's sums, and the day; enumerations are strings, as JSON too.

    next_open is when trading opens next, ISO text in exchange time, None while it is open. notes
    are sentences about what keeps, or will keep, debits from going out.
    """

    active: bool
    phase: TradingPhase
    traders: dict[str, TraderStatus]
    position_summary: PositionSummary
    abandoned_calls: int
    next_open: str | None
    notes: list[str]


def status_of(context: DeskContext, active: bool) -> ExecutorStatus:
    """The specification's status; every figure stays formattable (fill_rate 0.0 of 0 attempts)."""
    context.now()
    phase = phase_now(context)
    return {
        "active": active,
        "phase": phase.phase,
        "traders": {
            key: _trader(context, each) for key, each in context.traders.items() if not each.gone
        },
        "position_summary": context.state.balancer.get_summary(),
        "abandoned_calls": 0 if context.lanes is None else context.lanes.abandoned,
        "next_open": next_open(phase),
        "notes": notes_of(context),
    }


def _trader(context: DeskContext, trader: ExpirationTrader) -> TraderStatus:
    totals = context.state.traders[trader.key]
    gate = closed_gate(context, trader)
    days = (trader.expiration - phase_now(context).session_date).days
    return {
        "symbol": trader.symbol,
        "expiration": trader.expiration.isoformat(),
        "days_to_expiry": days,
        "category": expiration_category(days),
        "state": state_of(context, trader),
        "gate": gate if gate is not None else "",
        "gate_text": gate_text(context, trader, gate),
        "fill_rate": totals.fills / totals.attempts if totals.attempts else 0.0,
        "session_attempts": totals.attempts,
        "session_fills": totals.fills,
        "current_contracts": trader.sizing.current_contracts,
        "net_contracts": totals.net,
        "paused": trader.paused,
    }
