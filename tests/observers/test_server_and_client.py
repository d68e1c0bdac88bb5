"""A desk's snapshots in another process: who gets them, who is dropped, what nobody can send."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.commands import Ask, Command, TicketState
from engine.observers import audience, server
from engine.observers.audience import MOST, STUCK_S
from engine.observers.client import Found, ObservedDesk
from engine.observers.codec import SnapshotDecoder, SnapshotEncoder
from engine.observers.frames import NAME, VERSION, FrameError, Pieces, address, framed
from engine.observers.parts import shape
from engine.observers.server import ObserverServer
from engine.snapshot import EngineSnapshot, EngineState
from tests.support import sample_snapshots as samples


class StillClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def now_s(self) -> float:
        return self.at_s

    def epoch_s(self) -> float:
        return 1.8e9 + self.at_s


class Shown:
    """A desk of which a test makes the snapshots, and its server, of which it makes the turns."""

    def __init__(self, folder: Path, snapshot: EngineSnapshot | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = StillClock()
        self.latest = snapshot or samples.normal(version=1)
        self.looks = 0
        self.folder = folder
        self.server = ObserverServer(
            folder, self._snapshot, lambda: {"mode": "SIM"}, "1.2", self.clock
        )

    def _snapshot(self) -> EngineSnapshot:
        self.looks += 1
        return self.latest

    def next(self, **changes: Any) -> EngineSnapshot:
        self.latest = replace(self.latest, version=self.latest.version + 1, **changes)
        return self.latest

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.server.turn(0.0)

    def until(self, met: Callable[[], bool]) -> None:
        """Serve until a thread that observes has come so far."""
        for _ in range(2_000):
            self.server.turn(0.005)
            if met():
                return
        raise AssertionError("it never came so far")


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    desk = Shown(tmp_path / "run-1")
    yield desk
    desk.server.stop()


@pytest.fixture
def observe(tmp_path: Path) -> Iterator[Callable[..., ObservedDesk]]:
    made: list[ObservedDesk] = []

    def begin(find: Callable[[Path | None], Found], clock: Any = None) -> ObservedDesk:
        desk = ObservedDesk(find, "1.2", clock)
        made.append(desk)
        desk.start()
        return desk

    yield begin
    for each in made:
        each.stop()


def connected(folder: Path) -> socket.socket:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened.settimeout(5.0)
    with address(folder) as place:
        opened.connect(place)
    return opened


# ---------------------------------------------------------------------- looking


def test_an_observer_sees_each_snapshot_with_its_age(shown: Shown, observe) -> None:
    desk = observe(lambda before: Found(shown.folder), shown.clock)
    shown.until(lambda: desk.wait(0))
    assert desk.lost == "" and desk.settings == {"mode": "SIM"}
    seen = desk.snapshot()
    assert seen.observer is not None and seen.observer.lost == ""
    assert replace(seen, observer=None, run_dir=shown.latest.run_dir) == shown.latest
    assert seen.run_dir == ""  # nothing is written beside the journal of a running desk
    shown.clock.at_s += 0.75
    assert desk.age_s() == 0.75
    expected = shown.next(notices=("one more",))
    shown.until(lambda: desk.snapshot().version == 2)
    assert desk.snapshot().notices == expected.notices and desk.age_s() == 0.0


def test_a_snapshot_costs_the_same_for_one_observer_and_for_twenty(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    take = SnapshotEncoder.take

    def counted(self: SnapshotEncoder, snapshot: EngineSnapshot, made_s: float) -> None:
        taken.append(1)
        take(self, snapshot, made_s)

    monkeypatch.setattr(SnapshotEncoder, "take", counted)
    shown.turn()
    assert (shown.looks, taken) == (0, [])  # nobody looks: nothing is done
    sockets = [connected(shown.folder) for _ in range(20)]
    shown.until(lambda: shown.server.observers == 20)
    taken.clear()
    for _ in range(5):
        shown.next()
        looks = shown.looks
        shown.turn()
        assert shown.looks == looks + 1
    assert len(taken) == 5
    for each in sockets:
        each.close()
    shown.until(lambda: shown.server.observers == 0)


def test_one_that_takes_nothing_holds_one_frame_is_dropped_and_the_others_see_all(
    tmp_path: Path, observe
) -> None:
    shown = Shown(tmp_path / "run-1", samples.many(300))
    stopped = connected(shown.folder)
    desk = observe(lambda before: Found(shown.folder))
    shown.until(lambda: desk.wait(0) and shown.server.observers == 2)
    for _ in range(40):
        now = shown.next(traders=tuple(replace(each) for each in shown.latest.traders))
        shown.until(lambda now=now: desk.snapshot().version == now.version)  # type: ignore[misc]
    held = [each.unsent.nbytes for each in shown.server.snapshots if each.unsent]
    assert len(held) == 1 and held[0] <= len(shown.server._encoder.whole()) + 4  # type: ignore[union-attr]
    shown.clock.at_s += STUCK_S + 0.1
    shown.turn()
    assert shown.server.observers == 1
    stopped.close()
    shown.server.stop()


def test_a_slow_one_misses_snapshots_and_goes_on_with_a_whole_one(tmp_path: Path) -> None:
    shown = Shown(tmp_path / "run-1", samples.many(300))
    slow = connected(shown.folder)
    shown.until(lambda: shown.server.observers == 1)
    for _ in range(5):
        shown.next()
        shown.turn()
    pieces, decoder = Pieces(), SnapshotDecoder()
    payloads: list[bytes] = []
    while not payloads or len(payloads) < 3:
        shown.turn()
        payloads += pieces.feed(slow.recv(1 << 16))
    versions = [decoder.take(payload).version for payload in payloads[1:]]
    assert versions[0] == 1 and versions[-1] == shown.latest.version
    slow.close()
    shown.server.stop()


def test_so_many_and_no_more(shown: Shown) -> None:
    sockets = []
    for number in range(MOST):
        sockets.append(connected(shown.folder))
        shown.until(lambda number=number: shown.server.observers == number + 1)  # type: ignore[misc]
    one_more = connected(shown.folder)
    shown.turn(2)
    told = json.loads(Pieces().feed(one_more.recv(4096))[0])
    assert "close one of them" in told["refused"] and one_more.recv(1) == b""
    for each in (*sockets, one_more):
        each.close()


# ---------------------------------------------------------------------- nothing comes in


def test_the_socket_takes_nothing(shown: Shown) -> None:
    opened = connected(shown.folder)
    shown.until(lambda: shown.server.observers == 1)
    request = json.dumps({"ask": "kill", "stage": 2}).encode()
    with pytest.raises(BrokenPipeError):
        opened.sendall(framed(request))
    shown.next()
    shown.turn()
    assert shown.server.observers == 1  # and it goes on being shown
    opened.close()


def test_the_server_has_no_way_to_receive_and_none_to_ask_the_engine() -> None:
    source = "".join(
        Path(str(each.__file__)).read_text(encoding="utf-8") for each in (server, audience)
    )
    assert ".recv" not in source and "makefile" not in source and ".submit" not in source
    asked = {name for name in vars(server) if name in ("Ask", "Command", "Mailbox")}
    assert not asked


def test_what_was_sent_before_it_was_accepted_is_never_read(shown: Shown) -> None:
    opened = connected(shown.folder)
    opened.sendall(b"kill" * 1000)  # it waits in the kernel, and goes with the connection
    shown.until(lambda: shown.server.observers == 1)
    shown.next()
    shown.turn()
    assert Pieces().feed(opened.recv(1 << 20))
    opened.close()


def test_an_observer_refuses_every_request_but_what_it_watches(observe, shown: Shown) -> None:
    desk = observe(lambda before: Found(shown.folder))
    for ask in Ask:
        ticket = desk.submit(Command(ask))
        assert (ticket.state is TicketState.REFUSED) == (ask is not Ask.WATCH)


def test_the_socket_is_the_owners(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shown.folder / NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    opened = connected(shown.folder)
    shown.turn(2)
    assert opened.recv(1) == b"" and shown.server.observers == 0
    opened.close()


# ---------------------------------------------------------------------- the desk goes, and comes


def test_the_desks_death_is_told_and_what_was_seen_stays(shown: Shown, observe) -> None:
    desk = observe(lambda before: Found(shown.folder), shown.clock)
    shown.until(lambda: desk.wait(0))
    seen = desk.snapshot()
    shown.server.stop()
    wait_for(lambda: bool(desk.lost))
    shown.clock.at_s += 3.0
    now = desk.snapshot()
    assert now.observer is not None and now.observer.lost and desk.age_s() == 3.0
    assert now.traders == seen.traders


def test_an_end_in_order_is_told_as_such(shown: Shown, observe) -> None:
    desk = observe(lambda before: Found(shown.folder))
    shown.until(lambda: desk.wait(0))
    shown.next(state=EngineState.ENDED)
    shown.until(lambda: desk.snapshot().version == 2)
    shown.server.stop()
    wait_for(lambda: "has ended; this is its last snapshot" in desk.lost)


def test_the_next_desk_of_the_folder_is_seen_without_being_asked_for(
    tmp_path: Path, observe
) -> None:
    first = Shown(tmp_path / "run-1")
    desk = observe(lambda before: Found(first.folder))
    first.until(lambda: desk.wait(0))
    first.server.stop()
    second = Shown(tmp_path / "run-1", samples.troubled())
    second.until(lambda: not desk.lost and desk.snapshot().alarms == second.latest.alarms)
    second.server.stop()


def test_one_may_observe_before_the_desk_begins(tmp_path: Path, observe) -> None:
    known: list[Path] = []
    desk = observe(lambda before: Found(known[0]) if known else Found(None, "no desk runs yet"))
    wait_for(lambda: desk.lost == "no desk runs yet")
    assert not desk.wait(0)
    with pytest.raises(RuntimeError):
        desk.snapshot()
    begun = Shown(tmp_path / "run-1")
    known.append(begun.folder)
    begun.until(lambda: desk.wait(0))
    begun.server.stop()


def test_a_desk_that_cannot_be_shown_goes_on_and_says_why(shown: Shown, observe) -> None:
    good = shown.latest
    shown.server.start()
    desk = observe(lambda before: Found(shown.folder))
    wait_for(lambda: desk.wait(0))
    shown.latest = replace(good, version=9, health=object())  # type: ignore[arg-type]
    wait_for(lambda: "its snapshots cannot be sent" in desk.lost)
    shown.latest = replace(good, version=10)
    wait_for(lambda: not desk.lost and desk.snapshot().version == 10)


def test_a_socket_that_a_dead_desk_left_is_nobody(tmp_path: Path, observe) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(tmp_path / NAME))
    left.close()
    desk = observe(lambda before: Found(tmp_path))
    wait_for(lambda: "lets nobody look" in desk.lost)
    Shown(tmp_path).server.stop()  # a new one takes its place


def test_a_folder_whose_path_no_socket_could_have_is_served(tmp_path: Path, observe) -> None:
    deep = tmp_path / ("x" * 90) / ("y" * 90)
    shown = Shown(deep)
    desk = observe(lambda before: Found(deep))
    shown.until(lambda: desk.wait(0))
    shown.server.stop()
    assert not (deep / NAME).exists()


# ---------------------------------------------------------------------- another program


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        ({"version": VERSION + 1, "program": "9.9"}, "version 9.9 of Legdesk and this is 1.2"),
        ({"version": VERSION, "program": "1.1", "shape": "other"}, "version 1.1 of Legdesk"),
        ({"version": VERSION, "program": "1.2", "shape": "other"}, "another build of Legdesk"),
        ({"version": VERSION, "refused": "64 observers look already"}, "64 observers look"),
        ([], "is not a desk"),
        ({}, "is not a desk"),
    ],
)
def test_a_desk_of_another_version_is_not_shown(tmp_path: Path, observe, greeting, said) -> None:
    answers(tmp_path, framed(json.dumps(greeting).encode()))
    desk = observe(lambda before: Found(tmp_path))
    wait_for(lambda: said in desk.lost)


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff\xff\xff\xff",
        framed(b"[" * 100_000),
        framed(json.dumps({"version": VERSION, "shape": shape()}).encode()) + framed(b"\x00\xff"),
        framed(json.dumps({"version": VERSION, "shape": shape()}).encode()) + framed(b"[1,7,0]"),
    ],
)
def test_hostile_frames_show_nothing(tmp_path: Path, observe, sent: bytes) -> None:
    answers(tmp_path, sent)
    desk = observe(lambda before: Found(tmp_path))
    wait_for(lambda: "cannot be read" in desk.lost or "is not a desk" in desk.lost)
    assert not desk.wait(0)


def test_a_frame_beyond_the_bound_is_refused_before_it_is_kept() -> None:
    with pytest.raises(FrameError, match="at most 8"):
        Pieces(longest=8).feed(struct.pack(">I", 9))


def answers(folder: Path, sent: bytes) -> None:
    """Have something listen in a run's folder that sends these bytes and hangs up, once."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(folder / NAME))
    listening.listen(1)

    def once() -> None:
        accepted, _ = listening.accept()
        accepted.sendall(sent)
        accepted.close()
        listening.close()

    threading.Thread(target=once, daemon=True).start()


def wait_for(met: Callable[[], bool]) -> None:
    turn = threading.Event()
    for _ in range(4_000):
        if met():
            return
        turn.wait(0.005)
    raise AssertionError("it never came so far")
