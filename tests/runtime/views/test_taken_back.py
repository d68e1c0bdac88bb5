"""An order of which the broker took executions back is not told as filled, and is found so."""

from __future__ import annotations

import pytest

from engine.runtime.views.rows import order_view
from engine.state.desk import DeskState
from tests.support.hand_written_runs import Story
from tui.viewmodel import orders


@pytest.mark.parametrize(
    ("taken", "status", "shown"),
    [(0, "filled", "FILLED 2/2 @2.00"), (1, "taken back", "TAKEN BACK 1/2"), (2, "taken back", "TAKEN BACK 0/2")],
)  # fmt: skip
def test_what_was_filled_and_taken_back_says_so(taken, status, shown):
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    name = story.order(key, "D", 2, 200)
    story.works(key, name)
    story.fill(key, name, 2, 200)
    story.end(key, name, "filled")
    if taken:
        story.fill(key, name, -taken, 200, late=True)
    state = DeskState()
    for event in story.events:
        state.apply(event)
    view = order_view(state.orders.known[name])
    assert view.status == status
    text, _ = orders.status(view, story.at_ms / 1000)
    assert text.startswith(shown)
    if taken:
        words = f"taken back {name}".upper().split()
        assert all(word in orders.LIST.text(view).upper() for word in words)
