"""The positions screen as a picture; every change is looked at by eye."""

from __future__ import annotations

from tests.support.held_positions import with_positions


def test_the_payoff_of_a_pair_alone_looks_as_it_did(snap_compare, open_app):
    app, _ = open_app(with_positions())
    assert snap_compare(app, terminal_size=(80, 24), press=["i", "plus"])
