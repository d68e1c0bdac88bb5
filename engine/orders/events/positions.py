"""What is held: compared with the broker, settled, taken over."""

from __future__ import annotations

from typing import NamedTuple


class BooksCompared(NamedTuple):
    """The book was compared with the broker's: difference is empty where they agree."""

    at_ms: int
    chains: int
    difference: str


class Settled(NamedTuple):
    """Contracts ended by settlement, not by a trade; `settlement` identifies it for ever.

    kind is expired, cash, exercised, assigned, or closed by a trade that was not the desk's;
    quantity the contracts that ended, signed as held; price_c the underlying's settlement price,
    of closed ones the contract's own; cash_c and shares what the account received, by the book's
    own arithmetic. Kind "taken back" undoes one: its figures are negated.
    """

    at_ms: int
    trader: str
    settlement: str
    kind: str
    right: str
    strike: float
    quantity: int
    price_c: int
    cash_c: int
    shares: int


class SharesTraded(NamedTuple):
    """Shares that exercise or assignment left behind were traded, or taken over from the broker.

    shares is signed, received positive; cash_c what the account received.
    """

    at_ms: int
    symbol: str
    trade: str
    shares: int
    price_c: int
    cash_c: int


class PairSettled(NamedTuple):
    """A pair ended at expiration, or a unit was closed by hand at the broker.

    contracts counts its debit contracts, unhedged those without a credit; price_c is the
    underlying's settlement price, cents a share. cash_c is what its trades and the end of its
    contracts brought, payoff_c what legs and shares left to it were worth, floor_c its payoff
    floor at filled prices after fees (None: none), all money; realised_c = cash_c + payoff_c -
    fees_c.
    """

    at_ms: int
    trader: str
    cycle: int
    contracts: int
    unhedged: int
    price_c: int
    cash_c: int
    payoff_c: int
    fees_c: int
    realised_c: int
    floor_c: int | None


class ChainSettled(NamedTuple):
    """A chain's expiration is settled: none of its contracts is held any more."""

    at_ms: int
    trader: str
    price_c: int
    pairs: int
    realised_c: int


class BookAdjusted(NamedTuple):
    """An operator took the broker's position of a contract over into the book."""

    at_ms: int
    trader: str
    right: str
    strike: float
    before: int
    after: int


class LackAccepted(NamedTuple):
    """An operator accepts that the broker's record lacks executions; the book keeps them.

    executions are the names of one order's. Nobody is asked about them again.
    """

    at_ms: int
    trader: str
    order: str
    executions: list[str]


class BaselineTaken(NamedTuple):
    """An operator says what of the account is external: the desk neither books nor trades it.

    contracts are signed contracts by contract, such as "SPY 2026-12-04 C 585", shares signed shares
    by root: all that is external from here on.
    """

    at_ms: int
    contracts: dict[str, int]
    shares: dict[str, int]
