"""The mouse does what keys do, by the same rules: footer, heads, rows, the wheel, borders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import ModalScreen

from engine.commands import Ask
from tests.support import sample_snapshots as desks
from tests.support.every_list import everything
from tests.support.sample_snapshots import many
from tests.support.screen_text import front, texts
from tui.actions.registry import ACTIONS
from tui.actions.requests import COMMANDS
from tui.app import DeskApp
from tui.commands.preview import adds_risk
from tui.pane_numbers import ALARMS, ORDERS, RECOMMENDATIONS, TRADERS
from tui.screens.prompt import Prompt, QuitDialog
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.viewmodel.lists import list_of
from tui.viewmodel.view import View


def place_of(app, words: str) -> tuple[int, int]:
    """Where the footer says these words."""
    row = next(n for n, line in enumerate(texts(app, "footer")) if words in line)
    return texts(app, "footer")[row].index(words), row


async def press(pilot: Pilot[Any], words: str) -> None:
    await pilot.click("#footer", offset=place_of(pilot.app, words))


async def mouse(
    pilot: Pilot[Any], kind: type[events.MouseEvent], x: int, y: int, button: int
) -> None:
    await pilot._post_mouse_events([kind], None, (x, y), button)


async def wheel(pilot: Pilot[Any], name: str, down: bool = True, times: int = 1) -> None:
    place = front(cast("DeskApp", pilot.app))._placed.plan.places[name]
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    for _ in range(times):
        await mouse(pilot, kind, place.x + 3, place.y + 2, 0)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_click_on_a_key_of_the_footer_is_that_key(open_app, size):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=size) as pilot:
        await press(pilot, "p Pause")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.PAUSE, "SPY-241220")]
        await press(pilot, "Enter Detail")
        assert app.place == "detail"
        await press(pilot, "Esc Back")
        await press(pilot, "? Help")
        assert app.place == "help"
        await pilot.press("escape")
        desk.asked.clear()
        await press(pilot, "KILL")
        assert [(c.ask, c.args) for c in desk.asked] == [(Ask.KILL, {"stage": 1})]
        x, row = place_of(app, "? Help")
        await pilot.click("#footer", offset=(x - 1, row))  # between two keys there is none
        assert app.place == "main" and len(desk.asked) == 1


async def test_what_adds_risk_is_never_one_click(open_app, clock):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "r Resume")
        assert desk.asked == []
        assert "SPY 20DEC24" in app.state.message and "click again" in app.state.message
        await press(pilot, "r Resume")  # a double click is one
        assert desk.asked == []
        clock.pass_by(6.0)
        await press(pilot, "r Resume")  # too late: it is asked again
        assert desk.asked == []
        await pilot.press("j")
        clock.pass_by(0.5)
        await press(pilot, "r Resume")  # another row is another question
        assert desk.asked == [] and "QQQ" in app.state.message
        clock.pass_by(0.5)
        await press(pilot, "r Resume")
        assert [c.ask for c in desk.asked] == [Ask.RESUME]
        await pilot.press("e")
        for _ in range(2):
            await press(pilot, "y Try it")
            assert Ask.APPROVE not in desk.asks()
        clock.pass_by(0.5)
        await press(pilot, "y Try it")
        assert desk.asks()[1:] == [Ask.APPROVE]
        await press(pilot, "q Quit")
        assert isinstance(app.screen, QuitDialog)


ONE_CLICK = {
    Ask.PAUSE, Ask.HALT, Ask.KILL, Ask.CANCEL_ORDER, Ask.STOP_TRIAL, Ask.ACKNOWLEDGE, Ask.SNOOZE,
    Ask.WATCH, Ask.SET_SPEED, Ask.PAUSE_TIME, Ask.RESUME_TIME, Ask.STEP, Ask.GO,
}  # fmt: skip
"""What one click may ask for: what reduces risk, answers an alarm, looks, or is simulated time."""


def test_one_click_asks_for_nothing_that_may_add_risk():
    base = everything()
    snapshot = replace(base, can_pace=True)
    by_click = set()
    for pane in (TRADERS, RECOMMENDATIONS, ORDERS, ALARMS):
        for state in ("applied", "rejected", "trial"):
            first, *others = snapshot.recommendations
            advice = (replace(first, state=state), *others)
            view = View(replace(snapshot, recommendations=advice), ScreenState(), UNICODE)
            view.state.focus(pane)
            declared = list_of(view)
            view.state.follow(pane, [declared.key(row) for row in declared.source(view)], 20)
            for action in ACTIONS:
                if action.id in COMMANDS and not adds_risk(action):
                    asked = COMMANDS[action.id](view, "")
                    by_click |= set() if isinstance(asked, str) else {c.ask for c in asked}
    assert by_click <= ONE_CLICK
    assert by_click >= {Ask.PAUSE, Ask.HALT, Ask.CANCEL_ORDER, Ask.ACKNOWLEDGE, Ask.STEP}


async def test_undo_takes_two_clicks(open_app, clock):
    base = desks.normal()
    first, *others = base.recommendations
    app, desk = open_app(replace(base, recommendations=(replace(first, state="applied"), *others)))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "u Undo")
        assert desk.asked == [] and "click again: takes back R7" in app.state.message
        clock.pass_by(0.5)
        await press(pilot, "u Undo")
        assert desk.asks() == [Ask.UNDO]


async def test_heads_and_rows_of_every_table_answer_a_click(open_app):
    app, desk = open_app(everything())
    tables = {"b": "list", "c": "list", "h": "list", "i": "held"}
    async with app.run_test(size=(120, 40)) as pilot:
        for key, name in tables.items():
            await pilot.press(key)
            pane = app.state.pane
            if len(app.state.keys[pane]) > 1:
                await pilot.click(f"#{name}", offset=(6, 3))
                assert app.state.selected(pane) == app.state.keys[pane][1], key
            heads = texts(app, name)[1]
            word = next(word for word in heads.split() if word.isalpha() and len(word) > 2)
            x = heads.index(word) + 1
            await pilot.click(f"#{name}", offset=(x, 1))
            choices = next(c for c in app.state.lists.values() if c.sort)
            first = choices.sort
            assert first and not choices.inverted, key
            await pilot.click(f"#{name}", offset=(x, 1))
            assert (choices.sort, choices.inverted) == (first, True), key
            choices.sort_by("")
            await pilot.press("escape")
        assert not {c.ask for c in desk.asked} - {Ask.WATCH}


async def test_the_wheel_scrolls_what_is_under_it_and_moves_no_selection_elsewhere(open_app, clock):
    app, desk = open_app(many(60))
    async with app.run_test(size=(120, 40)) as pilot:
        chosen = app.state.selected(1)
        top = texts(app, "balances")[2]
        await wheel(pilot, "balances", times=4)
        assert texts(app, "balances")[2] != top
        assert app.state.selection(3).top == 4 and app.state.pane == 1
        await wheel(pilot, "balances", down=False)
        assert app.state.selection(3).top == 3
        phase = texts(app, "phase")[1]
        await wheel(pilot, "phase", times=2)
        assert texts(app, "phase")[1] != phase
        await wheel(pilot, "orders", times=2)
        assert app.state.selection(5).top == 2
        assert app.state.selected(1) == chosen
        await wheel(pilot, "traders", times=3)  # where keys move, the wheel moves the cursor
        assert app.state.selection(1).index == 3
        await pilot.press("3")
        app.state.focus(1)
        clock.pass_by(11)
        desk.now = replace(desk.now, version=2)
        app.look()
        assert texts(app, "balances")[2] == top and texts(app, "phase")[1] == phase
        await pilot.press("question_mark")
        await wheel(pilot, "body", times=2)
        assert app.state.selection(20).index == 2


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_border_is_dragged_as_far_as_panes_stay_readable(open_app, size):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=size) as pilot:
        screen = front(app)

        def rows() -> int:
            return screen._placed.plan.places["traders"].height

        border = next(
            b for b in screen._placed.plan.borders if "traders" in b.before and not b.beside
        )
        before, x, y = rows(), border.place.x + 5, border.place.y
        pane = app.state.pane
        await mouse(pilot, events.MouseDown, x, y, 1)
        for step in (1, 2):
            await mouse(pilot, events.MouseMove, x, y - step, 1)
        await mouse(pilot, events.MouseUp, x, y - 2, 1)
        assert rows() == before - 2
        await mouse(pilot, events.MouseMove, x, y + 3, 0)  # the button is up
        assert rows() == before - 2 and app.state.pane == pane
        await mouse(pilot, events.MouseDown, x, y - 2, 1)
        await mouse(pilot, events.MouseMove, x, 0, 1)
        await mouse(pilot, events.MouseUp, x, 0, 1)
        assert rows() == (3 if size[0] >= 120 else 2)
        assert desk.asked == []


def click_at_once(app: DeskApp, words: str) -> None:
    """A click that nothing waits for: what it hits has not happened when the next one comes."""
    place = front(app)._placed.plan.places["footer"]
    column, row = place_of(app, words)
    x, y = place.x + column, place.y + row
    for kind in (events.MouseDown, events.MouseUp):
        app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))


@pytest.mark.parametrize("second", ["? Help", "t Report", "q Quit"])
async def test_a_click_on_a_screen_that_another_click_has_covered_does_nothing(open_app, second):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(200, 60)) as pilot:
        click_at_once(app, "/ Filter")
        click_at_once(app, second)
        await pilot.pause()
        assert isinstance(app.screen, ModalScreen) and not desk.asked
        await pilot.press("escape")
        assert app.place == "main"


async def test_a_dialog_that_is_gone_before_it_is_drawn_ends_no_screen(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Prompt("anything?"))
        app.pop_screen()
        await pilot.pause()
        assert app.place == "main" and app.return_code in (None, 0)
