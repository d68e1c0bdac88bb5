"""Plots say without colour what they say with it, and unknown figures stay unknown."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from engine.report.plots.heat import STRONGEST, heat_table
from engine.report.plots.panels import Panel, panels

FIGURES = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False))


@given(st.lists(st.lists(FIGURES, min_size=3, max_size=3), min_size=1, max_size=4), st.booleans())
def test_every_cell_of_a_heat_table_has_its_figure_and_no_more_colour_than_is_legible(
    rows: list[list[float | None]], signed: bool
) -> None:
    labelled = [(f"arm {index}", cells) for index, cells in enumerate(rows)]
    html = "".join(heat_table("arm", ["a", "b", "c"], labelled, 2, signed=signed))
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    figures = [cell for cell in cells if not cell.startswith("arm")]
    assert len(figures) == 3 * len(rows)
    for figure, value in zip(figures, [v for cells in rows for v in cells], strict=True):
        assert (figure == "-") is (value is None)
    assert all(0 <= int(percent) <= STRONGEST for percent in re.findall(r"\) (-?\d+)%", html))


def test_a_signed_table_shades_both_sides_of_zero_and_an_unsigned_one_from_the_least() -> None:
    (row,) = re.findall(
        r"<tr><td>x.*?</tr>", "".join(heat_table("", "abc", [("x", [-4.0, 0.0, 2.0])], signed=True))
    )
    assert re.findall(r"--(\w+)\) (\d+)%", row) == [("down", "60"), ("down", "0"), ("up", "30")]
    (row,) = re.findall(
        r"<tr><td>x.*?</tr>", "".join(heat_table("", "abc", [("x", [-4.0, 0.0, 4.0])]))
    )
    assert re.findall(r"(\d+)%", row) == ["0", "30", "60"]


def test_panels_share_their_scale_and_draw_the_reference_broken_in_each() -> None:
    small = Panel("small", [(0.0, 0.0), (1.0, 10.0)], [(0.0, 0.0, 0.0), (1.0, 5.0, 20.0)], "1 of 9")
    large = Panel("large & <b>", [(0.0, 0.0), (2.0, 80.0)])
    html = "".join(panels([small, large], small.curve, "seconds", "%"))
    plots = [
        ElementTree.fromstring(f"<svg{part.partition('</svg>')[0]}</svg>")
        for part in html.split("<svg")[1:]
    ]
    ticks = [
        [mark.text for mark in plot.iter("text") if "tick" in mark.get("class", "")]
        for plot in plots
    ]
    assert ticks[0] == ticks[1]
    for plot in plots:
        assert sum("reference" in path.get("class", "") for path in plot.iter("path")) == 1
    bands = [
        [path.get("d", "") for path in plot.iter("path") if path.get("class") == "band"]
        for plot in plots
    ]
    assert [len(each) for each in bands] == [1, 0]
    assert bands[0][0].endswith("Z")
    assert "large &amp; &lt;b&gt;" in html
