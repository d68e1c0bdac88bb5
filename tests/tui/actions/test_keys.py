"""Every key of the registry does what it says, where it says so, and nowhere else."""

from __future__ import annotations

import json

import pytest

from engine.commands import Ask
from engine.config import RiskLimits
from engine.runtime.live_limits import limit_views
from engine.state.limits import TightenedLimits
from tests.support import sample_snapshots as desks
from tests.support.screen_text import front, texts, whole
from tui.actions.allowed import working
from tui.actions.registry import ACTIONS
from tui.screens.prompt import Prompt
from tui.viewmodel.chrome import in_footer, label_of

ORDER = "S7K241122-SPY-9f31-C1"

# key, keys before it, the requests it makes: (ask, target)
REQUESTS = [
    ("p", [], [(Ask.PAUSE, "SPY-241220")]),
    ("p", ["j"], [(Ask.PAUSE, "QQQ-241220")]),
    ("p", ["space", "space"], [(Ask.PAUSE, "QQQ-241220"), (Ask.PAUSE, "SPY-241220")]),
    ("p", ["space", "enter"], [(Ask.WATCH, "QQQ-241220"), (Ask.PAUSE, "QQQ-241220")]),
    ("r", ["space", "enter"], [(Ask.WATCH, "QQQ-241220"), (Ask.RESUME, "QQQ-241220")]),
    ("r", [], [(Ask.RESUME, "SPY-241220")]),
    ("P", [], [(Ask.PAUSE, "symbol:SPY")]),
    ("R", ["j", "j"], [(Ask.RESUME, "symbol:TSLA")]),
    ("H", [], [(Ask.HALT, "*")]),
    ("x", ["5"], [(Ask.CANCEL_ORDER, ORDER)]),
    ("x", ["b"], [(Ask.CANCEL_ORDER, ORDER)]),
    ("x", [], []),
    ("a", [], [(Ask.ACKNOWLEDGE, "A-1")]),
    ("a", ["6", "j"], [(Ask.ACKNOWLEDGE, "A-2")]),
    ("A", [], [(Ask.ACKNOWLEDGE, "p2+p3")]),
    ("z", ["4"], [(Ask.SNOOZE, "R8")]),
    ("z", ["4", "j"], [(Ask.SNOOZE, "R7")]),
    ("u", [], []),
    ("ctrl+k", [], [(Ask.KILL, "*")]),
    ("f12", [], [(Ask.KILL, "*")]),
    ("enter", [], [(Ask.WATCH, "SPY-241220")]),
    ("greater_than_sign", [], [(Ask.SET_SPEED, "*")]),
    ("less_than_sign", [], []),
    ("comma", [], [(Ask.PAUSE_TIME, "*")]),
    ("full_stop", [], [(Ask.STEP, "*")]),
]


@pytest.mark.parametrize(("key", "before", "wanted"), REQUESTS)
async def test_a_key_asks_the_engine_for_exactly_this(open_app, key, before, wanted):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*before, key)
        assert [(c.ask, c.target) for c in desk.asked] == wanted
        if not wanted:
            assert app.state.message


# key, keys before it, what is then true
MOVES = [
    ("j", [], lambda a: a.state.selection(1).index == 1),
    ("down", [], lambda a: a.state.selection(1).index == 1),
    ("k", ["j", "j"], lambda a: a.state.selection(1).index == 1),
    ("up", ["j", "j"], lambda a: a.state.selection(1).index == 1),
    ("G", [], lambda a: a.state.selection(1).index == 8),
    ("end", [], lambda a: a.state.selection(1).index == 8),
    ("g", ["G"], lambda a: a.state.selection(1).index == 0),
    ("home", ["G"], lambda a: a.state.selection(1).index == 0),
    ("pagedown", [], lambda a: a.state.selection(1).index == 8),
    ("pageup", ["G"], lambda a: a.state.selection(1).index == 0),
    ("tab", [], lambda a: a.state.pane == 2),
    ("shift+tab", [], lambda a: a.state.pane == 8),
    *((str(n), [], lambda a, n=n: a.state.pane == n) for n in range(1, 9)),
    ("plus", [], lambda a: a.state.zoomed and "3 CHAIN" not in whole(a)),
    ("underscore", ["plus"], lambda a: not a.state.zoomed and "3 CHAIN" in whole(a)),
    ("escape", ["3"], lambda a: a.state.pane == 1),
    ("s", [], lambda a: a.state.choices("traders").sort == "state" and "sort:state" in whole(a)),
    ("S", [], lambda a: a.state.choices("traders").inverted),
    (
        "space",
        [],
        lambda a: a.state.choices("traders").marks == {"SPY-241220"} and "1 marked" in whole(a),
    ),
    ("U", ["space"], lambda a: a.state.choices("traders").marks == set()),
    ("o", [], lambda a: "FILLED" not in "".join(texts(a, "orders"))),
    ("f", [], lambda a: a.state.frozen),
    ("m", [], lambda a: not a.state.bell),
    ("T", ["T"], lambda a: a.desk_theme.name != "dark-grey"),
]


async def test_in_the_detail_a_key_is_about_its_trader_also_where_the_filter_hides_it(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", *"none such", "enter", "3", "enter")
        shown = desk.asked[-1].target
        await pilot.press("p")
        assert [(c.ask, c.target) for c in desk.asked[-1:]] == [(Ask.PAUSE, shown)]


@pytest.mark.parametrize(("key", "before", "holds"), MOVES)
async def test_a_key_arranges_the_screen_and_asks_nothing(open_app, key, before, holds):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*before, key)
        assert holds(app)
        assert desk.asked == []


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("enter", "detail"),
        ("e", "review"),
        ("h", "hung"),
        ("b", "blotter"),
        ("t", "report"),
        ("c", "config"),
        ("C", "connection"),
        ("l", "log"),
        ("question_mark", "help"),
        ("f1", "help"),
    ],
)
async def test_a_key_opens_a_screen_and_escape_comes_back(open_app, key, place):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j")
        chosen = app.state.selected(1)
        await pilot.press(key)
        assert app.place == place
        await pilot.press("escape")
        assert (app.place, app.state.pane) == ("main", 1)
        assert app.state.selected(1) == chosen
        await pilot.press("escape", "escape", "escape")
        assert app.is_running


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_opens_and_kill_works_in_it(open_app, key):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        assert app.screen.is_modal
        await pilot.press("ctrl+k")
        assert desk.asks() == [Ask.KILL]
        assert not app.screen.is_modal


async def test_the_filter_keeps_and_with_a_mark_drops(open_app):
    app, _ = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash")
        assert isinstance(app.screen, Prompt)
        await pilot.press(*"spy", "enter")
        assert len(app.state.keys[1]) == 2
        assert "2 of 9" in whole(app)
        await pilot.press("slash", "home", "!", "enter")
        assert len(app.state.keys[1]) == 7
        await pilot.press("escape")
        assert len(app.state.keys[1]) == 9


async def test_kill_works_while_typing(open_app):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", "a", "ctrl+k")
        assert desk.asks() == [Ask.KILL]
        assert not app.screen.is_modal


async def test_the_screen_and_the_report_are_written_to_files(open_app, tmp_path):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        assert "TRADERS" in next(tmp_path.glob("screen-*.svg")).read_text()
        kept = {tmp_path / f"report.{kind}": f"the run's own {kind}" for kind in ("json", "txt")}
        for file, text in kept.items():
            file.write_text(text)
        await pilot.press("t", "E")
    data = json.loads(next(tmp_path.glob("report-*.json")).read_text())
    assert data["totals"]["attempts"] == 605
    assert "/605 " in next(tmp_path.glob("report-*.txt")).read_text()
    assert {file: file.read_text() for file in kept} == kept
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("report-*")} == {0o600}


async def test_the_configuration_shows_value_default_and_bounds(open_app):
    limits = limit_views(RiskLimits(max_contracts=4), TightenedLimits(), {})
    app, _ = open_app(desks.normal(limits=limits))
    async with app.run_test(size=(120, 200)) as pilot:
        await pilot.press("c")
        row = next(r for r in texts(app, "list") if "limits.max_contracts" in r)
        shown = "limits.max_contracts 4 10 scaled now >= 1 <= 1,000 │"
        assert row.split()[1:] == shown.split()
        assert "1 changed" in texts(app, "list")[0]


async def test_the_configuration_shows_the_parameters_of_the_fill_models(open_app):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=(120, 200)) as pilot:
        await pilot.press("c", "slash", *"credit_ease", "enter")
        rows = [" ".join(row.strip("│▸").split()) for row in texts(app, "list")]
        assert "simulation.fills.credit_ease 0.9 0.9 default start >= 0 <= 10" in rows
        await pilot.press("slash", "escape")
        await pilot.press("F", *"-0.25", "enter")
        text = "\n".join(texts(app, "chosen"))
        assert "in force  -0.25:0 0:0.06 0.2:0.22 0.35:0.45" in text


async def test_the_log_tells_an_alarm_in_full_at_80x24(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "enter", "j")
        assert app.place == "log"
        shown = "\n".join(texts(app, "chosen"))
        for words in (
            "QUOTES STALE 7.2 s",
            "no new debit on this chain",
            "check the feed; p pauses",
        ):
            assert words in shown


async def test_speed_moves_through_its_steps(open_app):
    app, desk = open_app(desks.normal(speed=20.0))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("greater_than_sign", "less_than_sign")
        assert [c.args["speed"] for c in desk.asked] == [50.0, 10.0]


async def test_a_live_desk_has_no_keys_for_time(open_app):
    app, desk = open_app(desks.live())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("greater_than_sign", "comma", "full_stop")
        assert desk.asked == []
        assert "Faster" not in whole(app)


async def test_rubric_19_help_lists_exactly_the_keys_that_work(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 100)) as pilot:
        for key in ([], ["e"], ["b"], ["enter"]):
            await pilot.press(*key)
            place = app.place
            bound = {
                (binding.id, binding.key)
                for bindings in app._bindings.key_to_bindings.values()
                for binding in bindings
                if app.check_action("do", (binding.id,))
            }
            listed = {
                (action.id, key)
                for action in working(app.view(), place)
                for key in app.keymap.keys[action.id]
            }
            assert bound == listed
            await pilot.press("question_mark")
            shown = "\n".join(texts(app, "body"))
            for action in working(app.view(), place):
                assert action.words in shown, action.id
            others = {a.words for a in ACTIONS} - {a.words for a in working(app.view(), place)}
            assert not [words for words in others if words in shown]
            await pilot.press("escape", "escape")


async def test_the_footer_names_only_keys_that_work_and_always_kill(open_app):
    for make in (desks.troubled, desks.live, desks.killed, desks.warming):
        app, _ = open_app(make())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("c")
            foot = "".join(texts(app, "footer"))
            assert "^K" in foot
            for action in in_footer(working(app.view(), app.place)):
                item = f"{app.keymap.first(action.id)} {label_of(app.view(), action)}"
                foot = foot.replace(item, "", 1)
            # Nothing is left but blanks: no key that does not work, and no word cut in two.
            assert foot.replace("^K again: CANCEL ALL", "").split() == []


async def test_a_pane_without_room_takes_the_body_when_asked_for(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "3 CHAIN" not in whole(app)
        await pilot.press("3")
        assert "3 CHAIN BALANCES 9" in whole(app)
        await pilot.press("escape")
        assert "1 TRADERS 9" in whole(app)


async def test_a_click_selects_a_row(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.click("#traders", offset=(10, 4))
        assert app.state.selection(1).index == 2
        await pilot.click("#balances", offset=(10, 3))
        assert (app.state.pane, app.state.selection(3).index) == (3, 1)
        assert front(app).place == "main"
