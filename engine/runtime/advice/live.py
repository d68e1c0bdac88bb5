"""What a desk uses now, as advice is computed against it and held against it again."""

from __future__ import annotations

from typing import Any, Final

from engine.learning.attempt_results import AttemptSettings
from engine.learning.proposing.levers import DeskNow, LiveSettings
from engine.runtime.context import DeskContext
from engine.runtime.requests.settings import SESSION_HOURS, read
from engine.runtime.trials.conducting import Trials
from engine.trader.trader import ExpirationTrader

ALL_HOURS: Final = tuple(SESSION_HOURS)


def desk_now(context: DeskContext, trials: Trials) -> DeskNow:
    """Settings in use, and what orders are worth.

    Args:
        context: the desk.
        trials: nothing is advised about a trader that one concerns.
    """
    moment, session, limits = context.moment, context.session, context.config.limits
    value_c = context.gate.reservation.value_c
    return DeskNow(
        moment.epoch_s,
        session.phase.session_date.toordinal(),
        session.exchange_minute(moment.epoch_s),
        {trader.key: _live(context, trials, trader) for trader in context.traders.values()},
        budgeted=limits.enforces_order_budget,
        reservation=None if value_c is None else value_c / 100,
        loss_room=limits.day_loss_exit_only_usd,
        ghosts=context.state.post_trade.ghosts,
    )


def settings_of(trader: ExpirationTrader) -> AttemptSettings:
    """What an attempt of now would be made with, were it in no trial."""
    rules, timing = trader.chain.rules, trader.timing
    return AttemptSettings(
        trader.sizing.current_contracts,
        round(timing.cancel_after_seconds * 1000),
        rules.buy_at,
        rules.sell_at,
        rules.min_payoff_floor,
        rules.objective,
        timing.min_delay_between_attempts,
        timing.max_delay_between_attempts,
    )


def _live(context: DeskContext, trials: Trials, trader: ExpirationTrader) -> LiveSettings:
    sizing, limits = trader.sizing, context.config.limits
    return LiveSettings(
        settings_of(trader),
        min_contracts=sizing.min_contracts,
        max_contracts=min(sizing.max_contracts, limits.max_contracts),
        hours=in_use(trader, "optimal_hours"),
        busy=trials.stands_still(trader.key),
    )


def in_use(trader: ExpirationTrader, setting: str) -> Any:
    """A live value as advice has it: no hours left out are all of them."""
    value = read(trader, setting)
    if setting == "optimal_hours":
        return tuple(value) or ALL_HOURS
    return value
