"""Plots as lines of text: their size, their glyphs, and that a curve is where its values are."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.text.bars import sparkline, strip
from tui.text.glyphs import ASCII, UNICODE, Glyphs, allowed
from tui.text.lines import text_of, width_of
from tui.text.plots import Plot, plot_lines
from tui.text.ticks import time_ticks

START = 1_795_185_000.0
values = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=0, max_size=60)


def plot(ys: list[float], **changes: object) -> Plot:
    run = [(START + 60 * n, y) for n, y in enumerate(ys)]
    return Plot(START, START + 3_600, [run] if run else [], lambda v: f"{v:g}", **changes)  # type: ignore[arg-type]


@given(values, st.integers(20, 130), st.integers(5, 40), st.sampled_from([UNICODE, ASCII]))
def test_a_plot_fills_its_room_with_glyphs_that_may_be_drawn(ys, width, height, glyphs):
    made = plot(ys, cursor_s=START + 900, marks=[(START + 60, "K")], limit=5e5)
    lines = plot_lines(made, width, height, glyphs)
    assert len(lines) == max(height, 5)
    for line in lines:
        assert width_of(line) in (width, max(width, width_of(lines[0])))
        known = allowed(glyphs)
        assert all(c.isascii() or c in known or "\u2800" <= c <= "\u28ff" for c in text_of(line))
        assert glyphs is UNICODE or text_of(line).isascii()


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_a_higher_value_lies_higher_and_a_flat_line_in_one_row(glyphs: Glyphs):
    made = plot_lines(plot([0, 0, 90, 90]), 50, 12, glyphs)
    rows = [text_of(line).split(glyphs.axis, 1)[1] for line in made[:10]]
    line = {"."} if glyphs is ASCII else {"\u2840"}  # the line at zero has half a curve's dots
    empty = {" ", *line}
    drawn = [number for number, row in enumerate(rows) if set(row[:4]) - empty]
    assert (drawn[0], drawn[-1]) == (0, 9) and set(rows[0][:1]) <= empty
    flat = plot_lines(plot([0.0] * 50), 50, 12, glyphs)
    ticks = [text_of(line).split(glyphs.axis)[0].strip() for line in flat]
    assert [tick for tick in ticks[:10] if tick] == ["1", "0.5", "0"]


@given(values.filter(bool))
def test_every_tick_is_at_its_own_value_and_zero_is_among_them(ys):
    ticks = [
        text_of(each).split(ASCII.axis)[0].strip() for each in plot_lines(plot(ys), 80, 30, ASCII)
    ]
    numbers = [float(tick) for tick in ticks[:28] if tick]
    assert 0.0 in numbers and numbers == sorted(numbers, reverse=True)


def test_the_cursor_is_a_column_of_its_own_and_marks_lie_under_their_moment():
    made = plot(
        [5.0] * 60, cursor_s=START + 1_800, marks=[(START + 1_800, "K"), (START + 1_801, "!")]
    )
    lines = plot_lines(made, 66, 12, UNICODE)
    text = [text_of(line) for line in lines]
    column = text[-1].index("K")
    assert all(line[column] != " " for line in text[:9]) and "!" not in text[-1]
    assert abs(column - text[-1].__len__() / 2) < 4


def test_in_ascii_the_cursor_is_no_stroke_of_the_course():
    made = plot([0.0] * 40 + [9.0] * 20, cursor_s=START + 1_800)
    text = [text_of(line) for line in plot_lines(made, 66, 12, ASCII)][1:9]
    cursors, strokes = ({line.rfind(sign) for line in text} for sign in "+|")
    assert len(cursors) == len(strokes) == 1, "each in a column of its own"
    assert 0 < cursors.pop() < strokes.pop()


def test_nothing_is_drawn_between_two_runs():
    runs = [[(START, 9.0), (START + 600, 9.0)], [(START + 3_000, 9.0), (START + 3_600, 9.0)]]
    made = Plot(START, START + 3_600, runs, str)
    top = text_of(plot_lines(made, 64, 12, ASCII)[0])[4:]
    assert top[:8].strip() and not top[12:48].strip() and top[52:58].strip()


@example(5e-324, 60.0, 2)
@given(st.floats(0, 2e9), st.floats(60, 90_000), st.integers(2, 20))
def test_round_moments_are_as_many_as_fit_and_equally_apart(start_s, length_s, most):
    ticks = time_ticks(start_s, start_s + length_s, most)
    assert len(ticks) <= most and all(start_s <= tick <= start_s + length_s for tick in ticks)
    assert len({b - a for a, b in pairwise(ticks)}) <= 1
    assert all(tick % 60 == 0 for tick in ticks)


def test_bars_of_a_column_share_one_scale():
    busy, calm = sparkline((0, 8, 8), 3, ASCII, 8), sparkline((0, 1, 1), 3, ASCII, 8)
    assert (busy, calm) == (" @@", " ..") and sparkline((0, 1, 1), 3, ASCII) == " @@"


@given(values, st.integers(0, 90), st.sampled_from([UNICODE, ASCII]))
def test_a_strip_has_its_width_and_ends_with_its_values(ys, width, glyphs):
    points = [(START + 60 * n, y) for n, y in enumerate(ys)]
    text = strip(points, START, START + 3_600, width, glyphs)
    assert len(text) == width and set(text) <= set(glyphs.spark)
    after = math.ceil(max(0, len(ys) - 1) * 60 / 3_600 * width) + 1
    assert not text[after:].strip()


def test_a_strip_knows_no_value_where_none_is_known():
    assert strip([(START, None), (START + 30, 4.0)], START, START + 60, 4, ASCII) == "  @ "


peaks = st.floats(-1e4, 1e4).filter(lambda value: abs(value) > 1)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@settings(max_examples=20)
@given(st.integers(8, 40), peaks)
def test_the_line_at_zero_and_every_tick_are_where_a_curve_of_their_value_is(glyphs, height, peak):
    def rows_of(ys: list[float]) -> list[list[str]]:
        lines = plot_lines(plot(ys), 80, height, glyphs)[: height - 2]
        return [text_of(line).split(glyphs.axis, 1) for line in lines]

    # A peak, then zero up to the middle of the hour; behind it there is the line alone.
    rows = rows_of([peak, *[0.0] * 29])
    fields = [field[len(field) // 10 : len(field) * 2 // 5] for _, field in rows]
    curve = next(n for n, field in enumerate(fields) if field.strip())
    lines = [n for n, (_, field) in enumerate(rows) if field[len(field) * 3 // 4 :].strip()]
    assert lines == [curve] and rows[curve][0].strip() == "0"
    dots, line = fields[curve][0], rows[curve][1][-8:].strip()[0]
    if glyphs is ASCII:
        assert line == dots
    else:  # of both columns of dots in a cell the line has one
        assert ord(dots) & 0x47 | 0x2800 == ord(line)
    for label, at in [(label, n) for n, (label, _) in enumerate(rows) if label.strip()]:
        level = float(label)
        flat = rows_of([peak, *[level] * 29])
        drawn = [n for n, (_, field) in enumerate(flat) if field[20].strip()]
        assert at in drawn and len(drawn) == (1 if level == 0 else 2)
