"""The executor's status as the specification's text."""

from __future__ import annotations

from engine.learning.metrics import OptimizationMetrics
from engine.runtime.advice.suggestion import suggestion
from engine.runtime.context import DeskContext
from engine.runtime.views.notes import notes_of

TOP_EXPIRATIONS = 3


def llm_summary(context: DeskContext, metrics: OptimizationMetrics) -> str:
    """The status as text for a language model, laid out as the specification's example."""
    state = context.state
    active = sum(not each.gone for each in context.traders.values()) if context.running else 0
    summary = state.balancer.get_summary()
    lines = [
        "Arbitrage Executor Status:",
        "",
        f"Active Traders: {active}",
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
    notes = notes_of(context)
    if notes:
        lines += ["", "Notes:", *(f"  {note}" for note in notes)]
    why = suggestion(context, metrics).why.values()
    lines += ["", "Parameters:", *(f"  {sentence}" for sentence in why)]
    return "\n".join(lines)
