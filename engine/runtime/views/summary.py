"""The executor's status as a dictionary and as the specification's text."""

from __future__ import annotations

from typing import Any

from engine.learning.metrics import OptimizationMetrics
from engine.market.expirations import expiration_category
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import closed_gate, gate_text, state_of

TOP_EXPIRATIONS = 3


def status_of(context: DeskContext, active: bool) -> dict[str, Any]:
    """The specification's status; every figure stays formattable (fill_rate 0.0 of 0 attempts)."""
    context.now()
    state = context.state
    session = context.session.phase.session_date
    traders = {}
    for key, trader in context.traders.items():
        totals = state.traders[key]
        gate = closed_gate(context, trader)
        days = (trader.expiration - session).days
        traders[key] = {
            "symbol": trader.symbol,
            "expiration": trader.expiration.isoformat(),
            "days_to_expiry": days,
            "category": expiration_category(days).value,
            "state": state_of(context, trader).value,
            "gate": gate.value if gate is not None else "",
            "gate_text": gate_text(context, trader, gate),
            "fill_rate": totals.fills / totals.attempts if totals.attempts else 0.0,
            "session_attempts": totals.attempts,
            "session_fills": totals.fills,
            "current_contracts": trader.sizing.current_contracts,
            "net_contracts": totals.net,
            "paused": trader.paused,
        }
    return {
        "active": active,
        "phase": context.session.phase.phase.value,
        "traders": traders,
        "position_summary": state.balancer.get_summary(),
        "abandoned_calls": 0 if context.lanes is None else context.lanes.abandoned,
    }


def llm_summary(context: DeskContext, metrics: OptimizationMetrics) -> str:
    """The status as text for a language model, laid out as the specification's example."""
    state = context.state
    summary = state.balancer.get_summary()
    lines = [
        "Arbitrage Executor Status:",
        "",
        f"Active Traders: {len(context.traders) if context.running else 0}",
        f"Total Net Premium: ${summary['net_premium']:.2f}",
        f"Position Imbalance: {summary['total_imbalance']} contracts",
        f"Balanced Chains: {summary['balanced_chains']}/{summary['chains']}",
        "",
        "Performance by Contract Size:",
    ]
    sizes = metrics.by_size()
    lines += [
        f"  {size} contracts: {rate.k / rate.n:.1%} fill rate" for size, rate in sizes.items()
    ] or ["  no attempts yet"]
    lines += ["", "Performance by Hour:"]
    hours = metrics.by_hour()
    lines += [
        f"  {hour:02d}:00: {rate.k / rate.n:.1%} fill rate" for hour, rate in hours.items()
    ] or ["  no attempts yet"]
    lines += ["", "Top Performing Expirations:"]
    tried = [totals for totals in state.traders.values() if totals.attempts]
    tried.sort(key=lambda totals: (-totals.fills / totals.attempts, totals.key))
    lines += [
        f"  {t.symbol} {t.expiration}: {t.fills / t.attempts:.1%} ({t.fills}/{t.attempts})"
        for t in tried[:TOP_EXPIRATIONS]
    ] or ["  no attempts yet"]
    return "\n".join(lines)
