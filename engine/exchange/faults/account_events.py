"""What happens in the account beside our orders: manual trades, busts, price corrections."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.brokers.execution import Execution
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.protocol import ContractPosition, OpenOrder
from engine.orders.types import OrderReport, OrderRequest, ReportKind

MANUAL: Final = "MANUAL-1"


class AccountEvents:
    """A manual trade in our account, and corrections of our executions.

    Args:
        ledger: the exchange's books of our orders; corrections are booked there.
    """

    def __init__(self, ledger: ExchangeLedger) -> None:
        self._ledger = ledger
        self._manual: ContractPosition | None = None
        self._corrected: dict[str, OrderReport] = {}

    @property
    def has_manual_trade(self) -> bool:
        """Whether the account holds a contract that we did not trade."""
        return self._manual is not None

    def trade_by_hand(self, order: OrderRequest) -> None:
        """Let somebody buy one contract of an order's first leg by hand; once."""
        leg = order.legs[0]
        if self._manual is None:
            self._manual = ContractPosition(
                order.symbol, order.expiration, leg.option_type, leg.strike, 1
            )

    def close_by_hand(self) -> None:
        """Let the manual trader sell it."""
        self._manual = None

    def positions(self, ours: tuple[ContractPosition, ...]) -> tuple[ContractPosition, ...]:
        """The account's positions: ours, and the manual one in a row of its own."""
        return ours if self._manual is None else (*ours, self._manual)

    def open_orders(self, ours: tuple[OpenOrder, ...]) -> tuple[OpenOrder, ...]:
        """The account's open orders: ours, and one of the manual trader."""
        return ours if self._manual is None else (*ours, OpenOrder("", MANUAL, 1, 0))

    def correct(self, execution: Execution, price_c: int | None, at_s: float) -> OrderReport:
        """Bust an execution, or change its price, in the exchange's books.

        Args:
            execution: as it is booked.
            price_c: the new price, cents a share; None busts it.
            at_s: epoch seconds.

        Returns:
            The report of the correction.
        """
        self._ledger.correct(execution.execution_id, price_c)
        report = OrderReport(
            ReportKind.CORRECTION,
            execution.client_order_id,
            at_s,
            execution_id=execution.execution_id,
            quantity=0 if price_c is None else execution.quantity,
            price_c=execution.price_c if price_c is None else price_c,
            reason="trade busted" if price_c is None else "price corrected",
        )
        self._corrected[execution.execution_id] = report
        return report

    def correction(self, execution_id: str, at_s: float) -> OrderReport | None:
        """The correction of an execution, to be reported after it; None where there is none."""
        report = self._corrected.get(execution_id)
        return None if report is None else replace(report, at_s=at_s)
