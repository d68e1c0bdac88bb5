"""Ends of contracts in the account's ledger: once, as far as they are ours, over restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.brokers.following.option_events import OptionEvent, settled_at_c
from engine.brokers.following.symbols import contract_from_occ
from engine.brokers.ledger_file import read_ledger
from engine.gateway.option_events import OptionEvents
from engine.gateway.settling import PRICE_WAITS_S, Booked, Settling
from engine.orders.settlements import SettlementKind, SettlementReport
from tests.support.gateway_desk import GatewayDesk
from tests.support.order_at_broker import DAY

LONG, SHORT = "AAPL270115C00100000", "AAPL270115C00105000"
EARLY = "2027-01-08"


class Account(GatewayDesk):
    """An account that holds call verticals 100/105 of AAPL.

    Attributes:
        settled: the settlements that were told.
        close_c: cents at which the underlying closed; None where nobody tells it.
    """

    def __init__(self, folder: Path) -> None:
        self.settled: list[SettlementReport] = []
        self.close_c: int | None = 15_500
        super().__init__(folder)

    def restart(self) -> None:
        super().restart()
        self.events = OptionEvents(
            self.folder,
            self.gateway._dialect,
            self.send,
            Settling(
                self.journal,
                lambda root, day, final: self.close_c,
                self.settled.append,
                self.clock,
                lambda *told: self.notices.append(told),
            ),
            lambda *told: self.notices.append(told),
        )

    def hold(self, lots: int = 2) -> None:
        name, order = self.sent(quantity=lots)
        self.fill(order, lots)
        self.gateway.query(name)

    def ends(self, name: str, kind: str, symbol: str, quantity: int, **more: Any) -> dict[str, Any]:
        row = {"name": name, "kind": kind, "day": EARLY, "symbol": symbol, "quantity": quantity}
        self.broker.option_events.append(row | more)
        return self.broker.option_events[-1]

    def said(self) -> str:
        self.events.read()
        return " | ".join(text for kind, text in self.notices if kind == "OPTION_EVENT")

    @property
    def held(self) -> dict[float, int]:
        return {row.strike: row.quantity for row in self.journal.written.ledger.positions()}

    @property
    def shares(self) -> dict[str, int]:
        return {row.symbol: row.quantity for row in self.journal.written.ledger.shares()}


@pytest.fixture
def account(tmp_path: Path) -> Account:
    made = Account(tmp_path)
    made.events.read()
    made.hold()
    return made


def test_an_assignment_is_booked_told_and_on_the_disk_once_over_reads_and_restarts(
    account: Account,
) -> None:
    before_c = account.journal.written.ledger.cash_c
    account.ends("A1", "assigned", SHORT, 1)
    for _ in range(3):
        assert account.said() == ""
        account.restart()
    (report,) = account.settled
    assert (report.kind, report.quantity, report.shares) == (SettlementKind.ASSIGNED, -1, -100)
    assert (report.cash_c, report.price_c) == (105_00 * 100, 15_500)
    assert (account.held, account.shares) == ({100.0: 2, 105.0: -1}, {"AAPL": -100})
    ledger = account.journal.written.ledger
    assert ledger.cash_c == before_c + 105_00 * 100
    ledger.check()
    entries = read_ledger(account.folder / "executions.jsonl")
    assert report in entries


def test_a_process_that_dies_before_it_notes_what_it_read_books_nothing_twice(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.ends("A1", "assigned", SHORT, 2)
    monkeypatch.setattr(OptionEvents, "_store", lambda self: None)
    account.events.read()
    account.restart()
    account.events.read()
    account.restart()
    account.events.read()
    assert len(account.settled) == 1
    assert account.shares == {"AAPL": -200}


def test_both_legs_of_an_expiration_are_booked_and_what_brought_shares_is_taken_as_told(
    account: Account,
) -> None:
    account.ends("E1", "exercised", LONG, 2, cash_c=-100_00 * 200, shares=200, day="2027-01-15")
    account.ends("E2", "expired", SHORT, 2, day="2027-01-15")
    assert account.said() == ""
    assert [(each.quantity, each.shares, each.cash_c) for each in account.settled] == [
        (2, 200, -2_000_000), (-2, 0, 0),
    ]  # fmt: skip
    assert account.held == {}


def test_of_contracts_that_other_hands_hold_too_only_ours_are_booked(account: Account) -> None:
    account.ends("A1", "assigned", SHORT, 5)
    account.ends("A2", "assigned", "AAPL270115C00110000", 1)
    account.ends("A3", "exercised", SHORT, 1)
    said = account.said()
    assert f"assigned 5 AAPL 2027-01-15 105 call: {Booked.PARTLY}" in said
    assert f"assigned 1 AAPL 2027-01-15 110 call: {Booked.NOT_OURS}" in said
    assert f"exercised 1 AAPL 2027-01-15 105 call: {Booked.NOT_OURS}" in said
    assert [each.quantity for each in account.settled] == [-2]


def test_what_was_traded_after_the_day_of_an_end_did_not_end_then(account: Account) -> None:
    account.ends("A1", "assigned", SHORT, 1, day="1969-12-30")
    assert Booked.NOT_OURS in account.said()
    assert account.settled == []


def test_an_end_waits_for_the_close_and_is_booked_at_its_strike_where_nobody_tells_it(
    account: Account,
) -> None:
    account.close_c = None
    account.ends("A1", "assigned", SHORT, 1)
    assert Booked.WAITS in account.said() and account.settled == []
    account.said()
    assert len(account.notices) == 1
    account.close_c = 10_900
    account.events.read()
    assert [each.price_c for each in account.settled] == [10_900]
    account.close_c = None
    account.ends("A2", "assigned", SHORT, 1)
    account.events.read()
    account.clock.move(PRICE_WAITS_S)
    assert Booked.AT_STRIKE in account.said()
    assert [each.price_c for each in account.settled] == [10_900, 10_500]


def test_what_waits_at_a_restart_is_read_again_though_newer_ones_were_seen(
    account: Account,
) -> None:
    account.close_c = None
    account.ends("A1", "assigned", SHORT, 1)
    account.events.read()
    for number in range(8):  # pages of three
        account.ends(f"X{number}", "assigned", "AAPL270115C00110000", 1)
    account.events.read()
    account.restart()
    account.close_c = 10_900
    account.events.read()
    assert len(account.settled) == 1


def test_an_end_that_is_taken_back_leaves_the_books_and_a_corrected_one_is_booked_anew(
    account: Account,
) -> None:
    ledger = account.journal.written.ledger
    before = ledger.cash_c, account.held
    told = account.ends("A1", "assigned", SHORT, 2)
    account.events.read()
    told["quantity"] = 1
    account.events.read()
    assert account.held == {100.0: 2, 105.0: -1}
    told["taken_back"] = True
    assert str(Booked.BACK) in account.said()
    assert (ledger.cash_c, account.held) == before and account.shares == {}
    ledger.check()
    account.restart()
    account.said()
    names = [each.settlement_id for each in account.settled]
    assert names == ["A1", "A1~back", "A1~2", "A1~2~back"]
    told["taken_back"] = False
    account.said()
    assert account.settled[-1].settlement_id == "A1~3"
    assert account.held == {100.0: 2, 105.0: -1}


def end(symbol: str, kind: SettlementKind, cash_c: int | None = None) -> OptionEvent:
    return OptionEvent(symbol, kind, DAY, contract_from_occ(symbol), 2, cash_c)


def test_the_price_that_settled_an_index_is_what_its_contracts_brought() -> None:
    expired, paid = SettlementKind.EXPIRED, SettlementKind.ASSIGNED
    worthless = [end("XSP270115C00610000", expired), end("XSP270115C00605000", expired)]
    assert (
        settled_at_c([*worthless, end("XSP270115C00600000", paid, -2 * 312 * 100)], 100) == 60_312
    )
    assert settled_at_c([end("XSP270115P00600000", paid, 2 * 312 * 100)], 100) == 59_688
    assert settled_at_c(worthless, 100) == 60_500
    puts = [end("XSP270115P00590000", expired), end("XSP270115P00595000", expired)]
    assert settled_at_c(puts, 100) == 59_500
    assert settled_at_c([*worthless, *puts], 100) == 60_500
    assert settled_at_c([end("XSP270115C00600000", paid)], 100) is None
