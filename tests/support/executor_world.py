"""A market that stands still, brokers behind callbacks, and clocks: what the executor's tests share."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from engine import ArbitrageExecutor, OptionChain, OrderReport, SpreadLeg
from engine.config import DeskConfig, RiskLimits
from engine.market.calendar import xnys
from engine.market.clock import VirtualClock
from engine.market.legs import Side
from engine.orders.types import ReportKind
from engine.runtime.pace import Pace, RealPace, VirtualPace
from tests.support.open_journals import closed_later

TODAY = date(2026, 3, 10)
NEAR, FAR = date(2026, 4, 17), date(2026, 5, 15)
_HOURS = xnys().session(TODAY)
assert _HOURS is not None
OPENS_S = _HOURS.opens.timestamp()
MORNING_S = OPENS_S + 3600.0
SPOT = 100.0
WITHIN_S = 120.0
"""How long a test waits for another thread before it fails: a busy machine is slow, not wrong."""

LOOK_S = 0.0005
"""Between two looks at whether the threads have done what was due."""


def option_chain(
    symbol: str = "AAPL", expiration: date = NEAR, spread: float = 0.10
) -> OptionChain:
    """Calls and puts around 100 whose middle prices are a smooth convex curve."""
    strikes = np.arange(80.0, 121.0, 2.5)
    away = strikes - SPOT
    middle = np.sqrt(away**2 + 60)
    mids = np.round(np.stack([(middle - away) / 2, (middle + away) / 2]), 2)
    made = OptionChain(symbol, expiration, strikes, underlying_price=SPOT)
    made.bid[:] = np.maximum(mids - spread / 2, 0.01)
    made.ask[:] = mids + spread / 2
    return made


def as_legs(chain: OptionChain) -> list[SpreadLeg]:
    """The chain as a broker that knows SpreadLegs returns it."""
    return [chain.leg(right, i, "buy") for right in (0, 1) for i in range(len(chain.strikes))]


def as_mappings(chain: OptionChain) -> list[dict[str, Any]]:
    """The chain as a broker that returns plain rows."""
    return [
        {"strike": leg.strike, "option_type": leg.option_type, "bid": leg.bid, "ask": leg.ask}
        for leg in as_legs(chain)
    ]


def leg(strike: float, side: Side, bid: float, ask: float) -> SpreadLeg:
    """A call of the near expiration."""
    return SpreadLeg(strike, NEAR, "call", side, bid, ask)


@dataclass(frozen=True)
class Placed:
    """One call of the order callback."""

    order_id: str
    symbol: str
    legs: list[SpreadLeg]
    quantity: int
    limit_price: float
    expiration: Any

    @property
    def pays(self) -> bool:
        """Whether it is a debit: a call's lower strike or a put's higher one is bought."""
        bought, sold = self.legs
        return (bought.strike < sold.strike) == (bought.option_type == "call")


@dataclass
class PaperBroker:
    """Takes orders and answers as a test tells it; every call is remembered.

    Args:
        answer: what the order callback returns for an order; its id where not given.
    """

    answer: Callable[[Placed], Any] = lambda placed: placed.order_id
    orders: list[Placed] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def order(
        self,
        symbol: str,
        legs: list[SpreadLeg],
        quantity: int,
        limit_price: float,
        expiration: Any,
    ) -> Any:
        with self._lock:
            name = f"B{next(self._numbers)}"
            placed = Placed(name, symbol, legs, quantity, limit_price, expiration)
            self.orders.append(placed)
        self.arrived.set()
        return self.answer(placed)

    def cancel(self, order_id: str) -> bool:
        self.cancelled.append(order_id)
        return True


def fill(placed: Placed, quantity: int | None = None, execution: str = "E1") -> OrderReport:
    """A report that the order executed at its limit, named by the broker's id."""
    return OrderReport(
        ReportKind.FILL,
        "",
        MORNING_S,
        broker_order_id=placed.order_id,
        execution_id=f"{placed.order_id}/{execution}",
        quantity=placed.quantity if quantity is None else quantity,
        price_c=round(placed.limit_price * 100),
    )


def said(placed: Placed, kind: ReportKind, reason: str = "") -> OrderReport:
    """A status report, named by the broker's id."""
    return OrderReport(kind, "", MORNING_S, broker_order_id=placed.order_id, reason=reason)


def quotes(symbol: str, expiration: date) -> OptionChain:
    """The quote callback of a market that stands still."""
    return option_chain(symbol, expiration)


def price(symbol: str) -> float:
    """The price callback."""
    return SPOT


def executor_on(broker: PaperBroker, pace: Pace, **more: Any) -> ArbitrageExecutor:
    """An executor with the specification's three callbacks, and more where given.

    Without a `config` it may send as many orders a day as it can.
    """
    given: dict[str, Any] = {"quote_callback": quotes, "underlying_callback": price} | more
    given.setdefault("config", DeskConfig(limits=RiskLimits(order_budget_day=90_000)))
    executor = ArbitrageExecutor(order_callback=broker.order, pace=pace, **given)
    if isinstance(pace, VirtualPace):
        closed_later(executor.context.journal.close)
    return executor


def virtual(start_s: float = MORNING_S) -> VirtualPace:
    """Time that runs as fast as it can, in the test's own thread."""
    return VirtualPace(VirtualClock(start_s))


def trading_on(
    broker: PaperBroker, symbols: tuple[str, ...] = ("AAPL",), **more: Any
) -> ArbitrageExecutor:
    """An executor in virtual time that trades the near expiration of each symbol.

    It can cancel where `more` gives no other cancel_callback, or None.
    """
    executor = executor_on(broker, virtual(), **{"cancel_callback": broker.cancel} | more)
    for symbol in symbols:
        executor.add_symbol(symbol, [NEAR])
    return executor


def run_for(executor: ArbitrageExecutor, seconds: float) -> None:
    """Let this many engine seconds pass in this thread."""
    executor.begin()
    clock = executor.pace.clock
    executor.scheduler.run_until(clock.now_s() + seconds)


def until_sent(executor: ArbitrageExecutor, broker: PaperBroker, orders: int = 1) -> None:
    """Let seconds pass until the broker has so many orders."""
    while len(broker.orders) < orders:
        run_for(executor, 1)


class HandClock:
    """A clock that stands still until a test moves it; any thread may read it."""

    def __init__(self, start_s: float = MORNING_S) -> None:
        self._s = start_s

    def now_s(self) -> float:
        return self._s

    def epoch_s(self) -> float:
        return self._s

    def forward(self, seconds: float) -> None:
        self._s += seconds


def by_hand(start_s: float = MORNING_S) -> tuple[HandClock, RealPace]:
    """A clock to move and the pace of an engine whose thread reads it."""
    clock = HandClock(start_s)
    return clock, RealPace(clock)


def expirations(count: int) -> list[date]:
    """So many Fridays with a session, from the near expiration on."""
    fridays = (NEAR + timedelta(weeks=number) for number in itertools.count())
    return list(itertools.islice((day for day in fridays if xnys().session(day)), count))


def nothing_held() -> int:
    """No call is held by the test."""
    return 0


def keep_up(
    executor: ArbitrageExecutor,
    clock: HandClock,
    held: Callable[[], int] = nothing_held,
    over: Callable[[], bool] = lambda: False,
) -> None:
    """Wait until the engine has done what is due and its callbacks have returned.

    The clock stands still meanwhile: however slow the machine, no call takes engine time.

    Args:
        held: how many callbacks the test itself keeps from returning.
        over: ends the wait, for an engine that stops.
    """
    scheduler = executor.scheduler

    def done() -> bool:
        lanes = executor.context.lanes
        calls = 0 if lanes is None else sum(len(lane.calls) for lane in lanes.all)
        return calls <= held() and scheduler.next_due_s() > clock.now_s()

    until_s = time.monotonic() + WITHIN_S
    while not (over() or executor.call(done)):
        assert time.monotonic() < until_s, "the engine or one of its calls does not come back"
        _PAUSE.wait(LOOK_S)


_PAUSE = threading.Event()


def forward(
    executor: ArbitrageExecutor,
    clock: HandClock,
    seconds: float,
    held: Callable[[], int] = nothing_held,
) -> None:
    """Move the clock in steps of half a second, the engine and its calls keeping up with each."""
    for _ in range(round(seconds * 2)):
        clock.forward(0.5)
        keep_up(executor, clock, held)


def stop_as_time_goes_on(
    executor: ArbitrageExecutor,
    clock: HandClock,
    seconds: float = 1.0,
    held: Callable[[], int] = nothing_held,
) -> None:
    """Stop the executor from another thread, the clock moving as the engine keeps up."""
    stopping = threading.Thread(target=executor.stop, args=(seconds,))
    stopping.start()
    while stopping.is_alive():
        clock.forward(0.1)
        keep_up(executor, clock, held, lambda: executor.thread.running() is None)
        stopping.join(LOOK_S)


def alarms(executor: ArbitrageExecutor) -> dict[str, str]:
    """What is the matter in the places of each active alarm, by its code."""
    standing = executor.call(lambda: list(executor.context.state.notices.alarms.values()))
    return {a.raised.code: "; ".join(a.places.values()) for a in standing if a.state != "cleared"}
