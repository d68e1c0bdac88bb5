"""Lines on their way to the terminal: drawn once, and as Textual itself would draw them."""

import gc

import pytest
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tests.support import sample_snapshots as desks
from tests.support.screen_text import front
from tui.text.lines import Line
from tui.widgets.lines_widget import LinesWidget


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(character, each.style) for each in strip for character in each.text]


def drawn_otherwise(widget: LinesWidget) -> list[int]:
    """Rows of which Textual, asked for styles that a widget may have, makes something else."""
    crop = Region(0, 0, widget.size.width, widget.size.height)
    widget._styles_cache.clear()
    own, others = widget.render_lines(crop), Widget.render_lines(widget, crop)
    both = zip(own, others, strict=True)
    return [y for y, (ours, theirs) in enumerate(both) if cells(ours) != cells(theirs)]


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"LEGDESK_ASCII": "1"}])
async def test_a_line_is_drawn_as_textual_would_draw_it(open_app, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app, _ = open_app(desks.troubled(), environment=environment)
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("j", "T", "question_mark", "escape", "enter", "T"):
            await pilot.press(key)
            await pilot.pause()
            for widget in app.screen.query(LinesWidget):
                assert drawn_otherwise(widget) == [], (key, widget.id)
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        for widget in app.screen.query(LinesWidget):
            assert drawn_otherwise(widget) == [], widget.id


async def test_a_line_that_went_to_another_row_is_not_drawn_again(open_app, monkeypatch):
    app, _ = open_app(desks.many(100))
    drawn: list[Line] = []
    make = LinesWidget._strip

    def counted(widget: LinesWidget, line: Line) -> Strip:
        drawn.append(line)
        return make(widget, line)

    monkeypatch.setattr(LinesWidget, "_strip", counted)
    async with app.run_test(size=(200, 60)) as pilot:
        widget = front(app).query_one("#traders", LinesWidget)
        await pilot.pause()
        lines = list(widget.lines)
        drawn.clear()
        moved = [lines[0], *lines[6:], *lines[1:6]]
        assert widget.show(moved) > 6
        await pilot.pause()
        assert drawn == []
        assert drawn_otherwise(widget) == []
        assert widget.show([(("other", "value"),), *moved[1:]]) == 1
        await pilot.pause()
        assert drawn == [(("other", "value"),)]
        assert widget.render_line(0).text.rstrip() == "other"


async def test_the_middle_of_a_row_is_asked_for_alone(open_app):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        widget = front(app).query_one("#header", LinesWidget)
        (part,) = widget.render_lines(Region(3, 1, 20, 1))
        assert part.text == widget.render_line(1).text[3:23]


def strips_alive() -> int:
    return sum(isinstance(each, Strip) for each in gc.get_objects())


async def test_rows_drawn_anew_leave_nothing_to_the_garbage_collector(open_app):
    app, desk = open_app(desks.many(30))
    async with app.run_test(size=(200, 60)) as pilot:
        collecting = gc.isenabled()
        gc.collect()
        gc.disable()
        try:
            seen = []
            for version in range(2, 14):
                desk.now = desks.many(30, version, moved=version)
                app.look()
                await pilot.pause()
                seen.append(strips_alive())
        finally:
            if collecting:
                gc.enable()
    assert max(seen) - min(seen) < 40, seen


async def test_strips_made_ahead_are_those_of_the_lines_that_are_shown(open_app, monkeypatch):
    app, _ = open_app(desks.many(100))
    drawn: list[Line] = []
    make = LinesWidget._strip

    def counted(widget: LinesWidget, line: Line) -> Strip:
        drawn.append(line)
        return make(widget, line)

    monkeypatch.setattr(LinesWidget, "_strip", counted)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        widget = front(app).query_one("#balances", LinesWidget)
        before = list(widget.lines)
        drawn.clear()
        soon = [(("soon", "value"),), *before[1:]]
        widget.ahead(soon)
        assert drawn == [soon[0]] and widget.lines == before
        widget.show(soon)
        await pilot.pause()
        assert drawn == [soon[0]]
        assert drawn_otherwise(widget) == []
        widget.ahead([(("never", "value"),), *before[1:]])
        await pilot.press("T")
        await pilot.pause()
        assert drawn_otherwise(widget) == []
        widget.ahead(before[:-1])
        widget.show(before)
        await pilot.pause()
        assert widget.lines == before and drawn_otherwise(widget) == []
