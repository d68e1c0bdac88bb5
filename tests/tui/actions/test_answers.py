"""The status line tells what became of a request, in real seconds, and of whose it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask, Command, Ticket, TicketState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts


async def test_requested_and_confirmed_are_shown_as_two_states(open_app):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("p")
        assert "requested" in texts(app, "status")[0]
        done = Ticket("T1", Ask.PAUSE, "AAPL-241220", TicketState.CONFIRMED, "paused", views.NOW)
        desk.now = replace(desk.now, version=2, tickets=(done,))
        app.look()
        assert "confirmed: paused" in texts(app, "status")[0]


async def test_an_answer_that_names_what_it_is_about_is_told_in_full_at_80_columns(open_app):
    app, desk = open_app()
    name = "limits.day_loss_exit_only_usd"
    async with app.run_test(size=(80, 24)):
        app.bridge.submit(Command(Ask.TIGHTEN, name, args={"value": 100_000.01}))
        said = f"{name} 111,111.11 -> 100,000.01"
        done = Ticket("T1", Ask.TIGHTEN, name, TicketState.CONFIRMED, said, views.NOW)
        desk.now = replace(desk.now, version=2, tickets=(done,))
        app.look()
        assert texts(app, "status")[0].strip() == f"tighten confirmed: {said}"


@pytest.mark.parametrize("key", ["h", "b", "l", "t", "c", "i", "D", "e"])
async def test_a_screen_that_is_about_no_trader_does_not_say_why_the_selected_one_waits(
    open_app, key
):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        assert texts(app, "status")[0].startswith(" SPY 20DEC24 HDG ")
        await pilot.press(key)
        assert "SPY 20DEC24 HDG" not in texts(app, "status")[0]
        await pilot.press("escape")
        assert texts(app, "status")[0].startswith(" SPY 20DEC24 HDG ")


async def test_requests_of_one_key_are_told_as_one_with_how_many_of_how_many(open_app, clock):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("space", "space", "space", "p")
        asked = list(desk.asked)
        assert len(asked) == 3
        assert "pause 3 traders requested: 0 of 3 answered" in texts(app, "status")[0]

        def answers(*states: TicketState, why: str = "paused") -> str:
            tickets = tuple(
                Ticket(f"T{number}", Ask.PAUSE, each.target, state, why, views.NOW)
                for number, (each, state) in enumerate(zip(asked, states, strict=False), 1)
            )
            desk.now = replace(desk.now, version=desk.now.version + 1, tickets=tickets)
            app.look()
            return texts(app, "status")[0]

        done, refused = TicketState.CONFIRMED, TicketState.REFUSED
        assert "pause 3 traders requested: 2 of 3 answered" in answers(done, done)
        assert "pause 3 traders confirmed: 3 of 3, paused" in answers(done, done, done)
        told = answers(done, refused, refused, why="it is over")
        assert "pause 3 traders refused: 2 of 3, it is over; 1 confirmed" in told
        await pilot.press("H")
        assert "halt requested" in texts(app, "status")[0]


async def test_a_request_is_told_for_some_real_seconds_whatever_the_speed_of_time(open_app, clock):
    app, desk = open_app(desks.normal(speed=500.0))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("p")
        desk.now = replace(desk.now, version=2, now_s=views.NOW + 3_000)
        clock.pass_by(6)
        app.look()
        assert "pause AAPL-241220 requested" in texts(app, "status")[0]
        clock.pass_by(7)
        app.look()
        assert "requested" not in texts(app, "status")[0]
