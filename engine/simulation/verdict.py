"""What must never be so at the end of a simulated session whose faults are over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from engine.brokers.ledger_file import account_plain
from engine.checker import (
    CheckError,
    Violation,
    check,
    check_gateway,
    executions_of,
    settlements_of,
)
from engine.desk.opening import Desk
from engine.desk.simulated_gateway import SimulatedGateway
from engine.journal.reading import export_lines
from engine.orders import events as ev
from engine.state.desk import DeskState
from engine.state.totals import plain_values

Events = list[tuple[int, ev.Event]]

_UNCALLED_FOR: Final = (
    "BOOK_DIFFERS",
    "BROKER_WORD",
    "EXECUTION_ODD",
    "FOREIGN_FILL",
    "FOREIGN_ORDER",
    "GATEWAY_FAULT",
    "HELD_OTHERWISE",
    "JOURNAL",
    "LEGS_APART",
    "ORDER_ODD",
)


def violations(desk: Desk, events: Events) -> Iterator[str]:
    """Everything that must not be so at the end of a run whose faults are over.

    Args:
        desk: after its end.
        events: its journal.
    """
    context, exchange = desk.executor.context, desk.exchange
    difference = desk.books_agree()
    if difference:
        yield f"book != exchange: {difference}"
    working = [order.client_order_id for order in exchange.open_orders()]
    if working:
        yield f"orders open at the exchange: {', '.join(working)}"
    if context.state.orders.live:
        yield f"orders live in the book: {', '.join(context.state.orders.live)}"
    state = DeskState(type(context.state.balancer)(context.state.balancer.max_imbalance))
    state.apply_all(events)
    journaled, remembered = plain_values(state), plain_values(context.state)
    if journaled != remembered and repr(journaled) != repr(remembered):  # NaN equals nothing
        yield "fold(journal) != memory"
    for _, event in events:
        if isinstance(event, ev.TraderFaulted):
            yield f"{event.trader} faulted: {event.text}"
        elif isinstance(event, ev.AlarmRaised) and event.code == "DESK_FAULT":
            yield f"the desk faulted: {event.what}"
    yield from _checked(desk, events)
    yield from _troubles(desk)
    alarms = context.state.notices.alarms.values()
    raised = [alarm for record in alarms for alarm in record.each()]
    yield from _alarms(desk, raised)
    yield from _units(desk, raised)


def _checked(desk: Desk, events: Events) -> Iterator[str]:
    """What the offline checker, which knows nothing of the engine, finds in the run's records."""
    rows = [json.loads(line) for line in export_lines(events)]
    account = account_plain(desk.exchange.ledger)
    executions, ended = executions_of(account), settlements_of(account)
    try:
        if desk.gateway is None:
            assert desk.faulty is not None
            found = check(
                rows, executions, desk.faulty.broker.wire.rows(), settled=True, settlements=ended
            )
        else:
            found = _checked_twice(desk.gateway, rows, executions)
        for broken in found:
            yield f"{broken.number} {broken.name}: {broken.subject}: {broken.text}"
    except CheckError as error:
        yield f"the run cannot be checked: {error}"


def _checked_twice(
    gateway: SimulatedGateway, rows: list[dict[str, Any]], exchange: list[dict[str, Any]]
) -> list[Violation]:
    """The desk held against its gateway, and that against the exchange."""
    assert gateway.written is not None
    wire, account = list(gateway.wire.log.rows()), account_plain(gateway.written.ledger)
    own, ended = executions_of(account), settlements_of(account)
    return [
        *check(rows, own, wire, settled=True, settlements=ended),
        *check_gateway(gateway.rows, own, exchange, wire),
    ]


def _troubles(desk: Desk) -> Iterator[str]:
    """What a gateway must never have to say of a broker whose wire alone has faults."""
    for text in () if desk.gateway is None else desk.gateway.troubles:
        if text.partition(" ")[0] in _UNCALLED_FOR:
            yield f"the gateway said: {text}"


def _alarms(desk: Desk, raised: Sequence[ev.AlarmRaised]) -> Iterator[str]:
    """Alarms that are still raised though their cause is gone."""
    faulty = desk.faulty
    by_hand = faulty is not None and faulty.broker.account.has_manual_trade
    for alarm in raised:
        if (alarm.code == "BOOK_DIFFERS" and not by_hand) or alarm.code in (
            "ORDER_UNKNOWN",
            "NOT_COMPARED",
            "KILL_OPEN",
            "JOURNAL",
        ):
            yield f"an alarm stands without cause: {alarm.code} {alarm.where}: {alarm.what}"
    yield from _shares(desk, raised)


def _shares(desk: Desk, raised: Sequence[ev.AlarmRaised]) -> Iterator[str]:
    """Shares that an assignment left without an alarm, and alarms about shares that are gone."""
    left = {row.symbol for row in desk.exchange.ledger.shares()}
    alarmed = {alarm.where for alarm in raised if alarm.code == "SHARES"}
    for symbol in sorted(left - alarmed):
        yield f"shares of {symbol} are held without an alarm"
    for alarm in raised:
        if alarm.code in ("SHARES", "ASSIGNED") and alarm.where.split(" ")[0] not in left:
            yield f"an alarm stands without cause: {alarm.code} {alarm.where}: {alarm.what}"
        elif alarm.code == "SETTLEMENT":
            yield f"a settlement did not fit the book: {alarm.where}: {alarm.what}"


def _units(desk: Desk, raised: Sequence[ev.AlarmRaised]) -> Iterator[str]:
    """Units open without an alarm."""
    context = desk.executor.context
    alarmed = {(alarm.code, alarm.where) for alarm in raised}
    for trader, cycle in context.state.money.open_units:
        unit = context.traders[trader].credits.units.get(cycle)
        where = f"{trader}/{cycle}"
        if unit is None:
            yield f"{where} is open and nobody follows it"
        elif ("PARKED", where) not in alarmed and ("OVERSOLD", where) not in alarmed:
            yield f"{where} is open at the end without an alarm"
