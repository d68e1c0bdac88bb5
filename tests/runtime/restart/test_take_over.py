"""A new run goes on with the trials and changes of the run before, from its own journal alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.commands import Ask, TicketState
from engine.config import DeskConfig
from engine.learning.proposals import Proposal
from engine.learning.trials.plan import trial_error
from engine.learning.verdicts import Verdict
from engine.orders import events as ev
from engine.runtime.requests.settings import read
from engine.runtime.restart.take_over import taken_over_text
from engine.state.carried import Carried
from tests.support.executor_world import NEAR
from tests.support.trial_desk import CONFIG, TrialDesk

NEXT = date(2024, 11, 25)


def alternating(after: bool) -> float:
    """Dollars of attempts that tell nothing apart."""
    return 12.0 if after else 11.0


def in_trial(word: str = "buy_location 0.4", attempts: int = 15) -> TrialDesk:
    desk = TrialDesk()
    assert desk.ask(Ask.TRIAL, word=word).state is TicketState.CONFIRMED
    desk.attempts(alternating, attempts)
    return desk


def with_kept(word: str = "buy_location 0.4") -> TrialDesk:
    desk = TrialDesk()
    assert desk.ask(Ask.TRIAL, word=word).state is TicketState.CONFIRMED
    numbers = iter(range(1000))
    desk.attempts(lambda after: 5000.0 + 300 * (next(numbers) % 7) if after else 10.0, 40)
    assert desk.of(ev.TrialEnded)[-1].end == "KEPT"
    return desk


def held_to_predictions(desk: TrialDesk) -> TrialDesk:
    """The same desk, had its trials been held to predictions."""
    told = {"effect": 900.0, "low": 400.0, "high": 1400.0}
    desk.log[:] = [
        event._replace(predicted=told) if isinstance(event, ev.TrialStarted) else event
        for event in desk.log
    ]
    desk.restart()
    return desk


def next_run(desk: TrialDesk, **more: Any) -> TrialDesk:
    options: dict[str, Any] = {"carried": desk.left(), "day": NEXT, "warm": 0}
    return TrialDesk(**options | more)


def test_a_trial_goes_on_where_its_complete_pairs_were_and_the_coin_deals_on() -> None:
    desk = in_trial()
    before = desk.running[0]
    fresh = next_run(desk)
    (record,) = fresh.running
    assert record.course.pairs == before.course.pairs
    assert record.course.pairs.n > 0
    assert record.course.points == before.course.points
    assert (record.plan, record.assignment.used) == (
        before.plan,
        {key: used + used % 2 for key, used in before.assignment.used.items()},
    )
    fresh.attempts(alternating, 6)
    assert record.course.pairs.n == before.course.pairs.n + 6
    used = before.assignment.used
    whole = TrialDesk()
    whole.ask(Ask.TRIAL, word="buy_location 0.4")
    whole.executor.context.state.trials.records["T1"].assignment.go_on(
        0, {key: n + n % 2 for key, n in used.items()}
    )
    assert {key: place.pair for key, place in record.assignment.places.items()} == {
        key: place.pair + 6 for key, place in whole.running[0].assignment.places.items()
    }


def test_pairs_whose_dollars_are_open_are_counted_and_told() -> None:
    """Both of its attempts went out; one filled, and its cycle is not over when the run ends."""
    desk = in_trial(attempts=16)
    key = desk.keys[0]
    (record,) = desk.running
    pairs = record.course.pairs.n
    desk.attempt(key, None)
    row = desk.of(ev.AttemptEnded)[-1]
    cycle = desk.cycle = desk.cycle + 1
    arm = desk.traders[key].context.values.arm
    chosen = desk.of(ev.PairChosen)[-1]._replace(order=f"{key}/{cycle}", cycle=cycle, arm=arm)
    desk.executor.context.emit(chosen)
    desk.executor.context.emit(
        row._replace(cycle=cycle, order=f"{key}/{cycle}", filled=1, result="FILLED")
    )
    fresh = next_run(desk)
    assert fresh.running[0].course.pairs.n == pairs
    assert fresh.running[0].open_pairs == 1
    (carried,) = fresh.of(ev.TrialCarried)
    assert (carried.open_pairs, carried.given_up) == (1, 0)
    told = "T1 goes on without 1 pair whose dollars were still open when a run ended"
    assert told in taken_over_text(fresh.state)
    later = next_run(fresh, day=date(2024, 11, 26))
    assert told in taken_over_text(later.state)
    assert not any("still open" in each for each in taken_over_text(next_run(in_trial()).state))


def test_the_new_journal_alone_restores_the_desk_in_the_middle_of_a_pair() -> None:
    fresh = next_run(in_trial())
    fresh.attempt(fresh.keys[0], 12.0)
    before = fresh.running[0]
    places, pairs = before.assignment.places, before.course.pairs
    fresh.restart()
    assert fresh.running[0].assignment.places == places
    assert fresh.running[0].course.pairs == pairs
    assert fresh.executor.advice.in_trial.keys() == {"R1"}


def test_a_kept_change_is_in_force_again_and_undone_to_todays_value() -> None:
    desk = with_kept()
    fresh = next_run(desk)
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.4}
    assert list(fresh.executor.advice.in_force.applied) == ["R1"]
    assert fresh.state.standing_notices() == (
        "1 change of earlier sessions in force, 0 trials go on, from test; u takes a change back, "
        "--fresh begins without",
    )
    fresh.restart()
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.4}
    fresh.ask(Ask.UNDO, "R1")
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.35}
    assert fresh.state.standing_notices() == ()


def test_changes_of_one_setting_are_undone_in_any_order_after_they_were_taken_over() -> None:
    desk = with_kept()
    desk.passes(4000)
    assert desk.ask(Ask.TRIAL, word="buy_location 0.5").state is TicketState.CONFIRMED
    numbers = iter(range(1000))
    desk.attempts(lambda after: 9000.0 + 300 * (next(numbers) % 7) if after else 10.0, 60)
    assert desk.of(ev.TrialEnded)[-1].end == "KEPT"
    fresh = next_run(next_run(desk), day=date(2024, 11, 26))
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.5}
    first, second = fresh.executor.advice.in_force.applied
    fresh.ask(Ask.UNDO, first)
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.5}
    fresh.ask(Ask.UNDO, second)
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.35}


def changed(**spreads: Any) -> DeskConfig:
    return CONFIG.changed(spreads=CONFIG.spreads.changed(**spreads))


def test_a_value_that_the_operator_configured_since_wins_and_is_told() -> None:
    fresh = next_run(with_kept(), config=changed(buy_location=0.3))
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.3}
    assert fresh.executor.advice.in_force.applied == {}
    (told,) = fresh.of(ev.RecommendationSettled)
    assert told.reason == (
        "not taken over from test: your settings say spreads.buy_location = 0.3 now, before 0.35"
    )
    assert TrialDesk(config=changed(min_payoff_floor=0.1), warm=0, carried=with_kept().left(),
                     day=NEXT).executor.advice.in_force.applied  # fmt: skip


@pytest.mark.parametrize("edited", ["before a restart", "as it is"])
def test_a_value_configured_before_a_restart_of_the_run_before_wins_all_the_same(
    edited: str,
) -> None:
    """The change came into force under other settings than those its run ended with."""
    desk = with_kept()
    assert desk.ask(Ask.TRIAL, word="minimum_floor 0.05").state is TicketState.CONFIRMED
    if edited == "before a restart":
        desk.config = CONFIG.changed(
            spreads=CONFIG.spreads.changed(buy_location=0.3, min_payoff_floor=0.02)
        )
        desk.restart()
    fresh = next_run(desk, config=desk.config)
    if edited == "as it is":
        assert list(fresh.executor.advice.in_force.applied) == ["R1"]
        assert [record.name for record in fresh.running] == ["T2"]
        return
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.3}
    assert fresh.executor.advice.in_force.applied == {}
    (ended,) = fresh.of(ev.TrialEnded)
    assert "spreads.min_payoff_floor = 0.02 now, before 0.0" in ended.reasons[0]
    assert (
        next_run(fresh, day=date(2024, 11, 26), config=desk.config).executor.advice.in_force.applied
        == {}
    )


@pytest.mark.parametrize(
    ("word", "more", "reason"),
    [
        (
            "buy_location 0.4",
            {"config": changed(buy_location=0.3)},
            "your settings say spreads.buy_location = 0.3 now, before 0.35",
        ),
        ("buy_location 0.4", {"symbols": ("SPY",)}, "none of its chains is traded today"),
        ("buy_location 0.4 FIRST", {"symbols": ("MSFT",)}, "is not traded today"),
    ],
    ids=["settings", "no chain", "not the chain"],
)
def test_a_trial_that_cannot_go_on_ends_with_a_sentence(
    word: str, more: dict[str, Any], reason: str
) -> None:
    desk = TrialDesk()
    word = word.replace("FIRST", desk.keys[0])
    assert desk.ask(Ask.TRIAL, word=word).state is TicketState.CONFIRMED
    desk.attempts(alternating, 10)
    fresh = next_run(desk, **more)
    assert fresh.running == []
    (ended,) = fresh.of(ev.TrialEnded)
    assert ended.end == "STOPPED"
    assert reason in ended.reasons[0]
    assert fresh.executor.advice.in_trial == {}


def test_a_trial_compared_with_a_value_that_was_kept_before_goes_on() -> None:
    desk = with_kept()
    desk.passes(4000)
    assert desk.ask(Ask.TRIAL, word="buy_location 0.5").state is TicketState.CONFIRMED
    desk.attempts(alternating, 8)
    fresh = next_run(desk)
    assert [record.name for record in fresh.running] == ["T2"]
    assert fresh.running[0].value(fresh.keys[0]) in (0.4, 0.5)


def test_a_week_counts_the_trials_of_all_its_runs_and_names_none_twice() -> None:
    desk = with_kept()
    desk.ask(Ask.TRIAL, word="minimum_floor 0.05")
    assert [record.name for record in desk.running] == ["T2"]
    same_week = next_run(desk, day=date(2024, 11, 22), warm=60)
    same_week.ask(Ask.STOP_TRIAL, "T2")
    same_week.ask(Ask.TRIAL, word="placebo")
    third = same_week.of(ev.TrialStarted)[-1]
    assert (third.trial, third.number, third.plan["error"]) == ("T3", 3, trial_error(3))
    next_week = next_run(desk, warm=60)
    next_week.ask(Ask.STOP_TRIAL, "T2")
    next_week.ask(Ask.TRIAL, word="placebo")
    other = next_week.of(ev.TrialStarted)[-1]
    assert (other.trial, other.number) == ("T3", 1)
    assert next_week.of(ev.Recommended)[-1].recommendation == "R3"


def test_the_ledger_goes_on_over_several_runs() -> None:
    desk = held_to_predictions(with_kept())
    finished = desk.state.trials.finished()
    assert len(finished) == 1
    later = next_run(next_run(desk))
    assert later.state.trials.ended_and_kept() == (1, 1)
    assert later.state.trials.finished() == finished
    assert later.state.trials.calibration() == desk.state.trials.calibration()


def test_trials_of_another_fill_model_are_in_no_figure_until_it_is_back() -> None:
    desk = next_run(held_to_predictions(with_kept()), warm=60)
    assert desk.ask(Ask.TRIAL, word="minimum_floor 0.05").state is TicketState.CONFIRMED
    numbers = iter(range(1000))
    desk.attempts(lambda after: 5000.0 + 300 * (next(numbers) % 7) if after else 10.0, 40)
    trials = held_to_predictions(desk).state.trials
    both, ended = trials.finished(), trials.ended_and_kept()
    assert (len(both), ended, trials.named) == (2, (2, 2), 2)
    desk.fill_model = "another"
    desk.restart()
    trials = desk.state.trials
    assert (trials.finished(), trials.ended_and_kept(), trials.named) == ([], (0, 0), 2)
    assert trials.calibration().trials == 0
    assert next_run(desk).state.trials.ended_and_kept() == (0, 0)
    desk.fill_model = "hand"
    desk.restart()
    trials = desk.state.trials
    assert (trials.finished(), trials.ended_and_kept(), trials.named) == (both, ended, 2)


def test_the_session_after_a_kept_trial_is_one_of_its_own_fill_model() -> None:
    desk = with_kept()
    desk.fill_model = "another"
    desk.restart(new_day=True)
    desk.attempts(alternating, 5)
    sessions = [desk.state.trials.records["T1"].next_session]
    desk.fill_model = "hand"
    desk.restart(new_day=True)
    desk.attempts(alternating, 5)
    sessions.append(desk.state.trials.records["T1"].next_session)
    assert [each and each.attempts for each in sessions] == [None, 10]


def test_no_session_tells_of_a_kept_value_once_it_was_taken_back() -> None:
    desk = with_kept()
    assert desk.ask(Ask.UNDO).state is TicketState.CONFIRMED
    desk.restart(new_day=True)
    desk.attempts(alternating, 5)
    assert desk.state.trials.records["T1"].next_session is None
    later = with_kept()
    later.restart(new_day=True)
    later.attempts(alternating, 5)
    held = later.state.trials.records["T1"].next_session
    assert held is not None and held.attempts == 10
    assert later.ask(Ask.UNDO).state is TicketState.CONFIRMED
    later.attempts(alternating, 5)
    assert later.state.trials.records["T1"].next_session == held


def test_a_lever_rests_as_long_as_it_would_have_rested() -> None:
    desk = with_kept()
    until_s = desk.executor.trials.quiet_until_s(desk.keys[0], "buy_location")
    fresh = next_run(desk)
    assert fresh.executor.trials.quiet_until_s(desk.keys[0], "buy_location") == until_s


def test_a_session_that_was_traded_whole_is_half_a_pair_of_the_next_run() -> None:
    desk = TrialDesk()
    assert desk.ask(Ask.TRIAL, word="hours 10,11").state is TicketState.CONFIRMED
    for day in range(2):
        desk.restart(new_day=True)
        desk.attempts(alternating, 5)
        desk.passes(6 * 3600)
        desk.executor.trials.close_session()
        assert desk.running[0].assignment.block == day + 1
        if not day:
            first = desk.left()
    (carried,) = first.trials
    after, attempts, dollars, _ = carried.carried.half
    assert attempts == 10
    assert dollars == pytest.approx(10 * alternating(bool(after)))
    fresh = TrialDesk(warm=0, day=date(2024, 11, 26), carried=first)
    fresh.attempts(alternating, 5)
    fresh.passes(6 * 3600)
    fresh.executor.trials.close_session()
    assert fresh.running[0].course.pairs.n == 1


def test_what_an_operator_applied_to_all_goes_on_and_what_a_program_applied_does_not() -> None:
    """Whichever of them reached a chain that was added later."""
    desk = TrialDesk()
    advice, made_s = desk.executor.advice, desk.executor.context.moment.epoch_s
    thin = Proposal(
        "BUY", "*", "buy_location", 0.35, 0.4, "", Verdict.THIN, "", None, None, None, (), (), "",
        made_s,
    )  # fmt: skip
    name = advice.asked_for(thin)
    advice.ready[name] = thin
    advice.approve(name, "seen before")
    desk.executor.apply_optimization({"optimal_cancel_ms": 2000})
    desk.executor.add_symbol("SPY", [NEAR])
    assert len(desk.keys) == 3
    assert {read(t, "buy_location") for t in desk.traders.values()} == {0.4}
    assert {read(t, "optimal_cancel_ms") for t in desk.traders.values()} == {2000}
    assert set(desk.left().changes) == {name}
    fresh = next_run(desk)
    assert {read(t, "buy_location") for t in fresh.traders.values()} == {0.4}
    assert {read(t, "optimal_cancel_ms") for t in fresh.traders.values()} == {2500}


def test_nothing_that_was_never_tried_is_empty() -> None:
    assert TrialDesk(warm=0).left().is_empty
    assert not in_trial().left().is_empty
    assert isinstance(with_kept().left(), Carried)
