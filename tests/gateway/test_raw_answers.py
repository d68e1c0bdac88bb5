"""What a broker said is kept word by word: without keys, within bounds, and nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.alpaca.recorded_day import replay_day
from engine.brokers.http.call import Call, Priority
from engine.brokers.http.raw import Raw, RawAnswer, RawFrame, RawGap
from engine.brokers.http.redaction import Redactor
from engine.gateway.raw_answers import MOST_WAITING, RawAnswers
from engine.gateway.raw_files import Kind, RawFiles, raw_paths, read_raw
from engine.market.clock import SystemClock
from engine.orders.types import ReportKind
from tests.support.kept_answers import texts_below

CALL = Call("GET", "/v2/orders/1", Priority.STATUS, (("nested", "true"),))
NOON_S = 1_796_000_000.0
HOUR_S = 3_600.0
REDACTOR = Redactor(["canary/secret"], ["PA3CANARY4821"])


def rows(number: int, text: str = "{}") -> list[dict[str, Any]]:
    return [{"n": number, "text": text, "at": float(number)}]


def kept(folder: Path) -> list[Raw]:
    return read_raw(folder)


def told(folder: Path) -> list[int]:
    return [int(each.received_s) for each in kept(folder)]


def test_files_are_the_owners_alone_and_older_ones_than_seven_days_go(folder: Path) -> None:
    files = RawFiles(folder / "raw", NOON_S)
    for hour in range(8 * 24):
        files.add("orders", rows(hour), NOON_S + hour * HOUR_S)
    paths = raw_paths(folder / "raw")
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert (folder / "raw").stat().st_mode & 0o777 == 0o700
    assert told(folder / "raw") == list(range(23, 8 * 24))


def test_the_oldest_go_where_there_is_too_much_and_quotes_never_drive_out_orders(
    folder: Path,
) -> None:
    most = 10_000
    files = RawFiles(folder, NOON_S, most)
    files.add("orders", rows(0), NOON_S)
    for number in range(1, 100):
        noise = "".join(chr(33 + (number * each * each) % 89) for each in range(400))
        files.add("quotes", rows(number, noise), NOON_S + number)
        assert sum(path.stat().st_size for path in raw_paths(folder)) <= most
    numbers = told(folder)
    assert numbers[0] == 0
    assert numbers[1:] == list(range(numbers[1], 100)) and numbers[1] > 1
    for number in range(100, 220):
        noise = "".join(chr(33 + (number * each * each) % 89) for each in range(400))
        files.add("orders", rows(number, noise), NOON_S + number)
    assert sum(path.stat().st_size for path in raw_paths(folder)) <= most
    assert told(folder) == list(range(told(folder)[0], 220))


def test_the_files_of_an_earlier_process_count_and_a_half_written_one_is_read_as_far_as_it_goes(
    folder: Path,
) -> None:
    RawFiles(folder, NOON_S).add("orders", rows(1), NOON_S)
    second = RawFiles(folder, NOON_S + 1)
    second.add("orders", rows(2), NOON_S + 1)
    second.add("orders", rows(3), NOON_S + 2)
    newest = raw_paths(folder)[-1]
    newest.write_bytes(newest.read_bytes()[:-9])
    assert told(folder)[:2] == [1, 2]
    third = RawFiles(folder, NOON_S + 2, 100)
    third.add("orders", rows(4), NOON_S + 3)
    assert told(folder) == [4]
    (folder / "notes.txt").write_text("not ours")
    raw_paths(folder)[0].write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="compressed"):
        read_raw(folder)


class StuckDisk(RawFiles):
    """A disk that takes nothing until it is let go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, NOON_S)
        self.goes, self.asked = threading.Event(), threading.Event()

    def add(self, kind: Kind, rows: Sequence[Mapping[str, Any]], now_s: float) -> None:
        self.asked.set()
        assert self.goes.wait(60)
        super().add(kind, rows, now_s)


def test_who_calls_never_waits_for_the_disk_and_what_is_dropped_is_counted_and_told(
    folder: Path,
) -> None:
    disk, notices = StuckDisk(folder), list[str]()
    raw = RawAnswers(
        disk, REDACTOR, SystemClock(), lambda kind, text: notices.append(f"{kind} {text}")
    )
    raw.frame('{"first": 1}')
    assert disk.asked.wait(60)
    for _ in range(MOST_WAITING + 7):
        raw.answer(RawAnswer(CALL, 200, {}, b"{}"), "orders")
    disk.goes.set()
    raw.close()
    raw._thread.join(60)
    frame, *answers, gap = kept(folder)
    assert isinstance(frame, RawFrame) and len(answers) == MOST_WAITING
    assert isinstance(gap, RawGap) and gap.count == 7
    assert notices == [
        "RAW_LOST 7 answers of the broker were not kept for replays: more came than the disk took"
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (UnicodeError("a lone surrogate"), "a lone surrogate"),
        (RecursionError(), "RecursionError"),
    ],
)
def test_whatever_keeps_an_answer_from_the_disk_is_told_and_stops_nobody(
    error: Exception, said: str, folder: Path
) -> None:
    class Full(RawFiles):
        def add(self, kind: Kind, rows: Sequence[Mapping[str, Any]], now_s: float) -> None:
            raise error

    notices: list[str] = []
    raw = RawAnswers(
        Full(folder, NOON_S), REDACTOR, SystemClock(), lambda kind, text: notices.append(text)
    )
    raw.answer(RawAnswer(CALL, 200, {}, b"{}"), "quotes")
    raw.close()
    assert notices == [f"1 answers of the broker were not kept for replays: {said}"]


def test_an_order_that_a_desk_traded_is_told_again_from_what_was_kept(folder: Path) -> None:
    pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
    from tests.support.alpaca_facade import alpaca
    from tests.support.alpaca_gateway import desk_on, paper_settings, serving, until

    config = paper_settings(folder)
    with (
        alpaca(config.simulation) as facade,
        serving(facade, config) as gateway,
        desk_on(gateway) as desk,
    ):
        facade.faults["POST"] = ["lost"]
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.kinds("PTEST01-1"))
        desk.submit(desk.order("PTEST01-2", 95))
        until(lambda: ReportKind.FILL in desk.kinds("PTEST01-2"), "it never executed")
        desk.broker.cancel("PTEST01-1", 0.0)
        until(lambda: ReportKind.CANCELED in desk.kinds("PTEST01-1"))
        until(desk.broker.positions)
        heard = list(desk.reports)
    day = replay_day(read_raw(folder / "paper" / "raw" / "alpaca-main"))
    assert day.odd == [] and day.unsent == set()
    for name in ("PTEST01-1", "PTEST01-2"):
        told = [r for r in heard if r.client_order_id == name]
        again = [r for r in day.reports if r.client_order_id == name]
        assert [(r.kind, r.execution_id, r.quantity, r.price_c) for r in again] == [
            (r.kind, r.execution_id, r.quantity, r.price_c) for r in told
        ]
    assert day.outcomes[0].startswith("PTEST01-1: UNKNOWN")
    assert day.held is not None and len(day.held.contracts) == 2
    texts = dict(texts_below(folder))
    assert sum("/raw/" in str(path) for path in texts) >= 2
    for text in texts.values():
        assert "canary" not in text.lower()


def test_a_setting_keeps_nothing(folder: Path) -> None:
    pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
    from tests.support.alpaca_facade import alpaca
    from tests.support.alpaca_gateway import opened, paper_settings

    config = paper_settings(folder, keep_raw=False)
    with alpaca(config.simulation) as facade:
        opened(facade, config)._undo.close()
    assert not (folder / "paper" / "raw").exists()
