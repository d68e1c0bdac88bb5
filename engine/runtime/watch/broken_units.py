"""Open units whose debit is not all in the account any more: nothing is sold for them.

Contracts of theirs were assigned, or closed by the broker, by the operator or by another hand. A
credit would be naked then, and selling the debit back would sell what is not held.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Final

from engine.book.settlement import intrinsic_c
from engine.orders import events as ev
from engine.orders.ladder import UNIT_ALARMS
from engine.runtime.context import DeskContext
from engine.runtime.underlying_price import price_for_person
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader

Acting = Callable[[ExpirationTrader], AbstractContextManager[None]]

_BROKEN: Final = (
    "its contracts are not all in the account any more; close what is left at the broker"
)


def broken(context: DeskContext, trader: ExpirationTrader, unit: LeggedUnit) -> str:
    """Why nothing can be sold for a unit any more, as a sentence; "" where its debit is there."""
    pair = context.state.positions.pairs.find(trader.key, unit.cycle)
    return "" if pair is None or pair.whole else _BROKEN


def leave_broken(context: DeskContext, acting: Acting, chains: Collection[str]) -> None:
    """Cancel what works for broken units, and leave them to the operator.

    Args:
        context: the desk's shared parts.
        acting: carries out what a trader decides outside of a step.
        chains: keys of the traders looked at.
    """
    for key in sorted(context.traders.keys() & set(chains)):
        trader = context.traders[key]
        if not trader.credits.units:
            continue
        with acting(trader):
            for unit in trader.credits.units.values():
                reason = broken(context, trader, unit)
                if reason:
                    trader.credits.leave(unit, context.moment, reason)


def end_closed(context: DeskContext, chains: Collection[str], *, told: bool = False) -> None:
    """End the units whose contracts are all gone from the book.

    Left open they would close their chain, count as hung, and lose or win with the market until
    their expiration.

    Args:
        context: the desk's shared parts.
        chains: keys of the traders looked at.
        told: whether the book has what they brought. Otherwise nobody tells that, and their debit
            counts as worth what it is worth now; without a price of the underlying they stay.
    """
    for key in sorted(context.traders.keys() & set(chains)):
        trader = context.traders[key]
        for unit in list(trader.credits.units.values()):
            pair = context.state.positions.pairs.find(key, unit.cycle)
            works = unit.order is not None and unit.order.live
            if pair is None or not pair.flat or unit.remaining <= 0 or works:
                continue
            price = _quoted(trader) if told else price_for_person(context, trader.symbol)
            if price is not None or told:
                at = unit.long_strike if price is None else price
                _end(context, trader, unit, round(at * 100), told=told)


def _quoted(trader: ExpirationTrader) -> float | None:
    """The underlying's price of the last quotes; None where they have none."""
    quotes = trader.last_quotes
    price = None if quotes is None else quotes.underlying
    return None if price != price else price


def _end(
    context: DeskContext, trader: ExpirationTrader, unit: LeggedUnit, price_c: int, *, told: bool
) -> None:
    pair = context.state.positions.pairs.find(trader.key, unit.cycle)
    assert pair is not None
    at_ms = context.moment.at_ms
    bought = intrinsic_c(pair.right, unit.long_strike, price_c)
    worth_c = max(0, bought - intrinsic_c(pair.right, unit.short_strike, price_c))
    money_c = 0 if told else worth_c * unit.remaining * pair.multiplier
    context.emit(
        ev.PairSettled(
            at_ms,
            trader.key,
            unit.cycle,
            pair.contracts_of("debit"),
            pair.unhedged,
            price_c,
            pair.cash_c,
            money_c,
            pair.fees_c,
            pair.cash_c + money_c - pair.fees_c,
            pair.as_traded().floor_c(),
        )
    )
    trader.credits.end_elsewhere(unit)
    for code in UNIT_ALARMS:
        context.alarms.clear(at_ms, code, f"{trader.key}/{unit.cycle}")
