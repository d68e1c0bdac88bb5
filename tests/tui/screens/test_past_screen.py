"""The past of a run on the screens: marked, read-only, its time at the operator's hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from engine.commands import Ask
from engine.runs.past.desk import PastDesk, open_past
from engine.snapshot import EngineSnapshot, EngineState
from tests.support import sample_snapshots as desks
from tests.support.past_runs import busy_story, written
from tests.support.screen_text import texts
from tests.support.screen_text import whole as drawn
from tui.actions.action import Risk
from tui.actions.allowed import READ_ONLY, working
from tui.actions.registry import ACTIONS
from tui.bridge import Bridge

PLACES = {"main": [], "detail": ["enter"], "review": ["e"], "hung": ["h"], "blotter": ["b"], "log": ["l"],
          "report": ["t"], "day": ["D"], "config": ["c"], "positions": ["i"], "help": ["question_mark"]}  # fmt: skip
SHOWN = {
    "80x24": ((80, 24), []),
    "120x40": ((120, 40), []),
    "200x60": ((200, 60), []),
    "day-120x40": ((120, 40), ["D"]),
    "detail-120x40": ((120, 40), ["enter"]),
    "units-80x24": ((80, 24), ["h"]),
}


def past(found: EngineSnapshot | None = None, mode: str = "SIM") -> EngineSnapshot:
    return replace(found or desks.troubled(), past="run-7", can_pace=True, mode=mode)


@pytest.fixture
def past_desk(tmp_path) -> PastDesk:
    places = written(tmp_path / "run-7", busy_story().events)
    desk = open_past(places, at=time(9, 50, 20))
    desk.beat(0.0)
    return desk


@pytest.mark.parametrize("name", SHOWN)
def test_a_past_looks_as_it_did(snap_compare, open_app, clock, past_desk, name):
    size, keys = SHOWN[name]
    app, _ = open_app(past_desk.snapshot())
    app.bridge = Bridge(past_desk, clock)
    asked = past_desk.submit

    def answered(command):
        ticket = asked(command)
        past_desk.beat(0.0)
        return ticket

    past_desk.submit = answered  # its thread is the test's
    assert snap_compare(app, terminal_size=size, press=[*keys])


async def test_every_screen_says_that_it_is_the_past_and_read_only(open_app):
    app, _ = open_app(past())
    async with app.run_test(size=(80, 24)) as pilot:
        for place, keys in PLACES.items():
            await pilot.press(*keys)
            assert app.place == place
            text = drawn(app)
            assert text.startswith(" SIM PAST  ") and "read-only" in text, place
            assert "KILL" not in text, place
            if keys:
                await pilot.press("escape")


@pytest.mark.parametrize("state", [EngineState.RUN, EngineState.KILLED, EngineState.ENDED])
async def test_no_key_asks_for_anything_and_each_says_why(open_app, state):
    app, desk = open_app(replace(past(), state=state))
    view = app.view()
    acts = [a for a in ACTIONS if a.risk is not Risk.NONE or a.group in ("Trade", "Answer")]
    for place, keys in PLACES.items():
        here = working(view, place)
        assert not {a.id for a in acts} & {a.id for a in here}, place
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(*keys)
            for action in acts:
                if place not in action.places or not action.keys:
                    continue
                await pilot.press(action.keys.split(",")[0])
                assert READ_ONLY in texts(app, "status")[0], (place, action.id)
        break  # an app runs once; the other places are told by `working`
    assert [ask for ask in desk.asks() if ask is not Ask.WATCH] == []


async def test_kill_in_a_text_field_is_refused_too(open_app):
    app, desk = open_app(past())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("at", "ctrl+k")
        assert Ask.KILL not in desk.asks() and app.state.message == READ_ONLY


async def test_keys_of_time_go_to_moments(open_app):
    app, desk = open_app(past())
    keys = ["backspace", "left_square_bracket", "right_square_bracket", "left_curly_bracket"]
    keys += [
        "right_curly_bracket",
        "at",
        *"10:42",
        "enter",
        "full_stop",
        "comma",
        "greater_than_sign",
    ]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
    went = [c.target for c in desk.asked if c.ask is Ask.GO]
    assert went == ["back", "last alarm", "next alarm", "last fill", "next fill", "10:42"]
    assert [a for a in desk.asks() if a is not Ask.GO] == [Ask.STEP, Ask.PAUSE_TIME, Ask.SET_SPEED]


async def test_a_past_is_left_at_once_whatever_its_mode(open_app):
    app, desk = open_app(past(mode="LIVE"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert drawn(app).startswith(" LIVE PAST ")
        await pilot.press("q")
        assert app.bridge.wait(60)
    assert desk.stops == [False]


async def test_a_desk_that_trades_has_no_keys_of_a_past(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("backspace", "left_square_bracket", "at")
        assert app.place == "main"
    assert desk.asked == []
