"""Shares that an assignment left are traded away: once, in whole, and booked as they executed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.book.contracts import ContractBook
from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.following.symbols import Contract
from engine.brokers.protocol import NotSentError, SharePosition
from engine.brokers.remote.link import LinkError
from engine.gateway.running import Gateway
from engine.orders.ids import prefix_of, share_prefix_of
from engine.orders.settlements import SettlementReport
from engine.orders.types import ReportKind as K
from engine.run_folder.installation import installation_id
from engine.run_folder.share_file import recorded_shares

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import AlpacaFacade
from tests.support.alpaca_gateway import Desk, desk_on, opened, paper_settings, serving, until


@dataclass
class Assigned:
    """A desk whose short call was assigned: it is short 100 shares."""

    facade: AlpacaFacade
    gateway: Gateway
    desk: Desk
    told: list[SettlementReport]

    def close(self) -> None:
        self.desk.broker.close_shares("SPY", 0.0)

    @property
    def shares(self) -> tuple[SharePosition, ...]:
        return self.desk.broker.ledger.shares()

    def traded(self) -> list[tuple[int, int, int]]:
        return [(each.shares, each.price_c, each.cash_c) for each in self.told[1:]]


@contextmanager
def assigned(facade: AlpacaFacade, folder: Path) -> Iterator[Assigned]:
    with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
        told: list[SettlementReport] = []
        desk.broker.connect_settlements(told.append)
        order = desk.order("PTEST01-1", 95)
        desk.submit(order)
        until(lambda: K.FILL in desk.kinds("PTEST01-1"), "it never executed")
        sold = order.legs[1]
        facade.events.closes["SPY", facade.events.today.isoformat()] = 601.25
        facade.events.end(
            "OPASN", Contract("SPY", order.expiration, sold.option_type, sold.strike), -1
        )
        gateway._gap()
        until(lambda: told, "the assignment was not told")
        yield Assigned(facade, gateway, desk, told)


def written(folder: Path) -> list[dict[str, object]]:
    path = folder / "paper" / "gateway" / "alpaca-main" / "shares.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_short_shares_are_bought_back_booked_and_told_and_stay_so(
    facade: AlpacaFacade, folder: Path
) -> None:
    take, before = facade.events._trade_shares, []

    def taken(body: dict[str, object]) -> tuple[int, object]:
        before.extend(written(folder))
        return take(body)

    facade.events._trade_shares = taken  # type: ignore[method-assign]
    with assigned(facade, folder) as account:
        account.close()
        until(lambda: not account.shares, "they were not traded")
        (body,) = facade.events.share_posts
        assert (body["symbol"], body["qty"], body["side"], body["type"]) == (
            "SPY", "100", "buy", "market"
        )  # fmt: skip
        until(lambda: len(account.told) == 2)
        assert account.traded() == [(100, 60150, -100 * 60150)]
        until(lambda: account.desk.broker.shares() == ())
        health = until(lambda: account.desk.broker.health)
        assert not health[0].troubles, "one of our orders is no other hand's"
        assert [row["id"] for row in before] == [body["client_order_id"]], "written before sent"
        assert [row.get("end") for row in written(folder)] == [None, "filled"]
    with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
        assert desk.broker.ledger.shares() == ()
        with pytest.raises(NotSentError, match="no SPY shares came of contracts traded from here"):
            desk.broker.close_shares("SPY", 0.0)
        assert gateway
    assert len(facade.events.share_posts) == 1


def test_parts_are_booked_as_they_execute_at_whole_cents_that_add_up(
    facade: AlpacaFacade, folder: Path
) -> None:
    facade.events.executes = 30
    with assigned(facade, folder) as account:
        account.close()
        until(lambda: len(account.told) == 2)
        with pytest.raises(NotSentError, match=r"order SH-P.*-SPY-.* of SPY shares works already"):
            account.close()
        (name,) = facade.events.share_orders
        facade.events.trade(name, 70, 601.555)
        until(lambda: len(account.told) == 4, "the rest was not told")
        assert account.shares == ()
        assert [row[0] for row in account.traded()] == [30, 35, 35]
        assert sum(row[2] for row in account.traded()) == -round(30 * 60150 + 70 * 60155.5)
        assert all(row[2] == -row[0] * row[1] for row in account.traded())
    assert len(facade.events.share_posts) == 1


def test_what_is_left_when_an_order_ends_is_told_and_may_be_asked_for_again(
    facade: AlpacaFacade, folder: Path
) -> None:
    facade.events.executes = 30
    with assigned(facade, folder) as account:
        account.close()
        (name,) = facade.events.share_orders
        facade.events.end_order(name, "canceled")
        until(lambda: any("end" in row for row in written(folder)), "its end was not seen")
        assert account.shares == (SharePosition("SPY", -70),)
        facade.events.executes = 100
        account.close()
        until(lambda: not account.shares)
        assert [body["qty"] for body in facade.events.share_posts] == ["100", "70"]


@pytest.mark.parametrize("fault", ["lost", 500])
def test_an_order_without_an_answer_is_looked_up_and_never_sent_again(
    fault: str | int, facade: AlpacaFacade, folder: Path
) -> None:
    with assigned(facade, folder) as account:
        facade.faults["POST"] = [fault]
        with pytest.raises(LinkError, match=r"order SH-.* is looked up"):
            account.close()
        if fault == "lost":
            until(lambda: not account.shares, "it was not looked up")
            assert len(facade.events.share_posts) == 1
        else:
            with pytest.raises(NotSentError, match="works already"):
                account.close()
    facade.faults.clear()
    with serving(facade, paper_settings(folder)):
        ends = [row for row in written(folder) if "end" in row]
    assert len(ends) == len(facade.events.share_posts) == (1 if fault == "lost" else 0)


def test_a_refusal_is_said_and_ends_it(facade: AlpacaFacade, folder: Path) -> None:
    facade.events.refuses = "insufficient qty available for order"
    with assigned(facade, folder) as account:
        for _ in range(2):
            with pytest.raises(NotSentError, match=r"insufficient qty .*40310000"):
                account.close()
        assert account.shares == (SharePosition("SPY", -100),)
        assert [row.get("end") for row in written(folder)] == [None, "rejected"] * 2


def test_what_the_account_does_not_hold_is_not_traded(facade: AlpacaFacade, folder: Path) -> None:
    with assigned(facade, folder) as account:
        facade.ledger._shares["SPY"] = 40
        with pytest.raises(NotSentError, match=r"holds \+40 SPY shares, the books -100"):
            account.close()
    assert facade.events.share_posts == []


@pytest.mark.parametrize(
    ("hour", "says"), [(8.0, "ask today from 09:30"), (16.5, "ask on 2026-11-23 from")]
)
def test_outside_of_the_exchanges_hours_nothing_is_sent(
    hour: float, says: str, facade: AlpacaFacade, folder: Path
) -> None:
    with assigned(facade, folder) as account:
        facade.clock._shift_s += (hour - 10.25) * 3600
        with pytest.raises(NotSentError, match=f"the exchange is closed.*{says}"):
            account.close()
        facade.clock._shift_s -= (hour - 10.25) * 3600
    assert facade.events.share_posts == []


def test_one_that_works_is_listed_with_what_it_is_and_ends_when_it_is_cancelled(
    facade: AlpacaFacade, folder: Path
) -> None:
    facade.events.executes = 30
    with assigned(facade, folder) as account:
        account.close()
        (order,) = account.desk.broker.open_orders()
        assert order.shares == SharePosition("SPY", 70) and order.legs == ()
        prefix = prefix_of("PAPER", installation_id(folder / "paper"))
        assert order.client_order_id.startswith(share_prefix_of(prefix))
        assert recorded_shares(folder / "paper/gateway/alpaca-main") == (order.client_order_id,)
        account.desk.broker.cancel(order.client_order_id, 0.0)
        until(lambda: written(folder)[-1].get("end") == "canceled", "its end was not seen")
        assert account.desk.broker.open_orders() == ()
        assert recorded_shares(folder / "paper/gateway/alpaca-main") == ()
        assert account.shares == (SharePosition("SPY", -70),)


def test_a_gateway_that_only_cancels_ends_it_and_another_leaves_it_alone(
    facade: AlpacaFacade, folder: Path
) -> None:
    facade.events.executes = 30
    with assigned(facade, folder) as account:
        account.close()
        (name,) = facade.events.share_orders
        account.gateway.server._alone._since_s -= 60.0  # nobody looks after it for long
        account.gateway.server._look()
    assert facade.events.share_orders[name]["status"] == "partially_filled"
    gateway = opened(facade, paper_settings(folder), cancel_only=True)
    gateway.server._alone._since_s -= 60.0
    gateway.serve()
    assert facade.events.share_orders[name]["status"] == "canceled"
    assert written(folder)[-1]["end"] == "canceled"


def test_shares_have_the_root_of_their_options_in_our_books_and_the_brokers_name_there(
    facade: AlpacaFacade, folder: Path
) -> None:
    with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
        facade.ledger._shares["BRK.B"] = 40
        until(lambda: desk.broker.shares() == (SharePosition("BRKB", 40),))
        body = {"client_order_id": "HAND-1", "symbol": "BRK.B", "qty": "40", "side": "sell"}
        facade.events.executes = 0
        facade.events._trade_shares(body)
        until(desk.broker.open_orders)
        (order,) = desk.broker.open_orders()
        assert order.shares == SharePosition("BRKB", -40)
        assert AlpacaDialect().trade_shares("SH-1", "BRK.B", -40).body is not None
    book = ContractBook()
    book.take_external({}, {"BRK.B": 40, "SPY": 1})
    assert book.shares_without_external({"BRKB": 45, "SPY": 1}) == {"BRKB": 5}
    assert book.shares_without_external({"BRK.B": 40}) == {"SPY": -1}
