"""The executor's status for a language model: the specification's text, and the same as values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypedDict

from engine.learning.estimators import FIRST_LOOK, ArmTally, wilson
from engine.learning.metrics import OptimizationMetrics
from engine.report.status import capital_json, concentration_json
from engine.runtime.advice.suggestion import suggestion
from engine.runtime.context import DeskContext
from engine.runtime.views.notes import notes_of
from engine.snapshot import Concentration, Tied
from engine.state.totals import desk_totals

TOP_EXPIRATIONS: Final = 3


class RateFigure(TypedDict):
    """A fill rate with its 95 % Wilson interval; thin where few attempts are behind it."""

    name: str
    fills: int
    attempts: int
    fill_rate: float
    low: float
    high: float
    thin: bool


class LlmSummary(TypedDict):
    """What the text says, as JSON values; money in dollars, None where something is unknown.

    made_by says what filled the orders: no figure goes without it. dollars are guaranteed:
    floors of the session's finished cycles after fees, less what was lost on units sold back.
    """

    made_by: dict[str, str]
    active_traders: int
    net_premium_usd: float
    position_imbalance: int
    balanced_chains: int
    chains: int
    sizes: list[RateFigure]
    hours: list[RateFigure]
    top_expirations: list[RateFigure]
    dollars: dict[str, Any]
    notes: list[str]
    parameters: dict[str, dict[str, Any]]


def llm_values(context: DeskContext, metrics: OptimizationMetrics) -> LlmSummary:
    """The status as values for a program or a language model."""
    state, session = context.state, context.state.session
    active = sum(not each.gone for each in context.traders.values()) if context.running else 0
    summary = state.balancer.get_summary()
    tried = [totals for totals in state.traders.values() if totals.attempts]
    tried.sort(key=lambda totals: (-totals.fills / totals.attempts, totals.key))
    found = suggestion(context, metrics)
    values: dict[str, Any] = {**found.values}
    return {
        "made_by": {
            "mode": context.config.mode,
            "account": context.config.account,
            "source": session.source if session else "",
            "fill_model": session.fill_model if session else "",
        },
        "active_traders": active,
        "net_premium_usd": summary["net_premium"],
        "position_imbalance": summary["total_imbalance"],
        "balanced_chains": summary["balanced_chains"],
        "chains": summary["chains"],
        "sizes": [_rate(f"{size} contracts", arm) for size, arm in metrics.by_size().items()],
        "hours": [_rate(f"{hour:02d}:00", arm) for hour, arm in metrics.by_hour().items()],
        "top_expirations": [
            _rate(f"{each.symbol} {each.expiration}", ArmTally(each.attempts, each.fills))
            for each in tried[:TOP_EXPIRATIONS]
        ],
        "dollars": _dollars(context),
        "notes": notes_of(context),
        "parameters": {
            name: {"value": values[name], "why": why} for name, why in found.why.items()
        },
    }


def _rate(name: str, arm: ArmTally) -> RateFigure:
    low, high = wilson(arm.k, arm.n)
    return {
        "name": name,
        "fills": arm.k,
        "attempts": arm.n,
        "fill_rate": arm.rate,
        "low": round(low, 4),
        "high": round(high, 4),
        "thin": arm.n < FIRST_LOOK,
    }


def _dollars(context: DeskContext) -> dict[str, Any]:
    """What the session guarantees, for its orders, its time and its capital, and whose it is."""
    state, at_ms = context.state, context.moment.at_ms
    totals = desk_totals(state, at_ms)
    by_trader = {key: each.result_c for key, each in state.traders.items()}
    by_symbol: dict[str, int] = {}
    by_expiration: dict[str, Tied] = {}
    for key, each in state.traders.items():
        by_symbol[each.symbol] = by_symbol.get(each.symbol, 0) + each.result_c
        tied = by_expiration.get(each.expiration, Tied())
        by_expiration[each.expiration] = tied.plus(state.positions.capital.of(key))
    return {
        "result_usd": totals.result_c / 100,
        "orders": totals.orders_today,
        "trader_hours": round(totals.trader_hours, 4),
        "an_order_usd": _usd(totals.result_an_order_c),
        "a_trader_hour_usd": _usd(totals.result_a_trader_hour_c),
        "thin": totals.attempts < FIRST_LOOK,
        "by_trader_usd": {key: result_c / 100 for key, result_c in by_trader.items()},
        "by_symbol_usd": {symbol: result_c / 100 for symbol, result_c in by_symbol.items()},
        "concentration": concentration_json(
            Concentration.of(by_trader), Concentration.of(by_symbol)
        ),
        "capital": capital_json(totals.tied),
        "capital_by_expiration": {
            day: capital_json(tied) for day, tied in sorted(by_expiration.items())
        },
    }


def _usd(cents: float | None) -> float | None:
    return None if cents is None else round(cents / 100, 4)


def llm_text(summary: LlmSummary) -> str:
    """The status as text, laid out as the specification's example; what it has not comes after."""
    return "\n".join(_lines(summary))


def _lines(summary: LlmSummary) -> Iterator[str]:
    yield "Arbitrage Executor Status:"
    yield ""
    yield f"Active Traders: {summary['active_traders']}"
    yield f"Total Net Premium: ${summary['net_premium_usd']:.2f}"
    yield f"Position Imbalance: {summary['position_imbalance']} contracts"
    yield f"Balanced Chains: {summary['balanced_chains']}/{summary['chains']}"
    for title, rates in (("Contract Size", summary["sizes"]), ("Hour", summary["hours"])):
        yield ""
        yield f"Performance by {title}:"
        for rate in rates:
            yield f"  {rate['name']}: {rate['fill_rate']:.1%} fill rate"
        if not rates:
            yield "  no attempts yet"
    yield ""
    yield "Top Performing Expirations:"
    for rate in summary["top_expirations"]:
        counts = f"{rate['fills']}/{rate['attempts']}"
        yield f"  {rate['name']}: {rate['fill_rate']:.1%} ({counts})"
    if not summary["top_expirations"]:
        yield "  no attempts yet"
    yield ""
    yield from _dollar_lines(summary)
    if summary["notes"]:
        yield ""
        yield "Notes:"
        yield from (f"  {note}" for note in summary["notes"])
    yield ""
    yield "Parameters:"
    yield from (f"  {each['why']}" for each in summary["parameters"].values())


def _dollar_lines(summary: LlmSummary) -> Iterator[str]:
    model = summary["made_by"]["fill_model"]
    found = summary["dollars"]
    yield f"Guaranteed Dollars ({f'fill model {model}' if model else 'fills as reported'}):"
    thin = " (thin: few attempts)" if found["thin"] else ""
    yield f"  Session: {_told(found['result_usd'])}{thin}"
    yield f"  Per order: {_told(found['an_order_usd'])} over {found['orders']} orders"
    hours = found["trader_hours"]
    yield f"  Per trader-hour: {_told(found['a_trader_hour_usd'])} over {hours:.1f} hours"
    for kind in ("trader", "symbol"):
        spread = found["concentration"][f"by_{kind}"]
        if spread["best_share"] is None:
            yield f"  Best {kind}: nobody gained"
            continue
        equal = f"like {spread['effective_number']:.1f} equal ones of {spread['gaining']}"
        lost = f"; {spread['losing']} lost" if spread["losing"] else ""
        share = f"{spread['best_share']:.0%} of gains"
        yield f"  Best {kind}: {spread['best']}, {share}, {equal}{lost}"
    tied = found["capital"]
    figure = tied["dollar_days_a_floor_dollar"]
    text = "-" if figure is None else f"{figure:,.1f}"
    yield f"  Capital x days per floor dollar: {text} over {tied['pairs']} held pairs"


def _told(usd: float | None) -> str:
    """Dollars with their sign; "-" where unknown."""
    return "-" if usd is None else f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"
