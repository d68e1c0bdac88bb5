"""What the sums of risk know of an order, and of a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from engine.orders import events as ev
from engine.orders.types import Part
from engine.risk.chain_exposure import ChainExposure


class KnownOrder(Protocol):
    """An order as the desk's state remembers it."""

    @property
    def intent(self) -> ev.OrderIntended:
        """What was intended."""
        ...

    @property
    def executions(self) -> tuple[str, ...]:
        """Ids of all that executed so far."""
        ...


@dataclass(slots=True, eq=False)
class Exposed:
    """An order: what of it may still fill, and whether it counted as executed."""

    order: str
    trader: str
    part: str
    leaves: int
    limit_c: int
    cycle: int
    counted: bool
    right: str
    buys: float
    sells: float

    def leave(self, leaves: int) -> None:
        """So many combinations of it may still fill."""
        self.leaves = leaves

    def count(self) -> bool:
        """Count it as executed; whether it did not count before."""
        first, self.counted = not self.counted, True
        return first


class Traded(NamedTuple):
    """What a cycle bought, for how many cents, and what was sold of it or against it."""

    bought: int = 0
    paid_c: int = 0
    sold: int = 0

    @property
    def open(self) -> int:
        """Contracts without their credit; those sold too often hedge no other cycle's."""
        return max(0, self.bought - self.sold)

    @property
    def open_c(self) -> int:
        """Their cost at the cycle's average, in cents; 0 where it is not known."""
        if not self.open or self.bought <= 0:
            return 0
        return self.paid_c - self.paid_c * max(0, self.sold) // self.bought


NOTHING: Final = Traded()


def exposed(intent: ev.OrderIntended, *, counted: bool = False) -> Exposed:
    """An order of which nothing may fill yet.

    Args:
        intent: what was intended.
        counted: whether it counted as executed before.
    """
    return Exposed(
        intent.order,
        intent.trader,
        intent.part,
        0,
        intent.limit_c,
        intent.cycle,
        counted,
        intent.right,
        intent.buy_strike,
        intent.sell_strike,
    )


def execute(chain: ChainExposure, live: Exposed, event: ev.Executed) -> None:
    """Add an execution's contracts and money to what the chain holds."""
    chain.hold((live.right, live.buys), event.quantity)
    chain.hold((live.right, live.sells), -event.quantity)
    sign = -1 if live.part == Part.DEBIT else 1
    chain.pay(sign * event.quantity * event.price_c * chain.multiplier - event.fee_c)
