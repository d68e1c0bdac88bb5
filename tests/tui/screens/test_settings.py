"""The configuration on the screen: typed, judged, seen, confirmed, taken back, written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.config import (
    BY_HAND,
    MEANINGS,
    DeskConfig,
    RiskLimits,
    settings_in,
)
from engine.orders import events as ev
from engine.runtime.live_limits import limit_views
from engine.state.limits import TightenedLimits
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts
from tests.support.settings_screen import FILE, go_to, said
from tui.screens.prompt import Prompt
from tui.screens.settings import ChangeDialog, SettingEntry
from tui.viewmodel.settings import NOW, settings_of


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


async def test_a_limit_is_typed_judged_seen_and_asked_for(
    settings_app, clock, settings_file
) -> None:
    app, desk = settings_app()
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
        assert settings_file.path.read_text() == FILE


async def test_dollars_are_told_in_cents_with_their_thousands_apart(settings_app, clock) -> None:
    tight = TightenedLimits()
    tight.changed(ev.LimitChanged(0, "day_loss_halt_usd", 222222.222222, 111111.119, False, ""))
    scaled = RiskLimits(day_loss_halt_usd=111111.119, max_debit_usd_desk=1_666_666.666666)
    app, desk = settings_app(
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


@pytest.mark.parametrize("name", ["day_loss_halt_usd", "day_loss_exit_only_usd", "max_contracts"])
async def test_the_default_of_a_limit_is_in_force_at_once_where_it_is_tighter(
    settings_app, clock, name: str
) -> None:
    default = getattr(RiskLimits(), name)
    wide = RiskLimits(max_contracts=50, day_loss_halt_usd=90_000.0, day_loss_exit_only_usd=80_000.0)
    app, desk = settings_app(desks.normal(limits=limit_views(wide, TightenedLimits(), {})))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("c")
        go_to(app, f"limits.{name}")
        await pilot.press("enter", *"default", "enter")
        assert isinstance(app.screen, ChangeDialog) and "y  now: " in said(app)
        clock.pass_by(0.5)
        await pilot.press("y")
        (command,) = desk.asked
        assert command.args == {"value": default, "seen": getattr(wide, name)}


async def test_what_would_loosen_goes_into_the_file_alone(
    settings_app, clock, settings_file
) -> None:
    app, desk = settings_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        go_to(app, "limits.max_contracts")
        await pilot.press("enter", *"12", "enter")
        assert "looser than 10, which is in force" in said(app)
        clock.pass_by(0.5)
        await pilot.press("y")
        assert isinstance(app.screen, ChangeDialog) and not desk.asked
        await pilot.press("w")
        assert settings_file.path.read_text() == FILE.replace("10  #", "12  #")
        assert not desk.asked and "written in config.toml" in app.state.message


@pytest.mark.parametrize(("base", "made"), [(desks.normal(), True), (desks.live(), False)])
async def test_a_limit_that_a_simulated_desk_scales_is_told_as_the_next_start_has_it(
    settings_app, clock, settings_file, base, made: bool
) -> None:
    traders = len(base.traders)
    limits = RiskLimits().scaled(traders)
    app, _ = settings_app(replace(base, limits=limit_views(limits, TightenedLimits(), {})))
    then = RiskLimits(day_loss_halt_usd=300).scaled(traders).day_loss_halt_usd
    words = f"{traders} simulated traders make {then:,.12g} of it"
    assert then > 300
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("c")
        go_to(app, "limits.day_loss_halt_usd")
        await pilot.press("enter", *"99999")
        assert ("at the next start, from the settings file: " in said(app)) is made
        await pilot.press(*["backspace"] * 5, *"300", "enter")
        assert (f"for the next start; {words}" in said(app)) is made
        clock.pass_by(0.5)
        await pilot.press("w")
        if made:
            assert app.state.message.endswith(f"written in config.toml: {words} at the next start")


async def test_a_looser_limit_of_real_money_is_written_by_a_typed_word_alone(
    settings_app, clock, settings_file
) -> None:
    app, desk = settings_app(desks.live())

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
            assert settings_file.path.read_text() == FILE and "not written" in app.state.message
            await ask(pilot, "limits.max_contracts", "12")
        await pilot.press("w", *"LOOSEN", "enter")
        assert settings_file.path.read_text() == FILE.replace("10  #", "12  #")
        await ask(pilot, "limits.last_debit_before_close_s", "60")
        assert "asks for the word LOOSEN" in said(app), "which way is looser, nobody knows"
        await pilot.press("escape")
        await ask(pilot, "limits.max_contracts", "3")
        assert "LOOSEN" not in said(app)
        await pilot.press("w")
        assert settings_file.path.read_text() == FILE.replace("10  #", "3  #")
        await ask(pilot, "limits.max_contracts", "9")  # tighter than in force, not than the file
        assert "asks for the word LOOSEN" in said(app)
    assert not desk.asked


async def test_what_was_tightened_is_written_for_the_next_start(
    settings_app, clock, settings_file
) -> None:
    changes = TightenedLimits()
    changes.changed(ev.LimitChanged(0, "max_contracts", 10, 4, False, "ada"))
    limits = limit_views(RiskLimits(max_contracts=4), changes, {"max_contracts": 10})
    app, desk = settings_app(desks.normal(limits=limits))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        go_to(app, "limits.max_contracts")
        await pilot.press("enter", "4")
        assert "in force already" in said(app)
        await pilot.press("enter")
        clock.pass_by(0.5)
        await pilot.press("y", "w")
        assert settings_file.path.read_text() == FILE.replace("10  #", "4  #") and not desk.asked


async def test_a_file_that_changed_meanwhile_is_left(settings_app, clock, settings_file) -> None:
    app, _ = settings_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        go_to(app, "ladder.walk_steps")
        await pilot.press("enter", *"4", "enter")
        settings_file.path.write_text("# theirs\n")
        clock.pass_by(0.5)
        await pilot.press("w")
        assert settings_file.path.read_text() == "# theirs\n"
        assert "has changed meanwhile" in app.state.message


async def test_a_tightened_limit_is_taken_back_only_after_it_was_seen(settings_app, clock) -> None:
    changes = TightenedLimits()
    changes.changed(ev.LimitChanged(0, "max_contracts", 10, 4, False, "ada"))
    limits = limit_views(RiskLimits(max_contracts=4), changes, {"max_contracts": 10})
    app, desk = settings_app(desks.normal(limits=limits))
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


async def test_hostile_text_in_the_entry_changes_nothing(settings_app) -> None:
    app, desk = settings_app()
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
