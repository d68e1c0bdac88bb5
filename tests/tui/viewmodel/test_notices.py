"""Notices that no key answers: in full below the recommendations, or said to be elsewhere."""

from __future__ import annotations

from dataclasses import replace

from engine.report.status import status_json
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.cli.stored_runs import _status_lines
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of, width_of
from tui.viewmodel import detail
from tui.viewmodel.frame import Box
from tui.viewmodel.panes import recommendations_pane
from tui.viewmodel.view import View

NOTICE = (
    "15 traders: buying at 0.35 of the market: 0 of 28,773 attempts filled; the quotes reached "
    "0.72 in at least half of 28,770 unfilled (below 0.02% with 95 % confidence)"
)


def pane(height: int, width: int = 60, notices: tuple[str, ...] = (NOTICE,)) -> list[str]:
    view = View(replace(desks.normal(), notices=notices), ScreenState(), UNICODE)
    lines = recommendations_pane(view, Box(width, height, boxed=True, focused=True))
    assert all(width_of(line) == width for line in lines)
    assert len(lines) == height
    return [text_of(line) for line in lines]


def words(lines: list[str]) -> str:
    return " ".join(" ".join(line.strip("│┃").split()) for line in lines[1:-1])


def test_a_notice_stands_in_full_below_the_recommendations() -> None:
    shown = pane(20)
    told = [n for n, line in enumerate(shown) if "NOTICE" in line]
    assert told
    assert words([*shown[told[0] - 1 :]]) == f"NOTICE {NOTICE}"
    assert any("R" in line for line in shown[1 : told[0]])


def test_without_notices_nothing_is_kept_free_for_them() -> None:
    assert "NOTICE" not in words(pane(20, notices=()))


def test_where_there_is_no_room_it_is_said_that_the_report_has_all_of_it() -> None:
    shown = words(pane(9, notices=(NOTICE, NOTICE)))
    assert "NOTICE" in shown
    assert shown.endswith("all of it in the report")


def test_status_and_the_detail_of_a_trader_tell_it_too() -> None:
    snapshot = replace(desks.normal(), notices=(NOTICE,))
    status = status_json(snapshot, 1.0)
    assert status["notices"] == [NOTICE]
    assert f"notice       {NOTICE}" in list(_status_lines(status))
    trader = views.trader("SPY", k=20, n=80)
    told = replace(views.detail_of(trader), afterwards=(NOTICE,))
    view = View(snapshot, ScreenState(), UNICODE)
    shown = " ".join(
        " ".join(text_of(line).split()) for line in detail.lines(trader, told, view, 70)
    )
    assert f"AFTERWARDS at quotes that came anyway {NOTICE}" in shown
