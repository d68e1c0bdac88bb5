"""When the gateway of a living desk is started again, and what is said meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.config import ConfigError
from engine.desk.gateway_keeper import (
    HUNG_S,
    LONGEST_WAIT_S,
    SILENT_FOR_S,
    STEADY_S,
    GatewayKeeper,
)
from engine.market.clock import Clock
from engine.run_folder.ending import mark_stopped
from engine.run_folder.lock import StateLock
from tests.support.waiting_clock import WaitingClock


class Kept:
    """A keeper on a connection that the test breaks, and the seconds of each start."""

    why_gone = ""
    connected = False
    silent_s = 0.0

    def __init__(self, folder: Path) -> None:
        self.clock = WaitingClock()
        self.began_s = self.clock.now_s()
        self.starts: list[float] = []
        self.stage = 0
        self.options: list[str] = []
        self.ends: list[Path] = []
        self.refuses = ""
        self.keeper = GatewayKeeper(
            self,
            folder,
            ("legdesk", "gateway"),
            self.clock,
            lambda: self.stage,
            self._start,
            lambda folder, pause: self.ends.append(folder),
        )

    def _start(self, folder: Path, command: Sequence[str], clock: Clock) -> int:
        self.options.append(command[-1])
        self.starts.append(round(clock.now_s() - self.began_s, 3))
        if self.refuses:
            raise ConfigError(self.refuses)
        return 1

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            self.keeper.look()
            self.clock.move(0.25)
        self.keeper.look()


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_it_is_started_after_1_2_4_and_so_on_seconds_to_30(kept: Kept) -> None:
    kept.wait(200.0)
    assert set(kept.options) == {"--again"}
    waits = [b - a for a, b in zip([0.0, *kept.starts], kept.starts, strict=False)]
    assert waits[:6] == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_WAIT_S]
    assert set(waits[6:]) == {LONGEST_WAIT_S}


@pytest.mark.parametrize(("steady_s", "waits_s"), [(STEADY_S, 1.0), (STEADY_S - 10.0, 2.0)])
def test_the_waits_begin_anew_after_a_connection_of_a_minute(
    kept: Kept, steady_s: float, waits_s: float
) -> None:
    kept.wait(1.0)
    kept.connected = True
    kept.wait(steady_s)
    kept.connected = False
    lost_s = kept.clock.now_s() - kept.began_s
    kept.wait(2.0)
    assert kept.starts == [1.0, lost_s + waits_s]


def test_a_connected_one_and_one_that_holds_the_account_are_left_alone(
    kept: Kept, tmp_path: Path
) -> None:
    kept.connected = True
    kept.wait(10.0)
    kept.connected = False
    with StateLock(tmp_path, "gateway"):
        kept.wait(10.0)
        assert kept.starts == [] and "has the account" in kept.why_gone
    kept.wait(1.0)
    assert len(kept.starts) == 1


def test_one_that_is_connected_and_says_nothing_for_eight_seconds_is_ended(
    kept: Kept, tmp_path: Path
) -> None:
    kept.connected = True
    kept.silent_s = HUNG_S - 0.1
    kept.wait(10.0)
    assert kept.ends == []
    kept.silent_s = HUNG_S
    kept.wait(HUNG_S - 1.0)
    assert kept.ends == [tmp_path], "it has a while to end"
    kept.wait(SILENT_FOR_S + 1.0)
    assert kept.ends == [tmp_path] * 2
    kept.connected = False
    kept.wait(1.0)
    assert len(kept.starts) == 1


def test_a_healthy_one_is_not_ended_by_a_desk_that_was_stopped_or_whose_host_slept(
    kept: Kept,
) -> None:
    """What the gateway said meanwhile lies unread: the desk's reader comes after the first look."""
    kept.connected = True
    for stopped_s in (9.3, 60.0, 28_800.0):
        kept.silent_s = 0.4
        kept.wait(5.0)
        kept.clock.move(stopped_s)
        kept.silent_s = stopped_s + 0.4
        kept.wait(SILENT_FOR_S - 0.5)
        for _ in range(3):  # and it is stopped again before the reader's turn comes
            kept.clock.move(stopped_s)
            kept.keeper.look()
        kept.silent_s = 0.2
        kept.wait(1.0)
    assert kept.ends == []


def test_silence_between_two_words_is_not_added_up(kept: Kept) -> None:
    kept.connected = True
    for _ in range(5):
        kept.silent_s = HUNG_S
        kept.wait(SILENT_FOR_S - 0.5)
        kept.silent_s = 0.1
        kept.wait(0.25)
    assert kept.ends == []


def test_one_that_a_person_stopped_is_not_started(kept: Kept, tmp_path: Path) -> None:
    mark_stopped(tmp_path, "SIGINT")
    kept.wait(60.0)
    assert kept.starts == []
    assert kept.why_gone == "a person stopped it; `legdesk gateway` starts it"


def test_a_kill_that_cancels_all_has_one_that_only_cancels_started_where_a_person_stopped_it(
    kept: Kept, tmp_path: Path
) -> None:
    mark_stopped(tmp_path, "SIGINT")
    kept.stage = 1
    kept.wait(5.0)
    assert kept.starts == [], "completing orders go on after the first stage"
    kept.stage = 2
    kept.refuses = "the gateway did not start: the network is down"
    kept.wait(5.0)
    assert len(kept.starts) >= 2
    kept.refuses = ""
    kept.wait(4.0)
    before = len(kept.starts)
    kept.wait(60.0)
    assert len(kept.starts) == before, "it has cancelled, and ended"
    assert set(kept.options) == {"--cancel-only"}
    kept.stage = 0
    kept.wait(1.0)
    kept.stage = 2
    kept.wait(1.0)
    assert len(kept.starts) == before + 1


def test_what_a_gateway_said_that_does_not_start_stands_until_one_answers(kept: Kept) -> None:
    kept.wait(0.5)
    assert kept.why_gone == "it has died; it is started again"
    kept.refuses = "the gateway did not start: there are no keys of alpaca/paper/main"
    kept.wait(2.0)
    assert kept.why_gone == kept.refuses
    kept.connected = True
    kept.wait(0.25)
    assert kept.why_gone == ""


def test_a_kill_does_not_wait_long_for_a_gateway_that_can_cancel(kept: Kept) -> None:
    kept.wait(70.0)
    kept.stage = 1
    before = len(kept.starts)
    kept.wait(8.0)
    assert len(kept.starts) - before >= 4


def test_nothing_is_started_once_the_desk_has_ended(kept: Kept) -> None:
    kept.keeper.begin()
    kept.keeper.end()
    kept.clock.move(5.0)
    kept.keeper._keep()
    assert kept.starts == []
