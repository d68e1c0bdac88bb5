"""A desk whose broker tells no positions: what differs blocks its chain until somebody settles it."""

from __future__ import annotations

from engine import ArbitrageExecutor, OrderReport
from engine.commands import Ask, Command, Ticket, TicketState
from engine.orders.types import ReportKind
from tests.support.executor_world import (
    MORNING_S,
    NEAR,
    PaperBroker,
    alarms,
    run_for,
    trading_on,
    until_sent,
)

CHAIN = f"AAPL {NEAR.isoformat()}"


def gate(executor: ArbitrageExecutor) -> str:
    return executor.get_status()["traders"][CHAIN]["gate"]


def accept(executor: ArbitrageExecutor, target: str = CHAIN, word: str = "ACCEPT") -> Ticket:
    return executor.ask(Command(Ask.ACCEPT_POSITIONS, target, args={"word": word}))


def differing() -> tuple[PaperBroker, ArbitrageExecutor]:
    """A desk that was told a correction of an execution it never heard of."""
    broker = PaperBroker()
    executor = trading_on(broker)
    until_sent(executor, broker)
    executor.on_order_update(
        OrderReport(ReportKind.CORRECTION, "", MORNING_S, "B1", "E-unheard", 0, 150)
    )
    run_for(executor, 5)
    return broker, executor


def test_a_report_that_does_not_fit_blocks_its_chain_where_no_positions_are_told() -> None:
    broker, executor = differing()
    assert "does not fit order" in alarms(executor)["BOOK_DIFFERS"]
    sent = len(broker.orders)
    run_for(executor, 300)
    assert gate(executor) == "RECONCILE"
    assert len(broker.orders) == sent, "the comparison that cannot be made opens nothing"


def test_the_alarm_names_the_way_out_and_the_operators_word_opens_the_chain() -> None:
    broker, executor = differing()
    (alarm,) = [a for a in executor.publisher.build().alarms if a.code == "BOOK_DIFFERS"]
    assert "Accept positions" in alarm.response
    assert CHAIN in executor.publisher.build().health.difference, "the palette offers it then"
    sent = len(broker.orders)
    refused = accept(executor, word="accept")
    assert refused.state is TicketState.REFUSED
    assert "type the word ACCEPT" in refused.text
    assert accept(executor, "MSFT 2026-04-17").state is TicketState.REFUSED
    assert accept(executor).state is TicketState.CONFIRMED
    assert "BOOK_DIFFERS" not in alarms(executor)
    assert executor.publisher.build().health.difference == ""
    run_for(executor, 90)
    assert len(broker.orders) > sent
    assert accept(executor, "*").state is TicketState.REFUSED, "nothing is left to accept"
