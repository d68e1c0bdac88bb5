"""The palette says what each command would do, and does what was chosen and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.snapshot import EngineState
from tests.support import sample_snapshots as desks
from tui.screens.palette import Palette
from tui.screens.prompt import SeveralDialog
from tui.widgets.lines_widget import LinesWidget


def rows(app) -> list[str]:
    found = app.screen.query_one("#entries", LinesWidget).lines
    return ["".join(text for text, _ in line) for line in found]


def in_full(app) -> str:
    found = app.screen.query_one("#in_full", LinesWidget).lines
    return " ".join(" ".join("".join(text for text, _ in line) for line in found).split())


async def test_trading_commands_come_first_with_what_would_happen_or_why_not(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p", "enter")
        assert isinstance(app.screen, Palette) and desk.asked == []  # nobody chose a row yet
        first = [row[12:34].strip() for row in rows(app)][:4]
        assert first == ["KILL", "Halt all", "Pause", "Pause symbol"]
        assert "pauses 2 traders of SPY" in rows(app)[3]
        refused = next(row for row in rows(app) if "Resume after kill" in row)
        assert "not now: there is no kill to lift" in refused
        await pilot.press(*"lift", "enter")
        assert isinstance(app.screen, Palette) and desk.asked == []
        assert "not now: there is no kill to lift" in in_full(app)
        await pilot.press("escape", "ctrl+p", *"pause sym", "enter")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.PAUSE, "symbol:SPY")]


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_one_click_chooses_and_another_does_but_what_adds_risk_asks(open_app, clock, size):
    app, desk = open_app(replace(desks.troubled(), state=EngineState.HALTED))
    async with app.run_test(size=size) as pilot:
        await pilot.press("ctrl+p")
        at = next(n for n, row in enumerate(rows(app)) if "Resume all" in row)
        await pilot.click("#entries", offset=(20, at))
        assert isinstance(app.screen, Palette) and desk.asked == []
        assert "lifts the halt; resumes all 9 traders" in in_full(app)
        await pilot.pause(0.6)  # a double click is one click
        await pilot.click("#entries", offset=(20, at))
        assert isinstance(app.screen, SeveralDialog) and desk.asked == []
        await pilot.press("escape")
        assert desk.asked == []


async def test_the_choice_stays_with_its_command_when_rows_change_places(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p", *["down"] * 6)
        chosen = app.screen._rows[app.screen._at].label
        desk.now = desks.normal(state=EngineState.HALTED, version=2)
        app.look()
        app.screen._draw()
        assert app.screen._rows[app.screen._at].label == chosen
        # What was chosen is refused by now: Enter does it no more, and nothing in its place.
        await pilot.press("escape", "ctrl+p", *"resume all", "down", "up")
        desk.now = desks.normal(version=3)
        app.look()
        await pilot.press("enter")
        assert desk.asked == []
