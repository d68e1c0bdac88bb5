"""The executor's status as a dictionary and as the specification's text."""

from __future__ import annotations

from typing import Any

from engine.learning.metrics import OptimizationMetrics
from engine.market.expirations import expiration_category
from engine.runtime.core import Core
from engine.runtime.views.gates import closed_gate, gate_text, standing

TOP_EXPIRATIONS = 3


def status_of(core: Core, active: bool) -> dict[str, Any]:
    """The specification's status; every figure stays formattable (fill_rate 0.0 of 0 attempts)."""
    core.now()
    fold = core.fold
    session = core.session.phase.session_date
    traders = {}
    for key, trader in core.traders.items():
        tally = fold.traders[key]
        gate = closed_gate(core, trader)
        days = (trader.expiration - session).days
        traders[key] = {
            "symbol": trader.symbol,
            "expiration": trader.expiration.isoformat(),
            "days_to_expiry": days,
            "category": expiration_category(days).value,
            "state": standing(core, trader).value,
            "gate": gate.value if gate is not None else "",
            "gate_text": gate_text(core, trader, gate),
            "fill_rate": tally.fills / tally.attempts if tally.attempts else 0.0,
            "session_attempts": tally.attempts,
            "session_fills": tally.fills,
            "current_contracts": trader.sizing.current_contracts,
            "net_contracts": tally.net,
            "paused": trader.paused,
        }
    return {
        "active": active,
        "phase": core.session.phase.phase.value,
        "traders": traders,
        "position_summary": fold.balancer.get_summary(),
    }


def llm_summary(core: Core, metrics: OptimizationMetrics) -> str:
    """The status as text for a language model, laid out as the specification's example."""
    fold = core.fold
    summary = fold.balancer.get_summary()
    lines = [
        "Arbitrage Executor Status:",
        "",
        f"Active Traders: {len(core.traders) if core.running else 0}",
        f"Total Net Premium: ${summary['net_premium']:.2f}",
        f"Position Imbalance: {summary['total_imbalance']} contracts",
        f"Balanced Chains: {summary['balanced_chains']}/{summary['chains']}",
        "",
        "Performance by Contract Size:",
    ]
    sizes = metrics.by_size()
    lines += [
        f"  {size} contracts: {tally.k / tally.n:.1%} fill rate" for size, tally in sizes.items()
    ] or ["  no attempts yet"]
    lines += ["", "Performance by Hour:"]
    hours = metrics.by_hour()
    lines += [
        f"  {hour:02d}:00: {tally.k / tally.n:.1%} fill rate" for hour, tally in hours.items()
    ] or ["  no attempts yet"]
    lines += ["", "Top Performing Expirations:"]
    tried = [tally for tally in fold.traders.values() if tally.attempts]
    tried.sort(key=lambda tally: (-tally.fills / tally.attempts, tally.key))
    lines += [
        f"  {t.symbol} {t.expiration}: {t.fills / t.attempts:.1%} ({t.fills}/{t.attempts})"
        for t in tried[:TOP_EXPIRATIONS]
    ] or ["  no attempts yet"]
    return "\n".join(lines)
