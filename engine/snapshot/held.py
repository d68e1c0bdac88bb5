"""What is held: pairs, contracts, shares, units that wait for their credit, foreign orders.

As in `engine.snapshot`: `_c` is whole cents, None is unknown, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class HeldLegView:
    """One contract of a pair: signed contracts, right C or P, and its quote in dollars a share.

    Where it is sold and may be exercised early: inside is how far it is in the money, time_value
    what is left of it at the middle of its market, dollars a share.
    """

    quantity: int
    right: str
    strike: float
    bid: float | None
    ask: float | None
    inside: float | None = None
    time_value: float | None = None


@dataclass(frozen=True, slots=True)
class PairView:
    """One pair's row, at filled prices.

    key is "TRADER/CYCLE"; debit and credit are strikes such as "190/195"; debit_c and credit_c
    average prices in cents a share (credit_c None where nothing was sold); net_c its
    premium before fees; floor_c its lowest result after fees (None: losses are unlimited); label
    ARB, LOCK*, RISK or "" while it is not complete; liquidation_c the proceeds of closing all
    legs at natural prices now; stale whether those prices are too old; shares from early
    assignment.
    """

    key: str
    trader: str
    cycle: int
    symbol: str
    expiration: date
    dte: int
    kind: str
    right: str
    debit: str
    credit: str
    contracts: int
    sold: int
    debit_c: int | None
    credit_c: int | None
    net_c: int
    fees_c: int
    floor_c: int | None
    label: str
    liquidation_c: int | None
    stale: bool
    shares: int
    warnings: tuple[str, ...]
    legs: tuple[HeldLegView, ...]
    fills: tuple[str, ...]
    opened_s: float


@dataclass(frozen=True, slots=True)
class ContractView:
    """One contract of the account: signed contracts over all pairs, and how many pairs hold it."""

    key: str
    symbol: str
    expiration: date
    dte: int
    right: str
    strike: float
    quantity: int
    pairs: int
    bid: float | None
    ask: float | None
    value_c: int | None
    stale: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharesView:
    """Shares of a root: signed, and the cost in cents of those that no pair holds any more."""

    symbol: str
    quantity: int
    cost_c: int | None
    value_c: int | None


@dataclass(frozen=True, slots=True)
class PositionsView:
    """Everything held; formed only while a screen shows it.

    more counts pairs beyond those shown, more_contracts contracts that are not shown and come page
    by page; curve is (underlying prices, dollars of the pair `chosen` at expiration after fees);
    external names orders in the account that are not ours.
    """

    pairs: tuple[PairView, ...]
    more: int
    contracts: tuple[ContractView, ...]
    shares: tuple[SharesView, ...]
    external: tuple[str, ...]
    settled: int
    realised_c: int
    shares_realised_c: int
    chosen: str
    curve: tuple[tuple[float, ...], tuple[float, ...]]
    underlying: float | None
    more_contracts: int = 0


@dataclass(frozen=True, slots=True)
class UnitView:
    """An open unit: a filled debit waiting for its credit, and the result of each choice now.

    key is "TRADER/CYCLE", legs and credit_legs the strikes bought over sold of the debit and sold
    over bought of its credit; open counts contracts without their credit. works is the part of
    the working order (C, U or ""), limit_c its limit. lowest_c is the least credit that the stage
    accepts, f1_c to f3_c what a resting credit asks at the ladder's price, at cost and conceded,
    with the difference of the widths on top, unwind_least_c the least for which the debit is sold
    back, all cents a share.

    Money of all open contracts after the fees of both spreads: complete_c the floor with a
    credit at its natural bid, scratch_c with the credit at the debit's cost, unwind_c at the
    natural bid of the debit, carry_c the worst result of holding it unhedged to expiration.
    stale says that the quotes behind them are too old. refusals gives for ladder, concede, unwind
    and hold the reason why it cannot be chosen now ("": it can).
    """

    key: str
    trader: str
    symbol: str
    expiration: date
    legs: str
    credit_legs: str
    filled: int
    open: int
    paid_c: int
    stage: str
    choice: str
    since_s: float
    works: str
    limit_c: int | None
    lowest_c: int | None
    f1_c: int | None
    f2_c: int | None
    f3_c: int | None
    unwind_least_c: int | None
    credit_bid_c: int | None
    debit_bid_c: int | None
    complete_c: int | None
    scratch_c: int | None
    unwind_c: int | None
    carry_c: int | None
    quoted_s: float | None
    stale: bool
    refusals: tuple[str, ...]
