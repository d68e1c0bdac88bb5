"""The operator's rubric: what must hold on every screen, for every key and every state."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.orders import events as ev
from engine.runtime.alarm_kinds import KINDS
from engine.snapshot import EngineState, TraderState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.operator_steps import Operated
from tests.support.screen_text import front, styles, texts
from tui.actions.registry import ACTIONS
from tui.screens.base import DeskScreen
from tui.screens.prompt import LiveQuitDialog, QuitDialog

SCREENS = ("enter", "e", "h", "b", "t", "c", "l", "i", "question_mark")
DIALOGS = {
    "quit": ["q"],
    "theme": ["T"],
    "filter": ["slash"],
    "palette": ["ctrl+p"],
    "command": ["colon"],
    "reject": ["e", "n"],
    "shelve": ["6", "j", "z"],
}
SIZES = [(80, 24), (120, 40), (200, 60)]


def drawn(app) -> str:
    """The terminal as its words, from the picture a terminal would show."""
    svg = app.export_screenshot(simplify=True)
    return re.sub(r"<[^>]+>", "", svg).replace("&#160;", " ")


async def back(pilot) -> None:
    """Leave every dialog and screen."""
    await pilot.press("escape", "escape", "escape")
    assert pilot.app.place in ("main", "splash")


# 1 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["colour", "no-colour"])
async def test_rubric_01_mode_and_account_are_read_in_every_dialog_at_80x24(
    open_app, monkeypatch, environment
):
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    app, _ = open_app(desks.troubled(), environment=environment)
    async with app.run_test(size=(80, 24)) as pilot:
        for name, keys in DIALOGS.items():
            await pilot.press(*keys)
            assert not isinstance(app.screen, DeskScreen)
            shown = drawn(app)
            assert " SIM " in shown, name
            assert "SIM-01" in shown, name
            await back(pilot)


async def test_rubric_01_a_dialog_itself_begins_with_mode_and_account(open_app):
    app, _ = open_app(replace(desks.troubled(), mode="LIVE", account="U7731902"))
    async with app.run_test(size=(80, 24)) as pilot:
        for name, keys in DIALOGS.items():
            await pilot.press(*keys)
            line = app.screen.query_one("#question").lines[0]
            assert "".join(text for text, _ in line).startswith(" LIVE  U7731902 "), name
            await back(pilot)


# 5 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "gap"), [(1, 0.1), (2, 1.0)])
async def test_rubric_05_200_random_keys_lift_no_latch_approve_nothing_weak_and_quit_nothing(
    open_app, clock, seed, gap
):
    pool = [k for a in ACTIONS if a.id != "kill" for k in a.keys.split(",") if k]
    pool += [*"ynadc1xRESUME", "enter", "space", "left", "backspace", "delete"]
    pool += ["escape"] * 40  # or most keys would be letters in the first dialog that opens
    latched = seed % 2
    snapshot = replace(
        desks.troubled(),
        mode="LIVE",
        can_pace=False,
        state=EngineState.KILLED if latched else EngineState.RUN,
    )
    app, desk = open_app(snapshot)
    weak = {r.id for r in snapshot.recommendations if r.verdict != "PROMISING"}
    source = random.Random(seed)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(200):
            clock.pass_by(gap)
            await pilot.press(source.choice(pool))
        assert app.is_running
    assert desk.stops == []
    assert not {Ask.RESUME_AFTER_KILL, Ask.DRAIN, Ask.KILL} & set(desk.asks())
    assert not {c.target for c in desk.asked if c.ask is Ask.APPROVE} & weak
    assert len(desk.asked) >= 3  # the keys did reach the desk


async def test_rubric_05_a_live_desk_ends_only_by_a_typed_word(open_app):
    app, desk = open_app(desks.live())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
        assert isinstance(app.screen, LiveQuitDialog)
        await pilot.press("d", "enter")
        assert desk.stops == []
        assert "type drain or cancel" in texts(app, "status")[0]
        await pilot.press("q", *"cancel", "enter")
        assert app.bridge.wait(120)
    assert desk.stops == [False]


async def test_asking_twice_to_quit_asks_once(open_app):
    for make, kind in ((desks.live, LiveQuitDialog), (desks.normal, QuitDialog)):
        app, _ = open_app(make())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("q", "ctrl+q", "ctrl+c")
            assert isinstance(app.screen, kind)
            await pilot.press("escape")
            assert app.place == "main"


# 6 ------------------------------------------------------------------------------------------


async def test_rubric_06_every_trader_state_is_told_apart_without_colour(open_app, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    calm = views.calm_traders()[0]
    traders = tuple(
        replace(calm, key=state.value, symbol=f"S{number}", state=state)
        for number, state in enumerate(TraderState)
    )
    app, _ = open_app(desks.normal(traders=traders), environment={"NO_COLOR": "1"})
    async with app.run_test(size=(120, 60)):
        rows = texts(app, "traders")
        words = {state: next(r for r in rows if f" {state.value} " in r) for state in TraderState}
        assert len(set(words.values())) == len(TraderState)
        for name in styles(app):
            style = app.desk_theme.style(name)
            assert style.color is None and style.bgcolor is None, name


async def test_rubric_06_alarm_priorities_and_states_are_words_too(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)):
        rows = texts(app, "alarms")
        for lead in ("!P1 U", "!P2 U", " P3 A"):
            assert any(row[1:].startswith(lead) for row in rows), lead


# 7 ------------------------------------------------------------------------------------------


async def test_rubric_07_no_figure_is_cut_on_any_screen_at_80x24(open_app):
    for make in (desks.troubled, desks.killed, desks.live, desks.warming):
        app, _ = open_app(make())
        async with app.run_test(size=(80, 24)) as pilot:
            for key in (None, *SCREENS):
                if key:
                    await pilot.press(key)
                for name in front(app)._placed.plan.places:
                    if name not in ("fills", "payoff"):
                        for row in texts(app, name):
                            assert not re.search(r"\d[…~]", row), (make.__name__, key, row)
                await back(pilot)


@pytest.mark.parametrize("cents", [999_999_999, -999_999_999])
async def test_rubric_07_millions_fit_the_figures_that_are_always_there(open_app, cents):
    base = desks.live()
    totals = replace(
        base.totals,
        floor_c=cents,
        net_premium_c=cents,
        unhedged=12,
        open_c=1_234_500,
        open_worst_c=-1_234_500,
        working=12,
        imbalance=11,
        imbalance_limit=30,
        day_loss_c=1_234_500,
        day_loss_limit_c=3_334_000,
        orders_today=3_499,
    )
    app, _ = open_app(replace(base, totals=totals))
    async with app.run_test(size=(80, 24)) as pilot:
        shown = texts(app, "header")[1]
        for words in (f"Floor {cents // 100:+}", "Unh 12 -12345", "Wrk 12", "Imb 11", "Loss 12345"):
            assert words in shown
        assert "Ord 3499/3510" in shown  # near its limit, so the limit is told
        assert "Look 0.4s" in shown
        await pilot.press("7")
        assert "9,999,999.99" in "".join(texts(app, "session"))


async def test_no_word_of_help_or_configuration_is_cut_at_80x24(open_app):
    for key in ("question_mark", "c", "t", "enter"):
        app, _ = open_app(desks.troubled())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(key)
            for _ in range(12):
                for widget in ("list", "chosen") if key == "c" else ("body",):
                    assert "…" not in "".join(texts(app, widget)), key
                await pilot.press("pagedown")


# 11 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_rubric_11_every_alarm_names_object_consequence_and_response_in_full(open_app, size):
    snapshot = desks.troubled()
    long = replace(
        snapshot.alarms[0],
        what="debit filled, credit not for 30 s",
        places=(("SPY 2024-12-20/3", "debit filled, credit not for 30 s"),),
        consequence="the chain enters nothing until it is completed",
        response=KINDS["UNHEDGED"].response,
    )
    snapshot = replace(snapshot, alarms=(long, *snapshot.alarms[1:]))
    app, _ = open_app(snapshot)
    async with app.run_test(size=size):
        shown = " ".join(" ".join(texts(app, "alarms")).replace("│", " ").split())
        assert "SPY 20DEC24/3" in shown
        for alarm in snapshot.alarms:
            for words in (alarm.what, alarm.consequence, alarm.response):
                assert words in shown


async def test_rubric_11_the_line_under_the_alarms_says_what_to_do_at_80x24(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        for version, (code, kind) in enumerate(KINDS.items(), desk.now.version + 1):
            alarm = replace(
                desks.troubled().alarms[0],
                code=code,
                places=(("SPY 2024-12-20/173", "what happened"),),
                consequence=kind.consequence,
                response=kind.response,
            )
            desk.now = replace(desk.now, version=version, alarms=(alarm,))
            app.look()
            assert kind.response in texts(app, "status")[0], code


async def test_rubric_10_an_outage_takes_one_row_a_cause_and_the_title_calls_many_causes_a_flood(
    open_app,
):
    places = tuple((f"SPY {day:02d}DEC24", "quotes are stale") for day in range(1, 25))
    stale = views.alarm(20, where=places[0][0], what="quotes are stale", places=places)
    graver = tuple(views.alarm(60 + n, 1, code=f"A{n}", what="UNHEDGED") for n in range(10))
    app, desk = open_app(replace(desks.normal(), alarms=(stale, *graver)))
    async with app.run_test(size=(200, 60)) as pilot:
        assert len(app.state.keys[6]) == 11
        assert "FLOOD 11 active" in texts(app, "alarms")[0]
        await pilot.press("6", "G")
        assert "24 places: SPY 01DEC24, SPY 02DEC24" in "".join(texts(app, "alarms"))
        await pilot.press("A")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.ACKNOWLEDGE, "p2+p3")]


async def test_the_alarm_pane_tells_standing_cleared_and_how_many_lately(open_app):
    snapshot = desks.troubled()
    old = views.alarm(9, 3, "cleared", raised_s=views.NOW - 3_000)
    app, _ = open_app(replace(snapshot, alarms=(*snapshot.alarms, old)))
    async with app.run_test(size=(80, 24)):
        title = texts(app, "alarms")[0]
        assert "2 unacked  1 acked  1 cleared  3 in 10 min" in title


async def test_at_80x24_the_alarm_under_the_cursor_is_said_on_the_status_line(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "j")
        shown = texts(app, "status")[0]
        assert "QQQ 20DEC24: check the feed; p pauses (no new debit on this chain)" in shown


# 12 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "priority"), [("BOOK_DIFFERS", 1), ("STALE", 2)])
async def test_rubric_12_an_alarm_is_acknowledged_in_two_keys_and_journaled(
    open_app, code, priority
):
    real = Operated()
    real.context.alarms.raise_(real.context.now().at_ms, code, "desk", "what happened")
    app, desk = open_app(real.snapshot())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "a")
    (asked,) = desk.asked
    real.executor.ask(asked)
    assert real.last_action().action == asked.ask
    (shown,) = (each for each in real.snapshot().alarms if each.code == code)
    assert [e.alarm for e in real.of(ev.AlarmAcknowledged)] == [shown.id]
    assert (shown.priority, shown.state) == (priority, "acked")


# 15 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "target"), [("p", "SPY-241220"), ("P", "symbol:SPY"), ("H", "*")], ids=str
)
async def test_rubric_15_pausing_is_one_key_and_pressing_it_again_pauses_again(
    open_app, key, target
):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key, key, key)
        wanted = Ask.HALT if key == "H" else Ask.PAUSE
        assert {(c.ask, c.target) for c in desk.asked} == {(wanted, target)}


# 17 -----------------------------------------------------------------------------------------


async def test_rubric_17_resizing_under_a_screen_or_dialog_keeps_the_selection(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("j", "j")
        chosen = app.state.selected(1)
        for keys in (["e", "j"], ["b", "j"], ["enter"], ["q"], ["T", "j"], ["slash"]):
            await pilot.press(*keys)
            for size in ((80, 24), (20, 5), (1, 1), (200, 60)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
            await back(pilot)
            assert app.state.selected(1) == chosen, keys


# 20 -----------------------------------------------------------------------------------------


async def test_rubric_20_why_each_trader_does_not_trade_is_on_the_status_line_when_it_is_selected(
    open_app,
):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        told = 0
        for _ in range(9):
            key = app.state.selected(1)
            trader = next(t for t in app.view().snapshot.traders if t.key == key)
            if trader.gate_text:
                assert trader.gate_text in texts(app, "status")[0]
                told += 1
            await pilot.press("j")
        assert told == 4


async def test_a_legged_row_tells_its_rung_and_age_instead_of_a_next_attempt(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)):
        row = next(r for r in texts(app, "traders") if " HDG " in r)
        assert " H3 34s " in row
        assert "SPY" in row
