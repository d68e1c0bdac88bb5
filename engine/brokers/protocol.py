"""The protocols of brokers and market data, and the records that they exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from engine.market.chain import OptionChain
from engine.orders.settlements import SettlementReport
from engine.orders.types import OrderReport, OrderRequest

ReportSink = Callable[[OrderReport], None]
FeeSink = Callable[[str, str, int], None]
"""Told the client order id, the execution's id and the cents that it really cost."""

SettlementSink = Callable[[SettlementReport], None]
Timer = Callable[[float, Callable[[], None]], None]


class NotSentError(ConnectionError):
    """An order that certainly was not sent, such as without a connection: no reject of it.

    Only `submit` raises it.
    """


class ThrottledError(NotSentError):
    """An order held back because calls came too fast, here or at the broker."""


class RefusedOrderError(NotSentError):
    """An order that was refused before it could reach the broker: it counts as a reject."""


@dataclass(frozen=True, slots=True)
class ContractPosition:
    """What the broker says we hold of one contract: signed contracts, long positive."""

    symbol: str
    expiration: date
    right: str
    strike: float
    quantity: int


@dataclass(frozen=True, slots=True)
class UnreadPosition:
    """A contract of which the broker's answer does not say how many are held; never "none"."""

    symbol: str
    expiration: date
    right: str
    strike: float


@dataclass(frozen=True, slots=True)
class SharePosition:
    """What the broker says we hold of an underlying: signed shares, long positive."""

    symbol: str
    quantity: int


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A working order at the broker; an external order has no client order id that we gave.

    legs are the contracts it buys (positive) and sells (negative), where the broker gives them;
    shares what an order of shares still buys or sells, None where it trades none.
    """

    client_order_id: str
    broker_order_id: str
    quantity: int
    filled: int
    legs: tuple[ContractPosition, ...] = ()
    shares: SharePosition | None = None


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the broker says of the account; None where it does not say.

    Args:
        tail: the last characters of the account's number, as it may be shown.
        equity_c: cents that the account is worth.
        buying_power_c: cents that option orders may still use.
        option_level: the broker's level of option trading, such as 3 for spreads.
        currency: of the money, such as "USD".
        blocked: what the broker forbids now, in its own words; empty where nothing.
        as_of_s: epoch second of the answer.
    """

    tail: str
    equity_c: int | None
    buying_power_c: int | None
    option_level: int | None
    currency: str
    blocked: tuple[str, ...]
    as_of_s: float


class MarketData(Protocol):
    """A source of chains."""

    blocking: bool
    """Whether `chain` may wait for a network; such sources are called from the pool only."""

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """The chain as of `now_s` (epoch seconds); None where it is not listed.

        The arrays belong to the source and may be written in place at the next call; a reader
        copies the values that it keeps.
        """
        ...

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """The underlying's last price, dollars a share; None where unknown."""
        ...

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """The listed expirations, ascending."""
        ...


class Broker(Protocol):
    """Takes orders. Every method may fail, and none may be retried blindly.

    `submit` and `cancel` return at once for a broker that is not blocking; the outcome arrives
    through the sink as OrderReports, in any order, late, twice or never.
    """

    blocking: bool
    name: str

    def connect(self, sink: ReportSink) -> None:
        """Take the sink of reports; called once, before any order."""
        ...

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Send a new order at epoch second `now_s`.

        Raises:
            ThrottledError: it was held back because calls came too fast, and will not be sent.
            RefusedOrderError: it was refused on the way, and would be again.
            NotSentError: it was not sent and will not be. After any other error that is unknown.
        """
        ...

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Ask for an order's cancellation."""
        ...

    def query(self, client_order_id: str, now_s: float) -> None:
        """Ask about an order; the answer comes as reports (NOT_FOUND where it is unknown)."""
        ...

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Every working order of the account."""
        ...

    def positions(self) -> tuple[ContractPosition, ...] | None:
        """Every contract held, signed; None where the broker cannot say (never "flat")."""
        ...


@runtime_checkable
class PartlyTellingBroker(Protocol):
    """A broker whose answer may lack a count, which hides no other position."""

    def positions_told(self) -> tuple[tuple[ContractPosition, ...], tuple[UnreadPosition, ...]]:
        """Every contract held, signed, and those whose count cannot be read.

        Raises:
            ConnectionError: it did not say.
        """
        ...

    def shares_told(self) -> tuple[tuple[SharePosition, ...], frozenset[str]]:
        """Every share position, signed, and the roots whose count cannot be read.

        Raises:
            ConnectionError: it did not say.
        """
        ...


@runtime_checkable
class SettlingBroker(Protocol):
    """A broker that reports expirations, exercises and assignments, and shares held."""

    def connect_settlements(self, sink: SettlementSink) -> None:
        """Take the sink of settlement reports; what happened overnight follows at once."""
        ...

    def shares(self) -> tuple[SharePosition, ...] | None:
        """Every share position, signed; None where the broker cannot say (never "none")."""
        ...


@runtime_checkable
class ShareBroker(Protocol):
    """A broker at which shares that exercise left behind can be traded away."""

    def close_shares(self, symbol: str, now_s: float) -> None:
        """Trade all shares of a root away at the market; a settlement report follows.

        Raises:
            NotSentError: surely nothing was sent; the text says why.
            ConnectionError: it is not known whether it was.
        """
        ...


@runtime_checkable
class AccountBroker(Protocol):
    """A broker that tells what the account is worth and what its orders may still use."""

    def account(self) -> AccountState:
        """The account as the broker last told it."""
        ...


@runtime_checkable
class FeeBroker(Protocol):
    """A broker that tells afterwards what executions really cost."""

    def connect_fees(self, sink: FeeSink) -> None:
        """Take the sink of such fees; those that came before follow now."""
        ...
