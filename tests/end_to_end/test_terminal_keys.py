"""Bytes as terminals send them over bad lines: no key but a meant one, and kill always."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from tests.support.terminal import ESCAPE, KILL, Open, Terminal

SMALL = ("--no-warm-up", "--symbols", "SPY,QQQ", "--expirations", "2")

A_BYTE_S = 0.01
"""Between bytes of a slow line, well within the delay of Esc."""

BEYOND_ESC_S = 0.25
"""Longer than the delay after which Esc was pressed by itself, and less than a second."""


def asked(desk: Terminal) -> list[str]:
    """Leave by the quit dialog; what the operator asked before, as the journal says."""
    desk.press("q")
    desk.until("after this nothing trades")
    desk.press("c")
    assert desk.ended() == 0
    acted = [e.action for e in desk.assert_settled() if isinstance(e, ev.OperatorActed)]
    return [action for action in acted if action not in ("stop", "drain")]


@pytest.mark.parametrize("kill", [KILL, b"\x1b[24~", b"\x1b[107;5u"])
def test_kill_kills_after_a_paste_whose_end_was_lost(kill: bytes, terminal: Open) -> None:
    desk = terminal(*SMALL)
    desk.until("TRADERS", "SPY")
    desk.press(b"\x1b[200~Hpq words")
    desk.follow(1.5)
    desk.press(kill)
    desk.until("KILLED", "^K again: CANCEL ALL")
    assert asked(desk) == ["kill"]


def test_sequences_that_arrive_in_two_pieces_ask_for_nothing(terminal: Open) -> None:
    desk = terminal(*SMALL)
    desk.until("TRADERS", "SPY")
    for rest in (b"[A", b"[H", b"OP", b"[1;2A", b"[200~HpA\x1b[201~"):
        desk.press(ESCAPE)
        desk.follow(BEYOND_ESC_S)
        desk.press(rest)
        desk.follow(BEYOND_ESC_S)
    desk.press(b"\xff\xfe\xc3")
    desk.press("?")
    desk.until(" HELP ")
    desk.press(ESCAPE)
    desk.until("CHAIN BALANCES", lambda text: " HELP " not in text)
    assert asked(desk) == []


def test_what_is_typed_in_one_burst_goes_where_it_was_meant(terminal: Open) -> None:
    desk = terminal(*SMALL)
    desk.until("TRADERS", "SPY", "QQQ")
    desk.press(":blotter\r")
    desk.until("─ ORDER ", lambda text: "CHAIN BALANCES" not in text)
    desk.press(ESCAPE)
    desk.until("CHAIN BALANCES")
    desk.press("/QQQ")
    desk.until("filter:QQQ", "2 of 4", "Enter keeps")
    desk.press("\r")
    for each in (b"\x1b[B", b":log\r", "\u00e9".encode(), b"\x1b[A"):  # a byte at a time
        for byte in each:
            desk.press(bytes([byte]))
            desk.follow(A_BYTE_S)
    desk.until("ALARM, REQUESTS, EVENTS")
    assert asked(desk) == []
