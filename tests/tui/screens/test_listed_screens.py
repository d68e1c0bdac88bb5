"""Screens with a list and its chosen row in full: nothing of either is out of reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts

SIZES = [(80, 24), (100, 30), (120, 40), (160, 45), (200, 60)]


def with_evidence(rows: int):
    """The troubled desk, its first recommendation with many lines of evidence."""
    desk = desks.troubled()
    long = [
        replace(r, evidence=tuple(f"fact {n}." for n in range(rows))) for r in desk.recommendations
    ]
    return replace(desk, recommendations=tuple(long))


@pytest.mark.parametrize("size", SIZES)
async def test_the_blotter_tells_how_far_every_order_has_come(open_app, size):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        shown = texts(app, "list")
        assert "STATUS" in shown[1]
        assert "WORKING 0.9s" in "".join(shown)


@pytest.mark.parametrize("size", SIZES)
async def test_text_that_does_not_fit_says_so_and_tab_leads_into_it(open_app, size):
    app, desk = open_app(with_evidence(60))
    async with app.run_test(size=size) as pilot:
        await pilot.press("e")
        chosen = app.state.selected(4)
        shown = texts(app, "chosen")
        assert "Tab" in shown[-1]
        assert " of " in shown[-1]
        assert not any("REVERT" in row for row in shown)
        await pilot.press("tab", "G")
        shown = texts(app, "chosen")
        assert any("REVERT" in row for row in shown)
        assert any("try it" in row for row in shown)
        assert app.state.selected(4) == chosen
        await pilot.press("tab", "j")
        assert app.state.selected(4) != chosen
        assert "change" in texts(app, "chosen")[1], "another row begins at its top"
        assert desk.asked == []


async def test_keys_about_the_row_work_while_its_text_is_read(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("e", "tab", "G", "z")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.SNOOZE, "R8")]


@pytest.mark.parametrize(("state", "told"), [("ready", True), ("applied", False)])
async def test_only_what_waits_for_an_answer_expires(open_app, state, told):
    desk = desks.troubled()
    answered = tuple(replace(r, state=state) for r in desk.recommendations)
    app, _ = open_app(replace(desk, recommendations=answered))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        assert ("expires" in "".join(texts(app, "chosen"))) is told


async def test_the_blotter_offers_no_key_that_leads_to_itself(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        assert "b blotter" not in "".join(texts(app, "list"))


async def test_tab_leaves_the_keys_in_the_list_where_all_text_is_in_sight(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("e")
        chosen = app.state.selected(4)
        await pilot.press("tab", "j")
        assert app.state.selected(4) != chosen


async def test_help_scrolls_over_a_text_that_is_read_and_leaves_it_where_it_was(open_app):
    app, _ = open_app(with_evidence(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("e", "tab", "j", "j", "j")
        before = texts(app, "chosen")
        await pilot.press("question_mark", "G")
        assert app.place == "help"
        assert "quit" in "".join(texts(app, "body"))
        await pilot.press("escape")
        assert texts(app, "chosen") == before
        await pilot.press("escape", "j")
        assert app.state.selection(1).index == 1, "on the main screen keys move in its panes"


async def test_the_log_reaches_the_first_event_of_the_day(open_app):
    desk = desks.troubled()
    event = desk.events[0]
    many = tuple(replace(event, at_s=event.at_s - n, text=f"event {n}") for n in range(200))
    app, _ = open_app(replace(desk, events=many))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l", "tab", "G")
        assert "event 199" in "".join(texts(app, "chosen"))
