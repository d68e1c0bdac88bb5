"""Open units of which nothing is held any more: an operator closed them at the broker."""

from __future__ import annotations

from collections.abc import Collection

from engine.book.settlement import intrinsic_c
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader

_OF_A_UNIT = ("UNHEDGED", "PARKED", "OVERSOLD")


def end_closed(context: DeskContext, chains: Collection[str]) -> None:
    """End the units whose contracts are all gone from the book, at what their debit is worth now.

    What they really brought nobody tells. Left open they would close their chain, count as hung,
    and lose or win with the market until their expiration.

    Args:
        context: the desk; the broker's positions have been taken over.
        chains: keys of the traders looked at.
    """
    for key in sorted(context.traders.keys() & set(chains)):
        trader = context.traders[key]
        price = context.market.underlying(trader.symbol, context.moment.epoch_s)
        if price is None:
            continue
        for unit in list(trader.completer.units.values()):
            _end(context, trader, unit, round(price * 100))


def _end(context: DeskContext, trader: ExpirationTrader, unit: LeggedUnit, price_c: int) -> None:
    pair = context.state.positions.pairs.find(trader.key, unit.cycle)
    works = unit.order is not None and unit.order.live
    if pair is None or not pair.flat or unit.remaining <= 0 or works:
        return
    at_ms = context.moment.at_ms
    bought = intrinsic_c(pair.right, unit.long_strike, price_c)
    worth_c = max(0, bought - intrinsic_c(pair.right, unit.short_strike, price_c))
    money_c = worth_c * unit.remaining * pair.multiplier
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
    trader.completer.units.pop(unit.cycle, None)
    for code in _OF_A_UNIT:
        context.alarms.clear(at_ms, code, f"{trader.key}/{unit.cycle}")
