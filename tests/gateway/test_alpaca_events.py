"""What becomes of an account at Alpaca otherwise than by our orders reaches the desk, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from engine.brokers.following.symbols import Contract
from engine.brokers.protocol import SharePosition
from engine.gateway.running import Gateway
from engine.orders.settlements import SettlementKind, SettlementReport
from engine.orders.types import ReportKind as K

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import AlpacaFacade
from tests.support.alpaca_gateway import Desk, desk_on, paper_settings, serving, until


@contextmanager
def account(facade: AlpacaFacade, folder: Path) -> Iterator[tuple[Gateway, Desk]]:
    with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
        yield gateway, desk


def bought(desk: Desk, facade: AlpacaFacade, name: str = "PTEST01-1") -> tuple[Contract, Contract]:
    """A vertical that executes; its contracts, the bought one first."""
    order = desk.order(name, 95)
    desk.submit(order)
    until(lambda: K.FILL in desk.kinds(name), "it never executed")
    low, high = (
        Contract(order.symbol, order.expiration, leg.option_type, leg.strike) for leg in order.legs
    )
    return low, high


def settlements(desk: Desk) -> list[SettlementReport]:
    told: list[SettlementReport] = []
    desk.broker.connect_settlements(told.append)
    return told


def agree(desk: Desk) -> None:
    """The gateway's ledger has what the account holds, of contracts and of shares."""
    ledger = desk.broker.ledger
    assert sorted(ledger.positions(), key=str) == sorted(desk.broker.positions(), key=str)
    assert ledger.shares() == desk.broker.shares()


def test_an_assignment_is_booked_told_and_kept_over_restarts_of_both(
    facade: AlpacaFacade, folder: Path
) -> None:
    with account(facade, folder) as (gateway, desk):
        told = settlements(desk)
        _, short = bought(desk, facade)
        facade.events.closes["SPY", facade.events.today.isoformat()] = 601.25
        facade.events.end("OPASN", short, -1)
        gateway._gap()  # else it is read within a minute
        until(lambda: told, "it was not told")
        (report,) = told
        assert (report.kind, report.quantity, report.price_c) == (
            SettlementKind.ASSIGNED,
            -1,
            60125,
        )
        assert (report.shares, report.cash_c) == (-100, round(short.strike * 100) * 100)
        agree(desk)
        assert desk.broker.shares() == (SharePosition("SPY", -100),)
    for _ in range(2):
        with account(facade, folder) as (_, desk):
            again = desk.broker.ledger.settlement(report.settlement_id)
            assert again == report
            assert settlements(desk) == [report]
            agree(desk)


def test_what_ended_while_no_gateway_ran_is_in_the_ledger_before_a_desk_comes(
    facade: AlpacaFacade, folder: Path
) -> None:
    with account(facade, folder) as (_, desk):
        low, high = bought(desk, facade)
    facade.events.closes["SPY", facade.events.today.isoformat()] = high.strike + 1
    facade.events.end("OPEXC", low, 1)
    facade.events.end("OPEXP", high, -1)
    with account(facade, folder) as (_, desk):
        agree(desk)
        kinds = [each.kind for each in settlements(desk)]
        assert kinds == [SettlementKind.EXERCISED, SettlementKind.EXPIRED]


def test_after_a_reconnect_settlements_are_asked_for_again(
    facade: AlpacaFacade, folder: Path
) -> None:
    config = paper_settings(folder)
    with ExitStack() as desks:
        with serving(facade, config) as gateway:
            desk = desks.enter_context(desk_on(gateway))
            told = settlements(desk)
            low, _ = bought(desk, facade)
            facade.events.closes["SPY", facade.events.today.isoformat()] = 601.25
        facade.events.end("OPEXC", low, 1)
        with serving(facade, config):
            until(lambda: len(told) == 2, "it was told, and not asked for")
            assert told[0] == told[1] and told[0].kind is SettlementKind.EXERCISED
            agree(desk)


def test_contracts_of_ours_that_alpaca_closes_are_booked_and_told_with_an_alarm(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.fills.NAMED_WITHIN_S", 0.2)
    with account(facade, folder) as (gateway, desk):
        told = settlements(desk)
        low, high = bought(desk, facade)
        facade.events.by_hand(high, 1, 33)
        facade.events.by_hand(low, -1, 131)
        gateway._gap()
        until(lambda: len(told) == 2, "it was not told")
        kinds = [(each.kind, each.quantity, each.cash_c) for each in told]
        closed = SettlementKind.CLOSED
        assert kinds == [(closed, -1, -33_00), (closed, 1, 131_00)]
        until(lambda: desk.broker.positions() == ())
        agree(desk)
        troubles = until(lambda: desk.broker.health and desk.broker.health[0].troubles)
        assert "1 of it booked, closing our contracts" in troubles[0].text
    with account(facade, folder) as (_, desk):
        assert desk.broker.ledger.positions() == ()
        assert len([each for each in settlements(desk) if each.kind is closed]) == 2


def test_fees_that_alpaca_charges_are_in_the_ledger_and_told_over_restarts_too(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with account(facade, folder) as (gateway, desk):
        bought(desk, facade)
        (planned,) = [each.fees_c for each in desk.broker.ledger.executions]
        assert planned == 2 * 68
        facade.events.charge("ORF", "0.05")
        facade.events.charge("OCC", "0.02")
        monkeypatch.setattr("engine.gateway.running.CHARGES_EVERY_S", 0.1)
        told: list[int] = []
        desk.broker.connect_fees(lambda order, execution, fee_c: told.append(fee_c))
        until(lambda: told, "it was not told")
        assert told == [7] and gateway
        assert [each.fees_c for each in desk.broker.ledger.executions] == [7]
    with account(facade, folder) as (_, desk):
        assert [each.fees_c for each in desk.broker.ledger.executions] == [7]
