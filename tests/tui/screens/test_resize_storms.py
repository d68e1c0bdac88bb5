"""Hundreds of sizes in quick succession, on every screen and dialog: nothing is lost by any."""

from __future__ import annotations

import random

import pytest
from textual import events
from textual.geometry import Size

from tests.support.screen_pictures import picture_of
from tests.tui.screens.test_every_screen import SCREENS, alarm
from tui.app import DeskApp

PLACES = {**SCREENS, "palette": ("ctrl+p",), "command": ("colon", "p"), "tour": ("N", "N")}

NARROW = ((1, 1), (20, 5), (1, 60), (200, 1), (79, 23), (2, 2))
"""Sizes for which nothing was made."""

HALF_WAY = 4
"""Sizes of a storm after which the screen has the time to draw one."""

MOST_LAYOUTS = 12
"""More than a dialog needs for one size."""


def storm(app: DeskApp, size: tuple[int, int]) -> None:
    """Another size, as the terminal's driver tells of it: nobody waits until it is drawn."""
    driver = app._driver
    assert driver is not None
    driver._size = size
    app.post_message(events.Resize(Size(*size), Size(*size)))


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_a_storm_of_sizes_every_screen_is_as_it_was_before(open_app, seed):
    source = random.Random(seed)
    app, desk = open_app(alarm())
    async with app.run_test(size=(120, 40)) as pilot:
        for name, keys in list(PLACES.items())[seed % 2 :: 2]:
            await pilot.press("j", *keys)
            before, chosen = picture_of(app), app.state.selected(app.state.pane)
            sizes = [(source.randint(1, 130), source.randint(1, 45)) for _ in range(8)]
            for number, size in enumerate([*sizes, *source.sample(NARROW, 3), (120, 40)]):
                storm(app, size)
                if number % HALF_WAY == 0:
                    await pilot.pause()
            await pilot.pause()
            assert app.is_running, name
            assert app.state.selected(app.state.pane) == chosen, name
            assert picture_of(app) == before, name
            for _ in range(3):
                await pilot.press("escape")
            assert app.place == "main" and app.state.tour is None, name
    assert not {each.ask.value for each in desk.asked} - {"watch"}


@pytest.mark.parametrize("size", [(5, 21), (6, 21), (20, 5)])
async def test_a_dialog_in_a_tiny_window_is_laid_out_and_then_rests(open_app, monkeypatch, size):
    app, _ = open_app(alarm())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("q")
        dialog, laid_out = app.screen, 0
        lay_out = dialog._refresh_layout

        def counted(*arguments, **options):
            nonlocal laid_out
            laid_out += 1
            if laid_out < MOST_LAYOUTS:  # a dialog that never rests would never end this test
                lay_out(*arguments, **options)

        monkeypatch.setattr(dialog, "_refresh_layout", counted)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert 0 < laid_out < MOST_LAYOUTS
