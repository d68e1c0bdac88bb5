"""The row of a choice: by which settings an attempt's pair was chosen, and what else was known."""

from __future__ import annotations

from typing import Final

from engine.market.legs import right_letter, strike_text
from engine.market.session import Moment
from engine.orders.events import PairChosen
from engine.orders.order import Order
from engine.pricing.opportunity import TwoPartOpportunity
from engine.trader.context import TraderContext

OTHER_EVERY_ATTEMPTS: Final = 4
"""Of so many attempts one asks what the other objective would have chosen: a second scan."""


def pair_chosen(
    context: TraderContext,
    order: Order,
    chosen: TwoPartOpportunity,
    other: TwoPartOpportunity | None,
    cycle: int,
    moment: Moment,
) -> PairChosen:
    """What an attempt that goes out now will be learned from.

    Args:
        context: whose attempt it is.
        order: the debit.
        chosen: its pair.
        other: what the other objective would have chosen; None where it was not asked.
        cycle: the attempt's number.
        moment: the present.
    """
    timing, session, values = context.timing, context.session, context.values
    rules = context.chain.rules_for(values)
    own_s = timing.min_delay_between_attempts, timing.max_delay_between_attempts
    delays_s = values.delay_s or own_s
    own_ms = timing.cancel_after_seconds * 1000
    widths = chosen.debit_ask - chosen.debit_bid + chosen.credit_ask - chosen.credit_bid
    return PairChosen(
        moment.at_ms,
        context.key,
        order.request.client_order_id,
        cycle,
        session.phase.phase.value,
        session.exchange_minute(moment.epoch_s),
        order.request.quantity,
        round(own_ms if values.cancel_ms is None else values.cancel_ms),
        rules.buy_at,
        rules.sell_at,
        rules.objective,
        rules.min_payoff_floor,
        *delays_s,
        round(widths * 100, 2),
        round(chosen.floor, 4),
        _rounded(chosen.mid_floor),
        _rounded(chosen.fill_estimate),
        "" if other is None else strikes_of(other),
        None if other is None else round(other.floor, 4),
        None if other is None else other.net_credit_c,
        values.arm,
    )


def strikes_of(pair: TwoPartOpportunity) -> str:
    """A pair as right and strikes: debit long and short, credit short and long."""
    strikes = pair.debit_long, pair.debit_short, pair.credit_short, pair.credit_long
    return f"{right_letter(pair.right)} {' '.join(map(strike_text, strikes))}"


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)
