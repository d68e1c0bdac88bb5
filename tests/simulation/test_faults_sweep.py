"""Sessions under every fault we can name: some seeds to the close, and each fault by itself."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from engine.exchange.faults.chance import PROFILES
from engine.exchange.faults.kinds import Fault
from engine.simulation.seeds import (
    Rehearsal,
    SeedResult,
    desk_of,
    kept_events,
    run_seed,
)
from engine.simulation.verdict import violations

SEEDS = 12
MIXED = Rehearsal(profile="mixed", traders=3, minutes=30)
ALONE = Rehearsal(profile="none", traders=2, minutes=12)
ASKED_EVERY_S = 40.0


def told(results: list[SeedResult]) -> dict[str, tuple[str, ...]]:
    """Violations by the command that shows them again."""
    return {MIXED.command(each.seed): each.violations for each in results if each.violations}


@pytest.mark.parametrize("first", [0, pytest.param(SEEDS, marks=pytest.mark.whole)])
def test_no_seed_of_any_profile_breaks_an_invariant(first: int) -> None:
    results = [run_seed(seed, MIXED) for seed in range(first, first + SEEDS)]
    assert told(results) == {}
    assert {each.profile for each in results} == set(PROFILES) - {"none"}
    faults: Counter[str] = Counter()
    for each in results:
        assert each.attempts > 0
        faults.update(each.faults)
    assert len(faults) > 35 and sum(faults.values()) > 300
    assert sum(each.fills for each in results) > 300


@pytest.mark.parametrize("seed", [15, 41, 71, 90, 111, 162, 302, 589, 806])
def test_a_seed_that_once_broke_an_invariant_breaks_none(seed: int) -> None:
    assert told([run_seed(seed, MIXED)]) == {}


@pytest.mark.whole
@pytest.mark.parametrize(("seed", "profile"), [(307, "everything"), (21904, "fills")])
def test_a_whole_session_that_once_broke_an_invariant_breaks_none(seed: int, profile: str) -> None:
    assert run_seed(seed, Rehearsal(profile, 3, None)).violations == ()


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_that_strikes_again_and_again_loses_nothing(fault: Fault) -> None:
    desk = desk_of(4, ALONE)
    events = kept_events(desk)
    faulty, scheduler = desk.faulty, desk.executor.scheduler
    assert faulty is not None and desk.calm_s is not None
    began_s = desk.executor.pace.clock.now_s()
    for time in range(1, int((desk.calm_s - began_s) / ASKED_EVERY_S)):
        at_s = began_s + time * ASKED_EVERY_S
        if fault is Fault.REPLAY:  # what is replayed was told before a connection was lost
            scheduler.timer(at_s, partial(faulty.ask, Fault.DISCONNECT))
        scheduler.timer(at_s, partial(faulty.ask, fault))
    desk.run_to_end()
    assert faulty.faults.counts[fault] > 0
    assert list(violations(desk, events)) == []


def test_the_same_seed_has_the_same_faults_and_the_same_end() -> None:
    assert run_seed(7, MIXED) == run_seed(7, MIXED)


def test_a_run_without_faults_has_none() -> None:
    result = run_seed(3, Rehearsal(profile="none", minutes=10))
    assert result.faults == {} and result.violations == () and result.fills > 0
