"""What is typed after `:` means what its sentence says, and any text means something harmless."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textual.widgets import Input

from engine.commands import MOMENT_HOW, Ask
from engine.runtime.trials import levers
from engine.snapshot import EngineState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts
from tui.actions.registry import ACTIONS, BY_ID
from tui.actions.requests import COMMANDS
from tui.commands.effects import of_requests
from tui.commands.meaning import meaning
from tui.commands.meant import Kind, Meaning
from tui.commands.preview import preview
from tui.commands.words import UNTYPED, WORDS, Around, completions, split
from tui.screens.command_line import CommandLine
from tui.screens.prompt import Prompt, SeveralDialog
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.viewmodel.trials import LEVERS
from tui.viewmodel.view import View

MAKES = (desks.normal, desks.troubled, desks.killed, desks.live, desks.unarmed, desks.warming)


def around(snapshot=None, place: str = "main", **state: object) -> Around:
    shown = snapshot or desks.troubled()
    own = ScreenState()
    own.follow(1, [t.key for t in shown.traders], 10)
    return Around(View(shown, own, UNICODE), place, 0, ("dark-grey", "light"))


HERE = around()
SAID = [word.name for word in WORDS] + [name for word in WORDS for name in word.aliases]
BEHIND = ["", "all", "*", "marked", "SPY", "spy 20dec24", "SPY 2024-12-20", "light", "floor", "zz"]
typed = st.one_of(
    st.text(max_size=60),
    st.builds(lambda a, b, c: f"{c}{a} {b}", st.sampled_from(SAID), st.sampled_from(BEHIND),
              st.sampled_from(["", ":", "  ", ": "])),
    st.builds(lambda a, n: a[:n], st.sampled_from(SAID), st.integers(0, 12)),
)  # fmt: skip


@example("\x1b]52;c;eA==\x07", desks.normal)
@example("--- - -", desks.normal)
@example("pause \u202eSPY", desks.troubled)
@settings(max_examples=80)
@given(typed, st.sampled_from(MAKES))
def test_any_text_means_something_and_asks_for_nothing_but_what_is_said(text, make):
    here = around(make())
    meant = meaning(here, text)
    for line in completions(here, text):
        assert split(line)[0] is not None
    if meant.kind is not Kind.DOES:
        assert not meant.requests and meant.does is None
        return
    assert (
        meant.text and [bool(meant.action), bool(meant.requests), bool(meant.does)].count(True) == 1
    )
    if meant.requests:
        asks = {c.ask for c in meant.requests}
        assert asks in ({Ask.PAUSE}, {Ask.RESUME}, {Ask.CANCEL_ORDER}, {Ask.TRIAL})
        if asks == {Ask.TRIAL}:
            assert meant.asks_first
        else:
            assert meant.text == of_requests(here.view, list(meant.requests)).text
    if meant.action:
        assert meant.text == preview(here.view, meant.action, here.place).text


def test_no_name_is_that_of_two_commands_and_every_action_has_one():
    assert len(SAID) == len(set(SAID))
    named = {word.action for word in WORDS}
    every = {a.id for a in ACTIONS if a.group != "Move"} - UNTYPED
    assert every <= named
    for action in every:  # what the documents call it works too
        word, _, rest = split(BY_ID[action].label)
        assert word is not None and not rest, action


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("pause SPY", [(Ask.PAUSE, "symbol:SPY")]),
        (":pause spy", [(Ask.PAUSE, "symbol:SPY")]),
        ("p SPY 20DEC24", [(Ask.PAUSE, "SPY-241220")]),
        ("pause SPY 2024-12-20", [(Ask.PAUSE, "SPY-241220")]),
        ("pause all", [(Ask.PAUSE, "*")]),
        ("resume MSFT 17JAN25", [(Ask.RESUME, "MSFT-250117")]),
    ],
)
def test_a_trader_is_named_as_the_screen_or_the_engine_names_it(text, asked):
    assert [(c.ask, c.target) for c in meaning(HERE, text).requests] == asked


@pytest.mark.parametrize(
    ("text", "action"),
    [("q", "quit"), ("w", "write"), ("orders", "blotter"), ("halt", "halt"), ("Halt all", "halt"),
     ("units", "hung"), ("kill", "kill"), ("Resume after kill", "resume-after-kill"),
     ("resume-all", "resume-all"), ("RESUME  ALL", "resume-all"), ("open day", "day"),
     ("pause", "pause"), ("x", "cancel")],
)  # fmt: skip
def test_aliases_and_labels_are_the_actions_that_keys_are(text, action):
    word, _, rest = split(text)
    assert word is not None
    assert (word.action or rest) == action
    assert meaning(HERE, text).action in (action, "")


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("pauze", Kind.UNKNOWN, "there is no command 'pauze'; nearest: pause"),
        ("pausee SPY", Kind.UNKNOWN, "there is no command 'pausee SPY'; nearest: pause"),
        ("resumme all", Kind.UNKNOWN, "there is no command 'resumme all'; nearest: resume all"),
        ("pause SYP", Kind.UNKNOWN, "there is no trader 'SYP'; nearest: SPY"),
        ("theme ligth", Kind.UNKNOWN, "there is no theme 'ligth'; nearest: light"),
        ("halt SPY", Kind.UNKNOWN, "halt takes nothing behind it; 'SPY' is too much"),
        ("blot", Kind.UNFINISHED, "Tab: blotter"),
        ("open", Kind.UNFINISHED, "open: screen, Tab shows which"),
        ("pause marked", Kind.REFUSED, "no trader is marked"),
        ("resume after kill", Kind.REFUSED, "there is no kill to lift"),
        ("   ", Kind.NOTHING, ""),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(text, kind, said):
    meant = meaning(HERE, text)
    assert (meant.kind, meant.text) == (kind, said)


def test_the_sentence_counts_what_is_touched_and_what_goes_on():
    base = desks.troubled()
    first, second = base.traders[:2]
    units = (views.unit(trader=first.key), views.unit(cycle=7, trader=second.key))
    snapshot = replace(base, units=units)
    here = around(snapshot)
    number = len(snapshot.traders)
    working = sum(t.state.value == "WRK" for t in snapshot.traders)
    told = meaning(here, "pause all").text
    assert told.startswith(f"pauses all {number} traders; {working} working debit")
    assert told.endswith("; 2 open units complete on")
    here.view.state.choices("traders").mark(snapshot.traders[0].key)
    here.view.state.choices("traders").mark(snapshot.traders[1].key)
    assert meaning(here, "pause").text.startswith("pauses 2 marked traders")
    assert meaning(here, "pause marked").text == meaning(here, "pause").text
    assert len(meaning(here, "pause marked").requests) == 2


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("D", "cancels debit 9f31-C1 of SPY 20DEC24"),
        ("S", "cancels 9f31-C1, which trades SPY shares away"),
        ("C", "a completing order is the ladder's; pause or kill instead"),
        ("U", "a completing order is the ladder's; pause or kill instead"),
    ],
)
def test_what_a_cancel_ends_goes_by_what_the_order_is_for(part, said):
    base = desks.troubled()
    day = None if part == "S" else base.orders[0].expiration
    order = replace(base.orders[0], part=part, expiration=day, status="working")
    here = around(replace(base, orders=(order,)))
    here.view.state.focus(5)
    here.view.state.follow(5, [order.id], 5)
    told = meaning(here, "cancel")
    assert told.text == said
    assert (told.kind is Kind.REFUSED) == (part in ("C", "U"))


@pytest.mark.parametrize(
    ("make", "text", "said"),
    [
        (lambda: desks.normal(state=EngineState.ENDED), "pause SPY", "the desk has ended; nothing trades any more"),
        (lambda: desks.normal(state=EngineState.ENDED), "halt", "the desk has ended; nothing trades any more"),
        (lambda: desks.normal(state=EngineState.DRAINING), "resume SPY", "the desk is ending; entries stay closed"),
        (lambda: replace(desks.normal(), past="r-1"), "pause SPY", "this is the past of a run, read-only: nothing here trades"),
        (lambda: replace(desks.normal(), past="r-1"), "kill", "this is the past of a run, read-only: nothing here trades"),
        (desks.normal, "approve", "only in the review of recommendations: `:review` goes there"),
        (desks.normal, "choice 2", "only in the open units: `:units` goes there"),
        (desks.normal, "contracts", "only in the log and the positions"),
        (desks.normal, "edit", "only in the configuration: `:config` goes there"),
        (desks.normal, "speed", "real time cannot be paused or hurried"),
        (desks.normal, "speed 10", "real time cannot be paused or hurried"),
        (desks.normal, "go to 11:00", "only in the past of a run: `legdesk replay RUN` goes through it"),
        (desks.normal, "shelve", "select a recommendation that is ready, or an alarm, to put aside"),
        (desks.normal, "collapse", "TRADERS are not in groups: `:group` lists them so"),
        (desks.normal, "tour back", "no step of the tour is in front: `:tour` begins it"),
        (desks.normal, "faster", "real time cannot be paused or hurried"),
    ],
)  # fmt: skip
def test_a_refused_command_says_why_now(make, text, said):
    snapshot = replace(make(), can_pace=False)
    meant = meaning(around(snapshot), text)
    assert (meant.kind, meant.text, meant.requests) == (Kind.REFUSED, said, ())


PACED = replace(desks.normal(), can_pace=True, speed=5.0)
BEFORE = replace(PACED, past="r-1")


@pytest.mark.parametrize(
    ("snapshot", "text", "kind", "said"),
    [
        (PACED, "speed", Kind.UNFINISHED, "speed: times, such as 10; now ×5, Tab shows which"),
        (PACED, "speed 20", Kind.DOES, "simulated time goes ×20"),
        (PACED, "speed fast", Kind.UNKNOWN, "'fast' is not a speed; times, such as 10"),
        (PACED, "speed nan", Kind.UNKNOWN, "'nan' is not a speed; times, such as 10"),
        (BEFORE, "go-to 11:30", Kind.DOES, "goes to 11:30"),
        (BEFORE, "go-to 2026-11-23 11:30", Kind.DOES, "goes to 2026-11-23 11:30"),
        (BEFORE, "goto noon", Kind.UNKNOWN, f"'noon' is not a time of the day; {MOMENT_HOW}"),
        (PACED, "try luck", Kind.UNKNOWN, f"'luck' is nothing to try; there are {', '.join(LEVERS)}"),
        (PACED, "try cancel_ms", Kind.UNFINISHED, "try cancel_ms: milliseconds, then a trader or * for all"),
        (PACED, "try placebo", Kind.DOES, "starts a trial: placebo"),
        (PACED, "cancel zz", Kind.UNKNOWN, "there is no order 'zz'; Tab shows those that work"),
        (PACED, "cancel 9F2F-D1", Kind.DOES, "cancels debit 9f2f-D1 of AAPL 20DEC24"),
        (PACED, "cancel 9f30-D1", Kind.REFUSED, "order 9f30-D1 is filled: nothing to cancel"),
    ],
)  # fmt: skip
def test_what_stands_behind_a_word_is_read_before_anything_is_asked(snapshot, text, kind, said):
    meant = meaning(around(snapshot), text)
    assert (meant.kind, meant.text) == (kind, said)


def test_where_nothing_is_selected_a_command_says_what_it_takes():
    nobody = Around(View(desks.normal(), ScreenState(), UNICODE), "main", 0, ())
    for text, takes in (("pause", "trader, symbol, all, marked"), ("cancel", "order")):
        meant = meaning(nobody, text)
        assert meant.kind is Kind.REFUSED and meant.text.endswith(f"; {text} takes {takes}")


def test_what_can_be_tried_is_what_the_engine_can_try():
    assert {lever.word: lever.values for lever in levers.LEVERS} == LEVERS


async def test_a_word_that_needs_more_lists_what_and_a_value_reaches_the_engine(open_app, clock):
    app, desk = open_app(PACED)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon", *"speed", "enter")
        assert isinstance(app.screen, CommandLine)
        assert app.screen.query_one(Input).value == "speed "
        shown = "".join(t for line in app.screen.lines() for t, _ in line)
        assert "speed 1 " in shown and "speed 20" in shown and desk.asked == []
        await pilot.press(*"20", "enter")
        assert [(c.ask, c.args) for c in desk.asked] == [(Ask.SET_SPEED, {"speed": 20.0})]
        desk.asked.clear()
        await pilot.press("colon", *"try cancel_ms 3000 *", "enter")
        assert isinstance(app.screen, SeveralDialog) and desk.asked == []
        await pilot.press("enter", "y")
        assert desk.asked == []
        clock.pass_by(0.5)
        await pilot.press("y")
        assert [(c.ask, c.args) for c in desk.asked] == [(Ask.TRIAL, {"word": "cancel_ms 3000 *"})]
    app, desk = open_app(BEFORE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon", *"go-to 11:30", "enter")
        assert [(c.ask, c.target) for c in desk.asked if c.ask is Ask.GO] == [(Ask.GO, "11:30")]
        await pilot.press("colon", *"go to", "enter")
        assert isinstance(app.screen, Prompt)


def test_completion_goes_from_names_to_what_follows_them():
    assert completions(HERE, "")[:3] == ["pause", "kill", "halt"]
    assert completions(HERE, "pau") == ["pause", "pause symbol"]
    assert completions(HERE, "pause ")[:2] == ["pause all", "pause marked"]
    assert completions(HERE, "pause s") == [
        "pause symbol", "pause SPY", "pause SPY 20DEC24", "pause SPY 17JAN25"
    ]  # fmt: skip
    assert completions(HERE, "theme ") == ["theme dark-grey", "theme light"]
    assert completions(HERE, "layout l") == ["layout learning"]
    assert "open review" in completions(HERE, "open ")
    assert "sort floor" in completions(HERE, "sort f")
    assert completions(HERE, "nothing like it") == []


async def test_typed_lines_do_exactly_what_they_meant(open_app, clock):
    app, desk = open_app(desks.troubled())
    lines = ["pause SPY", "pause all", "halt", "p", "a", "pause nobody", "resume MSFT 17JAN25",
             "zz", "resume all", "resume SPY", "sort floor", "theme light", "pane 3", "ack-all",
             "filter SPY", "x", "try", "cancel", "freeze", "close shares", "main", "kill all"]  # fmt: skip
    async with app.run_test(size=(120, 40)) as pilot:
        for text in lines:
            desk.asked.clear()
            await pilot.press("colon")
            assert isinstance(app.screen, CommandLine)
            app.screen.query_one(Input).value = text
            await pilot.pause()
            meant: Meaning = meaning(app.screen.around, text)
            expected = list(meant.requests)
            if meant.action in COMMANDS:
                asked = COMMANDS[meant.action](app.view(), app.keymap.first(meant.action))
                expected = [] if isinstance(asked, str) else asked
            await pilot.press("enter")
            if meant.kind is not Kind.DOES:
                assert isinstance(app.screen, CommandLine) and desk.asked == []
                shown = "".join(t for line in app.screen.lines() for t, _ in line)
                assert meant.text in shown
                await pilot.press("escape")
                continue
            if meant.asks_first:
                assert isinstance(app.screen, SeveralDialog) and desk.asked == [], text
                await pilot.press("enter", "space", "y")
                assert desk.asked == [], text  # not armed yet
                clock.pass_by(0.5)
                await pilot.press("y")
            assert desk.asked == expected, text
            if isinstance(app.screen, Prompt):
                await pilot.press("escape")
        assert texts(app, "traders")


async def test_tab_goes_round_what_fits_and_up_brings_back_what_was_typed(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon", *"pau", "tab")
        line = app.screen.query_one(Input)
        assert line.value == "pause"
        await pilot.press("tab")
        assert line.value == "pause symbol"
        await pilot.press("tab", "shift+tab", "shift+tab", "space", "s", "p", "tab", "tab")
        assert line.value == "pause SPY 20DEC24"
        await pilot.press("enter")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.PAUSE, "SPY-241220")]
        await pilot.press("colon", *"blot", "enter")
        assert app.screen.query_one(Input).value == "blotter" and app.place == ""
        await pilot.press("enter")
        assert app.place == "blotter"
        await pilot.press("colon", "up", "up")
        assert app.screen.query_one(Input).value == "pause SPY 20DEC24"
        await pilot.press("down", "escape", "colon", "p", "up")
        assert app.screen.query_one(Input).value == "pause SPY 20DEC24"
        await pilot.press("escape")
        assert len(desk.asked) == 1
