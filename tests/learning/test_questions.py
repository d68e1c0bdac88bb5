"""What evidence answers, beside a list of attempts that is asked the same in plain loops."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.attempt_results import AttemptResult, AttemptSettings
from engine.learning.evidence import gathering
from engine.learning.evidence.arms import ArmSums
from engine.learning.evidence.cells import FLOOR_STEPS
from engine.learning.evidence.gathering import Evidence
from tests.support import plain_evidence as plain
from tests.support.attempt_rows import SETTINGS, AttemptRow, result
from tests.support.plain_evidence import PlainEvidence

KEPT = 2
TRADERS = ("B", "A", "C")
WHOM = (None, *TRADERS, "nobody")
LEVERS = ("contracts", "cancel_ms", "objective", "delay", "buy_at")
HOURS = (9, 10, 11)

SETTINGS_TRIED = (
    SETTINGS,
    SETTINGS._replace(contracts=2),
    SETTINGS._replace(contracts=2, cancel_ms=1000),
    SETTINGS._replace(objective="floor"),
    SETTINGS._replace(contracts=2, objective="floor", delay_high_s=9.0),
    SETTINGS._replace(delay_low_s=1.0, buy_at=0.5),
)
SIXTY_FOURTHS = st.integers(-640, 640).map(lambda each: each / 64)
"""Their sums are exact in whatever order they are added."""

FLOORS = st.sampled_from((-0.25, 0.03125, 0.0625, 0.125, 0.25, 0.5))

ROWS = st.builds(
    lambda row, own, venue, filled, outcome, hedge_s, floor, other: result(
        row,
        settings=own,
        venue=venue,
        filled=filled,
        outcome=outcome if filled else "",
        hedge_s=hedge_s,
        floor=floor,
        other_floor=other,
    ),
    st.builds(
        AttemptRow,
        session=st.sampled_from((1, 1, 1, 2, 2, 3)),
        minute=st.integers(570, 690),
        trader=st.sampled_from(TRADERS),
        phase=st.sampled_from(("OPEN", "MORNING")),
        width_c=st.sampled_from((20.0, 80.0)),
        arm=st.just(1),
        dollars=SIXTY_FOURTHS,
        seconds=SIXTY_FOURTHS.map(abs),
    ),
    own=st.sampled_from(SETTINGS_TRIED),
    venue=st.sampled_from(("SIM test",) * 30 + ("PAPER",)),
    filled=st.integers(0, 3),
    outcome=st.sampled_from(("COMPLETE", "SCRATCHED", "PARKED")),
    hedge_s=st.sampled_from((1.0, 1e6)),
    floor=FLOORS,
    other=st.none() | FLOORS,
)
STEPS = st.lists(st.tuples(ROWS, st.integers(0, 5), st.integers(0, 10**6)), max_size=60)


def observed(steps: Iterable[tuple[AttemptResult, int, int]]) -> tuple[Evidence, PlainEvidence]:
    """Rows added, and every now and then one taken back, whichever block it is of."""
    evidence, known = Evidence(lambda trader: plain.MULTIPLIER), PlainEvidence(KEPT)
    for row, back, which in steps:
        kept = known.rows()
        given_ = [(row, 1)]
        if back == 0 and kept:
            given_ = [(kept[which % len(kept)], -1)]
        elif back == 1 and kept:
            given_ = [(kept[which % len(kept)], -1), (row, 1)]
        for each, sign in given_:
            evidence.observe(each, sign)
            known.observe(each, sign)
    return evidence, known


def columns(parts: Iterable[Any]) -> list[list[float]]:
    """Columns as rows."""
    return [list(row) for row in zip(*(part.tolist() for part in parts), strict=True)]


def arm(found: ArmSums) -> tuple[Any, ...]:
    """An arm as the plain one is."""
    n = found.attempts, found.fills, found.lots, found.dollars, found.seconds
    return *n, conduct(found.conduct)


def conduct(found: Any) -> tuple[float, ...]:
    """Conduct as the plain one is."""
    return found.attempts, found.units, found.completed, found.hung, found.lost


def counted(trader: str, own: AttemptSettings) -> bool:
    """Attempts that lend."""
    return trader != "C" and own.cancel_ms == SETTINGS.cancel_ms


@given(STEPS)
@settings(max_examples=200)
def test_arms_and_totals_are_those_of_the_attempts(steps: list[Any]) -> None:
    with patch.object(gathering, "SESSIONS_KEPT", KEPT):
        evidence, known = observed(steps)
    asked = evidence.answers()
    assert (evidence.attempts, evidence.blocks) == (len(known.rows()), len(known.blocks))
    assert evidence.venue == known.venue
    for trader in WHOM:
        assert arm(asked.total(trader)) == plain.arm(known.rows(trader))
        for lever in LEVERS:
            arms = known.arms(lever, trader)
            found = asked.arms(lever, trader)
            assert [(each, arm(one)) for each, one in found.items()] == arms
            assert asked.tried(lever, trader) == len(arms)
    for hour in HOURS:
        sides = tuple(conduct(side) for side in asked.hour_conduct(hour))
        assert sides == known.hour_conduct(hour)


@given(STEPS, st.booleans())
@settings(max_examples=200)
def test_arms_are_compared_within_blocks_as_attempts_say(steps: list[Any], budgeted: bool) -> None:
    with patch.object(gathering, "SESSIONS_KEPT", KEPT):
        evidence, known = observed(steps)
    asked = evidence.answers()
    pairs: tuple[tuple[str, Hashable, Hashable], ...] = (
        ("contracts", 1, 2),
        ("contracts", 2, 1),
        ("objective", "credit", "floor"),
        ("delay", (3.0, 15.0), (1.0, 15.0)),
        ("cancel_ms", 2500, 700),
    )
    for trader in WHOM:
        for lever, before, after in pairs:
            cells = asked.compared(lever, before, after, trader=trader, budgeted=budgeted)
            blocks, strata, sides = known.compared(lever, before, after, trader, budgeted)
            assert (cells.block.tolist(), cells.stratum.tolist()) == (blocks, strata)
            for arm_, at in ((0, 0), (1, 1)):
                figures = (cells.n, cells.dollars, cells.seconds)
                found = columns(part[:, arm_] for part in figures)
                assert found == [side[at] for side in sides]
            value = known_value = before
            dollars, hours = asked.by_block(lever, value, trader)
            assert columns((dollars, hours)) == [
                pytest.approx(each) for each in known.by_block(lever, known_value, trader)
            ]


@given(STEPS, st.booleans())
@settings(max_examples=200)
def test_what_could_be_left_out_is_that_of_the_attempts(steps: list[Any], by_session: bool) -> None:
    with patch.object(gathering, "SESSIONS_KEPT", KEPT):
        evidence, known = observed(steps)
    asked = evidence.answers()
    for step in FLOOR_STEPS:
        found = columns(asked.below_floor(step, by_session=by_session))
        assert found == known.left_out(None, by_session, plain.below(step))
    for trader in (*TRADERS, "nobody"):
        found = columns(asked.of_trader(trader, by_session=by_session))
        assert found == known.left_out(trader, by_session, lambda row: True)
    for hour in HOURS:
        assert columns(asked.of_hour(hour)) == known.left_out(None, False, plain.at_hour(hour))


@given(STEPS)
@settings(max_examples=200)
def test_promises_hours_and_fills_are_those_of_the_attempts(steps: list[Any]) -> None:
    with patch.object(gathering, "SESSIONS_KEPT", KEPT):
        evidence, known = observed(steps)
    asked = evidence.answers()
    for trader in WHOM:
        for objective in ("credit", "floor"):
            gain = columns(asked.others_gain(objective, trader))
            assert gain == known.others_gain(objective, trader)
            promised = asked.promised(objective, trader)
            blocks = plain.numbered(promised.block.tolist())
            sums = columns(promised[1:])
            assert list(zip(blocks, sums, strict=True)) == known.promised(objective, trader)
        hours = asked.hours(trader)
        codes = columns((hours.session, hours.hour, hours.stratum))
        figures = columns((hours.n, hours.dollars, hours.seconds))
        assert [(tuple(code), row) for code, row in zip(codes, figures, strict=True)] == (
            known.hours(trader)
        )
    for sessions in (1, KEPT):
        days = evidence.answers(sessions).fills_by_block(counted)
        assert [
            (tuple(day), [(block, list(sums)) for block, sums in blocks.items()])
            for day, blocks in days.items()
        ] == list(known.fills_by_block(sessions, counted).items())
