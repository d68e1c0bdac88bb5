"""Executions that the ledger has put away: few bytes each, and the books are as without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers import booked_executions, packed_columns
from engine.brokers.block_store import MEMORY
from engine.brokers.execution import Execution, LegFill
from engine.brokers.ledger import ExchangeLedger, LedgerError
from engine.brokers.protocol import ContractPosition
from engine.orders.settlements import SettlementKind, SettlementReport, taken_back
from engine.run_folder.spill_file import SpillFile
from tests.support.block_stores import refusing_spill
from tests.support.ledger_trades import trade
from tests.support.retained import retained_bytes

DAYS = (date(2026, 4, 17), date(2027, 1, 15))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two executions are put away at a time, and one stays."""
    put_away(monkeypatch, 2, 1)


def put_away(patched: pytest.MonkeyPatch, rows: int, unpacked: int) -> None:
    patched.setattr(booked_executions, "ROWS_A_BLOCK", rows)
    patched.setattr(booked_executions, "UNPACKED", unpacked)


legs = st.builds(
    LegFill,
    st.sampled_from(["call", "put"]),
    st.sampled_from([12.5, 100.0, 105]),
    st.integers(-3, 3).filter(bool),
    st.integers(0, 900),
)


def unusual(
    name: str, order: str, at_s: float, day: date, which: tuple[LegFill, ...], provisional: bool
) -> Execution | None:
    """A trade of any number of legs; None where they cost nothing."""
    paid_c = sum(leg.quantity * leg.price_c for leg in which)
    if not paid_c:
        return None
    return Execution(
        name, order, at_s, "SPXW", day, 1, abs(paid_c), paid_c > 0, 10, which, 7, provisional
    )


trades = st.one_of(
    st.builds(
        trade,
        st.integers(0, 25),
        st.integers(1, 5),
        st.integers(1, 499),
        st.booleans(),
        fees_c=st.integers(0, 300),
    ),
    st.builds(
        unusual,
        st.text(max_size=3),
        st.sampled_from(["", "O1", "O2"]),
        st.floats(allow_nan=False),
        st.sampled_from(DAYS),
        st.lists(legs, max_size=4).map(tuple),
        st.booleans(),
    ),
)
Step = tuple[str, Any, int]


def ended(row: ContractPosition, name: str, at_s: float) -> SettlementReport:
    """All contracts of a row are settled for cash."""
    return SettlementReport(
        SettlementKind.CASH, name, at_s, row.symbol, row.expiration,
        "put" if row.right == "put" else "call", row.strike, row.quantity, 9_000,
        50 * row.quantity, 0,
    )  # fmt: skip


steps = st.lists(
    st.one_of(
        st.tuples(st.just("book"), trades, st.just(0)),
        st.tuples(st.just("book"), trades, st.just(0)),
        st.tuples(st.sampled_from(["correct", "fee"]), st.integers(0, 30), st.integers(-1, 499)),
        st.tuples(st.sampled_from(["bust", "settle", "back"]), st.integers(0, 30), st.just(0)),
        st.tuples(st.just("put away"), st.integers(1, 4), st.integers(0, 4)),
    ),
    max_size=60,
)


def take(step: Step, number: int, ledger: ExchangeLedger) -> str:
    """Book one thing; what the ledger refused, or "".

    What is corrected is chosen among everything that is booked, or was.
    """
    what, which, figure = step
    names = [each.execution_id for each in ledger.executions] + ledger.busted
    try:
        if what == "book" and which is not None:
            ledger.book(which)
        elif what == "settle" and (rows := ledger.positions()):
            ledger.settle(ended(rows[which % len(rows)], f"S{which % 7}", float(number)))
        elif what == "back" and (settled := ledger.settlements):
            ledger.settle(taken_back(settled[which % len(settled)][1], float(number)))
        elif names and what in ("correct", "bust", "fee"):
            name = names[which % len(names)]
            found = ledger.find(name)
            if what == "fee":
                ledger.correct_fee(name, figure)
            elif what == "bust":
                ledger.correct(name, None)
            elif found is None or len(found.legs) == 2:
                ledger.correct(name, figure)
    except LedgerError as error:
        return str(error)
    return ""


def books(ledger: ExchangeLedger) -> dict[str, Any]:
    """Everything that a ledger says of itself."""
    executions = ledger.executions
    count = len(executions)
    return {
        "entries": ledger.entries,
        "executions": tuple(executions),
        "backwards": tuple(reversed(executions)),
        "pieces": [executions[at : at + 3] for at in range(count + 3)],
        "each": [executions[at] for at in range(-count, count)],
        "others": executions[::-2],
        "settlements": ledger.settlements,
        "found": [ledger.find(each.execution_id) for each in executions],
        "orders": [ledger.executions_of(order) for order in ("", "O1", "O2", "O3", "O99")],
        "settled": [ledger.settlement(f"S{number}") for number in range(8)],
        "unknown": ledger.find("never"),
        "busted": list(ledger.busted),
        "changes": list(ledger.changes),
        "positions": ledger.positions(),
        "shares": ledger.shares(),
        "money": (ledger.cash_c, ledger.fees_c),
    }


@given(steps, st.lists(st.booleans(), max_size=9))
def test_a_ledger_that_puts_away_equals_one_that_never_does(
    history: list[Step], refuses: list[bool]
) -> None:
    with refusing_spill(refuses) as store:
        compare(history, ExchangeLedger(), ExchangeLedger(store))


def compare(history: list[Step], kept: ExchangeLedger, packing: ExchangeLedger) -> None:
    """Book the same in a ledger that never packs and in one that does; the books are equal."""
    for ledger in (kept, packing):
        ledger.record()
    sizes = 2, 1
    for number, step in enumerate(history):
        if step[0] == "put away":
            sizes = step[1], step[2]
        refused = take(step, number, kept)
        with pytest.MonkeyPatch.context() as patched:
            put_away(patched, *sizes)
            assert take(step, number, packing) == refused
        assert (packing.cash_c, packing.fees_c) == (kept.cash_c, kept.fees_c)
    assert books(packing) == books(kept)
    assert repr(packing.executions) == repr(kept.executions), "types are as they were, too"
    packing.check()


@given(steps)
def test_what_is_corrected_one_by_one_is_what_all_entries_add_up_to(history: list[Step]) -> None:
    ledger = ExchangeLedger()
    for number, step in enumerate(history):
        take(step, number, ledger)
        ledger.check()


@pytest.mark.usefixtures("soon")
def test_ids_stay_taken_whatever_became_of_their_executions() -> None:
    ledger = ExchangeLedger()
    for number in range(9):
        ledger.book(trade(number, 1, 100, True))
    for name in ("E0", "E8"):
        ledger.correct(name, None)
    for number in range(9):
        with pytest.raises(LedgerError, match="booked already"):
            ledger.book(trade(number, 1, 100, True))
    assert [each.execution_id for each in ledger.executions] == [f"E{n}" for n in range(1, 8)]


@pytest.mark.usefixtures("soon")
def test_names_whose_hashes_collide_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_columns, "hash", lambda name: 5, raising=False)
    ledger = ExchangeLedger()
    for number in range(9):
        ledger.book(trade(number, 1, 100 + number, True))
    ledger.correct("E1", None)
    ledger.correct("E3", 7)
    found = [ledger.find(f"E{number}") for number in range(10)]
    assert [each and each.price_c for each in found] == [
        100, None, 102, 7, 104, 105, 106, 107, 108, None
    ]  # fmt: skip


@pytest.mark.usefixtures("soon")
def test_what_is_read_goes_on_while_others_are_booked_and_put_away() -> None:
    ledger = ExchangeLedger()
    for number in range(7):
        ledger.book(trade(number, 1, 100, True))
    reading: Iterator[Execution] = iter(ledger.executions)
    names = [next(reading).execution_id]
    for number in range(7, 20):
        ledger.book(trade(number, 1, 100, True))
        ledger.correct(f"E{number - 3}", None)
    names += [each.execution_id for each in reading]
    assert names == [f"E{number}" for number in range(7)]


@pytest.mark.usefixtures("soon")
def test_a_page_of_executions_unpacks_nothing_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = ExchangeLedger()
    for number in range(21):
        ledger.book(trade(number, 1, 100, True))
    unpacked = []
    columns: Callable[[packed_columns.Block], packed_columns.Columns]
    columns = packed_columns.Block.columns

    def counted(block: packed_columns.Block) -> packed_columns.Columns:
        unpacked.append(block)
        return columns(block)

    monkeypatch.setattr(packed_columns.Block, "columns", counted)
    assert [each.execution_id for each in ledger.executions[10:12]] == ["E10", "E11"]
    assert len(unpacked) == 1
    assert len(ledger.executions) == 21
    ledger.book(trade(21, 1, 100, True))
    assert len(unpacked) == 1


@pytest.mark.parametrize(("spilled", "most"), [(False, 45), (True, 12)])
def test_an_execution_is_kept_in_few_bytes(spilled: bool, most: int, tmp_path: Path) -> None:
    def booked(count: int) -> ExchangeLedger:
        ledger = ExchangeLedger(
            files.enter_context(closing(SpillFile(tmp_path))) if spilled else MEMORY
        )
        for number in range(count):
            trader, x, y_c = number % 100, float(number * 7 % 60), number * 31 % 1_000
            ledger.book(
                trade(number, 1, 40 + number * 13 % 200, number % 2 == 0, x, x + 5.0, y_c)._replace(
                    execution_id=f"S0-FUWD-{trader}-{number}D1.1",
                    client_order_id=f"S0-FUWD-{trader}-{number}D1",
                    symbol=f"S{trader // 10:02d}",
                    at_s=1.79e9 + number / 4.7,
                )
            )
        return ledger

    with ExitStack() as files:
        few, many = (retained_bytes(partial(booked, count)) for count in (1_024, 5_120))
    assert (many - few) / (5_120 - 1_024) < most


def test_executions_equal_no_sequence_of_anything_else() -> None:
    ledger = ExchangeLedger()
    ledger.book(trade(0, 1, 100, True))
    assert ledger.executions == [trade(0, 1, 100, True)]
    assert ledger.executions != [trade(0, 1, 101, True)]
    assert ledger.executions != ["E0"]
