"""What adds risk or takes back takes a second key, a typed word or a reason."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.commands import Ask
from engine.runtime.requests.typed_words import ACCEPT_WORD
from engine.snapshot import EngineState, TraderState
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts
from tui.actions.action import Risk
from tui.actions.kill_key import REPEATS_S
from tui.actions.registry import ACTIONS, BY_ID, NEVER_BOUND
from tui.commands.entries import entries
from tui.commands.words import Around
from tui.pane_numbers import TRADERS
from tui.text.lines import text_of
from tui.viewmodel import recommendations


async def test_shelving_wants_a_reason_and_refuses_p1(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6", "z")
        assert "P1 cannot be shelved" in texts(app, "status")[0]
        await pilot.press("j", "z", *"feed", "enter")
        assert [(c.ask, c.target, c.reason) for c in desk.asked] == [(Ask.SHELVE, "A-2", "feed")]


async def test_one_key_tries_what_is_promising_after_it_has_been_seen(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "y")
        assert desk.asked == []
        clock.pass_by(0.41)
        await pilot.press("enter", "space")
        assert desk.asked == []
        await pilot.press("y")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.APPROVE, "R8")]


async def test_rubric_13_weak_evidence_is_tried_and_applied_by_typing_alone(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "j")
        clock.pass_by(2)
        await pilot.press("y", "y")
        assert desk.asked == []
        app.action_do("try-weak")
        asked = desk.asked.pop()
        assert (asked.ask, asked.target, asked.args) == (Ask.APPROVE, "R7", {})
        app.action_do("approve-weak")
        await pilot.pause()
        await pilot.press(*"yes", "enter")
        assert desk.asked == []
        app.action_do("approve-weak")
        await pilot.pause()
        await pilot.press(*"accept", "space", *"trial", "enter")
        assert desk.asked == []
        assert "type ACCEPT" in texts(app, "status")[0]
        app.action_do("approve-weak")
        await pilot.pause()
        await pilot.press(*"ACCEPT", "space", *"trial", "enter")
        asked = desk.asked[0]
        assert (asked.ask, asked.target, asked.reason) == (Ask.APPROVE, "R7", "trial")
        assert asked.args["word"] == ACCEPT_WORD


async def test_rejecting_wants_a_reason(open_app):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "j", "n", "enter")
        assert desk.asked == []
        await pilot.press("n", *"no", "enter")
        assert [(c.ask, c.target, c.reason) for c in desk.asked] == [(Ask.REJECT, "R7", "no")]


async def test_undo_says_what_it_takes_back_and_the_second_key_does_it(open_app, clock):
    base = desks.normal()
    first, second = base.recommendations
    app, desk = open_app(replace(base, recommendations=(first, replace(second, state="applied"))))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("u")
        told = "u again: takes back R8 CANCEL AAPL 20DEC24, 2.2 → 2.5 s"
        assert desk.asked == [] and told in texts(app, "status")[0]
        clock.pass_by(0.5)
        for _ in range(20):  # a key that is held down, after the first wait of a keyboard
            await pilot.press("u")
            clock.pass_by(0.03)
            app.look()
        clock.pass_by(0.5)
        app.look()
        assert desk.asked == []
        await pilot.press("j")  # another key takes the question away
        await pilot.press("u")
        clock.pass_by(6.0)
        await pilot.press("u")  # too late
        assert desk.asked == [] and told in texts(app, "status")[0]
        clock.pass_by(0.5)
        await pilot.press("u")
        assert desk.asked == []
        clock.pass_by(REPEATS_S)
        app.look()
        assert [(c.ask, c.target, c.key) for c in desk.asked] == [(Ask.UNDO, "R8", "u")]


async def test_what_an_earlier_run_had_in_force_is_taken_back_as_what_was_applied(open_app, clock):
    base = desks.normal()
    first, second = base.recommendations
    carried = replace(second, state="carried")
    app, desk = open_app(replace(base, recommendations=(first, carried)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("u")
        assert "u again: takes back R8 CANCEL" in texts(app, "status")[0]
        clock.pass_by(0.5)
        await pilot.press("u")
        clock.pass_by(REPEATS_S)
        app.look()
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.UNDO, "R8")]
        told = [text_of(line) for line in recommendations.in_full(carried, app.view(), 90)]
        assert told[-1] == "u undo restores the former value"


async def test_a_second_key_that_is_pressed_twice_is_meant(open_app, clock):
    base = desks.normal()
    first, second = base.recommendations
    app, desk = open_app(replace(base, recommendations=(first, replace(second, state="applied"))))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            await pilot.press("u")
            clock.pass_by(0.5)
        assert desk.asked == []
        await pilot.press("u")  # no beat has come meanwhile
        assert desk.asks() == [Ask.UNDO]


async def test_exploring_takes_two_keys_as_it_does_two_clicks(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "E")
        assert desk.asked == [] and "E again: " in texts(app, "status")[0]
        clock.pass_by(0.5)
        await pilot.press("E")
        clock.pass_by(REPEATS_S)
        app.look()
        assert desk.asks() == [Ask.EXPLORE]


async def test_several_traders_of_a_symbol_are_resumed_by_a_second_key(open_app, clock):
    many = desks.many(24)
    paused = tuple(replace(t, state=TraderState.PAUSED) for t in many.traders)
    app, desk = open_app(replace(many, traders=paused))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R")
        assert desk.asked == []
        assert re.search(r"R again: resumes \d+ traders of", texts(app, "status")[0])
        clock.pass_by(0.5)
        await pilot.press("R")
        clock.pass_by(REPEATS_S)
        app.look()
        assert desk.asks() == [Ask.RESUME]


async def test_a_symbol_of_which_nothing_is_paused_is_not_resumed_and_asks_for_no_second_key(
    open_app,
):
    many = desks.many(24)
    calm = tuple(replace(t, state=TraderState.RUN, gate="", gate_text="") for t in many.traders)
    app, desk = open_app(replace(many, traders=calm))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R")
        told = texts(app, "status")[0]
        assert "not paused, resuming changes nothing" in told and "again" not in told
        assert desk.asked == []


async def test_a_paused_trader_that_completes_counts_as_paused(open_app, clock):
    many = desks.many(24)
    first, *others = [
        replace(t, state=TraderState.RUN, gate="", gate_text="") for t in many.traders
    ]
    completing = replace(first, state=TraderState.HEDGING, gate="PAUSED", gate_text="paused by you")
    app, _ = open_app(replace(many, traders=(completing, *others)))
    async with app.run_test(size=(120, 40)) as pilot:
        app.state.selection(TRADERS).select(first.key)
        app.look()
        await pilot.press("R")
        told = texts(app, "status")[0]
        assert "R again: resumes" in told and ", 1 of them paused" in told


async def test_a_halt_is_lifted_from_the_palette_and_only_while_it_is_in_force(open_app, clock):
    app, desk = open_app(desks.normal(state=EngineState.HALTED))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p", *"resume all", "enter")
        assert desk.asked == []  # it opens entries: a second key is asked for, once it is armed
        await pilot.press("y")
        assert desk.asked == []
        clock.pass_by(0.5)
        await pilot.press("y")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.RESUME, "*")]
        desk.now = desks.normal(version=2)
        app.look()
        rows = {row.label: row for row in entries(Around(app.view(), "main"), app.keymap)}
        assert rows["Resume all"].refused
        assert rows["Resume all"].meant.text == "nothing is halted, and no trader is paused"


async def test_resuming_after_kill_wants_a_typed_word(open_app):
    app, desk = open_app(desks.killed())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r", "enter", "escape")
        assert Ask.RESUME_AFTER_KILL not in desk.asks()
        app.action_do("resume-after-kill")
        await pilot.pause()
        await pilot.press(*"RESUME", "enter")
        assert desk.asked[-1].ask is Ask.RESUME_AFTER_KILL
        assert desk.asked[-1].args == {"word": "RESUME"}


def test_what_reduces_risk_has_one_key_and_what_adds_it_ignores_enter_and_space():
    for action in ACTIONS:
        keys = set(action.keys.split(","))
        if action.risk is Risk.REDUCES:
            assert keys - {""}
        if action.risk is Risk.ADDS:
            assert not keys & {"enter", "space"}
        assert not keys & NEVER_BOUND
        assert not any(key.startswith("alt+") for key in keys)
    assert len(BY_ID) == len(ACTIONS)
