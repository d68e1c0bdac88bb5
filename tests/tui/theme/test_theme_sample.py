"""The card of a theme shows what an operator must tell apart, at every width and with ASCII alone."""

from __future__ import annotations

import pytest

from tui.text.glyphs import ASCII, UNICODE
from tui.text.lines import width_of
from tui.viewmodel.theme_sample import sample_lines

NEEDED = {"sim", "paper", "live", "p1", "p1_text", "p2", "p3", "stale", "unknown", "mark", "spark"}


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("width", [20, 40, 66])
def test_the_card_fits_and_has_a_plot_where_there_is_room(glyphs, width) -> None:
    for rows in (0, 5, 9):
        lines = sample_lines(width, glyphs, rows)
        assert {width_of(line) for line in lines} == {width}
        assert len(lines) == 8 + rows
        if glyphs is ASCII:
            assert all(text.isascii() for line in lines for text, _ in line)


def test_the_card_has_every_priority_mode_stale_and_selection() -> None:
    styles = [style for line in sample_lines(66, UNICODE) for _, style in line]
    assert {style.partition("@")[0] for style in styles} >= NEEDED
    assert any(style.endswith("@cursor") for style in styles)
