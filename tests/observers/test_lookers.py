"""What observers may say to a desk: looks, few and small. Anything else closes their connection."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.observers import lookers, server
from engine.observers.frames import EVENTS, LOOKS, NAME, address
from engine.observers.lookers import (
    A_SECOND,
    AT_ONCE,
    LONGEST,
    MOST,
    MOST_LOOKS,
    Allowance,
    NotALookError,
    read,
    written,
)
from engine.observers.server import ObserverServer
from engine.snapshot import SEARCH, EngineSnapshot, Look, LookKind, searched
from tests.observers.test_server_and_client import StillClock
from tests.support import sample_snapshots as samples

SPY = Look(LookKind.TRADER, "SPY 2026-12-04")
ORDER = Look(LookKind.ORDER, "S0-FUXW-2-5C1")
PAIRS = Look(LookKind.LIST, "pairs")


class Desk:
    """A desk whose observers' thread is the test's, with somebody who sees its snapshots."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = StillClock()
        self.latest = samples.normal(version=1)
        self.server = ObserverServer(folder, self.snapshot, dict, "1.2", self.clock)
        self.eyes = self.connected(NAME)
        self.turn(2)

    def snapshot(self) -> EngineSnapshot:
        return self.latest

    def connected(self, name: str = LOOKS) -> socket.socket:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(5.0)
        with address(self.folder, name) as place:
            opened.connect(place)
        return opened

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.server.turn(0.0)

    def say(self, said: bytes) -> socket.socket:
        """A connection that says something, as far as it is let."""
        opened = self.connected()
        self.turn(2)
        for start in range(0, len(said), 200):
            try:
                opened.sendall(said[start : start + 200])
            except OSError:
                break
            self.turn(2)
        self.turn(4)
        return opened

    def rests(self) -> bool:
        return self.server.lookers.resting

    def wanted(self) -> tuple[Look, ...]:
        return self.server.looked_at()[1]

    def is_closed(self, opened: socket.socket) -> bool:
        opened.setblocking(False)
        try:
            return opened.recv(1) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        self.eyes.close()
        self.server.stop()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "run-1")
    yield made
    made.close()


# ---------------------------------------------------------------------- what may be said

names = st.from_regex(lookers._NAME, fullmatch=True)
looks = st.one_of(
    st.just(Look(LookKind.POSITIONS)),
    st.builds(Look, st.sampled_from([LookKind.TRADER, LookKind.PAYOFF, LookKind.ORDER]), names),
    st.builds(
        Look,
        st.just(LookKind.LIST),
        st.sampled_from(
            [
                "pairs",
                "contracts",
                "orders@open",
                "orders@/ES 2026-12-04/7",
                "orders@:FILLED SPY",
                "pairs@:LOCK* 04DEC26",
                "contracts@:A",
            ]
        ),
    ),
)


@given(st.lists(looks, max_size=MOST_LOOKS).map(tuple))
def test_looks_come_as_they_were_and_what_has_no_room_is_left_out(wanted: tuple[Look, ...]) -> None:
    line = written(wanted)
    assert len(line) <= LONGEST and line.endswith(b"\n")
    found = read(line[:-1])
    assert found == wanted[: len(found)]
    short = sum(len(look.name) for look in wanted) <= 90
    assert found == wanted or not short


@given(st.binary(max_size=LONGEST))
@example(b"[[]]")
@example(b"[" * LONGEST)
@example(b"null")
@example(b'[[{"kind":"trader","name":"SPY","stage":2}]]')
@example(b'[[{"kind":"kill","name":"2"}]]')
@example(b'[[{"kind":"positions","name":"x"}]]')
@example(b'[[{"kind":"order","name":7}]]')
def test_any_line_is_looks_or_refused(line: bytes) -> None:
    try:
        found = read(line)
    except NotALookError:
        return
    assert len(found) <= MOST_LOOKS
    assert all(lookers._is_sound(look) for look in found)


@given(st.text(max_size=80), st.sampled_from(sorted(LookKind)))
@example("SPY\x1b[2J", LookKind.TRADER)
@example("[red]SPY[/red]", LookKind.TRADER)
@example("SPY\n", LookKind.ORDER)
@example("x" * 10_000, LookKind.ORDER)
@example("orders@", LookKind.LIST)
@example("alarms", LookKind.LIST)
def test_no_name_is_taken_that_could_do_anything_to_a_terminal(name: str, kind: LookKind) -> None:
    look = Look(kind, name)
    assert read(written((look,))[:-1]) == ((look,) if lookers._is_sound(look) else ())
    if lookers._is_sound(look):
        assert name.isascii() and name.isprintable() and "[" not in name and len(name) <= 64


@given(st.text(max_size=80), st.sampled_from(["pairs", "contracts", "orders"]))
def test_the_words_of_any_filter_may_be_looked_for(text: str, name: str) -> None:
    words = searched(text)
    if words:
        assert lookers._is_sound(Look(LookKind.LIST, f"{name}@{SEARCH}{words}"))


@pytest.mark.parametrize(
    "name",
    ["orders", "orders@", "orders@:", "orders@filled", "orders@SPY", "orders@SPY/x", "pairs@SPY/7",
     "orders@:spy", "orders@:SPY  A", "orders@:SPY SPY", "orders@: SPY", "orders@:SPY@A",
     f"orders@:{'A' * 49}", "orders@:spy/7", "alarms@:SPY", "events@:SPY", "contracts@open"],
)  # fmt: skip
def test_nothing_else_of_a_list_is_looked_at_than_what_screens_show(name: str) -> None:
    assert not lookers._is_sound(Look(LookKind.LIST, name))


@given(st.lists(st.floats(0, 10), max_size=60))
def test_no_more_come_than_are_allowed(pauses: list[float]) -> None:
    allowance = Allowance(A_SECOND, AT_ONCE, 0.0, AT_ONCE)
    now_s, taken = 0.0, 0
    for pause in pauses:
        now_s += pause
        taken += allowance.take(now_s)
        assert taken <= AT_ONCE + A_SECOND * now_s + 1e-6


# ---------------------------------------------------------------------- connections


def test_looks_are_wanted_once_each_while_their_connections_last(desk: Desk) -> None:
    first = desk.say(written((SPY, ORDER)))
    second = desk.say(written((PAIRS, SPY)))
    assert desk.wanted() == (SPY, ORDER, PAIRS)
    first.sendall(written((Look(LookKind.POSITIONS), SPY)))
    desk.turn(2)
    assert desk.wanted() == (SPY, PAIRS, Look(LookKind.POSITIONS))  # what stays keeps its place
    first.close()
    desk.turn(2)
    assert desk.wanted() == (PAIRS, SPY)
    second.sendall(written(()))
    desk.turn(2)
    assert desk.wanted() == () and not desk.is_closed(second)
    second.close()


def test_nothing_is_wanted_for_one_who_sees_no_snapshots(desk: Desk) -> None:
    opened = desk.say(written((SPY,)))
    assert desk.wanted() == (SPY,)
    desk.eyes.close()
    desk.turn(2)
    assert desk.server.looked_at() == (False, ())
    opened.close()


def test_half_a_line_waits_and_is_taken_when_it_is_whole(desk: Desk) -> None:
    line = written((SPY,))
    opened = desk.say(line[:20])
    assert desk.wanted() == () and not desk.is_closed(opened)
    opened.sendall(line[20:])
    desk.turn(2)
    assert desk.wanted() == (SPY,)
    opened.close()


HOSTILE = {
    "bytes": b"\x00\xff\x1b[2J\n",
    "a command": b'{"ask":"kill","stage":2}\n',
    "a command as a look": b'[[{"kind":"kill","name":"2"}]]\n',
    "markup": b'[[{"kind":"trader","name":"[blink]SPY[/]"}]]\n',
    "an escape": b'[[{"kind":"trader","name":"SPY\\u001b[2J"}]]\n',
    "a long name": b'[[{"kind":"order","name":"' + b"x" * 10_000 + b'"}]]\n',
    "no end": b"x" * 10_000,
    "an empty line": b"\n",
    "too many": b"[[" + b",".join([b'{"kind":"positions","name":""}'] * 6) + b"]]\n",
    "too fast": written((SPY,)) * (int(AT_ONCE) + 1),
    "sound, then not": written((SPY,)) + b"kill\n",
    "much": bytes(range(256)) * 4_000,
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_who_says_anything_else_is_closed_and_nothing_else_happens(desk: Desk, said: bytes) -> None:
    honest = desk.say(written((ORDER,)))
    bad = desk.say(said)
    assert len(desk.server.lookers) == 1 and desk.wanted() == (ORDER,)
    assert not desk.is_closed(honest) and desk.server.trouble == ""
    assert desk.server.observers == 1  # and snapshots go on
    honest.close()
    bad.close()


@given(st.lists(st.binary(max_size=700), max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_said_the_desk_goes_on(tmp_path: Path, pieces: list[bytes]) -> None:
    desk = Desk(tmp_path / "run-1")
    try:
        for piece in pieces:
            desk.clock.at_s += 2.0
            desk.say(piece).close()
        desk.turn(2)
        assert desk.wanted() == () and len(desk.server.lookers) == 0 and not desk.server.trouble
    finally:
        desk.close()


def test_nothing_is_said_back_and_who_is_one_too_many_is_closed(desk: Desk) -> None:
    opened = []
    for number in range(MOST):
        desk.clock.at_s += 1.0
        opened.append(desk.say(written((Look(LookKind.ORDER, str(number)),))))
    desk.clock.at_s += 1.0
    assert len(desk.wanted()) == MOST
    one_more = desk.say(written((SPY,)))
    assert desk.is_closed(one_more) and SPY not in desk.wanted()
    opened[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        opened[0].recv(1)
    for each in (*opened, one_more):
        each.close()


def test_who_connects_for_ever_is_accepted_at_a_pace(desk: Desk) -> None:
    desk.eyes.close()
    desk.turn(2)
    for _ in range(MOST):
        desk.connected().close()
        desk.turn(2)
    assert not desk.rests()
    waiting = desk.connected()
    desk.turn(2)
    assert desk.rests()
    accepted = len(desk.server.lookers)
    desk.turn(5)
    assert len(desk.server.lookers) == accepted
    desk.clock.at_s += 1.0
    desk.turn(3)
    assert not desk.rests() and len(desk.server.lookers) == accepted + 1
    waiting.close()


def test_the_socket_is_the_owners(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stat.S_IMODE((desk.folder / LOOKS).stat().st_mode) == 0o600
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    opened = desk.say(written((SPY,)))
    assert desk.is_closed(opened) and desk.wanted() == ()
    opened.close()


def test_a_desk_that_ends_takes_its_sockets_with_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "run-1")
    opened = desk.say(written((SPY,)))
    desk.close()
    assert desk.is_closed(opened)
    assert not [name for name in (NAME, EVENTS, LOOKS) if (desk.folder / name).exists()]
    opened.close()


def test_what_is_read_from_observers_reaches_looks_and_nothing_else() -> None:
    for each in (server, lookers):
        asked = {name for name in vars(each) if name in ("Ask", "Command", "Mailbox", "Ticket")}
        assert not asked
    source = Path(str(lookers.__file__)).read_text(encoding="utf-8")
    assert source.count(".recv") == 1 and ".send" not in source and "makefile" not in source
