"""The keys of every list: filter, find, sort and columns."""

from __future__ import annotations

import pytest

from engine.commands import Ask
from tests.support.every_list import BODIES, BY_NAME, WAYS, everything, shown_keys
from tests.support.screen_text import texts
from tui.actions.registry import ACTIONS
from tui.lists.declared import arranged
from tui.pane_numbers import LIST_NAMES, TRADERS
from tui.screens.prompt import Prompt


@pytest.mark.parametrize("name", WAYS)
async def test_every_list_is_filtered_searched_and_sorted_and_its_title_says_so(open_app, name):
    app, desk = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*WAYS[name])
        declared, place, before = BY_NAME[name], app.place, shown_keys(app, name)
        rows = arranged(declared, app.view()).rows
        word = declared.text(rows[-1]).split()[0].lower()[:3]
        has = [declared.key(row) for row in rows if word in declared.text(row).lower()]

        await pilot.press("slash", *word)
        assert app.screen.is_modal
        await pilot.press("enter")
        title = texts(app, BODIES[name])[0]
        assert set(has) <= set(shown_keys(app, name))
        hidden = len(before) - len(shown_keys(app, name))
        assert f"filter:{word}" in title
        assert not hidden or f"{len(before) - hidden} of {len(before)}" in title
        await pilot.press("escape")
        assert (app.place, shown_keys(app, name)) == (place, before)

        await pilot.press("F", *word, "enter")
        assert shown_keys(app, name) == before  # a search hides nothing
        assert f"find:{word}" in texts(app, BODIES[name])[0]
        at = has.index(app.state.selected(declared.pane))
        await pilot.press("right_parenthesis")
        assert app.state.selected(declared.pane) == has[(at + 1) % len(has)]
        await pilot.press("left_parenthesis")
        assert app.state.selected(declared.pane) == has[at]
        await pilot.press("escape")
        assert "find:" not in texts(app, BODIES[name])[0]

        await pilot.press("s")
        assert declared.choices(app.view()).sort == declared.sorts[0]
        assert f"sort:{declared.sorts[0]}" in texts(app, BODIES[name])[0] or name == "traders"
        assert {command.ask for command in desk.asked} <= {Ask.WATCH}


async def test_a_search_that_is_left_goes_back_to_where_the_cursor_was(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "F", *"tsla")
        assert app.state.selected(1).startswith("TSLA")
        await pilot.press("escape")
        assert app.state.selection(1).index == 1
        await pilot.press("right_parenthesis")
        assert "nothing is searched for" in texts(app, "status")[0]
        await pilot.press("F", *"nowhere", "enter")
        assert "no row has nowhere" in texts(app, "status")[0]


@pytest.mark.parametrize("name", ["pairs"])
async def test_columns_are_hidden_moved_and_put_back(open_app, name):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*WAYS[name], "V")
        choices = BY_NAME[name].choices(app.view())
        usual = [c.called for c in BY_NAME[name].columns if c.priority != -1]
        await pilot.press("space")
        assert usual[0] not in choices.columns
        await pilot.press("escape")
        assert not choices.columns
        await pilot.press("V", "J", "enter")
        assert choices.columns[:2] == (usual[1], usual[0])
        await pilot.press("V", "d", "enter")
        assert not choices.columns
        assert not app.screen.is_modal


async def test_the_last_column_cannot_be_hidden_and_a_chosen_one_is_drawn(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        choices = BY_NAME["orders"].choices(app.view())
        choices.show_columns(("cycle",))
        await pilot.press("b", "V", "space", "enter")
        assert choices.columns == ("cycle",)
        assert texts(app, "list")[1].strip("│ ").split() == ["CYCLE"]


async def test_lists_of_sentences_say_that_they_have_no_columns(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "V")
        assert "have no columns to choose" in texts(app, "status")[0]


async def test_a_sorted_list_of_events_is_not_called_newest_first(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l", "v")
        assert "newest first" in texts(app, "list")[0]
        await pilot.press("s")
        assert "sort:time" in texts(app, "list")[0] and "newest" not in texts(app, "list")[0]


@pytest.mark.parametrize("name", WAYS)
async def test_a_filter_that_hides_the_chosen_row_leads_to_the_first_one_it_leaves(open_app, name):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*WAYS[name], "G")
        declared, rows = BY_NAME[name], shown_keys(app, name)
        chosen = app.state.selected(declared.pane)
        text = {
            declared.key(r): declared.text(r).lower() for r in arranged(declared, app.view()).rows
        }
        words = [w for key in rows if key in text for w in text[key].split() if w.isalnum()]
        word = next(w for w in words if w not in text.get(chosen, w))
        await pilot.press("slash", *word, "enter")
        assert chosen not in shown_keys(app, name)
        assert app.state.selected(declared.pane) == shown_keys(app, name)[0]


def test_the_keys_of_the_lists_have_one_meaning_on_every_screen():
    keys = {"slash", "F", "right_parenthesis", "left_parenthesis", "s", "S", "V", "Y"}
    for key in keys:
        assert len({a.id for a in ACTIONS if key in a.keys.split(",")}) == 1, key


async def test_n_goes_on_searching_where_a_search_is_on_and_elsewhere_does_what_it_did(open_app):
    """As in less, vim and k9s; in the review n rejects, and without a search N begins the tour."""
    app, desk = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("N")
        assert app.state.tour, "nothing is searched for"
        await pilot.press("F", *"spy", "enter")
        step, at = app.state.tour, app.state.selected(TRADERS)
        await pilot.press("N")
        assert app.state.tour != step, "a tour that is in front goes on"
        await pilot.press("escape")
        assert app.state.tour is None
        await pilot.press("n")
        assert app.state.selected(TRADERS) != at
        await pilot.press("N")
        assert (app.state.selected(TRADERS), app.state.tour) == (at, None)
        await pilot.press("question_mark")
        rows = [row for row in texts(app, "body") if "row found" in row.lower()]
        assert [row.split()[1:3] for row in rows] == [[")", "n"], ["(", "N"]]
        await pilot.press("escape", "e", "F", *"size", "enter")
        asked = len(desk.asked)
        await pilot.press("n")
        assert isinstance(app.screen, Prompt) and len(desk.asked) == asked


def test_the_names_of_the_lists_are_those_that_they_have():
    assert {each.pane: each.name for each in BY_NAME.values()} == LIST_NAMES
