"""The session's course: what each minute was like, what happened when, in bounded memory."""

from __future__ import annotations

import pickle
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.orders import events as ev
from engine.risk.day_loss import DayLoss
from engine.risk.exposure import Exposure
from engine.snapshot import DayMark
from engine.state import day_record, trader_days
from engine.state.day_record import MINUTE_MS
from engine.state.desk import DeskState
from engine.state.notices import Notices
from engine.state.totals import plain_values
from engine.state.trader_days import MOST_TRADER_MARKS, TRADER_MS, TraderDays
from tests.support.hand_written_runs import OPEN_MS, OUTCOMES, Story
from tests.support.retained import retained_bytes

played = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(OUTCOMES), st.integers(1, 3), st.integers(0, 400_000)
    ),
    max_size=30,
)


def told(steps: list[tuple[int, str, int, int]]) -> list[ev.Event]:
    story = Story()
    for number, outcome, quantity, later_ms in steps:
        story.play(story.keys[number], outcome, quantity, 150, 160)
        story.later(later_ms)
    return story.events


def folded(events: list[ev.Event]) -> DeskState:
    state = DeskState()
    for event in events:
        state.apply(event)
    return state


@given(played)
@settings(max_examples=20, deadline=None)
def test_each_sample_is_what_the_desk_was_at_that_minute(steps):
    events = told(steps)
    state = folded(events)
    exposure_of = {}
    for sample in state.day.view().samples:
        if sample.at_ms == OPEN_MS:
            continue
        before = [event for event in events if event[0] < sample.at_ms]
        then, exposure = folded(before), Exposure()
        for event in before:
            exposure.apply(event)
        exposure_of[sample.at_ms] = exposure
        assert (sample.floor_c, sample.attempts, sample.fills, sample.orders) == (
            then.money.floor_c, then.attempts.attempts, then.attempts.fills, then.orders.submits,
        )  # fmt: skip
        assert (sample.unhedged, sample.open_c) == (then.money.unhedged, then.money.open_c)
        assert sample.loss_c == -exposure.realised_c >= 0


@given(played, st.data())
@settings(max_examples=20, deadline=None)
def test_the_journal_read_back_or_gone_on_with_from_any_row_has_the_same_course(steps, data):
    events = told(steps)
    whole = folded(events)
    read = DeskState()
    read.apply_all(enumerate(events, 1))
    cut = data.draw(st.integers(0, len(events)))
    resumed: DeskState = pickle.loads(pickle.dumps(folded(events[:cut])))
    resumed.apply_all((seq, event) for seq, event in enumerate(events, 1) if seq > cut)
    for other in (read, resumed):
        assert other.day.view() == whole.day.view()
        assert plain_values(other) == plain_values(whole)
        for key in whole.traders:
            assert other.day.view_of(key) == whole.day.view_of(key)


@given(played)
@settings(max_examples=15, deadline=None)
def test_times_ascend_and_a_trader_has_a_sample_only_where_it_changed(steps):
    state = folded(told(steps))
    times = [sample.at_ms for sample in state.day.view().samples]
    assert times == sorted(set(times)) and times[0] == OPEN_MS
    for key in state.traders:
        samples = state.day.view_of(key).samples
        assert all(sample.at_ms % TRADER_MS == 0 for sample in samples)
        assert all(a.at_ms < b.at_ms and a[1:] != b[1:] for a, b in pairwise(samples))


def test_a_trader_whose_money_needs_more_than_four_bytes_keeps_its_samples():
    story = Story()
    key = story.keys[0]
    story.play(key, "complete", 1, 150, 160)
    story.later(2 * TRADER_MS)
    story.play(key, "complete", 1_000, 150_000, 190_000)
    story.later(2 * TRADER_MS)
    story.play(key, "complete", 1, 150, 160)
    state = folded(story.events)
    small, large = state.day.view_of(key).samples[-2:]
    assert 0 < abs(small.floor_c) < 2**31 < abs(large.floor_c)
    assert large.at_ms - small.at_ms == 2 * TRADER_MS and large.attempts == 2


def test_a_quiet_desk_and_its_traders_take_bounded_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(day_record, "MOST_SAMPLES", 40)
    monkeypatch.setattr(trader_days, "MOST_TRADER_SAMPLES", 12)
    story = Story(1)
    for _ in range(300):
        story.play(story.keys[0], "complete", 1, 150, 160)
        story.later(TRADER_MS)
    state = folded(story.events)
    samples, of_trader = state.day.view().samples, state.day.view_of(story.keys[0]).samples
    assert 20 <= len(samples) <= 40 and 6 <= len(of_trader) <= 12
    assert samples[0].at_ms == OPEN_MS and samples[-1].at_ms > story.at_ms - 32 * MINUTE_MS
    assert of_trader[-1].at_ms > story.at_ms - 8 * TRADER_MS


def test_a_minute_keeps_one_mark_of_a_kind_the_gravest_and_counts_the_others():
    story = Story(1)
    at_ms = story.later(30_000)
    for number, priority in enumerate((3, 1, 2)):
        story.add(ev.AlarmRaised(at_ms, f"A{number}", priority, "STALE", story.keys[0], "", "", ""))
    for _ in range(2):
        story.add(operator(at_ms + 1, "pause", story.keys[0]))
    state = folded(story.events)
    marks = [mark for mark in state.day.view().marks if mark.kind != "start"]
    key = story.keys[0]
    assert marks == [
        DayMark(at_ms, "alarm", f"P1 STALE {key}", 1, 2),
        DayMark(at_ms + 1, "pause", f"pause {key}", 0, 1),
    ]
    assert len(state.day.view_of(key).marks) == 5


def operator(at_ms: int, action: str, target: str, outcome: str = "confirmed") -> ev.OperatorActed:
    return ev.OperatorActed(at_ms, "T1", action, target, "operator", "p", "", "", outcome, "")


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (operator(OPEN_MS + 1, "kill", "*"), "kill"),
        (operator(OPEN_MS + 1, "resume-after-kill", "*"), "kill"),
        (operator(OPEN_MS + 1, "halt", "*"), "pause"),
        (operator(OPEN_MS + 1, "halt", "*", "refused"), ""),
        (operator(OPEN_MS + 1, "ack", "*"), ""),
        (ev.PhaseChanged(OPEN_MS + 1, "MORNING", ""), "phase"),
        (ev.RecommendationSettled(OPEN_MS + 1, "R1", "applied", ""), "approval"),
        (ev.RecommendationSettled(OPEN_MS + 1, "R1", "rejected", ""), ""),
        (ev.SessionEnded(OPEN_MS + 1, "the close"), "end"),
    ],
)
def test_what_is_marked(event: ev.Event, kind: str):
    marks = folded([*Story(1).events, event]).day.view().marks[1:]
    assert [mark.kind for mark in marks] == ([kind] if kind else [])


def test_a_request_about_a_symbol_is_told_in_words():
    state = folded([*Story(1).events, operator(OPEN_MS + 1, "pause", "symbol:SPY")])
    assert state.day.view().marks[-1].text == "pause all SPY"
    assert state.notices.lines[-1].text == "pause all SPY confirmed"


def test_a_restart_is_marked_and_another_date_begins_anew():
    story = Story(1)
    story.play(story.keys[0], "complete", 1, 150, 160)
    story.later(5 * MINUTE_MS)
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    story.add(start._replace(at_ms=story.at_ms))
    same = folded(story.events).day
    assert [mark.kind for mark in same.view().marks] == ["start", "start"]
    assert [sample.at_ms for sample in same.view().samples][-1] == story.at_ms
    other = folded([*story.events, start._replace(at_ms=story.at_ms, session_date="2024-11-25")])
    assert len(other.day.view().samples) == len(other.day.view().marks) == 1
    assert other.day.view().samples[0].attempts == 0
    assert other.day.view().samples[0].floor_c == folded(story.events).money.floor_c


@pytest.mark.parametrize("held", [0, 1, 15, 16, 17, 47, 48, 49, 55, 56, 57, 200])
def test_a_trader_keeps_its_last_marks_alone(held):
    story = Story(1)
    texts = [f"{number} of 40 fills" for number in range(held)]
    times = [story.later(1) for _ in texts]
    for at_ms, text in zip(times, texts, strict=True):
        story.add(ev.TraderHeld(at_ms, story.keys[0], "HELD", 0, text))
    marks = folded(story.events).day.view_of(story.keys[0]).marks
    wanted = [DayMark(at, "hold", f"held: {text}") for at, text in zip(times, texts, strict=True)]
    assert marks == tuple(wanted[-MOST_TRADER_MARKS:])


def test_a_traders_mark_takes_few_bytes():
    def marked(count):
        days = TraderDays({}, DayLoss(), Notices())
        for number in range(count):
            mark = DayMark(1_790_000_000_000 + 977 * number, "hold", f"held: {number} of 40 fills")
            days.mark(f"S{number % 10}", mark)
        return days

    few, many = (retained_bytes(partial(marked, 10 * count)) for count in (16, 48))
    assert (many - few) / (10 * (48 - 16)) < 50


def alarm(at_ms: int, name: str, priority: int, where: str, recurs: bool = False) -> ev.AlarmRaised:
    return ev.AlarmRaised(at_ms, name, priority, "STALE", where, "old", "", "look", recurs)


def test_a_minute_keeps_the_most_alarms_of_each_priority_that_were_active_at_once():
    story = Story(1)
    key = story.keys[0]
    story.add(alarm(OPEN_MS + 10_000, "A1", 1, key))
    story.add(alarm(OPEN_MS + 12_000, "A2", 2, key))
    story.add(ev.AlarmCleared(OPEN_MS + 18_000, "A1"))
    story.add(alarm(OPEN_MS + 20_000, "A3", 1, key))
    story.add(ev.AlarmCleared(OPEN_MS + 28_000, "A3"))
    story.add(ev.AlarmCleared(OPEN_MS + 61_000, "A2"))
    story.add(alarm(OPEN_MS + 130_000, "A4", 3, key))
    story.add(ev.SessionEnded(OPEN_MS + 250_000, "the close"))
    samples = folded(story.events).day.view().samples
    assert [(s.at_ms - OPEN_MS, s.p1, s.p2, s.p3) for s in samples] == [
        (0, 0, 0, 0),
        (60_000, 1, 1, 0),
        (120_000, 0, 1, 0),
        (240_000, 0, 0, 1),
        (250_000, 0, 0, 1),
    ]


def test_a_sample_that_goes_leaves_its_alarms_to_the_next_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(day_record, "MOST_SAMPLES", 12)
    story = Story(1)
    for minute in range(40):
        at_ms = OPEN_MS + minute * MINUTE_MS
        if minute in (4, 17, 33):
            story.add(alarm(at_ms + 1_000, f"A{minute}", 2, story.keys[0]))
            story.add(ev.AlarmCleared(at_ms + 9_000, f"A{minute}"))
        story.add(ev.PhaseChanged(at_ms + 10_000, "MORNING", ""))
    samples = folded(story.events).day.view().samples
    assert len(samples) <= 12
    for minute in (4, 17, 33):
        at_ms = OPEN_MS + minute * MINUTE_MS
        assert next(s for s in samples if s.at_ms > at_ms).p2 == 1
    assert sum(s.p2 for s in samples) == 3


def test_an_alarm_that_wants_another_answer_is_marked_again():
    story = Story(2)
    first, second = story.keys
    story.add(alarm(OPEN_MS + 1_000, "A1", 1, first))
    story.add(ev.AlarmJoined(OPEN_MS + 2_000, "A1", second, "old too"))
    story.add(ev.AlarmAcknowledged(OPEN_MS + 3_000, "A1"))
    story.add(ev.AlarmJoined(OPEN_MS + 124_000, "A1", second, "older"))
    state = folded(story.events)
    marks = [mark for mark in state.day.view().marks if mark.kind == "alarm"]
    assert marks == [
        DayMark(OPEN_MS + 1_000, "alarm", f"P1 STALE {first}", 1),
        DayMark(OPEN_MS + 124_000, "alarm", f"P1 STALE {second}", 1),
    ]
    assert state.day.view_of(second).marks == (marks[1],)
    assert state.notices.raised[1] == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["raise", "join", "leave", "clear", "ack", "shelve"]),
            st.integers(0, 1),
            st.integers(0, 4),
        ),
        max_size=40,
    ),
    st.booleans(),
)
def test_what_an_alarm_will_want_is_known_before_it_comes(steps, recurs):
    state = folded(Story(1).events)
    at_ms = OPEN_MS
    for what, number, place in steps:
        at_ms += 1
        name, where = f"A{number}", f"place {place}"
        event: ev.Event
        match what:
            case "raise":
                event = alarm(at_ms, name, 2, where, recurs)
            case "join":
                event = ev.AlarmJoined(at_ms, name, where, "old too")
            case "leave":
                event = ev.AlarmLeft(at_ms, name, where)
            case "clear":
                event = ev.AlarmCleared(at_ms, name)
            case "ack":
                event = ev.AlarmAcknowledged(at_ms, name)
            case _:
                event = operator(at_ms, "shelve", name)
        expected = state.notices.wants_answer(event)
        before = sum(state.notices.raised.values())
        state.apply(event)
        assert expected == (sum(state.notices.raised.values()) > before)


@given(played)
@settings(max_examples=20, deadline=None)
def test_the_losses_of_all_traders_are_the_desks_and_each_sample_has_its_own(steps):
    events = told(steps)
    state = folded(events)
    lost = {key: state.day.view_of(key).loss_c for key in state.traders}
    assert sum(lost.values()) == -state.day.losses.realised_c == state.day.view().loss_c
    for key in state.traders:
        for sample in state.day.view_of(key).samples:
            if sample.at_ms > OPEN_MS:
                then = folded([event for event in events if event[0] < sample.at_ms])
                assert sample.loss_c == then.day.view_of(key).loss_c


def test_a_traders_sample_has_the_most_alarms_in_its_places_since_the_one_before():
    story = Story(2)
    key, other = story.keys
    story.add(alarm(OPEN_MS + 61_000, "A1", 1, f"{key}/4"))
    story.add(ev.AlarmJoined(OPEN_MS + 62_000, "A1", f"{key}/5", "old too"))
    story.add(alarm(OPEN_MS + 63_000, "A2", 2, key))
    story.add(ev.AlarmCleared(OPEN_MS + 69_000, "A1"))
    story.add(ev.AlarmCleared(OPEN_MS + TRADER_MS + 1_000, "A2"))
    for later in range(1, 5):
        story.add(ev.PhaseChanged(OPEN_MS + later * TRADER_MS + 2_000, "MORNING", ""))
    state = folded(story.events)
    samples = state.day.view_of(key).samples
    assert [((s.at_ms - OPEN_MS) // TRADER_MS, s.alarms) for s in samples] == [
        (1, 2),
        (2, 1),
        (3, 0),
    ]
    assert [s.alarms for s in state.day.view_of(other).samples] == [0]
    assert state.day.view_of(key).alarms == 0
    assert folded(story.events[:-6]).day.view_of(key).alarms == 2


def test_a_traders_sample_that_goes_leaves_its_alarms_to_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(trader_days, "MOST_TRADER_SAMPLES", 12)
    story = Story(1)
    key = story.keys[0]
    for number in range(40):
        at_ms = OPEN_MS + number * TRADER_MS
        if number == 4:
            story.add(alarm(at_ms + 1_000, "A1", 2, key))
            story.add(ev.AlarmCleared(at_ms + 9_000, "A1"))
        story.at_ms = at_ms + 10_000
        story.play(key, "timeout", 1, 150, 160)
    samples = folded(story.events).day.view_of(key).samples
    assert len(samples) <= 12 and max(sample.alarms for sample in samples) == 1
