"""A running desk's limits: tightened at once, taken back exactly, the same after a restart."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from engine.commands import Ask, TicketState
from engine.config import SizingParameters
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.state.desk import DeskState
from tests.support.desks import places_of, settings, simulated
from tests.support.operator_steps import Operated

HUNG = "limits.max_hung_desk"
LOSS = "limits.day_loss_exit_only_usd"
SIZE = "limits.max_contracts"


def test_a_limit_is_tightened_journaled_shown_and_taken_back() -> None:
    desk = Operated()
    limits = desk.context.config.limits
    written = {view.name: view.value for view in desk.snapshot().limits}
    ticket = desk.ask(Ask.TIGHTEN, SIZE, value=3, seen=10)
    assert ticket.state is TicketState.CONFIRMED and ticket.text == f"{SIZE} 10 -> 3"
    assert limits.max_contracts == 3 and desk.context.gate.limits is limits
    (row,) = desk.of(ev.LimitChanged)
    assert row[1:] == ("max_contracts", 10, 3, False, "ada")
    acted = desk.last_action()
    assert (acted.before, acted.after, acted.outcome) == ("10", "3", "confirmed")
    (view,) = [each for each in desk.snapshot().limits if each.name == "max_contracts"]
    assert (view.value, view.written, view.undo, view.live) == (3, 10, 10, True)
    assert "tightened by the operator: max_contracts" in desk.snapshot().notices

    assert desk.context.limits.for_the_journal()["limits"]["max_contracts"] == 10
    assert desk.ask(Ask.TIGHTEN, SIZE, value=2).state is TicketState.CONFIRMED
    assert desk.ask(Ask.UNDO, SIZE, seen=2).text == f"{SIZE} 2 -> 3, back"
    assert desk.ask(Ask.UNDO, SIZE).state is TicketState.CONFIRMED
    assert limits.max_contracts == 10
    refused = desk.ask(Ask.UNDO, SIZE)
    assert refused.state is TicketState.REFUSED and "nothing to take back" in refused.text
    assert {view.name: view.value for view in desk.snapshot().limits} == written


@pytest.mark.parametrize(
    ("target", "args", "says"),
    [
        (SIZE, {"value": 11}, "looser"),
        (SIZE, {"value": 5, "seen": 9}, "is 10 by now: look again"),
        (SIZE, {}, "is not a number"),
        ("limits.profile", {"value": 1}, "at the next start"),
        ("limits.model_fields", {"value": 1}, "is not a limit"),
        ("limits.", {"value": 1}, "is not a limit"),
        ("sizing.max_contracts", {"value": 1}, "is not a limit"),
        ("*", {"value": 1}, "is not a limit"),
    ],
)
def test_what_would_loosen_or_is_of_the_next_start_is_refused(
    target: str, args: dict[str, Any], says: str
) -> None:
    desk = Operated()
    before = desk.context.config.limits.model_copy()
    ticket = desk.ask(Ask.TIGHTEN, target, **args)
    assert ticket.state is TicketState.REFUSED and says in ticket.text
    assert desk.context.config.limits == before and not desk.of(ev.LimitChanged)


def test_a_row_shows_the_size_that_a_tightened_limit_leaves() -> None:
    three = settings().changed(sizing=SizingParameters(current_contracts=3))
    desk = Operated(simulated(three))
    assert {row.size for row in desk.snapshot().traders} == {3}
    desk.ask(Ask.TIGHTEN, SIZE, value=2)
    assert {row.size for row in desk.snapshot().traders} == {2}
    desk.ask(Ask.UNDO, SIZE)
    assert {row.size for row in desk.snapshot().traders} == {3}


def test_a_tightened_limit_holds_from_the_next_debit_on() -> None:
    desk = Operated()
    desk.run(120)
    assert desk.ask(Ask.TIGHTEN, "limits.max_debit_usd_order", value=0).state is (
        TicketState.CONFIRMED
    )
    sent = desk.debits_sent()
    desk.run(300)
    assert desk.debits_sent() == sent
    gates = {trader.blocked for trader in desk.context.traders.values()}
    assert Gate.CAPITAL_ORDER in gates


def test_a_slower_pace_of_orders_holds_at_once_and_goes_back() -> None:
    desk = Operated()
    rate = desk.context.gate.rate
    before = rate.per_second, rate.size
    desk.ask(Ask.TIGHTEN, "limits.orders_per_minute", value=6)
    assert (rate.per_second, rate.size) == (0.1, 5.0)
    sent = desk.debits_sent()
    desk.run(600)
    assert desk.debits_sent() - sent <= 65
    desk.ask(Ask.UNDO, "limits.orders_per_minute")
    assert (rate.per_second, rate.size) == before


def test_what_a_days_loss_closed_stays_closed_when_the_limit_is_taken_back() -> None:
    desk = Operated()
    desk.ask(Ask.TIGHTEN, LOSS, value=0)
    desk.run(3)
    assert desk.context.alarms.is_raised("DAY_LOSS", "desk")
    desk.ask(Ask.UNDO, LOSS)
    desk.run(3)
    assert desk.context.gate.desk_gate() in (Gate.EXIT_ONLY, Gate.DAY_LOSS)


def test_a_program_cannot_loosen_what_an_operator_tightened() -> None:
    desk = Operated()
    chain = "limits.max_imbalance_chain"
    desk.ask(Ask.TIGHTEN, chain, value=2)
    desk.context.limits.limit_chain_imbalance(9)
    assert desk.context.config.limits.max_imbalance_chain == 2
    desk.context.limits.limit_chain_imbalance(1)
    assert desk.context.config.limits.max_imbalance_chain == 1


def test_live_folded_and_resumed_limits_are_the_same(tmp_path: Path) -> None:
    first = Operated(simulated(run_dir=tmp_path, until=time(9, 45)))
    for target, value in ((SIZE, 4), (SIZE, 2), (HUNG, 1), (LOSS, 60.5)):
        assert first.ask(Ask.TIGHTEN, target, value=value).state is TicketState.CONFIRMED
    first.ask(Ask.UNDO, SIZE)
    first.run(60)
    live = first.context.config.limits.model_copy()
    first.desk.stop()
    places = places_of(first.desk)

    folded = DeskState()
    folded.apply_all(read_events(places.journal))
    expected = {"max_contracts": 4, "max_hung_desk": 1, "day_loss_exit_only_usd": 60.5}
    assert folded.limits.in_force() == expected

    again = Operated(simulated(settings(), run_dir=tmp_path, until=time(9, 50), resume=places.run))
    assert again.context.config.limits == live
    started = [e for e in again.context.state.begun if e.settings]
    assert started[-1].settings["limits"]["max_contracts"] == 10
    again.ask(Ask.UNDO, SIZE)
    assert again.context.config.limits.max_contracts == 10
    again.desk.stop()


def test_dollars_are_tightened_to_the_cent_and_told_with_their_thousands_apart() -> None:
    desk = Operated()
    limits = desk.context.config.limits
    ticket = desk.ask(Ask.TIGHTEN, "limits.max_debit_usd_desk", value=11111.116)
    assert ticket.text == "limits.max_debit_usd_desk 15,000 -> 11,111.11"
    assert limits.max_debit_usd_desk == 11111.11
    assert any("15,000 -> 11,111.11" in line.text for line in desk.snapshot().events)
    looser = desk.ask(Ask.TIGHTEN, "limits.max_debit_usd_desk", value=22222.226)
    assert "22,222.22 is looser than 11,111.11" in looser.text
