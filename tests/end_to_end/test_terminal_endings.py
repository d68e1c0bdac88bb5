"""However the terminal or the process is ended, the desk settles and the terminal comes back."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from engine.orders import events as ev
from tests.support.terminal import (
    ENTER_ALTERNATE,
    KILL,
    LEAVE_ALTERNATE,
    SHOW_CURSOR,
    Open,
)

FAST = ("--no-warm-up", "--speed", "20", "--symbols", "SPY,QQQ", "--expirations", "2")
SIGNALS = [signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGINT])
def test_a_signal_gives_the_terminal_back_and_leaves_a_settled_journal(
    number: signal.Signals, terminal: Open
) -> None:
    desk = terminal(*FAST)
    desk.until("TRADERS", " WRK ")
    process = desk.pid
    desk.send(number)
    assert desk.ended() == 0
    assert desk.seen.count(LEAVE_ALTERNATE) == desk.seen.count(ENTER_ALTERNATE) == 1
    assert SHOW_CURSOR in desk.seen[desk.seen.rindex(LEAVE_ALTERNATE) - 200 :]
    assert desk.said.splitlines()[-1] == "book == broker"
    assert "Traceback" not in desk.said
    events = desk.assert_settled()
    assert sum(isinstance(e, ev.OrderIntended) for e in events) > 0
    (asked,) = (e for e in events if isinstance(e, ev.OperatorActed))
    assert (asked.action, asked.who, asked.key) == ("drain", "signal", number.name)
    assert asked.reason == f"{number.name} came to process {process}"
    assert desk.status()["state"] == "ENDED"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_during_the_warm_up_settles_too(number: signal.Signals, terminal: Open) -> None:
    desk = terminal("--symbols", "SPY,QQQ,AAPL", "--expirations", "3")
    desk.until("warming up")
    desk.send(number)
    assert desk.ended() == 0
    assert desk.said.splitlines()[-1] == "book == broker"
    desk.assert_settled()


def test_a_signal_before_the_first_picture_gives_the_terminal_back_and_trades_nothing(
    terminal: Open,
) -> None:
    desk = terminal(*FAST)
    desk.until(lambda _: ENTER_ALTERNATE in desk.seen)
    desk.send(signal.SIGTERM)
    assert desk.ended() == 0
    assert LEAVE_ALTERNATE in desk.seen
    assert desk.said.splitlines()[-1] == "book == broker"
    assert not desk.live_orders()


def test_repeated_signals_end_it_once(terminal: Open) -> None:
    desk = terminal(*FAST)
    desk.until("TRADERS", " WRK ")
    for _ in range(5):
        desk.send(signal.SIGTERM)
    desk.send(signal.SIGHUP)
    assert desk.ended() == 0
    assert desk.said.splitlines()[-1] == "book == broker"
    assert sum(isinstance(e, ev.SessionEnded) for e in desk.assert_settled()) == 1


@pytest.mark.parametrize("nohup", [False, True])
def test_rubric_18_a_closed_window_ends_the_process_and_settles(
    nohup: bool, terminal: Open
) -> None:
    desk = terminal(*FAST, nohup=nohup)
    desk.until("TRADERS", " WRK ")
    desk.hang_up()
    assert desk.ended() == 0
    desk.assert_settled()
    assert len(list(desk.home.state.rglob("report.txt"))) == 1
    assert not [log.read_text() for log in desk.home.state.rglob("legdesk.log")]
    assert desk.status()["state"] == "ENDED"


def test_a_closed_window_hears_no_complaint_and_that_is_no_error(
    terminal: Open, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    desk = terminal("run", *FAST, "--report", gone / "report.json")
    desk.until("TRADERS", " WRK ")
    gone.rmdir()
    desk.hang_up()
    assert desk.ended() == 0
    desk.assert_settled()
    assert not [log.read_text() for log in desk.home.state.rglob("legdesk.log")]


def test_rubric_02_kill_works_while_the_terminal_takes_no_output(terminal: Open) -> None:
    desk = terminal("run", *FAST, size=(200, 60))
    desk.until("TRADERS", " WRK ")
    desk.press(*(">>>>" + "jk" * 50))  # something to draw, which nobody reads
    attempts = desk.status().get("attempts", 0)
    desk.wait_for_status(lambda now: now.get("attempts", 0) > attempts + 200)
    desk.press(KILL)
    desk.wait_for_status(lambda now: now.get("state") == "KILLED")
    desk.until("KILLED")
    desk.press("q", "d")
    assert desk.ended() == 0
    asked = [event.action for event in desk.assert_settled() if isinstance(event, ev.OperatorActed)]
    assert asked.count("kill") == 1


def test_rubric_18_a_terminal_that_takes_no_output_stops_neither_trading_nor_ending(
    terminal: Open, tmp_path: Path
) -> None:
    wanted = tmp_path / "journal.jsonl"
    desk = terminal("run", *FAST, "--export", wanted, size=(200, 60))
    desk.until("TRADERS", " WRK ")
    before = desk.status().get("attempts", 0)
    desk.press(*(">>>>" + "jk" * 50))  # something to draw, which nobody reads
    desk.wait_for_status(lambda now: now.get("attempts", 0) > before + 50)
    desk.send(signal.SIGTERM)
    assert desk.ended(reading=False) == 0
    events = desk.assert_settled()
    assert len(wanted.read_text().splitlines()) == len(events)
