"""Settings of the screen itself: at once, journaled once they rest, taken back, and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from textual import events

from engine.commands import Ask
from engine.config import (
    DeskConfig,
    ScreenSettings,
)
from engine.snapshot import EngineState
from tests.support import sample_snapshots as desks
from tests.support.fake_desk import FakeDesk
from tests.support.settings_screen import go_to, said
from tui.app import DeskApp
from tui.arrangement import EMPTY, read
from tui.bridge import Bridge
from tui.kept_theme import KeptTheme
from tui.layout import LAYOUTS
from tui.own_settings import RESTED_S, for_the_journal
from tui.viewmodel.settings import settings_of


async def test_theme_and_keys_change_on_the_screen_and_go_back(
    settings_app, clock, tmp_path
) -> None:
    app, desk = settings_app()
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


async def test_every_change_of_the_screen_is_journaled_and_taken_back(
    settings_app, clock, settings_file
) -> None:
    app, desk = settings_app()

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


async def test_borders_that_are_moved_are_journaled_and_taken_back(settings_app, clock) -> None:
    app, desk = settings_app()

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
    settings_app, clock
) -> None:
    app, desk = settings_app()
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


async def test_nothing_is_told_where_nothing_takes_it(settings_app) -> None:
    for snapshot in (
        replace(desks.normal(), past="r-1"), desks.normal(state=EngineState.ENDED),
    ):  # fmt: skip
        app, desk = settings_app(snapshot)
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
