"""Real money: the account's end is typed by hand, or nothing is armed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events

from engine.commands import Ask
from tests.support import sample_snapshots as desks
from tui.actions.kill_key import ARMED_S
from tui.screens.arming import HELD_S, ArmDialog, ByHand
from tui.screens.prompt import Prompt


async def typed(pilot, clock, text: str, gap_s: float = 0.2) -> None:
    for character in text:
        clock.pass_by(gap_s)
        await pilot.press(character)
    clock.pass_by(gap_s)
    await pilot.press("enter")


async def opened(pilot, clock, key: str = "r") -> None:
    await pilot.press(key)
    await pilot.pause()
    assert isinstance(pilot.app.screen, ArmDialog)
    clock.pass_by(ARMED_S)


@pytest.mark.parametrize("key", ["r", "R"])
async def test_what_was_typed_by_hand_goes_with_the_request_to_resume(open_app, clock, key):
    app, desk = open_app(desks.unarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, clock, key)
        assert not desk.asked, "nothing is asked before"
        await typed(pilot, clock, "1902")
    (command,) = [c for c in desk.asked if c.ask is Ask.RESUME]
    assert command.args == {"word": "1902"}


async def test_a_held_key_arms_nothing(open_app, clock):
    app, desk = open_app(desks.unarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, clock)
        await typed(pilot, clock, "1111", HELD_S / 2)
        assert not [c for c in desk.asked if c.ask is Ask.RESUME]


async def test_what_is_typed_ahead_of_the_dialog_arms_nothing(open_app, clock):
    app, desk = open_app(desks.unarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("r", "1", "9", "0", "2", "enter")
        await pilot.pause()
        assert not [c for c in desk.asked if c.ask is Ask.RESUME]


async def test_a_paste_arms_nothing_and_says_so(open_app, clock):
    app, desk = open_app(desks.unarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, clock)
        line = app.screen.query_one(ByHand)
        line.post_message(events.Paste("1902"))
        await pilot.pause()
        assert line.value == ""
        assert any("not by hand" in text for text, _ in sum(app.screen.lines(), ()))
        await pilot.press("enter")
        assert not [c for c in desk.asked if c.ask is Ask.RESUME]


async def test_escape_leaves_it_unarmed(open_app, clock):
    app, desk = open_app(desks.unarmed())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, clock)
        await pilot.press("escape")
        assert not [c for c in desk.asked if c.ask is Ask.RESUME]


async def test_an_armed_desk_resumes_with_one_key(open_app, clock):
    app, desk = open_app(desks.live())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("r")
    assert [c.args for c in desk.asked if c.ask is Ask.RESUME] == [{}]


async def test_what_an_account_held_before_is_asked_about_by_itself_and_once(open_app):
    app, desk = open_app(desks.first_start())
    async with app.run_test(size=(80, 24)) as pilot:
        app.look()
        await pilot.pause()
        assert isinstance(app.screen, Prompt)
        shown = " ".join(text for text, _ in sum(app.screen.lines(), ()))
        assert "book +0, broker +2" in shown and "broker +100" in shown, shown
        await pilot.press("escape")
        app.look()
        await pilot.pause()
        assert app.place == "main", "it is not asked again by itself"
        app.action_do("accept-positions")
        await pilot.pause()
        await pilot.press(*"EXTERNAL", "enter")
    (command,) = [c for c in desk.asked if c.ask is Ask.TAKE_EXTERNAL]
    assert (command.target, command.args) == ("*", {"word": "EXTERNAL"})


async def test_a_changed_baseline_offers_two_answers(open_app):
    found = desks.paper()
    health = replace(found.health, difference="SPY 2026-12-04 585C: book +0, broker -1")
    alarm = replace(desks.troubled().alarms[0], code="BASELINE_CHANGED", state="unacked")
    app, _ = open_app(replace(found, health=health, alarms=(alarm,)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.action_do("accept-positions")
        await pilot.pause()
        shown = " ".join(text for text, _ in sum(app.screen.lines(), ()))
        assert "What is external has changed" in shown
        assert "take it as external" in shown and "leave the chain blocked" in shown
        assert "ACCEPT" not in shown
