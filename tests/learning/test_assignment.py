"""Who gets which arm: a coin inside each pair, the same whenever the same attempts went out."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from engine.learning.trials.assignment import Assignment, Design, Slot

TRADERS = ("A", "B", "C")
SENT = st.lists(st.sampled_from((*TRADERS, "drop")), max_size=150)
LONG = st.lists(st.sampled_from((*TRADERS * 20, "drop")), min_size=60, max_size=150)
"""Long enough for several blocks: a block is rarely given up."""


def sent(assignment: Assignment, log: list[str]) -> list[tuple[str, Slot]]:
    out = []
    for who in log:
        if who == "drop":
            assignment.drop()
        else:
            assert assignment.place(who) == assignment.places[who]
            out.append((who, assignment.went_out(who)))
    return out


@given(SENT, st.integers(0, 2**48))
def test_of_two_attempts_of_a_trader_one_is_in_each_arm(log: list[str], seed: int) -> None:
    slots = sent(Assignment(Design.ATTEMPT, seed, TRADERS, 1), log)
    arms: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for trader, slot in slots:
        arms[slot.pair].append((trader, slot.after))
    for pair in arms.values():
        assert len(pair) <= 2 and len({trader for trader, _ in pair}) == 1
        assert len(pair) == 1 or {after for _, after in pair} == {False, True}
    halves = [number for number, pair in arms.items() if len(pair) == 1]
    assert len(halves) <= len(TRADERS) * (1 + log.count("drop"))


@given(SENT, st.integers(0, 2**48), st.sampled_from([Design.ATTEMPT, Design.BLOCK]))
def test_the_same_attempts_get_the_same_arms_again(
    log: list[str], seed: int, design: Design
) -> None:
    size = 20 if design is Design.BLOCK else 1
    one, two = (Assignment(design, seed, TRADERS, size) for _ in range(2))
    assert sent(one, log) == sent(two, log)
    assert one.places == two.places


@given(LONG, st.integers(0, 2**48))
def test_all_traders_are_in_one_arm_and_a_wait_that_crosses_blocks_counts_in_none(
    log: list[str], seed: int
) -> None:
    assignment = Assignment(Design.BLOCK, seed, TRADERS, 20)
    arms: dict[int, set[bool]] = defaultdict(set)
    counted = 0
    waited: dict[str, int] = dict.fromkeys(TRADERS, 0)
    for who in log:
        if who == "drop":
            assignment.drop()
            waited = dict.fromkeys(TRADERS, assignment.block)
            counted = 0
            continue
        block = assignment.block
        slot = assignment.went_out(who)
        assert slot.counted == (waited[who] == block)
        if slot.counted:
            counted += 1
            arms[slot.pair * 2 + block % 2].add(slot.after)
        if assignment.block != block:
            assert counted == 20
            counted = 0
        waited[who] = assignment.block
    assert all(len(each) == 1 for each in arms.values())
    for number, each in arms.items():
        assert number % 2 or number + 1 not in arms or arms[number + 1] != each


@given(st.lists(st.sampled_from(["begin", "over"]), max_size=20), st.integers(0, 2**48))
def test_sessions_come_in_pairs_and_one_that_broke_off_gives_its_pair_up(
    log: list[str], seed: int
) -> None:
    assignment = Assignment(Design.SESSION, seed, TRADERS, 20)
    assert assignment.places["A"] == Slot(-1, False, False), "not in force before a session begins"
    dropped: set[int] = set()
    whole: dict[int, list[bool]] = defaultdict(list)
    for what in log:
        if what == "begin":
            dropped |= set(assignment.session_began())
        elif assignment.open:
            place = assignment.places["A"]
            whole[place.pair].append(place.after)
            assignment.session_over()
    for pair, arms in whole.items():
        assert len(arms) <= 2
        assert pair in dropped or len(arms) == 1 or set(arms) == {False, True}
    assert max(map(len, whole.values()), default=0) <= 2


def test_the_coin_is_fair_and_its_own_for_each_trader() -> None:
    assignment = Assignment(Design.ATTEMPT, 5, TRADERS, 1)
    first = [[slot.after for _, slot in sent(assignment, [who] * 2000)[::2]] for who in TRADERS]
    assert all(430 < sum(each) < 570 for each in first)
    assert len({tuple(each) for each in first}) == 3
