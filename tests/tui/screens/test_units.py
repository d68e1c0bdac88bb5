"""Open units: choosing what happens to one, and nothing without a second, later key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.snapshot import OrderStory, StoryLine
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts, whole
from tui.commands.entries import entries
from tui.commands.words import Around
from tui.pane_numbers import UNITS

SPY, MSFT, QQQ = "SPY 2024-12-20/4410", "MSFT 2024-12-20/77", "QQQ 2024-12-20/9"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_unit_shows_age_rung_and_what_each_way_comes_to(open_app, size):
    app, _ = open_app(desks.open_units())
    async with app.run_test(size=size) as pilot:
        await pilot.press("h", "j")
        shown = whole(app)
        for word in ("QQQ", "MSFT", "SPY", "H7", "H5", "H3", "-15.44", "-33.44", "-312.72"):
            assert word in shown
        assert "-15.44!" in shown and "-33.44!" in shown  # old quotes are marked
        rows = [line for line in texts(app, "list") if "QQQ" in line]
        assert rows[0].count("?") == 2  # unknown, never 0
        assert "#" not in shown
        for number, words in enumerate(("leave it", "concede", "sell back", "hold"), start=1):
            assert any(f"{number} {words}" in line for line in texts(app, "chosen"))


@pytest.mark.parametrize(
    ("key", "ask"),
    [("1", Ask.LADDER), ("2", Ask.CONCEDE), ("3", Ask.UNWIND), ("4", Ask.HOLD)],
)
async def test_a_number_chooses_and_y_asks_once_it_has_been_looked_at(open_app, clock, key, ask):
    app, desk = open_app(desks.open_units())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("h", "j", key)
        assert desk.asked == []
        await pilot.press("y")
        assert desk.asked == [] and "not yet armed" in app.state.message
        clock.pass_by(0.39)
        await pilot.press("y")
        assert desk.asked == []
        clock.pass_by(0.02)
        await pilot.press("y")
        (command,) = desk.asked
        assert (command.ask, command.target, command.key) == (ask, MSFT, "y")
        assert command.args == {"stage": "H5"}
        clock.pass_by(1.0)
        await pilot.press("y", "y")
        assert len(desk.asked) == 1 and "nothing is chosen" in app.state.message


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_enter_and_space_confirm_nothing(open_app, clock, key):
    app, desk = open_app(desks.open_units())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h", "j", "3")
        clock.pass_by(5.0)
        await pilot.press(key, key, key)
        assert desk.asked == [] and app.place == "hung"
        assert key == "space" or app.state.message == "Enter confirms nothing: y does"


async def test_another_unit_and_another_rung_must_be_looked_at_anew(open_app, clock):
    app, desk = open_app(desks.open_units())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h", "j", "3")
        clock.pass_by(1.0)
        await pilot.press("j", "y")
        assert desk.asked == [] and "nothing is chosen" in app.state.message
        await pilot.press("k", "3")
        clock.pass_by(1.0)
        moved = tuple(replace(u, stage="H6") if u.key == MSFT else u for u in desk.now.units)
        desk.now = replace(desk.now, units=moved)
        app.look()
        await pilot.press("y")
        assert desk.asked == [] and "not yet armed" in app.state.message


async def test_what_cannot_be_chosen_says_why_and_asks_nothing(open_app, clock):
    app, desk = open_app(desks.open_units())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h", "G", "2")
        clock.pass_by(1.0)
        await pilot.press("y")
        assert desk.asked == []
        assert "H5 on" in app.state.message
        assert "not now" in "".join(texts(app, "chosen"))


async def test_a_choice_is_forgotten_where_the_screen_is_left(open_app, clock):
    app, desk = open_app(desks.open_units())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h", "j", "4", "escape")
        assert app.place == "main"
        await pilot.press("h", "j")
        clock.pass_by(1.0)
        await pilot.press("y")
        assert desk.asked == []


async def test_the_selection_follows_its_unit_and_gives_way_when_it_is_completed(open_app):
    app, desk = open_app(desks.open_units())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h", "j", "3")
        desk.now = replace(desk.now, units=tuple(reversed(desk.now.units)))
        app.look()
        assert app.state.selected(UNITS) == MSFT
        desk.now = replace(desk.now, units=tuple(u for u in desk.now.units if u.key != MSFT))
        app.look()
        assert app.state.selected(UNITS) in (SPY, QQQ)
        assert "1 to 4 chooses" in "".join(texts(app, "chosen"))
        desk.now = replace(desk.now, units=())
        app.look()
        assert "no open unit" in whole(app)
        await pilot.press("3", "y")
        assert desk.asked == []


async def test_no_word_about_a_unit_is_cut_at_80x24(open_app):
    app, _ = open_app(desks.open_units())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h")
        for key in ("1", "2", "3", "4"):
            for move in ("g", "j", "j"):
                await pilot.press(move, key)
                assert "…" not in "".join(texts(app, "chosen") + texts(app, "list"))


async def test_the_palette_offers_no_confirmation(open_app):
    app, _ = open_app(desks.open_units())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h")
        names = {row.label for row in entries(Around(app.view(), "hung"), app.keymap)}
        assert "Confirm" not in names and "Sell back" in names


async def test_enter_in_the_blotter_shows_every_event_of_the_order(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        chosen = app.state.selected(5)
        assert "Enter shows every event" in "".join(texts(app, "chosen"))
        await pilot.press("enter")
        (command,) = desk.asked
        assert (command.ask, command.target) == (Ask.WATCH, f"order:{chosen}")
        assert app.place == "blotter"
        story = OrderStory(
            chosen,
            (
                StoryLine(views.NOW, "intended", "recorded", "-", "2 at 1.62"),
                StoryLine(views.NOW + 0.123, "acknowledged", "working", "working", "B7"),
            ),
        )
        desk.now = replace(desk.now, story=story)
        app.look()
        shown = "\n".join(texts(app, "chosen"))
        assert "10:42:17.523 acknowledged working   working" in shown
        await pilot.press("j")
        assert "Enter shows every event" in "".join(texts(app, "chosen"))


async def test_an_order_whose_events_are_being_read_or_cannot_be_says_so(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b", "enter")
        line = StoryLine(views.NOW, "intended", "recorded", "-", "2 at 1.62")
        story = OrderStory(app.state.selected(5), (line,), 4)
        desk.now = replace(desk.now, story=story)
        app.look()
        assert "reading the journal for 4 more events" in "\n".join(texts(app, "chosen"))
        trouble = "journal.db is damaged: rows 1 to 9 were changed"
        desk.now = replace(desk.now, story=replace(story, left_out=1, trouble=trouble))
        app.look()
        shown = " ".join(" ".join(texts(app, "chosen")).split())
        assert f"1 more event cannot be shown: {trouble}" in shown


async def test_a_long_story_shows_its_end_at_80x24_and_says_what_is_above(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b", "enter")
        chosen = app.state.selected(5)
        lines = tuple(
            StoryLine(views.NOW + n, "executed", "partial", "partial", f"fill {n}")
            for n in range(20)
        )
        desk.now = replace(desk.now, story=OrderStory(chosen, lines))
        app.look()
        shown = texts(app, "chosen")
        told = [row for row in shown if "fill" in row and "partial" in row]
        assert "fill 19" in told[-1]
        assert any(f"{20 - len(told)} lines before" in row for row in shown)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_ladder_shows_the_present_rung_whatever_room_there_is(open_app, size):
    app, desk = open_app(desks.open_units())
    async with app.run_test(size=size) as pilot:
        await pilot.press("h")
        for unit in desk.now.units:
            shown = texts(app, "chosen")
            rungs = [row[1:].strip(" │").split()[0] for row in shown if row[1:].startswith("   H")]
            assert rungs, shown
            assert unit.stage in rungs or (unit.stage == "H1" and "H0" in rungs)
            await pilot.press("j")
