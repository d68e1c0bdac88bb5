"""A run on disk keeps its old executions there, for as long as its desk or exchange is open."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from engine.brokers import booked_executions
from engine.brokers.ledger_file import read_ledger
from engine.config import DeskConfig
from engine.exchange.matching import known_orders
from engine.exchange.process import open_exchange
from engine.run_folder.errors import JournalError
from tests.support.desks import on_publish, places_of, simulated
from tests.support.ledger_trades import trade
from tests.support.open_files import descriptors_in


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two executions, and two orders, are put away at a time, and one stays."""
    for module, unpacked in ((booked_executions, "UNPACKED"), (known_orders, "_UNPACKED")):
        monkeypatch.setattr(module, "ROWS_A_BLOCK", 2)
        monkeypatch.setattr(module, unpacked, 1)


def test_a_desk_has_one_file_for_them_until_it_ends(tmp_path: Path) -> None:
    desk = simulated(run_dir=tmp_path)
    places = places_of(desk)
    open_files = set[int]()
    on_publish(desk, lambda snapshot: open_files.add(len(descriptors_in(places.folder))))
    desk.run_to_end()
    assert open_files == {0, 1}
    assert descriptors_in(places.folder) == []
    executions = desk.exchange.ledger.executions
    assert len(executions) > 10
    assert executions == read_ledger(places.ledger)

    again = simulated(run_dir=tmp_path, resume=places.run, until=time(9, 55))
    assert len(descriptors_in(places.folder)) == 1
    assert again.exchange.ledger.executions == executions
    again.stop()
    assert descriptors_in(places.folder) == []


def test_a_desk_that_cannot_be_opened_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = simulated(run_dir=tmp_path)
    desk.run_to_end()
    run, ledger = places_of(desk).run, places_of(desk).ledger
    ledger.write_text(ledger.read_text() + ledger.read_text())
    opened: list[int] = []
    refuse = JournalError.__init__

    def seen(error: JournalError, code: str, text: str) -> None:
        opened.extend(descriptors_in(places_of(desk).folder))
        refuse(error, code, text)

    monkeypatch.setattr(JournalError, "__init__", seen)
    with pytest.raises(JournalError, match="booked already") as refused:
        simulated(run_dir=tmp_path, resume=run)
    assert refused.tb, "whose frames hold what was opened"
    assert opened, "executions were put away before the ledger contradicted itself"
    assert descriptors_in(places_of(desk).folder) == []


def test_an_exchange_of_its_own_has_one_until_it_stops(tmp_path: Path) -> None:
    exchange = open_exchange(DeskConfig(), folder=tmp_path)
    ledgers = [exchange.server.open(name).matching.ledger for name in ("one", "two")]
    for ledger in ledgers:
        for number in range(9):
            ledger.book(trade(number, 1, 100, True))
    assert len(descriptors_in(tmp_path)) == 1
    exchange.stop()
    exchange.serve()
    assert descriptors_in(tmp_path) == []
    assert all(ledgers[0].find(f"E{n}") == trade(n, 1, 100, True) for n in range(9))
