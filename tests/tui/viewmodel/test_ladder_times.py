"""The times of the ladder on the screen of open units are those of the desk's settings."""

from __future__ import annotations

from dataclasses import replace

from engine.config import DeskConfig, LadderParameters
from engine.snapshot import EngineSnapshot, ObserverView
from tests.support import sample_snapshots as desks
from tui.pane_numbers import UNITS
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel import units
from tui.viewmodel.view import View

MSFT = "MSFT 2024-12-20/77"


def shown(snapshot: EngineSnapshot, ladder: LadderParameters) -> str:
    view = View(snapshot, ScreenState(), UNICODE, DeskConfig(ladder=ladder))
    view.state.follow(UNITS, [unit.key for unit in snapshot.units], 9)
    view.state.selection(UNITS).key = MSFT
    return "\n".join(map(text_of, units.unit_lines(view, 110, 40)))


def test_the_rungs_last_as_long_as_the_settings_say():
    usual = shown(desks.open_units(), LadderParameters())
    for told in ("to 5 s", "to 20 s", "to 60 s", "alarm at 30 s", "to 5 min", "to 15 min"):
        assert told in usual
    assert "a tick each 2.5 s" in usual
    other = LadderParameters(
        rest_until_s=7.5,
        walk_until_s=40.0,
        walk_step_s=4.0,
        rescan_until_s=120.0,
        alarm_after_s=45.0,
        scratch_until_s=630.0,
        operator_until_s=1_800.0,
    )
    told = shown(desks.open_units(), other)
    for words in ("to 7.5 s", "to 40 s", "to 2 min", "at 45 s", "to 630 s", "to 30 min"):
        assert words in told
    assert "a tick each 4 s" in told and "to 5 " not in told


def test_an_observer_whose_settings_are_not_the_desks_tells_no_times():
    seen = replace(desks.open_units(), observer=ObserverView())
    told = shown(seen, LadderParameters())
    assert "THE LADDER" in told and "alarm at" not in told and "to 5 s" not in told
