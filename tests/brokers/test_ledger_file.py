"""The account's file: whatever is booked and corrected, what is read is what the ledger holds."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.execution import Execution
from engine.brokers.ledger import ExchangeLedger, LedgerError
from engine.brokers.ledger_file import (
    LedgerFile,
    account_plain,
    read_account,
    read_ledger,
)
from engine.orders.settlements import SettlementKind, SettlementReport
from engine.run_folder.append_log import finish_batches
from tests.support.ledger_trades import DAY, trade


def recorded(path: Path) -> tuple[ExchangeLedger, LedgerFile]:
    """An account from its first booking on, and its file."""
    ledger = ExchangeLedger()
    ledger.record()
    return ledger, LedgerFile(path, ledger)


def again(path: Path) -> ExchangeLedger:
    """The account that a restarted exchange makes of the file."""
    ledger = ExchangeLedger()
    for entry in read_ledger(path):
        if isinstance(entry, Execution):
            ledger.book(entry)
        else:
            ledger.settle(entry, again=True)
    return ledger


def expired(number: int, ledger: ExchangeLedger) -> SettlementReport:
    """The first contract held comes to nothing."""
    row = ledger.positions()[0]
    return SettlementReport(
        SettlementKind.EXPIRED, f"S{number}", float(number), row.symbol, row.expiration,
        "put" if row.right == "put" else "call", row.strike, row.quantity, 9_000, 0, 0, 100,
    )  # fmt: skip


steps = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.integers(1, 5), st.integers(1, 499)),
        st.tuples(st.just("correct"), st.integers(0, 9), st.integers(1, 499)),
        st.tuples(st.just("charge"), st.integers(0, 9), st.integers(0, 499)),
        st.tuples(st.just("bust"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("settle"), st.just(0), st.just(0)),
        st.tuples(st.just("write"), st.just(0), st.just(0)),
    ),
    max_size=30,
)


def take(step: tuple[str, int, int], number: int, ledger: ExchangeLedger) -> None:
    """One booking; nothing where there is nothing to correct or to settle."""
    what, which, price_c = step
    if what == "trade":
        ledger.book(trade(number, which, price_c, number % 3 != 0))
    elif what in ("correct", "bust") and ledger.executions:
        name = ledger.executions[which % len(ledger.executions)].execution_id
        ledger.correct(name, price_c if what == "correct" else None)
    elif what == "charge" and ledger.executions:
        name = ledger.executions[which % len(ledger.executions)].execution_id
        ledger.correct_fee(name, price_c)
    elif what == "settle" and ledger.positions():
        ledger.settle(expired(number, ledger))


@given(steps)
def test_a_restarted_exchange_holds_what_the_dead_one_held(history):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "exchange.jsonl"
        ledger, file = recorded(path)
        for number, step in enumerate(history):
            take(step, number, ledger)
            if step[0] == "write":
                file.add(number)
        file.add(len(history))
        left = again(path)
        assert left.entries == ledger.entries
        assert left.positions() == ledger.positions()
        assert (left.cash_c, left.fees_c, left.shares()) == (
            ledger.cash_c, ledger.fees_c, ledger.shares()
        )  # fmt: skip
        assert read_account(path) == account_plain(ledger)
        left.check()


@given(steps)
def test_positions_are_those_of_a_ledger_added_up_anew_whatever_happened(history):
    ledger = ExchangeLedger()
    for number, step in enumerate(history):
        take(step, number, ledger)
        fresh = ExchangeLedger()
        for entry in ledger.entries:
            fresh.book(entry) if isinstance(entry, Execution) else fresh.settle(entry, again=True)
        assert ledger.positions() == fresh.positions()
        ledger.check()


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.data())
def test_half_a_batch_is_left_out_and_so_is_one_that_the_journal_never_got(batches, data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "exchange.jsonl"
        ledger, file = recorded(path)
        known, lengths, number = [0], [0], 0
        for seq, trades in enumerate(batches, 1):
            for _ in range(trades):
                number += 1
                ledger.book(trade(number, 1, 100, True))
            file.add(seq * 10)
            known.append(number)
            lengths.append(path.stat().st_size)
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        complete = max(n for n, length in enumerate(lengths) if length <= cut)
        seq = data.draw(st.integers(0, 10 * len(batches) + 5))
        journaled = min(complete, seq // 10)
        assert len(read_account(path, seq)["executions"]) == known[journaled]
        finish_batches(path, seq)
        assert len(read_ledger(path)) == known[journaled]
        assert path.stat().st_size == lengths[journaled]


def test_each_writing_adds_what_is_new_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "exchange.jsonl"
    ledger, file = recorded(path)
    file.add(1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_account(path) == {"executions": [], "settlements": []}
    sizes = [path.stat().st_size]
    for number in range(200):
        ledger.book(trade(number, 1, 100, True))
        file.add(number + 2)
        sizes.append(path.stat().st_size)
    added = [after - before for before, after in pairwise(sizes)]
    assert max(added) - min(added) < 20
    file.add(500)
    assert path.stat().st_size == sizes[-1]


def test_a_full_disk_leaves_the_file_as_it_was_and_the_bookings_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "exchange.jsonl"
    ledger, file = recorded(path)
    ledger.book(trade(1, 1, 100, True))
    file.add(1)
    before = path.read_bytes()
    ledger.book(trade(2, 1, 100, True))

    def full(handle: int, block: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("engine.run_folder.append_log._write", full)
        with pytest.raises(OSError, match="No space"):
            file.add(2)
    assert path.read_bytes() == before
    file.add(3)
    assert len(read_ledger(path)) == 2


@pytest.mark.parametrize(
    "text", ["[]\n", "nonsense", '{"execution": [], "deposit": []}\n{"journal_seq": 1}\n', '{"deposit": []}\n{"journal_seq": 1}\n']
)  # fmt: skip
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "exchange.jsonl"
    path.write_text(text)
    with pytest.raises(LedgerError, match="is not an exchange's ledger"):
        read_ledger(path)


def test_dates_and_prices_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "exchange.jsonl"
    ledger, file = recorded(path)
    ledger.book(trade(1, 3, 142, False, fees_c=7))
    file.add()
    (execution,) = read_ledger(path)
    assert execution == ledger.executions[0]
    assert execution.expiration == DAY
    assert [list(json.loads(line)) for line in path.read_text().splitlines()] == [
        ["execution"], ["journal_seq"]
    ]  # fmt: skip


def test_a_trade_that_was_busted_after_its_contract_ended_is_read_again(tmp_path: Path) -> None:
    ledger, file = recorded(tmp_path / "ledger.jsonl")
    ledger.book(trade(1, 2, 100, pays=True))
    ledger.settle(expired(2, ledger))
    ledger.correct(ledger.executions[0].execution_id, None)
    file.add()
    assert again(tmp_path / "ledger.jsonl").positions() == ledger.positions() != ()


def test_a_file_that_ends_what_was_not_held_then_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger, file = recorded(path)
    ledger.book(trade(1, 2, 100, pays=True))
    ledger.settle(expired(2, ledger))
    file.add()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    with pytest.raises(LedgerError, match=r"ends .* contracts; 0 are held"):
        read_ledger(path)
