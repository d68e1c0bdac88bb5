"""What stands at a gateway: each sentence by itself, as long as it holds, and never too many."""

from __future__ import annotations

import pytest

from engine.brokers.http.redaction import Redactor
from engine.brokers.remote.facts import LONGEST_TROUBLE, MOST_TROUBLES, Health, health_of
from engine.gateway.troubles import MOST_KEPT, MOST_OF_A_KIND, STANDS_S, Troubles
from tests.support.waiting_clock import WaitingClock


class Told:
    """Troubles with a clock by hand, and their log."""

    def __init__(self) -> None:
        self.clock = WaitingClock()
        self.log: list[str] = []
        self.troubles = Troubles(self.clock, self.log.append, Redactor(()))
        self.tell, self.hold = self.troubles.tell, self.troubles.hold

    def rows(self) -> list[tuple[str, str]]:
        return [(each.where, each.text) for each in self.troubles.standing()]


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_second_one_of_a_kind_stands_beside_the_first(told: Told) -> None:
    told.tell("FOREIGN_FILL", "bought 1")
    told.tell("CANCEL_STUCK", "order 1")
    told.tell("FOREIGN_FILL", "bought 2")
    told.tell("FOREIGN_FILL", "bought 1")
    stand = {("FOREIGN_FILL", "bought 1"), ("CANCEL_STUCK", "order 1"),
             ("FOREIGN_FILL 2", "bought 2")}  # fmt: skip
    assert set(told.rows()) == stand
    assert len(told.log) == 3, "what stands is logged once"


def test_what_is_told_again_and_again_stands_and_what_is_not_falls(told: Told) -> None:
    told.tell("FOREIGN_FILL", "bought 1")
    for _ in range(40):
        told.tell("HELD_OTHERWISE", "not traded here: 1 AAVE")
        told.clock.move(STANDS_S / 20)
    assert told.rows() == [("HELD_OTHERWISE", "not traded here: 1 AAVE")]
    assert len(told.log) == 2
    told.tell("FOREIGN_FILL", "bought 1")
    assert ("FOREIGN_FILL 2", "bought 1") in told.rows(), "it is news once more"
    assert len(told.log) == 3


def test_what_holds_until_a_new_start_never_falls_and_what_is_over_does_soon(told: Told) -> None:
    told.tell("EXECUTION_ODD", "execution 7: no side")
    told.tell("ACCOUNT_BLOCKED", "trading blocked")
    told.clock.move(31.0)
    assert told.rows() == [("EXECUTION_ODD", "execution 7: no side")]
    told.clock.move(100 * STANDS_S)
    assert told.rows() == [("EXECUTION_ODD", "execution 7: no side")]


def test_what_is_held_stands_once_until_its_sentence_is_empty(told: Told) -> None:
    for second in range(5):
        told.hold("KEYS_REFUSED", f"for {second} s")
    assert told.rows() == [("KEYS_REFUSED", "for 4 s")]
    told.hold("KEYS_REFUSED", "")
    told.hold("KEYS_REFUSED", "")
    assert told.rows() == [] and len(told.log) == 1


def test_many_of_one_kind_hide_no_other_and_are_counted(told: Told) -> None:
    told.tell("EXECUTION_ODD", "execution 7: no side")
    told.tell("FOREIGN_ORDER", "order B7")
    for number in range(2 * MOST_KEPT):
        told.tell("FOREIGN_FILL", f"bought {number}")
    rows = told.rows()
    assert len(rows) <= MOST_TROUBLES
    assert ("EXECUTION_ODD", "execution 7: no side") in rows, "it holds, and is never forgotten"
    fills = [
        text for where, text in rows if where.startswith("FOREIGN_FILL ") and "all" not in where
    ]
    newest = range(2 * MOST_KEPT - MOST_OF_A_KIND, 2 * MOST_KEPT)
    assert fills == [f"bought {number}" for number in newest]
    assert rows[0] == ("FOREIGN_FILL all", "255 in all, of which the last 8 are told here")


def test_a_sentence_reaches_the_desk_as_long_as_the_gateway_lets_it_be(told: Told) -> None:
    told.tell("FOREIGN_FILL", "x" * 250 + ": look at the broker")
    told.hold("BOOK_DIFFERS", "y" * 1_000)
    health = Health(True, True, 0.0, troubles=told.troubles.standing())
    heard = health_of(health.plain())
    assert heard.troubles == health.troubles
    assert heard.troubles[0].text.endswith(": look at the broker")
    assert len(heard.troubles[1].text) == LONGEST_TROUBLE
