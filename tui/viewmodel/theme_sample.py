"""What a theme looks like, on one card: modes, alarms, stale, selection and a plot."""

from __future__ import annotations

from typing import Final

from tui.text.bars import diverging, sparkline
from tui.text.glyphs import Glyphs
from tui.text.lines import Line, fit, under_cursor
from tui.text.plots import Plot, plot_lines

FLOOR: Final = (0, 3, 5, 4, 9, 14, 12, 18, 23, 26, 24, 31, 37, 44, 43, 52, 58, 63)
"""Dollars of a morning's floor, a sample every ten minutes."""

BEGINS_S: Final = 1_732_285_800.0
"""Half past nine in New York, on some day."""

STEP_S: Final = 600.0
PLOT_ROWS: Final = 5


def sample_lines(width: int, glyphs: Glyphs, plot_rows: int = PLOT_ROWS) -> list[Line]:
    """The card, a line a row.

    Args:
        width: cells.
        glyphs: what may be drawn.
        plot_rows: rows of the plot, its axis among them; 0 leaves it out.
    """
    bar = diverging(3, 5, 6, glyphs)
    counter = diverging(-2, 5, 6, glyphs)
    rows: list[Line] = [
        (
            (" SIM ", "sim"), (" ", "text"), (" PAPER ", "paper"), (" ", "text"),
            (" LIVE ", "live"), ("  engine ", "label"), ("RUN 7/9", "value"),
            ("  Floor ", "label"), ("+63", "title"),
        ),
        (("! P1 ", "p1"), (" UNHEDGED", "p1_text"), ("  SPY 20DEC24 34 s: watch", "text")),
        (("P2", "p2"), (" STALE  ", "p2"), (" QQQ 20DEC24: check the feed", "text")),
        (("P3", "p3"), (" REJECT ", "p3"), (" TSLA 17JAN25 once: know it", "text")),
        (("  ST  TRADER", "header"), ("         FIL%   NET           AGE", "header")),
        under_cursor(
            fit(
                (
                    (f"{glyphs.cursor} ", "mark"), ("RUN AAPL 20DEC24   48.5  ", "value"), *bar,
                    ("  0.3", "value"),
                ),
                width,
                glyphs.more,
            )
        ),
        (
            ("  ", "text"), ("STL ", "state_attention"), ("QQQ 20DEC24    31.0  ", "value"),
            *counter, ("  ", "text"), ("7.2!", "stale"),
        ),
        (
            (f"{glyphs.mark} ", "mark"), ("PAU MSFT 17JAN25 ", "dim"), ("  42.1  ", "value"),
            (sparkline(FLOOR[-13:], 13, glyphs), "spark"), ("  ", "text"), ("?", "unknown"),
        ),
    ]  # fmt: skip
    if plot_rows:
        times = [BEGINS_S + STEP_S * n for n in range(len(FLOOR))]
        run = list(zip(times, map(float, FLOOR), strict=True))
        plot = Plot(times[0], times[-1], [run], lambda value: f"{value:+.0f}")
        rows += plot_lines(plot, width, plot_rows, glyphs)
    return [fit(row, width, glyphs.more) for row in rows]
