"""Whatever text a broker, a file or a person gives: every screen and every file has it as text."""

from __future__ import annotations

import json
import re
import unicodedata
from xml.etree import ElementTree

import pytest
from textual import events
from textual._compositor import LayoutUpdate

from engine.commands import Ask
from tests.support.every_list import HOSTILE
from tests.support.poisoned import poisoned
from tests.tui.screens.test_every_screen import SCREENS, alarm, back_to_main
from tui.app import DeskApp

TEXTS = {
    "mixed": "".join(HOSTILE[:7]),
    "long": "x" * 10_000,
    "wide": '日本 e\u0301 "q"\u200b, \ttab',
}

WAYS = {**SCREENS, "palette": ("ctrl+p",), "command": ("colon", *"pause ")}

NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Mn"})
"""Controls, bidi overrides and zero-width characters, surrogates, private ones, combining marks."""


def is_shown_as_it_is(text: str) -> bool:
    """Whether each character takes one cell and does nothing to the terminal."""
    return all(
        unicodedata.category(each) not in NEVER and unicodedata.east_asian_width(each) not in "WF"
        for each in text
    )


def segments(app: DeskApp):
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return [segment for line in update.strips for strip in line for segment in strip]


@pytest.mark.parametrize("name", TEXTS)
async def test_every_text_on_every_screen_is_text(open_app, name):
    app, _ = open_app(poisoned(alarm(), lambda _: TEXTS[name]))
    async with app.run_test(size=(120, 40)) as pilot:
        app.look()
        await pilot.press("escape")  # what the account held before is asked about
        for place, keys in WAYS.items():
            await pilot.press(*keys)
            for text, style, _ in segments(app):
                assert is_shown_as_it_is(text), (place, text)
                assert style is None or (not style.link and "@click" not in style.meta), place
            await back_to_main(app, pilot)


async def test_a_written_screen_and_an_exported_report_have_it_as_text(open_app, tmp_path):
    app, _ = open_app(poisoned(alarm(), lambda _: TEXTS["mixed"]))
    async with app.run_test(size=(120, 40)) as pilot:
        app.look()
        await pilot.press("escape", "l", "w", "t", "E")
    written = {file.suffix: file for file in tmp_path.glob("screen-*")}
    assert ElementTree.parse(written[".svg"]).getroot().tag.endswith("svg")
    for file in (*written.values(), *tmp_path.glob("report-*.txt")):
        text = file.read_text(encoding="utf-8")
        assert is_shown_as_it_is(re.sub(r"[\n\ue000-\uf8ff]", "", text)), file
    report = next(tmp_path.glob("report-*.json")).read_text()
    assert report.isascii() and json.loads(report)


async def test_what_is_pasted_or_typed_as_a_reason_is_one_line_of_text(open_app):
    app, desk = open_app(alarm())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "n")
        app.post_message(events.Paste(TEXTS["mixed"]))
        await pilot.press("z")
        assert all(is_shown_as_it_is(text) for text, _, _ in segments(app))
        await pilot.press("enter")
    (reject,) = (each for each in desk.asked if each.ask is Ask.REJECT)
    assert is_shown_as_it_is(reject.reason) and len(reject.reason) <= 200
