"""The whole program in a real terminal: what it shows, its keys, and every size of window."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from engine.orders import events as ev
from tests.support.command_line import record_small_session
from tests.support.exchange_processes import until
from tests.support.open_files import holders_of
from tests.support.terminal import (
    ENTER,
    ENTER_ALTERNATE,
    ESCAPE,
    HIDE_CURSOR,
    KILL,
    LEAVE_ALTERNATE,
    Open,
    Terminal,
)

WARM = ("--symbols", "SPY,QQQ", "--expirations", "2")
PANES = ("TRADERS", "PHASE / HEALTH", "CHAIN BALANCES", "RECOMMENDATIONS", "ORDERS", "ALARMS")
PAST_REPEAT_S = 0.8
"""Longer than the silence of the kill key after which a press is a new one."""


def body_of(text: str, pane: str) -> list[str]:
    """The lines of a pane between its title and the rule below, as far as they say something."""
    lines = text.splitlines()
    top = next(n for n, line in enumerate(lines) if f" {pane}" in line and "─" in line)
    start = lines[top].index(f" {pane}") - 4
    found = []
    for line in lines[top + 1 :]:
        part = line[max(0, start) :]
        if part.startswith(("╰", "╭", "─", "├")):
            break
        words = re.split("[│╮╯]", part.lstrip("│"))[0].strip()
        if words:
            found.append(words)
    return found


def chosen(text: str) -> str:
    """Symbol and expiry of the row under the cursor of TRADERS, "" where there is none."""
    found = re.search(r"▸[ *]+[A-Z]{3} +([A-Z]+ +\w+)", text)
    return found[1] if found else ""


def without(words: str) -> Callable[[str], bool]:
    """A test that the screen no longer shows these words."""
    return lambda text: words not in text


def at_speed(times: int) -> Callable[[str], object]:
    """A test that the header says how fast simulated time goes."""
    return lambda text: f" ×{times} " in text.splitlines()[0]


def quit_in_order(desk: Terminal) -> list[ev.Event]:
    """Leave by the dialog; what the journal then holds."""
    desk.press("q")
    desk.until("Quit: ")
    desk.press("d")
    assert desk.ended() == 0
    assert desk.said.splitlines()[-1] == "book == broker"
    return desk.assert_settled()


def test_a_warm_up_is_followed_on_a_splash_and_then_every_pane_has_something_to_say(
    terminal: Open,
) -> None:
    desk = terminal(*WARM)
    desk.until("L E G D E S K", "warming up", lambda text: re.search(r"\d %", text))
    assert ENTER_ALTERNATE in desk.seen
    assert HIDE_CURSOR in desk.seen
    shown = desk.until(*PANES, " RUN ", lambda text: "QQQ" in "".join(body_of(text, "ORDERS")))
    assert re.search(r" 10:\d\d:\d\d ET", shown)
    for pane in PANES:
        assert body_of(shown, pane), f"{pane} is empty:\n{shown}"
    for row in shown.splitlines():
        assert len(row) == 120
    acted = [e for e in quit_in_order(desk) if isinstance(e, ev.OperatorActed)]
    assert [e.action for e in acted if e.action not in ("drain", "stop")] == []


def test_help_detail_pause_resume_and_both_stages_of_kill_work_from_the_keyboard(
    terminal: Open,
) -> None:
    desk = terminal("--no-warm-up", "--speed", "20", *WARM)
    desk.until("TRADERS", "SPY", "WRK")
    desk.press("?")
    desk.until(" HELP ", "cancel every engine order", without("CHAIN BALANCES"))
    desk.press(ESCAPE)
    desk.until("CHAIN BALANCES", without(" HELP "))
    desk.press(ENTER)
    desk.until("GATES", without("CHAIN BALANCES"))
    desk.press(ESCAPE)
    desk.until("CHAIN BALANCES", without("GATES"))
    desk.press("p")
    desk.until(" PAU ")
    desk.press("r")
    desk.until(without(" PAU "))
    desk.press(KILL, KILL, KILL, KILL)
    desk.until("KILLED", "^K again: CANCEL ALL")
    desk.follow(PAST_REPEAT_S)
    assert "CANCEL ALL requested" not in desk.text
    desk.press(KILL)
    desk.until("No order works", "stopped before and latched")
    events = quit_in_order(desk)
    acted = [e for e in events if isinstance(e, ev.OperatorActed)]
    kills = [e for e in acted if e.action == "kill"]
    assert len(kills) == 2, kills
    assert {e.key for e in kills} == {"^K"}
    assert {"pause", "resume"} <= {e.action for e in acted}
    first = events.index(kills[0])
    sent = [e for e in events[first:] if isinstance(e, ev.OrderIntended) and e.part == "debit"]
    assert sent == []


def test_every_size_of_window_is_drawn_and_coming_back_shows_everything_again(
    terminal: Open,
) -> None:
    desk = terminal("--no-warm-up", "--speed", "20", *WARM)
    desk.until(*PANES, "SPY")
    first = body_of(desk.until("CANCELED"), "ORDERS")[1]
    desk.until(lambda text: body_of(text, "ORDERS")[1] != first)  # the newest stays on top
    before = chosen(desk.text)
    desk.press("j")
    after = chosen(desk.until(lambda text: chosen(text) != before))
    for columns, rows, words in (
        (80, 24, "TRADERS"),
        (200, 60, "EVENTS"),
        (60, 15, "too small: 80x24"),
        (20, 5, "Unhedged"),
        (120, 40, "CHAIN BALANCES"),
    ):
        desk.resize(columns, rows)
        shown = desk.until(words, "KILL" if rows > 5 else "P1")
        assert " SIM " in shown.splitlines()[0]
    assert chosen(desk.until(*PANES, "▸")) == after
    desk.resize(60, 15)
    desk.until("too small: 80x24")
    desk.press(KILL)
    desk.until("KILLED")
    desk.resize(120, 40)
    desk.until("KILLED", *PANES)
    quit_in_order(desk)


def test_rubric_16_after_quitting_nothing_works_and_no_process_is_left(
    terminal: Open,
) -> None:
    desk = terminal("--no-warm-up", "--speed", "20", *WARM)
    desk.until("WRK")
    desk.press("H")
    desk.until("HALT")
    desk.press("\x03")
    desk.until("after this nothing trades")
    desk.press(ENTER, " ")
    desk.press(ESCAPE)
    desk.until(without("after this nothing trades"))
    assert desk.alive() and desk.pid in holders_of(desk.home.state)
    desk.press("\x11")
    desk.until("after this nothing trades")
    desk.press("c")
    assert desk.ended() == 0
    assert LEAVE_ALTERNATE in desk.seen
    assert desk.said.splitlines()[-1] == "book == broker"
    events = desk.assert_settled()
    halted = [e for e in events if isinstance(e, ev.OperatorActed) and e.action == "halt"]
    assert [e.key for e in halted] == ["H"]
    until(lambda: not holders_of(desk.home.state), what="a process has files of the desk open")


def test_speed_keys_change_simulated_time_and_hold_it(terminal: Open) -> None:
    desk = terminal("--no-warm-up", *WARM)
    desk.until(*PANES)
    desk.press(">")
    desk.until(at_speed(2))
    desk.press(">")
    desk.until(at_speed(5))
    desk.press("<")
    desk.until(at_speed(2))
    desk.press(",")
    held = re.search(r"\d\d:\d\d:\d\d ET", desk.until("TIME PAUSED"))
    assert held is not None
    desk.follow(PAST_REPEAT_S)
    assert held[0] in desk.text
    desk.press(".")
    desk.until(lambda text: held[0] not in text, "TIME PAUSED")
    desk.press(",")
    desk.until(at_speed(2), without("TIME PAUSED"))
    quit_in_order(desk)


def test_a_recorded_session_replays_with_progress_holds_steps_and_ends_with_its_report(
    terminal: Open, tmp_path: Path
) -> None:
    folder = record_small_session(tmp_path / "small", minutes=20)
    desk = terminal("replay", folder, "--speed", "20")
    desk.until("TRADERS", "replay", lambda text: re.search(r"replay +\S* *\d+%", text))
    desk.press(",")
    shown = desk.until("TIME PAUSED")
    clock = re.search(r"\d\d:\d\d:\d\d ET", shown)
    assert clock is not None
    desk.press(".")
    desk.until(lambda text: clock[0] not in text, "TIME PAUSED")
    desk.press(",")
    desk.until(without("TIME PAUSED"))
    desk.press(">")
    desk.until(at_speed(50))
    desk.press(">")
    desk.until("ENDED", "100%")
    desk.press("t")
    desk.until("SESSION REPORT", "recorded session small")
    desk.press(ESCAPE)
    desk.until("CHAIN BALANCES", without("SESSION REPORT"))
    quit_in_order(desk)
