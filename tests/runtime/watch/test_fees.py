"""What executions really cost, told afterwards: every figure of guaranteed dollars follows."""

from __future__ import annotations

from typing import Any, cast

import pytest

from engine.book.balancer import PositionBalancer
from engine.brokers.ledger_difference import ledger_difference
from engine.config import DeskConfig
from engine.market.fees import schedule_of
from engine.orders import events as ev
from engine.orders.types import OrderReport, ReportKind
from engine.runtime.watch.fees import FeeBooking
from engine.state.desk import DeskState
from tests.support.operator_steps import Operated


class Charged:
    """A desk whose exchange tells fees afterwards."""

    def __init__(self) -> None:
        self.all: list[ev.Event] = []
        self.desk = Operated(observe=self.all.append)
        self.context = self.desk.context
        self.ledger = cast("Any", self.desk.venue).ledger
        self.fees: FeeBooking = self.desk.core.fees

    def completed(self) -> ev.CycleEnded:
        """Let a pair complete; its end."""
        ends: list[ev.CycleEnded] = []

        def done() -> bool:
            ends[:] = [e for e in self.desk.of(ev.CycleEnded) if e.outcome == "COMPLETE"]
            return bool(ends)

        self.desk.run_until(done)
        return ends[0]

    def executions(self, end: ev.CycleEnded) -> list[ev.Executed]:
        orders = {
            e.order
            for e in self.desk.of(ev.OrderIntended)
            if (e.trader, e.cycle) == (end.trader, end.cycle)
        }
        return [e for e in self.desk.of(ev.Executed) if e.order in orders]

    def charge(self, execution: ev.Executed, fee_c: int) -> None:
        """The exchange charges otherwise, and says so."""
        self.ledger.correct_fee(execution.execution, fee_c)
        self.fees.told(execution.execution, fee_c)


@pytest.fixture
def charged() -> Charged:
    return Charged()


def figures(state: DeskState, trader: str) -> tuple[int, ...]:
    totals = state.traders[trader]
    return (
        state.money.fees_c,
        state.money.floor_c,
        state.money.result_c,
        totals.fees_c,
        totals.floor_c,
        totals.result_c,
        state.contracts.fees_c,
    )


def test_floors_results_and_the_book_follow_what_the_broker_charged(charged: Charged) -> None:
    end = charged.completed()
    state = charged.context.state
    before = figures(state, end.trader)
    worst = charged.context.exposure.chains[end.trader].cash_c
    execution = charged.executions(end)[0]
    charged.charge(execution, execution.fee_c + 9)
    after = figures(state, end.trader)
    assert [b - a for a, b in zip(before, after, strict=True)] == [9, -9, -9, 9, -9, -9, 9]
    assert charged.context.exposure.chains[end.trader].cash_c == worst - 9
    (again,) = [e for e in charged.desk.of(ev.CycleEnded)[1:] if (e.trader, e.cycle) == end[1:3]]
    assert (again.fees_c, again.floor_c) == (end.fees_c + 9, end.floor_c - 9)
    pair = state.positions.pairs.find(end.trader, end.cycle)
    assert pair is not None and pair.finished_floor_c == pair.floor_c() == again.floor_c
    assert ledger_difference(state.contracts, charged.ledger) == ""
    assert state.money.completions == 1, "it is the same cycle"


def test_what_is_told_twice_or_is_right_or_unknown_changes_nothing(charged: Charged) -> None:
    end = charged.completed()
    execution = charged.executions(end)[0]
    charged.charge(execution, 20)
    count = len(charged.desk.events)
    charged.fees.correct(execution.execution, 20)
    charged.fees.correct("unknown", 20)
    charged.fees.correct(charged.executions(end)[1].execution, charged.executions(end)[1].fee_c)
    charged.fees.correct(execution.execution, -1)
    assert len(charged.desk.events) == count


def test_a_fee_of_an_open_unit_is_in_the_floor_with_which_its_cycle_ends(charged: Charged) -> None:
    trader = charged.desk.legged()
    debit = next(e for e in charged.desk.of(ev.Executed) if e.trader == trader)
    charged.charge(debit, debit.fee_c + 30)
    ends: list[ev.CycleEnded] = []

    def ended() -> bool:
        ends[:] = [e for e in charged.desk.of(ev.CycleEnded) if e.trader == trader]
        return bool(ends)

    charged.desk.run_until(ended, 3600)
    fees_c = sum(e.fee_c for e in charged.executions(ends[0])) + 30
    assert ends[0].fees_c == fees_c
    assert ledger_difference(charged.context.state.contracts, charged.ledger) == ""


def test_an_alarm_says_what_a_leg_costs_there_and_what_to_do(charged: Charged) -> None:
    end = charged.completed()
    execution = charged.executions(end)[0]
    legs = 2 * execution.quantity
    symbol = end.trader.partition(" ")[0]
    was = execution.fee_c // legs
    charged.charge(execution, was * legs + legs // 2)
    assert charged.desk.raised("FEE_DIFFERS") == [], "half a cent is none"
    charged.charge(execution, 7 * legs - 1)
    (alarm,) = charged.desk.raised("FEE_DIFFERS")
    mean = (7 * legs - 1) / legs
    assert alarm.what.endswith(
        f"{symbol} {mean:.3g} c a leg in place of {was} c: [fees.default] commission_c = 7, "
        "exchange_c = 0"
    )
    assert "[fees]" in alarm.response
    charged.charge(execution, was * legs)
    assert not charged.context.alarms.is_raised("FEE_DIFFERS", "desk")


def test_what_an_alarm_of_fees_names_is_taken_as_settings() -> None:
    settings = {"default": {"commission_c": 0, "exchange_c": 3}, "SPX": {"exchange_c": 60}}
    config = DeskConfig.model_validate({"fees": settings})
    assert schedule_of(config.fees).leg_c("SPY") == 3
    assert schedule_of(config.fees).leg_c("SPX") == 65 + 60


def test_a_journal_with_corrected_fees_folds_to_what_the_desk_knew(charged: Charged) -> None:
    end = charged.completed()
    for number, execution in enumerate(charged.executions(end)):
        charged.charge(execution, execution.fee_c + number - 1)
    charged.desk.nothing_open()
    live = charged.context.state
    folded = DeskState(PositionBalancer(charged.context.config.limits.max_imbalance_chain))
    for event in charged.all:
        folded.apply(event)
    assert figures(folded, end.trader) == figures(live, end.trader)


def test_what_the_broker_charged_while_nobody_listened_is_caught_up(charged: Charged) -> None:
    end = charged.completed()
    execution = charged.executions(end)[0]
    charged.ledger.correct_fee(execution.execution, execution.fee_c + 5)
    later = FeeBooking(charged.context)
    later.remember(charged.desk.events)
    later.catch_up(charged.ledger.executions)
    assert ledger_difference(charged.context.state.contracts, charged.ledger) == ""


def test_a_pair_of_an_earlier_session_guarantees_less_and_the_new_session_counts_nothing(
    charged: Charged,
) -> None:
    end = charged.completed()
    state = charged.context.state
    assert state.session is not None
    state.apply(state.session._replace(at_ms=state.at_ms + 1, session_date="2027-01-04"))
    before = figures(state, end.trader)
    execution = charged.executions(end)[0]
    charged.charge(execution, execution.fee_c + 9)
    after = figures(state, end.trader)
    assert [b - a for a, b in zip(before, after, strict=True)] == [9, -9, 0, 9, -9, 0, 9]


def test_a_price_that_is_corrected_after_a_fee_keeps_the_fee(charged: Charged) -> None:
    """The trader's unit had the fee of before, and its end anew took the correction back."""
    end = charged.completed()
    bought, sold = charged.executions(end)
    for execution in (bought, sold):
        charged.charge(execution, execution.fee_c + 9)
    report = OrderReport(
        ReportKind.CORRECTION, sold.order, 2.0, "B", sold.execution, sold.quantity, sold.price_c + 1
    )
    charged.desk.core.orders.on_report(report)
    ended = charged.context.state.traders[end.trader].ended[end.cycle]
    assert (ended.net_c, ended.fees_c) == (end.net_c + 100, end.fees_c + 18)
    assert ended.floor_c == end.floor_c + 100 - 18


@pytest.mark.parametrize("fee_first", [False, True])
def test_a_fee_is_booked_whether_its_execution_was_corrected_before_or_not(
    charged: Charged, fee_first: bool
) -> None:
    """What was booked anew has another name, and the broker's fee was told of one not known."""
    end = charged.completed()
    sold, before_c = charged.executions(end)[1], charged.context.state.money.fees_c
    if fee_first:
        charged.charge(sold, sold.fee_c + 5)
    report = OrderReport(
        ReportKind.CORRECTION, sold.order, 2.0, "B", sold.execution, sold.quantity, sold.price_c + 1
    )
    charged.desk.core.orders.on_report(report)
    for more_c in (9, 9, 4):
        charged.charge(sold, sold.fee_c + more_c)
        assert charged.context.state.money.fees_c == before_c + more_c
        ended = charged.context.state.traders[end.trader].ended[end.cycle]
        assert (ended.net_c, ended.fees_c) == (end.net_c + 100, end.fees_c + more_c)
