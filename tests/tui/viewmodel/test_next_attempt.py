"""When a trader acts next is sorted by and exported as it is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.snapshot import TraderState
from tests.support import sample_snapshots as desks
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.viewmodel.trader_columns import COLUMNS
from tui.viewmodel.trader_words import coming
from tui.viewmodel.view import View


@pytest.mark.parametrize("state", list(TraderState))
def test_a_trader_whose_next_attempt_is_not_shown_has_none_in_files_and_sorts_last(state):
    snapshot = desks.normal()
    view = View(snapshot, ScreenState(), UNICODE)
    row = replace(snapshot.traders[0], state=state, hung_s=None, next_s=view.now_s + 12.0)
    (column,) = (each for each in COLUMNS if each.title == "NEXT")
    shown = "12" in coming(row, view)
    assert column.value is not None and column.sort is not None
    assert (column.value(row) is not None) == shown
    unknown = column.sort(replace(row, state=TraderState.RUN, next_s=None))
    assert (column.sort(row) == unknown) == (not shown)
