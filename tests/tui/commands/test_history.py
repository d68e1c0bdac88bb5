"""Typed commands come back after a restart: the terminal's own words alone, in an owner's file."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support import sample_snapshots as desks
from tests.support.fake_desk import FakeDesk
from tests.support.screen_text import front
from tui.app import DeskApp
from tui.arrangement import NAME as LAYOUT_NAME
from tui.bridge import Bridge
from tui.commands.history import MOST_LINES, NAME, History, Recall, read
from tui.lists.remembered import NAME as LISTS_NAME


@given(st.lists(st.tuples(st.text(max_size=40), st.booleans()), max_size=30))
def test_each_line_is_there_once_in_the_order_of_its_last_use(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("history") / NAME
    history = History(path)
    for line, kept in lines:
        history.add(line, kept)
    history.keep(wait=True)
    again = History(path)
    assert not again.problem
    assert len(history.lines) == len(set(history.lines)) <= MOST_LINES
    assert set(again.lines) <= set(history.lines)
    assert all(line.isprintable() and line == line.strip() for line in again.lines)


def test_what_was_typed_freely_is_forgotten_after_the_end(tmp_path: Path):
    history = History(tmp_path / NAME)
    for line, kept in (("pause SPY", True), ("filter sk-live-0123", False), ("halt", True)):
        history.add(line, kept)
    history.keep(wait=True)
    assert list(history.lines) == ["pause SPY", "filter sk-live-0123", "halt"]
    assert (tmp_path / NAME).read_text() == "pause SPY\nhalt\n"
    assert os.stat(tmp_path / NAME).st_mode & 0o777 == 0o600


def test_a_bad_file_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"\xff\xfe\x00")
    lines, problem = read(tmp_path / NAME)
    assert lines == [] and "is damaged" in problem and problem.isprintable()
    (tmp_path / "folder").mkdir()
    assert "cannot be read" in read(tmp_path / "folder")[1]
    assert read(tmp_path / "none") == ([], "")
    (tmp_path / "escapes").write_text("pause\x1b]52;c;eA==\x07\n\n  halt  \n")
    assert all(line.isprintable() for line in read(tmp_path / "escapes")[0])


def test_up_goes_back_through_the_lines_that_begin_alike():
    recall = Recall(["halt", "pause SPY", "q", "pause all"], "pau")
    assert [recall.go(-1), recall.go(-1), recall.go(-1), recall.go(1), recall.go(1)] == [
        "pause all", "pause SPY", "pause SPY", "pause all", "pau"
    ]  # fmt: skip


async def test_commands_and_layout_come_back_after_a_restart(tmp_path: Path, clock):
    def opened() -> DeskApp:
        desk = FakeDesk(desks.troubled())
        path = tmp_path / "state" / LISTS_NAME
        return DeskApp(
            Bridge(desk, clock), environment={}, monotonic=clock, beat=False, lists_file=path
        )

    app = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon", *"layout orders", "enter", "ctrl+right", "5", "ctrl+down")
        before = dict(front(app)._placed.plan.places)
        app.own_files.keep(app.state, wait=True)
    folder = tmp_path / "state"
    assert os.stat(folder / LAYOUT_NAME).st_mode & 0o777 == 0o600
    assert (folder / NAME).read_text() == "layout orders\n"
    again = opened()
    async with again.run_test(size=(120, 40)) as pilot:
        assert front(again)._placed.plan.places == before
        assert list(again.own_files.history.lines) == ["layout orders"]
    (folder / LAYOUT_NAME).write_text('{"layout": "upside-down"}')
    third = opened()
    async with third.run_test(size=(120, 40)):
        assert "layout.json is damaged: there is no layout 'upside-down'" in third.state.message
        assert third.state.arrangement.layout == "balanced"
