"""Keeps debit and credit contracts of every chain matched; the specification's PositionBalancer."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from engine.book.balance import (
    CENTS,
    Booked,
    Booking,
    ChainLedger,
    PositionBalance,
    PositionSummary,
)
from engine.config.argument_names import names_what_was_meant
from engine.config.bounds import MOST_HELD, whole_number
from engine.market.expirations import expiration_date
from engine.orders.averages import split_total

__all__ = ["Booking", "PositionBalance", "PositionBalancer", "PositionSummary"]


class PositionBalancer:
    """Keeps debit and credit contracts of every chain matched; any thread may call.

    Args:
        max_imbalance: open contracts a chain may have.
        force_balance_at_close: whether the engine completes or unwinds everything legged before
            the close; the balancer itself reads no clock.

    Raises:
        ValueError: max_imbalance is not a positive whole number.
    """

    @names_what_was_meant
    def __init__(self, max_imbalance: int = 5, force_balance_at_close: bool = True) -> None:
        self.max_imbalance = whole_number("max_imbalance", max_imbalance, 1, MOST_HELD)
        self.force_balance_at_close = force_balance_at_close
        self._lock = threading.Lock()
        self._chains: dict[tuple[str, date], ChainLedger] = {}

    def __repr__(self) -> str:
        sums = self.get_summary()
        return (
            f"PositionBalancer(max_imbalance={self.max_imbalance}, "
            f"force_balance_at_close={self.force_balance_at_close}: "
            f"{sums['balanced_chains']}/{sums['chains']} chains balanced, "
            f"{sums['total_imbalance']} contracts open, cash {sums['net_premium']:+.2f} $)"
        )

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle needs: everything but the lock."""
        with self._lock:
            return copy.deepcopy({k: v for k, v in vars(self).items() if k != "_lock"})

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def track(self, symbol: str, expiration: date | datetime) -> None:
        """Count a chain in the summary before anything has filled on it."""
        key = _key(symbol, expiration)
        with self._lock:
            self._chain(key)

    def can_add_debit(
        self, symbol: str, expiration: date | datetime, contracts: int = 1, working: int = 0
    ) -> bool:
        """Whether this many more debit contracts stay within the chain's limit.

        Args:
            symbol, expiration: the chain.
            contracts: debit contracts to add.
            working: debit contracts of orders whose outcome is not known yet.
        """
        _check_contracts(contracts)
        return contracts <= self.room(symbol, expiration, working)

    def room(self, symbol: str, expiration: date | datetime, working: int = 0) -> int:
        """Debit contracts that still fit: max_imbalance - net - working; negative when over."""
        chain = self._chains.get(_key(symbol, expiration))
        return self.max_imbalance - (chain.net if chain else 0) - working

    def record_debit_fill(
        self,
        symbol: str,
        expiration: date | datetime,
        contracts: int,
        cost: float,
        *,
        multiplier: int = 100,
    ) -> None:
        """Record bought verticals.

        Args:
            symbol, expiration: the chain; a naive expiration is an exchange date.
            contracts: verticals bought, 1 or more.
            cost: price per share, their average; the whole is booked to the cent.
            multiplier: dollars a contract per point.

        Raises:
            ValueError: contracts, cost or multiplier make no sense.
        """
        total_c = total_cents("cost", cost, contracts, multiplier)
        self._book("debit", _key(symbol, expiration), split_total(total_c, contracts))

    def record_credit_fill(
        self,
        symbol: str,
        expiration: date | datetime,
        contracts: int,
        credit: float,
        *,
        multiplier: int = 100,
    ) -> None:
        """Record verticals sold against the debits; arguments as for `record_debit_fill`.

        Selling more than was bought makes the net negative.
        """
        total_c = total_cents("credit", credit, contracts, multiplier)
        self._book("credit", _key(symbol, expiration), split_total(total_c, contracts))

    def book(self, symbol: str, expiration: date | datetime, booking: Booking) -> None:
        """Book one execution.

        Raises:
            ValueError: contracts, price or multiplier make no sense.
        """
        contract_c = _booking_cents(booking)
        _check_contracts(booking.contracts)
        self._book(booking.kind, _key(symbol, expiration), ((booking.contracts, contract_c),))

    def rebook_chain(
        self, symbol: str, expiration: date | datetime, bookings: Iterable[Booking]
    ) -> None:
        """Replace a chain's whole history at once, after a correction or bust.

        Args:
            symbol, expiration: the chain.
            bookings: every execution not taken back, in the order of execution.

        Raises:
            ValueError: a booking makes no sense; the chain then stays as it was.
        """
        key = _key(symbol, expiration)
        fresh = ChainLedger(*key)
        for booking in bookings:
            contract_c = _booking_cents(booking)
            _check_contracts(booking.contracts)
            _apply(fresh, booking.kind, booking.contracts, contract_c)
        with self._lock:
            self._chains[key] = fresh

    def get_balance(self, symbol: str, expiration: date | datetime) -> PositionBalance:
        """The chain's balance; zeros where nothing was recorded."""
        key = _key(symbol, expiration)
        with self._lock:
            chain = self._chains.get(key)
            return chain.balance() if chain else PositionBalance(*key)

    def balances(self) -> tuple[PositionBalance, ...]:
        """Every chain's balance, by symbol and expiration."""
        with self._lock:
            balances = [chain.balance() for chain in self._chains.values()]
        return tuple(sorted(balances, key=lambda b: (b.symbol, b.expiration)))

    def get_all_imbalanced(self) -> list[PositionBalance]:
        """Chains whose net is not zero, the largest imbalance first."""
        return sorted(
            (b for b in self.balances() if not b.is_balanced),
            key=lambda b: (-b.imbalance, b.symbol, b.expiration),
        )

    def get_summary(self) -> PositionSummary:
        """Sums over all chains: counts of chains and contracts, money in dollars before fees."""
        with self._lock:
            chains = list(self._chains.values())
            paid_c = sum(chain.paid_c for chain in chains)
            received_c = sum(chain.received_c for chain in chains)
            nets = [chain.net for chain in chains]
        return {
            "chains": len(nets),
            "total_debit_paid": paid_c / CENTS,
            "total_credit_received": received_c / CENTS,
            "net_premium": (received_c - paid_c) / CENTS,
            "total_imbalance": sum(abs(net) for net in nets),
            "balanced_chains": nets.count(0),
        }

    def _book(self, kind: Booked, key: tuple[str, date], parts: Iterable[tuple[int, int]]) -> None:
        with self._lock:
            chain = self._chain(key)
            for contracts, contract_c in parts:
                _apply(chain, kind, contracts, contract_c)

    def _chain(self, key: tuple[str, date]) -> ChainLedger:
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = ChainLedger(*key)
        return chain


def _apply(chain: ChainLedger, kind: Booked, contracts: int, contract_c: int) -> None:
    if kind == "debit":
        chain.buy(contracts, contract_c)
    else:
        chain.sell(contracts, contract_c, unwind=kind == "unwind")


def _key(symbol: str, expiration: date | datetime) -> tuple[str, date]:
    if not isinstance(symbol, str) or not symbol:
        raise ValueError(f"symbol is {symbol!r}; name the option root")
    if not isinstance(expiration, date):
        raise ValueError(f"expiration is {expiration!r}; it must be a date or a datetime")
    return symbol, expiration_date(expiration)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _amount(value: object) -> bool:
    """Whether a value is a number with an amount, of any type that computes: not NaN, not text."""
    try:
        return not isinstance(value, bool) and math.isfinite(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False


def _check_contracts(contracts: int) -> None:
    if not _whole(contracts) or contracts <= 0:
        raise ValueError(f"contracts is {contracts!r}; it must be a whole number of 1 or more")


def _check_multiplier(multiplier: int) -> None:
    if not _whole(multiplier) or multiplier <= 0:
        raise ValueError(f"multiplier is {multiplier!r}; it must be a whole number of 1 or more")


def total_cents(name: str, price: float, contracts: int, multiplier: int) -> int:
    """What some contracts cost together, in cents, at an average price per share.

    Args:
        name: what the price is called where it is refused.
        price: dollars a share.
        contracts, multiplier: whole numbers of 1 or more.

    Raises:
        ValueError: contracts, price or multiplier make no sense.
    """
    _check_contracts(contracts)
    _check_multiplier(multiplier)
    if not _amount(price) or price < 0:
        raise ValueError(f"{name} is {price!r}; it must be a price per share of 0 or more")
    return round(price * contracts * multiplier * CENTS)


def _booking_cents(booking: Booking) -> int:
    if booking.kind not in ("debit", "credit", "unwind"):
        raise ValueError(f"kind is {booking.kind!r}; it must be debit, credit or unwind")
    _check_multiplier(booking.multiplier)
    if not _whole(booking.price_c) or booking.price_c < 0:
        raise ValueError(f"price_c is {booking.price_c!r}; it must be whole cents of 0 or more")
    return booking.price_c * booking.multiplier
