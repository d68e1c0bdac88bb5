"""A desk's events in another process: all of them, in order, whoever reads slowly or comes late."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal.reading import read_events
from engine.observers import event_lines, event_rows
from engine.observers.audience import STUCK_S
from engine.observers.client import Found
from engine.observers.event_feed import TOLD, Alarmed, EventFeed
from engine.observers.event_feed import Told as TheEvent
from engine.observers.event_lines import BACKLOG, EventLines
from engine.observers.event_rows import VERSION, event_row
from engine.observers.follower import EventFollower
from engine.observers.frames import EVENTS, address
from engine.observers.server import ObserverServer
from engine.observers.status_row import status_row
from engine.orders import events as ev
from engine.snapshot import EngineSnapshot, EngineState
from engine.state.desk import DeskState
from tests.support import sample_snapshots as samples
from tests.support.desks import places_of, simulated
from tests.support.exchange_processes import until
from tui.cli.watch_words import desk_line, event_line, status_line

UNTOLD = {
    "TraderAdded", "OrderIntended", "PairChosen", "OrderSent", "OrderWorking", "OrderUnknown", "CancelSent", "PriceUnknown", "LegExecuted",
    "FeeCorrected", "OrderEnded", "EndAwaited", "EndFinal", "AttemptEnded", "GhostWatched", "FillMarked", "UnitDecided",
    "TrialBlockEnded", "TrialShut", "TookOver", "TrialCarried", "AlarmRestated", "PairSettled", "GatesLookedAt", "PositionsValued",
}  # fmt: skip
"""Orders before they fill, measurements, and what another event or an operator's request tells."""

HOSTILE = "\x1b]52;c;aGk=\x07[red]\u202e\u0000\r\nGET /\ud800 \u2502\u2588\t" + "x" * 10_000


class Told:
    """A desk whose events and snapshots a test makes, and whose turns it makes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.state = DeskState()
        self.feed = EventFeed(self.state, lambda: 100 + self.feed.number)
        self.latest = samples.normal(version=1)
        self.at_s = 50.0
        self.server = ObserverServer(folder, lambda: self.latest, dict, "1.2", self, self.feed)

    def now_s(self) -> float:
        return self.at_s

    def epoch_s(self) -> float:
        return 1.8e9 + self.at_s

    def phases(self, number: int, name: str = "MIDDAY") -> None:
        for _ in range(number):
            event = ev.PhaseChanged(1_795_185_000_000 + self.feed.number, name, "")
            self.state.apply(event)
            self.feed.take(event)

    def until(self, met: Callable[[], Any]) -> Any:
        def turned() -> Any:
            self.server.turn(0.005)
            return met()

        return until(turned)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    desk = Told(tmp_path / "run-1")
    yield desk
    desk.server.stop()


@pytest.fixture
def follow() -> Iterator[Callable[..., EventFollower]]:
    made: list[EventFollower] = []

    def begin(find: Callable[[Path | None], Found], last: int = 0, clock: Any = None) -> Any:
        follower = EventFollower(find, last, clock)
        made.append(follower)
        follower.start()
        return follower

    yield begin
    for each in made:
        each.stop()


def gathered(desk: Told, follower: EventFollower, number: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def so_many() -> bool:
        rows.extend(follower.take(0))
        return len(rows) >= number

    desk.until(so_many)
    return rows


# ---------------------------------------------------------------------- completeness


def test_a_real_desk_tells_every_such_event_of_its_journal_in_its_order(tmp_path: Path) -> None:
    desk = simulated(until=time(9, 42), run_dir=tmp_path)
    assert desk.observers is not None
    feed: EventFeed = desk.observers._lines._feed
    before = desk.executor.context.journal.seq
    desk.run_to_end()
    rows = feed.after(0)
    journal = [
        (number, event)
        for number, event in read_events(places_of(desk).journal)
        if number > before and type(event) in TOLD and not isinstance(event, ev.BooksCompared)
    ]
    assert [(row.row, row.event) for row in rows] == journal
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    fills = [event_row(row) for row in rows if isinstance(row.event, ev.Executed)]
    assert len(fills) > 20 and all(row["booked"] for row in fills)
    assert {row["part"] for row in fills} >= {"debit", "credit"}
    assert {row["symbol"] for row in fills} == {"AAPL", "SPY", "TSLA"}
    pairs = [event_row(row) for row in rows if isinstance(row.event, ev.CycleEnded)]
    status = status_row(desk.snapshot(), 0.0)
    assert sum(round(row["floor_usd"] * 100) for row in pairs) == round(status["floor_usd"] * 100)


def test_every_kind_of_event_is_told_or_known_to_be_left_out() -> None:
    assert {kind.__name__ for kind in TOLD} | UNTOLD == set(ev.EVENT_TYPES)
    assert set(event_rows._FIELDS) == set(TOLD)


def test_the_books_are_told_where_their_comparison_changed(told: Told) -> None:
    for difference in ("", "", "SPY 600C: book 1, broker 0", "SPY 600C: book 1, broker 0", "", ""):
        told.feed.take(ev.BooksCompared(1, 3, difference))
    assert [row.event.difference for row in told.feed.after(0)] == [
        "SPY 600C: book 1, broker 0",
        "",
    ]


@pytest.mark.parametrize("remembered", [True, False], ids=["a new order", "an order long ended"])
def test_an_execution_that_is_reported_twice_is_not_told_as_a_fill(
    told: Told, remembered: bool
) -> None:
    key, order = "SPY 2026-12-04", "S1"
    fill = ev.Executed(3, key, order, "E1", 1, 150, 130, False)
    for event in (
        ev.TraderAdded(1, key, "SPY", "2026-12-04", 100, "american", "pm", 1),
        ev.OrderIntended(
            2, key, order, 1, "D", 1, "C", 600.0, 605.0, 2, 150, 1.0, 2.0, 0.1, 0.0, ""
        ),
        fill,
        ev.Executed(4, key, order, "E1", 1, 150, 130, False),
        ev.Executed(5, key, "nobody's", "E9", 1, 150, 130, False),
    ):
        told.state.apply(event)
        if type(event) in TOLD:
            told.feed.take(event)
        if event is fill and not remembered:
            told.state.orders.known[order].drop_events()
    first, again, orphan = map(event_row, told.feed.after(0))
    assert (first["part"], first["filled"], first["ordered"], first["booked"]) == (
        "debit",
        1,
        2,
        True,
    )
    assert not again["booked"] and not orphan["booked"]
    assert "debit filled, 1 contract at 1.50 a share, buy 600 sell 605 calls, 1 of 2" in event_line(
        first
    )
    assert all("NOT BOOKED" in event_line(row) for row in (again, orphan))


def test_an_alarm_says_when_it_wants_an_answer_and_when_another_one(told: Told) -> None:
    raised = ev.AlarmRaised(10, "A1", 1, "PARKED", "SPY 1", "parked", "", "", False)
    for event in (
        raised,
        ev.AlarmJoined(20, "A1", "QQQ 1", "parked"),
        ev.AlarmAcknowledged(30, "A1"),
        ev.AlarmJoined(40, "A1", "IWM 1", "parked"),
        ev.AlarmLeft(50, "A1", "QQQ 1"),
        ev.AlarmCleared(60, "A1"),
    ):
        told.state.apply(event)
        told.feed.take(event)
    rows = [event_row(row) for row in told.feed.after(0)]
    assert [row["wants_answer"] for row in rows] == [True, False, False, True, False, False]
    assert {(row["priority"], row["code"]) for row in rows} == {(1, "PARKED")}
    assert [row["state"] for row in rows] == [
        "raised", "joined", "acknowledged", "joined", "left", "ended",
    ]  # fmt: skip


# ---------------------------------------------------------------------- hostile text


def text_of(hint: Any, text: str) -> Any:
    """A value of an event's field, with a hostile text wherever one can be."""
    if hint is str:
        return text
    if hint is bool:
        return True
    if hint in (int, float):
        return hint(3)
    if hint == list[str]:
        return [text, text]
    return {text: 1.0} if "dict" in str(hint) else text if hint is Any else 3


@given(text=st.one_of(st.just(HOSTILE), st.text(max_size=40)))
def test_no_text_of_an_event_reaches_a_terminal_as_more_than_text(text: str) -> None:
    kinds: list[Any] = list(TOLD)
    for kind in kinds:
        hints = {name: hint for name, hint in get_type_hints(kind).items() if name in kind._fields}
        event = kind(**{name: text_of(hint, text) for name, hint in hints.items()})
        about = event if kind in (ev.Recommended, ev.TrialStarted) else None
        about = Alarmed(event, True) if kind is ev.AlarmRaised else about
        told = TheEvent(1, 2, event, about)
        line = event_lines.event_line(told)
        assert line.isascii() and line.count(b"\n") == 1 and b"\x1b" not in line
        assert len(line) < 100_000
        row = json.loads(line)
        assert row["kind"] != "unreadable" and row["type"] == "event"
        words = event_line(row)
        assert words.isprintable() and len(words) < 2_500


@pytest.mark.parametrize("hostile", [None, [], {}, "x", -1, 1e400, True, "\x1b[2J"])
def test_words_are_made_of_rows_whatever_is_in_their_fields(hostile: Any) -> None:
    for kind in (
        *("fill", "pair", "alarm", "operator", "phase", "new kind"),
        hostile,
    ):
        names = (
            "trader",
            "symbol",
            "expiration",
            "where",
            "contracts",
            "price",
            "target",
            "outcome",
            "at",
        )
        row = {"type": "event", "kind": kind, **dict.fromkeys(names, hostile)}
        assert event_line({**row, "at": None}).isprintable()
    status = dict.fromkeys(status_row(samples.normal(), 0.0), hostile) | {"at": None}
    assert status_line(status).isprintable() and desk_line(status).isprintable()


def test_a_number_that_is_not_finite_is_null(told: Told) -> None:
    told.feed.take(ev.LimitChanged(1, "max", float("inf"), float("nan"), False, ""))
    row = json.loads(event_lines.event_line(told.feed.after(0)[0]))
    assert row["before"] is None and row["after"] is None


def test_an_event_that_cannot_be_told_is_named_and_stops_none(told: Told, follow) -> None:
    follower = follow(lambda before: Found(told.folder))
    told.until(lambda: [row["type"] for row in follower.take(0)] == ["desk"])
    told.feed.take(ev.Executed(1, "SPY 2026-12-04", "S1", "E1", "many", 1, 1, False))  # type: ignore[arg-type]
    told.feed.take(ev.SizeChanged(1, "SPY 2026-12-04", object(), 2, ""))  # type: ignore[arg-type]
    told.phases(1)
    kinds = [row["kind"] for row in gathered(told, follower, 3)]
    assert kinds == ["fill", "unreadable", "phase"]


# ---------------------------------------------------------------------- who follows


def test_events_come_in_order_with_the_status_and_its_age(told: Told, follow) -> None:
    follower = follow(lambda before: Found(told.folder), clock=told)
    told.phases(3)
    (begun,) = gathered(told, follower, 1)
    assert (begun["type"], begun["run"], begun["begins"]) == ("desk", told.latest.run, 3)
    told.until(lambda: follower.status)
    assert follower.status is not None and follower.status["age_s"] == 0.0
    assert follower.status["floor_usd"] == told.latest.totals.floor_c / 100
    told.at_s += 0.3
    told.phases(2, "AFTERNOON")
    rows = gathered(told, follower, 2)
    assert [row["number"] for row in rows] == [4, 5]
    assert [row["row"] for row in rows] == [103, 104]
    assert follower.status["age_s"] == 0.3  # the desk has published nothing since
    told.latest = replace(told.latest, version=2)
    told.at_s += 0.3
    told.until(lambda: follower.status and follower.status["age_s"] == 0.0)


def test_the_last_events_come_first_where_they_are_asked_for(told: Told, follow) -> None:
    told.phases(10)
    rows = gathered(told, follow(lambda before: Found(told.folder), 3), 4)
    assert [row.get("number") for row in rows[1:]] == [8, 9, 10]
    rows = gathered(told, follow(lambda before: Found(told.folder), 100), 11)
    assert [row.get("number") for row in rows[1:]] == list(range(1, 11))


def test_who_was_dropped_goes_on_where_it_was_and_misses_nothing(told: Told, follow) -> None:
    follower = follow(lambda before: Found(told.folder))
    told.phases(2)
    gathered(told, follower, 1)
    told.server.events.drop_all()
    told.phases(BACKLOG // 2)
    rows = gathered(told, follower, BACKLOG // 2)
    assert [row["number"] for row in rows] == list(range(3, 3 + BACKLOG // 2))


def test_what_was_missed_is_counted(told: Told, follow) -> None:
    follower = follow(lambda before: Found(told.folder))
    gathered(told, follower, 1)
    told.server.events.drop_all()
    told.phases(BACKLOG + 7)
    rows = gathered(told, follower, BACKLOG + 1)
    assert rows[0] == {"v": VERSION, "type": "missed", "events": 7}
    assert [row["number"] for row in rows[1:]] == list(range(8, BACKLOG + 8))


def test_a_reader_that_is_too_slow_loses_the_oldest_and_is_told_how_many(
    told: Told, follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.observers.follower.KEPT", 10)
    follower = follow(lambda before: Found(told.folder))
    gathered(told, follower, 1)
    told.phases(25)
    told.until(lambda: follower._has == 25)
    rows = follower.take(0)
    assert rows[0] == {"v": VERSION, "type": "missed", "events": 15}
    assert [row["number"] for row in rows[1:]] == list(range(16, 26))


def test_another_process_of_the_run_is_told_and_nothing_of_it_is_missed(
    tmp_path: Path, follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Told(tmp_path / "run-1")
    follower = follow(lambda before: Found(first.folder))
    gathered(first, follower, 1)
    first.phases(5)
    gathered(first, follower, 5)
    first.server.stop()
    monkeypatch.setattr("os.getpid", lambda: 4_242_424)
    second = Told(tmp_path / "run-1")
    second.phases(2)
    rows = gathered(second, follower, 1)
    assert [row["type"] for row in rows] == ["desk"]
    second.phases(1)
    assert [row["number"] for row in gathered(second, follower, 1)] == [3]
    second.server.stop()


def test_one_who_stops_holds_nothing_up_and_is_dropped(told: Told, follow) -> None:
    stopped = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with address(told.folder, EVENTS) as place:
        stopped.connect(place)
    follower = follow(lambda before: Found(told.folder))
    told.until(lambda: len(told.server.events) == 2)
    for _ in range(12):
        told.phases(BACKLOG // 2, "x" * 900)
        gathered(told, follower, BACKLOG // 2)
    told.at_s += STUCK_S + 0.1
    told.until(lambda: len(told.server.events) == 1)
    stopped.close()


def test_an_end_in_order_is_told_from_a_death(told: Told, follow, tmp_path: Path) -> None:
    there = [Found(told.folder)]
    ends, dies = (follow(lambda before: there[0]) for _ in range(2))
    for each in (ends, dies):
        gathered(told, each, 1)
    told.until(lambda: ends.status and dies.status)
    dies._status, told.latest = None, replace(told.latest, version=2, state=EngineState.ENDED)
    told.at_s += 1.0
    told.until(lambda: ends.status and ends.status["state"] == "ENDED")
    there[0] = Found(None, "the desk of SIM run-1 runs no more")
    told.server.stop()
    (row,) = until(lambda: ends.take(0.05))
    assert row == {
        "v": VERSION,
        "type": "lost",
        "reason": "the desk of run-1 has ended",
        "ended": True,
    }


def test_a_death_is_told_with_what_is_known_of_it(told: Told, follow) -> None:
    there = [Found(told.folder)]
    follower = follow(lambda before: there[0])
    gathered(told, follower, 1)
    there[0] = Found(None, "the desk of SIM run-1 runs no more")
    told.server.stop()
    (row,) = until(lambda: follower.take(0.05))
    assert row["reason"] == "the desk of SIM run-1 runs no more" and not row["ended"]


def test_nobody_who_listens_costs_no_line(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    formed: list[Any] = []
    monkeypatch.setattr(event_lines, "event_row", formed.append)
    told.phases(50)
    for _ in range(3):
        told.server.turn(0.0)
    assert not formed


def test_a_status_says_no_more_of_an_account_than_its_tail() -> None:
    snapshot = samples.normal()
    for mode in ("PAPER", "LIVE"):
        real: EngineSnapshot = replace(snapshot, mode=mode, account="DU1234567")
        assert status_row(real, 0.0)["account"] == "4567"
        lines = EventLines(EventFeed(None, lambda: 0), lambda real=real: real, "1", 1)  # type: ignore[misc]
        assert b"DU1234567" not in lines.greeting()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b'{"v":2,"type":"desk","number":1}\n', "in version 2 and this program knows 1"),
        (b'{"v":1,"type":"refused","reason":"64 observers look already"}\n', "64 observers look"),
        (b'{"v":1,"type":"desk"}\n', "is not a desk"),
        (b"[1]\n", "is not a desk"),
        (b"[" * 3_000_000, "sends no lines"),
        (b"\xff\xfe\n", "is not a desk"),
        (b"", "is not a desk"),
    ],
)
def test_what_is_not_such_a_desk_is_said(tmp_path: Path, follow, sent: bytes, said: str) -> None:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(tmp_path / EVENTS))
    listening.listen(1)

    def once() -> None:
        accepted, _ = listening.accept()
        with suppress(OSError):
            accepted.sendall(sent)
        accepted.close()
        listening.close()

    threading.Thread(target=once, daemon=True).start()
    follower = follow(lambda before: Found(tmp_path))
    (row,) = until(lambda: follower.take(0.05))
    assert row["type"] == "lost" and said in row["reason"] and not row["ended"]
