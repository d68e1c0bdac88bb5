"""A cycle ends anew, by what is told late: its former end counts no more, however old it is."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.risk.day_loss import DayLoss
from engine.snapshot.dollars import NOTHING_TIED
from engine.state.desk import DeskState
from tests.support.exposure_events import A, added, cycle_ended, ended, executed, intended

OTHERS = 200
DAY_MS = 86_400_000


def session(at_ms: int, date: str) -> ev.SessionStarted:
    return ev.SessionStarted(at_ms, "SIM", "a", "run", "test", "assumed", 1, date, {})


def traded(*then: ev.Event) -> DeskState:
    """The state of a desk with one trader, after some events."""
    state = DeskState()
    for event in (session(0, "2026-01-05"), added(A), *then):
        state.apply(event)
    return state


def test_a_cycle_that_ends_anew_after_many_others_counts_once() -> None:
    state = DeskState()
    state.apply(added(A))
    state.apply(intended("d", 1))
    state.apply(executed("d", 1))
    state.apply(cycle_ended("COMPLETE", floor_c=1_700, net_c=2_000))
    for cycle in range(2, 2 + OTHERS):
        state.apply(cycle_ended("COMPLETE", floor_c=100, cycle=cycle))
    state.apply(cycle_ended("COMPLETE", floor_c=1_600, net_c=1_900))
    money, totals = state.money, state.traders[A]
    assert money.floor_c == totals.floor_c == 1_600 + 100 * OTHERS
    assert money.result_c == totals.result_c == 1_600 + 100 * OTHERS
    assert money.completions == totals.completions == sum(money.labels.values()) == 1 + OTHERS


def test_a_loss_that_is_told_anew_after_many_others_counts_once() -> None:
    losses = DayLoss()
    losses.cycle_ended(cycle_ended("SCRATCHED", net_c=-5_000), 1)
    for cycle in range(2, 2 + OTHERS):
        losses.cycle_ended(cycle_ended("COMPLETE", cycle=cycle), 1)
    losses.cycle_ended(cycle_ended("SCRATCHED", net_c=-4_000), 1)
    assert (losses.realised_c, losses.unwinds, losses.cycles) == (-4_000, 1, 1 + OTHERS)


def next_day(state: DeskState) -> None:
    for day in (5, 6):
        date, at_ms = f"2026-01-{day:02d}", (day - 5) * DAY_MS
        state.apply(session(at_ms, date))
        if day == 5:
            state.apply(added(A))
            state.apply(cycle_ended("COMPLETE", floor_c=1_700, net_c=2_000))


def again(outcome: str, floor_c: int) -> ev.CycleEnded:
    return cycle_ended(outcome, floor_c=floor_c, net_c=floor_c)._replace(at_ms=DAY_MS + 1)


def test_what_a_pair_of_the_day_before_comes_to_now_adds_the_difference_to_the_days_result() -> (
    None
):
    state = DeskState()
    next_day(state)
    money, totals = state.money, state.traders[A]
    for floor_c in (1_600, 1_650):
        state.apply(again("COMPLETE", floor_c))
        assert money.result_c == totals.result_c == floor_c - 1_700
        assert (money.floor_c, totals.floor_c) == (floor_c, floor_c)
        assert (money.completions, sum(money.labels.values())) == (0, 1)
    assert sum(money.results_c.values()) == money.result_c


def test_a_pair_of_the_day_before_that_is_open_again_and_completed_counts_its_difference() -> None:
    state = DeskState()
    next_day(state)
    for outcome, floor_c in (("PARKED", 0), ("COMPLETE", 1_500)):
        state.apply(again(outcome, floor_c))
    money = state.money
    assert (money.result_c, money.floor_c) == (-200, 1_500)
    assert (money.parked, money.completions) == (0, 1)


def test_a_pair_that_is_open_again_to_the_close_and_expires_so_takes_its_floor_along_once() -> None:
    """Its floor left the sum as it was parked, and once more as it settled."""
    state = traded(
        intended("d", 1),
        executed("d", 1),
        ended("d", "filled"),
        intended("c", 1, part="C"),
        executed("c", 1),
        ended("c", "filled"),
        cycle_ended("COMPLETE", floor_c=1_700, net_c=2_000),
        executed("c", -1)._replace(execution="xc~1", fee_c=-136),
        cycle_ended("PARKED", floor_c=-20_136, net_c=-20_000),
    )
    money, positions = state.money, state.positions
    assert (money.floor_c, positions.open_worst_c()) == (0, -20_000 - 136)
    state.apply(ev.PairSettled(1, A, 1, 1, 1, 9_000, -20_000, 0, 136, -20_136, -20_136))
    assert (money.floor_c, set(money.labels.values())) == (0, {0})
    assert money.result_c == state.traders[A].result_c == -20_136
    assert sum(money.results_c.values()) == money.result_c


def held_pair(*then: ev.Event) -> DeskState:
    """The state of a complete pair that guarantees 17.28 $, after some events."""
    return traded(
        intended("d", 1),
        executed("d", 1),
        intended("c", 1, part="C")._replace(buy_strike=110, sell_strike=105),
        executed("c", 1, price_c=220),
        complete(2_000 - 272),
        *then,
    )


def complete(floor_c: int) -> ev.CycleEnded:
    label = "LOCK*" if floor_c >= 0 else "RISK"
    return cycle_ended("COMPLETE", floor_c=floor_c, net_c=2_000)._replace(label=label)


FEE_OF_THE_NEXT_DAY = (
    session(9, "2026-01-06"),
    ev.FeeCorrected(10, A, "d", 1, "xd", 136, 166),
)
LEG_CLOSED_BY_OTHERS = (ev.Settled(10, A, "S1", "closed", "C", 105, -1, 50, -50_00, 0),)


@pytest.mark.parametrize("then", [FEE_OF_THE_NEXT_DAY, LEG_CLOSED_BY_OTHERS])
def test_what_changed_a_floor_since_its_cycle_ended_leaves_the_sums_with_it(
    then: tuple[ev.Event, ...],
) -> None:
    """The sums gave up the former end's floor, and had another one by then."""
    state = held_pair(*then)
    (pair,) = state.positions.pairs.of_chain(A)
    assert state.money.floor_c == pair.finished_floor_c != 2_000 - 272
    state.apply(complete(1_000)._replace(at_ms=11))
    (pair,) = state.positions.pairs.of_chain(A)
    totals = state.traders[A]
    assert state.money.floor_c == totals.floor_c == pair.finished_floor_c
    assert {name for name, many in state.money.labels.items() if many} == {pair.label}
    tied = state.positions.capital.total()
    assert (tied.pairs, tied.floor_c) == (1, pair.finished_floor_c)
    state.apply(ev.PairSettled(12, A, 1, 1, 0, 9_000, 2_000, 0, 272, 1_728, 1_728))
    assert (state.money.floor_c, totals.floor_c, set(state.money.labels.values())) == (0, 0, {0})
    assert state.positions.capital.total() == NOTHING_TIED


def test_a_fee_that_is_told_once_its_pair_has_settled_changes_the_result_alone() -> None:
    """Its floor had left the sum, and the end that came anew brought the difference back."""
    settled = ev.PairSettled(12, A, 1, 1, 0, 9_000, 2_000, 0, 272, 1_728, 1_728)
    state = held_pair(settled, ev.FeeCorrected(13, A, "d", 1, "xd", 136, 1_966))
    state.apply(complete(-102)._replace(at_ms=14))
    money, totals = state.money, state.traders[A]
    assert (money.result_c, totals.result_c, state.positions.realised_c) == (-102, -102, -102)
    assert (money.floor_c, totals.floor_c, totals.label) == (0, 0, "")
    assert set(money.labels.values()) == {0}


def test_a_pair_of_the_day_before_that_ends_open_counts_what_it_came_to_beside_its_floor() -> None:
    state = traded(
        intended("d", 1),
        executed("d", 1),
        intended("c", 1, part="C"),
        executed("c", 1),
        cycle_ended("COMPLETE", floor_c=1_700, net_c=2_000),
        session(9, "2026-01-06"),
        executed("c", -1)._replace(execution="xc~1", fee_c=-136),
        ev.PairSettled(10, A, 1, 1, 1, 9_000, -20_000, 0, 136, -20_136, -20_136),
    )
    assert state.money.result_c == state.traders[A].result_c == -20_136 - 1_700


def test_a_loss_of_the_day_before_that_is_told_anew_counts_what_it_grew_by() -> None:
    losses = DayLoss()
    losses.cycle_ended(cycle_ended("SCRATCHED", net_c=-5_000), 1)
    losses.new_session()
    assert (losses.realised_c, losses.of(A), losses.unwinds) == (0, 0, 0)
    losses.cycle_ended(cycle_ended("SCRATCHED", net_c=-5_300), 1)
    assert (losses.realised_c, losses.of(A), losses.unwinds) == (-300, -300, 0)
    losses.cycle_ended(cycle_ended("SCRATCHED", net_c=-4_000), 1)
    assert losses.realised_c == 0, "what is less than it was the day before is no gain of today"


def test_ends_are_forgotten_in_time() -> None:
    state = DeskState()
    state.apply(added(A))
    for cycle in range(1, 10_000):
        state.apply(cycle_ended("COMPLETE", floor_c=100, cycle=cycle))
    assert len(state.traders[A].ended) <= 256


def test_a_leg_that_comes_back_brings_the_floor_back_that_its_pair_had() -> None:
    """The short leg of a wide credit was told as expired, and was not: 500 $ of floor too much."""
    state = traded(
        intended("d", 1),
        executed("d", 1),
        intended("c", 1, part="C")._replace(buy_strike=115, sell_strike=105),
        executed("c", 1, price_c=720),
        complete(520_00 - 500_00 - 272),
        ev.Settled(10, A, "S1", "expired", "C", 105, -1, 10_400, 0, 0),
    )
    assert state.money.floor_c == 520_00 - 272
    state.apply(ev.Settled(11, A, "S1~back", "taken back", "C", 105, 1, 10_400, 0, 0))
    (pair,) = state.positions.pairs.of_chain(A)
    floor_c = 520_00 - 500_00 - 272
    assert (state.money.floor_c, pair.finished_floor_c, pair.floor_c()) == (floor_c,) * 3
