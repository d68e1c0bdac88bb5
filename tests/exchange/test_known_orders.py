"""Orders that the exchange has put away: few bytes each, and answered for as on the first day."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.block_store import MEMORY, BlockStore
from engine.config import FillModelParameters
from engine.exchange.matching import MatchingEngine, known_orders
from engine.exchange.matching.engine import DuplicateClientOrderIdError
from engine.exchange.matching.known_orders import KnownOrders
from engine.exchange.matching.orders import ExchangeOrder, ExchangeOrderState
from engine.exchange.seeding import Draws
from engine.orders.types import OrderReport
from engine.run_folder.spill_file import SpillFile
from tests.support.block_stores import refusing_spill
from tests.support.exchange_world import MORNING_S, HeapTimer, order, phase_of, still_quotes
from tests.support.retained import retained_bytes

ALWAYS_C = 260
"""A debit that the market sells at once."""


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are put away after the next three."""
    put_away_soon(monkeypatch)


def put_away_soon(monkeypatch: pytest.MonkeyPatch, rows: int = 2, unpacked: int = 1) -> None:
    monkeypatch.setattr(known_orders, "ROWS_A_BLOCK", rows)
    monkeypatch.setattr(known_orders, "_UNPACKED", unpacked)


def fill(known: KnownOrders, name: str, at_s: float) -> None:
    """Fill an order whole in two executions."""
    one = ExchangeOrder(order(name, quantity=3), Draws(1, name), at_s)
    known.add(one)
    one.draws.uniform()
    for quantity in (1, 2):
        one.execute(quantity, 200, (300, 100), at_s + 0.1 * quantity, 136)
    one.end(ExchangeOrderState.FILLED)
    known.end(one)
    known.put_away(one)


@pytest.mark.parametrize(("spilled", "most"), [(False, 35), (True, 7)])
def test_a_filled_order_is_kept_in_few_bytes(spilled: bool, most: int, tmp_path: Path) -> None:
    def put_away(count: int) -> KnownOrders:
        known = KnownOrders(
            1, files.enter_context(closing(SpillFile(tmp_path))) if spilled else MEMORY
        )
        for number in range(count):
            fill(known, f"S0-FUWD-{number % 100}-{number}D1", MORNING_S + number / 7)
        return known

    with ExitStack() as files:
        few, many = (retained_bytes(partial(put_away, count)) for count in (1_024, 5_120))
    assert (many - few) / (5_120 - 1_024) < most


@pytest.mark.usefixtures("soon")
def test_each_filled_order_is_found_as_it_was_whether_packed_or_not() -> None:
    known = KnownOrders(1)
    for number in range(20):
        fill(known, f"S-{number}", MORNING_S + number / 7)
    for number in range(20):
        name, at_s = f"S-{number}", MORNING_S + number / 7
        draws = Draws(1, name)
        draws.uniform()
        found = known.find(name)
        assert found is not None
        assert (found.state, found.acts_s, found.reason) == ("filled", at_s, "")
        assert found.broker_order_id == f"SIM.{name}"
        assert [tuple(each) for each in found.fills] == [
            (f"{name}.1", at_s + 0.1, 1, 200), (f"{name}.2", at_s + 0.2, 2, 200)
        ]  # fmt: skip
        assert [found.draws.uniform() for _ in range(20)] == [draws.uniform() for _ in range(20)]
    assert known.find("S-20") is None


class Desk:
    """A matching engine whose orders trade at once, its reports and what it refused."""

    def __init__(self, store: BlockStore) -> None:
        self.timer = HeapTimer(MORNING_S)
        self.exchange = MatchingEngine(
            still_quotes(50.0),
            self.timer,
            3,
            phase_of,
            model="assumed",
            parameters=FillModelParameters(duplicate=0.3, reject=0.2),
            store=store,
        )
        self.told: list[OrderReport | str] = []
        self.exchange.connect(self.told.append)

    def take(self, step: tuple[str, int], number: int) -> None:
        """Do one thing: with an order of before, or with a new one."""
        what, which = step
        now_s = self.timer.now_s
        old = f"S-{which}"
        if what == "submit":
            try:
                self.exchange.submit(order(f"S-{number}", limit_c=ALWAYS_C, quantity=2), now_s)
            except DuplicateClientOrderIdError as error:
                self.told.append(str(error))
        elif what == "again":
            try:
                self.exchange.submit(order(old, limit_c=ALWAYS_C), now_s)
            except DuplicateClientOrderIdError as error:
                self.told.append(str(error))
        elif what == "cancel":
            self.exchange.cancel(old, now_s)
        elif what == "query":
            self.exchange.query(old, now_s)
        elif what == "state":
            self.told.append(str(self.exchange.state_of(old)))
        else:
            self.timer.run(now_s + which / 10)


steps = st.lists(
    st.tuples(
        st.sampled_from(["submit", "submit", "again", "cancel", "query", "state", "pass", "pass"]),
        st.integers(0, 40),
    ),
    max_size=60,
)


@given(steps, st.lists(st.booleans(), max_size=9))
def test_an_exchange_that_puts_orders_away_tells_what_one_tells_that_keeps_them(
    history: list[tuple[str, int]], refuses: list[bool]
) -> None:
    def told(**kept: Any) -> list[OrderReport | str]:
        with pytest.MonkeyPatch.context() as patched, refusing_spill(refuses) as store:
            put_away_soon(patched, **kept)
            desk = Desk(store)
            for number, step in enumerate(history):
                desk.take(step, number)
            desk.timer.run(desk.timer.now_s + 60.0)
            return desk.told

    assert told(rows=2, unpacked=1) == told(rows=10_000)
