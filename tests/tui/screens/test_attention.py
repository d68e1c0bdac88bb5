"""A list never hides what is urgent: its top stays in sight, and rows that are not are counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.snapshot import EngineSnapshot, TraderState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts
from tui.lists.declared import arranged
from tui.viewmodel import attention, balances, traders
from tui.viewmodel.frame import Box
from tui.viewmodel.panes import balances_pane

QUIET = tuple(views.trader(f"Q{n:02d}", n=20, k=5) for n in range(100))


def hundred(version: int = 1, **states: dict[str, Any]) -> EngineSnapshot:
    rows = tuple(replace(t, **states.get(t.symbol, {})) for t in QUIET)
    return desks.normal(version=version, traders=rows, alarms=(), fill_model="crossing")


LEGGED: dict[str, Any] = {
    "state": TraderState.HEDGING,
    "stage": "H5",
    "hung_s": views.NOW - 400,
    "open_c": 200,
}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_rows_that_become_urgent_come_into_sight_although_the_cursor_is_far_below(
    open_app, size
):
    app, desk = open_app(hundred())
    async with app.run_test(size=size):
        desk.now = hundred(2, **{f"Q{n}": LEGGED for n in range(60, 90)})
        app.look()
        shown = texts(app, "traders")
        assert shown[2].strip("│ ").split()[:2] == ["HDG", "Q60"]
        assert "cursor on 31" in " ".join(shown)
        hidden = 30 - sum("HDG" in row for row in shown)
        assert (f"{hidden} urgent out of sight" in shown[0]) == (hidden > 0)


async def test_the_view_stays_with_a_cursor_that_was_moved_until_ten_seconds_have_passed(
    open_app, clock
):
    app, desk = open_app(hundred())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("G")
        desk.now = hundred(2, Q50=LEGGED)
        app.look()
        assert any("▸" in row or ">" in row for row in texts(app, "traders")[2:])
        assert "1 urgent out of sight" in texts(app, "traders")[0]
        clock.pass_by(9.9)
        app.look()
        assert any("▸" in row or ">" in row for row in texts(app, "traders")[2:])
        clock.pass_by(0.2)
        app.look()
        assert texts(app, "traders")[2].split()[:2] == ["HDG", "Q50"]
        assert app.state.selected(1) == QUIET[-1].key  # the choice stays, only the view goes
        await pilot.press("j")
        assert app.state.selection(1).index == 0  # what is chosen next is in sight


async def test_a_list_without_the_focus_always_shows_its_top(open_app):
    app, _ = open_app(hundred())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("G")
        top = app.state.selection(1).top
        assert top > 0
        await pilot.press("6")
        assert app.state.selection(1).top == 0


async def test_a_pane_of_text_begins_at_its_top_when_the_keys_leave_it(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2", "j", "j")
        before = texts(app, "phase")
        await pilot.press("1")
        assert texts(app, "phase") != before
        assert "MORNING" in texts(app, "phase")[1]


def test_what_can_cost_money_soonest_comes_first(open_app) -> None:
    rows = (
        views.trader("ZZZ"),
        views.trader("HOLD", state=TraderState.HELD),
        views.trader("STAL", state=TraderState.STALE, stale=True),
        views.trader("STEX", state=TraderState.STALE, stale=True, net_contracts=1, open_c=100),
        views.trader("LOST"),
        views.trader("YNG3", **{**LEGGED, "stage": "H3", "hung_s": views.NOW - 25}),
        views.trader("OLD3", **{**LEGGED, "stage": "H3", "hung_s": views.NOW - 50}),
        views.trader("OWN5", **LEGGED),
        views.trader("GRAV"),
        views.trader("AAA"),
    )
    order = views.order(1, "LOST", "D", "unknown", 9.0, trader=rows[4].key)
    alarm = views.alarm(1, priority=1, where=f"{rows[8].key}/7")
    app, _ = open_app(desks.normal(traders=rows, orders=(order,), alarms=(alarm,)))
    view = app.view()
    shown = [t.symbol for t in traders.rows(view)]
    assert shown == [
        "GRAV", "OWN5", "OLD3", "YNG3", "LOST", "STEX", "HOLD", "STAL", "AAA", "ZZZ",
    ]  # fmt: skip
    urgent = attention.urgent(view)
    assert [t.symbol for t in traders.rows(view) if t.key in urgent] == shown[:6]


def test_balances_show_what_is_urgent_as_the_traders_do_and_then_the_most_open_dollars(
    open_app,
) -> None:
    rows = (
        views.trader("OWN5", **LEGGED),
        views.trader("GRAV"),
        views.trader("CALM"),
        views.trader("RICH"),
        views.trader("AAA"),
    )
    chains = (
        views.balance(rows[4]),
        views.balance(rows[3], net=2, open_c=90_000),
        views.balance(rows[0], net=1, open_c=200),
        views.balance(rows[1]),
        views.balance(rows[2], net=-3, open_c=500),
    )
    alarm = views.alarm(1, priority=1, where=f"{rows[1].key}/7")
    desk = desks.normal(traders=rows, balances=chains, alarms=(alarm,))
    app, _ = open_app(desk)
    shown = [b.symbol for b in arranged(balances.LIST, app.view()).rows]
    assert shown == ["GRAV", "OWN5", "RICH", "CALM", "AAA"]
    assert shown[:2] == [t.symbol for t in traders.rows(app.view())][:2]
    title = "".join(
        text for text, _ in balances_pane(app.view(), Box(100, 5, boxed=True, focused=False))[0]
    )
    assert "1 urgent out of sight" in title, "of two in one row of room"


async def test_a_p1_alarm_that_wants_another_answer_rings_again_and_one_that_does_not_is_silent(
    open_app, monkeypatch
):
    def shown(version: int, since_s: float, state: str = "unacked") -> EngineSnapshot:
        alarm = views.alarm(1, priority=1, state=state, raised_s=since_s)
        return replace(hundred(version), alarms=(alarm,))

    app, desk = open_app(shown(1, 100.0))
    rung: list[int] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append(desk.now.version))
    async with app.run_test(size=(80, 24)):
        for version, since_s, state in (
            (2, 100.0, "unacked"),
            (3, 100.0, "acked"),
            (4, 200.0, "unacked"),
            (5, 200.0, "unacked"),
        ):
            desk.now = shown(version, since_s, state)
            app.look()
    assert len(rung) == 2 and rung[-1] == 4


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_chain_balances_begin_with_the_units_that_traders_begins_with(open_app, size):
    states = {
        "Q70": {**LEGGED, "stage": "H2", "hung_s": views.NOW - 12, "open_c": 90},
        "Q80": {**LEGGED, "open_c": 80},
        "Q90": {"state": TraderState.HEDGING, "stage": "H0", "hung_s": views.NOW - 1},
    }
    desk = hundred(1, **states)
    chains = tuple(
        replace(views.balance(t, net=9 if t.symbol == "Q90" else 1, open_c=t.open_c))
        if t.symbol in states
        else views.balance(t)
        for t in desk.traders
    )
    app, _ = open_app(replace(desk, balances=chains))
    async with app.run_test(size=size):
        shown = [row.strip("│ ").split()[:1] for row in texts(app, "balances")[2:5]]
        assert shown == [["Q80"], ["Q70"], ["Q90"]]
        assert "3 open" in texts(app, "balances")[0]
        assert "urgent" not in texts(app, "balances")[0]


def test_an_open_chain_that_no_trader_looks_after_is_urgent(open_app) -> None:
    desk = hundred(Q50=LEGGED)
    gone = views.balance(views.trader("GONE"), net=2, open_c=10, since=views.NOW - 60)
    chains = (*(views.balance(t, net=int(t.symbol == "Q50")) for t in desk.traders), gone)
    app, _ = open_app(replace(desk, balances=chains))
    view = app.view()
    assert [b.symbol for b in arranged(balances.LIST, view).rows][:3] == ["Q50", "GONE", "Q00"]
    urgent = balances.urgent(view)
    assert [b.symbol for b in arranged(balances.LIST, view).rows if b.key in urgent] == [
        "Q50",
        "GONE",
    ]


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("assumed", "assumed"),
        ("assumed-width", "assumed-width"),
        ("crossing", "crossing"),
        ("assumed-width (reference_width_c 25)", "assumed-width*"),
    ],
)
async def test_the_fill_model_is_named_beside_the_figures_however_much_there_is_to_say(
    open_app, text, model
):
    desk = replace(hundred(2, **{f"Q{n}": LEGGED for n in range(60, 90)}), fill_model=text)
    app, fake = open_app(replace(hundred(), fill_model=text))
    async with app.run_test(size=(80, 24)) as pilot:
        fake.now = desk
        app.look()
        title = texts(app, "traders")[0]
        assert f"fills:{model} " in title
        assert "urgent out of sight" in title
        assert "…" not in title
        await pilot.press("slash", *"q6", "enter", "space")
        title = texts(app, "traders")[0]
        assert f"fills:{model} " in title and "filter:q6" in title and "…" not in title


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_title_says_what_the_list_is_sorted_by_however_many_urgent_rows_are_unseen(
    open_app, size
):
    app, _ = open_app(hundred(2, **{f"Q{n}": LEGGED for n in range(60, 99)}))
    async with app.run_test(size=size) as pilot:
        await pilot.press(*":sort completed", "enter")
        app.look()
        title = texts(app, "traders")[0]
        assert "sort:completed" in title and "fills:" in title, title
        assert "urgent out of sight" in title or "urgent unseen" in title
