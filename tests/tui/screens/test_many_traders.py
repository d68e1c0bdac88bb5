"""A thousand traders: what a key draws anew, what it does not, and that neither lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from engine.snapshot import TraderView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.every_list import everything
from tests.support.screen_text import front, texts
from tui.app import DeskApp
from tui.drawn_ahead import AFTER_A_KEY_S, BETWEEN_S, DrawnAhead
from tui.lists.declared import arranged, read_ahead
from tui.screens.main import MainScreen
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import Line
from tui.viewmodel import attention, traders
from tui.viewmodel.frame import Box
from tui.viewmodel.panes import PANES, Drawer
from tui.viewmodel.view import View
from tui.widgets.lines_widget import LinesWidget


def differing(app: DeskApp) -> list[str]:
    """Panes that show something else than what is drawn from the state anew."""
    screen = front(app)
    found = []
    for name, place in screen._placed.plan.places.items():
        if name in PANES:
            number, draw = PANES[name]
            focused = app.state.pane == number
            fresh = draw(
                app.view(), Box(place.width, place.height, screen._placed.plan.boxed, focused)
            )
            if fresh != screen.query_one(f"#{name}", LinesWidget).lines:
                found.append(name)
    return found


async def test_panes_that_a_key_leaves_alone_show_what_they_would_if_they_were_drawn(
    open_app, clock
):
    app, desk = open_app(everything())
    steps = (
        "j 3 j j space 1 F s p enter 5 o j 1 o 6 j z escape 1 slash s p y enter escape O minus 4 j "
        "1 f f 8 j G 2 j 1 V space enter"
    )
    async with app.run_test(size=(200, 60)) as pilot:
        for n, key in enumerate(steps.split()):
            await pilot.press(key)
            if not app.screen.is_modal:
                assert differing(app) == [], (n, key)
        clock.pass_by(11.0)
        app.repaint()
        assert differing(app) == []
        desk.now = replace(desks.normal(), version=99)
        app.look()
        assert differing(app) == []
        clock.pass_by(1.5)  # no new snapshot: every age is old now, in every pane
        app.look()
        assert differing(app) == []


def counted(drawn: list[str], name: str, draw: Drawer) -> Drawer:
    def draw_it(view: View, box: Box) -> list[Line]:
        drawn.append(name)
        return draw(view, box)

    return draw_it


async def test_a_key_draws_the_pane_it_moves_in_and_no_other(open_app, monkeypatch):
    app, _ = open_app(desks.many(1_000))
    drawn: list[str] = []
    for name, (number, draw) in list(PANES.items()):
        monkeypatch.setitem(PANES, name, (number, counted(drawn, name, draw)))
    async with app.run_test(size=(200, 60)) as pilot:
        assert isinstance(front(app), MainScreen)
        assert len(set(drawn)) == len(PANES)
        drawn.clear()
        await pilot.press("j")
        assert drawn == ["traders"]
        await pilot.press("slash", "s")
        assert set(drawn) == {"traders"}


def test_attention_is_reckoned_anew_only_for_traders_that_changed(monkeypatch):
    rows = desks.many(1_000).traders
    state = ScreenState()
    reckoned: list[str] = []
    once = attention.rank

    def once_more(t: TraderView, *more: frozenset[str]) -> attention.Rank:
        reckoned.append(t.key)
        return once(t, *more)

    monkeypatch.setattr(attention, "rank", once_more)

    def shown(version: int, rows, alarms=()) -> list[str]:
        desk = desks.normal(version=version, traders=tuple(rows), alarms=alarms)
        return arranged(traders.LIST, View(desk, state, UNICODE)).keys

    shown(1, rows)
    assert len(reckoned) == 1_000
    reckoned.clear()
    hung = replace(rows[500], stage="H5", hung_s=views.NOW - 400, open_c=200)
    assert shown(2, [*rows[:500], hung, *rows[501:]])[0] == hung.key
    assert reckoned == [hung.key]
    # An alarm changes no row, and still what comes first.
    alarm = views.alarm(1, priority=1, where=f"{rows[7].key}/3")
    assert shown(3, [*rows[:500], hung, *rows[501:]], (alarm,))[:2] == [rows[7].key, hung.key]
    assert reckoned == [hung.key, rows[7].key]
    assert shown(4, [*rows[:500], hung, *rows[501:]])[0] == hung.key


def test_rows_are_read_ahead_a_few_at_a_time_and_the_filter_finds_the_same():
    snapshot = desks.many(1_000)
    ahead = View(snapshot, ScreenState(), UNICODE)
    steps = 1
    while read_ahead(traders.LIST, ahead, 400):
        assert len(ahead.state.texts["traders"]) == 400 * steps
        steps += 1
    assert steps == 3 and len(ahead.state.texts["traders"]) == 1_000
    cold = View(snapshot, ScreenState(), UNICODE)
    for view in (ahead, cold):
        traders.LIST.choices(view).filter_by("s08 17")
    assert arranged(traders.LIST, ahead).keys == arranged(traders.LIST, cold).keys != []


async def test_a_move_of_the_cursor_is_drawn_over_what_is_on_the_screen_until_the_next_beat(
    open_app,
):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        app._beat = True
        app._look_every(3_600.0)
        before, chosen = texts(app, "header")[1], app.state.selected(1)
        totals = replace(desk.now.totals, floor_c=desk.now.totals.floor_c + 123_400)
        desk.now = replace(desk.now, version=desk.now.version + 1, totals=totals)
        await pilot.press("j")
        assert app.state.selected(1) != chosen
        assert texts(app, "header")[1] == before
        await pilot.press("p")  # what asks for something looks at once
        assert texts(app, "header")[1] != before


async def test_what_was_frozen_goes_on_with_what_is_so_now_and_not_a_beat_later(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        app._beat = True
        app._look_every(3_600.0)
        await pilot.press("f")
        before = texts(app, "traders")
        first, *others = desk.now.traders
        changed = replace(first, attempts=first.attempts + 1_000)
        desk.now = replace(desk.now, version=desk.now.version + 1, traders=(changed, *others))
        await pilot.press("j", "k")
        assert texts(app, "traders") == before
        await pilot.press("f")
        assert texts(app, "traders") != before


class Turns:
    """Does something between the pieces of a beat, in place of waiting."""

    def __init__(self, *between: Callable[[], object]) -> None:
        self._between = list(between)
        self.waited: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        if self._between and seconds == BETWEEN_S:
            self._between.pop(0)()


def shown_lines(app: DeskApp) -> dict[str, list[Line]]:
    return {name: front(app).query_one(f"#{name}", LinesWidget).lines for name in PANES}


async def test_a_beat_draws_its_panes_one_by_one_and_shows_them_together(open_app, monkeypatch):
    app, desk = open_app(desks.many(100))
    async with app.run_test(size=(200, 60)) as pilot:
        before, seen = shown_lines(app), []
        turns = Turns(*[lambda: seen.append(shown_lines(app))] * 8)
        app._drawn_ahead = DrawnAhead(turns)
        desk.now = replace(desks.normal(), version=99)
        drawn: list[str] = []
        await app._on_beat()
        assert seen == [before] * 8, "nothing of the new snapshot is shown beside the former one"
        assert turns.waited == [BETWEEN_S] * 8
        assert differing(app) == [] and shown_lines(app) != before
        for name, (number, draw) in list(PANES.items()):
            monkeypatch.setitem(PANES, name, (number, counted(drawn, name, draw)))
        app.repaint()
        assert drawn == ["traders"], "what was drawn ahead is what is on the screen"
        await pilot.pause()


async def test_a_key_between_the_panes_of_a_beat_moves_over_what_is_on_the_screen(open_app):
    app, desk = open_app(desks.many(100))
    async with app.run_test(size=(200, 60)):
        app._beat = True
        app._look_every(3_600.0)
        chosen, seen = app.state.selected(1), []

        def down() -> None:
            app.action_do("down")
            seen.append((app.state.selected(1), differing(app)))

        turns = Turns(lambda: None, down)
        app._drawn_ahead = DrawnAhead(turns)
        desk.now = replace(desk.now, version=99, now_s=desk.now.now_s + 5.0)
        await app._on_beat()
        ((moved, odd),) = seen
        assert moved != chosen and odd == [], "all panes still show the former snapshot"
        assert turns.waited[:3] == [BETWEEN_S, BETWEEN_S, AFTER_A_KEY_S]
        assert app.view().snapshot is desk.now and app.state.selected(1) == moved
        assert differing(app) == []


@pytest.mark.parametrize(
    "action", ["pane-3", "pane-5", "zoom", "sort", "blotter", "mark", "freeze"]
)
async def test_whatever_a_key_changes_between_the_panes_of_a_beat_is_on_the_screen_after_it(
    open_app, action
):
    for piece in range(8):
        app, desk = open_app(everything())
        async with app.run_test(size=(200, 60)) as pilot:
            do = partial(app.action_do, action)
            app._drawn_ahead = DrawnAhead(Turns(*[lambda: None] * piece, do))
            desk.now = replace(desks.normal(), version=99)
            await app._on_beat()
            await pilot.pause()
            if action != "blotter":
                assert differing(app) == [], (action, piece)
            newest = desk.now if action != "freeze" else None
            assert newest is None or app.view().snapshot is newest


async def test_a_beat_shows_what_came_while_it_was_drawn_where_a_key_asked_for_it(open_app):
    app, desk = open_app(desks.many(100))
    async with app.run_test(size=(200, 60)):

        def ask() -> None:
            desk.now = replace(desk.now, version=100, now_s=desk.now.now_s + 1.0)
            app.action_do("sort")

        turns = Turns(lambda: None, ask)
        app._drawn_ahead = DrawnAhead(turns)
        desk.now = replace(desk.now, version=99, now_s=desk.now.now_s + 5.0)
        await app._on_beat()
        assert app.view().snapshot.version == 100
        assert len(turns.waited) == 3, "the rest of what is old is not drawn"
        assert differing(app) == []
