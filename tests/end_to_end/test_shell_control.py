"""Another shell acts on the running desk: with the screen frozen, blocked, time held, engine hung."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.orders import events as ev
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.mailbox import Mailbox
from tests.support.command_line import Home
from tests.support.exchange_processes import (
    DeskProcess,
    assert_nothing_lost,
    exchange_for,
    journal_of,
    process_is_gone,
    until,
)
from tests.support.terminal import ENTER, Open

SHOWN = ("--no-warm-up", "--speed", "20", "--symbols", "SPY,QQQ", "--expirations", "2")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


class Headless:
    """A desk without a screen in a process of its own, on the exchange inside it."""

    def __init__(self, home: Home, *options: str) -> None:
        self.home = home
        self.process = home.start(
            *("run", "--headless", "--speed", "20", "--symbols", "SPY,QQQ", "--expirations", "2"),
            *options,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert line.startswith("run "), line
        self.run = line.split()[1]
        self.folder = home.state / "sim" / "runs" / self.run
        until(lambda: self.status().get("attempts", 0) > 0)

    def status(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(
                (self.home.state / "sim" / "status.json").read_text()
            )
        except FileNotFoundError:
            return {}
        return found

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        self.process.communicate(timeout=120)


@pytest.fixture
def desk(home: Home) -> Iterator[Headless]:
    running = Headless(home)
    yield running
    running.end()


def acted(home: Home, run: str) -> list[ev.OperatorActed]:
    return [e for e in journal_of(home, run) if isinstance(e, ev.OperatorActed)]


def run_of(home: Home) -> str:
    return (home.state / "sim" / "runs" / "latest").read_text().strip()


# ---------------------------------------------------------------- with a screen that is no help


def test_kill_works_while_the_display_is_frozen(terminal: Open, home: Home) -> None:
    screen = terminal(*SHOWN)
    screen.until("TRADERS", " WRK ")
    screen.press("f")
    screen.follow(0.5)
    done = home.legdesk("kill", "--all")
    assert done.returncode == 0, done.stderr
    assert "nothing works at the broker any more" in done.stdout
    assert KillLatch(home.state / "sim" / "runs" / run_of(home)).read() is not None
    screen.wait_for_status(lambda now: now["state"] == "KILLED" and now["working"] == 0)
    screen.send(signal.SIGTERM)
    assert screen.ended() == 0
    screen.assert_settled()
    (kill,) = [e for e in acted(home, run_of(home)) if e.action == "kill"]
    assert (kill.who, kill.key, kill.outcome) == ("shell", "legdesk kill --all", "confirmed")


def test_kill_works_while_nobody_reads_what_the_terminal_draws(terminal: Open, home: Home) -> None:
    screen = terminal(*SHOWN, size=(200, 60))
    screen.until("TRADERS", " WRK ")
    screen.press(*("jk" * 200))
    screen.wait_for_status(lambda now: now.get("attempts", 0) > 20)
    assert home.legdesk("kill").returncode == 0
    screen.wait_for_status(lambda now: now["state"] == "KILLED")
    attempts = screen.status()["attempts"]
    assert home.legdesk("kill", "--all").returncode == 0
    screen.wait_for_status(lambda now: now["working"] == 0)
    assert screen.status()["attempts"] <= attempts + 4  # those that worked when it was pressed
    screen.send(signal.SIGTERM)
    assert screen.ended(reading=False) == 0
    screen.assert_settled()


def test_kill_works_while_virtual_time_is_held(terminal: Open, home: Home) -> None:
    screen = terminal(*SHOWN)
    screen.until("TRADERS", " WRK ")
    screen.press(".")
    screen.until("TIME PAUSED")
    assert home.legdesk("kill").returncode == 0
    assert home.legdesk("pause", "SPY").returncode == 0
    screen.until("KILLED")


# ---------------------------------------------------------------- round trips


def test_every_request_is_carried_out_told_and_journaled_as_the_shells(
    desk: Headless, home: Home
) -> None:
    def said(*words: str, code: int = 0) -> str:
        done = home.legdesk(*words)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    traders = dict(desk.status()["traders"])
    one = next(iter(traders))
    assert "paused" in said("pause", one)
    assert "paused 1 of 2, the others were already" in said("pause", "spy")
    assert "paused 2 of 4, the others were already" in said("pause")
    assert "resumed" in said("resume", *one.split())
    assert "there is no trader NOBODY 2026-01-01" in said("pause", "NOBODY 2026-01-01", code=1)
    assert "entries halted" in said("halt")
    assert "halt lifted, resumed 3 of 4" in said("resume")
    assert "0 acknowledged" in said("ack", "--all")
    assert "there is no active alarm A99" in said("ack", "A99", code=1)
    assert "cannot be decided" in said("approve", "R99", code=1)
    assert "there is no kill to lift" in said("resume", "--word", "RESUME", code=1)
    said("kill")
    assert "kill is latched" in said("resume", code=1)
    assert "type the word" in said("resume", "--word", "yes", code=1)
    assert "nothing works" in said("kill", "--all")
    assert "kill lifted" in said("resume", "--word", "RESUME")
    desk.end()
    rows = [e for e in acted(home, desk.run) if e.who == "shell"]
    assert [(e.action, e.outcome) for e in rows] == [
        *[("pause", "confirmed")] * 3,
        ("resume", "confirmed"),
        ("pause", "refused"),
        ("halt", "confirmed"),
        ("resume", "confirmed"),
        ("ack", "confirmed"),
        ("ack", "refused"),
        ("approve", "refused"),
        ("resume-after-kill", "refused"),
        ("kill", "confirmed"),
        ("resume-after-kill", "refused"),
        ("kill", "confirmed"),
        ("resume-after-kill", "confirmed"),
    ]
    assert rows[0].target == one and rows[0].key == "legdesk pause"


def test_without_a_desk_there_is_a_sentence_and_exit_code_two(home: Home) -> None:
    for words in (("kill",), ("halt",), ("pause",), ("resume",), ("ack", "A1"), ("approve", "R1")):
        done = home.legdesk(*words)
        assert done.returncode == 2
        assert done.stderr.startswith("legdesk: no desk runs in")


def test_what_reduces_risk_reaches_every_desk_and_what_adds_it_wants_one_named(
    desk: Headless, home: Home
) -> None:
    other = Headless(home)
    try:
        assert home.legdesk("resume").returncode == 2
        done = home.legdesk("kill")
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) == 2
        lifted = home.legdesk("resume", "--word", "RESUME", "--run", other.run)
        assert lifted.returncode == 0, lifted.stderr
        assert KillLatch(desk.folder).is_closed
        assert not KillLatch(other.folder).is_closed
    finally:
        other.end()


# ---------------------------------------------------------------- an engine that hangs


def test_a_hung_engine_with_its_own_exchange_is_latched_and_told_plainly(
    desk: Headless, home: Home
) -> None:
    desk.process.send_signal(signal.SIGSTOP)
    done = home.legdesk("kill")
    assert done.returncode == 3
    assert "is silent" in done.stderr
    assert "simulated inside process" in done.stderr
    assert KillLatch(desk.folder).read() is not None
    asked = home.legdesk("halt")
    assert asked.returncode == 3
    assert "no answer in 5 s" in asked.stderr
    desk.process.send_signal(signal.SIGCONT)
    until(lambda: desk.status()["state"] == "KILLED")


def test_a_hung_engines_orders_are_cancelled_at_an_exchange_of_its_own(home: Home) -> None:
    with exchange_for(home) as exchange:
        desk = DeskProcess(home, exchange)
        run = desk.ready().run
        until(lambda: len(exchange.working(run)) >= 3)
        desk.process.send_signal(signal.SIGSTOP)
        done = home.legdesk("kill")
        assert done.returncode == 0, done.stderr
        assert "nothing works at the exchange" in done.stdout
        assert exchange.working(run) == []
        sent = len(exchange.record(run))
        desk.process.send_signal(signal.SIGCONT)
        assert desk.ask("pause").state == "confirmed"
        until(
            lambda: (
                json.loads((home.state / "sim" / "status.json").read_text())["state"]
                in ("KILLED", "KILLING")
            )
        )
        debits = [row["order"] for row in exchange.record(run)[sent:] if row["order"][-2] == "D"]
        assert debits == []
        assert desk.end()[0] == 143
        assert_nothing_lost(home, exchange, run)


def test_the_orders_of_a_desk_that_died_with_its_guard_can_still_be_killed(home: Home) -> None:
    with exchange_for(home) as exchange:
        desk = DeskProcess(home, exchange)
        run = desk.ready().run
        until(lambda: len(exchange.working(run)) >= 3)
        desk.kill_guard()
        desk.kill()
        assert exchange.working(run)
        done = home.legdesk("kill")
        assert done.returncode == 0, done.stderr
        assert "no desk runs it any more" in done.stderr
        assert exchange.working(run) == []
        again = DeskProcess(home, exchange, run)
        again.ready()
        assert again.ask("resume").state == "refused"
        assert again.end()[1].splitlines()[-1] == "book == broker"
        assert process_is_gone(desk.process.pid)


# ---------------------------------------------------------------- hostile files


def test_a_file_that_is_not_the_owners_alone_or_no_request_is_refused(desk: Headless) -> None:
    mailbox = Mailbox(desk.folder)
    until(lambda: mailbox.is_there)

    def answer(name: str, text: str | bytes, mode: int = 0o600) -> str:
        path = mailbox.folder / f"{name}.request"
        draft = mailbox.folder / f"{name}.draft"
        draft.write_bytes(text.encode() if isinstance(text, str) else text)
        draft.chmod(mode)
        os.replace(draft, path)
        found = until(lambda: mailbox.read_answer(name))
        assert found["state"] == "refused"
        return str(found["text"])

    kill = json.dumps({"ask": "kill"})
    assert "owner's alone" in answer("a", kill, mode=0o644)
    assert "not JSON" in answer("b", b"\xff\x00{")
    assert "not a JSON object" in answer("c", "[1]")
    assert "nothing a shell may ask" in answer("d", json.dumps({"ask": "drain"}))
    assert "nothing a shell may ask" in answer("e", json.dumps({"ask": "speed"}))
    assert "longer than" in answer("f", json.dumps({"ask": "kill", "key": "k" * 20_000}))
    assert "short texts" in answer("g", json.dumps({"ask": "pause", "target": ["*"]}))
    (mailbox.folder / "elsewhere").write_text(kill)
    os.symlink(mailbox.folder / "elsewhere", mailbox.folder / "h.request")
    assert until(lambda: mailbox.read_answer("h"))["state"] == "refused"
    assert desk.status()["state"] == "RUN"


def test_a_request_from_before_the_start_is_forgotten(home: Home) -> None:
    first = Headless(home)
    first.end()
    mailbox = Mailbox(first.folder)
    mailbox.post("old", {"ask": "kill"})
    again = home.start("run", "--headless", "--speed", "20", "--resume", first.run)
    try:
        until(lambda: not (mailbox.folder / "old.request").exists())
        until(lambda: first.status()["state"] == "RUN")
        assert mailbox.read_answer("old") is None
        assert not KillLatch(first.folder).is_closed
    finally:
        again.terminate()
        again.communicate(timeout=120)


def test_everything_in_the_state_folder_is_the_owners_alone(desk: Headless, home: Home) -> None:
    home.legdesk("kill")
    loose = [
        path
        for path in home.state.rglob("*")
        if path.stat().st_mode & 0o077 and path.name not in ("journal.db-shm",)
    ]
    assert loose == []


def test_the_terminal_needs_no_word_to_hear_of_a_kill_from_elsewhere(
    terminal: Open, home: Home
) -> None:
    screen = terminal(*SHOWN)
    screen.until("TRADERS", " WRK ")
    assert home.legdesk("kill").returncode == 0
    screen.until("KILL")
    screen.press(":")
    screen.follow(0.5)
    screen.press("Resume after kill", ENTER)
    screen.until("RESUME")
