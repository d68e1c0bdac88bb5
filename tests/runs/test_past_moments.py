"""Any moment of a run, forward and back, is the journal folded up to it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.runs.past import moments as past
from engine.runs.past.moments import ALARM, FILL, Moments
from engine.state.totals import plain_values
from tests.support.hand_written_runs import OPEN_MS, Story
from tests.support.past_runs import busy_story, damaged, folded, written

EVENTS = busy_story().events
LAST_MS = EVENTS[-1][0]


def reached(moments: Moments, at_ms: int) -> Moments:
    while not moments.go(at_ms):
        pass
    return moments


@given(
    st.lists(st.integers(OPEN_MS - 60_000, LAST_MS + 60_000), min_size=1, max_size=12),
    st.integers(5, 400),
)
@settings(max_examples=8, deadline=None)
def test_wherever_one_goes_and_in_which_order_it_is_the_journal_up_to_there(jumps, copy_every):
    with TemporaryDirectory() as folder:
        moments = Moments(written(Path(folder) / "run", EVENTS).journal, copy_every)
        for at_ms in jumps:
            reached(moments, at_ms)
            there = min(max(at_ms, OPEN_MS), LAST_MS)
            assert moments.at_ms == there
            assert plain_values(moments.state) == plain_values(folded(EVENTS, there))
            assert moments.ended == (there >= LAST_MS and moments.state.applied == len(EVENTS))
        moments.close()


@given(
    st.integers(OPEN_MS, LAST_MS), st.sampled_from([(ALARM, ev.AlarmRaised), (FILL, ev.Executed)])
)
@settings(max_examples=8, deadline=None)
def test_the_next_and_the_last_of_a_kind_are_those_of_the_journal(at_ms, what):
    kind, event = what
    times = [each[0] for each in EVENTS if type(each) is event]
    with TemporaryDirectory() as folder:
        moments = reached(Moments(written(Path(folder) / "run", EVENTS).journal, 50), at_ms)
        assert moments.time_before(kind) == max((t for t in times if t < at_ms), default=None)
        later = min((t for t in times if t > at_ms), default=None)
        if later is None:
            with pytest.raises(LookupError):
                while not moments.go_to_next(kind, at_ms):
                    pass
            assert moments.at_ms == LAST_MS
        else:
            while not moments.go_to_next(kind, at_ms):
                pass
            assert moments.at_ms == later
            assert plain_values(moments.state) == plain_values(folded(EVENTS, later))
        moments.close()


def test_a_long_way_is_gone_in_parts_and_copies_stay_few(tmp_path, monkeypatch):
    monkeypatch.setattr(past, "AT_ONCE", 20)
    monkeypatch.setattr(past, "MOST_COPIES", 4)
    moments = Moments(written(tmp_path / "run", EVENTS).journal, 10)
    assert not moments.go(LAST_MS)
    seen = moments.state.applied
    assert 0 < seen <= 20
    reached(moments, LAST_MS)
    assert len(moments._copies) <= 4 and moments._copies[0].applied == 0
    reached(moments, OPEN_MS + 100_000)
    assert plain_values(moments.state) == plain_values(folded(EVENTS, OPEN_MS + 100_000))
    moments.close()


def test_on_its_way_the_moment_is_that_of_the_state_and_the_way_can_be_left(tmp_path, monkeypatch):
    monkeypatch.setattr(past, "AT_ONCE", 60)
    moments = Moments(written(tmp_path / "run", EVENTS).journal)
    assert not moments.go(LAST_MS)
    assert moments.at_ms == moments.state.at_ms > OPEN_MS
    back_ms = (OPEN_MS + moments.at_ms) // 2
    reached(moments, back_ms)
    assert moments.at_ms == back_ms
    assert plain_values(moments.state) == plain_values(folded(EVENTS, back_ms))
    moments.close()


def test_a_run_that_was_killed_shows_what_it_had_acknowledged(tmp_path):
    places = written(tmp_path / "run", EVENTS, killed=True)
    assert places.journal.with_name("journal.db-wal").exists()
    moments = reached(Moments(places.journal), LAST_MS)
    assert plain_values(moments.state) == plain_values(folded(EVENTS, LAST_MS))
    moments.close()


def test_a_damaged_run_shows_what_lies_before_the_damage_and_says_so(tmp_path):
    places = written(tmp_path / "run", EVENTS)
    first = damaged(places, 3)
    moments = reached(Moments(places.journal), LAST_MS)
    assert moments.ended and moments.state.applied == first - 1
    assert f"rows {first} to" in moments.damage
    reached(moments, OPEN_MS + 1_000)
    assert plain_values(moments.state) == plain_values(folded(EVENTS, OPEN_MS + 1_000))
    moments.close()


@pytest.mark.parametrize("how", ["missing", "empty", "foreign", "torn"])
def test_what_is_no_journal_or_damaged_from_its_first_row_is_refused(tmp_path, how):
    path = tmp_path / "journal.db"
    if how == "empty":
        path.write_bytes(b"")
    elif how == "foreign":
        path.write_bytes(b"hello" * 400)
    elif how == "torn":
        places = written(tmp_path, EVENTS)
        data = bytearray(places.journal.read_bytes())
        data[4096 : 4096 + 3_000] = bytes(3_000)
        path.write_bytes(data)
    with pytest.raises(JournalError):
        moments = Moments(path)
        reached(moments, LAST_MS)
        assert moments.damage, "a damaged page was not noticed"
        raise JournalError("torn", moments.damage)


def test_nothing_of_the_run_is_changed(tmp_path):
    places = written(tmp_path / "run", EVENTS)
    before = {path.name: path.read_bytes() for path in places.folder.iterdir()}
    moments = reached(Moments(places.journal, 30), LAST_MS)
    reached(moments, OPEN_MS)
    moments.close()
    assert {path.name: path.read_bytes() for path in places.folder.iterdir()} == before


def test_an_alarm_that_wants_another_answer_is_one_to_go_to(tmp_path):
    story = Story()
    first, second, third = story.keys
    story.add(ev.AlarmRaised(OPEN_MS + 1_000, "A1", 1, "STALE", first, "old", "", "look"))
    story.add(ev.AlarmJoined(OPEN_MS + 2_000, "A1", second, "old too"))  # still unanswered
    story.add(ev.AlarmAcknowledged(OPEN_MS + 3_000, "A1"))
    story.add(ev.AlarmJoined(OPEN_MS + 90_000, "A1", third, "old too"))
    story.add(ev.SessionEnded(OPEN_MS + 99_000, "the close"))
    moments = Moments(written(tmp_path / "run", story.events).journal)
    reached(moments, OPEN_MS + 1_500)
    while not moments.go_to_next(ALARM, OPEN_MS + 1_500):
        pass
    assert moments.at_ms == OPEN_MS + 90_000
    assert moments.time_before(ALARM) == OPEN_MS + 1_000
    with pytest.raises(LookupError):
        while not moments.go_to_next(ALARM, OPEN_MS + 90_000):
            pass
    assert moments.time_before(ALARM) == OPEN_MS + 90_000
    moments.close()
