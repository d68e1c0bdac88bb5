"""What pairs and open units come to: matched, at worst, and once, whatever is busted or sold twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.book.contract_keys import ContractKey
from engine.orders import events as ev
from engine.report.session import session_report
from engine.state.totals import desk_totals
from tests.support.hand_written_runs import Story, folded


def cycle(outcome: str, late: bool = False) -> tuple[Story, str]:
    """Three contracts bought at 2.00 for 195/190 calls, two of them sold at 2.30, then the end."""
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    debit = story.order(key, "D", 3, 200)
    bought = 2 if late else 3
    story.fill(key, debit, bought, 200)
    story.sell(key, "C", 2, 230)
    cash_c, fees_c = 2 * 23_000 - bought * 20_000, 136 * (bought + 2)
    ended = ev.CycleEnded(
        story.later(1), key, 1, outcome, bought, cash_c, fees_c, cash_c - fees_c, "RISK", "box", 9.0
    )
    story.add(ended)
    if late:
        story.fill(key, debit, 1, 200, late=True)
    return story, key


@pytest.mark.parametrize("late", [False, True])
def test_floor_and_open_units_at_worst_count_every_contract_once(late: bool) -> None:
    story, key = cycle("COMPLETE" if late else "PARKED", late)
    state = folded(story.events)
    everything_c = 2 * 23_000 - 3 * 20_000 - 5 * 136
    totals = desk_totals(state, story.at_ms)
    assert totals.open_worst_c is not None
    assert totals.floor_c == (6_000 - 4 * 136 if late else 0)
    assert totals.floor_c + totals.open_worst_c == everything_c
    assert state.positions.open_worst_c(key) == totals.open_worst_c
    money = session_report(state).money
    assert (money.floor_c, money.open_worst_c) == (totals.floor_c, totals.open_worst_c)
    assert sum(money.labels.values()) == late, "a parked unit is no finished pair"


class AskedOneByOne(dict[Any, Any]):
    """Tells whether it has a key, and is gone through by nobody."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("every open unit was looked at for one trader")


def test_what_a_trader_has_open_at_worst_costs_no_look_at_the_units_of_others() -> None:
    story = Story(3)
    for key in story.keys:
        story.cycles[key] = 1
        story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    state = folded(story.events)
    whole_c = state.positions.open_worst_c()
    assert whole_c == -3 * (20_000 + 136)
    state.money.open_units = AskedOneByOne(state.money.open_units)
    assert sum(state.positions.open_worst_c(key) or 0 for key in story.keys) == whole_c
    assert state.positions.open_worst_c("nobody") == 0


def test_contracts_sold_twice_are_no_gain_at_worst() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    for number in (1, 2):
        story.sell(key, "C", 1, 230, number)
    state = folded(story.events)
    # The extra credit, 5 wide, costs 500 - 230 where the underlying ends above both strikes.
    assert session_report(state).money.open_worst_c == 3_000 - 27_000 - 3 * 136


def test_contracts_sold_twice_on_one_chain_hedge_nothing_on_another() -> None:
    story = Story(2)
    for key in story.keys:
        story.cycles[key] = 1
        story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    for number in (1, 2, 3):
        story.sell(story.keys[0], "C", 1, 230, number)
    money = folded(story.events).money
    assert (money.unhedged, money.imbalance) == (1, 3)


def test_contracts_sold_twice_wait_for_no_credit_and_hang_no_longer_the_longer_they_are() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    for number in (1, 2):
        story.sell(key, "C", 1, 230, number)
    state = folded(story.events)
    totals = desk_totals(state, story.at_ms + 600_000)
    assert (totals.unhedged, totals.imbalance) == (0, 1)
    assert (totals.unhedged_since_s, totals.hung, totals.worst_hang_s) == (None, 0, None)
    assert state.traders[key].open_unit is None


def test_a_completed_pair_is_matched_and_a_filled_debit_alone_is_open() -> None:
    story = Story(1)
    key = story.keys[0]
    story.play(key, "complete", 2, 150, 160)
    state = folded(story.events)
    assert (state.money.matched_c, state.money.open_c) == (2000, 0)
    assert desk_totals(state, story.at_ms).net_premium_c == 2000
    story.play(key, "parked", 1, 140, 160)
    state = folded(story.events)
    totals = desk_totals(state, story.at_ms)
    assert (totals.matched_c, totals.open_c, totals.net_premium_c) == (2000, 14_000, -12_000)
    assert (totals.unhedged, totals.hung, totals.parked, totals.completions) == (1, 1, 1, 1)
    unit = state.traders[key].open_unit
    assert unit is not None and unit.stage == "H7"


def test_the_contract_book_holds_the_legs_of_both_verticals() -> None:
    story = Story(1)
    story.play(story.keys[0], "parked", 3, 150, 160)
    state = folded(story.events)
    assert state.contracts.contracts() == {
        ContractKey("SYM0", "2024-12-20", "C", 190.0): 3,
        ContractKey("SYM0", "2024-12-20", "C", 195.0): -3,
    }


def test_a_parked_unit_that_is_completed_later_counts_as_completed_only() -> None:
    story = Story(1)
    key = story.keys[0]
    story.play(key, "parked", 2, 150, 160)
    story.sell(key, "C", 2, 158, 7)
    story.cycle_over(key, "COMPLETE", 2, 1600, 2000.0)
    state = folded(story.events)
    money = state.money
    assert (money.filled_cycles, money.completions, money.parked) == (1, 1, 0)
    assert (money.hanging.ended, money.hanging.mean_c) == (1, 1600 - 544)
    assert money.floor_c == 1600 - 544
    assert not money.open_units
    assert not state.traders[key].units


def test_a_partial_fill_hedges_what_filled() -> None:
    story = Story(1)
    story.play(story.keys[0], "partial", 3, 150, 160)
    state = folded(story.events)
    assert (state.money.debits, state.money.credits, state.attempts.partials) == (1, 1, 1)
    assert state.traders[story.keys[0]].last_result == "PAR"


def test_a_bust_takes_its_contracts_and_money_back_and_a_late_fill_of_the_rest_is_booked() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    name = story.order(key, "D", 2, 150)
    story.works(key, name)
    first = story.fill(key, name, 2, 150)
    story.add(first._replace(quantity=-2, fee_c=-272))
    state = folded(story.events)
    money = state.money
    assert (money.debits, money.paid_c, money.fees_c, money.open_c) == (0, 0, 0, 0)
    assert (state.contracts.contracts(), state.contracts.cash_c) == ({}, 0)
    assert (state.orders.corrections, state.orders.known[name].filled) == (1, 0)
    assert not money.open_units
    state.apply(story.fill(key, name, 1, 149))
    assert (money.debits, money.open_c, money.unhedged) == (1, 14_900, 1)


def test_figures_of_the_session_are_thin_below_the_first_look() -> None:
    story = Story(1)
    for number in range(50):
        story.play(story.keys[0], "complete" if number % 2 else "timeout", 1, 150, 160)
        totals = desk_totals(folded(story.events), story.at_ms)
        assert totals.thin == (number < 49)
        assert totals.few_cycles
    for _ in range(25):
        story.play(story.keys[0], "complete", 1, 150, 160)
    assert not desk_totals(folded(story.events), story.at_ms).few_cycles
