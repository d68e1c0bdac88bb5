"""The main screen keeps its promises: nothing cut, nothing coloured, the cursor follows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from textual.geometry import Region
from textual.widget import Widget

from engine.snapshot import EngineState, TraderState, TraderView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import front, styles, texts, whole
from tui.screens.detail import _fill_curve
from tui.text.lines import Line
from tui.theme.contrast import chroma
from tui.viewmodel.view import View

COLOURED = {"p1", "p1_text", "p2", "p3", "state_attention", "state_fault", "error", "live", "paper"}


async def test_rubric_08_an_all_normal_screen_has_no_colour_but_the_badge(open_app):
    for size in ((80, 24), (120, 40), (200, 60)):
        app, _ = open_app(desks.normal())
        async with app.run_test(size=size):
            shown = styles(app)
            assert not shown & COLOURED
            assert "sim" in shown
            for name in shown - {"sim"}:
                colour = app.desk_theme.style(name).color
                assert colour is not None and chroma(colour.triplet.hex) < 12, name


async def test_rubric_01_mode_account_and_figures_are_on_every_screen_at_80x24(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("enter", "e", "h", "b", "t", "c", "l", "question_mark", None):
            first, second = texts(app, "header")
            assert first.startswith(" SIM  SIM-01"), key
            for word in ("MORNING", "10:42:17 ET", "47:4", "RUN", "1/1/1"):
                assert word in first
            for word in ("Floor", "Unh 3 -328", "Cash", "Wrk", "Imb", "Loss", "Ord", "Quote 7.2s!"):
                assert word in second
            if key:
                await pilot.press(key)


async def test_no_number_is_cut_at_80x24(open_app):
    snapshot = desks.troubled()
    sums = (-99_999_999, -999_999_999, 10**13)
    traders = tuple(
        replace(t, attempts=2_104, fills=1_003, floor_c=cents, net_contracts=-12)
        for t, cents in zip(snapshot.traders, sums * 3, strict=True)
    )
    app, _ = open_app(replace(snapshot, traders=traders))
    async with app.run_test(size=(80, 24)):
        rows = texts(app, "traders")[2:]
        assert any("1003/2104" in row for row in rows)
        for row in rows:
            assert not re.search(r"\d…", row)
        assert any("-999999.99" in row for row in rows)
        # Where cents do not fit, whole dollars rounded against us; where those do not, no digit.
        assert any("-10000000 " in row for row in rows)
        assert any("##########" in row for row in rows)
        assert not re.search(r"\d…", "\n".join(texts(app, "header")))


async def test_every_row_is_as_wide_as_its_pane(open_app):
    for size in ((80, 24), (100, 50), (120, 40), (150, 30), (200, 60), (260, 70)):
        for make in (desks.troubled, desks.killed, desks.warming, desks.live):
            app, _ = open_app(make())
            async with app.run_test(size=size):
                screen = front(app)
                for name, rect in screen._placed.plan.places.items():
                    lines = texts(app, name)
                    assert len(lines) == rect.height, (size, name)
                    assert {len(line) for line in lines} == {rect.width}, (size, name)


async def test_the_panes_cover_the_terminal_and_never_overlap(open_app):
    for size in ((80, 24), (119, 60), (120, 24), (120, 40), (199, 60), (200, 24), (200, 60)):
        app, _ = open_app(desks.troubled())
        async with app.run_test(size=size):
            taken: set[tuple[int, int]] = set()
            for rect in front(app)._placed.plan.places.values():
                cells = {
                    (x, y)
                    for x in range(rect.x, rect.x + rect.width)
                    for y in range(rect.y, rect.y + rect.height)
                }
                assert not taken & cells
                taken |= cells
            assert len(taken) == size[0] * size[1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("keys", [(), ("e", "escape"), ("q", "escape"), ("f", "f")])
async def test_panes_are_where_they_are_drawn_for_when_alarms_want_more_room(open_app, size, keys):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys[:1])
        desk.now = replace(desks.troubled(), version=2)
        app.look()
        await pilot.press(*keys[1:])
        await pilot.pause()
        screen = front(app)
        for name, rect in screen._placed.plan.places.items():
            assert tuple(screen.query_one(f"#{name}").region) == tuple(rect), name


async def test_the_selection_follows_the_trader_when_rows_change_places(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "j", "j")
        chosen = app.state.selected(1)
        assert chosen == "MSFT-250117"
        moved = tuple(
            replace(t, state=TraderState.FAULT) if t.key == chosen else t
            for t in reversed(desk.now.traders)
        )
        desk.now = replace(desk.now, version=2, traders=moved)
        app.look()
        assert app.state.selected(1) == chosen
        assert app.state.selection(1).index == 0
        await pilot.press("s")
        assert app.state.selected(1) == chosen


async def test_a_vanished_trader_gives_its_place_to_the_next(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j")
        keys = list(app.state.keys[1])
        rest = tuple(t for t in desk.now.traders if t.key != keys[1])
        desk.now = replace(desk.now, version=2, traders=rest)
        app.look()
        assert app.state.selected(1) == keys[2]


async def test_rubric_17_resizing_down_to_nothing_and_back_keeps_the_selection(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("j", "j")
        chosen = app.state.selected(1)
        for size in ((80, 24), (20, 5), (1, 1), (80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert app.state.selected(1) == chosen
        assert "1 TRADERS 9" in whole(app)


async def test_a_small_terminal_shows_mode_alarms_and_exposure_and_takes_the_kill_key(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(30, 8)) as pilot:
        shown = "\n".join(texts(app, "small"))
        for word in ("SIM", "P1 1", "Unhedged 3", "-328", "^K", "KILL"):
            assert word in shown
        await pilot.press("p")
        assert desk.asks() == []
        await pilot.press("ctrl+k")
        assert desk.asks() == ["kill"]


async def test_unknown_figures_are_question_marks_and_never_zero(open_app):
    fresh = views.trader("NVDA", date(2025, 1, 17), k=0, n=0, quoted_s=None)
    base = desks.normal(traders=(fresh,))
    app, _ = open_app(replace(base, totals=replace(base.totals, quoted_s=None)))
    async with app.run_test(size=(200, 60)):
        row = next(r for r in texts(app, "traders") if "NVDA" in r)
        fill_rate, of, interval = row.split("28  1")[-1].split()[:3] if "28  1" in row else "???"
        assert (fill_rate, of, interval) == ("?", "?", "?")
        assert row.count("?") >= 5
        assert "Quote ?" in texts(app, "header")[1]


async def test_stale_quotes_are_marked_and_dimmed(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)):
        assert "7.2!" in next(r for r in texts(app, "traders") if " QQQ   20DEC24" in r)


async def test_rubric_09_an_engine_silent_for_a_second_makes_every_age_stale(open_app, clock):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)):
        assert "Look 0.4s" in texts(app, "header")[1]
        clock.pass_by(1.01)
        app.look()
        assert "Quote 0.4s!" in texts(app, "header")[1]
        assert all("!" in row for row in texts(app, "traders")[2:11])
        desk.now = replace(desk.now, version=2)
        app.look()
        assert "!" not in "".join(texts(app, "traders"))


async def test_an_engine_that_sends_nothing_is_called_silent(open_app, clock):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)):
        clock.pass_by(3.0)
        app.look()
        assert "SILENT 3.0s" in texts(app, "header")[0]
        desk.now = replace(desk.now, version=2)
        app.look()
        assert "SILENT" not in texts(app, "header")[0]


async def test_standing_time_is_not_called_silence(open_app, clock):
    app, _ = open_app(desks.normal(time_paused=True))
    async with app.run_test(size=(80, 24)):
        clock.pass_by(60.0)
        app.look()
        assert "SILENT" not in texts(app, "header")[0]


async def test_the_reason_why_a_trader_does_not_trade_is_one_key_away(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "j")
        assert "fill rate 2 of 22 below 25 %: held 41 s more" in texts(app, "status")[0]


async def test_only_rows_that_changed_are_painted_again(open_app, monkeypatch):
    app, desk = open_app(desks.many(1000))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        widget = front(app).query_one("#traders")
        painted: list[Region] = []
        refresh = widget.refresh

        def paint(*regions: Region, **options: bool) -> Widget:
            painted.extend(regions)
            return refresh(*regions, **options)

        monkeypatch.setattr(widget, "refresh", paint)
        app.look()
        assert painted == []
        first = desk.now.traders[0]
        changed = replace(first, attempts=first.attempts + 1)
        desk.now = replace(desk.now, version=2, traders=(changed, *desk.now.traders[1:]))
        app.look()
        assert len(painted) == 1


@pytest.mark.parametrize("number", [1_000, 5_000])
async def test_a_long_table_formats_only_the_rows_in_view(open_app, monkeypatch, number):
    from tui.viewmodel import traders

    app, _ = open_app(desks.many(number))
    async with app.run_test(size=(200, 50)):
        drawn: list[TraderView] = []
        lead = traders.lead

        def draw(trader: TraderView, view: View, at: bool) -> Line:
            drawn.append(trader)
            return lead(trader, view, at)

        monkeypatch.setattr(traders, "lead", draw)
        app.look()
        assert 0 < len(drawn) <= 50


async def test_markup_and_escapes_from_outside_are_shown_as_text(open_app):
    hostile = "[bold red]\x1b[31mx[/]\n日本"
    base = desks.troubled()
    traders = tuple(replace(t, gate_text=hostile, symbol="[b]X") for t in base.traders)
    alarms = tuple(replace(a, what=hostile, where=hostile) for a in base.alarms)
    app, _ = open_app(replace(base, traders=traders, alarms=alarms, account="[link]a"))
    async with app.run_test(size=(200, 60)) as pilot:
        for key in ("enter", "escape", "l", "escape"):
            await pilot.press(key)
        shown = whole(app)
        assert "\x1b" not in shown
        assert "[bold red]?[31mx[/] ??" in shown


async def test_the_splash_shows_real_progress_and_takes_kill(open_app):
    app, desk = open_app(desks.warming(0.42))
    async with app.run_test(size=(80, 24)) as pilot:
        assert any("42 %" in line for line in texts(app, "splash"))
        desk.now = replace(desks.warming(0.9), version=2)
        app.look()
        assert any("90 %" in line for line in texts(app, "splash"))
        await pilot.press("ctrl+k")
        assert desk.asks() == ["kill"]
        desk.now = replace(desks.normal(), version=3, state=EngineState.RUN)
        app.look()
        await pilot.pause()
        assert "1 TRADERS 9" in whole(app)


async def test_a_replay_shows_how_far_it_is(open_app):
    app, _ = open_app(desks.normal(progress=0.37, source="replay"))
    async with app.run_test(size=(200, 60)):
        assert re.search(r"replay .* 37%", texts(app, "header")[0])


async def test_freezing_stops_the_panes_but_not_the_header(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f")
        desk.now = replace(desks.troubled(), version=2)
        app.look()
        assert "DISPLAY FROZEN" in texts(app, "header")[0]
        assert "1/1/1" in texts(app, "header")[0] or "P1 1" in texts(app, "header")[0]
        assert "6 ALARMS 0" in whole(app)
        await pilot.press("f")
        assert "6 ALARMS 3" in whole(app)


async def test_ascii_mode_draws_nothing_but_ascii(open_app):
    app, _ = open_app(desks.troubled(), ascii_only=True)
    async with app.run_test(size=(200, 60)):
        screen = front(app)
        for name in screen._placed.plan.places:
            widget = screen.query_one(f"#{name}")
            for y in range(widget.size.height):
                assert widget.render_line(y).text.isascii()


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_no_unit_of_a_recommended_change_is_cut_in_the_pane(open_app, ascii_only):
    desk = desks.troubled()
    first = replace(
        desk.recommendations[0], setting="optimal_cancel_ms", before=2500, after=2200, trader="*"
    )
    desk = replace(desk, recommendations=(first, *desk.recommendations[1:]))
    app, _ = open_app(desk, ascii_only=ascii_only)
    async with app.run_test(size=(120, 40)):
        assert any(
            text.rstrip(" │|").endswith("2,200 ms") for text in texts(app, "recommendations")
        )


async def test_a_change_is_no_comparison_in_ascii(open_app):
    app, _ = open_app(desks.troubled(), ascii_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        assert "2.5->2.2 s" in whole(app)
        assert "3 -> 2 lots" in whole(app)
        await pilot.press("e")
        assert " > 2" not in whole(app)
        await pilot.press("t", "G")
        assert " > 2" not in whole(app)


async def test_a_broken_theme_file_is_told_on_the_status_line(open_app):
    from tui.theme.loading import ThemeSet

    app, _ = open_app(desks.normal())
    app.themes = ThemeSet(app.themes.themes, ["theme file mine.toml: colors.text is missing"])
    async with app.run_test(size=(120, 40)):
        assert "mine.toml: colors.text is missing" in texts(app, "status")[0]


async def test_every_theme_can_be_put_on_while_the_desk_runs(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        seen = set()
        for _ in app.themes.themes:
            await pilot.press("T")
            seen.add(app.desk_theme.name)
            strip = front(app).query_one("#traders").render_line(3)
            ground = app.desk_theme.colours["ground"]
            assert any(
                s.style and s.style.bgcolor and s.style.bgcolor.name == ground for s in strip
            )
        assert seen == set(app.themes.themes)


def test_a_trader_without_a_fill_has_no_curve_of_its_fills():
    """A curve of its beginning alone was drawn as a point, on an axis from -1 to 1 s."""
    found = desks.troubled().detail
    assert found is not None
    nothing = _fill_curve(replace(found, fill_curve=((0.0,), (0.0,))))
    assert not nothing.points and "first filled debit" in nothing.fills
    assert len(_fill_curve(found).points) > 1
