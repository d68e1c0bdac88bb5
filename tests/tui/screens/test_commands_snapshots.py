"""Pictures of the palette, of the line after `:`, and of the layouts."""

from __future__ import annotations

import pytest

from tests.support import sample_snapshots as desks
from tests.support.sample_days import over_its_day

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}


@pytest.mark.parametrize("size", SIZES)
def test_the_palette_looks_as_it_did(snap_compare, open_app, size):
    app, _ = open_app(desks.troubled())
    assert snap_compare(app, terminal_size=SIZES[size], press=["ctrl+p", "down", "down", "down"])


@pytest.mark.parametrize("size", SIZES)
def test_the_line_looks_as_it_did(snap_compare, open_app, size):
    app, _ = open_app(desks.troubled())
    assert snap_compare(app, terminal_size=SIZES[size], press=["colon", *"pause s", "tab", "tab"])


@pytest.mark.parametrize(
    ("layout", "size"),
    [("traders", "120x40"), ("orders", "80x24"), ("orders", "120x40"), ("learning", "120x40"),
     ("learning", "200x60")],
)  # fmt: skip
def test_a_layout_looks_as_it_did(snap_compare, open_app, layout, size):
    app, _ = open_app(over_its_day())
    app.state.arrangement.use(layout)
    assert snap_compare(app, terminal_size=SIZES[size])
