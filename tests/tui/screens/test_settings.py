"""The configuration on the screen: typed, judged, seen, confirmed, taken back, written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from textual import events

from engine.commands import Ask
from engine.config import (
    BY_HAND,
    MEANINGS,
    DeskConfig,
    RiskLimits,
    ScreenSettings,
    SettingsFile,
    settings_in,
)
from engine.orders import events as ev
from engine.runtime.live_limits import limit_views
from engine.snapshot import EngineState
from engine.state.limits import TightenedLimits
from tests.support import sample_snapshots as desks
from tests.support.fake_desk import FakeDesk
from tests.support.screen_text import texts
from tui.app import DeskApp
from tui.arrangement import EMPTY, read
from tui.bridge import Bridge
from tui.kept_theme import KeptTheme
from tui.layout import LAYOUTS
from tui.own_settings import RESTED_S, for_the_journal
from tui.screens.prompt import Prompt
from tui.screens.settings import ChangeDialog, SettingEntry
from tui.viewmodel.settings import NOW, settings_of
from tui.widgets.lines_widget import LinesWidget

FILE = '# mine\ntheme = "dark-grey"\n\n[limits]\nmax_contracts = 10  # enough\n'


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return SettingsFile(path, {})


@pytest.fixture
def screen(clock, file, tmp_path):
    """An app with a settings file, and the desk it asks."""

    def make(snapshot=None) -> tuple[DeskApp, FakeDesk]:
        desk = FakeDesk(snapshot or desks.normal())
        app = DeskApp(
            Bridge(desk, clock),
            DeskConfig(),
            environment={},
            monotonic=clock,
            read_s=lambda _: clock(),
            beat=False,
            settings_file=file,
            kept_theme=KeptTheme(tmp_path / "state" / "theme.json", "dark-grey"),
        )
        return app, desk

    return make


def go_to(app: DeskApp, key: str) -> None:
    app.state.go_to(app.state.pane, key)
    app.repaint()


def said(app: DeskApp) -> str:
    """What the dialog in front says, its rows as one text."""
    lines = app.screen.query_one("#question", LinesWidget).lines
    rows = ["".join(text for text, _ in line).strip() for line in lines]
    return " ".join(row for row in rows if row)


def test_every_setting_has_a_meaning_and_nothing_else_has_one() -> None:
    keys = {key for key, _, _ in settings_in(DeskConfig())} - {"keys"}
    assert set(MEANINGS) == keys
    assert set(BY_HAND) <= keys
    for meaning in MEANINGS.values():
        assert meaning.endswith(".") and meaning.isprintable()


def test_where_a_value_comes_from_is_told() -> None:
    changes = TightenedLimits()
    changes.changed(ev.LimitChanged(0, "max_hung_desk", 2, 1, False, "ada"))
    limits = limit_views(
        RiskLimits(max_hung_desk=1, max_contracts=4), changes, {"max_hung_desk": 2}
    )
    config = DeskConfig(theme="light", account="A-1")
    named = {"theme": "file", "limits.rejects_halt": "LEGDESK_LIMITS__REJECTS_HALT"}
    rows = {row.key: row for row in settings_of(config, limits, named, {"theme": ["mono"]})}
    sources = {key: rows[key].source for key in rows if rows[key].source != "default"}
    assert sources == {
        "theme": "screen",
        "account": "option",
        "limits.max_contracts": "scaled",
        "limits.max_hung_desk": "tightened",
        "limits.rejects_halt": "env",
    }
    hung = rows["limits.max_hung_desk"]
    assert (hung.now, hung.undo, hung.written, hung.changes) == ("1", "2", "2", NOW)
    assert rows["theme"].undo == "mono"
    past = {row.key: row.source for row in settings_of(config, elsewhere="run")}
    assert (past["account"], past["limits.max_hung_desk"]) == ("run", "default")
    assert {row.changes for row in rows.values()} == {"now", "trial", "start", "hand"}


async def test_a_limit_is_typed_judged_seen_and_asked_for(screen, clock, file) -> None:
    app, desk = screen()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        go_to(app, "limits.max_contracts")
        await pilot.press("enter", *"12")
        assert isinstance(app.screen, SettingEntry)
        assert "10 -> 12, at the next start, from the settings file" in said(app)
        await pilot.press("backspace", "backspace", "0")
        assert "greater than or equal to 1" in said(app)
        await pilot.press("enter")
        assert isinstance(app.screen, SettingEntry), "what cannot be stays in the line"
        await pilot.press("backspace", "5")
        assert "10 -> 5, at once" in said(app)
        await pilot.press("enter")
        assert isinstance(app.screen, ChangeDialog)
        shown = said(app)
        assert "y  now: 10 -> 5; journaled, u takes it back" in shown
        assert "-max_contracts = 10  # enough" in shown and "+max_contracts = 5  # enough" in shown
        await pilot.press("enter", "space", "y")
        assert not desk.asks(), "neither Enter nor Space, nor y before it was seen"
        clock.pass_by(0.5)
        await pilot.press("y")
        (command,) = desk.asked
        assert (command.ask, command.target) == (Ask.TIGHTEN, "limits.max_contracts")
        assert command.args == {"value": 5, "seen": 10} and command.key == "Enter"
        assert file.path.read_text() == FILE


async def test_dollars_are_told_in_cents_with_their_thousands_apart(screen, clock) -> None:
    tight = TightenedLimits()
    tight.changed(ev.LimitChanged(0, "day_loss_halt_usd", 222222.222222, 111111.119, False, ""))
    scaled = RiskLimits(day_loss_halt_usd=111111.119, max_debit_usd_desk=1_666_666.666666)
    app, desk = screen(
        desks.normal(limits=limit_views(scaled, tight, {"day_loss_halt_usd": 222222.222222}))
    )
    name = "limits.day_loss_halt_usd"
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("c", "slash", *"_usd", "enter")
        text = "\n".join(row for pane in ("list", "chosen") for row in texts(app, pane))
        assert " 111,111.11 " in text and " 1,666,666.66 " in text
        go_to(app, name)
        chosen = "\n".join(texts(app, "chosen"))
        assert "brings 222,222.22 back" in chosen and "<= 1,000,000,000" in chosen
        assert "111111" not in text + chosen and "666666" not in text
        await pilot.press("enter", *"100,000.555")
        assert "111,111.11 -> 100,000.55, at once" in said(app)
        await pilot.press("enter")
        assert "now: 111,111.11 -> 100,000.55;" in said(app)
        clock.pass_by(0.5)
        await pilot.press("y")
        assert desk.asked[-1].args["value"] == 100000.555
        await pilot.press("u")
        assert "111,111.11 -> 222,222.22" in said(app)


async def test_what_would_loosen_goes_into_the_file_alone(screen, clock, file) -> None:
    app, desk = screen()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        go_to(app, "limits.max_contracts")
        await pilot.press("enter", *"12", "enter")
        assert "looser than 10, which is in force" in said(app)
        clock.pass_by(0.5)
        await pilot.press("y")
        assert isinstance(app.screen, ChangeDialog) and not desk.asked
        await pilot.press("w")
        assert file.path.read_text() == FILE.replace("10  #", "12  #")
        assert not desk.asked and "written in config.toml" in app.state.message


async def test_a_looser_limit_of_real_money_is_written_by_a_typed_word_alone(
    screen, clock, file
) -> None:
    app, desk = screen(desks.live())

    async def ask(pilot, key: str, text: str) -> None:
        go_to(app, key)
        await pilot.press("enter", *text, "enter")
        clock.pass_by(0.5)

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        await ask(pilot, "limits.max_contracts", "12")
        assert "asks for the word LOOSEN" in said(app)
        for typed in ((), tuple("loosen"), ("escape",)):
            await pilot.press("w")
            assert isinstance(app.screen, Prompt)
            await pilot.press(*typed, *(() if typed == ("escape",) else ("enter",)))
            assert file.path.read_text() == FILE and "not written" in app.state.message
            await ask(pilot, "limits.max_contracts", "12")
        await pilot.press("w", *"LOOSEN", "enter")
        assert file.path.read_text() == FILE.replace("10  #", "12  #")
        await ask(pilot, "limits.last_debit_before_close_s", "60")
        assert "asks for the word LOOSEN" in said(app), "which way is looser, nobody knows"
        await pilot.press("escape")
        await ask(pilot, "limits.max_contracts", "3")
        assert "LOOSEN" not in said(app)
        await pilot.press("w")
        assert file.path.read_text() == FILE.replace("10  #", "3  #")
        await ask(pilot, "limits.max_contracts", "9")  # tighter than in force, not than the file
        assert "asks for the word LOOSEN" in said(app)
    assert not desk.asked


async def test_what_was_tightened_is_written_for_the_next_start(screen, clock, file) -> None:
    changes = TightenedLimits()
    changes.changed(ev.LimitChanged(0, "max_contracts", 10, 4, False, "ada"))
    limits = limit_views(RiskLimits(max_contracts=4), changes, {"max_contracts": 10})
    app, desk = screen(desks.normal(limits=limits))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        go_to(app, "limits.max_contracts")
        await pilot.press("enter", "4")
        assert "in force already" in said(app)
        await pilot.press("enter")
        clock.pass_by(0.5)
        await pilot.press("y", "w")
        assert file.path.read_text() == FILE.replace("10  #", "4  #") and not desk.asked


async def test_a_file_that_changed_meanwhile_is_left(screen, clock, file) -> None:
    app, _ = screen()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        go_to(app, "ladder.walk_steps")
        await pilot.press("enter", *"4", "enter")
        file.path.write_text("# theirs\n")
        clock.pass_by(0.5)
        await pilot.press("w")
        assert file.path.read_text() == "# theirs\n"
        assert "has changed meanwhile" in app.state.message


async def test_a_tightened_limit_is_taken_back_only_after_it_was_seen(screen, clock) -> None:
    changes = TightenedLimits()
    changes.changed(ev.LimitChanged(0, "max_contracts", 10, 4, False, "ada"))
    limits = limit_views(RiskLimits(max_contracts=4), changes, {"max_contracts": 10})
    app, desk = screen(desks.normal(limits=limits))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("c")
        go_to(app, "limits.max_hung_desk")
        await pilot.press("u")
        assert "nothing to take back" in app.state.message
        go_to(app, "limits.max_contracts")
        await pilot.press("u", "y")
        assert not desk.asked and "4 -> 10" in said(app)
        clock.pass_by(0.5)
        await pilot.press("y")
        (command,) = desk.asked
        assert (command.ask, command.target) == (Ask.UNDO, "limits.max_contracts")
        assert command.args == {"seen": 4}


async def test_theme_and_keys_change_on_the_screen_and_go_back(screen, clock, tmp_path) -> None:
    app, desk = screen()
    kept = KeptTheme(tmp_path / "state" / "theme.json", "dark-grey")

    async def change(pilot, key: str, text: str) -> None:
        go_to(app, key)
        await pilot.press("enter", *text, "enter")
        clock.pass_by(0.5)
        await pilot.press("y")

    async def back(pilot) -> None:
        await pilot.press("u")
        clock.pass_by(0.5)
        await pilot.press("y")

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("c")
        await change(pilot, "theme", "light")
        assert app.desk_theme.name == "light" and kept.read() == "light"
        await back(pilot)
        assert app.desk_theme.name == "dark-grey" and kept.read() == "dark-grey"
        go_to(app, "keys.halt")
        await pilot.press("enter", "p")
        assert "is both" in said(app)
        await pilot.press("escape")
        await change(pilot, "keys.halt", "f9")
        assert app.keymap.first("halt") == "F9"
        await pilot.press("f9")
        assert desk.asks() == [Ask.HALT]
        await back(pilot)
        assert app.keymap.first("halt") == "H" and not app.state.chosen
        go_to(app, "mode")
        await pilot.press("enter")
        assert "only by hand" in app.state.message


def told(desk: FakeDesk) -> list[tuple[str, str, str, str]]:
    """What the journal was told of the screen."""
    for c in desk.told:
        assert c.reason.startswith(f"{c.args['before']} -> {c.args['after']}, ")
    where = [c.reason.partition(", ")[2] for c in desk.told]
    return [
        (c.target, c.args["before"], c.args["after"], each)
        for c, each in zip(desk.told, where, strict=True)
    ]


async def test_every_change_of_the_screen_is_journaled_and_taken_back(screen, clock, file) -> None:
    app, desk = screen()

    async def undo(pilot, key: str) -> None:
        go_to(app, key)
        await pilot.press("u")
        clock.pass_by(0.5)
        await pilot.press("y")

    def rest() -> None:
        clock.pass_by(RESTED_S)
        app.look()

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("L", "m")
        rest()
        await pilot.press("colon", *"layout learning", "enter")
        assert (app.state.arrangement.layout, app.state.bell) == ("learning", False)
        rest()
        assert told(desk) == [
            ("screen.layout", "balanced", "traders", "on the screen"),
            ("screen.bell", "yes", "no", "on the screen"),
            ("screen.layout", "traders", "learning", "on the screen"),
        ]
        await pilot.press("c")
        desk.told.clear()
        for layout in ("traders", "balanced"):
            await undo(pilot, "screen.layout")
            assert app.state.arrangement.layout == layout
            rest()
        await undo(pilot, "screen.bell")
        assert app.state.bell and not app.state.chosen
        rest()
        go_to(app, "screen.refresh_s")
        await pilot.press("enter", *"0.5", "enter")
        clock.pass_by(0.5)
        await pilot.press("y")
        assert app.config.screen.refresh_s == 0.5
        go_to(app, "keys.halt")
        await pilot.press("enter", *"f9", "enter")
        clock.pass_by(0.5)
        await pilot.press("y")
        rest()
        go_to(app, "limits.max_contracts")
        await pilot.press("enter", *"12", "enter")
        clock.pass_by(0.5)
        await pilot.press("w")
        assert told(desk)[3:] == [
            ("screen.refresh_s", "0.25", "0.5", "on the screen"),
            ("keys.halt", "default", "f9", "on the screen"),
            ("limits.max_contracts", "10", "12", "in config.toml, for the next start"),
        ]
    assert not desk.asked, "no request, and no answer on the status line"


async def test_borders_that_are_moved_are_journaled_and_taken_back(screen, clock) -> None:
    app, desk = screen()

    def rest() -> None:
        clock.pass_by(RESTED_S)
        app.look()

    async def drag(pilot, by: int) -> None:
        border = next(b for b in app.screen._placed.plan.borders if b.beside)
        at = border.place.x + 1, border.place.y + 3
        for kind, x in (
            (events.MouseDown, at[0]),
            *((events.MouseMove, at[0] + step) for step in range(1, by + 1)),
            (events.MouseUp, at[0] + by),
        ):
            await pilot._post_mouse_events([kind], None, (x, at[1]), 1)

    async with app.run_test(size=(120, 40)) as pilot:
        await drag(pilot, 4)
        rest()
        dragged = app.state.arrangement.moved
        assert dragged.startswith("balanced 2: ") and dragged.endswith("+4")
        await pilot.press("ctrl+down")
        rest()
        both = app.state.arrangement.moved
        await pilot.press("colon", *"put back", "enter")
        rest()
        assert told(desk) == [
            ("screen.borders", "-", dragged, "on the screen"),
            ("screen.borders", dragged, both, "on the screen"),
            ("screen.borders", both, "-", "on the screen"),
        ]
        desk.told.clear()
        await pilot.press("c")
        for before in (both, dragged, "-"):
            go_to(app, "screen.borders")
            await pilot.press("u")
            clock.pass_by(0.5)
            await pilot.press("y")
            assert app.state.arrangement.moved == before
            rest()
        assert [after for _, _, after, _ in told(desk)] == [both, dragged, "-"]
        assert not app.state.chosen


async def test_a_key_that_is_held_is_one_row_and_none_where_it_ends_as_it_was(
    screen, clock
) -> None:
    app, desk = screen()
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(30):
            await pilot.press("L", "m")
        assert told(desk) == []
        clock.pass_by(RESTED_S)
        app.look()
        layout = app.state.arrangement.layout
        assert layout != "balanced" and app.state.bell
        assert told(desk) == [("screen.layout", "balanced", layout, "on the screen")]
        await pilot.press("m", "q", "c")  # the end waits for no rest
        assert told(desk)[1:] == [("screen.bell", "yes", "no", "on the screen")]


async def test_nothing_is_told_where_nothing_takes_it(screen) -> None:
    for snapshot in (
        replace(desks.normal(), past="r-1"), desks.normal(state=EngineState.ENDED),
    ):  # fmt: skip
        app, desk = screen(snapshot)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("T", "j", "enter")
            assert app.config.theme != "dark-grey" and desk.told == []


def test_an_account_and_a_password_never_reach_the_journal() -> None:
    told = for_the_journal("broker.proxy", "http://me:secret@host:1", "")
    assert "secret" not in f"{told.args}{told.reason}"


def test_the_layouts_of_the_settings_are_those_of_the_screen() -> None:
    assert get_args(ScreenSettings.model_fields["layout"].annotation) == tuple(LAYOUTS)


@pytest.mark.parametrize("layout", ["balanced", "orders"])
def test_a_layout_that_was_chosen_holds_until_the_settings_name_another(
    tmp_path: Path, layout: str
) -> None:
    path = tmp_path / "layout.json"
    fresh, problem = read(path, layout)
    assert (fresh.layout, problem, fresh.text()) == (layout, "", EMPTY)
    fresh.use("learning")
    path.write_text(fresh.text())
    assert read(path, layout)[0].layout == "learning"
    assert read(path, "traders")[0].layout == "traders"
    fresh.use("balanced")
    path.write_text(fresh.text())
    assert read(path, layout)[0].layout == "balanced"


async def test_the_settings_say_layout_bell_and_pace(clock, tmp_path) -> None:
    config = DeskConfig.model_validate(
        {"screen": {"layout": "orders", "bell": False, "refresh_s": 1.0}}
    )
    app = DeskApp(Bridge(FakeDesk(), clock), config, environment={}, monotonic=clock, beat=False)
    assert (app.state.arrangement.layout, app.state.bell) == ("orders", False)
    lists = tmp_path / "lists.json"
    lists.with_name("layout.json").write_text('{"layout": "learning", "instead_of": "orders"}')
    app = DeskApp(Bridge(FakeDesk(), clock), config, environment={}, monotonic=clock, beat=False,
                  lists_file=lists)  # fmt: skip
    rows = {row.key: row for row in settings_of(app.config, named=app.view().named)}
    assert (rows["screen.layout"].now, rows["screen.layout"].source) == ("learning", "kept")
    with pytest.raises(ValueError, match=r"less than or equal to 1"):
        ScreenSettings(refresh_s=1.5)


async def test_hostile_text_in_the_entry_changes_nothing(screen) -> None:
    app, desk = screen()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        for key in ("limits.max_contracts", "spreads.rule", "simulation.symbols", "keys.kill"):
            go_to(app, key)
            await pilot.press("enter")
            for text in ("[red]5[/]", "\x1b[2J", "５", "\u202e1", "[" * 150, "{a=1}\nmode='LIVE'"):
                app.screen.query_one("Input").value = text
                await pilot.pause()
                assert said(app).isprintable() and "\u202e" not in said(app)
            await pilot.press("escape")
        assert not desk.asked


def test_a_kept_theme_gives_way_to_settings_that_changed(tmp_path: Path) -> None:
    path = tmp_path / "theme.json"
    assert KeptTheme(path, "dark-grey").read() == ""
    assert KeptTheme(path, "dark-grey").keep("light") == ""
    assert KeptTheme(path, "dark-grey").read() == "light"
    assert KeptTheme(path, "mono").read() == ""
    for damaged in ("", "[]", "{", '{"theme": 5, "instead_of": "dark-grey"}', "[" * 900):
        path.write_text(damaged)
        assert KeptTheme(path, "dark-grey").read() == ""
    assert "not kept" in KeptTheme(tmp_path / "theme.json" / "x", "a").keep("b")
