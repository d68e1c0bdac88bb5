"""What the faulty exchange remembers of each order, and how it reports its executions."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from engine.brokers.execution import Execution
from engine.orders.types import OrderReport, OrderRequest, ReportKind

ANSWERS_S: Final = 0.045
"""Seconds that an answer made by the faults takes."""

LONE_LEG_S: Final = 45.0
"""Seconds between the reports of the two legs: longer than the engine waits with its alarm."""


class ReportStyle(StrEnum):
    """How the executions of one order are reported; the same for all of them."""

    WHOLE = "whole"
    LEGS_FIRST = "legs first"
    LEGS = "legs"
    ONE_LEG = "one leg"


class OrderHistory:
    """One order: what the exchange did with it, and what the engine has been told.

    Args:
        request: the order.
        style: how its executions are reported.

    Attributes:
        silent: whether nothing is reported until the engine asks about the order.
        ended: whether the exchange has reported that it executes no more.
        final_kind: reported in place of CANCELED where it is not None.
        lost_cancel: whether the report of its cancellation was lost.
    """

    __slots__ = (
        "_acknowledged",
        "_executed",
        "_held_ack",
        "_second_leg_s",
        "ended",
        "final_kind",
        "lost_cancel",
        "request",
        "silent",
        "style",
    )

    def __init__(self, request: OrderRequest, style: ReportStyle) -> None:
        self.request = request
        self.style = style
        self.silent = False
        self.ended = False
        self.final_kind: ReportKind | None = None
        self.lost_cancel = False
        self._acknowledged = False
        self._held_ack: OrderReport | None = None
        self._executed: dict[str, int] = {}
        self._second_leg_s: dict[str, float] = {}

    def silence(self) -> None:
        """Report nothing until the engine asks about the order."""
        self.silent = True

    def answer(self) -> None:
        """Report again: the engine has asked."""
        self.silent = False

    def acknowledge(self) -> bool:
        """Note an acknowledgement; True for the first."""
        first, self._acknowledged = not self._acknowledged, True
        return first

    def hold_ack(self, report: OrderReport) -> None:
        """Keep an acknowledgement back for an execution to overtake it."""
        self._held_ack = report

    def take_held_ack(self) -> OrderReport | None:
        """The acknowledgement that was kept back, once; None where there is none."""
        report, self._held_ack = self._held_ack, None
        return report

    def execute(self, report: OrderReport) -> bool:
        """Note an execution; True where it had not been reported before."""
        first = report.execution_id not in self._executed
        self._executed[report.execution_id] = report.quantity
        self.ended = self.ended or self.leaves <= 0
        return first

    def end_as(self, kind: ReportKind) -> None:
        """Report the end of what remains as `kind`, whatever the exchange calls it."""
        self.final_kind = kind

    def end(self) -> None:
        """The exchange executes no more of it."""
        self.ended = True

    def lose_cancel(self) -> None:
        """The report of its cancellation does not reach the engine."""
        self.lost_cancel = True

    @property
    def leaves(self) -> int:
        """Contracts that have not executed, as far as reports say."""
        return self.request.quantity - sum(self._executed.values())

    def second_leg_s(self, execution_id: str) -> float | None:
        """Epoch second from which an execution's second leg is reported; None before the first."""
        return self._second_leg_s.get(execution_id)

    def hold_second_leg(self, execution_id: str, until_s: float) -> None:
        """Report the second leg of an execution no earlier than `until_s`, epoch seconds."""
        self._second_leg_s[execution_id] = until_s

    def release(self) -> None:
        """Keep nothing back any more."""
        self.silent = False
        self._second_leg_s = dict.fromkeys(self._second_leg_s, 0.0)


def leg_reports(execution: Execution, report: OrderReport) -> tuple[OrderReport, OrderReport]:
    """The reports of an execution's two legs: the leg bought, then the leg sold.

    Args:
        execution: the exchange's record.
        report: the combination's report.
    """
    bought, sold = sorted(execution.legs, key=lambda leg: -leg.quantity)
    legs = []
    for index, leg in enumerate((bought, sold)):
        name = f"{execution.execution_id}.{'bs'[index]}"
        legs.append(
            replace(
                report,
                kind=ReportKind.LEG_FILL,
                execution_id=name,
                quantity=abs(leg.quantity),
                price_c=leg.price_c,
                leg=index,
            )
        )
    return legs[0], legs[1]
