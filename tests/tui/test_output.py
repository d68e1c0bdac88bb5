"""A written screen keeps its columns, in whatever font it is shown."""

from __future__ import annotations

import html
import re

import pytest

from tests.support import sample_snapshots as desks
from tests.support.screen_text import whole
from tui.output import CELL, in_columns

_TEXT = re.compile(r'<text [^>]*?x="([0-9.]+)" y="([0-9.]+)" textLength="([0-9.]+)"[^>]*>([^<]*)<')


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_every_word_of_a_written_screen_begins_at_its_own_cell(open_app, tmp_path, size):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=size):
        svg = app.export_screenshot()
        rows = whole(app).splitlines()
    drawn: dict[float, list[tuple[float, float, str]]] = {}
    for x, y, length, text in _TEXT.findall(svg):
        drawn.setdefault(float(y), []).append((float(x), float(length), html.unescape(text)))
    for row, (_, words) in zip(rows, sorted(drawn.items()), strict=True):
        for x, length, word in words:
            assert word == word.strip("\xa0 ")
            at = round(x / CELL)
            assert x == pytest.approx(at * CELL, abs=0.01)
            assert length == pytest.approx(len(word) * CELL, abs=0.01)
            assert row[at : at + len(word)] == word, row
        assert sum(len(word) for _, _, word in words) == len(re.sub(r"\s", "", row))


def test_the_fonts_of_a_picture_come_from_the_readers_machine_and_measure_a_cell() -> None:
    style = "<style>@font-face { src: url(https://x) } .m { font-family: Fira Code, monospace; "
    picture = in_columns(f"{style}font-size: 20px; }}</style>")
    assert "https" not in picture
    size = float(re.search(r"font-size: ([0-9.]+)px", picture)[1])  # type: ignore[index]
    assert size * 1233 / 2048 == pytest.approx(CELL, abs=0.01)
