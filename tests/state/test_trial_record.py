"""A trial as its rows tell it: assignments that a fold repeats, differences, revisions, placebos."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from engine.commands import Ask
from engine.learning.attempt_results import AttemptResult, AttemptSettings
from engine.learning.estimators import wilson
from engine.learning.trials.assignment import KEPT
from engine.learning.trials.plan import TrialPlan
from engine.orders import events as ev
from engine.risk.day_loss import DayLoss
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from engine.state.trial_record import TrialRecord, arm_name
from tests.support.trial_desk import TrialDesk

A, B = "A 2026-12-04", "B 2026-12-04"
PLAN = TrialPlan(
    smallest=1.0, rho=1e9, error=0.05, block_attempts=1, most_pairs=500, rate=60.0,
    block_seconds=12.0,
)  # fmt: skip
SETTINGS = AttemptSettings(1, 2500, 0.35, 0.65, 0.0, "credit", 3.0, 15.0)


def record(design: str = "attempt", seed: int = 1, plan: TrialPlan = PLAN, **changes: object):
    values = {"smallest": plan.smallest, **asdict(plan), **changes}
    return TrialRecord(
        ev.TrialStarted(
            0, "T1", "R1", "*", "optimal_cancel_ms", {A: 2500, B: 2500}, 3000, design, seed, values,
            250.0, "2026-W48", 1, {}, {},
        ),
        "here",
    )  # fmt: skip


def row(trader: str, cycle: int, dollars: float, seconds: float, arm: str) -> AttemptResult:
    return AttemptResult(
        "here", 739_000, 0, 600, trader, cycle, f"{trader}/{cycle}", "MORNING", SETTINGS, arm, 10.0,
        0.1, None, 0.3, "", None, None, "FILLED" if dollars else "TIMEOUT", int(bool(dollars)), None,
        None, seconds, seconds, "COMPLETE" if dollars else "", 1.0, dollars,
    )  # fmt: skip


def attempt(trial: TrialRecord, trader: str, cycle: int, dollars: float, seconds: float = 12.0):
    place = trial.assignment.place(trader)
    assert place is not None
    arm = arm_name("T1", place.after)
    trial.chosen(trader, cycle, arm)
    found = row(trader, cycle, dollars, seconds, arm)
    trial.counted(found, 1)
    return found


def test_a_difference_counts_what_the_time_would_have_earned_under_the_value_in_force() -> None:
    trial = record()
    made = {}
    for cycle in (1, 2):
        place = trial.assignment.place(A)
        assert place is not None
        after = place.after
        made[after] = attempt(trial, A, cycle, 5.0 if after else 2.0, 24.0 if after else 12.0)
    pairs = trial.course.pairs
    # 3 $ more in 12 s more, of which 60 $ an hour would have earned 0.20 $; 12 s are 1/300 h.
    assert (pairs.n, pairs.mean) == (1, pytest.approx((3.0 - 0.2) * 300))
    trial.counted(made[True], -1)
    trial.counted(made[True]._replace(dollars=-1.0), 1)
    assert (trial.course.pairs.n, trial.course.pairs.mean) == (1, pytest.approx(-3.2 * 300))
    assert trial.course.after.dollars == pytest.approx(-1.0)
    assert trial.course.pairs.squares == pytest.approx((3.2 * 300) ** 2)


def test_what_was_rejected_or_is_in_another_arm_than_its_place_is_compared_with_nothing() -> None:
    trial = record()
    place = trial.assignment.place(A)
    assert place is not None
    trial.chosen(A, 1, arm_name("T1", place.after))
    trial.rejected(A, 1)
    attempt(trial, A, 2, 5.0)
    place = trial.assignment.place(A)
    assert place is not None
    trial.chosen(A, 3, arm_name("T1", not place.after))
    attempt(trial, A, 4, 5.0)
    assert trial.course.pairs.n == 0
    for cycle in (5, 6):
        attempt(trial, A, cycle, 5.0)
    assert trial.course.pairs.n == 1


def test_a_parked_unit_counts_as_hung_until_it_completes_and_units_are_those_that_are_over() -> (
    None
):
    trial = record()
    attempt(trial, A, 1, 5.0)
    arm = trial.course.before if trial.course.before.conduct.attempts else trial.course.after
    assert (arm.conduct.units, arm.conduct.hung) == (0, 0), "its cycle is not over"
    ended = ev.CycleEnded(0, A, 1, "PARKED", 1, -900, 0, -900, "", "", 60.0)
    trial.cycle_ended(ended, True)
    assert (arm.conduct.units, arm.conduct.completed, arm.conduct.hung) == (1, 0, 1)
    trial.cycle_ended(ended._replace(outcome="COMPLETE", net_c=400), False)
    assert (arm.conduct.units, arm.conduct.completed, arm.conduct.hung) == (1, 1, 0)
    trial.cycle_ended(ended._replace(outcome="SCRATCHED", fees_c=100), True)
    assert (arm.conduct.units, arm.conduct.lost) == (1, 10.0)


@pytest.mark.parametrize(
    ("outcome", "net_c", "floor_c", "lost"),
    [
        ("COMPLETE", 15_000, -35_272, 352.72),
        ("COMPLETE", -400, 1_200, 0.0),
        ("SCRATCHED", 12_000, -38_272, 382.72),
        ("SCRATCHED", -1_800, -2_072, 20.72),
        ("PARKED", -9_000, -9_272, 0.0),
    ],
    ids=["below zero", "cash paid", "sold in part", "sold back", "open yet"],
)
def test_an_arm_loses_what_the_day_loses_by_its_cycles(
    outcome: str, net_c: int, floor_c: int, lost: float
) -> None:
    """A wide credit brings cash and owes more at expiration: what is guaranteed is lost."""
    trial = record()
    place = trial.assignment.place(A)
    assert place is not None
    attempt(trial, A, 1, floor_c / 100)
    ended = ev.CycleEnded(0, A, 1, outcome, 1, net_c, 272, floor_c, "RISK", "", 2.0)
    trial.cycle_ended(ended, False)
    assert trial.course.arm(place.after).conduct.lost == pytest.approx(lost)
    day = DayLoss()
    day.cycle_ended(ended, 1)
    assert day.realised_c == round(-100 * lost)


@pytest.mark.parametrize("design", ["attempt", "block"])
def test_what_a_long_cycle_comes_to_counts_however_many_attempts_others_made_since(
    design: str,
) -> None:
    size = 1 if design == "attempt" else 20
    trial = record(design, block_attempts=size, most_pairs=10_000)
    place = trial.assignment.place(A)
    assert place is not None
    trial.chosen(A, 1, arm_name("T1", place.after))
    for cycle in range(KEPT + 4):
        attempt(trial, B, cycle, 0.0)
    arm, pairs = trial.course.arm(place.after), trial.course.pairs.n
    trial.cycle_ended(
        ev.CycleEnded(0, A, 1, "SCRATCHED", 1, -900, 100, -1000, "RISK", "", 400.0), True
    )
    trial.counted(row(A, 1, -10.0, 412.0, arm_name("T1", place.after)), 1)
    assert (arm.conduct.units, arm.conduct.hung, arm.conduct.lost) == (1, 1, 10.0)
    if design == "attempt":
        attempt(trial, A, 2, 0.0)
    assert trial.course.pairs.n == pairs + 1


def test_a_cycle_of_another_arm_than_its_place_does_no_harm_to_either() -> None:
    trial = record()
    place = trial.assignment.place(A)
    assert place is not None
    trial.chosen(A, 1, arm_name("T1", not place.after))
    trial.cycle_ended(
        ev.CycleEnded(0, A, 1, "SCRATCHED", 1, -900, 100, -1000, "RISK", "", 9.0), True
    )
    for arm in (trial.course.before, trial.course.after):
        assert (arm.conduct.units, arm.conduct.hung, arm.conduct.lost) == (0, 0, 0.0)


def test_of_sessions_the_whole_time_of_the_traders_counts_and_pausing_makes_no_attempt() -> None:
    trial = record("session", block_attempts=20, block_seconds=46_800.0)
    assert trial.arm(A) == "T1 before" and trial.assignment.waiting
    for number in range(2):
        trial.session_began()
        place = trial.assignment.place(A)
        assert place is not None
        if not place.after:
            for cycle in range(number * 100, number * 100 + 10):
                attempt(trial, A, cycle, 5.0)
        trial.block_ended(ev.TrialBlockEnded(0, "T1", number, True, 46_800.0, ""))
    before, after = trial.course.before, trial.course.after
    assert (before.dollars, after.dollars) == (50.0, 0.0)
    assert before.seconds == after.seconds == 46_800.0
    assert trial.course.pairs.mean == pytest.approx(-50 / 13)


def drawn_end(chance: random.Random, pareto: bool, gain: float = 0.0) -> str:
    """How a drawn trial ends: attempts in spells, dollars with heavy tails, waits as well.

    Args:
        chance: draws everything.
        pareto: whether dollars have no variance.
        gain: what each attempt of the arm after makes more.
    """
    trial = record(seed=chance.getrandbits(40), smallest=0.01)
    fills = 0.3
    for cycle in range(1, 141):
        if cycle % 40 == 1:
            fills = chance.choice((0.05, 0.45))
        for trader in (A, B):
            drawn = chance.paretovariate(1.5) if pareto else chance.lognormvariate(0, 1.2)
            dollars = 6.0 * drawn if chance.random() < fills else 0.0
            place = trial.assignment.place(trader)
            more = gain if place is not None and place.after else 0.0
            attempt(trial, trader, cycle, dollars + more, 4.0 + chance.expovariate(0.1))
        if trial.course.end is not None:
            return str(trial.course.end.value)
    return "running"


@pytest.mark.parametrize("pareto", [False, True])
def test_a_placebo_is_kept_in_a_tenth_of_trials_at_the_very_most(pareto: bool) -> None:
    chance = random.Random(11)
    ends = [drawn_end(chance, pareto) for _ in range(150)]
    assert wilson(ends.count("KEPT"), len(ends))[1] <= 0.10
    assert ends.count("HARM") == 0


def test_a_gain_is_found() -> None:
    chance = random.Random(5)
    ends = [drawn_end(chance, False, gain=6.0) for _ in range(20)]
    assert ends.count("KEPT") >= 15


def states(desk: TrialDesk) -> Iterator[tuple[DeskState, DeskState]]:
    """The state after each row from the first trial on, and the same from what was folded anew."""
    state = DeskState()
    since = next(n for n, e in enumerate(desk.log) if isinstance(e, ev.TrialStarted))
    for number, event in enumerate(desk.log):
        state.apply(event)
        if number >= since and (number - since) % 7 == 0:
            again = DeskState()
            for each in desk.log[: number + 1]:
                again.apply(each)
            yield state, again


@pytest.mark.parametrize("word", ["cancel_ms 3000", "delay 4-8", "placebo"])
def test_a_desk_that_dies_at_any_row_of_a_trial_deals_the_same_arms(word: str) -> None:
    desk = TrialDesk()
    desk.ask(Ask.TRIAL, word=word)
    chance = random.Random(3)
    desk.attempts(lambda after: 12.0 if chance.random() < 0.4 else None, 30)
    seen = 0
    for state, again in states(desk):
        (one,), (two,) = state.trials.running(), again.trials.running()
        assert one.assignment.places == two.assignment.places
        assert plain_values(state)["trials"] == plain_values(again)["trials"]
        seen += 1
    assert seen > 20
    dealt = [e.arm for e in desk.of(ev.PairChosen) if e.arm]
    assert {"T1 before", "T1 after"} == set(dealt)
