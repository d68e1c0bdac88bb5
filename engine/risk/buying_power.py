"""What option orders may still use of the account: as last told, less what the desk's own need.

A debit is answered for together with the credit that completes it: once the debit has filled, a
credit that the broker refuses for want of money leaves an open unit. So a whole pair's need is kept
back from the moment at which its debit is decided until the broker's answer holds all of it. Where
both count it for a moment it counts twice, never not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from engine.orders import events as ev
from engine.orders.types import Part
from engine.risk.exposed_orders import KnownOrder

OLD_MS: Final = 30_000
"""An answer older than this is not known any more; the broker is asked every few seconds."""

LAG_MS: Final = 2_000
"""A broker's answer holds what happened until so long before it."""

KEPT_MS: Final = 120_000
"""A cycle that takes nothing is remembered for so long; one that executes later is begun anew."""


def pair_need_c(debit_c: int, credit_width_c: int, fee_c: int, multiplier: int) -> int:
    """Cents that one contract of a debit and its completion can take between them.

    The credit vertical is margined by itself, at its width less the least that the ladder takes for
    it without a loss: what the debit costs.

    Args:
        debit_c: limit of the debit, cents a share.
        credit_width_c: width of the credit vertical, cents a share.
        fee_c: fees of a contract of all four legs.
        multiplier: dollars a contract per point.
    """
    return (debit_c + max(0, credit_width_c - debit_c)) * multiplier + fee_c


@dataclass(slots=True)
class _Cycle:
    """What one cycle can still take, per contract and in contracts."""

    debit_c: int
    completion_c: int
    multiplier: int
    debit: str
    works: int
    filled: int = 0
    completed: int = 0
    paid_ms: int = 0
    completed_ms: int = 0
    orders: list[str] = field(default_factory=list)


class BuyingPower:
    """What is left for option orders; kept by events, answers of the broker and the gate's own.

    Args:
        recall: the order of a name, as the desk's state has it; None where it is forgotten.

    Attributes:
        told_c: cents that option orders may still use, as last told; None where never.
        as_of_ms: of which epoch millisecond that is true.
        blocked: what the broker forbids, in its words; "" where nothing.
        asked: whether there is an account that tells of its money at all.
        needed: whether an unknown answer lets no debit out.
        next_c: what the pair that was last decided about takes; None before the first.
    """

    def __init__(self, recall: Callable[[str], KnownOrder | None] = lambda name: None) -> None:
        self._recall = recall
        self.told_c: int | None = None
        self.as_of_ms = 0
        self.blocked = ""
        self.asked = False
        self.needed = False
        self.next_c: int | None = None
        self._cycles: dict[tuple[str, int], _Cycle] = {}
        self._decided: dict[str, int] = {}
        self._multipliers: dict[str, int] = {}
        self._orders: dict[str, tuple[str, int]] = {}
        self._apply: dict[type, Callable[[Any], None]] = {
            ev.TraderAdded: self._added,
            ev.OrderIntended: self._intended,
            ev.Executed: self._executed,
            ev.OrderEnded: self._ended,
            ev.CycleEnded: self._over,
            ev.PairSettled: self._over,
        }

    def ask(self, *, needed: bool) -> None:
        """There is an account that tells of its money.

        Args:
            needed: whether a debit needs the answer.
        """
        self.asked, self.needed = True, needed

    def tell(self, cents: int | None, as_of_ms: int, blocked: str = "") -> None:
        """What the broker says of its account at an epoch millisecond."""
        self.told_c, self.as_of_ms, self.blocked = cents, as_of_ms, blocked

    def apply(self, event: ev.Event) -> None:
        """Take one event into account; nothing where no account tells of its money."""
        handler = self._apply.get(type(event)) if self.asked else None
        if handler is not None:
            handler(event)

    def decide(self, trader: str, need_c: int, debit_c: int) -> None:
        """A trader's next debit has a completion that takes the rest of `need_c` a contract."""
        self._decided[trader] = max(0, need_c - debit_c)

    def left_c(self, now_ms: int) -> int | None:
        """Cents for another pair; None where the broker has not told for too long."""
        if now_ms - self.as_of_ms > OLD_MS:
            return None
        if self.blocked:
            return 0
        return None if self.told_c is None else self.told_c - self.reserved_c()

    def fits(self, need_c: int, now_ms: int) -> int | None:
        """How many contracts of a need are left for; None where that is not known."""
        left_c = self.left_c(now_ms)
        return None if left_c is None else max(0, left_c // max(1, need_c))

    def refuses(self, quantity: int, need_c: int, now_ms: int) -> bool:
        """Whether so many contracts of a pair are more than is left.

        Args:
            quantity: contracts of the debit.
            need_c: cents that one of them and its completion can take.
            now_ms: epoch milliseconds.
        """
        if not self.asked:
            return False
        self.next_c = quantity * need_c
        left_c = self.left_c(now_ms)
        return self.needed if left_c is None else self.next_c > left_c

    def reserved_c(self) -> int:
        """Cents that the desk's working orders and open units can still take."""
        return sum(self._reserved_c(each) for each in self._cycles.values())

    def _reserved_c(self, cycle: _Cycle) -> int:
        lagging = self.as_of_ms - LAG_MS
        paid = cycle.filled if cycle.paid_ms >= lagging else 0
        legged = max(0, cycle.filled - cycle.completed)  # a debit taken back frees no other's
        if cycle.completed_ms >= lagging:
            legged = cycle.filled
        return (cycle.works + paid) * cycle.debit_c + (cycle.works + legged) * cycle.completion_c

    def _forget(self, now_ms: int) -> None:
        """Drop cycles that have taken nothing for a while."""
        over = [
            key
            for key, each in self._cycles.items()
            if not each.works
            and each.completed >= each.filled
            and max(each.paid_ms, each.completed_ms) < now_ms - KEPT_MS
        ]
        for key in over:
            for order in self._cycles.pop(key).orders:
                self._orders.pop(order, None)

    # ------------------------------------------------------------------ events

    def _added(self, event: ev.TraderAdded) -> None:
        self._multipliers[event.trader] = event.multiplier

    def _intended(self, event: ev.OrderIntended) -> None:
        key = event.trader, event.cycle
        multiplier = self._multipliers.get(event.trader, 100)
        width_c = round(abs(event.buy_strike - event.sell_strike) * 100)
        if event.part == Part.DEBIT:
            self._forget(event.at_ms)
            debit_c = event.limit_c * multiplier
            # Not decided here, as after a restart: a credit of the debit's own width.
            rest_c = self._decided.pop(event.trader, max(0, width_c * multiplier - debit_c))
            self._cycles[key] = _Cycle(debit_c, rest_c, multiplier, event.order, event.quantity)
        cycle = self._cycles.get(key)
        if cycle is None:
            return
        cycle.orders.append(event.order)
        self._orders[event.order] = key
        if event.part == Part.CREDIT:
            cycle.completion_c = max(
                cycle.completion_c, (width_c - event.limit_c) * cycle.multiplier
            )

    def _executed(self, event: ev.Executed) -> None:
        cycle = self._cycle_of(event.order) or self._again(event.order)
        if cycle is None:
            return
        if event.order == cycle.debit:
            cycle.filled += event.quantity
            cycle.paid_ms = event.at_ms
            if not event.late:
                cycle.works = max(0, cycle.works - event.quantity)
        else:
            cycle.completed += event.quantity
            cycle.completed_ms = event.at_ms

    def _again(self, order: str) -> _Cycle | None:
        """The cycle of an order that ended too long ago to be remembered, begun anew."""
        known = self._recall(order)
        if known is None:
            return None
        intent, key = known.intent, (known.intent.trader, known.intent.cycle)
        multiplier, limit_c = self._multipliers.get(intent.trader, 100), known.intent.limit_c
        width_c = round(abs(intent.buy_strike - intent.sell_strike) * 100)
        rest_c = max(0, width_c - limit_c) * multiplier
        cycle = self._cycles.setdefault(key, _Cycle(0, rest_c, multiplier, "", 0))
        if intent.part == Part.DEBIT:
            cycle.debit, cycle.debit_c = order, limit_c * multiplier
        cycle.orders.append(order)
        self._orders[order] = key
        return cycle

    def _ended(self, event: ev.OrderEnded) -> None:
        cycle = self._cycle_of(event.order)
        if cycle is None or event.order != cycle.debit:
            return
        cycle.works, cycle.completed_ms = 0, max(cycle.completed_ms, event.at_ms)

    def _cycle_of(self, order: str) -> _Cycle | None:
        key = self._orders.get(order)
        return None if key is None else self._cycles.get(key)

    def _over(self, event: ev.CycleEnded | ev.PairSettled) -> None:
        """A cycle ended; a parked one is still open, and its credit may rest."""
        if isinstance(event, ev.CycleEnded) and event.outcome == "PARKED":
            return
        key = event.trader, event.cycle
        cycle = self._cycles.get(key)
        if cycle is not None:
            cycle.works, cycle.completed = 0, cycle.filled
            cycle.completed_ms = max(cycle.completed_ms, event.at_ms)
