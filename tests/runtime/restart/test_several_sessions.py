"""A run through several sessions: the next takes over the positions, which expire and settle."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.ledger_file import read_account
from engine.checker import check, executions_of, settlements_of
from engine.config import ConfigError
from engine.desk.opening import Desk
from engine.journal.reading import export_lines, read_events
from engine.orders import events as ev
from engine.report.session import session_reports
from engine.run_folder.append_log import read_batches
from engine.runtime.requests.settings import write
from tests.support.desks import settings, simulated

FIRST, SECOND, LAST = "2026-11-20", "2026-11-24", "2026-11-27"
"""The simulated exchange lists 2026-11-27 a week before; that session closes at 13:00."""


def session(folder: Path, day: str, run: str | None, until: time | None = None) -> Desk:
    config = settings(7, symbols=("SPY", "SPXW"))
    config.simulation.session_date = day
    return simulated(config, run_dir=folder, resume=run, until=until)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[Desk]]:
    folder = tmp_path_factory.mktemp("sessions")
    run: str | None = None
    desks: list[Desk] = []
    for day, until in ((FIRST, time(9, 45)), (SECOND, time(9, 35)), (LAST, None)):
        desk = session(folder, day, run, until)
        desk.run_to_end()
        assert desk.places is not None
        run = desk.places.run
        desks.append(desk)
    assert run is not None
    return folder, run, desks


def events_of(folder: Path, run: str) -> list[ev.Event]:
    return [event for _, event in read_events(folder / "sim" / "runs" / run / "journal.db")]


def test_every_pair_held_to_expiration_realises_at_least_its_floor_at_filled_prices(settled):
    folder, run, _ = settled
    events = events_of(folder, run)
    rows = [e for e in events if isinstance(e, ev.PairSettled)]
    assert len(rows) > 10
    assert {e.trader for e in rows} == {"SPY 2026-11-27", "SPXW 2026-11-27"}
    ended = {(e.trader, e.cycle): e for e in events if isinstance(e, ev.CycleEnded)}
    for row in rows:
        cycle = ended[row.trader, row.cycle]
        assert row.realised_c >= row.floor_c
        if cycle.outcome == "COMPLETE":
            assert row.floor_c == cycle.floor_c


def test_the_ledger_agrees_with_the_book_after_every_session(settled):
    _, _, desks = settled
    for desk in desks:
        assert desk.books_agree() == ""
        desk.exchange.ledger.check()
    contracts = desks[-1].executor.context.state.contracts.contracts()
    assert contracts
    assert not any(key.expiration == LAST for key in contracts)


def test_a_session_that_goes_on_with_a_run_counts_its_time_from_its_beginning(settled):
    """A phase that a restart had looked up was told with the next one: after hours at midday."""
    folder, run, _ = settled
    events = events_of(folder, run)
    phases = [e.phase for e in events if isinstance(e, ev.PhaseChanged)]
    assert phases.count("OPEN_AUCTION") == 3
    rows = enumerate(events, 1)
    first, second, last = (each for each, _ in session_reports(rows))
    for found in (first, second):
        lasted_h = (found.header.ended_ms - found.header.started_ms) / 3_600_000
        assert [row.trader_hours for row in found.traders] == [
            pytest.approx(lasted_h, abs=1e-4) for _ in found.traders
        ]
    assert last.money.trader_hours == pytest.approx(3.5 * len(last.traders), abs=1e-2)


def checked(folder: Path, run: str, changed: Callable[[list[dict[str, Any]]], None]) -> list[str]:
    """What the offline checker says of a run of which one thing was changed."""
    place = folder / "sim" / "runs" / run
    rows = [json.loads(line) for line in export_lines(read_events(place / "journal.db"))]
    account = read_account(place / "exchange.jsonl")
    wire = read_batches(place / "wire.jsonl")
    settlements = settlements_of(account)
    changed(settlements)
    executions = executions_of(account)
    found = check(rows, executions, wire, settled=True, settlements=settlements)
    return [f"{each.number} {each.subject}: {each.text}" for each in found]


def test_the_checker_accepts_what_expired_and_misses_what_the_exchange_did_not_settle(settled):
    folder, run, _ = settled
    assert checked(folder, run, lambda settlements: None) == []
    assert any(line.startswith("4 SP") for line in checked(folder, run, lambda s: s.clear()))


def test_positions_of_expirations_to_come_are_carried_over_and_followed(settled):
    _, _, desks = settled
    assert {"SPY 2026-12-04", "SPXW 2026-12-04"} <= desks[-1].executor.context.traders.keys()
    assert "SPY 2026-11-27" in desks[-1].executor.context.traders
    listed = desks[-1].executor.context.market.expirations("SPY", 0.0)
    assert listed[0] == date(2026, 11, 27)


def test_a_new_session_counts_its_day_afresh(settled):
    _, _, desks = settled
    assert desks[0].snapshot().totals.attempts > 0
    assert desks[-1].executor.context.exposure.orders == 0
    assert desks[-1].executor.context.state.attempts.attempts == 0


def test_sessions_nobody_ran_are_settled_on_the_morning_after(tmp_path):
    desk = session(tmp_path, FIRST, None, time(9, 45))
    desk.run_to_end()
    later = session(tmp_path, "2026-12-01", desk.places.run, time(9, 32))
    later.run_to_end()
    rows = [e for e in events_of(tmp_path, desk.places.run) if isinstance(e, ev.ChainSettled)]
    assert {row.trader for row in rows} == {"SPY 2026-11-27", "SPXW 2026-11-27"}
    assert later.books_agree() == ""
    assert "SPY 2026-11-27" not in later.executor.context.traders
    prices = {row.trader: row.price_c for row in rows}
    same = session(tmp_path, "2026-12-01", desk.places.run, time(9, 34))
    assert same.books_agree() == ""
    assert (
        same.executor.context.state.positions.by_chain["SPY 2026-11-27"][2]
        == prices["SPY 2026-11-27"]
    )
    same.stop()


def test_chains_that_are_listed_anew_are_paused_like_all_the_others(tmp_path):
    desk = session(tmp_path, FIRST, None, time(9, 40))
    desk.run_to_end()
    later = session(tmp_path, "2026-12-01", desk.places.run, time(9, 40))
    fresh = later.executor.context.traders.keys() - desk.executor.context.traders.keys()
    assert fresh
    later.run_to_end()
    assert all(trader.paused for trader in later.executor.context.traders.values())
    assert later.executor.context.exposure.orders == 0


def test_an_approved_size_holds_the_day_it_was_approved_and_no_longer(tmp_path):
    desk = session(tmp_path, FIRST, None, time(9, 31))
    context = desk.executor.context
    [trader, *_] = context.traders.values()
    desk.executor.begin()
    write(context, trader, "optimal_contracts", 2, "R1 approved", recommendation="R1")
    desk.run_to_end()
    assert desk.places is not None
    for day, until, only_downward in (
        (FIRST, time(9, 32), True),
        (SECOND, time(9, 31), False),
    ):
        later = session(tmp_path, day, desk.places.run, until)
        restored = later.executor.context.traders[trader.key]
        assert restored.debits.only_downward is only_downward
        assert restored.sizing.current_contracts == 2
        later.run_to_end()


def test_a_run_cannot_go_back_to_a_session_before_its_last(settled):
    folder, run, _ = settled
    with pytest.raises(ConfigError, match="has traded 2026-11-27 already"):
        session(folder, SECOND, run)


def test_the_same_sessions_settle_alike_every_time(tmp_path):
    told = []
    for name in ("a", "b"):
        desk = session(tmp_path / name, FIRST, None, time(9, 40))
        desk.run_to_end()
        session(tmp_path / name, LAST, desk.places.run).run_to_end()
        told.append(events_of(tmp_path / name, desk.places.run))
    assert told[0] == told[1]
