"""The pre-trade gate: what the desk, its limits and the account's orders say to a new debit.

engine.risk.gates lists the codes in the order in which they are asked.
"""

from __future__ import annotations

import math

from engine.config import RiskLimits
from engine.config.names import limit_cents
from engine.risk.buying_power import BuyingPower
from engine.risk.chain_exposure import ChainExposure
from engine.risk.exposure import Exposure
from engine.risk.first_orders import FirstOrders
from engine.risk.flags import DeskFlags
from engine.risk.gates import Gate
from engine.risk.order_budget import (
    SHARES,
    THROTTLE_DELAY,
    MonthSoFar,
    Spending,
    allowance,
    spending,
    spending_by_ratio,
)
from engine.risk.reservation import Left, Promise, ReservationValue
from engine.risk.worst_case import Potential


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

    def pace(self, per_minute: int, now_s: float) -> None:
        """Let so many orders a minute through from engine second `now_s` on."""
        if per_minute / 60 == self.per_second:
            return
        self._refill(now_s)
        self.per_second, self.size = per_minute / 60, max(5.0, per_minute / 10)
        self._tokens = min(self._tokens, self.size)

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
        self.reservation = ReservationValue()
        self.power = BuyingPower(exposure.recall)
        self.first = FirstOrders()
        self.day_limit_c: int | None = None

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
        if max(flags.clock_skew_s, flags.broker_clock_s) > limits.max_clock_skew_s:
            return Gate.CLOCK
        if flags.link_down:
            return Gate.LINK
        if flags.feed_refused:
            return Gate.FEED
        if flags.baseline:
            return Gate.BASELINE
        if flags.unarmed:
            return Gate.UNARMED
        if not flags.definite_answers and (sums.unknown or sums.working or sums.legged):
            return Gate.UNKNOWN_ORDER
        if sums.hung >= limits.max_hung_desk:
            return Gate.HUNG_DESK
        if sums.imbalance >= limits.max_imbalance_desk:
            return Gate.IMBALANCE_DESK
        if self._loss_latched or sums.day_loss_c >= limit_cents(limits.day_loss_exit_only_usd):
            self._loss_latched = True
            return Gate.DAY_LOSS
        if sums.unwinds >= limits.unwinds_exit_only:
            return Gate.UNWINDS
        if limits.enforces_order_budget and self.spending() is Spending.STOP:
            return Gate.BUDGET
        return None

    def restore_loss_halt(self, halted: bool) -> None:
        """Continue the halt by the day's loss of an earlier process."""
        self.loss_halted = halted

    def set_month(self, month: MonthSoFar) -> None:
        """Orders that the order budget counts beside the desk's own of today."""
        self.month = month

    def new_session(self) -> None:
        """Another day: the losses of the day before are latched no longer."""
        self._loss_latched = self.loss_halted = False
        self.reservation.new_session()

    def day_halted(self) -> bool:
        """Whether the day's loss has reached the second limit, now or before: it is latched."""
        if self.exposure.day_loss_c >= limit_cents(self.limits.day_loss_halt_usd):
            self.loss_halted = True
        return self.loss_halted

    def spending(self) -> Spending:
        """How much of the order budget is spent, whether it is enforced or not."""
        sums = self.exposure
        return spending(sums.orders, sums.efficiency(), self.limits.order_budget_day, self.month)

    def delay_factor(self) -> float:
        """Factor on the delay before an attempt: longer while too few orders execute."""
        if not self.limits.enforces_order_budget:
            return 1.0
        level = spending_by_ratio(self.exposure.orders, self.exposure.efficiency())
        return THROTTLE_DELAY if level >= Spending.THROTTLE else 1.0

    def orders_allowed(self) -> int:
        """Orders that the desk's own count may reach today: earlier runs of the day took theirs."""
        allowed = allowance(self.limits.order_budget_day, self.month)
        return max(0, allowed - self.month.today)

    def orders_left(self) -> float:
        """Orders that today's debits and their completion may still take; below zero where none."""
        allowed = allowance(self.limits.order_budget_day, self.month)
        return SHARES[Spending.STOP - 1] * allowed - self.exposure.orders - self.month.today

    def worth_gate(
        self, trader: str, promise: Promise, seconds: float, now_s: float
    ) -> Gate | None:
        """Whether the orders of an attempt are better spent later or elsewhere, where scarce.

        Args:
            trader: whose debit it would be.
            promise: what its attempt promises for an order.
            seconds: of the session in which debits may still go out.
            now_s: engine seconds.
        """
        left = Left(self.orders_left(), seconds)
        return None if self.reservation.admits(trader, promise, left, now_s) else Gate.WORTH

    def account_gate(self, trader: str, chain: ChainExposure, debit: Potential) -> Gate | None:
        """Which of the account's own orders and positions forbid a debit.

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
        if worst_c < -limit_cents(self.limits.max_worst_loss_usd_chain):
            return Gate.WORST_CASE
        return None

    def chain_gate(self, trader: str, chain: ChainExposure, now_s: float) -> Gate | None:
        """The first gate of one chain that is closed now; `now_s` in engine seconds."""
        if trader in self.desk.unreconciled or trader in self.desk.lacking:
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
            self.first.most(limits.max_contracts),
        )

    def limit_day(self, debit_limit_c: int | None) -> None:
        """Cents of debits that may be bought on this day; None for no limit of its own."""
        self.day_limit_c = debit_limit_c

    def _day_left_c(self) -> float:
        """Cents of debits that the day's own limit leaves, working ones counted as bought."""
        sums = self.exposure
        if self.day_limit_c is None:
            return math.inf
        return self.day_limit_c - sums.bought_c - sums.working_c

    def largest_debit_c(self, chain: ChainExposure, quantity: int) -> int:
        """The dearest debit limit, cents per share, that capital allows for `quantity`."""
        limits, sums = self.limits, self.exposure
        money = min(
            limit_cents(limits.max_debit_usd_order),
            limit_cents(limits.max_debit_usd_chain) - chain.legged_c - chain.working_c,
            limit_cents(limits.max_debit_usd_desk) - sums.legged_c - sums.working_c,
            self._day_left_c(),
        )
        return max(0, int(money // (quantity * chain.multiplier)))

    def capital_gate(self, chain: ChainExposure, quantity: int, limit_c: int) -> Gate | None:
        """Which capital limit a debit of `quantity` at `limit_c` would break."""
        limits, sums = self.limits, self.exposure
        money = quantity * limit_c * chain.multiplier
        if quantity > limits.max_contracts or money > limit_cents(limits.max_debit_usd_order):
            return Gate.CAPITAL_ORDER
        if chain.legged_c + chain.working_c + money > limit_cents(limits.max_debit_usd_chain):
            return Gate.CAPITAL_CHAIN
        if sums.legged_c + sums.working_c + money > limit_cents(limits.max_debit_usd_desk):
            return Gate.CAPITAL_DESK
        if money > self._day_left_c():
            return Gate.CAPITAL_DAY
        return None

    def loss_room_c(self) -> int:
        """Half of what is left of the day's loss allowance, in cents."""
        left = limit_cents(self.limits.day_loss_exit_only_usd) - self.exposure.day_loss_c
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
