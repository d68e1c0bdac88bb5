"""A report whose every text is hostile is text in a terminal, and text on its page."""

from __future__ import annotations

import unicodedata

import pytest

from engine.orders import events as ev
from engine.report.session import session_report
from engine.report.session_page import session_page
from engine.report.text import report_text, summary_lines
from engine.state.desk import DeskState
from tests.support.every_list import HOSTILE
from tests.support.hand_written_runs import day
from tests.support.poisoned import poisoned

TEXTS = {"mixed": "".join(HOSTILE[:7]), "markup": "<img src=x onerror=alert(1)>\"'&<script>"}
NEVER = frozenset({"Cc", "Cf", "Cs", "Co"})


def hostile_report(text: str):
    state, story = DeskState(), day(9, 300)
    story.add(ev.GatesLookedAt(story.later(1), {"OPEN": 30, "NO_PAIR": 10}))
    story.add(ev.AlarmRaised(story.later(1), "A1", 1, "HUNG", "SYM0", "unhedged", "c", "r"))
    for event in story.events:
        state.apply(event)
    return poisoned(session_report(state), lambda _: text)


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_report_is_text(name: str) -> None:
    report = hostile_report(TEXTS[name])
    for line in (*report_text(report).splitlines(), *summary_lines(report)):
        assert not {c for c in line if unicodedata.category(c) in NEVER}, line
    page = session_page(report)
    assert not {c for c in page if unicodedata.category(c) in NEVER} - {"\n"}
    for element in ("<img", "<script", "onerror=alert(1)>"):
        assert element not in page
