"""Every open unit as the operator decides about it: its stage, and what each choice comes to.

Figures are dollars after the fees of both spreads, at the quotes the desk saw last.
"""

from __future__ import annotations

from engine.market.legs import right_letter, strikes_text
from engine.orders.ladder import lowest_credit_c
from engine.runtime.context import DeskContext
from engine.runtime.watch.broken_units import broken
from engine.snapshot import UnitView
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader
from engine.trader.unit_exits import CHOICES
from engine.trader.unit_prices import natural_c, owed_c


def open_units(context: DeskContext) -> tuple[UnitView, ...]:
    """The open units of a desk, the oldest first."""
    views = [
        _view(context, trader, unit)
        for trader in context.traders.values()
        for unit in trader.credits.units.values()
        if unit.remaining > 0
    ]
    return tuple(sorted(views, key=lambda each: (each.since_s, each.key)))


def _view(context: DeskContext, trader: ExpirationTrader, unit: LeggedUnit) -> UnitView:
    moment = context.moment
    chain = trader.last_quotes.chain if trader.last_quotes else None
    debit = credit = None
    if chain is not None:
        debit = natural_c(chain, unit.right, unit.long_strike, unit.short_strike)
        if unit.credit_short != unit.credit_long:
            credit = natural_c(chain, unit.right, unit.credit_short, unit.credit_long)
    limit_s = trader.context.quote_age_limit_s
    prices = unit.ladder_prices(
        trader.chain.rules.fee_per_share * 100, trader.chain.tick_c, trader.config.ladder
    )
    paid_c = unit.paid_c / unit.filled
    open_ = unit.remaining
    multiplier = trader.exposure.multiplier
    fees_c = trader.chain.fees.pair_fee_c(open_, trader.symbol)
    order = unit.order if unit.order is not None and unit.order.live else None

    closed = broken(context, trader, unit)
    owed = owed_c(unit, trader.chain.rules, unit.credit_short, unit.credit_long)

    def comes_to(price_c: float) -> int:
        return round((price_c - paid_c) * open_ * multiplier) - fees_c

    right = right_letter(unit.right)
    return UnitView(
        key=f"{trader.key}/{unit.cycle}",
        trader=trader.key,
        symbol=trader.symbol,
        expiration=trader.expiration,
        legs=f"{strikes_text(unit.long_strike, unit.short_strike)}{right}",
        credit_legs=f"{strikes_text(unit.credit_short, unit.credit_long)}{right}",
        filled=unit.filled,
        open=open_,
        paid_c=round(paid_c),
        stage=unit.stage.value,
        choice=unit.choice.value if unit.choice else "",
        since_s=moment.epoch_s - unit.age_s(moment.now_s),
        works=order.request.part.value if order is not None else "",
        limit_c=order.request.limit_c if order is not None else None,
        lowest_c=lowest_credit_c(unit.stage, prices, unit.conceding) + owed,
        f1_c=prices.f1_c + owed,
        f2_c=prices.f2_c + owed,
        f3_c=prices.f3_c + owed,
        unwind_least_c=max(0, round(paid_c) - prices.unwind_loss_c),
        credit_bid_c=None if credit is None else round(credit[0]),
        debit_bid_c=None if debit is None else round(debit[0]),
        complete_c=None if credit is None else comes_to(credit[0] - owed),
        scratch_c=comes_to(prices.f2_c),
        unwind_c=None if debit is None else comes_to(debit[0]),
        carry_c=-round(paid_c * open_ * multiplier)
        - trader.chain.fees.vertical_fee_c(open_, trader.symbol),
        quoted_s=None if chain is None else chain.confirmed_s,
        stale=chain is None or not abs(moment.epoch_s - chain.confirmed_s) <= limit_s,
        refusals=tuple(closed or trader.refusal(unit, choice, moment) for choice in CHOICES),
    )
