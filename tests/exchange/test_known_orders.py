"""Orders that the exchange has put away: few bytes each, and answered for as on the first day."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

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


def put_away_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_orders, "ROWS_A_BLOCK", 2)
    monkeypatch.setattr(known_orders, "_UNPACKED", 1)


FILLED, CANCELED = ExchangeOrderState.FILLED, ExchangeOrderState.CANCELED


def fill(
    known: KnownOrders, name: str, at_s: float, state: ExchangeOrderState = FILLED, more: int = 0
) -> None:
    """Execute an order twice, and end it; `more` contracts of it do not trade."""
    one = ExchangeOrder(order(name, quantity=3 + more), Draws(1, name), at_s)
    known.add(one)
    one.draws.uniform()
    for quantity in (1, 2):
        one.execute(quantity, 200, (300, 100), at_s + 0.1 * quantity, 136)
    one.end(state)
    known.end(one)
    if state is FILLED:
        known.put_away(one)


@pytest.mark.parametrize(("spilled", "most"), [(False, 35), (True, 7)])
@pytest.mark.parametrize("state", [FILLED, CANCELED])
@pytest.mark.parametrize("drawn", [False, True])
def test_an_order_that_traded_is_kept_in_few_bytes(
    state: ExchangeOrderState, drawn: bool, spilled: bool, most: int, tmp_path: Path
) -> None:
    def put_away(count: int) -> KnownOrders:
        known = KnownOrders(
            1, files.enter_context(closing(SpillFile(tmp_path))) if spilled else MEMORY
        )
        for number in range(count):
            name = f"S0-FUWD-{number % 100}-{number}D1"
            fill(known, name, MORNING_S + number / 7, state)
            if drawn and (found := known.find(name)):
                found.draws.uniform()
                known.keep(found)
        return known

    with ExitStack() as files:
        few, many = (retained_bytes(partial(put_away, count)) for count in (1_024, 5_120))
    assert (many - few) / (5_120 - 1_024) < most


@pytest.mark.usefixtures("soon")
def test_each_order_that_traded_is_found_as_it_was_whether_packed_or_not() -> None:
    known = KnownOrders(1)
    states = FILLED, CANCELED, ExchangeOrderState.EXPIRED
    for number in range(20):
        fill(known, f"S-{number}", MORNING_S + number / 7, states[number % 3], number % 3)
    for _ in range(2):
        for number in range(20):
            name, at_s = f"S-{number}", MORNING_S + number / 7
            found = known.find(name)
            assert found is not None and found.state is states[number % 3]
            assert (found.client_order_id, found.acts_s, found.reason) == (name, at_s, "")
            assert found.broker_order_id == f"SIM.{name}"
            assert [tuple(each) for each in found.fills] == [
                (f"{name}.1", at_s + 0.1, 1, 200), (f"{name}.2", at_s + 0.2, 2, 200)
            ]  # fmt: skip
    assert known.find("S-20") is None


@pytest.mark.usefixtures("soon")
def test_draws_of_an_order_that_was_kept_go_on_where_they_were() -> None:
    known, streams = KnownOrders(1), [Draws(1, f"S-{number}") for number in range(9)]
    for number, draws in enumerate(streams):
        fill(known, f"S-{number}", MORNING_S, CANCELED if number % 2 else FILLED)
        draws.uniform()
    for at in range(200):
        number = at * at % 9
        found = known.find(f"S-{number}")
        assert found is not None
        for _ in range(at % 4):
            assert found.draws.uniform() == streams[number].uniform()
        known.keep(found)


class KeepingOrders(KnownOrders):
    """Has each order that traded as it was when it ended."""

    def put_away(self, order: ExchangeOrder) -> None:
        """Leave it where it is."""


class Desk:
    """A matching engine whose orders trade soon, its reports and what it refused.

    A contract at a time; half of the cancellations cross with an execution.
    """

    def __init__(self, store: BlockStore) -> None:
        self.timer = HeapTimer(MORNING_S)
        self.exchange = MatchingEngine(
            still_quotes(1.0),
            self.timer,
            3,
            phase_of,
            model="assumed",
            parameters=FillModelParameters(duplicate=0.3, reject=0.2, late_fill=0.5),
            store=store,
        )
        self.sent = 0
        self.told: list[OrderReport | str] = []
        self.exchange.connect(self.told.append)

    def take(self, step: tuple[str, int]) -> None:
        """Do one thing: with an order of before, or with a new one."""
        what, which = step
        now_s = self.timer.now_s
        old = f"S-{which}"
        if what == "submit":
            self.sent += 1
            try:
                self.exchange.submit(
                    order(f"S-{self.sent}", limit_c=ALWAYS_C, quantity=1 + which % 2), now_s
                )
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
            self.timer.run(now_s + which / 2)


steps = st.lists(
    st.tuples(
        st.sampled_from(["submit", "again", "cancel", "cancel", "query", "state", "pass"]),
        st.integers(0, 9),
    ),
    max_size=60,
)


@given(steps, st.lists(st.booleans(), max_size=9))
def test_an_exchange_that_puts_orders_away_tells_what_one_tells_that_keeps_them(
    history: list[tuple[str, int]], refuses: list[bool]
) -> None:
    def told(keeps: bool) -> list[OrderReport | str]:
        with pytest.MonkeyPatch.context() as patched, refusing_spill(refuses) as store:
            put_away_soon(patched)
            desk = Desk(store)
            if keeps:
                desk.exchange._orders = KeepingOrders(3)
            for step in history:
                desk.take(step)
            desk.timer.run(desk.timer.now_s + 60.0)
            return desk.told

    assert told(keeps=False) == told(keeps=True)


def test_draws_of_an_execution_that_is_told_late_are_counted() -> None:
    def told(keeps: bool) -> list[OrderReport | str]:
        desk = Desk(MEMORY)
        if keeps:
            desk.exchange._orders = KeepingOrders(3)
        for _ in range(6):
            desk.take(("submit", 1))
        desk.timer.run(MORNING_S + 1.0)
        desk.exchange.crossing.update(f"S-{number}" for number in range(1, 7))
        for _ in range(3):
            for number in range(1, 7):
                desk.take(("cancel", number))
            desk.timer.run(desk.timer.now_s + 5.0)
        assert desk.exchange.counts["late_fills"] > 3
        return desk.told

    assert told(keeps=False) == told(keeps=True)
