"""What a plot says: round ticks, where a payoff crosses zero, where the spot is."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from textual.app import App, ComposeResult

from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.text.ticks import limits, round_ticks, tick_label
from tui.widgets.curve import Curve, crossings, in_sight, legend, points_of
from tui.widgets.plot import CurvePlot

PAYOFF = [(450.0, -10.0), (460.0, -10.0), (465.0, 40.0), (475.0, 40.0), (480.0, -10.0)]


@given(st.floats(-1e4, 1e4), st.floats(0.1, 1e6), st.integers(2, 12))
def test_ticks_are_round_inside_and_no_more_than_there_is_room_for(
    low: float, span: float, most: int
) -> None:
    ticks = round_ticks(low, low + span, most)
    assert 1 <= len(ticks) <= most
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    if len(ticks) > 1:
        step = ticks[1] - ticks[0]
        leading = step / 10 ** math.floor(math.log10(step * (1 + 1e-9)))
        assert any(leading == pytest.approx(each, rel=1e-6) for each in (1, 2, 2.5, 5))
        assert ticks == pytest.approx([round(tick / step) * step for tick in ticks])


def test_ticks_of_a_payoff_are_numbers_that_a_person_would_write() -> None:
    ticks = round_ticks(231.4, 259.8, 6)
    assert [tick_label(tick, ticks) for tick in ticks] == ["235", "240", "245", "250", "255"]
    ticks = round_ticks(-0.3, 0.62, 5)
    assert [tick_label(tick, ticks) for tick in ticks] == ["-0.2", "0.0", "0.2", "0.4", "0.6"]


def test_breakevens_lie_where_the_payoff_crosses_zero() -> None:
    assert crossings(PAYOFF) == pytest.approx([461.0, 479.0])
    assert crossings([(1.0, 5.0), (2.0, 5.0)]) == []


def test_the_words_under_a_payoff_name_spot_and_breakevens() -> None:
    curve = Curve("payoff", PAYOFF, "underlying", zero=True, spot=467.2)
    full = "underlying   | spot 467.20   o breakeven 461.00, 479.00"
    assert legend(curve, "|", "o", 60) == full
    assert legend(curve, "|", "o", 50) == "| spot 467.20   o breakeven 461.00, 479.00"
    assert legend(curve, "|", "o", 40) == "| spot 467.20   o 461.00, 479.00"
    assert legend(curve, "|", "o", 20) == "| spot 467.20"
    safe = replace(curve, points=[(1.0, 1.0), (2.0, 3.0)], spot=None)
    assert legend(safe, "|", "o", 60) == "underlying   no breakeven here"


@pytest.mark.parametrize(("spot", "side"), [(449.99, "left"), (480.01, "right")])
def test_a_spot_beyond_the_plot_is_named_with_its_side_and_without_a_mark(
    spot: float, side: str
) -> None:
    curve = Curve("payoff", PAYOFF, "underlying", zero=True, spot=spot)
    assert not in_sight(curve) and in_sight(replace(curve, spot=450.0))
    assert legend(curve, "|", "o", 70).startswith(f"underlying   spot {spot:.2f} to the {side}")
    assert "|" not in legend(curve, "|", "o", 70)


def test_points_that_are_no_numbers_are_left_out() -> None:
    assert points_of((1.0, 2.0, 3.0), (math.nan, 5.0, math.inf)) == [(2.0, 5.0)]


async def test_the_payoff_on_the_screen_marks_spot_breakevens_and_zero(open_app):
    found = desks.troubled()
    app, desk = open_app(found)
    async with app.run_test(size=(120, 50)) as pilot:
        await pilot.press("enter", "plus")
        about = next(t for t in found.traders if t.key == app.state.detail)
        xs, ys = zip(*PAYOFF, strict=True)
        detail = replace(views.detail_of(about), payoff=(xs, ys), underlying=467.2)
        desk.now = replace(found, detail=detail, version=found.version + 1)
        for _ in range(4):  # a curve is drawn anew at every fourth look
            app.look()
        await pilot.pause()
        rows = app.screen.query_one("#payoff").render().plain.splitlines()
    assert "│ spot 467.20   ● breakeven 461.00, 479.00" in rows[-1]
    assert sum(row.count("●") for row in rows[:-1]) == 2
    assert re.findall(r"\d+", rows[-2]) == ["450", "455", "460", "465", "470", "475", "480"]
    labels = [re.split("[┤├]", row)[0].strip() for row in rows if "┤" in row or "├" in row]
    assert labels == ["40", "20", "0"]


COLOURS = {"border": "#444444", "dim": "#888888", "text": "#ffffff", "accent": "#00ffff"}

numbers = st.floats(-1e12, 1e12, allow_nan=False)


@given(st.lists(numbers, min_size=1, max_size=5))
def test_an_axis_has_room_whatever_lies_on_it(values: list[float]) -> None:
    low, high = limits(values)
    assert low <= min(values) <= max(values) <= high
    assert high - low > 0
    assert all(math.isfinite(tick) for tick in round_ticks(low, high, 5))


class OnePayoff(App[None]):
    """A screen with nothing but a plot in braille."""

    def compose(self) -> ComposeResult:
        yield CurvePlot(ascii_only=False, id="plot")


def heights(column: list[str]) -> set[int]:
    """At which heights a column of braille has dots, counted from the top."""
    bits = (0x09, 0x12, 0x24, 0xC0)
    return {
        4 * row + part
        for row, cell in enumerate(column)
        for part in range(4)
        if "\u2800" <= cell <= "\u28ff" and (ord(cell) - 0x2800) & bits[part]
    }


async def test_what_is_a_little_above_zero_is_not_drawn_below_the_line_at_zero() -> None:
    app = OnePayoff()
    points = [(0.0, 1500.0), (10.0, 500.0), (20.0, 11.28), (30.0, 11.28)]
    async with app.run_test(size=(60, 18)) as pilot:
        plot = app.query_one(CurvePlot)
        plot.show(Curve("payoff", points, "underlying", zero=True), COLOURS)
        await pilot.pause()
        drawn = plot.render()
        assert isinstance(drawn, Text)
        rows = drawn.plain.splitlines()
    zero = max(heights([row[9] for row in rows]))
    assert zero >= max(heights([row[-2] for row in rows]))
    assert zero == max(heights([row[30] for row in rows]))


class OnePlot(App[None]):
    """A screen with nothing but a plot."""

    def compose(self) -> ComposeResult:
        yield CurvePlot(ascii_only=True, id="plot")


@pytest.mark.parametrize(
    "points",
    [[(5.0, 3.0)], [(5.0, 3.0), (5.0, 4.0)], [(0.0, 0.0)], [(1.0, 2.0), (2.0, 2.0)], []],
    ids=["one point", "one moment", "nothing happened", "level", "none"],
)
async def test_a_curve_of_hardly_any_points_is_drawn(points: list[tuple[float, float]]) -> None:
    app = OnePlot()
    async with app.run_test(size=(80, 24)) as pilot:
        plot = app.query_one(CurvePlot)
        for zero in (False, True):
            plot.show(Curve("fills", points, "time", zero=zero, spot=5.0), COLOURS)
            await pilot.pause()
            assert "fills" in str(plot.render())
