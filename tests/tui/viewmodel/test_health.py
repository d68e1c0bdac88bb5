"""HEALTH: each figure with its bound, marked once it has reached it, `?` where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.snapshot import EngineSnapshot, EngineState, Health
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of, width_of
from tui.viewmodel import header, phase
from tui.viewmodel.view import View


def shown(state: ScreenState | None = None, **health: Any) -> dict[str, tuple[str, str]]:
    """Text and style of each line by its name."""
    snapshot = replace(desks.normal(), health=views.health(**health))
    lines = phase.process_lines(View(snapshot, state or ScreenState(), UNICODE))
    return {line[0][0].strip(): (text_of(line[1:]), line[1][1]) for line in lines}


def test_every_figure_of_the_process_is_there_with_its_bound():
    state = ScreenState()
    for at_s in (10.0, 10.2504, 10.517):
        state.timer.came(at_s, 0.25)
    assert shown(state, waiting=3, writer_s=0.4) == {
        "engine": ("late p99 1.4ms of 5  7 threads", "value"),
        "beat": ("0s of 2s  last snapshot", "value"),
        "loop": ("lag p99 0.4ms of 20  worst 17ms", "value"),
        "clock": ("off 0.0s of 1s", "value"),
        "writer": ("0.4s of 5s  3 wait", "value"),
        "memory": ("118 MB of 3.8 GB 3.0s ago", "value"),
    }


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("engine", {"late_p99_ms": 5.0}),
        ("clock", {"clock_skew_s": 1.2}),
        ("writer", {"writer_s": 5.5}),
        ("memory", {"resident_bytes": 3_100_000_000}),
    ],
)
def test_a_figure_that_has_reached_its_bound_asks_for_a_look(name, changes):
    assert shown(**changes)[name][1] == "p2"


def test_a_silent_engine_and_a_late_screen_ask_for_a_look():
    state = ScreenState(silent_s=2.3)
    state.timer.came(10.0, 0.25)
    state.timer.came(10.9, 0.25)
    told = shown(state)
    assert told["beat"] == ("2s of 2s  last snapshot", "p2")
    assert told["loop"] == ("lag p99 650ms of 20  worst 650ms", "p2")


def test_what_nobody_knows_is_unknown_and_never_nought():
    told = shown(clock_skew_s=None, resident_bytes=None, memory_s=None, writer_s=None)
    assert told["clock"] == ("off ? of 1s", "unknown")
    assert told["memory"] == ("? of 3.8 GB ? ago", "unknown")
    assert told["loop"] == ("lag p99 ? of 20  worst ?", "unknown")
    assert told["writer"] == ("in the engine's thread", "dim")


def test_the_clock_of_a_broker_is_beside_the_desks_own():
    view = View(desks.paper(), ScreenState(), UNICODE)
    line = next(each for each in phase.process_lines(view) if each[0][0].strip() == "clock")
    assert text_of(line[1:]) == "off 0.0s of 1s  broker -0.6s"


def test_lines_lose_what_does_not_fit_as_a_whole():
    view = View(desks.normal(), ScreenState(), UNICODE)
    for width in (24, 30, 36, 48):
        assert all(
            width_of(line) <= width or len(line) < 3 for line in phase.health_lines(view, width)
        )


def test_the_screens_lag_is_that_of_the_last_minute():
    state = ScreenState()
    state.timer.came(100.0, 0.25)
    state.timer.came(101.0, 0.25)
    assert state.timer.lag == (0.75, 0.75)
    for n in range(1, 241):
        state.timer.came(101.0 + 0.25 * n, 0.25)
    assert state.timer.lag == (0.0, 0.0)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_after_the_end_no_phase_is_counted_down_to(width):
    def told(state: EngineState) -> tuple[str, str]:
        view = View(desks.normal(state=state), ScreenState(), UNICODE)
        lines = {line[0][0].strip(): text_of(line[1:]) for line in phase.phase_lines(view, 36)[3:]}
        return text_of(header.first(view, width)), lines["next"]

    line, following = told(EngineState.RUN)
    assert "47:4" in line and following.startswith("MIDDAY in 47:4")
    line, following = told(EngineState.ENDED)
    assert "47:4" not in line and following == "-  the session has ended"


def lines_of(snapshot: EngineSnapshot) -> dict[str, str]:
    found = phase.health_lines(View(snapshot, ScreenState(), UNICODE), 60)
    return {line[0][0].strip(): text_of(line[1:]) for line in found}


def test_a_past_moment_says_that_its_health_was_not_recorded_and_what_was():
    base = desks.normal()
    told = lines_of(replace(base, past="run-7", health=Health(journal_seq=63)))
    assert told["quotes"] == told["broker"] == "not recorded"
    assert told["rate"].startswith("not recorded")
    assert told["journal"] == "seq 63" and told["recon"] == "not recorded"
    assert told["engine"] == "a past run: no live health"
    assert "?" not in " ".join(told.values()) and not {"beat", "loop", "memory"} & told.keys()
    compared = Health(journal_seq=63, compared_s=base.now_s - 20, compared_chains=9)
    assert lines_of(replace(base, past="run-7", health=compared))["recon"] == (
        "MATCH  9 chains 20s ago"
    )


def test_a_desk_that_has_not_compared_yet_says_so():
    assert lines_of(replace(desks.normal(), health=Health()))["recon"] == "not compared yet"
