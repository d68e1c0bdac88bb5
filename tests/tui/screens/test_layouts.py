"""Panes are arranged by layouts and moved borders: they cover the screen, and nothing is lost."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import sample_snapshots as desks
from tests.support.sample_days import over_its_day
from tests.support.screen_text import texts
from tui.arrangement import Arrangement, read
from tui.layout import LAYOUTS, plan
from tui.splits import LEAST_BARE_ROWS, LEAST_COLUMNS, LEAST_ROWS

NAMES = ("orders", "alarms", "events", "balances", "phase", "recommendations", "session")
shifts = st.dictionaries(st.sampled_from(NAMES), st.integers(-90, 90), max_size=5)


@settings(max_examples=50)
@given(
    st.sampled_from([80, 100, 119, 120, 160, 200, 250]),
    st.integers(24, 90),
    st.integers(0, 9),
    st.sampled_from(sorted(LAYOUTS)),
    shifts,
)
def test_in_every_layout_panes_cover_the_screen_and_are_never_too_small(
    width, height, alarms, layout, moved
):
    made = plan(width, height, 2, alarms=alarms, layout=layout, shifts=moved)
    taken: set[tuple[int, int]] = set()
    for name, place in made.places.items():
        cells = {
            (x, y)
            for x in range(place.x, place.x + place.width)
            for y in range(place.y, place.y + place.height)
        }
        assert not cells & taken
        taken |= cells
        if name not in ("header", "banner", "status", "footer"):
            assert place.width >= LEAST_COLUMNS
            assert place.height >= (LEAST_ROWS if made.boxed else LEAST_BARE_ROWS)
    assert len(taken) == width * height
    for border in made.borders:
        assert border.least <= border.shift <= border.most
        assert border.before and border.after and not border.before & border.after


@given(st.sampled_from(sorted(LAYOUTS)), shifts, st.integers(1, 3))
def test_an_arrangement_is_read_as_it_was_written(tmp_path_factory, layout, moved, columns):
    chosen = Arrangement(layout)
    for name, by in moved.items():
        chosen.move(columns, name, by)
    path = tmp_path_factory.mktemp("layout") / "layout.json"
    path.write_text(chosen.text())
    again, problem = read(path)
    assert not problem and again.text() == chosen.text()
    moved = Arrangement(layout=chosen.layout)
    moved.move_back(chosen.moved)
    assert json.loads(moved.text()) == json.loads(chosen.text())
    chosen.put_back(columns)
    assert not chosen.of(columns)


@pytest.mark.parametrize(
    "text",
    ["[", "3", '{"layout": 3}', '{"layout": []}', '{"moved": {"balanced 9": {}}}', '{"x": 1}',
     '{"moved": {"balanced 2": {"phase": 1.5}}}', '{"moved": {"balanced 2": {"phase": true}}}',
     '{"moved": {"balanced 2": 4}}', '{"moved": []}', "[" * 5_000, '{"layout": "\\u001b]52;"}'],
)  # fmt: skip
def test_a_bad_file_is_told_and_the_panes_are_as_at_the_first_start(tmp_path: Path, text):
    path = tmp_path / "layout.json"
    path.write_text(text)
    arrangement, problem = read(path)
    assert arrangement == Arrangement()
    assert problem.startswith(f"{path} is damaged: ") and problem.isprintable()
    assert json.loads(arrangement.text()) == {}


async def test_at_120x40_a_layout_gives_the_session_s_course_room(open_app):
    app, _ = open_app(over_its_day())
    async with app.run_test(size=(120, 40)) as pilot:
        low = len(texts(app, "phase"))
        await pilot.press("L")
        assert app.state.arrangement.layout == "traders"
        assert len(texts(app, "phase")) == 18 > low
        assert [row[2:10].strip() for row in texts(app, "phase")[4:8]] == [
            "floor", "fills", "unhedged", "day loss"
        ]  # fmt: skip
        assert "layout traders: TRADERS tall" in texts(app, "status")[0]
        await pilot.press("L", "L", "L")
        assert len(texts(app, "phase")) == low


async def test_keys_move_the_borders_of_the_pane_they_are_in(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:

        def size(name: str) -> tuple[int, int]:
            place = app.screen._placed.plan.places[name]
            return place.width, place.height

        width, height = size("traders")
        await pilot.press("ctrl+right", "ctrl+down", "ctrl+down")
        assert size("traders") == (width + 2, height + 2)
        await pilot.press("3", "ctrl+down")  # the last one above a border grows upward
        assert size("traders") == (width + 2, height + 1)
        await pilot.press("4", "ctrl+left")
        assert size("recommendations")[0] == 120 - width - 4
        await pilot.press("5", "ctrl+right")
        assert "cannot be made wider or narrower here" in texts(app, "status")[0]
        await pilot.press("colon", *"put back", "enter")
        assert size("traders") == (width, height)
        assert desk.asked == []


async def test_a_storm_of_sizes_layouts_and_borders_keeps_what_is_selected(open_app):
    app, desk = open_app(desks.troubled())
    source = random.Random(7)
    keys = ["L", "L", "ctrl+right", "ctrl+left", "ctrl+up", "ctrl+down", "plus", "underscore"]
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("5", "j", "3", "j", "j", "1", "j", "j", "j")
        chosen = {pane: app.state.selected(pane) for pane in (1, 3)}
        for _ in range(14):
            size = source.choice([(80, 24), (120, 40), (200, 60), (20, 5), (100, 50), (1, 1)])
            await pilot.resize_terminal(*size)
            await pilot.press(*source.choices(keys, k=2), source.choice("1345"))
            if size[0] >= 80:
                for name, place in app.screen._placed.plan.places.items():
                    for line in texts(app, name):
                        assert len(line) == place.width, (name, size)
        assert {pane: app.state.selected(pane) for pane in (1, 3)} == chosen
        assert desk.asked == []
