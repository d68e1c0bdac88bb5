"""What is in force, from the desk's events: undo in any order, and nothing kept of what is gone."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.state.in_force import REFUSED_KEPT, InForce, put_in_force_by

A, B = "A 2026-12-04", "B 2026-12-04"


def made(name: str, setting: str = "buy_location") -> ev.Recommended:
    return ev.Recommended(0, name, "*", "BUY", 0.35, 0.4, "THIN", {"setting": setting})


def settled(name: str, outcome: str, **more: bool) -> ev.RecommendationSettled:
    return ev.RecommendationSettled(0, name, outcome, "", **more)


def applied(in_force: InForce, name: str, before: float, after: float, trader: str = A) -> None:
    in_force.recommended(made(name))
    change = ev.SettingChanged(0, trader, "buy_location", before, after, f"{name} approved", name)
    in_force.setting_changed(change)
    in_force.resolved(settled(name, "applied"))


def test_a_change_that_is_undone_first_leaves_its_former_value_to_the_later_one() -> None:
    in_force = InForce()
    applied(in_force, "R1", 0.35, 0.4)
    applied(in_force, "R2", 0.4, 0.5)
    in_force.resolved(settled("R1", "undone"))
    assert {name: change.before for name, change in in_force.changes.items()} == {"R2": {A: 0.35}}


def test_who_applied_a_change_is_told_by_its_row() -> None:
    in_force = InForce()
    for name, by_program in (("R1", True), ("R2", False)):
        in_force.recommended(made(name))
        in_force.resolved(settled(name, "applied", by_program=by_program))
    assert [change.by_program for change in in_force.changes.values()] == [True, False]


@pytest.mark.parametrize(
    ("why", "named", "name"),
    [
        ("R3 approved", "R3", "R3"),
        ("R3 apply_optimization: UNPROVEN", "", "R3"),
        ("R3 approved", "", "R3"),
        ("R3 undone", "", ""),
        ("operator", "", ""),
    ],
)
def test_rows_of_before_name_what_came_into_force_in_their_text(
    why: str, named: str, name: str
) -> None:
    assert put_in_force_by(ev.SettingChanged(0, A, "delay_s", 1, 2, why, named)) == name


def test_of_what_is_gone_nothing_is_kept_and_of_what_was_refused_the_last() -> None:
    in_force = InForce()
    for number in range(1, 200):
        applied(in_force, f"R{number}", 0.35, 0.4)
        in_force.resolved(settled(f"R{number}", "undone"))
    assert not (in_force.changes or in_force._made or in_force._before)
    for number in range(200, 300):
        in_force.recommended(made(f"R{number}"))
        in_force.resolved(settled(f"R{number}", "rejected"))
    assert list(in_force._made) == [f"R{number}" for number in range(300 - REFUSED_KEPT, 300)]
    in_force.resolved(settled("R270", "ready"))
    in_force.resolved(settled("R270", "applied"))
    assert in_force.changes["R270"].made == made("R270")
