"""What a screen says holds for what it says it of, is named, and is whole or left out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.snapshot import TraderState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts, whole
from tui.text import formats
from tui.text.columns import choose
from tui.text.lines import text_of
from tui.viewmodel import alarms, balances, detail, report


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": TraderState.RUN}, "7.0"),
        ({"state": TraderState.HEDGING, "stage": "H4", "hung_s": views.NOW - 180}, "H4"),
        ({"state": TraderState.WORKING}, "-"),
        ({"state": TraderState.PAUSED}, "-"),
        ({"state": TraderState.KILLED}, "-"),
    ],
)
def test_a_trader_that_will_not_enter_shows_no_countdown_in_its_detail(
    open_app, changes, said
) -> None:
    app, _ = open_app()
    trader = views.trader("SPY", **{"next_s": views.NOW + 7, **changes})
    rows = detail.lines(trader, None, app.view(), 80)
    following = next(text_of(row) for row in rows if text_of(row).startswith("next"))
    assert following.split()[1] == said


async def test_a_cleared_alarm_asks_for_nothing_and_tells_when_it_was_raised(open_app):
    over = views.alarm(1, priority=1, state="cleared", response="watch the ladder")
    app, desk = open_app(desks.normal(alarms=(over,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l")
        assert "watch the ladder" not in texts(app, "status")[0]
        assert "cleared, raised at 10:41:54" in " ".join(texts(app, "chosen"))
        desk.now = desks.normal(version=2, alarms=(replace(over, state="acked"),))
        app.look()
        assert "watch the ladder" in texts(app, "status")[0]


def test_an_alarm_tells_what_happened_once(open_app) -> None:
    app, _ = open_app()
    places = (
        ("SPY/1", "unit parked: kill"),
        ("SPY/2", "unit parked: kill: nothing works any more"),
        ("QQQ/9", "unit parked: nobody buys"),
    )
    alarm = views.alarm(1, places=places)
    for rows in (alarms.block(alarm, app.view(), 200), [alarms.line(alarm, app.view(), 200)]):
        told = " ".join(map(text_of, rows))
        assert told.count("unit parked: kill") == 1
        assert "nothing works any more; unit parked: nobody buys" in told


async def test_after_a_kill_the_banner_names_the_key_for_what_is_open(open_app):
    app, desk = open_app(desks.killed(working=0), keys={"hung": "ctrl+u"})
    async with app.run_test(size=(80, 24)):
        second = texts(app, "banner")[1]
        assert "No order works. ^U: open units." in second
        assert second.rstrip().endswith("asks for a typed word.")
        totals = replace(desk.now.totals, unhedged=0)
        desk.now = replace(desk.now, totals=totals, version=9)
        app.look()
        assert "open units" not in texts(app, "banner")[1]


@pytest.mark.parametrize("width", range(50, 100))
def test_debits_are_never_shown_without_the_credits_against_them(width: int) -> None:
    shown = {column.title for column, _ in choose(balances.COLUMNS, width)}
    assert ("DB" in shown) == ("CR" in shown)


async def test_an_interval_of_few_attempts_is_shown_and_not_crossed_out(open_app):
    first = views.trader("SPY", k=1, n=1)
    for size in ((80, 24), (120, 40), (200, 60)):
        app, _ = open_app(desks.normal(traders=(first,)))
        async with app.run_test(size=size):
            shown = texts(app, "traders")[2]
            assert "21-100" in shown and "#" not in shown


@pytest.mark.parametrize(("size", "beside"), [((80, 24), False), ((120, 40), True)])
async def test_the_reports_table_of_traders_has_heads_and_stands_beside_where_there_is_room(
    open_app, size, beside
):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=size) as pilot:
        await pilot.press("t")
        shown = texts(app, "body")
        assert any("TRADERS" in row for row in shown[:4]) == beside
        if not beside:
            await pilot.press("G")
            shown = texts(app, "body")
        heads = next(row for row in shown if "FLOOR$" in row)
        assert heads.split("FLOOR$")[1].split()[:4] == ["FIL%", "K/N", "NET", "CASH$"]


def test_the_written_report_has_every_trader(open_app) -> None:
    rows = tuple(views.trader(f"Q{n:02d}", n=20, k=5) for n in range(40))
    app, _ = open_app(desks.normal(traders=rows))
    written = report.as_text(app.view())
    assert all(t.symbol in written for t in rows)
    assert "more in the written report" not in written
    shown = "\n".join(map(text_of, report.lines(app.view(), 78)))
    assert "and 10 more in the written report" in shown


def test_the_report_says_how_sure_advice_is(open_app) -> None:
    base = desks.normal()
    first, second = base.recommendations
    app, _ = open_app(replace(base, recommendations=(replace(first, verdict="THIN"), second)))
    written = report.as_text(app.view())
    assert "2 lots  THIN, ready" in written and "s  PROMISING, ready" in written


async def test_the_calendar_says_to_which_date_it_is_known(open_app):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=(120, 40)):
        row = next(row for row in texts(app, "phase") if "calendar" in row)
        assert "to 30DEC25" in row  # 403 days after 22NOV24


@pytest.mark.parametrize("pane", ["phase", "session", "events"])
async def test_a_pane_of_text_says_how_much_of_it_is_out_of_sight(open_app, pane):
    app, _ = open_app(desks.normal(events=views.events() * 3))
    async with app.run_test(size=(200, 60)):
        assert "1-" in texts(app, pane)[-1] and " of " in texts(app, pane)[-1]


async def test_where_nothing_is_recommended_the_sentence_is_whole(open_app):
    app, _ = open_app(desks.normal(recommendations=()))
    for size in ((120, 40), (80, 24)):
        async with app.run_test(size=size):
            said = " ".join(row.strip("│ ") for row in texts(app, "recommendations")[1:-1])
            assert "when the evidence allows" in said and "…" not in said
        app, _ = open_app(desks.normal(recommendations=()))


async def test_the_name_of_a_written_screen_is_in_sight_at_80_columns(
    open_app, monkeypatch, tmp_path
):
    app, _ = open_app(desks.normal(version=7))
    folder = tmp_path / ("long-name-of-a-run-" * 4)
    folder.mkdir()
    monkeypatch.setattr(app, "export_dir", lambda: folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("w")
        assert texts(app, "status")[0].strip().startswith("screen-7.svg, screen-7.txt written in ")
        assert (folder / "screen-7.svg").exists()


async def test_what_the_status_line_says_is_not_there_for_ever(open_app, clock):
    app, _ = open_app(replace(desks.normal(), can_pace=True, speed=500.0))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(">")
        assert "time already runs at" in texts(app, "status")[0]
        clock.pass_by(59)
        app.look()
        assert "time already runs at" in texts(app, "status")[0]
        clock.pass_by(2)
        app.look()
        assert "time already runs at" not in texts(app, "status")[0]
        await pilot.press("q", "d")
        clock.pass_by(300)
        app.look()
        assert "ending: completing orders" in texts(app, "status")[0]


async def test_a_long_warm_up_says_how_long_it_will_take_and_how_to_do_without(open_app, clock):
    app, desk = open_app(desks.warming(0.01))
    async with app.run_test(size=(80, 24)):
        assert "more" not in whole(app)
        clock.pass_by(10)
        desk.now = replace(desks.warming(0.02), version=2)
        app.look()
        shown = whole(app)
        assert "about 16m more" in shown  # 0.98 at 0.01 in 10 s
        assert "--no-warm-up" in shown
        clock.pass_by(10)
        desk.now = replace(desks.warming(0.9), version=3)
        app.look()
        assert "more;" not in whole(app)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"verdict": "PROMISING"}, True),
        ({"verdict": "CENSORED"}, False),
        ({"verdict": "PROMISING", "state": "trial"}, False),
        ({"verdict": "PROMISING", "state": "not kept"}, False),
        ({"verdict": "PROMISING", "expires_s": views.NOW - 1}, False),
    ],
)
async def test_the_review_names_the_key_that_tries_where_it_does_so(open_app, changes, named):
    only = replace(views.recommendations()[1], **changes)
    app, desk = open_app(desks.normal(recommendations=(only,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        assert ("y Try it" in " ".join(texts(app, "footer"))) == named
        assert ("y try" in texts(app, "list")[-1]) == named
        if not named:
            asked = len(desk.asked)
            await pilot.press("y")
            assert len(desk.asked) == asked and texts(app, "status")[0].strip()


@pytest.mark.parametrize(("size", "named"), [((80, 24), True), ((120, 40), False)])
async def test_the_day_names_the_keys_that_choose_a_figure_where_there_is_one(
    open_app, size, named
):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=size) as pilot:
        await pilot.press("D")
        assert ("j k figure" in texts(app, "body")[-1]) == named


async def test_paused_traders_are_not_told_as_idle_ones(open_app):
    rows = tuple(views.trader(s, state=TraderState.PAUSED) for s in ("SPY", "QQQ"))
    shown = desks.normal(traders=rows)
    shown = replace(shown, totals=replace(shown.totals, quoted_s=views.NOW - 6 * 3600))
    app, desk = open_app(shown)
    async with app.run_test(size=(120, 40)):
        line = next(row for row in texts(app, "phase") if "quotes" in row)
        assert "all paused" in line and "look" not in line
        desk.now = replace(shown, version=9, traders=(rows[0], views.trader("QQQ")))
        app.look()
        assert "paused" not in next(row for row in texts(app, "phase") if "quotes" in row)


async def test_a_warm_up_that_begins_slowly_does_not_announce_hours(open_app, clock):
    app, desk = open_app(desks.warming(0.0))
    async with app.run_test(size=(80, 24)):
        for second in range(1, 120):
            clock.pass_by(1)
            # The first quotes of 1,000 chains take twenty seconds; a part in 500 a second follows.
            begun, progress = second > 20, max(0, second - 20) / 500
            shown = desks.warming(progress)
            totals = replace(shown.totals, attempts=60 * second if begun else 8)
            desk.now = replace(shown, version=second + 1, totals=totals)
            app.look()
            told = re.search(r"about (\w+) more", whole(app))
            if not begun:
                assert told is None
            elif second > 40:
                assert told and told[1] == formats.duration(500 * (1 - progress))


async def test_a_warm_up_is_ended_by_the_key_that_it_names(open_app, clock):
    app, desk = open_app(replace(desks.warming(0.01), speed=float("inf")))
    async with app.run_test(size=(80, 24)) as pilot:
        clock.pass_by(10)
        desk.now = replace(desks.warming(0.02), version=2, speed=float("inf"))
        app.look()
        assert "< begins here, --no-warm-up at the open" in whole(app)
        assert "< Begin here" in texts(app, "footer")[0]
        await pilot.press(">")
        assert "as fast as it can" in texts(app, "status")[0] and desk.asked == []
        await pilot.press("<")
        assert [(c.ask, c.args) for c in desk.asked] == [(Ask.SET_SPEED, {"speed": 1.0})]
        await pilot.press("question_mark")
        assert "End the warm-up here" in whole(app)
