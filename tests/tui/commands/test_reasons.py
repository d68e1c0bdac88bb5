"""Why a command would be refused is said in the words in which the engine refuses it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands import Ask, Command, TicketState
from engine.risk import gates
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated
from tui.commands.effects import LIFTED, OF_A_CYCLE, closed_still, of_requests
from tui.commands.preview import preview
from tui.pane_numbers import ORDERS
from tui.state import ScreenState
from tui.text.formats import displayed
from tui.text.glyphs import UNICODE
from tui.viewmodel.view import View


def test_the_gates_that_a_resume_opens_or_waits_for_are_the_engines():
    assert {gate.value for gate in gates.OF_A_CYCLE} == OF_A_CYCLE
    assert {gate.value for gate in gates.Gate} >= LIFTED


@pytest.mark.parametrize("gate", [g for g in gates.Gate if g.value not in LIFTED | OF_A_CYCLE])
def test_what_keeps_a_resumed_trader_from_entering_is_its_gate_in_its_own_words(gate):
    text = gates.sentence(gate)
    row = views.trader("SPY", gate=gate.value, gate_text=text)
    assert closed_still([row]) == f"nothing is entered yet: {displayed(text)}"


def view_of(desk: Operated) -> View:
    shown, state = desk.snapshot(), ScreenState()
    state.follow(1, [t.key for t in shown.traders], 10)
    return View(shown, state, UNICODE)


def test_refusals_and_closed_gates_are_those_of_the_engine():
    desk = Operated(simulated(settings(8)))
    desk.run(60)
    first = next(iter(desk.context.traders))

    def refused(action: str, ask: Ask, target: str = "*", **args: Any) -> str:
        told = preview(view_of(desk), action, "main")
        ticket = desk.ask(ask, target, **args)
        assert ticket.state is TicketState.REFUSED and told.refused
        assert told.text == displayed(ticket.text)
        return told.text

    assert refused("resume-after-kill", Ask.RESUME_AFTER_KILL, word="RESUME")

    trader = desk.legged()
    view = view_of(desk)
    credit = next(o for o in view.snapshot.orders if o.trader == trader and o.part != "D"
                  and o.status == "working")  # fmt: skip
    view.state.focus(ORDERS)
    view.state.follow(ORDERS, [o.id for o in view.snapshot.orders], 50)
    view.state.go_to(ORDERS, credit.id)
    told, ticket = preview(view, "cancel", "main"), desk.ask(Ask.CANCEL_ORDER, credit.id)
    assert told.refused and told.text == ticket.text

    # A resume says which gate stays closed, before it is asked.
    desk.ask(Ask.HALT)
    desk.ask(Ask.PAUSE, first)
    view = view_of(desk)
    view.state.selection(1).select(first)
    told, ticket = preview(view, "resume", "main"), desk.ask(Ask.RESUME, first)
    assert ticket.state is TicketState.CONFIRMED and not told.refused
    why = displayed(ticket.text.partition("yet: ")[2])
    assert why and told.text.endswith(f"nothing is entered yet: {why}")

    desk.ask(Ask.DRAIN)
    desk.run(0.01)
    view = view_of(desk)
    ticket = desk.ask(Ask.RESUME, first)
    assert ticket.state is TicketState.REFUSED
    told = of_requests(view, [Command(Ask.RESUME, first)])
    assert told.refused and told.text == ticket.text


@pytest.mark.parametrize("make", [desks.normal, desks.troubled, desks.killed, desks.open_units])
def test_what_a_preview_does_not_refuse_has_requests_and_what_it_refuses_has_none(make):
    from tui.actions.requests import COMMANDS

    state = ScreenState()
    view = View(make(), state, UNICODE)
    state.follow(1, [t.key for t in view.snapshot.traders], 10)
    for name, asked in COMMANDS.items():
        told = preview(view, name, "main")
        if isinstance(asked(view, ""), str):
            assert told.refused, name
        assert told.text
