"""What the terminal shows by itself of an account: its checklist, at the first start or at a fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support import sample_snapshots as desks
from tests.support.sample_views import connection
from tui.actions.by_itself import UNKNOWN_S


def desk_with(**changes: Any) -> Any:
    return replace(desks.paper(), connection=connection(**changes))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"first_start": True}, "connection"),
        ({}, "main"),
        ({"level": 2}, "connection"),
        ({"orders_up": False, "troubles": ("KEYS_REFUSED they are",)}, "connection"),
        ({"first_start": True, "power_s": None}, "main"),
    ],
)
async def test_it_opens_at_a_first_start_or_where_a_point_fails_once_things_are_known(
    open_app, changes, place
):
    app, _ = open_app(desk_with(**changes))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.look()
        await pilot.pause()
        assert app.place == place
        if place == "connection":
            await pilot.press("escape")
            app.look()
            await pilot.pause()
            assert app.place == "main", "it opens once"


async def test_what_nobody_tells_is_shown_as_unknown_after_a_while(open_app, clock):
    app, _ = open_app(desk_with(first_start=True, orders_up=None, power_s=None))
    async with app.run_test(size=(80, 24)) as pilot:
        app.look()
        assert app.place == "main"
        clock.pass_by(UNKNOWN_S)
        app.look()
        await pilot.pause()
        assert app.place == "connection"


async def test_a_person_who_is_elsewhere_by_then_is_left_there(open_app, clock):
    app, _ = open_app(desk_with(first_start=True, power_s=None))
    async with app.run_test(size=(80, 24)) as pilot:
        app.look()
        await pilot.press("l")
        clock.pass_by(UNKNOWN_S)
        app.look()
        await pilot.pause()
        assert app.place == "log"


async def test_a_baseline_is_asked_about_over_the_checklist(open_app):
    app, _ = open_app(desk_with(first_start=True, baseline="SPY 620C +2"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.look()
        await pilot.pause()
        assert app.place == "" and app._front().place == "connection"
