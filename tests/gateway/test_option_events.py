"""How contracts of an account ended otherwise than by trades: told once, over restarts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.alpaca.dialect import FILLS_A_PAGE, AlpacaDialect
from engine.brokers.dialect import DialectError
from engine.brokers.execution import Execution, LegFill
from engine.brokers.http.call import Answer, Call
from engine.brokers.ledger import ExchangeLedger
from engine.gateway.option_events import FILE, KIND, OptionEvents
from engine.gateway.settling import Booked, Settling
from engine.orders.settlements import SettlementReport
from tests.support.gateway_desk import GatewayDesk

SYMBOL = "AAPL230721C00150000"


class Reading(GatewayDesk):
    """An account whose ends of contracts are read.

    Attributes:
        settled: the settlements that were told.
        closes: cents at which an underlying closed; missing where nobody tells it.
    """

    def __init__(self, folder: Path) -> None:
        self.settled: list[SettlementReport] = []
        self.closes = {"AAPL": 15_500}
        super().__init__(folder)

    def restart(self) -> None:
        super().restart()
        self.settling = Settling(
            self.journal,
            lambda root, day, final: self.closes.get(root),
            self.settled.append,
            self.clock,
            self._note,
        )
        self.events = OptionEvents(
            self.folder, self.gateway._dialect, self.send, self.settling, self._note
        )

    def _note(self, *told: str) -> None:
        self.notices.append(told)  # type: ignore[arg-type]

    @property
    def ledger(self) -> ExchangeLedger:
        return self.journal.written.ledger

    def ended(self, *names: str, kind: str = "assigned") -> None:
        row = {"kind": kind, "day": "2023-07-21", "symbol": SYMBOL, "quantity": 2}
        self.broker.option_events += [{"name": name, **row} for name in names]


@pytest.fixture
def desk(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def test_what_ended_before_the_first_start_is_not_told_and_later_ends_are_told_once(
    desk: Reading,
) -> None:
    desk.ended("E1")
    assert desk.events.read() and desk.notices == []
    desk.ended("E2")
    desk.ended("E3", kind="expired")
    for _ in range(2):
        desk.events.read()
    words = f"2 AAPL 2023-07-21 150 call: {Booked.NOT_OURS}"
    assert desk.notices == [(KIND, f"assigned {words}; expired {words}")]
    desk.restart()
    desk.events.read()
    assert len(desk.notices) == 1


def test_one_that_comes_late_among_older_ones_is_told(desk: Reading) -> None:
    desk.ended("E1", "E3")
    desk.events.read()
    desk.ended("E2")
    desk.broker.option_events.sort(key=lambda row: str(row["name"]))
    desk.events.read()
    assert len(desk.notices) == 1


def test_many_that_came_while_no_gateway_ran_are_read_page_by_page(desk: Reading) -> None:
    desk.ended("E0")
    desk.events.read()
    desk.ended(*(f"F{number}" for number in range(8)))
    desk.restart()
    desk.events.read()
    ((_, text),) = desk.notices
    assert text.endswith(" and 4 more")
    asked = [call for call in desk.broker.calls if call.path == "/option_events"]
    assert len(asked) == 1 + 3


def test_a_broker_that_does_not_say_is_asked_again_and_a_damaged_file_is_named(
    desk: Reading,
) -> None:
    desk.events.read()
    desk.ended("E1")
    desk.broker.faults["GET"] = ["unsent"]
    assert not desk.events.read() and desk.notices == []
    assert desk.events.read() and len(desk.notices) == 1
    (desk.folder / FILE).write_text("{")
    desk.restart()
    assert desk.notices[-1][0] == "JOURNAL"


def activity(word: str, quantity: str, **more: Any) -> dict[str, Any]:
    """An activity of options as Alpaca's page on them shows it."""
    return {
        "id": "20190801011955195::5f596936-6f23-4cef-bdf1-3806aae57dbf",
        "activity_type": word,
        "date": "2023-07-21",
        "net_amount": "0",
        "symbol": SYMBOL,
        "qty": quantity,
        "status": "executed",
        **more,
    }


def test_alpacas_words_for_the_ends_of_contracts_are_read() -> None:
    body = [activity("OPEXC", "-2"), activity("OPASN", "2"), activity("OPEXP", "-1")]
    page = AlpacaDialect().read_option_events([*body, activity("OPASN", "3", status="canceled")])
    contract = "AAPL 2023-07-21 150 call"
    assert [row.words() for row in page.rows] == [
        f"exercised 2 {contract}", f"assigned 2 {contract}", f"expired 1 {contract}",
        f"taken back: assigned 3 {contract}",
    ]  # fmt: skip
    assert len({row.name for row in page.rows}) == 3, "one id may be of several kinds"
    assert (page.token, page.odd) == (None, ())


@pytest.mark.parametrize(
    "odd",
    [
        {"activity_type": "OPCA"},
        {"activity_type": "DIV"},
        {"qty": "0"},
        {"qty": "1.5"},
        {"symbol": "AAPL"},
        {"date": "?"},
    ],
)
def test_an_activity_in_another_form_is_named_and_hides_no_other(odd: dict[str, str]) -> None:
    page = AlpacaDialect().read_option_events(
        [activity("OPASN", "2") | odd, activity("OPEXP", "1")]
    )
    assert len(page.odd) == 1 and len(page.rows) == 1
    with pytest.raises(DialectError):
        AlpacaDialect().read_option_events({"message": "no list"})


@pytest.mark.parametrize("first", range(FILLS_A_PAGE - 3, FILLS_A_PAGE + 2))
def test_what_an_end_brought_may_be_on_another_page(desk: Reading, first: int) -> None:
    """Of an index with many contracts an expiration is longer than a page.

    Args:
        first: activities before those of our contracts.
    """
    day = date(2026, 12, 4)
    legs = (LegFill("call", 5900.0, 1, 1400), LegFill("call", 5905.0, -1, 1000))
    desk.ledger.book(Execution("B:1", "O1", 0.0, "SPXW", day, 1, 400, True, 100, legs, 0))
    common = {"date": f"{day}", "group_id": "G1"}
    ours = [
        activity("OPCSH", "0", id="4", net_amount="1150.00", symbol="SPX", **common),
        activity("OPEXC", "-1", id="3", symbol="SPXW261204C05900000", **common),
        activity(
            "OPCSH", "0", id="2", net_amount="-650.00", symbol="SPX", date=f"{day}", group_id="G2"
        ),
        activity("OPASN", "1", id="1", symbol="SPXW261204C05905000", date=f"{day}", group_id="G2"),
    ]
    others = [
        activity("OPEXP", "-1", id=f"9{number:03d}", date=f"{day}", symbol="SPXW261204P05000000")
        for number in range(first)
    ]
    told: list[dict[str, Any]] = []

    def send(call: Call) -> Answer:
        token = dict(call.query).get("page_token")
        begins = [row["id"] for row in told].index(token) + 1 if token else 0
        return Answer(200, told[begins : begins + FILLS_A_PAGE])

    events = OptionEvents(desk.folder, AlpacaDialect(), send, desk.settling, desk._note)
    events.read()
    told += [*others, *ours]
    events.read()
    assert {row.cash_c for row in desk.settled} == {1150_00, -650_00}
    assert desk.ledger.positions() == ()
