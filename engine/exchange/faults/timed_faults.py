"""Faults that need no order to begin: looked for every TICK_S, or begun when asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from engine.brokers.protocol import Timer
from engine.exchange.faults.assignment import assign_one, assignable
from engine.exchange.faults.connection import LASTS_S
from engine.exchange.faults.garbled_reports import FORMS
from engine.exchange.faults.kinds import EVERY_5_S, WAITING, Fault
from engine.market.clock import Clock
from engine.orders.types import OrderRequest

if TYPE_CHECKING:
    from engine.exchange.faults.faulty_broker import FaultyBroker

TICK_S: Final = 5.0

_IN_ORDER: Final = tuple(fault for fault in Fault if fault in EVERY_5_S)


class Spontaneous:
    """Begins what happens by itself at a faulty exchange.

    Args:
        venue: to which it happens.
        clock: the present.
        timer: calls back at an epoch second.
    """

    def __init__(self, venue: FaultyBroker, clock: Clock, timer: Timer) -> None:
        self._venue, self._clock, self._timer = venue, clock, timer
        self._faults = venue.faults
        self._begin: dict[Fault, Callable[[], object]] = {
            Fault.REJECT_STORM: venue.refusals.storm,
            Fault.GARBAGE: self._garbage,
            Fault.HALT: self._halt,
            Fault.MANUAL_TRADE: self._manual_trade,
            Fault.ASSIGNMENT: self._assign,
            Fault.ADJUSTED: self._adjust,
            Fault.SUSPENDED: venue.sleep.begin,
            **{fault: partial(venue.line.fail, fault) for fault in LASTS_S},
        }

    def ask(self, fault: Fault, times: int) -> None:
        """Let a fault of EVERY_5_S begin now; of WAITING, as soon as it can, one by one."""
        if fault in WAITING and (times > 1 or not self._may(fault)):
            self._faults.ask(fault, times)
            return
        for _ in range(times):
            self._faults.counts[fault] += 1
            self._begin[fault]()

    def start(self) -> None:
        """Look for the first time in TICK_S, and so on while faults are on."""
        self._timer(self._clock.epoch_s() + TICK_S, self._tick)

    def _tick(self) -> None:
        if not self._faults.on:
            return
        for fault in _IN_ORDER:
            if self._may(fault) and self._faults.strikes(fault):
                self._begin[fault]()
        self.start()

    def _may(self, fault: Fault) -> bool:
        """Whether there is something for a fault to happen to."""
        venue = self._venue
        if fault is Fault.ASSIGNMENT:
            clears = venue.inner.clearing is not None
            return clears and bool(assignable(venue.inner.ledger.positions()))
        if fault is Fault.ADJUSTED:
            return bool(venue.tales) and venue.refusals.adjusted is None
        if fault is Fault.SUSPENDED:
            return venue.sleep.host is not None and not venue.sleep.asleep
        return True

    def _garbage(self) -> None:
        names = [*list(self._venue.tales)[-20:], "S0-NONE-1-1D1"]
        name = names[self._faults.index("garbage/order", len(names))]
        make = FORMS[self._faults.index("garbage/form", len(FORMS))]
        self._venue.line.report(make(name, self._clock.epoch_s()))

    def _halt(self) -> None:
        """Halt one symbol: the exchange takes its orders back and accepts none."""
        symbols = sorted({tale.request.symbol for tale in self._venue.tales.values()})
        if not symbols:
            return
        symbol = symbols[self._faults.index("halt/symbol", len(symbols))]
        self._venue.refusals.halt(symbol)
        self._take_back(lambda request: request.symbol == symbol)

    def _adjust(self) -> None:
        """Adjust one chain's contracts: the exchange takes their orders back and accepts none."""
        requests = [tale.request for tale in self._venue.tales.values()]
        chains = sorted({(request.symbol, request.expiration) for request in requests})
        chain = chains[self._faults.index("adjusted/chain", len(chains))]
        self._venue.refusals.adjust(chain)
        self._take_back(lambda request: (request.symbol, request.expiration) == chain)

    def _take_back(self, concerns: Callable[[OrderRequest], bool]) -> None:
        now_s = self._clock.epoch_s()
        for name, tale in self._venue.tales.items():
            if not tale.ended and concerns(tale.request):
                self._venue.inner.cancel(name, now_s)

    def _manual_trade(self) -> None:
        if self._venue.tales:
            last = next(reversed(self._venue.tales.values()))
            self._venue.account.trade_by_hand(last.request)

    def _assign(self) -> None:
        assign_one(self._venue.inner, self._faults, self._clock.epoch_s())
