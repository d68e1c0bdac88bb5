"""The account's buying power is asked for now and then, and no debit goes out beyond it."""

from __future__ import annotations

from typing import Any, cast

import pytest

from engine.brokers.protocol import AccountState
from engine.brokers.remote.facts import Caps
from engine.snapshot import TraderState
from tests.support.operator_steps import Operated
from tests.support.told_broker import ToldBroker


class Teller:
    """An account that answers, or not."""

    def __init__(self, desk: Operated) -> None:
        self.desk = desk
        self.power_c: int | None = 10**9
        self.blocked: tuple[str, ...] = ()
        self.asked = 0
        self.silent = False
        cast("Any", desk.context.broker).account = self.account

    def account(self) -> AccountState:
        self.asked += 1
        if self.silent:
            raise ConnectionError("no answer")
        now_s = self.desk.context.now().epoch_s
        return AccountState("4821", 10**9, self.power_c, 3, "USD", self.blocked, now_s)


@pytest.fixture
def desk() -> Operated:
    return Operated()


def live(desk: Operated, mode: str = "LIVE") -> ToldBroker:
    told = ToldBroker(desk.context, mode=mode, caps=Caps(accounts=True))
    desk.executor._account.look()  # as at the session's begin
    return told


def run(desk: Operated, told: ToldBroker, seconds: float) -> None:
    for _ in range(round(seconds)):
        told.tell()
        desk.run(1.0)


@pytest.mark.parametrize("mode", ["PAPER", "LIVE"])
def test_too_little_buying_power_keeps_debits_in_and_the_row_says_how_much_is_left(
    desk: Operated, mode: str
) -> None:
    teller = Teller(desk)
    teller.power_c = 1_230
    told = live(desk, mode)
    run(desk, told, 120)
    assert teller.asked >= 20 and not desk.debits_sent()
    (row,) = {(r.gate, r.state) for r in desk.snapshot().traders if r.gate == "BUYING_POWER"}
    assert row == ("BUYING_POWER", TraderState.BLOCKED)
    text = next(r.gate_text for r in desk.snapshot().traders if r.gate == "BUYING_POWER")
    assert "the next pair takes " in text and text.endswith("12 $ are left")
    teller.power_c = 10**9
    run(desk, told, 120)
    assert desk.debits_sent()


def test_traders_cannot_spend_the_same_dollars_between_them(desk: Operated) -> None:
    teller = Teller(desk)
    teller.power_c = 130_000  # one of the dearer pairs, or two of the cheaper ones
    told, power = live(desk), desk.context.gate.power
    short: set[str] = set()
    for _ in range(900):
        told.tell()
        desk.run(1.0)
        left_c = power.left_c(desk.context.moment.at_ms)
        assert left_c is not None and left_c >= 0
        if power.reserved_c():
            short |= {r.key for r in desk.snapshot().traders if r.gate == "BUYING_POWER"}
    assert desk.context.state.money.completions and short


def test_buying_power_that_nobody_tells_stops_a_live_desk_and_not_one_on_paper(
    desk: Operated,
) -> None:
    teller = Teller(desk)
    teller.silent = True
    told = live(desk)
    run(desk, told, 120)
    assert not desk.debits_sent()
    texts = {r.gate_text for r in desk.snapshot().traders if r.gate == "BUYING_POWER"}
    assert any(text.endswith("the broker does not tell what is left") for text in texts)
    told = live(desk, "PAPER")
    desk.context.gate.power.ask(needed=False)
    run(desk, told, 120)
    assert desk.debits_sent()


def test_an_account_that_the_broker_blocked_enters_nothing(desk: Operated) -> None:
    teller = Teller(desk)
    teller.blocked = ("trading_blocked",)
    told = live(desk)
    run(desk, told, 120)
    assert not desk.debits_sent()
    texts = {r.gate_text for r in desk.snapshot().traders if r.gate == "BUYING_POWER"}
    assert any("trading_blocked" in text for text in texts)


@pytest.mark.parametrize("power_c", [10**7, None])
def test_what_the_broker_blocks_counts_whether_or_not_it_tells_the_buying_power(
    desk: Operated, power_c: int | None
) -> None:
    teller = Teller(desk)
    teller.power_c, teller.blocked = power_c, ("spreads need option level 3, it has 2",)
    told = live(desk, "PAPER")
    desk.context.gate.power.ask(needed=False)
    run(desk, told, 120)
    assert not desk.debits_sent()
    (text,) = {r.gate_text for r in desk.snapshot().traders if r.gate == "BUYING_POWER"}
    assert text == "the broker takes no order: spreads need option level 3, it has 2"


def test_a_simulation_whose_exchange_tells_no_account_is_left_alone(desk: Operated) -> None:
    assert not desk.context.gate.power.asked
    desk.run(120)
    assert desk.debits_sent()
