"""Every key of the registry does what it says, where it says so, and nowhere else."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from engine.commands import Ask, Command, Ticket, TicketState
from engine.config import RiskLimits
from engine.runtime.live_limits import limit_views
from engine.runtime.requests.typed_words import ACCEPT_WORD
from engine.snapshot import EngineState, TraderState
from engine.state.limits import TightenedLimits
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import front, texts, whole
from tui.actions.action import Risk
from tui.actions.allowed import working
from tui.actions.kill_key import REPEATS_S
from tui.actions.registry import ACTIONS, BY_ID, NEVER_BOUND
from tui.commands.entries import entries
from tui.commands.words import Around
from tui.pane_numbers import TRADERS
from tui.screens.prompt import Prompt, QuitDialog
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


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quit_asks_first_and_escape_goes_on_trading(open_app, key):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        assert isinstance(app.screen, QuitDialog)
        await pilot.press("enter", "space", "y")
        assert isinstance(app.screen, QuitDialog)
        await pilot.press("escape")
        assert app.is_running
        assert desk.stops == []


@pytest.mark.parametrize("make", [desks.normal, desks.live])
@pytest.mark.parametrize("size", [(40, 16), (60, 20), (80, 24)])
async def test_no_word_of_the_quit_dialog_is_cut_on_a_narrow_terminal(open_app, make, size):
    app, _ = open_app(make())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("q")
        await pilot.resize_terminal(*size)
        await pilot.pause()
        box = app.screen.query_one("#question")
        assert box.region.right < size[0]
        shown = " ".join(" ".join(box.render_line(y).text.split()) for y in range(box.size.height))
        assert "at most 20 s more, then cancel and verify; open units are parked and kept" in shown
        assert "cancel every engine order now and verify, then quit" in shown
        assert "Esc go on trading" in shown


@pytest.mark.parametrize("make", [desks.normal, desks.live])
async def test_after_the_end_quitting_offers_no_trading_to_go_on_with(open_app, make):
    app, desk = open_app(replace(make(), state=EngineState.ENDED))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
        box = app.screen.query_one("#question")
        shown = " ".join(box.render_line(y).text for y in range(box.size.height))
        assert "the session has ended" in shown and "stay and look" in shown
        assert "trading" not in shown and "debits" not in shown
        await pilot.press("escape")
        assert app.is_running and desk.stops == []


@pytest.mark.parametrize(("key", "drain"), [("d", True), ("c", False)])
async def test_leaving_settles_the_desk_and_ends_with_its_last_sentence(open_app, key, drain):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q", key)
        assert app.bridge.wait(120)
        app.look()
        await pilot.pause()
    assert desk.stops == [drain]
    assert app.return_value == "settled: book == broker, 0 working"


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
        await pilot.press("t", "E")
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["totals"]["attempts"] == 605
    assert "/605 " in (tmp_path / "report.txt").read_text()


async def test_shelving_wants_a_reason_and_refuses_p1(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6", "z")
        assert "P1 cannot be shelved" in texts(app, "status")[0]
        await pilot.press("j", "z", *"feed", "enter")
        assert [(c.ask, c.target, c.reason) for c in desk.asked] == [(Ask.SHELVE, "A-2", "feed")]


async def test_one_key_tries_what_is_promising_after_it_has_been_seen(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "y")
        assert desk.asked == []
        clock.pass_by(0.41)
        await pilot.press("enter", "space")
        assert desk.asked == []
        await pilot.press("y")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.APPROVE, "R8")]


async def test_rubric_13_weak_evidence_is_tried_and_applied_by_typing_alone(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "j")
        clock.pass_by(2)
        await pilot.press("y", "y")
        assert desk.asked == []
        app.action_do("try-weak")
        asked = desk.asked.pop()
        assert (asked.ask, asked.target, asked.args) == (Ask.APPROVE, "R7", {})
        app.action_do("approve-weak")
        await pilot.pause()
        await pilot.press(*"yes", "enter")
        assert desk.asked == []
        app.action_do("approve-weak")
        await pilot.pause()
        await pilot.press(*"accept", "space", *"trial", "enter")
        assert desk.asked == []
        assert "type ACCEPT" in texts(app, "status")[0]
        app.action_do("approve-weak")
        await pilot.pause()
        await pilot.press(*"ACCEPT", "space", *"trial", "enter")
        asked = desk.asked[0]
        assert (asked.ask, asked.target, asked.reason) == (Ask.APPROVE, "R7", "trial")
        assert asked.args["word"] == ACCEPT_WORD


async def test_rejecting_wants_a_reason(open_app):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "j", "n", "enter")
        assert desk.asked == []
        await pilot.press("n", *"no", "enter")
        assert [(c.ask, c.target, c.reason) for c in desk.asked] == [(Ask.REJECT, "R7", "no")]


async def test_undo_says_what_it_takes_back_and_the_second_key_does_it(open_app, clock):
    base = desks.normal()
    first, second = base.recommendations
    app, desk = open_app(replace(base, recommendations=(first, replace(second, state="applied"))))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("u")
        told = "u again: takes back R8 CANCEL AAPL 20DEC24, 2.2 → 2.5 s"
        assert desk.asked == [] and told in texts(app, "status")[0]
        clock.pass_by(0.5)
        for _ in range(20):  # a key that is held down, after the first wait of a keyboard
            await pilot.press("u")
            clock.pass_by(0.03)
            app.look()
        clock.pass_by(0.5)
        app.look()
        assert desk.asked == []
        await pilot.press("j")  # another key takes the question away
        await pilot.press("u")
        clock.pass_by(6.0)
        await pilot.press("u")  # too late
        assert desk.asked == [] and told in texts(app, "status")[0]
        clock.pass_by(0.5)
        await pilot.press("u")
        assert desk.asked == []
        clock.pass_by(REPEATS_S)
        app.look()
        assert [(c.ask, c.target, c.key) for c in desk.asked] == [(Ask.UNDO, "R8", "u")]


async def test_a_second_key_that_is_pressed_twice_is_meant(open_app, clock):
    base = desks.normal()
    first, second = base.recommendations
    app, desk = open_app(replace(base, recommendations=(first, replace(second, state="applied"))))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            await pilot.press("u")
            clock.pass_by(0.5)
        assert desk.asked == []
        await pilot.press("u")  # no beat has come meanwhile
        assert desk.asks() == [Ask.UNDO]


async def test_exploring_takes_two_keys_as_it_does_two_clicks(open_app, clock):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "E")
        assert desk.asked == [] and "E again: " in texts(app, "status")[0]
        clock.pass_by(0.5)
        await pilot.press("E")
        clock.pass_by(REPEATS_S)
        app.look()
        assert desk.asks() == [Ask.EXPLORE]


async def test_several_traders_of_a_symbol_are_resumed_by_a_second_key(open_app, clock):
    many = desks.many(24)
    paused = tuple(replace(t, state=TraderState.PAUSED) for t in many.traders)
    app, desk = open_app(replace(many, traders=paused))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R")
        assert desk.asked == []
        assert re.search(r"R again: resumes \d+ traders of", texts(app, "status")[0])
        clock.pass_by(0.5)
        await pilot.press("R")
        clock.pass_by(REPEATS_S)
        app.look()
        assert desk.asks() == [Ask.RESUME]


async def test_a_symbol_of_which_nothing_is_paused_is_not_resumed_and_asks_for_no_second_key(
    open_app,
):
    many = desks.many(24)
    calm = tuple(replace(t, state=TraderState.RUN, gate="", gate_text="") for t in many.traders)
    app, desk = open_app(replace(many, traders=calm))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("R")
        told = texts(app, "status")[0]
        assert "not paused, resuming changes nothing" in told and "again" not in told
        assert desk.asked == []


async def test_a_paused_trader_that_completes_counts_as_paused(open_app, clock):
    many = desks.many(24)
    first, *others = [
        replace(t, state=TraderState.RUN, gate="", gate_text="") for t in many.traders
    ]
    completing = replace(first, state=TraderState.HEDGING, gate="PAUSED", gate_text="paused by you")
    app, _ = open_app(replace(many, traders=(completing, *others)))
    async with app.run_test(size=(120, 40)) as pilot:
        app.state.selection(TRADERS).select(first.key)
        app.look()
        await pilot.press("R")
        told = texts(app, "status")[0]
        assert "R again: resumes" in told and ", 1 of them paused" in told


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


async def test_a_halt_is_lifted_from_the_palette_and_only_while_it_is_in_force(open_app, clock):
    app, desk = open_app(desks.normal(state=EngineState.HALTED))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p", *"resume all", "enter")
        assert desk.asked == []  # it opens entries: a second key is asked for, once it is armed
        await pilot.press("y")
        assert desk.asked == []
        clock.pass_by(0.5)
        await pilot.press("y")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.RESUME, "*")]
        desk.now = desks.normal(version=2)
        app.look()
        rows = {row.label: row for row in entries(Around(app.view(), "main"), app.keymap)}
        assert rows["Resume all"].refused
        assert rows["Resume all"].meant.text == "nothing is halted, and no trader is paused"


async def test_resuming_after_kill_wants_a_typed_word(open_app):
    app, desk = open_app(desks.killed())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r", "enter", "escape")
        assert Ask.RESUME_AFTER_KILL not in desk.asks()
        app.action_do("resume-after-kill")
        await pilot.pause()
        await pilot.press(*"RESUME", "enter")
        assert desk.asked[-1].ask is Ask.RESUME_AFTER_KILL
        assert desk.asked[-1].args == {"word": "RESUME"}


def test_what_reduces_risk_has_one_key_and_what_adds_it_ignores_enter_and_space():
    for action in ACTIONS:
        keys = set(action.keys.split(","))
        if action.risk is Risk.REDUCES:
            assert keys - {""}
        if action.risk is Risk.ADDS:
            assert not keys & {"enter", "space"}
        assert not keys & NEVER_BOUND
        assert not any(key.startswith("alt+") for key in keys)
    assert len(BY_ID) == len(ACTIONS)


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
