"""The main screen as a picture: three sizes, four states; every change is looked at by eye."""

from __future__ import annotations

import pytest

from tests.support import sample_snapshots as desks
from tui.actions import questions

SIZES = [(80, 24), (120, 40), (200, 60)]
STATES = {
    "normal": (desks.normal, {}),
    "paused": (desks.paused, {}),
    "alarm": (desks.troubled, {}),
    "no-colour": (desks.troubled, {"NO_COLOR": "1"}),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
def test_the_main_screen_looks_as_it_did(snap_compare, open_app, monkeypatch, state, size):
    make, environment = STATES[state]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app, _ = open_app(make(), environment=environment)
    assert snap_compare(app, terminal_size=size)


SCREENS = {
    "kill-banner": (desks.killed, [], (80, 24)),
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
    "connection-simulated": (desks.normal, ["C"], (80, 24)),
    "splash": (desks.warming, [], (120, 40)),
    "too-small": (desks.troubled, [], (60, 20)),
    "review": (desks.normal, ["e", "j"], (120, 40)),
    "trial-80": (desks.trying, ["e"], (80, 24)),
    "trial-120": (desks.trying, ["e"], (120, 40)),
    "trial-200": (desks.trying, ["e"], (200, 60)),
    "trial-ended": (desks.trying, ["e", "j", "j"], (120, 40)),
    "trial-main": (desks.trying, [], (80, 24)),
    "detail": (desks.troubled, ["enter"], (120, 40)),
    "detail-80": (desks.troubled, ["enter"], (80, 24)),
    "detail-200": (desks.troubled, ["enter"], (200, 60)),
    "open-units": (desks.open_units, ["h", "j", "3"], (80, 24)),
    "open-units-120": (desks.open_units, ["h", "j", "j", "2"], (120, 40)),
    "open-units-200": (desks.open_units, ["h"], (200, 60)),
    "no-open-unit": (desks.normal, ["h"], (80, 24)),
    "help": (desks.normal, ["question_mark"], (80, 24)),
    "report": (desks.troubled, ["t"], (80, 24)),
    "report-200": (desks.normal, ["t"], (200, 60)),
    "quit-dialog": (desks.live, ["q"], (80, 24)),
}


@pytest.mark.parametrize("name", SCREENS)
def test_other_screens_look_as_they_did(snap_compare, open_app, name):
    make, keys, size = SCREENS[name]
    app, _ = open_app(make())
    assert snap_compare(app, terminal_size=size, press=keys)


def test_the_main_screen_in_ascii_looks_as_it_did(snap_compare, open_app):
    app, _ = open_app(desks.troubled(), ascii_only=True)
    assert snap_compare(app, terminal_size=(120, 40))


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_an_account_held_before_is_asked_about_as_it_was(snap_compare, open_app, size):
    app, _ = open_app(desks.baseline())

    async def ask(pilot):
        questions.accept_positions(app)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=ask)
