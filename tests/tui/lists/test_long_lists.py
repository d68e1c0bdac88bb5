"""Lists that are longer than what a snapshot has of them."""

from __future__ import annotations

from dataclasses import replace

from engine.snapshot import EngineState, EventLine, ListPage
from tests.support import sample_views as views
from tests.support.every_list import everything, shown_keys
from tests.support.held_positions import held, positions
from tests.support.screen_text import texts
from tui.pane_numbers import PAIRS, TEXT

# --------------------------------------------------------------------------------- the whole


async def test_all_of_6783_pairs_are_reached_filtered_and_sorted(open_app):
    everyone = tuple(held(n, floor_c=n) for n in range(6_783))
    few = replace(positions(pairs=everyone[:200]), more=6_583)
    app, desk = open_app(replace(everything(), positions=few))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i")
        app.look()
        assert desk.lists == ["list:pairs"]
        starts = range(0, 6_783, 1_000)
        for serial, start in enumerate(starts, 1):
            rows = everyone[start : start + 1_000]
            page = ListPage(serial, "pairs", "", start, 6_783, views.NOW, rows)
            desk.now = replace(desk.now, version=serial + 1, pages=(page,))
            app.look()
            if serial == 3:
                assert "3,000 of 6,783 so far" in texts(app, "held")[0]
        assert len(shown_keys(app, "pairs")) == 6_783
        assert "so far" not in texts(app, "held")[0]
        await pilot.press("G")
        assert "of 6,783" in texts(app, "held")[-1]
        assert (
            app.state.selected(PAIRS) == everyone[-1].key
            or app.state.selection(PAIRS).index == 6_782
        )
        await pilot.press("slash", *"cycle 6782", "enter")
        assert [key.rpartition("/")[2] for key in shown_keys(app, "pairs")] == ["6782"]
        await pilot.press("escape", "escape")
        assert app.place == "main"
        assert desk.lists[-1] == "list:"


async def test_the_text_of_the_log_stays_short_and_unfiltered_however_many_events_have_come(
    open_app,
):
    base = everything()
    many = tuple(EventLine(float(n), "eng", f"event {n}", n) for n in range(1, 3_001))
    app, desk = open_app(replace(base, events=many[-120:]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("l", "v")
        desk.now = replace(
            desk.now, version=2, pages=(ListPage(1, "events", "", 0, 3_000, 0.0, many[::-1]),)
        )
        await pilot.press("slash", *"t 29", "enter")
        assert len(shown_keys(app, "events")) > 100
        await pilot.press("v")
        assert len(app.state.keys[TEXT]) < 200
        assert "event 3000" in "".join(texts(app, "chosen"))


async def test_after_the_end_pages_are_asked_for_one_by_one(open_app):
    app, desk = open_app(replace(everything(), state=EngineState.ENDED))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b")
        app.look()
        asked = len(desk.lists)
        app.look()
        assert len(desk.lists) == asked + 1
        rows = desk.now.orders
        page = ListPage(1, "orders", "", 0, len(rows), views.NOW, rows)
        desk.now = replace(desk.now, version=9, pages=(page,))
        app.look()
        asked = len(desk.lists)
        app.look()
        assert len(desk.lists) == asked
