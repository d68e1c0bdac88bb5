"""What was chosen for the lists comes back after a restart, and a bad file never does harm."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.commands import Ask
from tests.support.every_list import everything
from tests.support.fake_desk import FakeDesk
from tests.support.screen_text import texts
from tui.app import DeskApp
from tui.bridge import Bridge
from tui.lists.choices import ListChoices
from tui.lists.remembered import LASTING, NAME, Remembered, read, text_of
from tui.pane_numbers import ALARMS
from tui.viewmodel.lists import KNOWN


@given(
    st.sampled_from(sorted(KNOWN)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.builds(
                ListChoices,
                filter=st.text(max_size=200),
                find=st.text(max_size=200),
                sort=st.sampled_from(["", *sorted(KNOWN[name][1])]),
                inverted=st.booleans(),
                columns=st.lists(st.sampled_from(sorted(KNOWN[name][0])), unique=True).map(tuple),
                marks=st.sets(st.text(max_size=20), max_size=5 if name in LASTING else 0),
                grouped=st.booleans(),
                closed=st.sets(st.text(max_size=20), max_size=5),
            ),
        )
    )
)
def test_what_is_written_is_read_again(tmp_path_factory, named):
    name, chosen = named
    path = tmp_path_factory.mktemp("lists") / NAME
    path.write_text(text_of({name: chosen}), encoding="utf-8")
    lists, problem = read(path, KNOWN)
    assert problem == ""
    assert lists.get(name, ListChoices()) == chosen


BAD = {
    "no json": "{",
    "no table": "[]",
    "unknown list": json.dumps({"nothing": {}}),
    "unknown field": json.dumps({"orders": {"colour": "red"}}),
    "unknown sort": json.dumps({"orders": {"sort": "colour"}}),
    "unknown column": json.dumps({"orders": {"columns": ["colour"]}}),
    "a column twice": json.dumps({"orders": {"columns": ["time", "time"]}}),
    "no truth": json.dumps({"orders": {"inverted": 1}}),
    "groups that are a word": json.dumps({"traders": {"grouped": "yes"}}),
    "closed groups that are a word": json.dumps({"traders": {"closed": "SPY"}}),
    "a long text": json.dumps({"orders": {"filter": "x" * 201}}),
    "marks that are numbers": json.dumps({"orders": {"marks": [1]}}),
    "deep": "[" * 100_000,
    "large": " " * 1_000_001,
    "escapes": json.dumps({"\x1b]52;c;eA==\x07": {}}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_one_sentence_and_the_lists_are_as_declared(tmp_path: Path, name):
    path = tmp_path / NAME
    path.write_text(BAD[name])
    lists, problem = read(path, KNOWN)
    assert lists == {}
    assert problem.startswith(f"{path} is damaged: ")
    assert problem.endswith("the lists are as at the first start")
    assert problem.isprintable() and len(problem) < 200 + len(str(path))


def test_bytes_that_are_no_text_and_a_folder_in_its_place_are_told_too(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"\xff\xfe{")
    assert "damaged" in read(tmp_path / NAME, KNOWN)[1]
    (tmp_path / "folder").mkdir()
    assert "cannot be read" in read(tmp_path / "folder", KNOWN)[1]
    assert read(tmp_path / "none", KNOWN) == ({}, "")


def opened(path: Path, clock, desk: FakeDesk | None = None) -> DeskApp:
    desk = desk or FakeDesk(everything())
    return DeskApp(
        Bridge(desk, clock), environment={}, monotonic=clock, beat=False, lists_file=path
    )


async def test_choices_come_back_after_a_restart_from_a_file_of_its_owner_alone(tmp_path, clock):
    path = tmp_path / "state" / NAME
    app = opened(path, clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "S", "space", "b", "slash", *"spy", "enter", "V", "space", "enter")
        chosen = {name: text_of({name: each}) for name, each in app.state.lists.items()}
        app.own_files.keep(app.state, wait=True)
    assert os.stat(path).st_mode & 0o777 == 0o600
    again = opened(path, clock)
    async with again.run_test(size=(120, 40)) as pilot:
        assert again.state.choices("traders").sort == "state"
        assert "1 marked" in texts(again, "traders")[0]
        await pilot.press("b")
        assert "filter:spy" in texts(again, "list")[0]
        kept = {name: text_of({name: each}) for name, each in again.state.lists.items()}
        assert {
            name: text for name, text in chosen.items() if text != "{}\n"
        }.items() <= kept.items()


async def test_a_mark_of_one_run_touches_no_row_of_the_next_that_has_its_name(tmp_path, clock):
    path = tmp_path / NAME
    app = opened(path, clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("space", "6", "space", "b", "space", "l", "v", "space", "i", "space")
        marked = {name for name, each in app.state.lists.items() if each.marks}
        assert {"traders", "alarms", "orders", "events", "pairs"} <= marked
        app.own_files.keep(app.state, wait=True)
    desk = FakeDesk(everything())
    again = opened(path, clock, desk)
    async with again.run_test(size=(120, 40)) as pilot:
        assert {name for name, each in again.state.lists.items() if each.marks} == {"traders"}
        await pilot.press("6", "j")
        under_cursor = again.state.selected(ALARMS)
        assert "Ack 1" not in " ".join(texts(again, "footer"))
        await pilot.press("a")
        assert [c.target for c in desk.asked if c.ask is Ask.ACKNOWLEDGE] == [under_cursor]


def test_marks_that_an_earlier_version_kept_are_left_out(tmp_path: Path):
    path = tmp_path / NAME
    path.write_text(json.dumps({"alarms": {"marks": ["A02"], "filter": "x"}}))
    lists, problem = read(path, KNOWN)
    assert problem == "" and lists == {"alarms": ListChoices(filter="x")}


async def test_a_bad_file_keeps_no_desk_from_its_screen(tmp_path, clock):
    path = tmp_path / NAME
    path.write_text('{"orders": {"sort": "colour"}}')
    app = opened(path, clock)
    async with app.run_test(size=(200, 60)):
        assert "orders cannot be sorted by 'colour'" in texts(app, "status")[0]


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_folder_that_cannot_be_written_is_no_ones_trouble(tmp_path: Path):
    (tmp_path / "file").write_text("")
    kept = Remembered(tmp_path / "file" / NAME)
    kept.keep({"orders": ListChoices(filter="x")}, wait=True)
    assert (tmp_path / "file").read_text() == ""
