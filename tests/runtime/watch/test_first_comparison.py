"""What a desk asked of its broker before the first order is a comparison, told as such."""

from __future__ import annotations

import pytest

from engine.brokers.protocol import ContractPosition
from engine.orders import events as ev
from tests.support.desks import simulated
from tests.support.operator_steps import Operated
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel import header, phase
from tui.viewmodel.view import View


def recon(desk: Operated) -> tuple[str, str]:
    """What PHASE / HEALTH and the header say of book and broker."""
    view = View(desk.snapshot(), ScreenState(), UNICODE)
    lines = {line[0][0].strip(): text_of(line[1:]) for line in phase.health_lines(view, 60)}
    return lines["recon"], text_of(header.first(view, 200)).partition("recon ")[2].rstrip()


def test_a_desk_that_has_just_begun_says_what_it_compared_and_when() -> None:
    desk = Operated()
    chains = len(desk.context.traders)
    assert not desk.sent
    told, head = recon(desk)
    assert told.startswith(f"MATCH  {chains} chains 0") and head.startswith("MATCH 0")
    desk.run(12.0)
    assert "12s ago" in recon(desk)[0]
    desk.run(30.0)
    (compared,) = desk.of(ev.BooksCompared)
    assert (compared.chains, compared.difference) == (chains, ""), "journaled as ever"


def test_a_difference_found_before_the_first_order_is_told_at_once() -> None:
    desk = simulated()
    symbol = next(iter(desk.executor.context.traders.values()))
    stranger = ContractPosition(symbol.symbol, symbol.expiration, "call", 700.0, 1)
    desk.exchange.positions = lambda: (stranger,)  # type: ignore[method-assign]
    assert recon(Operated(desk))[0].startswith("DIFFERENCE")


@pytest.mark.parametrize("told", [None, ConnectionError("no route")])
def test_what_a_broker_did_not_tell_is_not_called_compared(told: Exception | None) -> None:
    desk = simulated()

    def positions() -> None:
        if told is not None:
            raise told

    desk.exchange.positions = positions  # type: ignore[assignment, method-assign]
    assert recon(Operated(desk)) == ("not compared yet", "?")
