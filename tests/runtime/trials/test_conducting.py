"""What may be tried when, how a trial is measured, and what comes of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.commands import Ask, TicketState
from engine.config import DeskConfig, RiskLimits
from engine.learning.proposals import DOLLARS
from engine.learning.trials.plan import trial_error
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.requests.settings import read
from engine.trader.arms import OWN
from tests.support.executor_world import NEAR
from tests.support.trial_desk import TrialDesk

CONFIRMED, REFUSED = TicketState.CONFIRMED, TicketState.REFUSED


def gains(desk: TrialDesk, count: int = 40) -> None:
    numbers = iter(range(10 * count))
    desk.attempts(lambda after: 5000.0 + 300 * (next(numbers) % 7) if after else 10.0, count)


def kept(desk: TrialDesk, word: str) -> None:
    assert desk.ask(Ask.TRIAL, word=word).state is CONFIRMED
    gains(desk)
    assert desk.of(ev.TrialEnded)[-1].end == "KEPT"


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("", "is nothing to try"),
        ("sizes 2", "is nothing to try"),
        ("size two", "no value of size"),
        ("size 99", "outside"),
        ("cancel_ms 100", "outside 500 to 5000"),
        ("cancel_ms 2500", "nothing to try"),
        ("delay 9", "no value of delay"),
        ("delay 9-3", "the smaller first"),
        ("buy_location nan", "no value of buy_location"),
        ("buy_location 1.5", "outside 0 to 1"),
        ("objective money", "neither credit nor floor"),
        ("hours 10,25", "0 to 23"),
        ("size 2 XYZ 2026-12-04", "there is no trader XYZ 2026-12-04"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_a_sentence(word: str, words: str) -> None:
    desk = TrialDesk()
    ticket = desk.ask(Ask.TRIAL, word=word)
    assert (ticket.state, desk.running) == (REFUSED, [])
    assert words in ticket.text


def test_too_few_attempts_tell_no_length_and_one_key_starts_no_trial_of_many_sessions() -> None:
    desk = TrialDesk(warm=10)
    assert "20 attempts with 6 fills do not tell" in desk.ask(Ask.TRIAL, word="size 2").text
    desk = TrialDesk(("AAPL",))
    planner = desk.executor.operator.planner
    prepared = planner.prepare("optimal_cancel_ms", desk.keys[0], 3000)
    assert prepared.length.sessions > 20
    assert "ACCEPT" in planner.refusal(prepared)
    assert planner.refusal(prepared, typed=True) == ""
    assert desk.ask(Ask.TRIAL, word="cancel_ms 3000").state is CONFIRMED


def test_a_trader_has_one_trial_and_a_trial_of_the_whole_desk_runs_alone() -> None:
    desk = TrialDesk(("AAPL", "MSFT", "SPY"))
    one, two, three = desk.keys
    assert desk.ask(Ask.TRIAL, word=f"size 2 {one}").state is CONFIRMED
    assert "one trial at a time" in desk.ask(Ask.TRIAL, word=f"cancel_ms 3000 {one}").text
    assert "runs alone" in desk.ask(Ask.TRIAL, word="cancel_ms 3000").text
    assert desk.ask(Ask.TRIAL, word=f"size 2 {two}").state is CONFIRMED
    assert "at most 2 at once" in desk.ask(Ask.TRIAL, word=f"size 2 {three}").text
    assert [record.started.number for record in desk.running] == [1, 2]
    assert [record.plan.error for record in desk.running] == [trial_error(1), trial_error(2)]
    assert desk.ask(Ask.STOP_TRIAL, "T2").state is CONFIRMED
    assert desk.ask(Ask.STOP_TRIAL, "T2").state is REFUSED
    assert desk.ask(Ask.STOP_TRIAL, "T9").state is REFUSED


def test_after_its_end_a_lever_rests_for_an_hour_and_the_size_stands_still() -> None:
    desk = TrialDesk()
    key = desk.keys[0]
    stands = desk.executor.trials.stands_still
    assert not stands(key)
    desk.ask(Ask.TRIAL, word="cancel_ms 3000")
    assert stands(key)
    desk.ask(Ask.STOP_TRIAL)
    assert stands(key) and desk.traders[key].context.values == OWN
    assert "rests 60 min more" in desk.ask(Ask.TRIAL, word="cancel_ms 3100").text or (
        "ask in 60 min" in desk.ask(Ask.TRIAL, word="cancel_ms 3100").text
    )
    desk.passes(3601)
    assert not stands(key)
    assert desk.ask(Ask.TRIAL, word="cancel_ms 3100").state is CONFIRMED


def test_what_was_kept_is_in_force_proved_and_not_tried_again_until_it_is_undone() -> None:
    desk = TrialDesk()
    kept(desk, "cancel_ms 3000")
    assert {read(t, "optimal_cancel_ms") for t in desk.traders.values()} == {3000}
    made = [e for e in desk.of(ev.Recommended) if e.recommendation == "R1"][-1]
    assert (made.verdict, made.evidence["unit"]) == ("SEPARATED", DOLLARS)
    assert 0 < made.evidence["effect"] < desk.of(ev.TrialEnded)[0].figures["effect"]
    desk.passes(3601)
    assert "nothing to try" in desk.ask(Ask.TRIAL, word="cancel_ms 3000").text
    assert desk.ask(Ask.UNDO, "R1").state is CONFIRMED
    assert {read(t, "optimal_cancel_ms") for t in desk.traders.values()} == {2500}
    assert desk.ask(Ask.TRIAL, word="cancel_ms 3000").state is CONFIRMED


def test_undoing_what_a_trial_is_compared_with_stops_it_and_a_program_may_not_change_it() -> None:
    desk = TrialDesk()
    desk.executor.apply_optimization({"optimal_cancel_ms": 2000})
    desk.ask(Ask.TRIAL, word="cancel_ms 3000")
    with pytest.raises(ValueError, match="T1 tries optimal_cancel_ms now"):
        desk.executor.apply_optimization({"optimal_cancel_ms": 1500})
    assert desk.ask(Ask.UNDO, "R1").state is CONFIRMED
    (ended,) = desk.of(ev.TrialEnded)
    assert ended.end == "STOPPED" and "R1 is undone" in ended.reasons[0]
    assert {read(t, "optimal_cancel_ms") for t in desk.traders.values()} == {2500}


def test_where_loss_room_closed_an_arm_for_long_nothing_is_kept() -> None:
    desk = TrialDesk()
    desk.ask(Ask.TRIAL, word="cancel_ms 3000")
    key = desk.keys[0]
    trials = desk.executor.trials
    trials.met(key, Gate.PAUSED, 0.0)
    trials.met(key, Gate.LOSS_ROOM, 100.0)
    trials.met(key, Gate.LOSS_ROOM, 130.0)
    trials.met(key, None, 160.0)
    (shut,) = desk.of(ev.TrialShut)
    assert (shut.seconds, shut.gate, shut.trader) == (60.0, "LOSS_ROOM", key)
    gains(desk, 60)
    assert desk.of(ev.TrialEnded)[-1].end == "INTERFERENCE"
    assert {read(t, "optimal_cancel_ms") for t in desk.traders.values()} == {2500}


def test_an_arm_pays_with_its_own_time_for_units_that_take_long() -> None:
    """A fifth more dollars in nearly twice the time: dollars a trader-hour are a third less."""
    desk = TrialDesk(("AAPL",))
    [key] = desk.keys
    assert desk.ask(Ask.TRIAL, word="sell_location 0.75").state is CONFIRMED
    record = desk.running[0]
    for number in range(400):
        after = desk.traders[key].context.values.arm.endswith(" after")
        dollars = (12.0 if after else 10.0) + number % 3
        desk.attempt(key, dollars if number % 2 else None, kept_s=20.0 if after else 0.0)
    course = record.course
    assert course.after.hourly < 0.75 * course.before.hourly
    assert course.pairs.mean < 0
    assert course.after.seconds == pytest.approx(course.pairs.n * (12 + 10), rel=0.1)
    assert course.before.seconds == pytest.approx(course.pairs.n * 12, rel=0.01)


def test_under_a_budget_all_traders_are_in_one_arm_for_a_block() -> None:
    desk = TrialDesk(config=DeskConfig(limits=RiskLimits(order_budget_day=90_000)))
    assert "all traders together" in desk.ask(Ask.TRIAL, word=f"size 2 {desk.keys[0]}").text
    assert desk.ask(Ask.TRIAL, word="cancel_ms 3000").state is CONFIRMED
    desk.attempts(lambda after: 10.0, 30)
    chosen = [e for e in desk.of(ev.PairChosen) if e.arm]
    arms = [e.arm for e in chosen]
    runs = 1 + sum(one != other for one, other in pairwise(arms))
    assert runs <= 1 + len(desk.of(ev.TrialBlockEnded)) <= 5
    assert desk.running[0].started.design == "block"


def test_a_chain_is_paused_on_whole_days_and_all_traders_tell_what_it_is_worth() -> None:
    desk = TrialDesk(("AAPL", "MSFT"))
    one, two = desk.keys
    assert desk.ask(Ask.TRIAL, word=f"pause {one}").state is CONFIRMED
    record = desk.running[0]
    assert record.assignment.waiting and desk.traders[one].context.values == OWN
    rested = []
    for _ in range(4):
        desk.restart(new_day=True)
        context = desk.executor.context
        context.emit(ev.PhaseChanged(context.moment.at_ms, "MORNING", ""))
        values = {key: trader.context.values for key, trader in desk.traders.items()}
        assert len({value.arm for value in values.values()}) == 1
        assert values[two].rests is False
        rested.append(values[one].rests)
        desk.attempt(two, 10.0)
        desk.passes(6 * 3600)
        desk.executor.trials.close_session()
    assert [set(rested[:2]), set(rested[2:])] == [{True, False}] * 2
    course = desk.running[0].course
    assert course.pairs.n == 2
    assert course.before.seconds == pytest.approx(2 * 2 * 6 * 3600, rel=0.01)
    assert course.before.conduct.attempts == course.after.conduct.attempts == 2


def test_a_day_of_a_trial_has_the_time_of_its_own_traders_and_of_no_others() -> None:
    desk = TrialDesk(("AAPL", "MSFT"))
    assert desk.ask(Ask.TRIAL, word=f"pause {desk.keys[0]}").state is CONFIRMED
    desk.restart(new_day=True)
    context = desk.executor.context
    context.emit(ev.PhaseChanged(context.moment.at_ms, "MORNING", ""))
    desk.passes(5 * 3600)
    for symbol in ("SPY", "QQQ", "IWM", "TSLA"):
        desk.executor.add_symbol(symbol, [NEAR])
    desk.passes(3600)
    desk.executor.trials.close_session()
    (day,) = desk.of(ev.TrialBlockEnded)
    assert day.seconds == pytest.approx(2 * 6 * 3600, rel=0.01)


def test_a_placebo_that_is_kept_changes_nothing() -> None:
    desk = TrialDesk()
    before = desk.settings()
    kept(desk, "placebo")
    assert desk.settings() == before
    assert desk.ask(Ask.UNDO, "R1").state is CONFIRMED
    assert desk.settings() == before
