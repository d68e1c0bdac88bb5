"""`legdesk calibrate`: runs in, a file out; refusals are sentences."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from engine.config import read_calibration
from engine.journal.opening import open_journal
from engine.orders import events as ev
from tests.support.hand_written_runs import Story
from tui.cli.main import main


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to write in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


def kept(place: Path, name: str, attempts: int, model: str = "", seed: int = 1) -> Path:
    """A run of a broker's, or of a simulated model's, as its folder keeps it."""
    story = Story(traders=3)
    chance = random.Random(seed)
    first = story.events[0]
    assert isinstance(first, ev.SessionStarted)
    started = first._replace(mode="SIM" if model else "LIVE", source="a feed", fill_model=model)
    for _ in range(attempts):
        key = chance.choice(story.keys)
        story.play(key, chance.choice(("timeout", "timeout", "complete")), 1, 148, 155)
    written(place / name, [started, *story.events[1:], ev.SessionEnded(story.at_ms, "settled")])
    return place / name


def written(folder: Path, events: Iterable[ev.Event]) -> None:
    folder.mkdir()
    with open_journal(folder / "journal.db") as journal:
        for event in events:
            journal.append(event)


def test_the_attempts_of_runs_become_a_file_that_a_desk_trades_on(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = kept(place, "one", 300), kept(place, "other", 300, seed=2)
    assert main(["calibrate", str(one), str(other), str(one)]) == 0
    out, err = capsys.readouterr()
    fit = read_calibration(place / "calibrated.toml")
    assert (fit.attempts, fit.venue, fit.simulated) == (600, "LIVE a feed", False)
    assert f"CALIBRATED FILL MODEL, {fit.told}" in out and fit.told.startswith("n=600, from LIVE")
    assert "HELD OUT" in out and "SIMULATED" not in out
    assert "--fill-model calibrated --calibration calibrated.toml" in err
    # A third of the attempts fills after 0.3 s, all at one location.
    assert [place for place, _ in fit.by_location] == [pytest.approx(0.08 / 0.23, abs=1e-4)]
    piece = next(factor for until_s, factor in fit.by_wait if until_s == 0.5)
    chance = -math.expm1(-fit.by_location[0][1] * piece * 0.25)
    assert chance == pytest.approx((fit.fills - fit.credits) / fit.attempts, abs=0.05)


def test_a_file_that_is_there_is_never_written_over(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "calibrated.toml").write_text("mine")
    assert main(["calibrate", "x"]) == 2
    assert "calibrated.toml is there already; name another with --out" in capsys.readouterr().err
    assert (place / "calibrated.toml").read_text() == "mine"


def test_too_few_attempts_and_several_venues_are_refused_with_what_to_do(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = kept(place, "few", 40)
    assert main(["calibrate", str(few)]) == 2
    assert "40 attempts tell too little: 500 are needed; name more" in capsys.readouterr().err
    simulated = kept(place, "simulated", 5, model="assumed")
    assert main(["calibrate", str(few), str(simulated)]) == 2
    assert "never meet in one fit; name runs of one" in capsys.readouterr().err
    assert not (place / "calibrated.toml").exists()


def test_a_fit_to_simulated_fills_says_so_wherever_it_is_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = kept(place, "run", 700, model="assumed")
    main(["calibrate", str(run), "--out", "fit.toml"])
    assert "SIMULATED: a model made these fills." in capsys.readouterr().out
    (place / "desk.toml").write_text(
        'simulation.fill_model = "calibrated"\nsimulation.calibration = "fit.toml"\n'
    )
    main(["doctor", "--config", "desk.toml"])
    told = next(line for line in capsys.readouterr().out.splitlines() if line[6:16] == "fill model")
    assert "calibrated: n=700, from SIMULATED fills of assumed on simulated quotes" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--fill-model", "calibrated"],
            "calibrated needs a fit: make one with `legdesk calibrate",
        ),
        (["--calibration", "none.toml"], "none.toml: No such file or directory"),
        (["--fill-model", "assumed", "--calibration", "x.toml"], "is no part of assumed"),
    ],
)
def test_a_calibrated_desk_without_a_fit_is_refused(
    options: list[str], said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(place, "run", 700)
    main(["calibrate", "run", "--out", "x.toml"])
    capsys.readouterr()
    assert main(["run", "--headless", "--until", "09:31", *options]) == 2
    assert said in capsys.readouterr().err
