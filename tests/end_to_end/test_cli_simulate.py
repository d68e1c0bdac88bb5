"""`legdesk simulate` as a user calls it."""

from __future__ import annotations

from pathlib import Path

from engine.simulation.seeds import Rehearsal, SeedResult
from tests.support.command_line import Home
from tui.cli.simulate import summary_lines


def test_seeds_are_run_and_summed_up(tmp_path: Path) -> None:
    done = Home(tmp_path).legdesk(
        "simulate", "--seeds", "3..4", "--faults", "fills", "--minutes", "10", "--jobs", "2"
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "no violation"
    assert lines[-2].startswith("2 seeds, ")
    assert any(line.endswith("duplicate fill") for line in lines)


def test_a_mistake_gets_a_sentence_and_exit_code_2(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for words, said in (
        (("--seeds", "9..2"), "the first seed comes first"),
        (("--seeds", "many"), "write 1..20"),
        (("--faults", "rain"), "not a fault profile"),
        (("--gateway", "--faults", "acks"), "there are none, calls, rates, stream, deaths"),
        (("--gateway", "--session", "s"), "--gateway trades the simulated day"),
        (("--minutes", "900"), "900 is not in the range 5<=x<=390"),
    ):
        done = home.legdesk("simulate", *words)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr and "Traceback" not in done.stderr


def test_sessions_go_through_a_gateway_where_it_is_asked_for(tmp_path: Path) -> None:
    done = Home(tmp_path).legdesk(
        "simulate", "--seeds", "5", "--gateway", "--minutes", "5", "--traders", "1"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "no violation"
    again = Rehearsal(profile="stream", gateway=True).command(7)
    assert again.endswith("--faults stream --traders 3 --minutes 30 --gateway")


def test_a_violation_is_shown_with_the_command_that_shows_it_again() -> None:
    bad = SeedResult(7, "fills", 9, 3, 6, {"bust": 2}, 0, ("8 credits covered: S0: 2 of 1",))
    good = SeedResult(8, "acks", 1, 1, 2, {"bust": 1}, 1)
    lines = list(summary_lines([bad, good], Rehearsal(profile="fills", minutes=None)))
    assert lines[:3] == [
        "seed 7 (fills): 1 violations",
        "  8 credits covered: S0: 2 of 1",
        "  again: legdesk simulate --seeds 7..7 --faults fills --traders 3 --whole-session",
    ]
    assert lines[-3:] == [
        "         3  bust",
        "2 seeds, 10 attempts, 4 fills, 8 executions, 3 faults of 1 kinds, 1 units parked",
        "1 seeds with violations",
    ]
