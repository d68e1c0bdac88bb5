"""What the exposure remembers of orders that ended long ago."""

from __future__ import annotations

from typing import NamedTuple

from engine.market.legs import right_letter
from engine.orders.events import OrderIntended
from engine.risk.chain_exposure import ChainExposure
from engine.risk.exposure import Exposure
from tests.support.exposure_events import A, added, ended, executed, intended
from tests.support.retained import retained_bytes


def test_an_ended_credit_that_is_busted_counts_as_no_working_order_again():
    sums = Exposure()
    for event in (
        added(A),
        intended("d", 1),
        executed("d", 1),
        ended("d", "filled"),
        intended("c", 1, 260, "C"),
        executed("c", 1, 260),
        ended("c", "filled"),
        executed("c", -1, 260, late=True),
    ):
        sums.apply(event)
    assert sums.working_orders(A) == []
    assert sums.legged == 1


def test_an_execution_taken_back_hours_later_counts_as_long_as_the_desk_knows_its_order():
    sums = Exposure()
    sums.apply(added(A))
    for event in (
        intended("d", 1),
        executed("d", 1),
        ended("d", "filled"),
        intended("c", 1, 260, "C"),
        executed("c", 1, 260),
        ended("c", "filled"),
    ):
        sums.apply(event)
    for number in range(2000):
        sums.apply(intended(f"later{number}", 1, cycle=2 + number))
        sums.apply(ended(f"later{number}"))
    sums.apply(executed("c", -1, 260, late=True))
    assert sums.legged == 1
    assert sums.chains[A].held == {("C", 100): 1, ("C", 105): -1}
    assert sums.chains[A].cash_c == -200 * 100 - 3 * 136


def test_of_many_orders_that_executed_a_bounded_number_is_remembered():
    sums = Exposure()
    sums.apply(added(A))
    for number in range(12_000):
        name, cycle = f"d{number}", 1 + number
        sums.apply(intended(name, 1, cycle=cycle))
        sums.apply(executed(name, 1))
        sums.apply(ended(name, "filled"))
        sums.apply(intended(f"c{number}", 1, 260, "C", cycle=cycle))
        sums.apply(executed(f"c{number}", 1, 260))
        sums.apply(ended(f"c{number}", "filled"))
    assert len(sums._live) + len(sums._done) < 9_000


def test_orders_of_a_cycle_that_is_still_open_are_remembered_however_many_came_after():
    sums = Exposure()
    sums.apply(added(A))
    for event in (
        intended("d", 2),
        executed("d", 2),
        ended("d", "filled"),
        intended("c", 2, 260, "C"),
        ended("c"),
    ):
        sums.apply(event)
    for number in range(12_000):
        name, cycle = f"d{number}", 2 + number
        for event in (intended(name, 1, cycle=cycle), executed(name, 1), ended(name, "filled")):
            sums.apply(event)
        credit = f"c{number}"
        sums.apply(intended(credit, 1, 260, "C", cycle=cycle))
        sums.apply(executed(credit, 1, 260))
        sums.apply(ended(credit, "filled"))
    assert sums.legged == 2
    sums.apply(executed("c", 1, 260, late=True))
    assert sums.legged == 1
    sums.apply(executed("d", -1, late=True))
    assert sums.legged == 0


class Known(NamedTuple):
    intent: OrderIntended
    executions: tuple[str, ...]


def test_what_executes_of_a_forgotten_order_that_the_state_knows_is_unhedged_like_any_other():
    first = intended("d", 2)
    told: list[str] = []
    sums = Exposure(lambda name: Known(first, tuple(told)) if name == "d" else None)
    for event in (added(A), first, ended("d")):
        sums.apply(event)
    for number in range(2000):
        sums.apply(intended(f"later{number}", 1, cycle=2 + number))
        sums.apply(ended(f"later{number}"))
    assert "d" not in sums._live
    told.append("late")
    sums.apply(executed("d", 2, late=True))
    assert (sums.legged, sums.chains[A].legged, sums.executed) == (2, 2, 1)
    assert sums.chains[A].held == {("C", 100): 2, ("C", 105): -2}
    sums.apply(executed("d", -1, late=True))
    sums.apply(executed("unknown", 1, late=True))
    assert (sums.legged, sums.executed) == (1, 1)


def test_a_contract_that_is_held_takes_less_than_ninety_bytes() -> None:
    """With a tuple of right and strike for a key, and a letter of its own, it took 160."""

    def holding(contracts: int) -> ChainExposure:
        chain = ChainExposure(100)
        for number in range(contracts):
            chain.hold((right_letter(("call", "put")[number % 2]), 100.5 + number // 2), 1)
        return chain

    few, many = retained_bytes(lambda: holding(20)), retained_bytes(lambda: holding(1_300))
    assert (many - few) / 1_280 < 90
