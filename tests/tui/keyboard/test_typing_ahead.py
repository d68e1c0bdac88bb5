"""Keys do what they say in the order in which they were typed, however fast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support import sample_snapshots as desks
from tests.support.fake_desk import FakeDesk
from tui.app import DeskApp
from tui.screens.command_line import CommandLine
from tui.screens.palette import Palette
from tui.screens.prompt import QuitDialog, WordsPrompt

Open = Callable[..., tuple[DeskApp, FakeDesk]]

SPELT = {"\r": "enter", "\x1b": "escape", "\x0b": "ctrl+k"}


def burst(app: DeskApp, keys: str) -> None:
    """Type all at once: nothing is drawn or opened in between."""
    for character in keys:
        app.post_message(events.Key(SPELT.get(character, _character_to_key(character)), character))


async def until(pilot: Pilot[str], met: Callable[[], object]) -> None:
    """Let the app go on until something is so; a limit of turns, none of seconds."""
    for _ in range(400):
        if met():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never came about; in front is {pilot.app.screen}")


async def test_a_command_typed_in_one_burst_is_the_command_that_is_done(open_app: Open) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, ":blotter\r")
        await until(pilot, lambda: app.place == "blotter")
        assert desk.asked == []


@pytest.mark.parametrize(("key", "kind"), [("colon", CommandLine), ("ctrl+p", Palette)])
async def test_enter_at_once_after_other_words_never_does_what_headed_the_list_before(
    open_app: Open, key: str, kind: type[CommandLine | Palette]
) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.opened)
        burst(app, "no such command\r")
        await until(pilot, lambda: app.screen.query_one(Input).value == "no such command")
        await pilot.pause()
        await pilot.press("enter", "enter")
        assert isinstance(app.screen, kind)
        assert desk.asked == []


@pytest.mark.parametrize("words", ["QQQ", "p", "HAR", "!x q"])
async def test_a_filter_typed_in_one_burst_loses_no_letter_and_presses_no_key(
    open_app: Open, words: str
) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, f"/{words}")
        await until(pilot, lambda: app.state.choices("traders").filter == words)
        assert isinstance(app.screen, WordsPrompt)
        assert desk.asked == []


async def test_a_paste_while_a_prompt_opens_goes_to_the_prompt(open_app: Open) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, "/")
        app.post_message(events.Paste("SP"))
        burst(app, "Y")
        await until(pilot, lambda: app.state.choices("traders").filter == "SPY")
        assert desk.asked == []


@pytest.mark.parametrize("answer", ["\r", "\x1b"])
async def test_a_key_typed_at_once_after_an_answer_is_for_the_screen_under_the_prompt(
    open_app: Open, answer: str
) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, f"/SPY{answer}b")
        await until(pilot, lambda: app.place == "blotter")
        assert app.state.choices("traders").filter == ("SPY" if answer == "\r" else "")
        assert desk.asked == []


async def test_keys_in_one_burst_are_done_in_their_order(open_app: Open) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, "bt\x1bq\x1bc")
        await until(pilot, lambda: app.place == "config")
        assert desk.asked == [] and desk.stops == []


async def test_kill_while_a_prompt_opens_kills_and_what_was_typed_is_forgotten(
    open_app: Open,
) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        burst(app, "/Hp\x0b")
        await until(pilot, lambda: desk.asked)
        await pilot.pause()
        assert [(c.ask.name, c.args["stage"]) for c in desk.asked] == [("KILL", 1)]
        assert app.place == "main"
        burst(app, "q")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_screen_opens_at_its_top_however_far_another_was_scrolled(
    open_app: Open, size: tuple[int, int]
) -> None:
    app, _ = open_app(desks.troubled())

    def top() -> int:
        return app.state.selection(app.state.pane).index

    async with app.run_test(size=size) as pilot:
        await pilot.press("c", *"jjjjjjj")
        scrolled = top()
        assert scrolled > 0
        await pilot.press("question_mark")
        assert top() == 0
        await pilot.press("j", "escape")
        assert top() == scrolled
        await pilot.press("t")
        assert top() == 0
        await pilot.press("escape", "c")
        assert top() == 0
