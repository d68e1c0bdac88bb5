"""The kill drill: fifty working orders, the key twice, and how long until none works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.desk.running import Desk
from engine.simulation import kill_drill
from engine.simulation.kill_drill import DrillError, drill
from tests.support.command_line import Home


@pytest.mark.parametrize(
    ("options", "least"),
    [((), 40), (("--exchange", "--orders", "12"), 8)],  # some fill between the two presses
    ids=["embedded", "own process"],
)
def test_orders_are_gone_after_the_second_press_and_the_verdict_is_that_of_the_time(
    options: tuple[str, ...], least: int, tmp_path: Path
) -> None:
    """A busy machine may take longer than the five seconds; then the drill has to say so."""
    home = Home(tmp_path)
    done = home.legdesk("drill", *options)
    assert done.returncode in (0, 1), done.stderr
    found = re.match(r"(\d+) orders working; ([\d.]+) s from the second press", done.stdout)
    assert found, done.stderr
    assert int(found[1]) >= least
    assert (float(found[2]) <= 5.0) == (done.returncode == 0)
    assert done.stdout.rstrip().endswith("book == broker")
    assert not home.state.exists(), "a drill leaves nothing"


def test_a_press_that_repeats_is_no_second_press() -> None:
    stages = iter((1, None))
    with pytest.raises(DrillError, match="counted as a repeat"):
        drill(lambda: next(stages), orders=3)


def test_a_second_press_that_only_asks_for_the_first_stage_leaves_orders_working() -> None:
    found = drill(lambda: 1, orders=5, gives_up_s=1.0)
    assert found.zero_s is None
    assert found.survivors
    assert not found.passed


def test_an_exchange_that_is_late_with_its_books_fails_no_drill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = ["", "the exchange does not tell its books: timed out"]
    monkeypatch.setattr(Desk, "books_agree", lambda desk: answers.pop() if answers else "")
    stages = iter((1, 2))
    found = drill(lambda: next(stages), orders=3)
    assert found.difference == ""
    assert not answers


def test_a_difference_that_lasts_fails_a_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kill_drill, "AGREES_WITHIN_S", 0.2)
    monkeypatch.setattr(Desk, "books_agree", lambda desk: "SPY 600C: 1 here, 2 there")
    stages = iter((1, 2))
    found = drill(lambda: next(stages), orders=3)
    assert found.difference == "SPY 600C: 1 here, 2 there"
    assert not found.passed
