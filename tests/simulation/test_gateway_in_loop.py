"""Seeded sessions through a broker's gateway over a wire that fails: nothing is lost, or twice."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.following import follow
from engine.brokers.following.order_view import LegTotal
from engine.brokers.following.symbols import Contract, occ_symbol
from engine.brokers.http import outcome
from engine.brokers.http.call import Answer, Call
from engine.brokers.protocol import ContractPosition
from engine.exchange.alpaca import faults
from engine.exchange.alpaca.account import AlpacaAccount
from engine.exchange.alpaca.faults import WIRE_PROFILES, WireFault
from engine.exchange.matching.engine import MatchingEngine
from engine.gateway.books import open_orders, orders_since
from engine.gateway.journal import GatewayJournal
from engine.journal.reading import export_lines
from engine.orders import events as ev
from engine.orders.settlements import SettlementKind, SettlementReport
from engine.orders.types import OrderRequest
from engine.simulation.seeds import Rehearsal, desk_of, kept_events, run_seed
from engine.simulation.verdict import violations

MINUTES = 7
TWO = Rehearsal("everything", 2, MINUTES, gateway=True)


def test_the_same_seed_is_the_same_journal_and_needs_no_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Byte for byte, though threads are the machine's; and the base install has no network."""
    for name in ("httpx2", "websockets", "keyring"):
        monkeypatch.setitem(sys.modules, name, None)
    journals, wires = [], []
    for _ in range(2):
        desk = desk_of(4, TWO)
        events = kept_events(desk)
        desk.run_to_end()
        assert desk.gateway is not None
        journals.append("".join(export_lines(events)))
        wires.append(list(desk.gateway.wire.log.rows()))
    assert journals[0] == journals[1] and wires[0] == wires[1]
    assert len(wires[0]) > 50


def test_every_kind_of_fault_strikes_and_nothing_is_lost() -> None:
    """Each row of the table of outcomes, and whatever else a wire can do, in one session."""
    desk = desk_of(6, Rehearsal("none", 2, MINUTES + 3, gateway=True))
    events = kept_events(desk)
    assert desk.gateway is not None
    for fault in WireFault:
        desk.gateway.faults.ask(fault, 2)
    desk.run_to_end()
    assert {kind for kind, count in desk.gateway.faults.counts.items() if count} == set(WireFault)
    assert list(violations(desk, events)) == []


@pytest.mark.parametrize("profile", ["calls", "rates", "stream", "deaths"])
def test_seeds_of_every_profile_end_with_all_three_books_agreed(profile: str) -> None:
    result = run_seed(21, Rehearsal(profile, 2, MINUTES, gateway=True))
    assert result.violations == ()
    assert result.fills and sum(result.faults.values()) > 5
    expected = {fault.value for fault in WIRE_PROFILES[profile]}
    assert result.faults.keys() <= expected


def test_an_account_tells_its_orders_in_pages_however_many_there_are() -> None:
    desk = desk_of(4, TWO)
    desk.run_to_end()
    assert desk.gateway is not None
    account: AlpacaAccount = desk.gateway.wire.account
    sent, body = len(account.orders), account.posts[0]
    sent_s = next(iter(account.orders.values())).sent_s
    for number in range(1_100 - sent):
        account.answer("POST", "/v2/orders", {}, body | {"client_order_id": f"more-{number}"})

    def send(call: Call) -> Answer:
        status, told = account.answer(call.method, call.path, dict(call.query), call.body)
        return Answer(status, told)

    notes: list[str] = []
    dialect = AlpacaDialect()
    rows = orders_since(dialect, send, lambda kind, text: notes.append(text), sent_s - 60)
    assert notes == [] and rows is not None
    assert [row.client_order_id for row in rows] == list(account.orders)
    later = orders_since(dialect, send, lambda kind, text: notes.append(text), sent_s + 120)
    assert later is not None and 600 < len(later) < len(rows)
    working = open_orders(dialect, send, lambda kind, text: notes.append(text))
    assert working is not None and len(working) >= 1_000


# ---------------------------------------------------------------------- what the checker catches


def send_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Call, "repeatable", property(lambda call: True))


def take_silence_for_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(result: Any) -> Any:
        return outcome.Result(outcome.Outcome.REFUSED, reason=result.failure.value)

    monkeypatch.setattr(outcome, "_lost", refused)


def add_counts_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def added(known: LegTotal, told: LegTotal, notes: list[str]) -> LegTotal:
        paid_c = None if None in (known.paid_c, told.paid_c) else known.paid_c + told.paid_c  # type: ignore[operator]
        return LegTotal(known.filled + told.filled, paid_c)

    monkeypatch.setattr(follow, "_later", added)


def write_down_after_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    intend = GatewayJournal.intend

    def later(journal: GatewayJournal, request: OrderRequest, at_s: float) -> None:
        intend(journal, request, at_s + 0.2)  # as if its answer had come before

    monkeypatch.setattr(GatewayJournal, "intend", later)


HARSH = {WireFault.REPLY_LOST: (0.15, 0.15), WireFault.EVENT_LOST: (0.9, 0.9)}
"""Answers are lost, and the stream seldom tells in their place: whoever errs there is found soon."""


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (None, ""),
        (send_again, "22 written, then sent once"),
        (take_silence_for_a_refusal, "23 ledgers agree"),
        (add_counts_up, "23 ledgers agree"),
        (write_down_after_sending, "22 written, then sent once"),
    ],
)
def test_the_checker_finds_a_gateway_that_is_wrong(
    spoil: Any, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults bite, and the records show it: a gateway with one error of each kind is caught."""
    monkeypatch.setattr(faults, "WIRE_PROFILES", {**WIRE_PROFILES, "everything": HARSH})
    if spoil is None:
        assert run_seed(1, TWO).violations == ()
        return
    spoil(monkeypatch)
    broken = (text for seed in range(1, 6) for text in run_seed(seed, TWO).violations)
    assert any(text.startswith(found) for text in broken)


def test_an_assignment_in_the_session_is_in_all_three_books(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The account's short leg is assigned, its activities tell it, and the desk goes on."""
    told: list[dict[str, Any]] = []
    answer = AlpacaAccount.answer

    def ended(
        account: AlpacaAccount, method: str, path: str, query: dict[str, str], body: Any
    ) -> tuple[int, Any]:
        if path.endswith("/stocks/bars"):
            bar = {"t": "2026-11-20T05:00:00Z", "c": 601.25}
            return 200, {"bars": {query["symbols"]: [bar]}}
        if not path.endswith("/activities") or "OPASN" not in query["activity_types"]:
            return answer(account, method, path, query, body)
        matching = account._matching
        short = [row for row in matching.positions() if row.quantity < 0]
        if short and not told:
            told.extend(assign(matching, short[0]))
        return 200, told

    monkeypatch.setattr(AlpacaAccount, "answer", ended)
    desk = desk_of(6, Rehearsal("none", 2, MINUTES, gateway=True))
    events = kept_events(desk)
    desk.run_to_end()
    rows = [event for _, event in events if isinstance(event, ev.Settled)]
    assert [(row.kind, row.quantity, abs(row.shares)) for row in rows] == [("assigned", -1, 100)]
    raised = {event.code for _, event in events if isinstance(event, ev.AlarmRaised)}
    assert {"ASSIGNED", "SHARES"} <= raised and not raised & {"BOOK_DIFFERS", "SETTLEMENT"}
    assert list(violations(desk, events)) == []


def assign(matching: MatchingEngine, row: ContractPosition) -> list[dict[str, Any]]:
    """One contract of a short position is assigned; the activity that tells it."""
    shares = -100 if row.right == "call" else 100
    strike_c = round(row.strike * 100)
    matching.ledger.settle(
        SettlementReport(
            SettlementKind.ASSIGNED, "assigned", 0.0, row.symbol, row.expiration, row.right,  # type: ignore[arg-type]
            row.strike, -1, strike_c, -shares * strike_c, shares,
        )
    )  # fmt: skip
    symbol = occ_symbol(Contract(row.symbol, row.expiration, row.right, row.strike))
    name = "20261120000000000::5f596936-6f23-4cef-bdf1-3806aae57dbf"
    return [
        {"id": name, "activity_type": "OPASN", "date": "2026-11-20", "net_amount": "0",
         "symbol": symbol, "qty": "1", "status": "executed"}
    ]  # fmt: skip
