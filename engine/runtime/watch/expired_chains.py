"""Ends the pairs of expired chains, at a price that keeps nobody waiting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from engine.book.held_pair import HeldPair
from engine.orders import events as ev
from engine.orders.ladder import UNIT_ALARMS
from engine.runtime.context import DeskContext
from engine.runtime.underlying_price import quoted_price

ASK_EVERY_S: Final = 8.0
"""Engine seconds between two questions for the same underlying's price."""


class ExpiredChains:
    """Settles pairs whose contracts cancel each other out once their chain has expired.

    The sum of such pairs is the same at every price, so the latest quotes are good enough. Where
    there are none the market is asked, in a lane where that may block: the pairs then end once the
    answer has come, and at the next look where it did not.

    Args:
        context: the desk's shared parts.
        on_ended: called after chains ended by an answer that came later.

    Attributes:
        unpriced: whether a chain waits for a price of its underlying.
    """

    def __init__(self, context: DeskContext, on_ended: Callable[[], None]) -> None:
        self._context = context
        self._on_ended = on_ended
        self._opened = False
        self._asked_s: dict[str, float] = {}
        self.unpriced = False

    def session_opened(self) -> None:
        """The exchange is open: chains that expire today may end at its close."""
        self._opened = True

    def look(self) -> None:
        """End what has expired and has a price; ask for the prices of the rest. Raises nothing."""
        context = self._context
        self.unpriced = False
        for trader in self._over():
            symbol = context.state.traders[trader].symbol
            price = quoted_price(context, symbol)
            if price is not None:
                self.end(trader, round(price * 100))
            else:
                self.unpriced = True
                self._ask(symbol)

    def end(self, trader: str, price_c: int) -> None:
        """Settle every pair of an expired chain once the account holds none of its contracts.

        Args:
            trader: the chain's key.
            price_c: the underlying's price, cents a share.
        """
        context = self._context
        if not self._is_flat(trader):
            return
        at_ms = context.moment.at_ms
        pairs = context.state.positions.pairs.of_chain(trader)
        realised_c = 0
        for pair in pairs:
            realised_c += pair.result_c(price_c)
            context.emit(_settled(pair, price_c, at_ms))
        if pairs:
            context.emit(ev.ChainSettled(at_ms, trader, price_c, len(pairs), realised_c))
        self._release(trader, at_ms)

    def _over(self) -> list[str]:
        """Chains of held pairs that have expired and of which no contract is left."""
        context = self._context
        today, over = context.session.phase.session_date, []
        for trader in context.state.positions.pairs.chains():
            expires = context.state.traders[trader].expires
            closed = self._opened and context.session.multiplier is None
            if (expires < today or (expires == today and closed)) and self._is_flat(trader):
                over.append(trader)
        return over

    def _is_flat(self, trader: str) -> bool:
        totals = self._context.state.traders[trader]
        return not any(
            (key.symbol, key.expiration) == (totals.symbol, totals.expiration)
            for key in self._context.state.contracts.contracts()
        )

    def _ask(self, symbol: str) -> None:
        """Ask the market in a lane; what comes of it ends the chains of the symbol."""
        context, now_s = self._context, self._context.moment.now_s
        asked_s = self._asked_s.get(symbol)
        if context.lanes is None or (asked_s is not None and now_s - asked_s < ASK_EVERY_S):
            return
        self._asked_s[symbol] = now_s
        market, epoch_s, post = context.market, context.moment.epoch_s, context.scheduler.post

        def call() -> None:
            price = market.underlying(symbol, epoch_s)
            post(partial(self._priced, symbol, price))

        context.lanes.quotes.submit(lambda: call, failed=_passed_over)

    def _priced(self, symbol: str, price: float | None) -> None:
        """In the scheduler's thread: the market has told a price, or that it knows none."""
        context = self._context
        context.now()
        chains = [each for each in self._over() if context.state.traders[each].symbol == symbol]
        if price is None or price != price or not chains:
            return
        for trader in chains:
            self.end(trader, round(price * 100))
        self._on_ended()

    def _release(self, trader: str, at_ms: int) -> None:
        """Drop the chain's units, of which nothing is left to complete, and clear their alarms."""
        context = self._context
        owner = context.traders.get(trader)
        if owner is not None:
            for unit in list(owner.credits.units.values()):
                owner.credits.end_elsewhere(unit)
        for code in UNIT_ALARMS:
            for where in context.alarms.places(code):
                if where.startswith(f"{trader}/"):
                    context.alarms.clear(at_ms, code, where)
        context.alarms.clear(at_ms, "ASSIGNED", trader)


def _passed_over(error: BaseException) -> None:
    """The chain stays unpriced, and the next look asks again."""


def _settled(pair: HeldPair, price_c: int, at_ms: int) -> ev.PairSettled:
    return ev.PairSettled(
        at_ms,
        pair.trader,
        pair.cycle,
        pair.contracts_of("debit"),
        pair.unhedged,
        price_c,
        pair.cash_c,
        pair.worth_c(price_c),
        pair.fees_c,
        pair.result_c(price_c),
        pair.as_traded().floor_c(),
    )
