"""What the screen makes of the answers to its requests."""

import pytest

from engine.commands import Ask, Ticket, TicketState
from tui.bridge import told_as_one


@pytest.mark.parametrize("ask", Ask)
def test_requests_of_any_kind_can_be_told_as_one(ask: Ask) -> None:
    tickets = [Ticket(f"T{n}", ask, f"{n}", TicketState.CONFIRMED, "done") for n in (1, 2)]
    told = told_as_one(tickets)
    assert told.text == "2 of 2, done" and told.target.startswith("2 ")
