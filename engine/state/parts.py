"""The parts of a desk's state, each of which counts one thing, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.book.balancer import PositionBalancer
from engine.book.contracts import ContractBook
from engine.learning.attempt_results import AttemptResults
from engine.learning.metrics import OptimizationMetrics
from engine.state.attempts import Attempts
from engine.state.day_record import DayRecord
from engine.state.explored import Explored
from engine.state.in_force import InForce
from engine.state.limits import TightenedLimits
from engine.state.money import Money
from engine.state.notices import Notices
from engine.state.open_time import OpenTime
from engine.state.orders import Orders
from engine.state.positions import Positions
from engine.state.post_trade import PostTrade
from engine.state.trader_totals import TraderTotals
from engine.state.trials import Trials

Handlers = dict[type, Callable[[Any], None]]
"""By kind of event, who takes it in."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the events of a journal change; traders by key."""

    traders: dict[str, TraderTotals]
    orders: Orders
    attempts: Attempts
    money: Money
    positions: Positions
    post_trade: PostTrade
    notices: Notices
    open_time: OpenTime
    trials: Trials
    explored: Explored
    in_force: InForce
    limits: TightenedLimits
    day: DayRecord
    results: AttemptResults


def new_parts(
    traders: dict[str, TraderTotals],
    balancer: PositionBalancer | None,
    contracts: ContractBook | None,
    metrics: OptimizationMetrics | None,
) -> Parts:
    """The parts of a desk that knows nothing yet.

    Args:
        traders: empty; the parts share it.
        balancer, contracts, metrics: what is booked and counted in; new ones for None.
    """
    orders, notices = Orders(traders), Notices()
    attempts = Attempts(metrics if metrics is not None else OptimizationMetrics())
    money = Money(
        balancer if balancer is not None else PositionBalancer(),
        contracts if contracts is not None else ContractBook(),
    )
    trials, explored = Trials(), Explored()
    return Parts(
        traders=traders,
        orders=orders,
        attempts=attempts,
        money=money,
        positions=Positions(money, traders),
        post_trade=PostTrade(),
        notices=notices,
        open_time=OpenTime(),
        trials=trials,
        explored=explored,
        in_force=InForce(),
        limits=TightenedLimits(),
        day=DayRecord(money, attempts, orders, notices, traders),
        results=AttemptResults([trials.counted, explored.counted]),
    )
