"""One order sent through a callback, and what has been reported of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from engine.brokers.callbacks.answers import Status, is_usable
from engine.orders.averages import split_total
from engine.orders.soundness import cleaned
from engine.orders.types import OrderReport, OrderRequest, ReportKind

LAGS_S: Final = 2.0
"""How long a total may lag behind what was pushed before it contradicts it."""

_AGAIN_S: Final = 10.0
"""Seconds between two questions about a total that contradicts what is booked."""


FINAL_S: Final = 60.0
"""Seconds after its last contract at which an order that ended is asked about once more: what
executed is final no earlier than any other end is. Without an answer it is asked again, a minute
later each time, MOST_FINAL times in all."""

MOST_FINAL: Final = 3


@dataclass(slots=True, eq=False)
class PlacedOrder:
    """One order and what has been reported of it.

    Contracts that executed at no price that they can have go to the engine one by one, at a price
    of 0, which is none; each is corrected when its price is known.

    Args:
        request: the order.
        order_id: of the broker; None until it is known.
        done: whether it can execute no more.
        asking: whether the status callback is being asked about it.
        combinations, paid_c: contracts executed as combinations, and those of a known price x
            their price in cents a share.
        counted: how many of those were reported as a total, not execution by execution.
        lots: contracts of each leg that were reported leg by leg.
        executions: contracts of the executions counted, by id.
        busted: contracts that corrections took back, which a total may or may not still count.
        replaced: what is known of the order that the broker put in its place; "" for none.
        lost: whether that one is not asked about: nobody named it, or something executed before.
        fewer: contracts that the broker's total tells, where that is fewer than what is booked.
        other_price: what the broker's average comes to and what is booked, dollars a share, where
            these differ by a cent or more; "" where they do not.
        unpriced: contracts without a known price, by the id under which the engine has each, with
            the broker's id of the execution ("" where a total told of it).
    """

    request: OrderRequest
    order_id: Any = None
    done: bool = False
    asking: bool = False
    combinations: int = 0
    paid_c: int = 0
    counted: int = 0
    lots: list[int] = field(default_factory=lambda: [0, 0])
    executions: dict[str, int] = field(default_factory=dict)
    unpriced: dict[str, str] = field(default_factory=dict)
    busted: int = 0
    fewer: int | None = None
    other_price: str = ""
    replaced: str = ""
    lost: bool = False
    _seen: int = 0
    _seen_s: float = -math.inf
    _check_s: float = math.inf
    _final_s: float = math.inf
    _finals: int = 0
    _is_corrected: bool = False

    @property
    def filled(self) -> int:
        """Contracts filled, reported as combinations or leg by leg."""
        return max(self.combinations, min(self.lots))

    @property
    def booked(self) -> int:
        """Contracts in the book: filled and not taken back."""
        return min(self.filled, self.request.quantity) - self.busted

    def named(self, order_id: Any) -> None:
        """The broker has given it an id."""
        self.order_id = order_id

    def replace_by(self, successor: Any) -> None:
        """The broker has put another order in its place; it is asked about from now on.

        Not where contracts executed before: nobody knows whether the successor counts them.
        """
        self.lost = successor in (None, "") or bool(self.filled)
        told = "an order it does not name" if successor in (None, "") else cleaned(successor, 40)
        self.replaced = f"the broker replaced it by {told}"
        if not self.lost:
            self.order_id = str(successor) if isinstance(self.order_id, str) else successor

    def end(self) -> None:
        """It was told to have ended."""
        self.done = True

    def is_due(self, now_s: float) -> bool:
        """Whether to ask: it may still execute, its pushed contracts await the total's word, or
        what executed is old enough to be final.
        """
        if self.filled != self._seen:
            self._executed(self.filled, now_s)
            self._check_s = now_s + LAGS_S
        self._seen_s = min(self._seen_s, now_s)
        return not self.done or now_s >= min(self._check_s, self._final_s)

    def _executed(self, filled: int, now_s: float) -> None:
        self._seen, self._seen_s = filled, now_s
        self._final_s, self._finals = now_s + FINAL_S, 0

    def ask(self, now_s: float) -> None:
        """The status callback is being asked about it."""
        self.asking = True
        self._check_s = math.inf
        if now_s >= self._final_s:
            self._finals += 1
            self._final_s = now_s + FINAL_S if self._finals < MOST_FINAL else math.inf

    def answered(self, *, heard: bool) -> None:
        """The status callback has answered about it, or (not `heard`) failed or said nothing."""
        self.asking = False
        if heard and self._finals:
            self._final_s = math.inf

    def book(self, report: OrderReport) -> list[OrderReport]:
        """Count an execution; what the engine has to hear of it, nothing where it is counted."""
        execution, quantity = report.execution_id, report.quantity
        name = f"{report.leg}/{execution}"
        combination = report.kind is not ReportKind.LEG_FILL
        usable = is_usable(self.request, quantity, quantity * report.price_c)
        if name in self.executions:
            waiting = [each for each, source in self.unpriced.items() if source == execution]
            if not combination or not usable or not waiting:
                return []
            return self._priced(waiting, [report.price_c] * len(waiting), report.at_s)
        self.executions[name] = quantity
        if not combination:
            if report.leg in (0, 1):
                self.lots[report.leg] += quantity
            heard = [report]
        elif 0 < quantity <= self.counted:
            self.counted -= quantity
            self.executions[name] = 0  # the engine has them under the total's name
            waiting = [each for each, source in self.unpriced.items() if not source][:quantity]
            prices_c = [report.price_c] * len(waiting)
            return self._priced(waiting, prices_c, report.at_s) if usable else []
        elif usable:
            self.combinations += quantity
            self.paid_c += quantity * report.price_c
            heard = [report]
        else:
            names = [f"{execution}/{number + 1}" for number in range(quantity)]
            told = report.reason or f"price {report.price_c / 100:.2f}"
            heard = self._unpriced(names, execution, told, report.at_s)
        self.done = self.done or self.filled >= self.request.quantity
        return heard

    def correct(self, report: OrderReport) -> list[OrderReport]:
        """A correction, which gives the contracts of an execution without a price theirs."""
        self._is_corrected, self.other_price = True, ""
        known = self.executions.get(f"-1/{report.execution_id}")
        if known and report.quantity != known:
            self.busted += known - report.quantity
            self.executions[f"-1/{report.execution_id}"] = report.quantity
        names = [each for each, source in self.unpriced.items() if source == report.execution_id]
        total_c = report.quantity * report.price_c
        if len(names) == report.quantity and is_usable(self.request, report.quantity, total_c):
            return self._priced(names, [report.price_c] * len(names), report.at_s)
        return [report]

    def book_total(self, status: Status, now_s: float) -> list[OrderReport]:
        """Count what a total adds, and return that as executions whose cents add up to it.

        An average over several contracts need not be whole cents, so there may be two executions.
        Contracts whose price was unknown get theirs from the total, too.
        """
        self._compare(status, now_s)
        new, client = max(0, status.filled - self.filled), self.request.client_order_id
        before = self.filled
        waiting = list(self.unpriced)
        self.counted += new
        self.done = self.done or status.filled >= self.request.quantity
        if status.paid_c is None:
            names = [f"{client}:{before + number + 1}" for number in range(new)]
            return self._unpriced(names, "", status.told, now_s)
        if status.filled < self.filled or not new + len(waiting):
            return []
        contracts = new + len(waiting)
        rest_c = self._within_limit(contracts, status.paid_c - self.paid_c)
        parts = split_total(rest_c, contracts)
        prices_c = [price_c for count, price_c in parts for _ in range(count)]
        heard = self._priced(waiting, prices_c, now_s)
        for price_c, same in groupby(prices_c[len(waiting) :]):
            quantity = len(list(same))
            self.combinations = before = before + quantity
            self.paid_c += quantity * price_c
            heard.append(self._execution(f"{client}:{before}", quantity, price_c, now_s))
        return heard

    def _compare(self, status: Status, now_s: float) -> None:
        """Note a total that is fewer than what is booked, once it can lag behind no more.

        An answer may be older than a contract that was pushed meanwhile.
        """
        if not status.is_counted:
            return
        if status.filled >= self.booked:
            self.fewer = None
            if status.filled > self.filled:
                self._executed(status.filled, now_s)
            self._compare_price(status)
            if self.other_price:
                self._check_s = now_s + _AGAIN_S
        elif self.filled == self._seen and now_s - self._seen_s >= LAGS_S:
            self.fewer, self._check_s = status.filled, now_s + _AGAIN_S
        else:
            self._check_s = min(self._check_s, now_s + LAGS_S)

    def _compare_price(self, status: Status) -> None:
        """Note an average of the same contracts that is not theirs: their price was corrected.

        Less than a cent a share is the broker's rounding. What the legs came to, and what a push
        has corrected, is not held against the average.
        """
        same = status.filled == self.combinations == self.filled and not self.unpriced
        if not same or status.paid_c is None or not status.filled or self._is_corrected:
            return
        self.other_price = ""
        if abs(status.paid_c - self.paid_c) >= status.filled:
            booked, told = (cents / status.filled / 100 for cents in (self.paid_c, status.paid_c))
            self.other_price = f"booked at {booked:.4g} a share, the broker tells {told:.4g}"

    @property
    def difference(self) -> str:
        """How what the broker tells contradicts what is booked; "" where it does not."""
        if self.fewer is not None:
            return f"{self.booked} contracts booked, the broker tells {self.fewer}"
        return self.other_price

    def _within_limit(self, contracts: int, rest_c: int) -> int:
        """What a total leaves for the contracts that it adds, no worse than their limit.

        It leaves more only where the broker rounds its averages: the rounding of the contracts
        before would be booked on these.
        """
        limit_c = contracts * self.request.limit_c
        return max(1, min(rest_c, limit_c)) if self.request.pays else max(rest_c, limit_c)

    def _unpriced(
        self, names: list[str], source: str, told: str, now_s: float
    ) -> list[OrderReport]:
        self.combinations += len(names)
        self.unpriced.update(dict.fromkeys(names, source))
        return [self._execution(name, 1, 0, now_s, told) for name in names]

    def _priced(self, names: list[str], prices_c: list[int], now_s: float) -> list[OrderReport]:
        heard: list[OrderReport] = []
        for name, price_c in zip(names, prices_c, strict=False):
            del self.unpriced[name]
            self.paid_c += price_c
            client = self.request.client_order_id
            heard.append(
                OrderReport(
                    ReportKind.CORRECTION,
                    client,
                    now_s,
                    execution_id=name,
                    quantity=1,
                    price_c=price_c,
                )
            )
        return heard

    def _execution(
        self, name: str, quantity: int, price_c: int, now_s: float, told: str = ""
    ) -> OrderReport:
        self.executions[f"-1/{name}"] = quantity
        return OrderReport(
            ReportKind.FILL,
            self.request.client_order_id,
            now_s,
            execution_id=name,
            quantity=quantity,
            price_c=price_c,
            reason=told,
        )
