"""Faults that need no order to begin: chance looks at them every TICK_S, or a test asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from engine.brokers.protocol import ContractPosition
from engine.exchange.faults.connection import LASTS_S
from engine.exchange.faults.context import FaultContext
from engine.exchange.faults.garbled_reports import FORMS
from engine.exchange.faults.kinds import EVERY_5_S, TICK_S, WAITING, Fault
from engine.market.legs import OptionType
from engine.market.ticks import contract_terms
from engine.orders.types import OrderRequest

_IN_ORDER: Final = tuple(fault for fault in Fault if fault in EVERY_5_S)


class TimedFaults:
    """Begins the faults of EVERY_5_S.

    Args:
        context: the parts of the broker to which they happen.
    """

    def __init__(self, context: FaultContext) -> None:
        self._context = context
        self._inner, self._faults = context.inner, context.faults
        self._histories = context.histories
        self._begin: dict[Fault, Callable[[], object]] = {
            Fault.REJECT_STORM: context.rejections.storm,
            Fault.GARBAGE: self._garbled_report,
            Fault.HALT: self._halt,
            Fault.MANUAL_TRADE: self._manual_trade,
            Fault.ASSIGNMENT: self._assign,
            Fault.ADJUSTED: self._adjust,
            Fault.SUSPENDED: context.sleep.begin,
            **{fault: partial(context.connection.fail, fault) for fault in LASTS_S},
        }

    def ask(self, fault: Fault, times: int) -> None:
        """Let a fault of EVERY_5_S begin now; one of WAITING as soon as it can, one by one."""
        if fault in WAITING and (times > 1 or not self._can_begin(fault)):
            self._faults.ask(fault, times)
            return
        for _ in range(times):
            self._faults.count(fault)
            self._begin[fault]()

    def start(self) -> None:
        """Look for the first time in TICK_S, and every TICK_S while faults are on."""
        self._context.timer(self._context.clock.epoch_s() + TICK_S, self._tick)

    def _tick(self) -> None:
        if not self._faults.on:
            return
        for fault in _IN_ORDER:
            if self._can_begin(fault) and self._faults.strikes(fault):
                self._begin[fault]()
        self.start()

    def _can_begin(self, fault: Fault) -> bool:
        """Whether there is anything that the fault can happen to."""
        if fault is Fault.ASSIGNMENT:
            clears = self._inner.clearing is not None
            return clears and bool(_assignable(self._inner.ledger.positions()))
        if fault is Fault.ADJUSTED:
            return bool(self._histories) and self._context.rejections.adjusted is None
        if fault is Fault.SUSPENDED:
            return self._context.sleep.host is not None and not self._context.sleep.asleep
        return True

    def _garbled_report(self) -> None:
        names = [*list(self._histories)[-20:], "S0-NONE-1-1D1"]
        name = names[self._faults.index("garbage/order", len(names))]
        make = FORMS[self._faults.index("garbage/form", len(FORMS))]
        self._context.connection.report(make(name, self._context.clock.epoch_s()))

    def _halt(self) -> None:
        """Halt one symbol: the exchange cancels its orders and accepts none."""
        symbols = sorted({history.request.symbol for history in self._histories.values()})
        if not symbols:
            return
        symbol = symbols[self._faults.index("halt/symbol", len(symbols))]
        self._context.rejections.halt(symbol)
        self._cancel_all(lambda request: request.symbol == symbol)

    def _adjust(self) -> None:
        """Adjust one chain's contracts: the exchange cancels their orders and accepts none."""
        requests = [history.request for history in self._histories.values()]
        chains = sorted({(request.symbol, request.expiration) for request in requests})
        chain = chains[self._faults.index("adjusted/chain", len(chains))]
        self._context.rejections.adjust(chain)
        self._cancel_all(lambda request: (request.symbol, request.expiration) == chain)

    def _cancel_all(self, concerns: Callable[[OrderRequest], bool]) -> None:
        now_s = self._context.clock.epoch_s()
        for name, history in self._histories.items():
            if not history.ended and concerns(history.request):
                self._inner.cancel(name, now_s)

    def _manual_trade(self) -> None:
        if self._histories:
            last = next(reversed(self._histories.values()))
            self._context.account.trade_by_hand(last.request)

    def _assign(self) -> None:
        """Assign some or all contracts of one short position, where there is one."""
        shorts = _assignable(self._inner.ledger.positions())
        if self._inner.clearing is None or not shorts:
            return
        row = shorts[self._faults.index("assigned/which", len(shorts))]
        contracts = 1 + self._faults.index("assigned/how many", -row.quantity)
        right: OptionType = "call" if row.right == "call" else "put"
        self._inner.clearing.assign(
            row.symbol, row.expiration, right, row.strike, contracts, self._context.clock.epoch_s()
        )


def _assignable(rows: Iterable[ContractPosition]) -> list[ContractPosition]:
    """The shorts among positions that their holders may exercise before expiration."""
    return [
        row
        for row in rows
        if row.quantity < 0
        and contract_terms(row.symbol).style == "american"
        and contract_terms(row.symbol).settlement == "physical"
    ]
