"""The pre-trade gate: every reason why a debit may not go out, each with a code.

docs/operator.md lists them. Gates are asked in the order of `CODES`; the first that fails is what
the trader shows. Completing orders and cancels never ask here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.config import RiskLimits
from engine.risk.chain_exposure import ChainExposure
from engine.risk.exposure import Exposure
from engine.risk.order_budget import THROTTLE_DELAY, MonthSoFar, Spending, spending
from engine.risk.worst_case import Potential
from engine.risk.worth import Worth, expected_net_c


class Gate(StrEnum):
    """Reason codes of a refused debit."""

    ENDED = "ENDED"
    KILLED = "KILLED"
    HALTED = "HALTED"
    EXIT_ONLY = "EXIT_ONLY"
    PHASE = "PHASE"
    CLOSE_NEAR = "CLOSE_NEAR"
    FAULT = "FAULT"
    PAUSED = "PAUSED"
    HELD = "HELD"
    HOURS = "HOURS"
    JOURNAL = "JOURNAL"
    CLOCK = "CLOCK"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    RECONCILE = "RECONCILE"
    EXPIRY_NEAR = "EXPIRY_NEAR"
    EX_DATE = "EX_DATE"
    SHARES = "SHARES"
    UNCOVERED = "UNCOVERED"
    NOT_LISTED = "NOT_LISTED"
    UNHEDGED = "UNHEDGED"
    HUNG_DESK = "HUNG_DESK"
    IMBALANCE_CHAIN = "IMBALANCE_CHAIN"
    IMBALANCE_DESK = "IMBALANCE_DESK"
    DAY_LOSS = "DAY_LOSS"
    UNWINDS = "UNWINDS"
    REJECTS = "REJECTS"
    BUDGET = "BUDGET"
    RATE = "RATE"
    QUOTES_STALE = "QUOTES_STALE"
    NO_PAIR = "NO_PAIR"
    CLOSES_OTHER = "CLOSES_OTHER"
    EDGE = "EDGE"
    WORTH = "WORTH"
    CAPITAL_ORDER = "CAPITAL_ORDER"
    CAPITAL_CHAIN = "CAPITAL_CHAIN"
    CAPITAL_DESK = "CAPITAL_DESK"
    LOSS_ROOM = "LOSS_ROOM"
    WORST_CASE = "WORST_CASE"
    PRICE = "PRICE"
    CROSS = "CROSS"
    DUPLICATE = "DUPLICATE"


CODES: Final = tuple(Gate)


Side = tuple[str, str, float, bool]
"""A contract and a side: trader's key, right C or P, strike, whether it is bought."""


@dataclass(slots=True)
class DeskFlags:
    """What closes the gate for the whole desk.

    clock_skew_s is how far the broker's clock is from ours, 0 where it is not known; external are
    the sides of contracts on which other orders of the account work.

    killed is the first stage of a kill (no entries, completing goes on), frozen the second (no
    order of any kind). answers_queries says that the broker tells of an order when asked.

    watched names chains whose positions let nothing new in, with the code.
    """

    ended: bool = False
    killed: bool = False
    halted: bool = False
    frozen: bool = False
    exit_only: bool = False
    journal_failed: bool = False
    unreconciled: frozenset[str] = frozenset()
    watched: Mapping[str, Gate] = field(default_factory=dict)
    definite_answers: bool = True
    answers_queries: bool = True
    clock_skew_s: float = 0.0
    external: frozenset[Side] = frozenset()


class RateBucket:
    """Token bucket for orders: debits wait for a token, completing orders overtake.

    Args:
        per_minute: orders a minute; the bucket holds a tenth of a minute's worth, at least five.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_second = per_minute / 60
        self.size = max(5.0, per_minute / 10)
        self._tokens = self.size
        self._at_s: float | None = None

    def _refill(self, now_s: float) -> None:
        if self._at_s is not None:
            grown = self._tokens + (now_s - self._at_s) * self.per_second
            self._tokens = min(self.size, grown)
        self._at_s = now_s

    def ready(self, now_s: float) -> bool:
        """Whether a debit may be sent at engine second `now_s`."""
        self._refill(now_s)
        return self._tokens >= 1

    def spend(self, now_s: float) -> None:
        """Count one order sent; completing orders may take the bucket below zero."""
        self._refill(now_s)
        self._tokens -= 1


class PreTradeGate:
    """Answers whether a debit may go out, from the desk's exposure and limits.

    Args:
        limits: the hard limits.
        exposure: kept current by the runtime.
        desk: flags that close the gate for everyone.
    """

    def __init__(self, limits: RiskLimits, exposure: Exposure, desk: DeskFlags) -> None:
        self.limits = limits
        self.exposure = exposure
        self.desk = desk
        self.rate = RateBucket(limits.orders_per_minute)
        self._loss_latched = False
        self.loss_halted = False
        self.month = MonthSoFar()
        self.worth = Worth()

    def desk_gate(self) -> Gate | None:
        """The first gate of the desk as a whole that is closed now."""
        flags, sums, limits = self.desk, self.exposure, self.limits
        if flags.ended:
            return Gate.ENDED
        if flags.killed:
            return Gate.KILLED
        if flags.halted:
            return Gate.HALTED
        if flags.exit_only:
            return Gate.EXIT_ONLY
        if flags.journal_failed:
            return Gate.JOURNAL
        if flags.clock_skew_s > limits.max_clock_skew_s:
            return Gate.CLOCK
        if not flags.definite_answers and (sums.unknown or sums.working or sums.legged):
            return Gate.UNKNOWN_ORDER
        if sums.hung >= limits.max_hung_desk:
            return Gate.HUNG_DESK
        if sums.imbalance >= limits.max_imbalance_desk:
            return Gate.IMBALANCE_DESK
        if self._loss_latched or sums.day_loss_c >= limits.day_loss_exit_only_usd * 100:
            self._loss_latched = True
            return Gate.DAY_LOSS
        if sums.unwinds >= limits.unwinds_exit_only:
            return Gate.UNWINDS
        if limits.order_budget_enforced and self.spending() is Spending.STOP:
            return Gate.BUDGET
        return None

    def new_session(self) -> None:
        """Another day: nothing of the former one's losses is latched."""
        self._loss_latched = self.loss_halted = False

    def day_halted(self) -> bool:
        """Whether the day's loss has reached the second limit, now or before: it is latched."""
        if self.exposure.day_loss_c >= self.limits.day_loss_halt_usd * 100:
            self.loss_halted = True
        return self.loss_halted

    def spending(self) -> Spending:
        """How far the order budget is spent, whether it is enforced or not."""
        sums = self.exposure
        return spending(sums.orders, sums.efficiency(), self.limits.order_budget_day, self.month)

    def delay_factor(self) -> float:
        """Factor on the delay before an attempt: longer while the order budget is throttled."""
        throttled = self.limits.order_budget_enforced and self.spending() >= Spending.THROTTLE
        return THROTTLE_DELAY if throttled else 1.0

    def worth_gate(
        self, trader: str, net_c: float, fills: int, attempts: int, now_s: float
    ) -> Gate | None:
        """Whether an order is better spent elsewhere while the order budget is throttled.

        Args:
            trader: whose debit it would be.
            net_c: cents of account money after fees that the pair would bring.
            now_s: engine seconds.
            fills, attempts: of its trader's session.
        """
        if not self.limits.order_budget_enforced:
            return None
        scarce = self.spending() >= Spending.THROTTLE
        value_c = expected_net_c(net_c, fills, attempts)
        return None if self.worth.admits(trader, value_c, now_s, scarce) else Gate.WORTH

    def account_gate(self, trader: str, chain: ChainExposure, debit: Potential) -> Gate | None:
        """Which of the account's own orders and positions stand against a debit.

        CROSS: a working order of the chain or of the account takes a leg's other side. WORST_CASE:
        the chain could come to more loss than allowed if the debit went out.

        Args:
            trader, chain: whose chain.
            debit: the order and the credit that would complete it.
        """
        working = self.exposure.working_orders(trader)
        right, buys, sells = debit.right, debit.buys, debit.sells
        for order in working:
            if order.right == right and (order.buys == sells or order.sells == buys):
                return Gate.CROSS
        external = self.desk.external
        if (trader, right, buys, False) in external or (trader, right, sells, True) in external:
            return Gate.CROSS
        worst_c = chain.line().worst_c(chain.cash_c, [*working, debit])
        if worst_c < -self.limits.max_worst_loss_usd_chain * 100:
            return Gate.WORST_CASE
        return None

    def chain_gate(self, trader: str, chain: ChainExposure, now_s: float) -> Gate | None:
        """The first gate of one chain that is closed now; `now_s` in engine seconds."""
        if trader in self.desk.unreconciled:
            return Gate.RECONCILE
        if trader in self.desk.watched:
            return self.desk.watched[trader]
        if chain.legged or chain.hung:
            return Gate.UNHEDGED
        if chain.imbalance >= self.limits.max_imbalance_chain:
            return Gate.IMBALANCE_CHAIN
        if not self.rate.ready(now_s):
            return Gate.RATE
        return None

    def room(self, chain: ChainExposure) -> int:
        """Contracts a debit may have now without breaking an imbalance limit."""
        limits = self.limits
        return min(
            limits.max_contracts,
            limits.max_imbalance_chain - chain.imbalance,
            limits.max_imbalance_desk - self.exposure.imbalance,
        )

    def largest_debit_c(self, chain: ChainExposure, quantity: int) -> int:
        """The dearest debit limit, cents per share, that capital allows for `quantity`."""
        limits, sums = self.limits, self.exposure
        money = min(
            limits.max_debit_usd_order * 100,
            limits.max_debit_usd_chain * 100 - chain.legged_c - chain.working_c,
            limits.max_debit_usd_desk * 100 - sums.legged_c - sums.working_c,
        )
        return max(0, int(money // (quantity * chain.multiplier)))

    def capital_gate(self, chain: ChainExposure, quantity: int, limit_c: int) -> Gate | None:
        """Which capital limit a debit of `quantity` at `limit_c` would break."""
        limits, sums = self.limits, self.exposure
        money = quantity * limit_c * chain.multiplier
        if quantity > limits.max_contracts or money > limits.max_debit_usd_order * 100:
            return Gate.CAPITAL_ORDER
        if chain.legged_c + chain.working_c + money > limits.max_debit_usd_chain * 100:
            return Gate.CAPITAL_CHAIN
        if sums.legged_c + sums.working_c + money > limits.max_debit_usd_desk * 100:
            return Gate.CAPITAL_DESK
        return None

    def loss_room_c(self) -> int:
        """Half of what is left of the day's loss allowance, in cents."""
        left = self.limits.day_loss_exit_only_usd * 100 - self.exposure.day_loss_c
        return int(max(0.0, left) // 2)


def price_gate(
    limit_c: int, width_c: int, tick_c: int, market_c: tuple[float, float] | None = None
) -> Gate | None:
    """Whether a limit is on its tick, strictly inside its width, and inside its market.

    Args:
        limit_c, width_c, tick_c: cents a share.
        market_c: natural bid and ask in cents; None where they do not bound the limit.
    """
    if limit_c % tick_c or not 0 < limit_c < width_c:
        return Gate.PRICE
    if market_c is not None and not market_c[0] - 1e-6 <= limit_c <= market_c[1] + 1e-6:
        return Gate.PRICE
    return None


SENTENCES: Final[dict[Gate, str]] = {
    Gate.ENDED: "the session is over and settled; nothing trades any more",
    Gate.KILLED: "kill is latched; resume needs a clean comparison and a typed word",
    Gate.HALTED: "entries are halted; completing orders go on; resume all to lift it",
    Gate.EXIT_ONLY: "the desk only completes and closes what is open",
    Gate.PHASE: "the exchange is not in a trading phase",
    Gate.CLOSE_NEAR: "too near the close for a new debit",
    Gate.FAULT: "the trader's own code failed; see the alarm",
    Gate.PAUSED: "paused by the operator; resume to trade",
    Gate.HELD: "on automatic hold",
    Gate.HOURS: "outside the hours in force for entries",
    Gate.JOURNAL: "the journal cannot be written; no order without its record",
    Gate.CLOCK: "our clock and the broker's differ too much; mend the host's time",
    Gate.UNKNOWN_ORDER: "an order has shown no definite answer; nothing new until it has",
    Gate.RECONCILE: "book and broker differ on this chain; compare before trading",
    Gate.EXPIRY_NEAR: "fewer days to expiration than the minimum",
    Gate.EX_DATE: "a short leg is in the money and the ex-date is the next session",
    Gate.SHARES: "shares of the underlying are held; trade them away first",
    Gate.UNCOVERED: "a short contract is held without a long one of its right",
    Gate.NOT_LISTED: "the expiration is not listed",
    Gate.UNHEDGED: "an unhedged unit is being completed on this chain",
    Gate.HUNG_DESK: "as many hung units as the desk allows",
    Gate.IMBALANCE_CHAIN: "the chain's imbalance limit is reached",
    Gate.IMBALANCE_DESK: "the desk's imbalance limit is reached",
    Gate.DAY_LOSS: "the day's loss limit is reached",
    Gate.UNWINDS: "as many unwinds as a day allows",
    Gate.REJECTS: "orders were rejected in a row; check the reason",
    Gate.BUDGET: "the day's order budget is spent",
    Gate.RATE: "the broker's order rate is used up for the moment",
    Gate.QUOTES_STALE: "the quotes are too old",
    Gate.NO_PAIR: "no pair passes the price rules now",
    Gate.CLOSES_OTHER: "every pair found would close a leg of another pair of the chain",
    Gate.EDGE: "net edge after fees is below the minimum",
    Gate.WORTH: "orders are scarce, and other chains promise more for one",
    Gate.CAPITAL_ORDER: "the order would cost more than one order may",
    Gate.CAPITAL_CHAIN: "the chain's open debit money is at its limit",
    Gate.CAPITAL_DESK: "the desk's open debit money is at its limit",
    Gate.LOSS_ROOM: "a possible unwind would use more than half of the loss allowance left",
    Gate.WORST_CASE: "the chain could lose more than allowed if everything at work went wrong",
    Gate.PRICE: "the limit is off its tick, or not inside its width and market",
    Gate.CROSS: "an order of the account works on the other side of a leg",
    Gate.DUPLICATE: "the same order went out a moment ago",
}
