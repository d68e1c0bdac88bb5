"""The tour, and a desk with nothing to show, as pictures; every change is looked at by eye."""

from __future__ import annotations

import pytest

from tests.support import sample_snapshots as desks
from tests.tui.viewmodel.test_nothing import STATES
from tui.viewmodel.tour import OFFERED


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_a_step_of_the_tour_looks_as_it_did(snap_compare, open_app, size):
    app, _ = open_app(desks.troubled())
    assert snap_compare(app, terminal_size=size, press=["N", "N"])


def test_the_offer_of_a_tour_looks_as_it_did(snap_compare, open_app):
    app, _ = open_app(desks.normal())
    app.state.tour_at(OFFERED)
    assert snap_compare(app, terminal_size=(80, 24))


@pytest.mark.parametrize(
    ("state", "size"),
    [("closed market", (120, 40)), ("disconnected", (80, 24)), ("empty", (200, 60))],
    ids=["closed", "disconnected", "empty"],
)
def test_a_desk_with_nothing_to_show_looks_as_it_did(snap_compare, open_app, state, size):
    app, _ = open_app(STATES[state][0]())
    assert snap_compare(app, terminal_size=size)
