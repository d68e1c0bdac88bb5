"""The exchange's own record of what it received."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path

import pytest

from engine.exchange.matching.engine import DuplicateClientOrderIdError, MatchingEngine
from engine.exchange.wire_log import BATCH, WireLog
from engine.market.legs import SpreadLeg
from engine.orders.types import OrderRequest, Part
from engine.run_folder import append_log
from engine.run_folder.append_log import read_batches
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

DAY = date(2026, 12, 18)


def request(name: str = "S0-1", symbol: str = "SPY") -> OrderRequest:
    legs = (
        SpreadLeg(600.0, DAY, "call", "buy", 1.0, 1.1),
        SpreadLeg(605.0, DAY, "call", "sell", 0.5, 0.6),
    )
    return OrderRequest(name, f"{symbol} {DAY}", symbol, DAY, Part.DEBIT, legs, 2, 45)


def test_a_submit_says_all_that_was_ordered() -> None:
    log = WireLog()
    log.submit(request(symbol='A"B'), 12.3456)
    assert list(log.rows()) == [
        {
            "at_ms": 12346, "what": "submit", "order": "S0-1", "symbol": 'A"B',
            "expiration": "2026-12-18", "part": "D", "right": "call", "buy_strike": 600.0,
            "sell_strike": 605.0, "quantity": 2, "limit_c": 45, "multiplier": 100,
        }
    ]  # fmt: skip


def test_rows_come_in_the_order_of_the_calls_however_many_there_are() -> None:
    log = WireLog()
    for number in range(BATCH + 5):
        log.cancel(f"S{number}", number)
    log.query("S0", 1.0)
    assert [row["order"] for row in log.rows()] == [*(f"S{n}" for n in range(BATCH + 5)), "S0"]


def test_a_file_takes_each_row_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    log, path = WireLog(), tmp_path / "wire.jsonl"
    log.append_to(path)
    assert read_batches(path) == [] and path.stat().st_mode & 0o777 == 0o600
    log.cancel("S1", 1.0)
    log.append_to(path)
    log.query("S2", 2.0)
    log.append_to(path)
    assert not list(log.rows())
    rows = read_batches(path)
    assert [(row["what"], row["order"]) for row in rows] == [("cancel", "S1"), ("query", "S2")]


def test_a_full_disk_leaves_the_file_as_it_was_and_the_rows_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, path = WireLog(), tmp_path / "wire.jsonl"
    log.cancel("S1", 1.0)
    log.append_to(path)
    before = path.read_bytes()
    log.cancel("S2", 2.0)

    def half(handle: int, block: bytes) -> None:
        os.write(handle, bytes(block)[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(append_log, "_write", half)
        with pytest.raises(OSError, match="No space"):
            log.append_to(path)
    assert path.read_bytes() == before
    log.append_to(path)
    assert [row["order"] for row in read_batches(path)] == ["S1", "S2"]


def test_every_call_is_taken_down_where_it_arrives_even_one_that_is_refused() -> None:
    desk = Operated(simulated(settings(7)))
    desk.run(30)
    assert isinstance(desk.venue, MatchingEngine)
    rows = list(desk.venue.wire.rows())
    submits = [row["order"] for row in rows if row["what"] == "submit"]
    assert submits == [request.client_order_id for _, request in desk.sent]
    with pytest.raises(DuplicateClientOrderIdError):
        desk.venue.submit(desk.sent[0][1], desk.now_s)
    assert list(desk.venue.wire.rows())[-1]["order"] == submits[0]


def test_a_run_that_goes_on_adds_to_what_the_exchange_received_before(tmp_path: Path) -> None:
    desk = simulated(settings(7), run_dir=tmp_path)
    desk.executor.begin()
    desk.executor.scheduler.run_until(desk.executor.context.now().now_s + 60)
    desk.stop(drain=False)
    assert desk.places is not None
    before = desk.places.wire.read_text(encoding="utf-8")
    assert before.count("\n") > 10
    again = simulated(settings(7), run_dir=tmp_path, resume=desk.places.run)
    again.run_to_end()
    assert desk.places.wire.read_text(encoding="utf-8").startswith(before)
