"""Executions that nobody listened to: whose they are is said when it is certain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.http.call import Answer
from engine.brokers.protocol import NotSentError
from engine.config import ConfigError
from engine.gateway.fills import FILE, FillReplay
from engine.gateway.odd_fills import FILE as ODD
from engine.gateway.odd_fills import KIND, PASSED, OddFills, accept
from engine.gateway.settling import Settling
from engine.orders.settlements import SettlementReport
from tests.support.gateway_desk import GatewayDesk

SYMBOL = "AAPL270115C00100000"


class Reading(GatewayDesk):
    """A desk's account whose executions are read since a cursor."""

    def restart(self) -> None:
        super().restart()
        self.settled: list[SettlementReport] = []
        self.settling = Settling(
            self.journal,
            lambda root, day, final: None,
            self.settled.append,
            self.clock,
            lambda kind, text: self.notices.append((kind, text)),
        )
        self.held: dict[str, str] = {}
        odd = OddFills(
            self.folder, self.gateway, self.held.__setitem__, self._notice, "legdesk gateway plain"
        )
        self.replay = FillReplay(
            self.folder,
            self.gateway._dialect,
            self.send,
            self.gateway,
            self.settling.closed,
            self.clock,
            lambda kind, text: self.notices.append((kind, text)),
            odd,
        )

    def unreadable(self, name: str, order: str, *, option: bool = True) -> None:
        """An execution that is not in the broker's form."""
        row = {"name": name, "order": order, "wrong": "`qty` is not a number", "option": option}
        self.broker.fills.append(row)

    def executed(self, name: str, order: str, **odd: Any) -> None:
        row = {"name": name, "order": order, "at": 1.0, "symbol": SYMBOL, "side": "buy"}
        self.broker.fills.append({**row, "price_c": 295, **odd})

    def waits(self) -> bool:
        return self.replay.unsettled

    def kinds_of_notices(self) -> list[str]:
        return [kind for kind, _ in self.notices]


@pytest.fixture
def desk(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def test_what_traded_before_the_first_start_is_not_told(desk: Reading) -> None:
    desk.executed("F1", "B99")
    assert desk.replay.read()
    desk.clock.move(60.0)
    desk.replay.read()
    assert desk.notices == []
    assert json.loads((desk.folder / FILE).read_text())["cursor"] == "F1"


def test_an_execution_of_another_hand_is_told_once_and_survives_no_restart(desk: Reading) -> None:
    desk.replay.read()
    desk.executed("F1", "B99")
    desk.replay.read()
    assert desk.notices == [], "an answer that names its order may be on its way"
    assert desk.waits()
    desk.clock.move(11.0)
    desk.replay.read()
    desk.replay.read()
    assert desk.kinds_of_notices() == ["FOREIGN_FILL"]
    assert not desk.waits()
    desk.restart()
    desk.replay.read()
    desk.clock.move(11.0)
    desk.replay.read()
    assert desk.kinds_of_notices() == ["FOREIGN_FILL"]


def test_an_execution_of_an_order_that_is_not_named_yet_is_ours(desk: Reading) -> None:
    desk.replay.read()
    desk.broker.faults["POST"] = ["lost"]
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.executed("F1", "B1-buy")
    desk.replay.read()
    desk.wait(1.0)
    before = len(desk.broker.calls)
    desk.clock.move(11.0)
    desk.replay.read()
    desk.gateway.looks.work()
    assert desk.notices == []
    assert len(desk.broker.calls) > before + 1, "its order is asked about"
    assert desk.orders[name].filled == 2
    desk.agree()


def test_an_execution_of_an_order_whose_legs_are_not_named_yet_is_ours(desk: Reading) -> None:
    """By our id an order may be told without its legs, and executions name those."""
    desk.replay.read()
    desk.broker.faults["POST"] = ["lost"]
    name, there = desk.sent()
    told = desk.broker.told(name)
    del told["legs"]
    desk.broker.faults["GET /order"] = [Answer(200, told), *[Answer(500, None)] * 30]
    desk.wait(0.5)
    desk.restart()
    desk.fill(there, 2)
    desk.executed("F1", "B1-buy")
    for _ in range(15):
        desk.replay.read()
        desk.wait(1.0)
    assert desk.notices == []
    desk.broker.faults.clear()
    desk.wait(3.0)
    desk.replay.read()
    assert desk.notices == [] and desk.orders[name].filled == 2
    desk.agree()


def test_one_that_waits_for_its_owner_is_read_again_after_a_restart(desk: Reading) -> None:
    desk.replay.read()
    desk.executed("F1", "B99")
    desk.replay.read()
    desk.restart()
    desk.replay.read()
    desk.clock.move(11.0)
    desk.replay.read()
    assert desk.kinds_of_notices() == ["FOREIGN_FILL"]


def test_what_the_broker_does_not_say_is_asked_again(desk: Reading) -> None:
    desk.broker.faults["GET"] = ["lost", Answer(500, None)]
    assert [desk.replay.read() for _ in range(2)] == [False, False]
    assert not (desk.folder / FILE).exists()
    assert desk.replay.read()


def test_an_execution_of_another_hand_that_closes_contracts_of_ours_is_booked_once(
    desk: Reading,
) -> None:
    """Alpaca's risk desk closes what expires in the last half hour of its day."""
    desk.replay.read()
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.gateway.query(name)
    before_c = desk.journal.written.ledger.cash_c
    for number, (side, symbol) in enumerate(
        [("sell", SYMBOL), ("buy", "AAPL270115C00105000"), ("buy", SYMBOL)]
    ):
        desk.executed(f"F{number}", "B99", side=side, symbol=symbol, price_c=300)
    for _ in range(2):
        desk.replay.read()
        desk.clock.move(11.0)
        desk.replay.read()
        desk.restart()
        (desk.folder / FILE).write_text('{"cursor": "", "at_s": 0.5, "seen": []}')
    ledger = desk.journal.written.ledger
    assert {row.strike: row.quantity for row in ledger.positions()} == {100.0: 1, 105.0: -1}
    assert ledger.cash_c == before_c + 300_00 - 300_00
    ledger.check()
    texts = [text for kind, text in desk.notices if kind == "FOREIGN_FILL"]
    assert [text.endswith("; 1 of it booked, closing our contracts") for text in texts[:3]] == [
        True, True, False,
    ]  # fmt: skip


def test_while_an_order_of_ours_has_no_name_an_execution_may_be_of_it(desk: Reading) -> None:
    desk.replay.read()
    desk.broker.faults["POST"] = ["lost"]
    desk.broker.faults["GET /order"] = ["lost"] * 40
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.executed("F1", "B1-buy")
    desk.replay.read()
    desk.clock.move(11.0)
    desk.replay.read()
    assert desk.notices == [] and desk.settled == []
    desk.broker.faults.clear()
    desk.gateway.query(name)
    desk.replay.read()
    assert desk.notices == [] and not desk.waits()
    desk.agree()


def test_an_order_that_nobody_knows_keeps_what_others_traded_waiting_for_a_while_alone(
    desk: Reading,
) -> None:
    desk.replay.read()
    desk.broker.faults["POST"] = ["lost"]
    desk.broker.faults["GET /order"] = ["lost"] * 400
    desk.sent()
    desk.executed("F1", "B98", symbol="AAPL270115C00120000")
    desk.executed("F2", "B99")
    for after_s, told in ((0.0, 0), (11.0, 1), (200.0, 1), (100.0, 2)):
        desk.clock.move(after_s)
        desk.replay.read()
        assert desk.kinds_of_notices() == ["FOREIGN_FILL"] * told
    assert not desk.waits()


def test_an_execution_of_neither_an_option_nor_an_order_of_ours_stops_nothing(
    desk: Reading,
) -> None:
    """Such as a bond's: the same account may hold some."""
    desk.replay.read()
    desk.unreadable("F1-of-a-bond", "B99", option=False)
    for _ in range(2):
        assert desk.replay.read()
        desk.sent(len(desk.orders) + 1)
        desk.restart()
    (told,) = desk.notices
    assert told[0] == PASSED and "F1-of-a-bond" in told[1]


@pytest.mark.parametrize("option", [True, False])
def test_one_that_may_be_ours_stops_debits_until_a_person_has_seen_it(
    desk: Reading, *, option: bool
) -> None:
    desk.replay.read()
    desk.sent(1)
    desk.unreadable("2026::0f5cf5c5088e", "B99" if option else "B1", option=option)
    assert desk.replay.read()
    for _ in range(2):  # it stands over a restart
        with pytest.raises(NotSentError, match="cannot be read"):
            desk.gateway.submit(desk.order(2))
        assert "`legdesk gateway plain --accept-odd f5c5088e`" in desk.held[KIND]
        desk.restart()
        desk.replay.read()
    with pytest.raises(ConfigError, match="f5c5088e"):
        accept(desk.folder, "somebody")
    with pytest.raises(ConfigError, match="waits for an answer"):
        accept(desk.folder, "88e")
    assert "`qty` is not a number" in accept(desk.folder, "f5c5088e")
    desk.replay.odd.hear_answers()
    for number in (2, 3):
        assert desk.held[KIND] == ""
        desk.sent(number)
        desk.restart()
        desk.replay.read()
    with pytest.raises(ConfigError, match="none"):
        accept(desk.folder, "f5c5088e")


def test_several_that_wait_are_accepted_one_by_one_also_while_no_gateway_runs(
    desk: Reading,
) -> None:
    desk.replay.read()
    desk.unreadable("A-0001", "B99")
    desk.unreadable("B-0001", "B99")
    desk.replay.read()
    assert ", 1 of 2)" in desk.held[KIND]
    with pytest.raises(ConfigError, match="more of its characters"):
        accept(desk.folder, "0001")
    accept(desk.folder, "A-0001")
    accept(desk.folder, "B-0001")
    desk.restart()
    assert desk.held[KIND] == ""


def test_what_was_odd_before_the_first_start_is_not_the_desks(desk: Reading) -> None:
    desk.unreadable("F1", "B99")
    desk.replay.read()
    desk.replay.read()
    assert (desk.notices, desk.held[KIND]) == ([], "")


def test_a_file_that_cannot_be_read_waits_for_a_person_too(desk: Reading) -> None:
    (desk.folder / ODD).write_text("[")
    desk.restart()
    assert desk.kinds_of_notices() == ["JOURNAL"]
    assert "--accept-odd" in desk.held[KIND]
    accept(desk.folder, ODD)
    desk.replay.odd.hear_answers()
    desk.sent()
    desk.restart()
    assert desk.held[KIND] == ""
