"""The second page of the help explains every short word that any screen shows."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import tui.viewmodel
from engine.commands import TicketState
from engine.learning.harm import HUNG_S
from engine.learning.verdicts import Verdict
from engine.market.phases import TradingPhase
from engine.orders.ladder import Stage
from engine.orders.transitions import OrderState
from engine.snapshot import EngineState, TraderState, part_letters
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts
from tui.pane_numbers import UNITS
from tui.state import ScreenState
from tui.text.columns import Column
from tui.text.glyphs import UNICODE, Frame, allowed
from tui.viewmodel import (
    activity,
    day,
    detail,
    glossary,
    header_figures,
    pairs,
    phase,
    trader_words,
    units,
)
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
    figures = [f for long in (True, False) for f in header_figures._figures(view, long)]
    return {figure.line[0][0].strip() for figure in figures}


def marks() -> set[str]:
    """Every glyph that is no piece of a frame, and the signs of what is not known."""
    pieces = {getattr(f, n) for f in (UNICODE.frame, UNICODE.heavy) for n in Frame.__slots__}
    meant = {UNICODE.bar, UNICODE.track, UNICODE.axis, *"!?#-"}
    return {*(allowed(UNICODE) - pieces), *meant}


def letters() -> list[tuple[str, str]]:
    """What the legend under a plot names."""
    return re.findall(r"(\S) (\w+)", day.LEGEND)


PLAIN = {
    "balance",
    "calls",
    "closed",
    "feed",
    "fees",
    "fills",
    "held",
    "journal",
    "legged",
    "market",
    "money",
    "next",
    "now",
    "orders",
    "paid",
    "phase",
    "quotes",
    "rate",
    "report",
    "resume",
    "run",
    "setting",
    "shares",
    "state",
    "to",
    "traders",
    "trader",
    "attempts",
    "between",
}
"""Names of figures that mean what they say."""


def names() -> set[str]:
    """The names of the figures of PHASE / HEALTH, SESSION, a detail and a unit."""
    found: set[str] = set()
    for snapshot in (desks.normal(), desks.troubled(), desks.open_units()):
        view = View(snapshot, ScreenState(), UNICODE)
        view.state.keys[UNITS] = [u.key for u in snapshot.units]
        rows = [*phase.lines(view, 60), *activity.session_lines(view, 60)]
        rows += [row for t in snapshot.traders for row in detail._summary(t, view)]
        rows += units.unit_lines(view, 90, 40)
        found |= {row[0][0].strip() for row in rows if row and row[0][1] == "label"}
    assert {"recon", "hedge", "debits"} <= found
    return {name for name in found if re.fullmatch(r"[a-z$/ -]+", name)} - PLAIN


SOURCES = {
    "columns": column_titles(),
    "states of a trader": {state.value for state in TraderState},
    "states of the desk": {state.value for state in EngineState},
    "stages": {stage.value for stage in Stage},
    "verdicts": {verdict.value for verdict in Verdict},
    "why not": {*trader_words.GATE_WORDS.values(), "paused", "halted", "hours", "close"},
    "parts of an order": {part_letters(part) for part in "DCUS"},
    "labels": set(pairs._LABELS),
    "priorities": {f"P{priority}" for priority in PRIORITY_STYLES},
    "last results": {"FIL", "PAR", "TMO", "REJ", "CAN"},
    "figures": header_names(desks.troubled()),
    "phases": {phase.value for phase in TradingPhase},
    "states of an order": {state.value.upper() for state in OrderState},
    "answers to a request": {state.value for state in TicketState},
    "states of an alarm": {"cleared", "shelved"},
    "marks of rows and bars": marks(),
    "letters under a plot": {letter for letter, _ in letters()},
    "verdicts of the connection": {"ok", "warn", "fail"},
    "names of figures": names(),
    "what a newcomer asked": {"SAFE", "assumed", "THIN", "floor", "H3", "Look", "Unh"},
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_short_word_is_explained(source):
    text = " ".join(
        f"{term} {meaning}" for _, group in glossary.GLOSSARY for term, meaning in group
    )
    for word in SOURCES[source]:
        assert re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", text), word


def test_hung_is_explained_with_the_seconds_that_count():
    meanings = {term: meaning for _, group in glossary.GLOSSARY for term, meaning in group}
    assert meanings["Hung"].endswith(f"for more than {HUNG_S:g} s")


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
        for _ in range(32):
            rows = texts(app, "body")
            assert not any("…" in row.replace("… →", "") for row in rows)
            shown += " ".join(rows)
            await pilot.press("pagedown")
        for title, _ in glossary.GLOSSARY:
            assert title in shown
        await pilot.press("tab")
        assert "HELP 1 of 2" in texts(app, "body")[0]
        await pilot.press("tab", "escape", "question_mark")
        assert "HELP 1 of 2" in texts(app, "body")[0]
