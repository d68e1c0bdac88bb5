"""What a broker charges by the day is in the ledger, execution by execution, and told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.dialect import DialectError
from engine.brokers.following.charges import Traded, shared_out
from engine.brokers.ledger_file import read_ledger
from engine.gateway.charges import KIND, Charges
from engine.orders.settlements import SettlementKind, SettlementReport
from tests.support.gateway_desk import FEE_C, GatewayDesk

DAY = "1969-12-31"
"""Of the epoch's first hour, in New York."""


class Account(GatewayDesk):
    """An account whose broker charges fees afterwards.

    Attributes:
        told: the cents of each execution as they were told, the last ones.
        others: contracts that other hands traded on each day.
    """

    def __init__(self, folder: Path) -> None:
        self.told: dict[str, int] = {}
        self.others = 0
        super().__init__(folder)

    def restart(self) -> None:
        super().restart()
        self.charges = Charges(
            self.gateway._dialect,
            self.send,
            self.journal,
            lambda day: self.others,
            lambda order, execution, fee_c: self.told.update({execution: fee_c}),
            lambda *told: self.notices.append(told),
        )

    def trade(self, number: int, lots: int) -> None:
        name, order = self.sent(number, quantity=lots)
        self.fill(order, lots)
        self.gateway.query(name)

    def charge(self, name: str, cost_c: str, day: str = DAY, of: str = "either") -> None:
        self.broker.fees.append({"name": name, "day": day, "cost_c": cost_c, "of": of})

    def close_shares(self) -> None:
        """Shares that an assignment left are bought back on the day of the executions."""
        ledger = self.journal.written.ledger
        at_s, day = ledger.executions[0].at_s, date(2027, 1, 15)
        assigned = SettlementReport(
            SettlementKind.TAKEN_BACK, "A", at_s, "SPY", day, "call", 600.0, 1, 60000, 0, -100, 100
        )
        ledger.settle(assigned)
        ledger.settle(
            SettlementReport(
                SettlementKind.SHARES, "SHARES.SH-1.100.1", at_s, "SPY", day, "call", 0.0, 0,
                60000, -6_000_000, 100, 1,
            )
        )  # fmt: skip

    @property
    def fees(self) -> list[int]:
        return [each.fees_c for each in self.journal.written.ledger.executions]


@pytest.fixture
def account(tmp_path: Path) -> Account:
    made = Account(tmp_path)
    made.trade(1, 2)
    made.trade(2, 1)
    return made


def test_a_days_fees_are_shared_out_over_its_executions_and_kept(account: Account) -> None:
    account.charges.read()
    assert account.fees == [FEE_C] * 3, "nothing is told: they are as planned"
    account.charge("ORF", "7")
    account.charge("OCC", "4")
    account.charges.read()
    assert sum(account.fees) == 11 and sorted(account.fees) == [3, 4, 4]
    ledger = account.journal.written.ledger
    assert account.told == {each.execution_id: each.fees_c for each in ledger.executions}
    assert ledger.fees_c == 11
    ledger.check()
    on_disk = read_ledger(account.folder / "executions.jsonl")
    assert [getattr(each, "fees_c", None) for each in on_disk] == account.fees
    account.told.clear()
    account.charges.read()
    assert account.told == {}, "nothing is new"
    account.restart()
    account.charges.read()
    assert len(account.told) == 3, "who was not there then hears it now"
    account.charge("CAT", "1")
    account.charges.read()
    assert sum(account.fees) == 12


def test_what_other_hands_traded_bears_its_part_and_a_cut_day_is_left_alone(
    account: Account,
) -> None:
    account.others = 6  # as many contracts as ours
    account.charge("ORF", "13")
    account.charges.read()
    assert sum(account.fees) == 6
    for number in range(4):  # a page has four
        account.charge(f"N{number}", "1", "2026-11-20")
    account.charges.read()
    assert sum(account.fees) == 6
    assert account.notices == [], "the oldest day of a page that is cut may lack some"
    account.broker.fees, account.others = account.broker.fees[1:2], 0
    account.charges.read()
    account.charges.read()
    ((kind, text),) = account.notices
    assert (kind, text) == (KIND, "0.01 $ of 2026-11-20 are of no execution of the account's books")


def test_fees_of_shares_are_not_those_of_options(account: Account) -> None:
    account.close_shares()
    account.charge("ORF", "7", of="options")
    account.charge("TAF", "2", of="shares")
    account.charges.read()
    assert sum(account.fees) == 7 and account.notices == []


def test_a_day_with_shares_stays_as_planned_where_it_is_not_said_what_cost_the_fees(
    account: Account,
) -> None:
    account.close_shares()
    account.charge("ORF", "7", of="options")
    account.charge("CAT", "4")
    for _ in range(2):
        account.charges.read()
    assert account.fees == [FEE_C] * 3 and account.told == {}
    ((kind, text),) = account.notices
    assert kind == KIND and "stay as planned: shares were closed that day" in text
    assert "0.04 $" in text


def test_a_broker_that_does_not_say_changes_nothing(account: Account) -> None:
    account.charge("ORF", "7")
    account.broker.faults["GET"] = ["unsent"]
    assert not account.charges.read()
    assert account.fees == [FEE_C] * 3
    assert account.charges.read()


@given(
    st.decimals(-5, 10_000, places=2),
    st.lists(st.integers(1, 20), max_size=30),
    st.integers(0, 50),
)
def test_shares_add_up_and_follow_the_contracts(
    cost_c: Decimal, contracts: list[int], others: int
) -> None:
    shares = shared_out(cost_c, contracts, others)
    assert len(shares) == len(contracts)
    ours = sum(contracts)
    exact = max(Decimal(0), cost_c) * ours / (ours + others) if ours else Decimal(0)
    assert abs(sum(shares) - exact) <= Decimal("0.5")
    for share, count in zip(shares, contracts, strict=True):
        assert abs(share - exact * count / ours) <= Decimal("1.5")


def fee(**more: Any) -> dict[str, Any]:
    return {
        "id": "20261123000000000::9cbf8a3b-3f2a-4a76-9b92-0b8f6a1c7d11",
        "activity_type": "FEE",
        "activity_sub_type": "ORF",
        "date": "2026-11-23T00:00:00Z",
        "net_amount": "-0.0567",
        "status": "executed",
        **more,
    }


def test_alpacas_fees_count_on_the_day_of_the_trades() -> None:
    page = AlpacaDialect().read_charges(
        [
            fee(),
            fee(description="ORF fee for proceed of 2 contracts on 2026-11-20 by 847"),
            fee(net_amount="0.02", id="A1"),
            fee(status="canceled"),
            fee(activity_type="DIV"),
            fee(net_amount=None),
        ]
    )
    assert [(each.day, each.cost_c) for each in page.rows] == [
        (date(2026, 11, 23), Decimal("5.67")),
        (date(2026, 11, 20), Decimal("5.67")),
        (date(2026, 11, 23), Decimal("-2.00")),
    ]
    assert len(page.odd) == 2 and not page.cut


@pytest.mark.parametrize(
    ("told", "of"),
    [
        ({}, Traded.OPTIONS),
        ({"activity_sub_type": "OCC"}, Traded.OPTIONS),
        ({"activity_sub_type": "CAT"}, Traded.EITHER),
        ({"description": "CAT fee for proceed of 8 trades on 2026-11-20 by 847"}, Traded.EITHER),
        ({"description": "REG fee for proceed of $60150.00 on 2026-11-20 by 847"}, Traded.EITHER),
        ({"description": "TAF fee for proceed of 100 shares (1 trades) on 2026-11-20"}, Traded.SHARES),
        ({"description": "OPT TAF fee for proceed of 2 contracts on 2026-11-20"}, Traded.OPTIONS),
        ({"description": "fee of 2 contracts and 100 shares"}, Traded.EITHER),
        ({"symbol": "SPY"}, Traded.SHARES),
        ({"symbol": "SPY261218C00600000"}, Traded.OPTIONS),
    ],
)  # fmt: skip
def test_alpacas_fees_say_what_was_traded_or_do_not(told: dict[str, str], of: Traded) -> None:
    kind = "TAF" if told.keys() - {"activity_sub_type"} else "ORF"
    page = AlpacaDialect().read_charges([fee(**{"activity_sub_type": kind, **told})])
    assert [each.of for each in page.rows] == [of]


def test_what_is_no_page_of_fees_is_refused() -> None:
    with pytest.raises(DialectError):
        AlpacaDialect().read_charges({"message": "no list"})
