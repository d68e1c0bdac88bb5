"""What the detail screen shows of one trader."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from engine.learning.estimators import FIRST_LOOK
from engine.market.chain import OptionChain
from engine.market.legs import right_letter, strikes_text
from engine.orders.events import AttemptEnded
from engine.orders.ladder import lowest_credit_c
from engine.orders.types import Part
from engine.pricing.early_exercise import short_legs
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.payoff import payoff
from engine.risk.gates import AT_QUOTES, BEFORE_QUOTES, TABLE, Gate
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import oldest_open
from engine.runtime.views.rows import delay_rates, hour_rates, size_rates
from engine.snapshot import LegView, TraderDetail
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader
from engine.trader.unit_prices import owed_c

_CURVE_POINTS = 61

TRADER_EVENTS: Final = 40
"""Event lines of a trader that are shown."""


def trader_detail(context: DeskContext, trader: ExpirationTrader) -> TraderDetail:
    """Everything about one trader; built only for the one that is looked at."""
    totals = context.state.traders[trader.key]
    chain = trader.last_quotes.chain if trader.last_quotes else None
    chosen = trader.debits.chooser.opportunity
    unit = oldest_open(trader)
    needed = None
    cycle = ""
    if unit is not None and unit.filled > 0:
        ladder = unit.ladder_prices(
            trader.chain.rules.fee_per_share * 100, trader.chain.tick_c, trader.config.ladder
        )
        owed = owed_c(unit, trader.chain.rules, unit.credit_short, unit.credit_long)
        needed = lowest_credit_c(unit.stage, ladder, unit.conceding) + owed
        bought = strikes_text(unit.long_strike, unit.short_strike)
        cycle = (
            f"cycle {unit.cycle}: {unit.filled} x {bought} paid "
            f"{unit.paid_c / unit.filled / 100:.2f}, {unit.remaining} without credit, "
            f"{_working(unit)}"
        )
    elif trader.debits.live is not None:
        request = trader.debits.live.order.request
        long, short = request.legs
        legs = strikes_text(long.strike, short.strike)
        cycle = (
            f"cycle {trader.debits.live.cycle}: buying {request.quantity} x {legs} at "
            f"{request.limit_c / 100:.2f}"
        )
    return TraderDetail(
        key=trader.key,
        cycle=cycle,
        stage=unit.stage.value if unit else "",
        needed_c=needed,
        gates=_gates(context, trader),
        sizes=size_rates(totals.rates),
        hours=hour_rates(totals.rates),
        delays=delay_rates(totals.rates),
        fill_curve=fill_curve(totals.fill.steps(), totals.attempts),
        parameters=_parameters(trader),
        opportunity=_sentence(chosen) if chosen else "",
        opportunity_legs=_legs(chosen, chain) if chosen else (),
        payoff=_payoff(chosen, chain) if chosen else ((), ()),
        underlying=None
        if chain is None or math.isnan(chain.underlying_price)
        else chain.underlying_price,
        exclusions=tuple(
            sorted(trader.debits.chooser.exclusions.items(), key=lambda item: -item[1])
        ),
        attempts=tuple(attempt_text(each) for each in reversed(totals.recent)),
        events=context.state.notices.lines.holding(trader.key, TRADER_EVENTS),
        trader_hours=context.state.open_time.hours_of(trader.key, context.moment.at_ms),
        thin=totals.attempts < FIRST_LOOK,
        expected=context.chances.told(trader.key),
        afterwards=context.state.post_trade.of_trader(trader.key),
        day=context.state.day.view_of(trader.key),
    )


def _working(unit: LeggedUnit) -> str:
    """What works at the broker for an open unit."""
    order = unit.order
    if order is None or not order.live:
        return "nothing works for it"
    limit = f"{order.request.limit_c / 100:.2f}"
    if order.request.part is Part.UNWIND:
        return f"selling it back at {limit}"
    return f"selling {strikes_text(unit.credit_short, unit.credit_long)} at {limit}"


def _gates(context: DeskContext, trader: ExpirationTrader) -> tuple[tuple[str, bool, str], ...]:
    """Every gate asked before quotes, passing or not, then what the last quotes met."""
    closed: set[Gate] = set()
    met = trader.blocked if trader.blocked in AT_QUOTES else None  # others are asked anew
    for code in (trader.entry_gate(context.moment), context.gate.desk_gate(), met):
        if code is not None:
            closed.add(code)
    asked = [code for code in TABLE if code in BEFORE_QUOTES or code in closed]
    return tuple((code.value, code not in closed, TABLE[code].sentence) for code in asked)


def fill_curve(
    steps: Iterable[tuple[float, int]], attempts: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Seconds and the fraction of all attempts filled by then."""
    times, parts, total = [0.0], [0.0], 0
    for second, count in steps:
        total += count
        times.append(second)
        parts.append(total / attempts if attempts else 0.0)
    return tuple(times), tuple(parts)


def _parameters(trader: ExpirationTrader) -> tuple[tuple[str, str], ...]:
    timing, sizing, rules = trader.timing, trader.sizing, trader.chain.rules
    hours = ", ".join(f"{hour}:00" for hour in sorted(trader.hours)) if trader.hours else "all"
    return (
        ("size", f"{sizing.current_contracts} of {sizing.min_contracts}-{sizing.max_contracts}"),
        ("cancel after", f"{timing.cancel_after_seconds:g} s"),
        (
            "delay",
            f"{timing.min_delay_between_attempts:g}-{timing.max_delay_between_attempts:g} s",
        ),
        ("quote location", f"{rules.buy_at:g} / {rules.sell_at:g}"),
        ("widest vertical", f"{rules.max_width:g} points"),
        ("rule", f"{rules.rule}, floor >= {rules.min_payoff_floor:g}"),
        ("best by", "payoff floor" if rules.objective == "floor" else "net credit"),
        ("fees a pair", f"{trader.chain.pair_fee_c / 100:.2f} $"),
        ("entry hours", hours),
    )


def _sentence(chosen: TwoPartOpportunity) -> str:
    star = "-" if chosen.f_star is None else f"{chosen.f_star:.2f}"
    debit = strikes_text(chosen.debit_long, chosen.debit_short)
    credit = strikes_text(chosen.credit_short, chosen.credit_long)
    return (
        f"{chosen.kind} of {chosen.right}s: buy {debit} at "
        f"{chosen.debit_limit_c / 100:.2f}, sell {credit} at "
        f"{chosen.credit_limit_c / 100:.2f}; at limit prices after fees floor {chosen.floor:+.2f}, "
        f"best {chosen.max_profit:+.2f} a share, f* {star}, {chosen.label}"
    )


def _legs(chosen: TwoPartOpportunity, chain: OptionChain | None) -> tuple[LegView, ...]:
    underlying = math.nan
    if chain is not None and chosen.style == "american":
        underlying = chain.underlying_price
    return tuple(
        LegView(
            1 if leg.side == "buy" else -1,
            right_letter(leg.option_type),
            leg.strike,
            None if math.isnan(leg.bid) else leg.bid,
            None if math.isnan(leg.ask) else leg.ask,
            *(short or ()),
        )
        for leg, short in zip(chosen.legs, short_legs(chosen.legs, underlying), strict=True)
    )


def _payoff(
    chosen: TwoPartOpportunity, chain: OptionChain | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Dollars a pair at expiration after fees over prices around its strikes."""
    strikes = [leg.strike for leg in chosen.legs]
    low, high = min(strikes), max(strikes)
    margin = max(high - low, 1.0) * 0.6
    cash = (chosen.credit_limit_c - chosen.debit_limit_c) / 100
    multiplier = 100 if chain is None else chain.multiplier
    fees = chosen.fee_c_per_pair / 100
    legs = chosen.payoff_legs
    start = max(0.0, low - margin)
    step = (high + margin - start) / (_CURVE_POINTS - 1)
    prices = tuple(start + step * point for point in range(_CURVE_POINTS))
    dollars = tuple((payoff(legs, price) + cash) * multiplier - fees for price in prices)
    return prices, dollars


def attempt_text(attempt: AttemptEnded) -> str:
    """An attempt in a few words: how it ended, what it filled, how soon, after which wait."""
    took = "" if attempt.fill_time_ms is None else f" in {attempt.fill_time_ms} ms"
    return (
        f"{attempt.result} {attempt.filled}/{attempt.contracts}{took} after {attempt.delay_s:.1f} s"
    )
