"""Laws of the desk's state: every number follows from the events, whoever applies them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders import events as ev
from engine.runtime.views.rows import balance_view
from engine.state.desk import DeskState, StateError
from engine.state.totals import desk_totals, plain_values
from tests.support.hand_written_runs import OPEN_MS, Story, day, folded, stories


@given(stories())
def test_folding_twice_gives_the_same(story: Story) -> None:
    assert plain_values(folded(story.events)) == plain_values(folded(story.events))


@given(stories(), st.data())
def test_a_prefix_and_then_the_rest_is_the_whole(story: Story, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(story.events)))
    state = folded(story.events[:cut])
    for event in story.events[cut:]:
        state.apply(event)
    assert plain_values(state) == plain_values(folded(story.events))


@given(stories())
def test_money_is_exact_at_every_prefix(story: Story) -> None:
    state = DeskState()
    cash_c = fees_c = held = 0
    parts: dict[str, str] = {}
    seen: set[str] = set()
    for event in story.events:
        state.apply(event)
        if isinstance(event, ev.OrderIntended):
            parts[event.order] = event.part
        if isinstance(event, ev.Executed) and event.execution not in seen:
            seen.add(event.execution)
            pays = parts[event.order] == "D"
            cash_c += event.quantity * event.price_c * (-100 if pays else 100)
            held += event.quantity if pays else -event.quantity
            fees_c += event.fee_c
        money = state.money
        assert money.net_premium_c == cash_c == money.matched_c - money.open_c
        assert money.fees_c == fees_c == sum(t.fees_c for t in state.traders.values())
        assert money.debits - money.credits - money.unwound == held
        assert held == sum(t.net for t in state.traders.values())
        assert held == sum(unit.net for unit in money.open_units.values())
        assert money.unhedged == sum(max(0, unit.net) for unit in money.open_units.values())
        assert (state.contracts.cash_c, state.contracts.fees_c) == (cash_c, fees_c)
        tallies = state.traders.values()
        assert money.matched_c == sum(totals.matched_c for totals in tallies)
        assert money.open_c == sum(totals.open_c for totals in tallies)
        assert money.floor_c == sum(totals.floor_c for totals in tallies)
        worst = [state.positions.open_worst_c(key) for key in state.traders]
        known = [worst_c for worst_c in worst if worst_c is not None]
        whole = sum(known) if len(known) == len(worst) else None
        assert state.positions.open_worst_c() == whole
    summary = state.balancer.get_summary()
    assert round(summary["net_premium"] * 100) == cash_c
    assert summary["total_imbalance"] == state.money.imbalance
    for balance in state.balancer.balances():
        totals = next(each for each in tallies if each.symbol == balance.symbol)
        assert (totals.matched_c, totals.open_c, totals.net) == (
            balance.matched_c,
            balance.open_c,
            balance.net_contracts,
        )


def test_contracts_sold_twice_in_one_unit_hedge_no_other_one_of_their_chain() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    for number in (1, 2):
        story.sell(key, "C", 1, 230, number)
    story.cycles[key] = 2
    story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    state = folded(story.events)
    chain = balance_view(state.traders[key], state.positions)
    assert (chain.net, chain.oversold) == (0, 1)
    assert chain.unhedged == state.money.unhedged == 1


@given(stories())
def test_no_order_is_filled_beyond_its_quantity_and_counts_stay_in_order(story: Story) -> None:
    state = folded(story.events)
    for record in state.orders.known.values():
        assert 0 <= record.filled <= record.intent.quantity
    attempts, money = state.attempts, state.money
    assert 0 <= attempts.partials <= attempts.fills <= attempts.attempts
    ended = money.completions + money.scratched + money.parked
    assert 0 <= ended <= money.filled_cycles
    for arms in (attempts.rates.by_size(), attempts.rates.by_hour(), attempts.rates.by_delay()):
        assert sum(arm.n for arm in arms.values()) == attempts.attempts
        assert sum(arm.k for arm in arms.values()) == attempts.fills
    assert attempts.rates.by_size() == state.metrics.by_size()
    assert attempts.rates.by_delay() == state.metrics.by_delay()
    assert attempts.attempts == sum(totals.attempts for totals in state.traders.values())
    assert state.orders.unknown == 0
    assert not state.orders.live


@given(stories(), st.data())
def test_an_execution_reported_again_changes_nothing_but_the_count_of_duplicates(
    story: Story, data: st.DataObject
) -> None:
    executed = [e for e in story.events if isinstance(e, ev.Executed) and e.quantity > 0]
    if not executed:
        return
    again = data.draw(st.sampled_from(executed))
    twice = folded(story.events)
    twice.apply(again._replace(at_ms=story.at_ms))
    state, plain = plain_values(twice), plain_values(folded(story.events))
    assert state["orders"].pop("duplicates") == plain["orders"].pop("duplicates") + 1
    for each in (state, plain):
        del each["applied"], each["at_ms"]
    assert state == plain


def test_a_session_of_another_date_counts_afresh_and_keeps_positions() -> None:
    story = day(3, 60)
    state = folded(story.events)
    before = desk_totals(state, story.at_ms)
    assert before.attempts
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    state.apply(start._replace(at_ms=story.at_ms + 1))
    assert desk_totals(state, story.at_ms) == before
    state.apply(start._replace(at_ms=story.at_ms + 2, session_date="2024-11-25"))
    after = desk_totals(state, story.at_ms)
    assert (after.attempts, after.orders_today, after.filled_cycles) == (0, 0, 0)
    assert (after.net_premium_c, after.unhedged) == (before.net_premium_c, before.unhedged)


def test_an_event_of_a_trader_never_added_is_refused() -> None:
    state = DeskState()
    with pytest.raises(StateError, match="never added"):
        state.apply(ev.SizeChanged(OPEN_MS, "NVDA 2024-12-20", 1, 2, ""))


def test_a_gap_in_sequence_numbers_is_refused() -> None:
    events = Story(1).events
    with pytest.raises(StateError, match="event 3 came where event 2"):
        DeskState().apply_all([(1, events[0]), (3, events[1])])


def test_holds_faults_and_sizes_last_until_they_change() -> None:
    story = Story(1)
    key = story.keys[0]
    story.add(ev.TraderHeld(story.later(1), key, "FILL", story.at_ms + 60_000, "2/22 below 25 %"))
    story.add(ev.SizeChanged(story.later(1), key, 2, 1, "fill rate 9 %"))
    story.add(ev.TraderFaulted(story.later(1), key, "ZeroDivisionError"))
    state = folded(story.events)
    totals = state.traders[key]
    assert totals.hold is not None
    assert (totals.hold.code, totals.size, totals.fault) == ("FILL", 1, "ZeroDivisionError")
    state.apply(ev.TraderReleased(story.later(1), key, "FILL"))
    assert state.traders[key].hold is None
    assert [line.text for line in state.notices.lines][-4:] == [
        f"hold {key} FILL: 2/22 below 25 %",
        f"size {key} 2 -> 1 (fill rate 9 %)",
        f"fault {key}: ZeroDivisionError",
        f"release {key} FILL",
    ]


def test_every_change_marks_the_row_of_its_trader() -> None:
    story = Story(2)
    state = folded(story.events)
    for totals in state.traders.values():
        totals.dirty = False
    mark = len(story.events)
    story.play(story.keys[0], "hung", 2, 150, 160)
    for event in story.events[mark:]:
        state.traders[story.keys[0]].dirty = False
        state.apply(event)
        # Its row has nothing of what is learned alone.
        shown = not isinstance(event, ev.PairChosen | ev.FillMarked)
        assert state.traders[story.keys[0]].dirty is shown, event
    assert not state.traders[story.keys[1]].dirty
