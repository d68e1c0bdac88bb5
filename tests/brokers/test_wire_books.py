"""Books, facts and health on the wire: what arrives is what was sent, and garbage is an error."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.execution import Execution, LegFill
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.ledger_file import account_plain as ledger_plain
from engine.brokers.ledger_file import execution_plain
from engine.brokers.protocol import AccountState, ContractPosition, OpenOrder, SharePosition
from engine.brokers.remote import books
from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.facts import (
    QUALITIES,
    Caps,
    Health,
    SessionFacts,
    Trouble,
    facts_of,
    health_of,
)
from engine.brokers.remote.fetched_ledger import FetchedLedger
from engine.brokers.remote.frames import WireError
from engine.config import SimulationSettings
from engine.market.clock import SessionClock
from engine.orders.settlements import SettlementKind, SettlementReport
from tests.support.retained import retained_bytes

DAY = date(2026, 11, 20)
WHOLE = st.integers(-10_000, 10_000)
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
LEG = st.builds(
    ContractPosition,
    WORDS,
    st.dates(),
    st.sampled_from(["call", "put"]),
    st.integers(1, 10**6).map(lambda c: c / 100),
    WHOLE,
)
MAYBE = st.none() | WHOLE


def sent(plain: Any) -> Any:
    """What the other side reads."""
    return json.loads(json.dumps(plain))


@settings(max_examples=20)
@given(
    st.builds(
        OpenOrder,
        WORDS,
        WORDS,
        WHOLE,
        WHOLE,
        st.lists(LEG, max_size=4).map(tuple),
    )
)
def test_an_open_order_arrives_with_its_legs(order: OpenOrder) -> None:
    assert books.open_order_of(sent(books.open_order_plain(order))) == order


@settings(max_examples=20)
@given(st.builds(SharePosition, WORDS, WHOLE), st.floats(0, 2e9))
def test_rows_arrive_with_the_moment_of_which_they_are_true(
    row: SharePosition, at_s: float
) -> None:
    as_of_s, rows = books.rows_of(sent(books.dated([books.share_plain(row)], at_s)))
    assert as_of_s == pytest.approx(at_s, abs=0.001)
    assert [books.share_of(each) for each in rows] == [row]


@settings(max_examples=20)
@given(
    st.builds(
        AccountState,
        WORDS,
        MAYBE,
        MAYBE,
        MAYBE,
        WORDS,
        st.lists(WORDS, max_size=3).map(tuple),
        WHOLE,
    )
)
def test_an_account_arrives_and_what_is_not_known_stays_unknown(account: AccountState) -> None:
    assert books.account_of(sent(books.account_plain(account))) == account


@settings(max_examples=20)
@given(
    st.builds(
        Health, st.booleans(), st.booleans(), WHOLE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE,
        st.lists(st.builds(Trouble, WORDS, WORDS, WORDS), max_size=3).map(tuple),
        st.sampled_from((None, *QUALITIES)),
    )
)  # fmt: skip
def test_a_health_message_arrives(health: Health) -> None:
    assert health_of(sent(health.plain())) == health


def test_the_health_of_an_older_gateway_tells_no_quality_of_its_feed() -> None:
    older = {key: value for key, value in HEALTH.items() if key != "feed_quality"}
    assert health_of(sent(older)).feed_quality is None


@pytest.mark.parametrize("simulation", [None, SimulationSettings(seed=7)])
def test_the_facts_of_a_session_arrive(simulation: SimulationSettings | None) -> None:
    clock = SessionClock(1.0, 2.0, 3.0)
    caps = Caps(accounts=True)
    facts = SessionFacts("alpaca", "LIVE", "4821", "opra", "live", caps, clock, simulation)
    read = facts_of(sent({**facts.plain(), "of a later version": 1}))
    assert sent(read.plain()) == sent(facts.plain())
    assert (read.caps, read.simulation, read.clock.speed) == (caps, simulation, 3.0)


class Tells:
    """The other side of a desk's link, which tells of busts, two at a time."""

    connected = True

    def __init__(self, *names: object) -> None:
        self.names = names
        self.told: dict[str, Any] = {}

    def ask(self, op: str, within_s: float = 0.0, **arguments: Any) -> Any:
        assert op == "busted"
        since = arguments["since"]
        return sent({"ok": list(self.names[since : since + 2])})["ok"]

    def close(self) -> None:
        """Nothing is kept open."""


def test_the_names_of_busted_executions_arrive_and_an_older_exchange_tells_none() -> None:
    for caps, told in ((Caps(busts=True), {"B1:1", "B1:2", "B2:1"}), (Caps(), None)):
        facts = SessionFacts("b", "PAPER", "1", "f", "live", caps, SessionClock(0.0, 0.0))
        assert facts_of(sent(facts.plain())).caps == caps
        broker = RemoteBroker(Tells("B1:1", "B1:2", "B2:1"), facts.clock, facts)
        assert broker.busted() == told
    older = {"caps": ["accounts", "of a later version"]}
    assert facts_of(sent({**FACTS, **older})).caps == Caps(accounts=True)


FACTS = SessionFacts("b", "PAPER", "1", "f", "live", Caps(), SessionClock(0.0, 0.0)).plain()
HEALTH = Health(True, True, 0.0).plain()


@pytest.mark.parametrize(
    ("read", "plain"),
    [
        (facts_of, {**FACTS, "mode": "REAL"}),
        (facts_of, {**FACTS, "feed_quality": "Live"}),
        (facts_of, {**FACTS, "clock": [1.0, None, 1.0]}),
        (facts_of, {**FACTS, "caps": "settles"}),
        (facts_of, {key: FACTS[key] for key in FACTS if key != "account_tail"}),
        (health_of, {**HEALTH, "orders_up": "no"}),
        (health_of, {**HEALTH, "calls": [1.5, None, None]}),
        (health_of, {**HEALTH, "troubles": [["LINK_DOWN"]]}),
        (health_of, {**HEALTH, "feed_quality": "good"}),
        (health_of, {**HEALTH, "links": {}}),
        (health_of, {**HEALTH, "links": {**HEALTH["links"], "events": ["up", 0.0, ""]}}),
        (health_of, {**HEALTH, "links": {**HEALTH["links"], "orders": ["soon", ""]}}),
        (books.rows_of, [["SPY", 1]]),
        (books.rows_of, {"rows": [["SPY", 1]]}),
        (books.rows_of, {"rows": "SPY", "as_of": 1.0}),
        (books.share_of, ["SPY", 1.5]),
        (books.position_of, ["SPY", "2026-11-20", "c", 500.0, 1]),
        (books.open_order_of, ["a", "b", 1, 0]),
        (books.open_order_of, ["a", "b", 1, 0, [["SPY", "2026-11-20", "call", 5.0, 1]] * 9]),
        (books.settlement_of, ["expired", "x", 1.0, "SPY", "2026-11-20", "call", 5.0, 1, 1, 1, 1]),
        (books.account_of, {"tail": "1"}),
    ],
)
def test_what_cannot_be_read_is_an_error_of_the_wire(read: Any, plain: Any) -> None:
    with pytest.raises(WireError):
        read(plain)


# ---------------------------------------------------------------------- the fetched ledger


def execution(name: str, quantity: int) -> Execution:
    pays = quantity > 0
    legs = (LegFill("call", 500.0, quantity, 300), LegFill("call", 505.0, -quantity, 200))
    return Execution(
        name, f"o{name}", 1.0, "SPY", DAY, abs(quantity), 100, pays, 100, legs, 3
    )  # fmt: skip


def assigned(name: str, quantity: int) -> SettlementReport:
    kind = SettlementKind.ASSIGNED
    return SettlementReport(
        kind, name, 2.0, "SPY", DAY, "call", 505.0, quantity, 51_000, 50_500, -100 * -quantity
    )


class Told:
    """An account elsewhere, asked as over the wire; some of it may be held back for a while."""

    def __init__(self) -> None:
        self.ledger = ExchangeLedger()
        self.executions = self.settlements = 10**9

    def ask(self, op: str, since: int) -> list[Any]:
        account = sent(ledger_plain(self.ledger))
        most = self.executions if op == "executions" else self.settlements
        return list(account[op][since : min(most, since + 2)])


def test_a_ledger_is_fetched_with_settlements_between_the_executions() -> None:
    there, here = Told(), FetchedLedger()
    for number in range(5):
        there.ledger.book(execution(f"e{number}", 1))
        there.ledger.settle(assigned(f"s{number}", -1))
    assert ledger_plain(here.fetched(there.ask)) == ledger_plain(there.ledger)
    there.ledger.book(execution("last", -1))
    assert here.fetched(there.ask).positions() == there.ledger.positions()
    assert [each.settlement_id for each in here.settlements] == [f"s{n}" for n in range(5)]


def test_a_settlement_that_is_fetched_after_later_executions_goes_to_its_place() -> None:
    there, here = Told(), FetchedLedger()
    there.ledger.book(execution("e0", 1))
    there.ledger.settle(assigned("s0", -1))
    there.ledger.book(execution("e1", -1))
    there.settlements = 0
    here.fetched(there.ask)
    there.settlements = 10**9
    there.ledger.book(execution("e2", 1))
    ledger = here.fetched(there.ask)
    assert ledger_plain(ledger) == ledger_plain(there.ledger)
    ledger.check()
    assert [execution_plain(each)[0] for each in ledger.executions] == ["e0", "e1", "e2"]


def test_a_trade_that_was_busted_after_its_contract_ended_is_fetched() -> None:
    there = Told()
    there.ledger.book(execution("e0", 1))
    there.ledger.settle(assigned("s0", -1))
    there.ledger.correct("e0", None)
    assert FetchedLedger().fetched(there.ask).positions() == there.ledger.positions() != ()


def test_each_link_has_its_age_and_its_reason_and_an_older_gateway_tells_none() -> None:
    told = Health(
        False, True, 0.5, orders_age_s=40.25, data_age_s=0.5, orders_why="it answers 503",
        events_up=False, events_down_s=7.5, events_why="refused",
    )  # fmt: skip
    assert health_of(sent(told.plain())) == told
    older = {name: value for name, value in told.plain().items() if name != "links"}
    assert health_of(sent(older)) == Health(False, True, 0.5)


def test_a_fetched_execution_is_kept_in_few_bytes() -> None:
    def fetched(count: int) -> FetchedLedger:
        rows = sent([execution_plain(execution(f"e{number}", 1)) for number in range(count)])
        here = FetchedLedger()
        here.fetched(lambda op, since: rows[since : since + 500] if op == "executions" else [])
        return here

    few, many = (retained_bytes(partial(fetched, count)) for count in (1_024, 3_072))
    assert (many - few) / (3_072 - 1_024) < 60
