"""Makes a desk's traders, one per symbol and expiration, all from the same parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from engine.book.balancer import PositionBalancer
from engine.config.bounds import MOST_TRADERS
from engine.config.names import shown
from engine.market.calendar import TradingCalendar, exchange_date
from engine.market.expirations import expiration_date, no_session_to_expire_in
from engine.market.fees import schedule_of
from engine.market.ticks import ContractTerms
from engine.orders import events as ev
from engine.orders.ids import OrderIds
from engine.pricing.credit import CreditMaximizer
from engine.pricing.kernel import Workspace
from engine.runtime.context import DeskContext
from engine.runtime.restart.restore import restore_trader
from engine.trader.chain import refuse_own_fees
from engine.trader.trader import ExpirationTrader, trader_key


def expirations_by_day(
    symbol: str, expirations: Any, since: date | None, calendar: TradingCalendar
) -> list[tuple[date, date | datetime]]:
    """Exchange dates, each with the expiration as it was given.

    Args:
        symbol: option root, for the sentences.
        expirations: dates or datetimes.
        since: the exchange's today, from which on a chain can expire; None where the source of
            quotes lists what there is, and where a run goes on that may hold what has expired.
        calendar: on which days options can expire.

    Raises:
        ValueError: an expiration is not a date, is past, or names a day without a session.
    """
    if isinstance(expirations, date | str | bytes) or not isinstance(expirations, Iterable):
        raise ValueError(f"expirations is {shown(expirations)}; pass a list of dates")
    days = [(_day(symbol, given), given) for given in islice(expirations, MOST_TRADERS + 1)]
    if not days:
        raise ValueError(f"no expiration of {symbol} is given; pass at least one date")
    if len(days) > MOST_TRADERS:
        raise ValueError(f"more than {MOST_TRADERS:,} expirations of {symbol}; name fewer")
    for day, given in days if since is not None else ():
        if since is not None and day < since:
            raise ValueError(f"expiration {day} of {symbol} is past: today is {since}")
        closed = "" if _about(given) else no_session_to_expire_in(day, calendar)
        if closed:
            raise ValueError(
                f"no option of {symbol} expires then: {closed}; standard_expiration() gives one "
                "that is listed"
            )
    return days


def _day(symbol: str, given: Any) -> date:
    wrong = ValueError(f"expiration {shown(given)} of {symbol} is not a date or datetime")
    if not isinstance(given, date):
        raise wrong
    try:
        return date.fromordinal(expiration_date(given).toordinal())
    except (ValueError, OverflowError):  # pandas' NaT is a datetime of no day
        raise wrong from None


def _about(given: date | datetime) -> bool:
    """Whether an expiration has a time of day: "in thirty days", and not a day's own name."""
    return isinstance(given, datetime) and given.time() != time()


class Roster:
    """Adds traders to the context.

    Args:
        context: the desk's shared parts.
        take_on: adds a trader to those that are stepped.
        maximizer: how completing credits are chosen.
        order_callback, quote_callback: kept by each trader.
        seed: of the delays.
        bar_s: seconds between a replay's quotes; None where they come when asked for.
        restored: whether the state comes from an earlier run of the same journal.
        installation: tells its orders from those of others in the same account.
        start: tells them from those of earlier starts on the same account; "" where it is new.
    """

    def __init__(
        self,
        context: DeskContext,
        take_on: Callable[[ExpirationTrader], None],
        maximizer: CreditMaximizer,
        order_callback: Callable[..., Any] | None,
        quote_callback: Callable[..., Any] | None,
        *,
        seed: int,
        bar_s: float | None,
        restored: bool,
        installation: str,
        start: str,
    ) -> None:
        self._context = context
        self._take_on = take_on
        self.maximizer = maximizer
        self._callbacks = order_callback, quote_callback
        self._seed = seed
        self._bar_s = bar_s
        self._restored = restored
        self._installation, self._start = installation, start
        self._workspace = Workspace()

    def add(
        self, symbol: str, expiration: date, terms: ContractTerms | None
    ) -> ExpirationTrader | None:
        """Add a trader, as an earlier run left it; one already there is left as it is.

        A chain that a resumed run did not trade yet waits for the operator like all the others.

        Returns:
            The trader; None where it was there, and not removed.
        """
        context, config = self._context, self._context.config
        clock = context.scheduler.pace.clock
        before = context.state.traders.get(trader_key(symbol, expiration))
        number = len(context.state.traders) + 1 if before is None else before.number
        trader = ExpirationTrader(
            symbol,
            expiration,
            config.timing.model_copy(),
            config.sizing,
            context.state.balancer,
            self.maximizer,
            *self._callbacks,
            config=config,
            clock=clock,
            session=context.session,
            gate=context.gate,
            fees=schedule_of(config.fees),
            ids=OrderIds(
                config.mode,
                self._installation,
                exchange_date(clock.epoch_s()),
                number,
                self._start,
            ),
            seed=self._seed,
            workspace=self._workspace,
            terms=terms,
            bar_s=self._bar_s,
            contracts=context.state.contracts,
        )
        present = context.traders.get(trader.key)
        if present is not None:
            was_gone = present.gone
            if present.leaving:
                self._leave(present, False)
            return present if was_gone else None
        if len(context.traders) >= MOST_TRADERS:
            raise ValueError(
                f"{trader.key} would be one trader more than {MOST_TRADERS:,}, the most of an "
                "executor; start another for it"
            )
        known = before if self._restored else None
        self._take_on(trader)
        if known is not None:
            restore_trader(context, trader, known)
        elif self._restored and not context.running:
            trader.pause()
        return trader

    def remove(self, symbol: str, days: Collection[date] | None) -> list[str]:
        """Let a symbol's traders, or those of some of its days, leave; those not gone at once.

        What is open goes on: a live debit to its timer, a filled one until it is completed. What
        the chain holds to expiration is watched and settled by the desk as before.

        Raises:
            ValueError: there is none, with what there is.
        """
        context = self._context
        mine = [t for t in context.traders.values() if t.symbol == symbol and not t.leaving]
        leaving = [t for t in mine if days is None or t.expiration in days]
        if not leaving or (days is not None and len(leaving) < len(set(days))):
            there = ", ".join(t.key for t in context.traders.values() if not t.leaving)
            wanted = symbol if days is None else f"{symbol} {', '.join(map(str, sorted(days)))}"
            raise ValueError(f"{wanted} is not traded; traded are: {there or 'none'}")
        for trader in leaving:
            self._leave(trader)
        return [trader.key for trader in leaving if not trader.gone]

    def _leave(self, trader: ExpirationTrader, leaving: bool = True) -> None:
        """Have a trader leave, or (False) stay after all, and journal who asked."""
        before = trader.state().value
        trader.leave(leaving)
        self._context.emit(
            ev.OperatorActed(
                self._context.now().at_ms,
                "",
                "remove" if leaving else "add",
                trader.key,
                "program",
                "",
                before,
                trader.state().value,
                "confirmed",
                "remove_symbol" if leaving else "add_symbol",
            )
        )

    def use_balancer(self, balancer: PositionBalancer) -> None:
        """Have every trader, present and later, share this balance."""
        context = self._context
        context.state.use_balancer(balancer)
        context.limits.limit_chain_imbalance(balancer.max_imbalance)
        for trader in context.traders.values():
            balancer.track(trader.symbol, trader.expiration)
            trader.use_balancer(balancer)

    def use_maximizer(self, maximizer: CreditMaximizer) -> None:
        """Have every trader, present and later, choose its credits so.

        Raises:
            ValueError: it sets fees; nothing is then changed.
        """
        refuse_own_fees(maximizer)
        self.maximizer = maximizer
        for trader in self._context.traders.values():
            trader.use_maximizer(maximizer)
