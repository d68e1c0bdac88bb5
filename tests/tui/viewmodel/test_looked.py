"""What an observer's screens say of looks: as of when rows are, and what has no room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.snapshot import ListPage, Look, LookedAt, LookKind, LookState, ObserverView
from tests.support.held_positions import held, with_positions
from tui.pane_numbers import PAIRS
from tui.state import ScreenState
from tui.text import formats
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel import looked, positions
from tui.viewmodel.frame import Box
from tui.viewmodel.view import View

DESK = with_positions()
NOW_S = DESK.now_s


def view_of(*looks: LookedAt, state: ScreenState | None = None) -> View:
    snapshot = replace(DESK, observer=ObserverView(looks=looks))
    return View(snapshot, state or ScreenState(pane=PAIRS), UNICODE)


def shown(at_s: float, late: bool = False) -> LookedAt:
    return LookedAt(Look(LookKind.POSITIONS), LookState.SHOWN, at_s, late)


def full(name: str) -> LookedAt:
    return LookedAt(Look(LookKind.LIST, name), LookState.FULL)


def title(view: View) -> str:
    return text_of(positions.list_pane(view, Box(120, 12, True, True))[0])


def test_the_desks_own_screen_tells_no_time_of_its_positions() -> None:
    own = View(DESK, ScreenState(pane=PAIRS), UNICODE)
    assert looked.as_of(own, LookKind.POSITIONS) == "" and "as of" not in title(own)


def test_positions_say_as_of_when_they_are() -> None:
    assert "as of" not in title(view_of(shown(NOW_S)))
    assert f"as of {formats.clock(NOW_S - 1)} " in title(view_of(shown(NOW_S - 1)))
    assert f"as of {formats.clock(NOW_S - 4)}!" in title(view_of(shown(NOW_S - 4, True)))


def test_a_list_of_many_pages_says_from_when_on_its_rows_are() -> None:
    state = ScreenState(pane=PAIRS)
    state.wholes.look_at("pairs")
    rows = tuple(held(number) for number in range(300))
    pages = [
        ListPage(
            n + 1, "pairs", "", 100 * n, 300, NOW_S - 30 + 10 * n, rows[100 * n : 100 * n + 100]
        )
        for n in range(3)
    ]
    state.wholes.take(tuple(pages))
    view = view_of(shown(NOW_S - 1), state=state)
    assert f"from {formats.clock(NOW_S - 30)} on" in title(view)
    state.wholes.take((replace(pages[0], serial=9, at_s=NOW_S),))
    assert f"from {formats.clock(NOW_S - 20)} on" in title(view)
    shorter = replace(pages[0], serial=10, at_s=NOW_S, total=100)
    state.wholes.take((shorter,))
    assert f"as of {formats.clock(NOW_S - 1)}" in title(view)


@pytest.mark.parametrize(
    ("name", "listed", "said"),
    [
        ("pairs", "pairs", looked.WITHOUT_ROOM),
        ("contracts", "pairs", ""),
        ("orders@SPY 2026-12-04/7", "orders", looked.WITHOUT_ROOM),
        ("orders@changed", "orders", looked.WITHOUT_CHANGES),
    ],
)
def test_a_list_that_has_no_room_says_so(name: str, listed: str, said: str) -> None:
    assert looked.missing(view_of(full(name)), listed) == said
    if listed == "pairs" and said:
        assert said in title(view_of(full(name)))
