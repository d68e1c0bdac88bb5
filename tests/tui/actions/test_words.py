"""What keys and words on the screen promise is what they do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.risk.gates import Gate
from engine.snapshot import EngineState, TraderState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts
from tui.actions.allowed import working
from tui.actions.kill_key import REPEATS_S
from tui.viewmodel.recommendations import effect, verdict
from tui.viewmodel.trader_words import GATE_WORDS


def test_every_gate_has_a_word_that_is_not_cut() -> None:
    for gate in Gate:
        word = GATE_WORDS.get(gate.value) or gate.value.partition("_")[0].lower()
        assert 0 < len(word) <= 6, gate
    assert set(GATE_WORDS) <= {gate.value for gate in Gate}


async def test_a_halted_row_says_halted(open_app):
    row = views.trader("SPY", state=TraderState.BLOCKED, gate="HALTED", next_s=None)
    app, _ = open_app(desks.normal(traders=(row,), state=EngineState.HALTED))
    async with app.run_test(size=(80, 24)):
        assert " halted " in texts(app, "traders")[2]


async def test_put_aside_acts_only_on_what_was_selected(open_app):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("z")
        assert desk.asked == []
        assert "select a recommendation" in texts(app, "status")[0]
        await pilot.press("4", "z")
        assert [c.ask for c in desk.asked] == [Ask.SNOOZE]


def test_an_interval_just_above_zero_is_not_shown_as_one_that_contains_it() -> None:
    first = desks.normal().recommendations[0]
    shown = effect(replace(first, effect=0.25, effect_low=0.0041, effect_high=0.56))
    assert "[+0.004,+0.56]" in shown
    assert "[+0.00,+0.56]" in effect(replace(first, effect=0.25, effect_low=0.0, effect_high=0.56))


def test_what_z_puts_aside_is_called_put_aside() -> None:
    aside = replace(desks.normal().recommendations[0], state="snoozed")
    assert verdict(aside, 0.0)[0] == "PUT ASIDE"


@pytest.mark.parametrize("state", ["snoozed", "rejected"])
async def test_undo_on_one_put_aside_or_rejected_takes_that_back(open_app, clock, state):
    base = desks.normal()
    first, second = base.recommendations
    both = (replace(first, state=state), replace(second, state="applied"))
    app, desk = open_app(replace(base, recommendations=both))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        app.state.selection(4).select(first.id)
        app.look()
        await pilot.press("u")
        assert f"u again: has {first.id} " in texts(app, "status")[0]
        assert "wait for an answer again" in texts(app, "status")[0]
        clock.pass_by(0.5)
        await pilot.press("u")
        clock.pass_by(REPEATS_S)
        app.look()
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.UNDO, first.id)]


async def test_nobody_is_asked_to_type_an_approval_that_is_refused(open_app):
    base = desks.normal()
    put_aside = tuple(replace(r, state="snoozed") for r in base.recommendations)
    app, _ = open_app(replace(base, recommendations=put_aside))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        app.action_do("approve-weak")
        await pilot.pause()
        assert not app.screen.is_modal
        assert "nothing to approve here" in texts(app, "status")[0]


def test_resume_all_is_there_when_every_trader_is_paused_and_no_kill_is_latched(open_app) -> None:
    rows = tuple(replace(t, state=TraderState.PAUSED) for t in views.calm_traders())
    app, _ = open_app(desks.normal(traders=rows))
    assert "resume-all" in {a.id for a in working(app.view(), "main")}
    app, _ = open_app(desks.killed())
    assert "resume-all" not in {a.id for a in working(app.view(), "main")}
