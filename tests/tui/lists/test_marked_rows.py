"""Marked rows: an action is about all of them that it can touch, and about no other."""

from __future__ import annotations

from dataclasses import replace

from engine.commands import Ask
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.every_list import everything, shown_keys
from tests.support.screen_text import texts
from tui.pane_numbers import ORDERS

# ------------------------------------------------------------------------------------- marks


async def test_marked_traders_pause_together_and_the_footer_says_how_many(open_app):
    app, desk = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "space", "space")
        assert "p Pause 3" in " ".join(texts(app, "footer"))
        await pilot.press("p")
        assert [c.ask for c in desk.asked] == [Ask.PAUSE] * 3
        assert len({c.target for c in desk.asked}) == 3
        await pilot.press("U")
        assert "Pause 3" not in " ".join(texts(app, "footer"))


async def test_several_are_resumed_only_by_a_second_key_that_has_armed(open_app, clock):
    app, desk = open_app(desks.paused())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "space", "r")
        question = " ".join(
            "".join(t for t, _ in line) for line in app.screen.query_one("#question").lines
        )
        assert "Resume 2 marked traders" in question
        await pilot.press("enter", "space", "y")
        assert desk.asked == []
        clock.pass_by(0.41)
        await pilot.press("enter", "space")
        assert desk.asked == []
        await pilot.press("y")
        assert [c.ask for c in desk.asked] == [Ask.RESUME] * 2
        await pilot.press("r", "escape")
        assert len(desk.asked) == 2


async def test_marked_orders_that_may_execute_are_cancelled_together(open_app):
    base = everything()
    working = [
        replace(o, id=f"S7-SPY-{n}-D1", status="working") for n, o in enumerate(base.orders[:2])
    ]
    app, desk = open_app(replace(base, orders=(*working, *base.orders[2:])))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b", "g", *["space"] * len(shown_keys(app, "orders")))
        live = [
            o.id
            for o in app.view().snapshot.orders
            if o.status in ("working", "partial", "unknown", "canceling", "sent", "intended")
        ]
        assert f"x Cancel order {len(live)}" in " ".join(texts(app, "footer"))
        await pilot.press("x")
        asked = [c for c in desk.asked if c.ask is Ask.CANCEL_ORDER]
        assert sorted(c.target for c in asked) == sorted(live)
        assert len(live) >= 2


async def test_marks_that_an_action_cannot_touch_leave_the_row_under_the_cursor_alone(open_app):
    base = everything()
    done = next(o for o in base.orders if o.status == "filled")
    app, desk = open_app(base)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b")
        app.state.choices("orders").mark(done.id)
        app.state.go_to(ORDERS, next(o.id for o in base.orders if o.status == "working"))
        app.look()
        assert "x cancel 0 marked" in texts(app, "list")[-1]
        await pilot.press("x")
        assert desk.asked == []
        assert "none of 1 marked order may still execute" in texts(app, "status")[0]
        await pilot.press("l", "space", "a")
        desk.asked.clear()
        acked = replace(base.alarms[0], state="acked")
        desk.now = replace(base, version=2, alarms=(acked, *base.alarms[1:]))
        app.look()
        await pilot.press("a")
        assert desk.asked == []


async def test_marked_alarms_are_acknowledged_and_shelved_together_but_no_p1_is_shelved(open_app):
    alarms = tuple(
        views.alarm(n, 1 if n == 1 else 2, code=f"C{n}", state="unacked") for n in range(1, 5)
    )
    app, desk = open_app(desks.normal(alarms=alarms))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "space", "space", "space", "a")
        assert [c.ask for c in desk.asked] == [Ask.ACKNOWLEDGE] * 3
        desk.asked.clear()
        await pilot.press("z", *"feed", "enter")
        assert [(c.ask, c.reason) for c in desk.asked] == [(Ask.SHELVE, "feed")] * 2


async def test_a_mark_of_a_row_that_is_gone_touches_nothing(open_app):
    app, desk = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        gone = next(iter(app.state.choices("traders").marks))
        rest = tuple(t for t in desk.now.traders if t.key != gone)
        desk.now = replace(desk.now, version=2, traders=rest)
        app.look()
        await pilot.press("p")
        assert [c.target for c in desk.asked] == [app.state.selected(1)]
        assert "0 marked" in texts(app, "traders")[0]
