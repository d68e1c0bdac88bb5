"""How an order's executions are told: whole, leg by leg, or one leg long before the other."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from engine.brokers.ledger import Execution
from engine.orders.types import OrderReport, OrderRequest, ReportKind

ANSWERS_S: Final = 0.045
"""How long an answer of the faulty exchange's own takes."""

LONE_LEG_S: Final = 45.0
"""How long one leg is told without the other: longer than the engine waits with its alarm."""


class Style(StrEnum):
    """How the executions of one order are told; an exchange does it one way for each order."""

    WHOLE = "whole"
    LEGS_FIRST = "legs first"
    LEGS = "legs"
    ONE_LEG = "one leg"


class OrderHistory:
    """What the faulty exchange remembers of one order.

    Attributes:
        request: the order.
        style: how its executions are told.
        silent: whether nothing is told before somebody asks.
        ack_sent: whether an acknowledgement was told.
        held_ack: an acknowledgement that waits for an execution to overtake it.
        last_word: told in place of CANCELED where it is not "".
        executed: contracts by execution id.
        acks_lost: cancellations that were not told.
        ended: whether the exchange has said that it can execute no more.
        lone_until_s: epoch seconds until which the second legs are kept back, by execution id.
    """

    __slots__ = (
        "ack_sent",
        "acks_lost",
        "ended",
        "executed",
        "held_ack",
        "last_word",
        "lone_until_s",
        "request",
        "silent",
        "style",
    )

    def __init__(self, request: OrderRequest, style: Style) -> None:
        self.request = request
        self.style = style
        self.silent = False
        self.ack_sent = False
        self.held_ack: OrderReport | None = None
        self.last_word: ReportKind | None = None
        self.executed: dict[str, int] = {}
        self.acks_lost = 0
        self.ended = False
        self.lone_until_s: dict[str, float] = {}

    @property
    def leaves(self) -> int:
        """Contracts that have not executed as far as was told."""
        return self.request.quantity - sum(self.executed.values())


def leg_reports(
    request: OrderRequest, execution: Execution, report: OrderReport
) -> tuple[OrderReport, OrderReport]:
    """An execution as its two legs, bought and sold, in the order of the request.

    Args:
        request: the order.
        execution: the exchange's record; its legs are the dearer and the cheaper.
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
