"""One of our orders, as the desk's events tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from engine.orders.events import (
    AttemptEnded,
    CancelSent,
    Executed,
    LegExecuted,
    OrderEnded,
    OrderIntended,
    OrderSent,
    OrderUnknown,
    OrderWorking,
    PriceUnknown,
)
from engine.orders.types import Effect
from engine.state.trader_totals import TraderTotals

STORY_KEPT: Final = 48
"""Events of one order that are kept to be looked at."""

_RECORDED_ALL: Final[frozenset[str]] = frozenset()
"""One for all orders: an empty set of its own takes 216 bytes."""

OrderEvent = OrderSent | OrderWorking | OrderUnknown | CancelSent | Executed | OrderEnded


def name_at_broker(execution: str) -> str:
    """An execution's name at the broker; what a correction booked anew has more behind it."""
    return execution.partition("~")[0]


def is_late_fill(event: Executed) -> bool:
    """Whether contracts came after a terminal report; what a correction books anew did not."""
    return event.late and event.quantity > 0 and name_at_broker(event.execution) == event.execution


class OrderRecord:
    """One of our orders: what was intended and what became of it.

    Attributes:
        status: intended, sent, working, partial, filled, canceling, canceled, rejected, expired
            or unknown.
        filled, value_c: contracts executed; sum of quantity x cents per share.
        attempt: how a debit's attempt ended, once it has.
        buy_at: quote location that a debit buys at; None where the journal does not tell it.
        effects: what its two legs do to the account's contracts.
        charged: cents by which fees of its executions were corrected, by their names at the broker;
            None where none were.
        unrecorded: executions that the broker's record lacks, as an operator has accepted.
        unpriced: executions that nobody told a price for, by their ids; see `without_price`.
        legs: what each leg executed, as the broker told; None where it told of the combination.
        events, left_out: its first events, at most STORY_KEPT; how many more there were.
        division: how several executions divided what had executed when its story was dropped.
    """

    __slots__ = (
        "attempt",
        "broker_order",
        "buy_at",
        "cancel_ms",
        "charged",
        "division",
        "effects",
        "ended_ms",
        "events",
        "executions",
        "fees_c",
        "filled",
        "intent",
        "left_out",
        "legs",
        "sent_ms",
        "status",
        "text",
        "totals",
        "unpriced",
        "unrecorded",
        "value_c",
        "working_ms",
    )  # fmt: skip

    def __init__(self, intent: OrderIntended, totals: TraderTotals) -> None:
        self.intent = intent
        self.totals = totals
        self.status = "intended"
        self.filled = 0
        self.value_c = 0
        self.fees_c = 0
        self.executions: tuple[str, ...] = ()
        self.sent_ms: int | None = None
        self.working_ms: int | None = None
        self.ended_ms: int | None = None
        self.cancel_ms: int | None = None
        self.attempt: AttemptEnded | None = None
        self.buy_at: float | None = None
        self.effects: tuple[Effect, Effect] = ("open", "open")
        self.broker_order = ""
        self.text = ""
        self.charged: dict[str, int] | None = None
        self.unrecorded = _RECORDED_ALL
        self.unpriced: dict[str, PriceUnknown] | None = None
        self.legs: tuple[LegExecuted, ...] | None = None
        self.events: list[OrderEvent] = []
        self.left_out = 0
        self.division: dict[str, tuple[int, int]] | None = None

    @property
    def live(self) -> bool:
        """Whether it may still execute as far as we know."""
        return self.ended_ms is None

    @property
    def events_known(self) -> int:
        """How many events it had since its intent."""
        return len(self.events) + self.left_out

    def lacks(self, executions: Iterable[str]) -> None:
        """The broker's record lacks these executions, and an operator has accepted that."""
        self.unrecorded |= frozenset(executions)

    def sent(self, event: OrderSent) -> None:
        """It left for the broker."""
        if len(self.events) < STORY_KEPT:
            self.events.append(event)
        else:
            self.left_out += 1
        if self.status == "intended":
            self.status = "sent"
        self.sent_ms = event.at_ms
        self.totals.order_sent()

    def acknowledged(self, event: OrderWorking) -> None:
        """The broker has it working; this also answers for an order that was unknown."""
        if len(self.events) < STORY_KEPT:
            self.events.append(event)
        else:
            self.left_out += 1
        if self.working_ms is None:
            self.working_ms = event.at_ms
        self.broker_order = event.broker_order
        if self.status == "sent" or self.status == "intended":
            self.status = "working"
        elif self.status == "unknown":
            self.status = "partial" if self.filled else "working"
        self.totals.touch()

    def unanswered(self, event: OrderUnknown) -> None:
        """The broker gave no definite answer."""
        self._keep(event)
        self.status = "unknown"
        self.text = event.reason
        self.totals.touch()

    def cancel_sent(self, event: CancelSent) -> None:
        """A cancel left for the broker."""
        if len(self.events) < STORY_KEPT:
            self.events.append(event)
        else:
            self.left_out += 1
        if self.status != "unknown" and self.status != "filled":
            self.status = "canceling"
        if self.cancel_ms is None:
            self.cancel_ms = event.at_ms
        self.text = event.reason
        self.totals.touch()

    def reported(self, execution: str) -> bool:
        """Remember an execution's id; False where it was reported before."""
        if execution in self.executions:
            return False
        self.executions += (execution,)
        return True

    def price_unknown(self, event: PriceUnknown) -> None:
        """An execution is about to be booked at the limit."""
        if self.unpriced is None:
            self.unpriced = {}
        self.unpriced[event.execution] = event

    def leg_executed(self, event: LegExecuted) -> None:
        """One of its legs executed."""
        self.legs = (*(self.legs or ()), event)

    @property
    def one_leg_ahead(self) -> bool:
        """Whether one leg executed more contracts than the other, as far as the broker told.

        Once all that was ordered is filled no leg is.
        """
        if self.filled == self.intent.quantity:
            return False
        return sum(-each.quantity if each.leg else each.quantity for each in self.legs or ()) != 0

    @property
    def without_price(self) -> tuple[PriceUnknown, ...]:
        """Executions that are booked at the limit because nobody told a price for them."""
        told = (self.unpriced or {}).values()
        return tuple(each for each in told if each.execution in self.executions)

    def price_told(self, execution: str) -> None:
        """An execution is booked at a price that was told, or taken back for one."""
        if self.unpriced is not None:
            self.unpriced.pop(execution, None)

    def executed(self, event: Executed, quantity: int) -> None:
        """Add contracts; a negative quantity takes some back."""
        self._keep(event)
        if is_late_fill(event):
            self.totals.filled_late()
        self.filled += quantity
        self.value_c += quantity * event.price_c
        self.fees_c += event.fee_c
        if self.filled == self.intent.quantity:
            self.status = "filled"
        elif self.live and self.status not in ("canceling", "unknown"):
            self.status = "partial"

    def charge(self, execution: str, fee_c: int) -> None:
        """Add fees of an execution in cents; negative where some are given back."""
        self.fees_c += fee_c
        if self.charged is None:
            self.charged = {}
        name = name_at_broker(execution)
        self.charged[name] = self.charged.get(name, 0) + fee_c

    def ended(self, event: OrderEnded) -> None:
        """A terminal report came; it never changes what was filled."""
        if len(self.events) < STORY_KEPT:
            self.events.append(event)
        else:
            self.left_out += 1
        self.status = "filled" if self.filled == self.intent.quantity else event.status
        self.ended_ms = event.at_ms
        if event.reason:
            self.text = event.reason
        self.totals.order_ended(event.status == "rejected")

    def buys_at(self, location: float) -> None:
        """Keep the quote location of a debit's limit."""
        self.buy_at = location

    def attempt_ended(self, event: AttemptEnded) -> None:
        """Its attempt ended, or is found to have filled after all."""
        self.attempt = event

    def has_effects(self, effects: tuple[Effect, Effect]) -> None:
        """Say what its legs do to contracts that the account already holds."""
        self.effects = effects

    def divided(self) -> dict[str, tuple[int, int]]:
        """Contracts and cents a share of its executions, by their names at the broker.

        Empty where more happened than its story keeps.
        """
        told = [event for event in self.events if isinstance(event, Executed)]
        divided = self._divided_before(told) if self.division is None else dict(self.division)
        for event in told:
            name, quantity, price_c = name_at_broker(event.execution), event.quantity, event.price_c
            count, before_c = divided.get(name, (0, price_c))
            divided[name] = count + quantity, price_c if quantity > 0 else before_c
        return divided if sum(count for count, _ in divided.values()) == self.filled else {}

    def _divided_before(self, told: Sequence[Executed]) -> dict[str, tuple[int, int]]:
        """What a story that was dropped had executed, where that was one execution."""
        count = self.filled - sum(event.quantity for event in told)
        value_c = self.value_c - sum(event.quantity * event.price_c for event in told)
        new = {event.execution for event in told if event.quantity > 0}
        before = {name_at_broker(name) for name in self.executions} - new
        if count <= 0 or len(before) != 1 or value_c % count:
            return {}
        return {before.pop(): (count, value_c // count)}

    def drop_events(self) -> None:
        """Forget its story, once no screen shows the order by itself any more."""
        divided = self.divided()
        derived = len(divided) <= 1 and all(count for count, _ in divided.values())
        if self.division is not None or not derived:
            self.division = divided
        self.left_out += len(self.events)
        self.events = []

    def _keep(self, event: OrderEvent) -> None:
        # Written out in the four methods that nearly every event of a day goes through.
        if len(self.events) < STORY_KEPT:
            self.events.append(event)
        else:
            self.left_out += 1
