"""A stream connects again ever more slowly, notices silence, and says when something was missed."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from engine.brokers.stream.spec import (
    AskAbout,
    Frame,
    Hint,
    StreamSpec,
    TurnedAway,
    Welcome,
)
from engine.brokers.stream.supervisor import (
    LONGEST_FRAME,
    StreamSupervisor,
    open_websocket,
)
from tests.support.waiting_clock import WaitingClock


def parse(frame: Frame) -> tuple[Hint, ...]:
    if frame == "welcome":
        return (Welcome(),)
    if frame == "away":
        return (TurnedAway("keys"),)
    if frame == "odd":
        raise ValueError("odd")
    return (AskAbout(str(frame)),) if frame else ()


class World:
    """A stream whose connections are scripted: frames, seconds of silence, or an error."""

    def __init__(self, *scripts: Any, silent_s: float | None = None) -> None:
        self.clock = WaitingClock()
        self.scripts = list(scripts)
        self.opened_s: list[float] = []
        self.sent: list[Frame] = []
        self.heard: list[Hint] = []
        self.gaps = 0
        self.closed = 0
        spec = StreamSpec("wss://stream.test", lambda: ("hello", b"listen"), parse, silent_s)
        self.stream = StreamSupervisor(
            spec, self.connect, self.heard.append, self.gap, self.clock, random.Random(1)
        )

    def gap(self) -> None:
        self.gaps += 1

    def connect(self, url: str) -> World:
        assert url == "wss://stream.test"
        self.opened_s.append(self.clock.now_s())
        if not self.scripts:
            self.stream.stop()
            raise OSError("over")
        self.script = self.scripts.pop(0)
        if isinstance(self.script, Exception):
            raise self.script
        self.script = list(self.script)
        return self

    def send(self, frame: Frame) -> None:
        self.sent.append(frame)

    def recv(self, timeout: float | None) -> Frame:
        if not self.script:
            raise ConnectionError("closed")
        item = self.script.pop(0)
        if isinstance(item, float):
            if timeout is not None and item >= timeout:
                self.clock.move(timeout)
                raise TimeoutError
            self.clock.move(item)
            return self.recv(timeout)
        frame: Frame = item
        return frame

    def close(self) -> None:
        self.closed += 1

    def run(self) -> list[float]:
        """Let it run to the end of the scripts; the seconds between attempts."""
        self.stream.run()
        return [b - a for a, b in zip(self.opened_s, self.opened_s[1:], strict=False)]


def test_frames_are_heard_and_each_connect_may_have_missed_something():
    world = World(["welcome", "B1", "", "B2"], ["welcome", "B3"])
    world.run()
    assert world.heard == [AskAbout("B1"), AskAbout("B2"), AskAbout("B3")]
    assert world.gaps == 2
    assert world.sent == ["hello", b"listen"] * 2
    assert world.closed == 2


def test_attempts_are_ever_further_apart_up_to_half_a_minute():
    waits = World(*[OSError("refused")] * 12).run()
    assert waits[0] >= 1.0
    assert all(0.5 * min(30, 2**n) <= wait <= 30.0 for n, wait in enumerate(waits))
    assert waits[-1] >= 15.0
    assert max(waits) <= 30.0


def test_a_connection_that_was_good_for_a_while_begins_anew_and_a_short_one_does_not():
    long = World(*[OSError("refused")] * 5, ["welcome", 31.0, "B1"], [])
    assert long.run()[5] - 31.0 <= 1.5
    short = World(*[OSError("refused")] * 5, ["welcome", "B1"], [])
    assert short.run()[5] >= 15.0


def test_silence_ends_a_connection_where_it_is_not_normal():
    world = World(["welcome", 20.0, "B1"], silent_s=15.0)
    world.run()
    assert world.heard == []
    quiet = World(["welcome", 900.0, "B1"])
    quiet.run()
    assert quiet.heard == [AskAbout("B1")]


def test_who_is_not_taken_in_time_tries_again():
    world = World([3.0, "", 8.0, "welcome"], ["welcome"])
    world.run()
    assert world.gaps == 1


def test_who_is_turned_away_waits_long():
    world = World(["away"], [])
    assert world.run()[0] >= 15.0
    assert world.gaps == 0


def test_a_frame_that_cannot_be_read_may_have_told_something():
    world = World(["welcome", "odd", "B1"])
    world.run()
    assert world.gaps == 2
    assert world.heard == [AskAbout("B1")]


def test_health_tells_what_is_wrong():
    world = World(["welcome", "B1"], OSError("refused\n"), OSError("refused"))
    seen = []
    connect = world.connect

    def looking(url: str) -> World:
        seen.append(world.stream.health)
        return connect(url)

    world.stream._connect = looking
    world.run()
    assert [(each.up, each.reason, each.attempts) for each in seen] == [
        (False, "", 0),
        (False, "closed", 1),
        (False, "refused", 2),
        (False, "refused", 3),
    ]
    assert seen[1].heard_s == 0.0


websockets_server = pytest.importorskip(
    "websockets.sync.server", reason="websockets is not installed (the extra `alpaca`)"
)


def test_a_real_websocket_brings_frames_and_refuses_long_ones():
    def serve(connection: Any) -> None:
        assert connection.recv() == "hello"
        connection.send("welcome")
        connection.send("x" * (LONGEST_FRAME + 1))

    with websockets_server.serve(serve, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = open_websocket(f"ws://127.0.0.1:{server.socket.getsockname()[1]}")
        connection.send("hello")
        assert connection.recv(5.0) == "welcome"
        with pytest.raises(Exception, match=r"too big|1009"):
            connection.recv(5.0)
        connection.close()


def test_only_this_machine_is_called_without_tls():
    with pytest.raises(ValueError, match="wss only"):
        open_websocket("ws://stream.test")


def test_two_programs_that_take_a_stream_from_each_other_have_it_neither() -> None:
    """It is up again and again, and never for good; the last reason stays."""
    world = World(*[["welcome", 1.0]] * 6)
    world.run()
    assert world.stream.down_s == world.clock.now_s() > 60.0
    once = World(["welcome", 11.0], OSError("refused"))
    once.run()
    assert once.stream.down_s == once.clock.now_s() - 11.0
    assert once.stream.why == "OSError", "it was stopped then"


def test_a_stream_that_is_up_for_a_while_is_not_down() -> None:
    world = World(OSError("refused"), ["welcome", 9.0, "B1", 2.0, "B2"])
    told: list[float] = []
    world.stream._hear = lambda hint: told.append(world.stream.down_s)
    world.run()
    assert told[0] > 9.0 and told[1] == 0.0
