"""The kill key has two stages, and a key that repeats never reaches the second."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from engine.commands import Ask, Command, TicketState
from engine.snapshot import ObserverView
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts, whole
from tui.actions.kill_key import REPEATS_S, KillKey
from tui.bridge import TOO_LATE
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


async def test_a_held_key_never_cancels_however_long_the_keyboard_waits_before_it_repeats(
    open_app, clock
):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+k")
        clock.pass_by(0.55)
        for _ in range(40):
            await pilot.press("ctrl+k")
            clock.pass_by(0.04)
            app.look()
        clock.pass_by(5)
        app.look()
        assert stages(desk) == [1]


@given(
    delay_s=st.floats(0.01, 3.0),
    repeats_s=st.lists(st.floats(0.01, REPEATS_S - 0.01), min_size=1, max_size=60),
    looked=st.lists(st.floats(0.0, 1.0), min_size=60, max_size=60),
)
def test_whatever_a_keyboard_s_pace_one_that_is_held_reaches_the_first_stage_alone(
    delay_s, repeats_s, looked
):
    now = [1000.0]
    key = KillKey(lambda: now[0])
    asked = [key.press()]
    for gap_s, part in zip([delay_s, *repeats_s], [0.0, *looked], strict=False):
        now[0] += gap_s * part
        asked.append(key.waited())
        now[0] += gap_s * (1 - part)
        asked.append(key.press())
    now[0] += 60.0
    asked.append(key.waited())
    assert {stage for stage in asked if stage} == {1}


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
        assert stages(desk) == [1]
        clock.pass_by(REPEATS_S)
        app.look()
        assert stages(desk) == [1, 2]
        app.look()
        assert stages(desk) == [1, 2]


async def test_a_click_on_kill_is_the_second_press_of_a_key_that_was_read(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        (event,) = typed(app, "ctrl+k")
        await app._post_message(event)
        await pilot.pause()
        clock.pass_by(1.0)
        app.click("kill")
        clock.pass_by(REPEATS_S)
        app.look()
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


def typed(app, *keys):
    """What a busy screen finds when it comes to: keys that were read one after another."""
    read = [events.Key(key, key if len(key) == 1 else None) for key in keys]
    for number, event in enumerate(read):
        event.time = 1_000_000.0 + number
        app.key_read(event)
    return read


async def test_what_was_typed_before_a_kill_that_was_read_is_not_done_after_it(open_app):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        read = typed(app, "p", "ctrl+k")
        assert [command.ask for command in desk.asked] == [Ask.KILL]
        for event in read:
            await app._post_message(event)
        await pilot.pause()
        assert [command.ask for command in desk.asked] == [Ask.KILL]
        assert "KILL requested" in whole(app)
        await pilot.press("p")
        assert [command.ask for command in desk.asked] == [Ask.KILL, Ask.PAUSE]


async def test_an_answer_that_comes_late_lifts_no_latch_set_after_it(open_app):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        (event,) = typed(app, "ctrl+k")
        late = app.bridge.submit(Command(Ask.RESUME_AFTER_KILL, args={"word": "RESUME"}))
        assert late.state is TicketState.REFUSED and late.text == TOO_LATE
        app.bridge.submit(Command(Ask.CANCEL_ORDER, "A1"))
        assert [command.ask for command in desk.asked] == [Ask.KILL, Ask.CANCEL_ORDER]
        await app._post_message(event)
        await pilot.pause()
        assert app.bridge.submit(Command(Ask.RESUME_AFTER_KILL)).state is TicketState.REQUESTED


async def test_two_presses_read_by_a_screen_that_hangs_are_the_two_stages(open_app, clock):
    app, desk = open_app(read_s=lambda event: event.time)
    async with app.run_test(size=(80, 24)) as pilot:
        read = typed(app, "ctrl+k", "ctrl+k", "ctrl+k")
        assert stages(desk) == [1, 2]
        clock.now = read[-1].time + 1
        app.all_read()
        assert stages(desk) == [1, 2, 2]
        for event in read:
            await app._post_message(event)
        await pilot.pause()
        assert stages(desk) == [1, 2, 2]


async def test_a_kill_key_that_the_screen_never_gets_locks_no_keyboard(open_app):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        (lost,) = typed(app, "ctrl+k")
        after = events.Key("p", "p")
        after.time = lost.time + 1
        await app._post_message(after)
        await pilot.pause()
        assert [command.ask for command in desk.asked] == [Ask.KILL, Ask.PAUSE]
        assert not app.urgent_ahead()


async def test_an_observer_kills_nothing_however_early_the_key_is_read(open_app):
    app, desk = open_app(replace(desks.normal(), observer=ObserverView()))
    async with app.run_test(size=(80, 24)):
        typed(app, "ctrl+k")
        assert desk.asked == []


def test_a_latch_found_at_start_makes_the_first_press_the_second_stage(clock):
    key = KillKey(clock)
    key.see(True)
    assert key.press() is None
    clock.pass_by(REPEATS_S)
    assert key.waited() == 2


def test_after_the_latch_was_lifted_the_first_press_is_the_first_stage_again(clock):
    key = KillKey(clock)
    assert key.press() == 1
    key.see(True)
    clock.pass_by(10)
    key.see(False)
    assert key.press() == 1
