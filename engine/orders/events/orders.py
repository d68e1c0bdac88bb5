"""The life of an order: intended, sent, working, executed, ended."""

from __future__ import annotations

from typing import NamedTuple


class OrderIntended(NamedTuple):
    """An order we are about to send: durable before the first byte leaves.

    buy_strike and sell_strike are the legs bought and sold; bid and ask the natural market of the
    vertical in dollars a share, None where no quotes are known (journals of before may have NaN);
    floor the payoff floor of the pair at limit prices in dollars a
    share (for a debit: with the credit leaned on); delay_s the wait before this attempt.
    """

    at_ms: int
    trader: str
    order: str
    cycle: int
    part: str
    attempt: int
    right: str
    buy_strike: float
    sell_strike: float
    quantity: int
    limit_c: int
    bid: float | None
    ask: float | None
    floor: float
    delay_s: float
    stage: str


class OrderSent(NamedTuple):
    """The order left for the broker."""

    at_ms: int
    trader: str
    order: str


class OrderWorking(NamedTuple):
    """The broker acknowledged the order."""

    at_ms: int
    trader: str
    order: str
    broker_order: str


class OrderUnknown(NamedTuple):
    """No definite answer about the order; it counts as the worse outcome until there is one."""

    at_ms: int
    trader: str
    order: str
    reason: str


class CancelSent(NamedTuple):
    """A cancel left for the broker."""

    at_ms: int
    trader: str
    order: str
    reason: str


class PriceUnknown(NamedTuple):
    """An execution that is about to be booked was told at no price that it can have had.

    It is booked at its order's limit, until a correction tells its price; `told` is what was told
    in place of one.
    """

    at_ms: int
    trader: str
    order: str
    execution: str
    quantity: int
    told: str


class Executed(NamedTuple):
    """An execution, counted once by its id; `late` when it came after a terminal report."""

    at_ms: int
    trader: str
    order: str
    execution: str
    quantity: int
    price_c: int
    fee_c: int
    late: bool


class LegExecuted(NamedTuple):
    """One leg of the order executed, as the broker told: `leg` 0 is bought, 1 sold.

    Contracts that both legs executed are booked as executions of the order, see Executed.
    """

    at_ms: int
    trader: str
    order: str
    leg: int
    execution: str
    quantity: int
    price_c: int


class FeeCorrected(NamedTuple):
    """The broker told what an execution really cost: fee_c cents in place of before_c."""

    at_ms: int
    trader: str
    order: str
    cycle: int
    execution: str
    before_c: int
    fee_c: int


class OrderEnded(NamedTuple):
    """A terminal report: status is filled, canceled, rejected or expired."""

    at_ms: int
    trader: str
    order: str
    status: str
    reason: str


class EndAwaited(NamedTuple):
    """An end is not final: the broker is asked about the order again, see EndFinal."""

    at_ms: int
    trader: str
    order: str


class EndFinal(NamedTuple):
    """The broker was asked about an ended order again, and nothing of it executes any more."""

    at_ms: int
    trader: str
    order: str
