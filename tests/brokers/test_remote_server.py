"""The room of sockets that serves desks, guards and lookers: whatever one sends, the others go on."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.remote.frames import LONGEST_REQUEST, Frames, WireError, packed
from engine.brokers.remote.server import (
    AT_ONCE,
    FRAME_S,
    GUARDS,
    IDLE_S,
    KEPT_FOR_GUARDS,
    LOOKS,
    MOST_CONNECTIONS,
    TRADES,
    UNNAMED_S,
    Peer,
    SocketServer,
)

RANKS = {"look": LOOKS, "desk": TRADES, "guard": GUARDS}


class Room:
    """A server that answers every message with itself, in real seconds moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 100.0
        self.clients: list[socket.socket] = []
        self.server = SocketServer(folder / "s", self.take, lambda peer: None, lambda: self.now_s)

    def take(self, peer: Peer, message: dict[str, Any]) -> None:
        if "role" in message:
            self.server.named(peer, RANKS[message["role"]])
        self.server.send(peer, message)

    def turn(self) -> None:
        for _ in range(8):
            self.server.turn(0.0)

    def client(self, role: str | None = None) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(self.server.path))
        client.setblocking(False)
        self.clients.append(client)
        if role is not None:
            client.sendall(packed({"role": role}))
        self.turn()
        return client

    def answers(self, client: socket.socket) -> bool:
        """Whether a connection is served still."""
        try:
            client.sendall(packed({"id": 1}))
            self.turn()
            return bool(client.recv(1 << 16))
        except OSError:
            return False

    def close(self) -> None:
        self.server.close()
        for client in self.clients:
            client.close()


@pytest.fixture
def room() -> Iterator[Room]:
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    room = Room(folder)
    yield room
    room.close()
    shutil.rmtree(folder)


def heard(client: socket.socket) -> list[dict[str, Any]]:
    """The messages that have come."""
    return Frames().feed(client.recv(1 << 18))


def framed(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


@pytest.mark.parametrize(
    "sent",
    [
        b"\xfe" + random.Random(1).randbytes(4096),
        b"\xff\xff\xff\xff",
        struct.pack(">I", LONGEST_REQUEST + 1),
        framed(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        framed(b'{"id":Infinity}'),
        framed(b'{"id":1]'),
        framed(b"[]"),
        framed(b'{"id":' + b"9" * 6000 + b"}"),
    ],
    ids=["garbage", "4 GB", "too long", "nested", "infinite", "no JSON", "a list", "huge number"],
)
def test_what_is_not_a_message_closes_its_connection_alone(sent: bytes, room: Room) -> None:
    desk, other = room.client("desk"), room.client()
    desk.recv(1 << 16)
    other.setblocking(True)
    other.sendall(sent)
    other.setblocking(False)
    room.turn()
    assert not room.answers(other)
    assert room.answers(desk)


def test_connections_that_say_nothing_make_room_for_those_that_do(room: Room) -> None:
    idle = [room.client() for _ in range(MOST_CONNECTIONS + 2 * KEPT_FOR_GUARDS)]
    assert room.answers(room.client("guard"))
    assert room.answers(room.client("desk"))
    room.now_s += UNNAMED_S + 0.1
    room.turn()
    assert not any(room.answers(each) for each in idle)


def test_those_that_only_look_make_room_for_a_desk(room: Room) -> None:
    lookers = [room.client("look") for _ in range(MOST_CONNECTIONS)]
    for each in lookers:
        each.recv(1 << 16)
    desk = room.client("desk")
    assert room.answers(desk)
    assert not room.answers(lookers[0]), "the one that was silent longest has gone"
    room.now_s += IDLE_S + 0.1
    room.turn()
    assert not any(room.answers(each) for each in lookers)
    assert room.answers(desk), "a desk may be silent all day"


def test_a_place_is_kept_for_guards_beside_desks_that_fill_the_room(room: Room) -> None:
    desks = [room.client("desk") for _ in range(MOST_CONNECTIONS)]
    before = room.server.crowded
    assert room.answers(room.client("guard"))
    assert (before, room.server.crowded) == (False, True)
    assert all(room.answers(each) for each in desks)


def test_a_frame_that_never_ends_closes_its_connection(room: Room) -> None:
    desk, slow = room.client("desk"), room.client("desk")
    slow.recv(1 << 16)
    room.now_s += 1000
    slow.sendall(packed({"id": 1})[:-1])
    room.turn()
    room.now_s += FRAME_S - 0.1
    assert room.answers(desk)
    room.now_s += 0.2
    room.turn()
    assert not room.answers(slow)
    assert room.answers(desk)


def test_a_frame_that_comes_in_pieces_after_a_long_silence_is_a_message(room: Room) -> None:
    desk = room.client("desk")
    desk.recv(1 << 16)
    room.now_s += 1000
    frame = packed({"id": 7})
    desk.sendall(frame[:5])
    room.turn()
    desk.sendall(frame[5:])
    room.turn()
    assert json.loads(desk.recv(1 << 16)[4:]) == {"id": 7}


def test_a_closed_server_keeps_no_file_open(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path.parent))
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not list open files")
    before = set(os.listdir("/proc/self/fd"))
    server = SocketServer(folder / "s", lambda peer, message: None, lambda peer: None, lambda: 0.0)
    server.close()
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("text", [b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":' + b"[" * 50_000])
def test_no_number_that_is_not_one_and_no_deep_nest_is_read(text: bytes) -> None:
    with pytest.raises(WireError):
        Frames().feed(framed(text))


def test_a_flood_of_requests_waits_for_itself_and_loses_none(room: Room) -> None:
    flood, guard = room.client("desk"), room.client("guard")
    for client in (flood, guard):
        assert heard(client) != []
    asked = [{"number": number} for number in range(20 * AT_ONCE)]
    flood.sendall(b"".join(packed(message) for message in asked) + packed({"last": 1})[:-3])
    guard.sendall(packed({"number": -1}))
    room.server.turn(0.0)
    assert heard(guard) == [{"number": -1}]
    first = heard(flood)
    assert first == asked[:AT_ONCE]
    room.now_s += FRAME_S + 1  # a frame whose end was not read yet is not late
    for _ in range(20):
        room.server.turn(0.0)
    assert first + heard(flood) == asked
    flood.sendall(packed({"last": 1})[-3:])
    room.turn()
    assert heard(flood) == [{"last": 1}]
