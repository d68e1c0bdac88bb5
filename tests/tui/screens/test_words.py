"""The second page of the help explains every short word that any screen shows."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import tui.viewmodel
from engine.learning.verdicts import Verdict
from engine.orders.ladder import Stage
from engine.snapshot import EngineState, TraderState
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts
from tui.state import ScreenState
from tui.text.columns import Column
from tui.text.glyphs import UNICODE
from tui.viewmodel import glossary, header, orders, pairs, traders
from tui.viewmodel.view import PRIORITY_STYLES, View


def column_titles() -> set[str]:
    titles: set[str] = set()
    for info in pkgutil.iter_modules(tui.viewmodel.__path__):
        module = importlib.import_module(f"tui.viewmodel.{info.name}")
        for value in vars(module).values():
            if isinstance(value, tuple) and value and isinstance(value[0], Column):
                titles |= {column.title for column in value if column.title}
    assert {"FIL%", "COMPLETE$", "ENDS BY", "RECV", "MATCHED$", "STATUS"} <= titles
    return titles


def header_names(snapshot) -> set[str]:
    view = View(snapshot, ScreenState(), UNICODE)
    figures = [f for long in (True, False) for f in header._figures(view, long)]
    return {figure.line[0][0].strip() for figure in figures}


SOURCES = {
    "columns": column_titles(),
    "states of a trader": {state.value for state in TraderState},
    "states of the desk": {state.value for state in EngineState},
    "stages": {stage.value for stage in Stage},
    "verdicts": {verdict.value for verdict in Verdict},
    "why not": {*traders.GATE_WORDS.values(), "paused", "halted", "hours", "close"},
    "parts of an order": set(orders._PART.values()),
    "labels": set(pairs._LABELS),
    "priorities": {f"P{priority}" for priority in PRIORITY_STYLES},
    "last results": {"FIL", "PAR", "TMO", "REJ", "CAN"},
    "figures": header_names(desks.troubled()),
    "what a newcomer asked": {"SAFE", "assumed", "THIN", "floor", "H3", "Look", "Unh"},
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_short_word_is_explained(source):
    text = " ".join(
        f"{term} {meaning}" for _, group in glossary.GLOSSARY for term, meaning in group
    )
    for word in SOURCES[source]:
        assert re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", text), word


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_tab_turns_the_help_to_the_words_and_all_of_them_can_be_read(open_app, size):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=size) as pilot:
        assert "? Help" in " ".join(texts(app, "footer"))
        await pilot.press("question_mark")
        assert "HELP 1 of 2" in texts(app, "body")[0]
        await pilot.press("G", "tab")
        assert "HELP 2 of 2" in texts(app, "body")[0]
        assert "THE TRADE" in texts(app, "body")[1]
        shown = ""
        for _ in range(24):
            rows = texts(app, "body")
            assert not any("…" in row for row in rows)
            shown += " ".join(rows)
            await pilot.press("pagedown")
        for title, _ in glossary.GLOSSARY:
            assert title in shown
        await pilot.press("tab")
        assert "HELP 1 of 2" in texts(app, "body")[0]
        await pilot.press("tab", "escape", "question_mark")
        assert "HELP 1 of 2" in texts(app, "body")[0]
