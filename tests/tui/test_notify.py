"""Notifications of P1: what the terminal and a user's command are told, and what they can never do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engine.config import DeskConfig, NotifySettings, load_config
from engine.snapshot import AlarmView, ConnectionView, EngineSnapshot
from tests.support import sample_snapshots as samples
from tests.support.exchange_processes import until
from tests.support.fake_desk import FakeDesk
from tui.app import DeskApp
from tui.bridge import Bridge
from tui.cli.main import main
from tui.cli.watch import Lines, Watch
from tui.notify.command import arguments_of, environment_of
from tui.notify.notice import Notice, notice_of
from tui.notify.notifier import Notifier, sequence

HOSTILE = "\x1b]0;pwned\x07; rm -rf /; $(reboot) `id` --help {text} \u202e\n\0" + "x" * 5000


def an_alarm(**words: Any) -> AlarmView:
    made: dict[str, Any] = {
        "id": "A7", "priority": 1, "code": "UNHEDGED", "where": "SPY 2026-12-04", "what": "31 s without its credit",
        "consequence": "it may lose", "response": "choose with h", "state": "unacked", "raised_s": 1.0,
    }  # fmt: skip
    made |= words
    return AlarmView(places=((made["where"], made["what"]),), **made)


NOTICE = notice_of(an_alarm(), samples.normal())


class Clock:
    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def notify() -> Iterator[Callable[..., tuple[Notifier, list[str], Clock]]]:
    made: list[Notifier] = []

    def begin(environment: dict[str, str] | None = None, **settings: Any) -> Any:
        written: list[str] = []
        clock = Clock()
        variables = {"PATH": os.environ["PATH"]} | (environment or {})
        notifier = Notifier(NotifySettings(**settings), written.append, variables, clock)
        made.append(notifier)
        return notifier, written, clock

    yield begin
    for each in made:
        each.close()


def script(folder: Path, body: str) -> tuple[str, ...]:
    """A command that is a Python script, and where it writes."""
    path = folder / "told.py"
    path.write_text(f"import json, os, sys, time\nout = {str(folder / 'out')!r}\n{body}", "utf-8")
    return sys.executable, "-S", "-E", str(path)


WRITES = """
import signal
with open(out + '.tmp', 'w') as f:
    json.dump([sys.argv[1:], sys.stdin.read(), dict(os.environ)], f)
os.rename(out + '.tmp', out)
"""


# ---------------------------------------------------------------------- settings


def test_nothing_is_notified_unless_it_is_asked_for(notify) -> None:
    assert not DeskConfig().notify.asked_for
    notifier, written, _ = notify()
    notifier.alarm(NOTICE)
    assert notifier.look() == "" and written == []


def test_the_settings_are_read_checked_and_no_part_of_how_a_desk_trades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("LEGDESK_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "c.toml"
    path.write_text('[notify]\nterminal = "osc9"\ncommand = ["ntfy", "send", "{text}"]\n', "utf-8")
    config = load_config(path)
    assert config.notify.command == ("ntfy", "send", "{text}") and config.notify.asked_for
    assert "notify" not in config.for_the_journal()
    path.write_text("[notify]\ncomand = []\n", "utf-8")
    with pytest.raises(ValueError, match=r"notify\.comand"):
        load_config(path)


@pytest.mark.parametrize(
    "settings",
    [
        {"terminal": "osc8"},
        {"command": "notify-send"},
        {"command": ("", "x")},
        {"command": ("a\0b",)},
        {"command": ("a\nb",)},
        {"command": ("x" * 600,)},
        {"command": ("x",) * 40},
        {"command_within_s": 0},
        {"command_within_s": float("inf")},
        {"at_most_every_s": 0.1},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NotifySettings(**settings)


# ---------------------------------------------------------------------- words


def test_the_words_are_the_alarms_with_whose_desk_it_is() -> None:
    assert NOTICE.title == "P1 UNHEDGED"
    assert NOTICE.text.startswith("SIM ")
    assert NOTICE.text.endswith(": SPY 04DEC26: 31 s without its credit. choose with h")
    real = replace(samples.normal(), mode="LIVE", account="DU1234567", connection=ConnectionView())
    assert notice_of(an_alarm(), real).text.startswith("LIVE 4567: ")
    assert "(and 3 more alarms of P1)" in replace(NOTICE, more=3).text


def test_hostile_words_are_one_argument_and_never_an_option_or_a_sequence() -> None:
    words = dict.fromkeys(("alarm", "code", "where", "what", "consequence", "response"), HOSTILE)
    notice = Notice.of(words, {"mode": "--rm", "account": HOSTILE, "run": HOSTILE})  # type: ignore[arg-type]
    program, *rest = arguments_of(("send", "{title}", "-m", "Legdesk: {text}", "{what}"), notice)
    assert (program, len(rest), rest[1], rest[3]) == ("send", 4, "-m", "{what}")
    assert rest[0].startswith("P1 ") and rest[2].startswith("Legdesk: ")
    assert all(each.isprintable() and len(each) < 2_000 for each in rest)
    assert all(value.isprintable() for value in notice.variables().values())
    for kind in ("osc9", "osc777"):
        for environment in ({}, {"TMUX": "/tmp/tmux,1,0"}):
            told = sequence(kind, notice.title, notice.text, environment)
            inside = told.removeprefix("\x1bPtmux;\x1b").removesuffix("\x1b\\").strip("\x1b\x07")
            assert inside.isprintable()


def test_a_command_gets_no_setting_of_the_desk_and_no_key_of_its_account() -> None:
    before = {"HOME": "/h", "LEGDESK_BROKER__SECRET": "s", "TEXTUAL_PRESS": "q", "ALARM_OLD": "1"}
    variables = environment_of(before, NOTICE)
    assert {name for name in variables if not name.startswith("ALARM_")} == {"HOME"}
    assert variables["ALARM_CODE"] == "UNHEDGED" and "ALARM_OLD" not in variables
    assert variables["ALARM_TEXT"] == NOTICE.text and variables["ALARM_DO"] == "choose with h"


# ---------------------------------------------------------------------- the terminal


def test_the_terminal_is_told_in_its_own_sequence() -> None:
    assert sequence("osc9", "P1 X", "SIM 1: y", {}) == "\x1b]9;P1 X: SIM 1: y\x07"
    assert sequence("osc777", "P1; X", "SIM 1: y; z", {}) == "\x1b]777;notify;P1, X;SIM 1: y; z\x07"
    passed = sequence("osc9", "P1 X", "SIM 1: y", {"TMUX": "/tmp/tmux-0/default,1,0"})
    assert passed == "\x1bPtmux;\x1b\x1b]9;P1 X: SIM 1: y\x07\x1b\\"


def test_a_flood_is_one_notification_that_counts_the_others(notify) -> None:
    notifier, written, clock = notify(terminal="osc9", at_most_every_s=30)
    notifier.alarm(NOTICE)
    notifier.look()
    for _ in range(500):
        notifier.alarm(NOTICE)
        notifier.look()
    assert len(written) == 1
    clock.at_s += 30.0
    notifier.look()
    notifier.look()
    assert len(written) == 2 and "(and 499 more alarms of P1)" in written[1]


# ---------------------------------------------------------------------- the command


def test_a_command_is_told_by_arguments_variables_and_its_input(notify, tmp_path: Path) -> None:
    marker = tmp_path / "no shell"
    command = (*script(tmp_path, WRITES), "{text}", f"; touch '{marker}'", "$HOME")
    notifier, written, _ = notify(command=command, environment={"LEGDESK_BROKER__KEY": "secret"})
    notifier.alarm(NOTICE)
    assert notifier.look() == ""
    out = tmp_path / "out"
    until(out.exists)
    arguments, fed, variables = json.loads(out.read_text("utf-8"))
    assert arguments == [NOTICE.text, f"; touch '{marker}'", "$HOME"]
    assert fed == f"{NOTICE.text}\n" and variables["ALARM_TITLE"] == "P1 UNHEDGED"
    assert "LEGDESK_BROKER__KEY" not in variables and not marker.exists() and not written
    until(lambda: not notifier._runner.running)
    assert notifier.look() == ""


def test_one_command_runs_at_a_time_and_is_killed_with_what_it_started(
    notify, tmp_path: Path
) -> None:
    body = """
import subprocess
child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'])
with open(out + '.' + str(os.getpid()), 'w') as f:
    f.write(str(child.pid))
time.sleep(600)
"""
    notifier, _, clock = notify(command=script(tmp_path, body), at_most_every_s=1)
    notifier.alarm(NOTICE)
    notifier.look()
    begun = until(lambda: [p for p in tmp_path.glob("out.*") if p.read_text("utf-8")])
    for _ in range(5):
        clock.at_s += 2.0
        notifier.alarm(NOTICE)
        notifier.look()
    assert len(list(tmp_path.glob("out.*"))) == 1
    notifier.close()
    for pid in (int(begun[0].suffix[1:]), int(begun[0].read_text("utf-8"))):
        until(lambda pid=pid: _gone(pid))  # type: ignore[misc]
    notifier.alarm(NOTICE)
    clock.at_s += 2.0
    notifier.look()
    assert len(list(tmp_path.glob("out.*"))) == 1  # nothing more is started


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize(
    ("body", "settings", "said"),
    [
        ("sys.exit(3)", {}, "ended with code 3"),
        ("os.kill(os.getpid(), 15)", {}, "ended by SIGTERM"),
        ("time.sleep(600)", {"command_within_s": 1}, "took longer than 1 s and was killed"),
    ],
)
def test_a_failure_is_said_once(
    notify, tmp_path: Path, body: str, settings: Any, said: str
) -> None:
    notifier, _, clock = notify(command=script(tmp_path, body), at_most_every_s=1, **settings)
    told: list[str] = []
    for _ in range(2):
        clock.at_s += 2.0
        notifier.alarm(NOTICE)
        told.append(notifier.look())
        until(lambda: not notifier._runner.running)
        told.append(notifier.look())
        if "longer" in said:
            break
    assert [each for each in told if each] == [f"notify.command {sys.executable[:60]} {said}"]


def test_a_program_that_is_not_there_is_said(notify) -> None:
    notifier, _, _ = notify(command=("/nowhere/\x20bin", "{text}"))
    notifier.alarm(NOTICE)
    notifier.look()
    assert until(notifier.look) == (
        "notify.command /nowhere/ bin cannot be started: No such file or directory"
    )


# ---------------------------------------------------------------------- on the screen


def app_of(snapshot: EngineSnapshot, **settings: Any) -> tuple[DeskApp, FakeDesk, list[str]]:
    desk = FakeDesk(snapshot)
    config = DeskConfig(notify=NotifySettings(**settings))
    app = DeskApp(Bridge(desk), config, environment={}, beat=False)
    written: list[str] = []
    app._notifier._write = written.append
    return app, desk, written


async def test_the_screen_notifies_of_each_p1_once_whether_or_not_the_bell_is_mute() -> None:
    quiet = replace(samples.normal(), alarms=())
    app, desk, written = app_of(quiet, terminal="osc777", at_most_every_s=1)
    async with app.run_test(size=(80, 24)):
        app.state.bell = False
        app.look()
        assert written == []
        p2 = an_alarm(id="A8", priority=2)
        desk.now = replace(quiet, version=quiet.version + 1, alarms=(an_alarm(), p2))
        app.look()
        app.look()
        assert written == [
            f"\x1b]777;notify;{NOTICE.title};{NOTICE.text}\x07",
        ]


async def test_a_command_that_fails_is_said_on_the_screen_and_ends_with_it(tmp_path: Path) -> None:
    quiet = replace(samples.normal(), alarms=())
    app, desk, _ = app_of(quiet, command=("/nowhere/bin",))
    async with app.run_test(size=(80, 24)):
        desk.now = replace(quiet, version=quiet.version + 1, alarms=(an_alarm(),))
        app.look()

        def said() -> bool:
            app.look()
            return "cannot be started" in app.state.message

        until(said)
    assert app._notifier._runner is not None and app._notifier._runner._over.is_set()


# ---------------------------------------------------------------------- beside a desk without a screen


class Followed:
    """What a desk tells, as a test has it tell."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = [*rows, {"type": "lost", "reason": "it has ended", "ended": True}]
        self.status: dict[str, Any] | None = None

    def take(self, within_s: float) -> list[dict[str, Any]]:
        return [self.rows.pop(0)]


def risen(number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "event", "kind": "alarm", "number": number, "state": "raised", "alarm": f"A{number}", "priority": 1,
        "code": "PARKED", "where": "SPY", "what": "parked", "response": "", "wants_answer": True,
    } | more  # fmt: skip


def test_watch_notifies_of_what_rises_and_of_nothing_of_before(notify, capsys) -> None:
    notifier, written, clock = notify(terminal="osc9", at_most_every_s=1)
    notifier._last_s = clock.at_s  # what comes at once waits, and is counted
    desk = {"type": "desk", "mode": "PAPER", "account": "4567", "run": "r", "number": 3}
    followed = Followed(
        desk, risen(3), risen(4), risen(5, priority=2), risen(6, wants_answer=False), risen(7)
    )
    assert Watch(followed, Lines(False), 10.0, False, notifier).to_the_end() == 0  # type: ignore[arg-type]
    clock.at_s += 2.0
    notifier.look()
    assert written == ["\x1b]9;P1 PARKED: PAPER 4567: SPY: parked (and 1 more alarm of P1)\x07"]
    assert "\x1b" not in capsys.readouterr().out


def test_notify_without_anything_to_do_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    for name in [name for name in os.environ if name.startswith("LEGDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["watch", "--notify"]) == 2
    assert "set notify.command or notify.terminal" in capsys.readouterr().err
