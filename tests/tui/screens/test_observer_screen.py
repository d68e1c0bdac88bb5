"""A desk that is observed: marked first, without what acts on it, with the age of what is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.commands import Ask, Command, Ticket, TicketState
from engine.config import DeskConfig
from engine.snapshot import (
    EngineSnapshot,
    EngineState,
    ListPage,
    Look,
    LookedAt,
    LookKind,
    LookState,
    ObserverView,
)
from tests.support import sample_snapshots as desks
from tests.support.fake_desk import FakeDesk
from tests.support.screen_text import texts
from tests.support.screen_text import whole as drawn
from tui.actions.action import Risk
from tui.actions.allowed import NOT_KILLED, OBSERVED, working
from tui.actions.registry import ACTIONS
from tui.observing import ObserverApp, ObserverBridge, settings_of
from tui.pane_numbers import ORDERS
from tui.text import formats
from tui.viewmodel import orders

PLACES = {"main": [], "detail": ["enter"], "review": ["e"], "hung": ["h"], "blotter": ["b"], "log": ["l"],
          "report": ["t"], "day": ["D"], "config": ["c"], "positions": ["i"], "help": ["question_mark"],
          "connection": ["C"]}  # fmt: skip
ACTS = [a for a in ACTIONS if a.risk is not Risk.NONE or a.group in ("Trade", "Answer", "Time")]


class Observed(FakeDesk):
    """An observed desk of which a test makes the snapshots and their age; it hands nothing on."""

    def __init__(self, snapshot: EngineSnapshot, lost: str = "") -> None:
        super().__init__(replace(snapshot, observer=ObserverView(lost)))
        self.settings: dict[str, Any] = DeskConfig().for_the_journal()
        self.old_s = 0.3

    def age_s(self) -> float:
        return self.old_s

    def submit(self, command: Command) -> Ticket:
        self.asked.append(command)
        return Ticket("", command.ask, command.target, TicketState.REFUSED)

    def lose(self, why: str, old_s: float) -> None:
        self.now, self.old_s = replace(self.now, observer=ObserverView(why)), old_s


@pytest.fixture
def observe() -> Callable[..., tuple[ObserverApp, Observed]]:
    def open_it(
        snapshot: EngineSnapshot | None = None, lost: str = ""
    ) -> tuple[ObserverApp, Observed]:
        desk = Observed(snapshot or desks.troubled(), lost)
        return ObserverApp(desk, DeskConfig(), environment={}, beat=False), desk

    return open_it


async def test_every_screen_says_first_that_it_observes_and_offers_only_what_looks(observe):
    app, desk = observe()
    async with app.run_test(size=(80, 24)) as pilot:
        for place, keys in PLACES.items():
            await pilot.press(*keys)
            assert app.place == place
            text = drawn(app)
            assert text.startswith(" OBSERVE SIM "), place
            assert "0.3s old, read-only" in text and "KILL" not in text, place
            offered = {command.title for command in app.get_system_commands(app.screen)}
            assert not offered & {a.label for a in ACTS if a.id != "mute"}, place
            assert not [each for each in offered if "tour" in each.lower()], place
            assert {a.id for a in ACTS} & {a.id for a in working(app.view(), place)} <= {"mute"}
            if keys:
                await pilot.press("escape")
    assert not [asked for asked in desk.asked if asked.ask.value != "watch"]


async def test_a_key_that_would_act_says_that_nothing_was_done(observe):
    app, desk = observe()
    async with app.run_test(size=(80, 24)) as pilot:
        for action in ACTS:
            if action.id == "mute" or not action.keys or "main" not in action.places:
                continue
            for key in action.keys.split(","):
                await pilot.press(key)
                said = NOT_KILLED if action.id == "kill" else OBSERVED
                assert said in texts(app, "status")[0], action.id
        await pilot.press("t", "ctrl+k")  # and over any other screen
        assert NOT_KILLED in texts(app, "status")[0]
    assert not [asked for asked in desk.asked if asked.ask.value != "watch"]


async def test_a_killed_desk_is_told_without_a_key_that_would_do_more(observe):
    app, _ = observe(desks.killed())
    async with app.run_test(size=(120, 40)):
        banner = texts(app, "banner")
        assert "KILLED" in banner[0] and "This screen only looks" in banner[1]
        assert "again" not in "".join(banner)


async def test_what_is_old_is_marked_within_a_second_and_a_lost_desk_is_told_across(observe):
    app, desk = observe(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        assert not app.view().outdated and texts(app, "banner") == []
        desk.old_s = 1.0
        app.look()
        assert app.view().outdated
        desk.lose("the desk's process has ended", 1.2)
        app.look()
        await pilot.pause()
        banner = " ".join(texts(app, "banner"))
        assert "LOST: this is 1.2s old and may be wrong now" in banner
        assert "the desk's process has ended" in banner and "LOST 1.2s" in texts(app, "header")[0]
        desk.lose("", 0.2)
        app.look()
        await pilot.pause()
        assert not app.view().outdated and "LOST" not in drawn(app)


@pytest.mark.parametrize("paused", [False, True])
def test_a_lost_desk_is_outdated_whatever_it_did_last(observe, paused):
    app, _ = observe(
        replace(desks.normal(), time_paused=paused), lost="the desk's process has ended"
    )
    assert app.view().outdated


def test_a_desk_that_ended_in_order_is_final_and_not_lost(observe):
    app, _ = observe(replace(desks.normal(), state=EngineState.ENDED), lost="the desk has ended")
    assert app.live_view().snapshot.lost == "" and not app.view().outdated


async def test_leaving_asks_nothing_and_ends_no_desk(observe):
    app, desk = observe()
    async with app.run_test(size=(120, 90)) as pilot:
        await pilot.press("question_mark")
        assert "Leave; nothing ends with this screen" in drawn(app)
        await pilot.press("q")
        app.bridge.wait(10)
        app.look()
    assert desk.stops and not app.screen_stack[1:]


async def test_a_live_desk_keeps_its_looks_and_a_small_terminal_its_mark(observe):
    app, _ = observe(desks.live())
    async with app.run_test(size=(60, 10)):
        small = "\n".join(texts(app, "small"))
        assert small.startswith(" OBSERVE LIVE ") and "read-only" in small and "KILL" not in small


async def test_orders_of_one_cycle_are_asked_for(observe):
    app, desk = observe(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        newest = desk.now.orders[0]
        orders.LIST.choices(app.view()).show_within(f"{newest.trader}/{newest.cycle}")
        app.look()
        assert desk.asked[-1].target == f"list:orders@{newest.trader}/{newest.cycle}"
        old = replace(newest, id="of-hours-ago")
        cycle = f"{newest.trader}/{newest.cycle}"
        page = ListPage(1, "orders", cycle, 0, 1, desk.now.now_s, (old,))
        desk.now = replace(desk.now, version=desk.now.version + 1, pages=(page,))
        app.look()
        assert "of-hours-ago" in {row.id for row in app.state.wholes.rows("orders", ())}


async def test_a_click_where_only_the_desks_own_screen_has_rows_chooses_nothing(observe):
    app, desk = observe(replace(desks.normal(), positions=None, detail=None))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i")
        for y in range(1, 18):
            await pilot.click("#held", offset=(5, y))
        assert app.place == "positions"
    assert not [asked for asked in desk.asked if asked.ask.value != "watch"]


def looked(kind: LookKind, name: str, state: LookState, **told: Any) -> ObserverView:
    return ObserverView(looks=(LookedAt(Look(kind, name), state, **told),))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (LookState.COMING, "here within about a second"),
        (LookState.FULL, "here when there is room"),
        (LookState.GONE, "no more"),
        (LookState.FAILED, "could not form"),
    ],
)
async def test_why_what_is_looked_at_is_not_here_is_said(observe, state, said):
    plain = replace(desks.normal(), positions=None, detail=None, story=None)
    app, desk = observe(plain)
    key = desk.now.traders[0].key
    async with app.run_test(size=(80, 24)) as pilot:
        desk.now = replace(desk.now, observer=looked(LookKind.POSITIONS, "", state))
        await pilot.press("i")
        assert said in " ".join(drawn(app).split())
        desk.now = replace(desk.now, observer=looked(LookKind.TRADER, key, state))
        await pilot.press("escape", "enter", "G")
        assert said in " ".join(drawn(app).split())
    app, desk = observe(plain)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        order = app.state.selected(ORDERS)
        desk.now = replace(desk.now, observer=looked(LookKind.ORDER, order, state))
        await pilot.press("enter")
        assert said in " ".join(drawn(app).replace("│", " ").split())
        await pilot.press("j")  # of another one nothing was asked
        assert said not in drawn(app)


async def test_as_of_when_the_figures_are_is_said_where_that_is_not_now(observe):
    app, desk = observe(replace(desks.normal(), detail=None))
    trader, now_s = desk.now.traders[0], desk.now.now_s
    found = desks.troubled().detail
    assert found is not None
    detail = replace(found, key=trader.key)
    shown = replace(desk.now, detail=detail)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        for at_s, late, said in (
            (now_s, False, ""),
            (now_s - 1, False, "  as of "),
            (now_s - 9, True, "!"),
        ):
            seen = looked(LookKind.TRADER, trader.key, LookState.SHOWN, at_s=at_s, late=late)
            desk.now = replace(shown, version=desk.now.version + 1, observer=seen)
            app.look()
            title = next(line for line in drawn(app).splitlines() if "TRADER" in line)
            time = formats.clock(at_s)
            assert (f"as of {time}" in title) is bool(said)
            assert (f"as of {time}!" in title) is late


async def test_the_settings_shown_are_the_desks_also_after_another_desk_came(observe):
    app, desk = observe()
    assert app.config.mode == "SIM"
    told = DeskConfig().for_the_journal()
    async with app.run_test(size=(80, 24)):
        desk.settings = {**told, "mode": "PAPER"}
        app.look()
        assert app.config.mode == "PAPER"
    own = DeskConfig(theme="light")
    assert settings_of({"nothing": "known"}, own) is own
    assert settings_of(told, own).theme == "light"


def test_the_age_is_the_desks_and_not_that_of_its_coming(observe):
    _, desk = observe()
    bridge = ObserverBridge(desk)
    bridge.snapshot()
    desk.old_s = 4.5
    assert bridge.silent_s() == 4.5


GONE = "the desk's process has ended"


@pytest.mark.parametrize(
    ("size", "lost"),
    [((80, 24), GONE), ((120, 40), ""), ((120, 40), GONE), ((200, 60), "")],
    ids=["lost-80x24", "seen-120x40", "lost-120x40", "seen-200x60"],
)
def test_an_observed_desk_looks_as_it_did(snap_compare, observe, size, lost):
    app, desk = observe(lost=lost)
    desk.old_s = 12.0 if lost else 0.3
    assert snap_compare(app, terminal_size=size)


async def test_what_an_observer_chose_stays_when_another_desk_takes_the_first_ones_place(observe):
    app, desk = observe()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("L", "m", "colon", *"theme light", "enter")
        desk.settings = DeskConfig.model_validate(
            {"limits": {"max_contracts": 3}}
        ).for_the_journal()
        app.look()
        assert app.config.limits.max_contracts == 3
        assert (app.config.theme, app.desk_theme.name) == ("light", "light")
        assert app.config.screen.layout == app.state.arrangement.layout == "traders"
        assert app.config.screen.bell is app.state.bell is False
        assert not [c for c in desk.asked if c.ask is Ask.SETTING], "its journal is the desk's"
