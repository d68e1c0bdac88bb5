"""What to do about an alarm stands in its row in full, however narrow the screen is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.runtime.alarm_kinds import KINDS
from engine.snapshot import AlarmView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of, width_of
from tui.viewmodel import alarms
from tui.viewmodel.view import View


def alarm(code: str, places: int = 1, number: int = 1) -> AlarmView:
    kind = KINDS[code]
    what = kind.what.replace("{}", "a cause that somebody outside told in quite many words")
    return views.alarm(
        number,
        kind.priority,
        code=code,
        where="SPY 2024-12-20/173",
        what=what,
        consequence=kind.consequence,
        response=kind.response,
        places=tuple((f"SPY 2024-12-20/{173 + n}", what) for n in range(places)),
    )


@pytest.mark.parametrize("width", [78, 80, 118, 198])
@pytest.mark.parametrize("code", sorted(KINDS))
@pytest.mark.parametrize("places", [1, 22])
def test_the_row_of_every_alarm_holds_its_response_in_full(code, width, places):
    view = View(desks.normal(), ScreenState(), UNICODE)
    row = alarms.line(alarm(code, places), view, width)
    assert width_of(row) == width
    assert KINDS[code].response in text_of(row)
    assert code[:8] in text_of(row)
    if places > 1 and width > 80:
        assert "22 places" in text_of(row)
    told = " ".join(
        text_of(line).strip() for line in alarms.block(alarm(code, places), view, width)
    )
    assert KINDS[code].response in told
    assert KINDS[code].consequence in told


def test_an_alarm_whose_places_come_and_go_tells_since_when_it_holds_where_it_holds_now():
    old = replace(alarm("UNHEDGED"), raised_s=views.at(9, 30, 47), told=89)
    young = replace(old, stands_s=views.at(10, 41, 15))
    view = View(desks.normal(), ScreenState(), UNICODE)
    for each, clock in ((old, "09:30:47"), (young, "10:41:15")):
        assert f" {clock} " in text_of(alarms.line(each, view, 118))
        assert f" {clock} " in text_of(alarms.block(each, view, 118)[0])
    told = " ".join(text_of(line) for line in alarms.in_full(young, 110))
    assert "holds since 10:41:15, raised at 09:30:47, 89 times so far" in told
    assert "raised at 09:30:47, 89" in " ".join(map(text_of, alarms.in_full(old, 110)))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_eight_p1_alarms_each_say_what_to_do(open_app, size):
    codes = [code for code, kind in KINDS.items() if kind.priority == 1][:8]
    rows = tuple(alarm(code, 3, number) for number, code in enumerate(codes))
    app, _ = open_app(replace(desks.normal(), alarms=rows))
    async with app.run_test(size=size) as pilot:
        await pilot.press("6", "plus")
        shown = " ".join(" ".join(texts(app, "alarms")).replace("│", " ").split())
        for code in codes:
            assert KINDS[code].response in shown


async def test_a_trader_of_any_place_of_a_p1_alarm_comes_first(open_app):
    quiet = tuple(views.trader(f"Q{n:02d}", n=20, k=5) for n in range(60))
    places = tuple((f"{t.key}/7", "unit parked") for t in (quiet[40], quiet[55]))
    parked = views.alarm(1, 1, code="PARKED", where=places[0][0], places=places)
    app, _ = open_app(desks.normal(traders=quiet, alarms=(parked,)))
    async with app.run_test(size=(80, 24)):
        above, below = texts(app, "traders")[2:4]
        assert ("Q40" in above, "Q55" in below) == (True, True)


async def test_the_log_lists_every_place_of_an_alarm(open_app):
    app, _ = open_app(replace(desks.normal(), alarms=(alarm("PARKED", 22),)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l")
        shown = " ".join(" ".join(texts(app, "chosen")).replace("│", " ").split())
        for n in range(22):
            assert f"SPY 20DEC24/{173 + n}" in shown
