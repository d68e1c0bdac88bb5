"""The kill key has two stages, and a key that repeats never reaches the second."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import pytest
from textual import events

from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts, whole
from tui.actions.kill_key import KillKey
from tui.keyboard.driver import Translator
from tui.keyboard.strokes import Kind, Stroke


def stages(desk):
    return [command.args["stage"] for command in desk.asked]


async def test_a_held_key_halts_and_never_cancels(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(40):
            await pilot.press("ctrl+k")
            clock.pass_by(0.03)
        assert stages(desk) == [1]


async def test_a_held_key_never_cancels_however_late_a_busy_screen_does_each_repeat(
    open_app, clock
):
    read = iter(1000.0 + 0.03 * number for number in range(40))
    app, desk = open_app(read_s=lambda _: next(read))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(20):
            await pilot.press("ctrl+k")
            clock.pass_by(0.7)
        assert stages(desk) == [1]


def test_a_key_carries_the_moment_at_which_it_was_read():
    earlier = monotonic()
    (event,) = Translator().events(Stroke(Kind.CHARACTER, "\x0b"))
    assert isinstance(event, events.Key) and event.key == "ctrl+k"
    assert earlier <= event.time <= monotonic()


async def test_a_second_press_after_half_a_second_cancels_everything(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+k")
        clock.pass_by(0.49)
        await pilot.press("ctrl+k")
        assert stages(desk) == [1]
        clock.pass_by(0.51)
        await pilot.press("f12")
        assert stages(desk) == [1, 2]


SCREENS = ["e", "b", "t", "c", "l", "h", "i", "7", "enter", "question_mark"]
DIALOGS = ["q", "T", "ctrl+p"]
INPUTS = [["slash", *"spy"], ["colon", *"pause"], ["e", "n", *"no"], ["6", "j", "z", *"known"]]


@pytest.mark.parametrize("keys", [*SCREENS, *DIALOGS, *INPUTS], ids="".join)
async def test_rubric_02_kill_works_from_every_screen_input_palette_and_dialog(open_app, keys):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*([keys] if isinstance(keys, str) else keys))
        desk.asked.clear()
        await pilot.press("ctrl+k")
        assert stages(desk) == [1]
        assert "KILL requested" in whole(app)


async def test_the_banner_says_what_is_confirmed_and_what_comes_next(open_app, clock):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+k")
        first = texts(app, "banner")
        assert "SIM" in first[0] and "KILL requested" in first[0]
        assert "cancel every engine order" in first[1]
        desk.now = replace(desks.killed(working=2), version=2)
        app.look()
        assert "KILLED  working 2  unknown 0  unhedged 3" in texts(app, "banner")[0]
        desk.now = replace(desks.killed(working=0), version=3)
        app.look()
        assert "No order works" in texts(app, "banner")[1]


async def test_kill_lifts_a_frozen_display(open_app):
    app, _ = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f", "ctrl+k")
        assert not app.state.frozen


async def test_a_moved_kill_key_works_and_the_footer_names_it(open_app):
    app, desk = open_app(keys={"kill": "f9"})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+k")
        assert desk.asked == []
        await pilot.press("f9")
        assert stages(desk) == [1]
        assert "F9" in texts(app, "footer")[0]


def test_a_latch_found_at_start_makes_the_first_press_the_second_stage(clock):
    key = KillKey(clock)
    key.see(True)
    assert key.press() == 2


def test_after_the_latch_was_lifted_the_first_press_is_the_first_stage_again(clock):
    key = KillKey(clock)
    assert key.press() == 1
    key.see(True)
    clock.pass_by(10)
    key.see(False)
    assert key.press() == 1
