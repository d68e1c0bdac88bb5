"""Journals of earlier versions are read: kinds keep their fields, and added ones have defaults."""

from __future__ import annotations

import json
from typing import Final

import pytest

from engine.journal.encoding import decode
from engine.orders import events as ev
from engine.state.desk import DeskState

RELEASED: Final = """
SessionStarted at_ms mode account run source fill_model seed session_date settings
TraderAdded at_ms trader symbol expiration multiplier style settlement contracts
OrderIntended at_ms trader order cycle part attempt right buy_strike sell_strike quantity
  limit_c bid ask floor delay_s stage
OrderSent at_ms trader order
OrderWorking at_ms trader order broker_order
OrderUnknown at_ms trader order reason
CancelSent at_ms trader order reason
Executed at_ms trader order execution quantity price_c fee_c late
OrderEnded at_ms trader order status reason
AttemptEnded at_ms trader cycle order contracts filled result hour delay_s fill_time_ms
LadderMoved at_ms trader cycle stage limit_c
UnitDecided at_ms trader cycle choice by
CycleEnded at_ms trader cycle outcome contracts net_c fees_c floor_c label kind hedge_s
TraderHeld at_ms trader code until_ms text
TraderReleased at_ms trader code
TraderFaulted at_ms trader text
SizeChanged at_ms trader before after why
SettingChanged at_ms trader setting before after why
PhaseChanged at_ms phase reason
OperatorActed at_ms ticket action target who key before after outcome reason
Recommended at_ms recommendation trader kind before after verdict evidence
RecommendationSettled at_ms recommendation outcome reason
AlarmRaised at_ms alarm priority code where what consequence response
AlarmCleared at_ms alarm
AlarmAcknowledged at_ms alarm
BooksCompared at_ms chains difference
Settled at_ms trader settlement kind right strike quantity price_c cash_c shares
SharesTraded at_ms symbol trade shares price_c cash_c
PairSettled at_ms trader cycle contracts unhedged price_c cash_c payoff_c fees_c realised_c
  floor_c
ChainSettled at_ms trader price_c pairs realised_c
BookAdjusted at_ms trader right strike before after
PositionsValued at_ms contracts value_c
SessionEnded at_ms reason
"""
"""The kinds of version 0.1.0 with their fields, in order; never to be changed."""


def kinds() -> list[tuple[str, tuple[str, ...]]]:
    rows = [row.split() for row in RELEASED.replace("\n  ", " ").strip().splitlines()]
    return [(name, tuple(fields)) for name, *fields in rows]


def read(kind: str, *fields: object) -> ev.Event:
    ((_, event),) = decode(1, 1, json.dumps([[kind], [fields]]).encode())
    return event


@pytest.mark.parametrize(("kind", "fields"), kinds(), ids=[name for name, _ in kinds()])
def test_a_row_of_the_first_release_is_read(kind: str, fields: tuple[str, ...]) -> None:
    event = read(kind, *fields)
    assert event._fields[: len(fields)] == fields == event[: len(fields)]
    assert event[len(fields) :] == tuple(type(event)._field_defaults.values())


def test_an_alarm_that_was_restated_as_it_spread_is_the_desks_and_cleared_as_one() -> None:
    """As a version between two releases wrote what one feed did to many chains."""
    rows = (
        read("AlarmRaised", 1, "A01", 2, "STALE", "SPY 2026-12-04", "on 1 chain", "c", "r"),
        read("AlarmRestated", 2, "A01", "desk", "on 2 chains"),
        read("AlarmCleared", 3, "A01"),
    )
    state = DeskState()
    for event in rows[:2]:
        state.apply(event)
    assert state.notices.alarms["A01"].places == {"desk": "on 2 chains"}
    assert state.notices.raised[2] == 1
    state.apply(rows[2])
    assert not state.notices.alarms
