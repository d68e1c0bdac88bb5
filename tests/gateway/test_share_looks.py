"""An order of shares that the broker does not know is ended late, watched on, and never doubled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.http.call import Answer, Call, Failure, Lost
from engine.brokers.http.outcome import ABSENT_S
from engine.brokers.protocol import RefusedOrderError, SharePosition, ThrottledError
from engine.gateway.books import AccountBooks, NoAnswerError
from engine.gateway.journal import GatewayJournal
from engine.gateway.share_orders import ShareOrders
from engine.market.calendar import exchange_date
from engine.orders.settlements import SettlementKind, SettlementReport

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import AlpacaFacade


class HandClock:
    """Both clocks of a host, each moved by hand."""

    def __init__(self, epoch_s: float) -> None:
        self.steady_s, self.wall_s = 1_000.0, epoch_s

    def now_s(self) -> float:
        return self.steady_s

    def epoch_s(self) -> float:
        return self.wall_s

    def wait(self, condition: object, timeout_s: float | None) -> None:
        assert timeout_s is not None, "it would wait for ever"
        self.steady_s += timeout_s
        self.wall_s += timeout_s


class Account:
    """Orders of shares at the façade's account, which is short 100; calls need no wire.

    Attributes:
        hides: parts of paths whose answers do not know the order.
        loses: whether the answer of the next POST is lost.
        told_instead: what is told in place of the answer of the next POST.
        arrives: whether that POST comes to the broker all the same.
    """

    def __init__(self, facade: AlpacaFacade, folder: Path) -> None:
        self.facade, self.folder = facade, folder
        self.clock = HandClock(facade.clock.epoch_s())
        self.hides: set[str] = set()
        self.loses, self.calls = True, 0
        self.told_instead: Answer | Lost | None = None
        self.arrives = False
        self.notices: list[tuple[str, str]] = []
        self.told: list[SettlementReport] = []
        self.journal = GatewayJournal(folder)
        report = SettlementReport(
            SettlementKind.TAKEN_BACK, "assigned", self.clock.epoch_s(), "SPY", date(2026, 12, 18),
            "call", 600.0, 1, 60000, 0, -100, 100,
        )  # fmt: skip
        facade.ledger.settle(report)
        self.journal.written.ledger.settle(report)
        self.journal.keep()
        self.start()

    def start(self) -> None:
        self.journal = GatewayJournal(self.folder)
        dialect = AlpacaDialect()
        books = AccountBooks(dialect, self.send, self.clock, self.note)
        self.orders = ShareOrders(
            self.folder, dialect, self.send, self.journal, books, self.told.append, self.clock,
            self.note,
        )  # fmt: skip

    def note(self, kind: str, text: str) -> None:
        self.notices.append((kind, text))

    def send(self, call: Call) -> Answer | Lost:
        self.calls += 1
        body = None if call.body is None else dict(call.body)
        instead = self.told_instead if call.method == "POST" else None
        if instead is not None and not self.arrives:
            return instead
        status, told = self.facade.answer(call.method, call.path, dict(call.query), body)
        if instead is not None:
            return instead
        if call.method == "POST" and self.loses:
            self.loses = False
            return Lost(Failure.NO_ANSWER)
        if call.method == "GET" and any(part in call.path for part in self.hides):
            return Answer(200, []) if isinstance(told, list) else Answer(404, None)
        return Answer(status, told)

    def sends_without_an_answer(self) -> None:
        with pytest.raises(NoAnswerError, match="is looked up"):
            self.orders.close("SPY")

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.orders.look()
            self.clock.steady_s += 1.0
            self.clock.wall_s += 1.0

    @property
    def shares(self) -> tuple[SharePosition, ...]:
        return self.journal.written.ledger.shares()


@pytest.fixture
def account(facade: AlpacaFacade, tmp_path: Path) -> Account:
    facade.events.executes = 0
    return Account(facade, tmp_path)


@contextmanager
def never_doubled(account: Account) -> Iterator[None]:
    yield
    posts = account.facade.events.share_posts
    assert sum(int(body["qty"]) for body in posts) == 100
    assert account.shares == account.facade.matching.shares() == ()


def executes(account: Account) -> None:
    (name,) = account.facade.events.share_orders
    account.facade.events.trade(name, 100)


def test_one_that_the_look_up_alone_does_not_know_works_on(account: Account) -> None:
    account.hides = {"by_client_order_id"}
    with never_doubled(account):
        account.sends_without_an_answer()
        account.wait(120.0)
        with pytest.raises(RefusedOrderError, match="works already"):
            account.orders.close("SPY")
        executes(account)
        account.wait(15.0)


def test_one_that_is_in_no_list_and_has_executed_is_not_called_missing(account: Account) -> None:
    account.hides = {"orders"}
    with never_doubled(account):
        account.sends_without_an_answer()
        executes(account)
        account.wait(120.0)
        assert [kind for kind, _ in account.notices] == ["ORDER_GONE"] * len(account.notices)
        assert account.notices and "may have executed" in account.notices[0][1]
        account.hides = set()
        account.wait(15.0)


def test_one_that_appears_after_it_ended_is_booked_and_not_sent_again(account: Account) -> None:
    account.hides = {"orders"}
    with never_doubled(account):
        account.sends_without_an_answer()
        account.wait(ABSENT_S + 15.0)
        assert account.notices[-1][0] == "SHARES_LEFT", "nothing has it: it ended"
        account.hides = set()
        with pytest.raises(RefusedOrderError, match="works already"):
            account.orders.close("SPY")
        account.start()
        with pytest.raises(RefusedOrderError, match="works already"):
            account.orders.close("SPY")
        executes(account)
        account.wait(15.0)


@pytest.mark.parametrize("restarted", [False, True])
def test_what_executes_under_an_ended_name_is_booked_by_watching_on(
    account: Account, *, restarted: bool
) -> None:
    account.hides = {"orders"}
    with never_doubled(account):
        account.sends_without_an_answer()
        account.wait(ABSENT_S + 15.0)
        if restarted:
            account.start()
        account.hides = set()
        executes(account)
        account.wait(60.0)
        assert [each.shares for each in account.told] == [100]


def test_an_event_of_an_ended_name_has_it_looked_up(account: Account) -> None:
    account.loses = False
    account.orders.close("SPY")
    (name,) = account.facade.events.share_orders
    account.facade.events.end_order(name, "canceled")
    account.wait(3.0)
    calls = account.calls
    account.wait(60.0)
    assert account.calls == calls, "it is asked about for ever"
    account.facade.events.share_orders[name]["status"] = "partially_filled"
    executes(account)
    with never_doubled(account):
        assert account.orders.hear(name) and not account.orders.hear("PTEST01-1")
        account.wait(1.0)


def test_a_wall_clock_set_forward_ends_nothing(account: Account) -> None:
    account.hides = {"orders"}
    account.sends_without_an_answer()
    account.clock.wall_s += 2 * ABSENT_S
    account.wait(10.0)
    with pytest.raises(RefusedOrderError, match="works already"):
        account.orders.close("SPY")


def test_one_that_is_absent_for_long_costs_few_calls(account: Account) -> None:
    account.hides = {"orders"}
    account.sends_without_an_answer()
    executes(account)
    account.wait(60.0)
    calls = account.calls
    account.wait(60.0)
    assert account.calls - calls <= 6 * 5


def test_a_cancel_asks_for_what_the_broker_has_not_named_and_is_told_where_it_does_nothing(
    account: Account,
) -> None:
    account.hides = {"by_client_order_id"}
    account.sends_without_an_answer()
    (name,) = account.orders.working()
    with pytest.raises(NoAnswerError, match="not named the order yet"):
        account.orders.cancel(name)
    account.hides = set()
    account.facade.events.end_order = lambda name, status: None  # type: ignore[method-assign]
    account.orders.cancel(name)
    account.wait(9.0)
    assert account.notices == [] and account.orders.working() == (name,)
    account.wait(3.0)
    assert {kind for kind, _ in account.notices} == {"CANCEL_STUCK"}
    executes(account)
    account.wait(2.0)
    assert account.orders.working() == ()
    calls = account.calls
    account.orders.cancel(name)
    assert account.calls == calls, "what has ended is not cancelled"


@pytest.mark.parametrize(
    "told", [Answer(429, None), Lost(Failure.NO_TURN, "no call is free for 1 s")]
)
def test_one_that_was_held_back_is_told_so_and_may_be_asked_for_at_once(
    told: Answer | Lost, account: Account
) -> None:
    account.told_instead = told
    with pytest.raises(ThrottledError):
        account.orders.close("SPY")
    assert account.orders.working() == ()
    assert account.notices[-1][0] == "SHARES_LEFT"
    account.told_instead, account.loses = None, False
    account.orders.close("SPY")
    assert len(account.facade.events.share_posts) == 1


def test_one_that_was_taken_in_spite_of_a_429_is_found(account: Account) -> None:
    account.told_instead, account.arrives = Answer(429, None), True
    account.orders.close("SPY")
    with never_doubled(account):
        executes(account)
        account.wait(2.0)


def test_after_a_429_one_that_a_look_up_alone_does_not_know_is_unknown(account: Account) -> None:
    account.told_instead, account.arrives = Answer(429, None), True
    account.hides = {"by_client_order_id"}
    account.sends_without_an_answer()
    account.told_instead = None
    with pytest.raises(RefusedOrderError, match="works already"):
        account.orders.close("SPY")


def test_shares_that_the_broker_does_not_count_are_not_traded_away(account: Account) -> None:
    send = account.send

    def uncounted(call: Call) -> Answer | Lost:
        told = send(call)
        if call.path != "/v2/positions" or not isinstance(told, Answer):
            return told
        return Answer(told.status, [row | {"qty": None} for row in told.body])

    account.send = uncounted  # type: ignore[method-assign]
    account.start()
    with pytest.raises(RefusedOrderError, match="does not say how many SPY shares"):
        account.orders.close("SPY")
    assert not account.facade.events.share_posts


def test_one_whose_call_raises_what_nobody_foresaw_ends_as_one_without_an_answer(
    account: Account,
) -> None:
    send, account.hides = account.send, {"orders"}

    def raises(call: Call) -> Answer | Lost:
        if call.method == "POST":
            raise RuntimeError("nobody foresaw it")
        return send(call)

    account.send = raises  # type: ignore[method-assign]
    account.start()
    with pytest.raises(RuntimeError):
        account.orders.close("SPY")
    account.wait(ABSENT_S + 15.0)
    assert account.orders.working() == ()


def test_what_executed_is_booked_on_its_day_though_it_is_heard_of_on_the_next(
    account: Account,
) -> None:
    """Fees are charged by the day of the trade; on a day with shares they are of options or not."""
    account.sends_without_an_answer()
    day = exchange_date(account.clock.epoch_s())
    executes(account)
    account.clock.wall_s += 86_400.0
    account.start()
    account.wait(5.0)
    assert [exchange_date(each.at_s) for each in account.told] == [day]
    assert {each.expiration for each in account.told} == {day}
