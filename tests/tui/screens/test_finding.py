"""Finding one's way: filter, sort, mouse, palette, themes, splash, replay, and what is watched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask, Ticket, TicketState
from engine.snapshot import EngineState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts, whole
from tui.actions.allowed import working
from tui.commands.entries import entries
from tui.commands.meaning import carry_out, meaning
from tui.commands.words import Around
from tui.screens.prompt import WordsPrompt
from tui.viewmodel import recommendations, trader_columns, traders


async def test_the_table_follows_the_filter_while_it_is_typed_and_escape_clears_it(open_app):
    app, _ = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", *"sp")
        assert app.screen.is_modal
        assert len(app.state.keys[1]) == 2
        assert "filter:sp" in texts(app, "traders")[0]
        await pilot.press("escape")
        assert not app.screen.is_modal
        assert app.state.choices("traders").filter == ""
        assert len(app.state.keys[1]) == 9


async def test_every_column_can_be_sorted_by_and_inverted(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(200, 60)) as pilot:
        for order in (traders.LIST.native, *traders.LIST.sorts):
            carry_out(app, meaning(Around(app.view(), "main"), f"sort {order}"))
            forward = list(app.state.keys[1])
            assert f"sort:{order}" in texts(app, "traders")[0]
            await pilot.press("S")
            assert app.state.keys[1] == forward[::-1]
            assert len(set(forward)) == 9


async def test_pressing_s_goes_round_all_orders(open_app):
    app, _ = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        seen = [app.state.choices("traders").sort]
        for _ in ("", *traders.LIST.sorts):
            await pilot.press("s")
            seen.append(app.state.choices("traders").sort)
        assert seen == ["", *traders.LIST.sorts, ""]


def test_every_column_of_the_traders_but_the_picture_can_be_sorted_by():
    unsorted = {c.title for c in trader_columns.COLUMNS if c.sort is None}
    assert unsorted == {"FILLS 60MIN"}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_click_on_a_head_sorts_by_its_column_and_another_inverts(open_app, size):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=size) as pilot:
        x = texts(app, "traders")[1].index("FLOOR$") + 2
        await pilot.click("#traders", offset=(x, 1))
        assert (app.state.choices("traders").sort, app.state.choices("traders").inverted) == (
            "floor",
            False,
        )
        await pilot.click("#traders", offset=(x, 1))
        assert (app.state.choices("traders").sort, app.state.choices("traders").inverted) == (
            "floor",
            True,
        )


async def test_a_click_selects_the_row_it_hits_in_an_unframed_table(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#traders", offset=(10, 4))
        assert app.state.selection(1).index == 2
        await pilot.click("#orders", offset=(10, 2))
        assert (app.state.pane, app.state.selection(5).index) == (5, 1)


async def test_the_palette_names_every_action_that_works_and_every_sort_order(open_app):
    app, _ = open_app(desks.killed())
    async with app.run_test(size=(120, 40)):
        titles = {row.label for row in entries(Around(app.view(), "main"), app.keymap)}
        hidden = ("palette", "command")
        wanted = {a.label for a in working(app.view(), "main") if a.id not in hidden}
        assert wanted <= titles
        assert {f"Sort by {order}" for order in ("attention", *traders.LIST.sorts)} <= titles
        assert "Resume after kill" in titles


async def test_the_theme_picker_shows_each_theme_at_once_and_escape_goes_back(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("T")
        assert app.desk_theme.name == "dark-grey"
        await pilot.press("j")
        assert app.desk_theme.name == "dusk"
        await pilot.press("escape")
        assert app.desk_theme.name == "dark-grey"
        await pilot.press("T", "j", "j", "j", "enter")
        assert app.desk_theme.name == "light"
        assert not app.screen.is_modal
        assert "theme light" in texts(app, "status")[0]


async def test_kill_works_in_the_theme_picker_and_keeps_a_readable_screen(open_app):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("T", "j", "ctrl+k")
        assert desk.asks() == [Ask.KILL]
        assert "KILL requested" in whole(app)


async def test_watching_is_never_told_and_ends_when_the_detail_is_left(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("enter")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.WATCH, "SPY-241220")]
        assert "watch" not in texts(app, "status")[0]
        await pilot.press("question_mark", "escape")
        assert len(desk.asked) == 1
        await pilot.press("escape")
        assert [(c.ask, c.target) for c in desk.asked[1:]] == [(Ask.WATCH, "")]
        await pilot.press("enter", "b")
        assert [c.target for c in desk.asked[2:]] == ["SPY-241220", ""]


async def test_watching_leaves_the_last_request_on_the_status_line(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("p", "enter")
        assert "pause SPY-241220 requested" in texts(app, "status")[0]


def test_a_request_is_told_in_the_operators_words():
    from tui.viewmodel.activity import ticket_span

    done = Ticket("T1", Ask.PAUSE, "SPY 2026-12-04", TicketState.CONFIRMED, "paused")
    assert ticket_span(done)[0] == "pause SPY 04DEC26 confirmed: paused"
    fast = Ticket("T2", Ask.SET_SPEED, "*", TicketState.CONFIRMED, "speed 5x")
    assert ticket_span(fast)[0] == "speed confirmed: speed 5x"


def test_what_waits_comes_first_what_is_separated_before_it_and_little_of_what_is_settled():
    base = desks.normal()
    weak, strong = base.recommendations
    expired = [
        replace(weak, id=f"R{20 + n}", expires_s=views.NOW - 1, made_s=views.NOW - n)
        for n in range(6)
    ]
    settled = [replace(weak, id=f"R{30 + n}", state="rejected") for n in range(6)]
    applied = replace(weak, id="R40", state="applied")
    made = (*settled, *expired, applied, weak, strong)
    found = recommendations.rows(replace(base, recommendations=made))
    assert [r.id for r in found[:3]] == ["R8", "R7", "R40"]
    assert len(found) == 3 + recommendations.DECIDED
    assert recommendations.ready(made, base.now_s) == 2


async def test_an_expired_recommendation_is_called_so_and_cannot_be_approved(open_app, clock):
    base = desks.normal()
    strong = replace(base.recommendations[1], expires_s=views.NOW - 1)
    app, desk = open_app(replace(base, recommendations=(strong,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        assert "EXPIRED" in "".join(texts(app, "list"))
        clock.pass_by(2)
        await pilot.press("y")
        assert desk.asked == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_evidence_is_wrapped_and_never_cut(open_app, size):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=size) as pilot:
        await pilot.press("4", "plus")
        assert "…" not in "".join(texts(app, "recommendations"))
        await pilot.press("underscore")
        if "recommendations" in app.screen._placed.plan.places:
            assert "…" not in "".join(texts(app, "recommendations"))


async def test_a_simulation_counts_orders_against_no_budget_and_a_live_desk_against_its_own(
    open_app,
):
    for make, words in ((desks.normal, "Orders 841 no budget"), (desks.live, "Orders 841/3,510")):
        app, _ = open_app(make())
        async with app.run_test(size=(200, 60)):
            assert words in texts(app, "header")[1]


async def test_figures_that_nobody_measured_are_left_out_where_they_would_only_alarm(open_app):
    base = desks.normal()
    app, _ = open_app(replace(base, health=replace(base.health, late_p99_ms=None)))
    async with app.run_test(size=(200, 60)):
        assert "Late" not in texts(app, "header")[1]
        assert "late p99" not in "".join(texts(app, "phase"))


async def test_entries_are_open_to_a_time_or_closed(open_app):
    shut = desks.normal(phase=views.phase(entries_open=False))
    for snapshot, words in ((desks.normal(), "open to 15:55"), (shut, "entries  closed")):
        app, _ = open_app(snapshot)
        async with app.run_test(size=(120, 40)):
            shown = "\n".join(texts(app, "phase"))
            assert words in shown
            assert "closed to" not in shown


async def test_four_digit_counts_stand_apart_from_their_rates(open_app):
    hours = (views.rate("09h", 1_226, 3_128, 0.39), views.rate("10h", 12_260, 31_280, 0.4))
    app, _ = open_app(desks.normal(hours=hours))
    async with app.run_test(size=(200, 60)):
        shown = "\n".join(texts(app, "phase"))
        assert " 39.2   1,226/3,128 " in shown
        assert " 39.2 12,260/31,280 " in shown


async def test_the_splash_says_what_happens_and_how_to_leave(open_app):
    app, desk = open_app(desks.warming())
    async with app.run_test(size=(80, 24)) as pilot:
        shown = "\n".join(texts(app, "splash"))
        for words in ("warming up", "42 %", "9 traders", "q quit", "^K KILL"):
            assert words in shown
        await pilot.press("q")
        assert app.screen.is_modal
        assert desk.stops == []
    app, _ = open_app(replace(desks.warming(), traders=desks.many(1_000).traders))
    async with app.run_test(size=(80, 24)):
        assert any("1,000 traders" in line for line in texts(app, "splash"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_replay_shows_progress_and_its_keys_at_every_size(open_app, size):
    app, desk = open_app(desks.normal(progress=0.37, speed=20.0))
    async with app.run_test(size=size) as pilot:
        assert "37%" in texts(app, "header")[0]
        foot = " ".join(texts(app, "footer"))
        for words in ("< Slower", "> Faster", ", Hold", ". Step"):
            assert words in foot
        desk.now = replace(desk.now, version=2, time_paused=True)
        app.look()
        assert "TIME PAUSED" in texts(app, "header")[0]
        assert "37%" in texts(app, "header")[0]
        desk.now = replace(desk.now, version=3, time_paused=False)
        await pilot.press("2")
        assert "20 times real time" in "".join(texts(app, "phase"))
        desk.now = replace(desk.now, version=4, speed=500.0, reached=181.4)
        app.look()
        assert "181 of 500 times real time" in "".join(texts(app, "phase"))
        await pilot.press("escape")
        head = texts(app, "header")[0]
        assert "×181/500" in head and "37%" in head


async def test_orders_are_named_alike_everywhere(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("5")
        assert "9f31-C1" in "".join(texts(app, "orders"))
        await pilot.press("b")
        assert "ORDER 9f31-C1" in texts(app, "chosen")[0]
        assert "S7K241122-SPY-9f31-C1" in "".join(texts(app, "chosen"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_after_the_end_nothing_is_offered_that_does_nothing(open_app, size):
    app, desk = open_app(desks.normal(progress=1.0, speed=500.0))
    async with app.run_test(size=size) as pilot:
        desk.now = replace(desk.now, version=2, state=EngineState.ENDED)
        app.look()
        foot = " ".join(texts(app, "footer"))
        for words in ("Pause", "Resume", "Slower", "Hold", "Cancel", "Put aside", "Ack", "Undo"):
            assert words not in foot
        assert "the session has ended: t shows its report, q leaves" in texts(app, "status")[0]
        assert "×500" not in texts(app, "header")[0]
        before = len(desk.asked)
        for key in ("p", "r", "x", "a", "A", "z", "u", "H", "greater_than_sign", "comma"):
            await pilot.press(key)
            assert "the desk has ended" in texts(app, "status")[0], "and it says why"
        assert len(desk.asked) == before


async def test_no_screen_of_an_ended_desk_names_a_key_that_asks_it_for_anything(open_app):
    ended = replace(desks.troubled(), state=EngineState.ENDED)
    app, desk = open_app(ended)
    async with app.run_test(size=(120, 40)) as pilot:
        for keys in ([], ["e"], ["h"], ["b"], ["l"], ["enter"], ["question_mark"]):
            await pilot.press(*keys)
            shown = app.screen_text()
            for words in ("y try", "u undo", "z shelve", "a acknowledge", "x cancel", "y confirms",
                          "p pause  r", "Cancel order", "Put aside", "Ack", "Undo", "Confirm"):  # fmt: skip
                assert words not in shown, (keys, words)
            asks = {a.id for a in working(app.view(), app.place) if a.group in ("Stop", "Trade")}
            assert asks <= {"kill"}
            if keys:
                await pilot.press("escape")
        assert {c.ask for c in desk.asked} <= {Ask.WATCH}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_how_long_ago_the_traders_looked_is_never_cut(open_app, size):
    crowd = desks.many(150, 1, 1)
    totals = replace(crowd.totals, quoted_s=crowd.now_s - 98.0)
    app, _ = open_app(replace(crowd, totals=totals))
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        (line,) = (text for text in texts(app, "phase") if "stale" in text)
        assert "/150 stale" in line and "look 98s" in line


async def test_the_help_follows_a_filter_on_both_pages_and_escape_takes_it_back(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark", "slash", *"halt", "enter")
        shown = texts(app, "body")
        assert "filter:halt" in shown[0] and any("Halt all entries" in row for row in shown)
        assert not any("Acknowledge" in row for row in shown)
        await pilot.press("tab", "slash", "ctrl+u", *"hld", "enter")
        shown = texts(app, "body")
        assert any("held by itself" in row for row in shown) and "1-" not in shown[-1]
        await pilot.press("slash", "ctrl+u", *"nothing like it", "enter")
        assert "no line has these words" in " ".join(texts(app, "body"))
        await pilot.press("escape")
        assert app.place == "help" and "filter" not in texts(app, "body")[0]
        assert "THE TRADE" in " ".join(texts(app, "body"))
        await pilot.press("slash", *"hld", "enter", "escape", "escape", "question_mark")
        assert "filter" not in texts(app, "body")[0]
        assert desk.asked == []


async def test_the_text_of_a_trader_the_report_and_the_connection_follow_a_filter(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t", "slash", *"spy", "enter")
        shown = texts(app, "body")
        assert "SESSION REPORT  filter:spy" in shown[0]
        assert sum("SPY" in row for row in shown) == 4 and not any("AAPL" in row for row in shown)
        assert any("TRADERS  the greatest" in row for row in shown), "a heading stays with its rows"
        await pilot.press("escape")
        assert app.place == "report" and "filter" not in texts(app, "body")[0]
        await pilot.press("escape", "enter", "slash", *"gates", "enter")
        shown = texts(app, "body")
        assert any("pass  SESSION PHASE" in row for row in shown), "all that is under a heading"
        assert not any("CYCLE" in row for row in shown)
        await pilot.press("question_mark")
        assert "filter" not in texts(app, "body")[0]
        await pilot.press("escape")
        assert "filter:gates" in texts(app, "body")[0], "a filter belongs to its screen"
        await pilot.press("slash", "ctrl+u", *"within the hour", "enter")
        assert "no line has these words" in " ".join(texts(app, "body"))
        await pilot.press("escape", "escape", "C", "slash", *"own process", "enter")
        assert "this desk's broker is in its own process" in " ".join(texts(app, "body"))
        assert [c.ask for c in desk.asked if c.ask is not Ask.WATCH] == []


@pytest.mark.parametrize(
    ("size", "before", "keys"),
    [
        ((120, 40), ["D"], ["slash", *"Halt p"]),
        ((120, 40), ["D"], ["F", *"Halt p"]),
        ((120, 40), ["t"], ["F", *"Halt p"]),
        ((60, 20), [], ["colon", *"qcancel H"]),
        ((60, 20), [], ["slash", *"qd H"]),
    ],
)
async def test_what_is_typed_after_a_search_that_is_not_there_is_no_key(
    open_app, size, before, keys
):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=size) as pilot:
        await pilot.press(*before, *keys)
        assert isinstance(app.screen, WordsPrompt) and "on this screen" in app.screen._question
        assert desk.asked == [] and desk.stops == []
        await pilot.press("enter")
        assert not app.screen.is_modal
        await pilot.press("H")
        assert desk.asks() == [Ask.HALT]
