"""The picture of a unit that waits for its credit, with what each way out comes to now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class UnitView:
    """An open unit: a filled debit that nothing hedges yet, and what each way out comes to now.

    key is "TRADER/CYCLE", legs and credit_legs the strikes bought over sold of the debit and sold
    over bought of its credit; open counts contracts without their credit. works is the part of
    the order that works (C, U or ""), limit_c its limit. lowest_c is what the stage accepts, f1_c
    to f3_c what a resting credit asks at the ladder's price, at cost and conceded, what it may owe
    for its width on top, unwind_least_c the least that selling the debit back accepts, all cents a
    share.

    Money of all open contracts after the fees of both spreads: complete_c the least after a
    credit at its natural bid, scratch_c with the credit at what the debit cost, unwind_c at the
    natural bid of the debit, carry_c the worst that holding it unhedged to expiration can come to.
    stale says that the quotes behind them are too old. refusals says for ladder, concede, unwind
    and hold why it cannot be chosen now ("": it can).
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
    lowest_c: int
    f1_c: int
    f2_c: int
    f3_c: int
    unwind_least_c: int
    credit_bid_c: int | None
    debit_bid_c: int | None
    complete_c: int | None
    scratch_c: int
    unwind_c: int | None
    carry_c: int
    quoted_s: float | None
    stale: bool
    refusals: tuple[str, ...]
