"""Screens as pictures that `test_every_screen` has not: other desks, trials, choices; every change is looked at by eye."""

from __future__ import annotations

import pytest

from tests.support import sample_snapshots as desks
from tui.actions import questions

SIZES = [(80, 24), (120, 40)]


SCREENS = {
    "paused": (desks.paused, [], (120, 40)),
    "live": (desks.live, [], (120, 40)),
    "live-80": (desks.live, [], (80, 24)),
    "live-200": (desks.live, [], (200, 60)),
    "paper-80": (desks.paper, [], (80, 24)),
    "paper-120": (desks.paper, [], (120, 40)),
    "paper-200": (desks.paper, [], (200, 60)),
    "arming-80": (desks.unarmed, ["r"], (80, 24)),
    "arming-120": (desks.unarmed, ["r"], (120, 40)),
    "connection-80": (desks.paper, ["C"], (80, 24)),
    "connection-120": (desks.unarmed, ["C"], (120, 40)),
    "connection-200": (desks.paper, ["C"], (200, 60)),
    "splash": (desks.warming, [], (120, 40)),
    "too-small": (desks.troubled, [], (60, 20)),
    "review": (desks.normal, ["e", "j"], (120, 40)),
    "trial-80": (desks.trying, ["e"], (80, 24)),
    "trial-120": (desks.trying, ["e"], (120, 40)),
    "trial-200": (desks.trying, ["e"], (200, 60)),
    "trial-ended": (desks.trying, ["e", "j", "j"], (120, 40)),
    "trial-main": (desks.trying, [], (80, 24)),
    "open-units": (desks.open_units, ["h", "j", "3"], (80, 24)),
    "open-units-120": (desks.open_units, ["h", "j", "j", "2"], (120, 40)),
    "quit-dialog": (desks.live, ["q"], (80, 24)),
}


@pytest.mark.parametrize("name", SCREENS)
def test_other_screens_look_as_they_did(snap_compare, open_app, name):
    make, keys, size = SCREENS[name]
    app, _ = open_app(make())
    assert snap_compare(app, terminal_size=size, press=keys)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_an_account_held_before_is_asked_about_as_it_was(snap_compare, open_app, size):
    app, _ = open_app(desks.baseline())

    async def ask(pilot):
        questions.accept_positions(app)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=ask)
