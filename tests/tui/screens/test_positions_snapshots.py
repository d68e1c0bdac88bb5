"""The positions screen as a picture; every change is looked at by eye."""

from __future__ import annotations

import pytest

from tests.support.held_positions import with_positions

CASES = {
    "pairs-80x24": ((80, 24), ["i"]),
    "pairs-120x40": ((120, 40), ["i"]),
    "pairs-200x60": ((200, 60), ["i"]),
    "contracts-80x24": ((80, 24), ["i", "v", "j"]),
    "payoff-80x24": ((80, 24), ["i", "plus"]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_positions_screen_looks_as_it_did(snap_compare, open_app, name):
    size, keys = CASES[name]
    app, _ = open_app(with_positions())
    assert snap_compare(app, terminal_size=size, press=keys)
