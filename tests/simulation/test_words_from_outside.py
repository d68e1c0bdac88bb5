"""Whatever a broker, an exception or a person says: the journal holds only what can be printed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands import Ask
from engine.orders import events as ev
from tests.support.operator_steps import TRADER, Operated

HOSTILE = "\x1b[2J\x07gone\r\nP1 all is well \u202e \u200b" + "x" * 1000


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in (*value, *value.values()) for text in texts(each)]
    return (
        [text for each in value for text in texts(each)] if isinstance(value, tuple | list) else []
    )


def raising(*_: Any) -> None:
    raise ValueError(HOSTILE)


@pytest.fixture
def desk() -> Operated:
    operated = Operated()
    operated.run(60)
    return operated


def only_printable(desk: Operated, kind: type[ev.Event], words: str) -> None:
    rows = desk.of(kind)
    assert any(words in text for row in rows for text in texts(row)), rows
    for event in desk.events:
        assert all(text.isprintable() for text in texts(tuple(event))), event


def test_a_broker_whose_calls_fail_with_hostile_words_alarms_in_clean_ones(
    desk: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.venue, "submit", raising)
    desk.run(30)
    only_printable(desk, ev.AlarmRaised, "gone")


def test_positions_that_cannot_be_read_are_told_in_clean_words(
    desk: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.venue, "positions", raising)
    desk.run(60)
    only_printable(desk, ev.AlarmRaised, "gone")


def test_a_trader_that_fails_is_told_in_clean_words(
    desk: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.context.traders[TRADER], "step", raising)
    desk.run(60)
    only_printable(desk, ev.TraderFaulted, "gone")


def test_what_a_person_types_is_kept_in_clean_words(desk: Operated) -> None:
    desk.ask(Ask.PAUSE, TRADER, reason=HOSTILE)
    desk.ask(Ask.PAUSE, HOSTILE)
    only_printable(desk, ev.OperatorActed, "gone")
    assert all(
        len(row.reason) <= 500 and len(row.target) <= 400 for row in desk.of(ev.OperatorActed)
    )
