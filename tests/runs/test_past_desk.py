"""A run's past as a desk: what its journal knows, nothing that it cannot, and no request but time."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import time

import pytest

from engine.commands import Ask, Command, TicketState
from engine.orders import events as ev
from engine.runs.past import moments as past_moments
from engine.runs.past.desk import REFUSED, STEP_S, PastDesk, open_past
from engine.runs.past.moments import Moments
from engine.runs.past.stops import Stops
from engine.runtime.views.holdings import DeskHoldings
from engine.runtime.views.positions import PositionsBuilder
from engine.snapshot import EngineSnapshot, EngineState, Totals, TraderState, TraderView
from engine.state.orders import SHOWN
from tests.support.desks import places_of, simulated
from tests.support.hand_written_runs import OPEN_MS, Story
from tests.support.past_runs import busy_story, damaged, written

NOT_IN_A_JOURNAL = {
    "state", "gate", "gate_text", "next_s", "quoted_s", "stale", "size", "stage", "hung_s", "trial",
}  # fmt: skip
LIMITS = {"capital_limit_c", "order_budget", "order_budget_enforced", "orders_per_minute"}
OF_QUOTES = {"liquidation_c", "quoted_s", "oldest_quote", "reservation_c", "orders_ahead"}


ALARMS_S = [event[0] / 1000 for event in busy_story().events if isinstance(event, ev.AlarmRaised)]


def beaten(desk: PastDesk, passed_s: float = 0.0) -> EngineSnapshot:
    desk.beat(passed_s)
    while desk._busy:
        desk.beat(0.0)
    return desk.snapshot()


def gone(desk: PastDesk, target: str) -> EngineSnapshot:
    desk.submit(Command(Ask.GO, target))
    return beaten(desk)


@pytest.fixture
def desk(tmp_path) -> PastDesk:
    story = busy_story()
    return open_past(written(tmp_path / "run-7", story.events), at=time(9, 40))


def test_at_its_end_a_past_is_what_the_desk_itself_showed_last(tmp_path):
    live = simulated(run_dir=tmp_path, until=time(9, 40))
    live.run_to_end()
    shown = live.snapshot()
    past = beaten(open_past(places_of(live), at=time(16, 0)))
    kept = [f.name for f in fields(TraderView) if f.name not in NOT_IN_A_JOURNAL]
    for theirs, ours in zip(shown.traders, past.traders, strict=True):
        assert {n: getattr(ours, n) for n in kept} == {n: getattr(theirs, n) for n in kept}
    assert past.balances == shown.balances
    assert past.alarms == shown.alarms and past.events == shown.events
    assert past.day.samples == shown.day.samples and past.day.marks == shown.day.marks
    assert [replace(o, broker_state="") for o in shown.orders] == list(past.orders)
    known = [f.name for f in fields(Totals) if f.name not in OF_QUOTES | LIMITS | {"trader_hours"}]
    assert {n: getattr(past.totals, n) for n in known} == {
        n: getattr(shown.totals, n) for n in known
    }
    assert (past.state, past.run, past.past) == (EngineState.ENDED, shown.run, shown.run)


def test_positions_of_a_past_are_the_desks_own_without_their_quotes(tmp_path):
    live = simulated(run_dir=tmp_path, until=time(9, 40))
    live.run_to_end()
    core = live.executor.core
    theirs = PositionsBuilder(DeskHoldings(core.context, core.books, core.shares)).view("positions")
    desk = open_past(places_of(live), at=time(16, 0))
    desk.submit(Command(Ask.WATCH, "positions"))
    ours = beaten(desk).positions
    assert ours is not None and ours.pairs
    kept = ("key", "debit", "credit", "contracts", "sold", "net_c", "floor_c", "label", "fills")
    assert [[getattr(p, n) for n in kept] for p in ours.pairs] == [
        [getattr(p, n) for n in kept] for p in theirs.pairs
    ]
    held = [(c.key, c.quantity, c.pairs) for c in ours.contracts]
    assert held == [(c.key, c.quantity, c.pairs) for c in theirs.contracts]
    assert ours.curve == theirs.curve and ours.underlying is None
    assert {p.liquidation_c for p in ours.pairs} == {None}


def test_what_no_journal_knows_is_unknown(desk):
    found = beaten(desk)
    assert found.totals.quoted_s is None and found.totals.liquidation_c is None
    assert found.health.broker_p50_ms is None and found.positions is None
    assert {row.quoted_s for row in found.traders} == {None}
    assert TraderState.RUN not in {row.state for row in found.traders}
    desk.submit(Command(Ask.WATCH, found.traders[0].key))
    detail = beaten(desk).detail
    assert detail is not None and detail.underlying is None and detail.payoff == ((), ())
    assert detail.gates == () and "not in the journal" in detail.opportunity


def open_unit() -> tuple[Story, str]:
    """A debit of two contracts that filled, and the name of the credit that works for it."""
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    debit = story.order(key, "D", 2, 200)
    story.works(key, debit)
    story.fill(key, debit, 2, 200)
    story.end(key, debit, "filled")
    credit = story.order(key, "C", 2, 230)
    story.works(key, credit)
    return story, key


def seen(tmp_path, story: Story, after_ms: int = 0) -> PastDesk:
    """The past of a story as of so long after its last event."""
    at_ms = story.later(after_ms)
    story.add(ev.PhaseChanged(at_ms, "MORNING", ""))
    return open_past(written(tmp_path / "run-1", story.events), at=time(16, 0))


def test_an_open_unit_of_a_past_names_what_it_sells_as_units_do_whatever_works(tmp_path):
    story, key = open_unit()
    story.add(ev.LadderMoved(story.later(1_000), key, 1, "H6", 190))
    story.end(key, "S1-0-1C1", "canceled")
    story.works(key, story.order(key, "U", 2, 190, 2))
    (unit,) = beaten(seen(tmp_path, story)).units
    sold, bought = reversed(story.credit)
    assert unit.credit_legs == f"{sold:g}/{bought:g}C"
    assert (unit.works, unit.limit_c, unit.stage) == ("U", 190, "H6")


@pytest.mark.parametrize(("after_ms", "stage"), [(0, "H0"), (5_000, "H1")])
def test_that_a_unit_rests_its_age_tells(tmp_path, after_ms, stage):
    story, _ = open_unit()
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    story.events[0] = start._replace(settings={"ladder": {"settle_s": 2.0}})
    shown = beaten(seen(tmp_path, story, after_ms))
    assert [unit.stage for unit in shown.units] == [row.stage for row in shown.traders] == [stage]


def test_a_unit_that_is_open_again_still_has_what_its_debit_paid(tmp_path):
    story, key = open_unit()
    story.fill(key, "S1-0-1C1", 2, 230)
    story.end(key, "S1-0-1C1", "filled")
    story.cycle_over(key, "COMPLETE", 2, 6_000, 0.9)
    story.fill(key, "S1-0-1C1", -1, 230, late=True)
    desk = seen(tmp_path, story)
    (unit,) = beaten(desk).units
    assert (unit.filled, unit.open, unit.paid_c) == (2, 1, 200)
    desk.submit(Command(Ask.WATCH, key))
    detail = beaten(desk).detail
    assert detail is not None
    assert detail.cycle == "cycle 1: 2 x 190/195C paid 2.00, 1 without credit"


def test_an_order_without_an_answer_is_the_first_of_a_past_too(tmp_path):
    story, key = open_unit()
    story.add(ev.OrderUnknown(story.later(2_000), key, "S1-0-1C1", "no reply"))
    story.cycles[key] = 2
    story.works(key, story.order(key, "D", 1, 200))
    assert [o.id for o in beaten(seen(tmp_path, story)).orders[:2]] == ["S1-0-1C1", "S1-0-2D1"]


def test_time_goes_on_stands_still_and_steps(desk):
    start = beaten(desk)
    assert start.time_paused and start.now_s == OPEN_MS / 1000 + 600
    assert beaten(desk, 5.0).now_s == start.now_s
    desk.submit(Command(Ask.STEP))
    assert beaten(desk).now_s == start.now_s + STEP_S
    assert gone(desk, "back").now_s == start.now_s
    desk.submit(Command(Ask.SET_SPEED, args={"speed": 20.0}))
    desk.submit(Command(Ask.RESUME_TIME))
    assert beaten(desk, 3.0).now_s == start.now_s + 60.0
    assert desk.snapshot().speed == 20.0


def test_a_typed_time_and_the_ends_of_the_journal(desk):
    assert gone(desk, "09:33").now_s == OPEN_MS / 1000 + 180
    assert gone(desk, "09:33:30").now_s == OPEN_MS / 1000 + 210
    assert "at 09:33:30" in desk.snapshot().tickets[0].text
    assert gone(desk, "08:00").now_s == OPEN_MS / 1000
    assert "the journal begins here" in desk.snapshot().tickets[0].text
    assert gone(desk, "23:00").now_s == desk._moments.state.at_ms / 1000
    assert "the journal ends here" in desk.snapshot().tickets[0].text
    desk.submit(Command(Ask.STEP))
    assert "the journal ends here" in beaten(desk).tickets[0].text
    refused = gone(desk, "soon").tickets[0]
    assert refused.state is TicketState.REFUSED and "write HH:MM" in refused.text
    desk.submit(Command(Ask.RESUME_TIME))
    assert "go back first" in beaten(desk).tickets[0].text


def test_alarms_and_fills_are_found_both_ways(desk):
    first = gone(desk, "08:00")
    alarm = gone(desk, "next alarm")
    assert alarm.now_s > first.now_s and alarm.alarms
    fill = gone(desk, "next fill")
    assert fill.now_s > alarm.now_s
    assert gone(desk, "last alarm").now_s == alarm.now_s
    assert "no alarm before" in gone(desk, "last alarm").tickets[0].text
    gone(desk, "23:00")
    none = gone(desk, "next fill").tickets[0]
    assert (none.state, none.text) == (TicketState.REFUSED, "no fill after this moment")


def test_a_moment_is_confirmed_once_it_is_reached(desk, monkeypatch):
    monkeypatch.setattr("engine.runs.past.moments.AT_ONCE", 2)
    beaten(desk)
    desk.submit(Command(Ask.GO, "09:50"))
    desk.beat(0.0)
    asked = desk.snapshot()
    assert asked.tickets[0].state is TicketState.REQUESTED and "reading" in asked.tickets[0].text
    assert asked.now_s < OPEN_MS / 1000 + 1_200
    done = beaten(desk)
    assert (done.tickets[0].state, done.tickets[0].text) == (TicketState.CONFIRMED, "at 09:50")
    assert done.tickets[0].id == asked.tickets[0].id


@pytest.mark.parametrize("ask", sorted(set(Ask) - {
    Ask.WATCH, Ask.SET_SPEED, Ask.PAUSE_TIME, Ask.RESUME_TIME, Ask.STEP, Ask.GO,
}))  # fmt: skip
def test_every_request_that_would_act_is_refused(desk, ask):
    before = beaten(desk)
    desk.submit(Command(ask, "*", args={"word": "RESUME", "stage": 1}))
    after = beaten(desk)
    assert (after.tickets[0].state, after.tickets[0].text) == (TicketState.REFUSED, REFUSED)
    assert (after.totals, after.traders) == (before.totals, before.traders)


def test_a_damaged_journal_says_where_it_ends(tmp_path):
    places = written(tmp_path / "run", busy_story().events)
    damaged(places, 3)
    found = gone(open_past(places), "15:00")
    assert any(text.startswith("nothing after this can be shown") for text in found.notices)


def test_it_runs_in_its_own_thread_and_stops(desk):
    desk.start()
    desk.submit(Command(Ask.GO, "09:35"))
    assert desk.stop().startswith("the replay of run-7 is over")
    assert desk._thread is not None and not desk._thread.is_alive()


def acted(
    action: str, target: str = "*", outcome: str = "confirmed", after: str = ""
) -> ev.OperatorActed:
    return ev.OperatorActed(OPEN_MS, "T1", action, target, "operator", "", "", after, outcome, "")


def test_what_was_stopped_follows_the_operator_and_restarts():
    story = busy_story(0)
    moments_traders = dict.fromkeys(story.keys)
    stops, a, b = Stops(), *story.keys[:2]

    def told(*events: ev.Event) -> tuple[set[str], bool, int]:
        for event in events:
            stops.apply(event, moments_traders)  # type: ignore[arg-type]
        return stops.paused, stops.halted, stops.killed

    start = story.events[0]
    assert told(start, acted("pause", a)) == ({a}, False, 0)
    assert told(acted("resume", a), acted("pause", b, "refused")) == (set(), False, 0)
    assert told(acted("halt"), acted("pause", a)) == ({a}, True, 0)
    assert told(acted("resume", "*")) == (set(), False, 0)
    assert told(acted("kill", after="killed"), acted("kill", after="killed"))[2] == 1
    assert told(acted("kill", after="killed,frozen"), acted("kill", after="killed,frozen"))[2] == 2
    assert told(acted("resume-after-kill")) == (set(story.keys), False, 0)
    assert told(acted("resume", "*"), start) == (set(story.keys), False, 0)


def test_after_a_restart_inside_a_run_every_trader_is_paused_until_it_is_resumed(tmp_path):
    story = busy_story(6)
    start, key = story.events[0], story.keys[0]
    assert isinstance(start, ev.SessionStarted)
    story.add(start._replace(at_ms=story.later(600_000)))
    restarted_ms = story.at_ms
    story.add(acted("resume", key)._replace(at_ms=story.later(60_000)))
    story.play(key, "complete", 1, 150, 160)
    moments = Moments(written(tmp_path / "run", story.events).journal)
    while not moments.go(restarted_ms):
        pass
    assert moments.stops.paused == set(story.keys)
    while not moments.go(story.at_ms):
        pass
    assert moments.stops.paused == set(story.keys) - {key}
    kinds = [mark.kind for mark in moments.state.day.view().marks]
    assert kinds.count("start") == 2
    moments.close()


def test_an_old_order_opens_with_every_event_of_it(tmp_path):
    story = Story()
    for number in range(SHOWN + 30):
        story.play(story.keys[number % 3], "timeout", 1, 150, 160)
    places = written(tmp_path / "run-8", story.events)
    desk = open_past(places, at=time(9, 31))
    early = beaten(desk).orders[-1].id
    desk.submit(Command(Ask.WATCH, f"order:{early}"))
    fresh = beaten(desk).story
    late = gone(desk, "16:00")
    assert early not in {order.id for order in late.orders}
    assert fresh is not None and len(fresh.lines) > 2 and late.story == fresh


def test_steps_that_come_faster_than_a_moment_is_reached_add_up(desk):
    start_s = beaten(desk).now_s
    for command in (Command(Ask.STEP), Command(Ask.STEP), Command(Ask.GO, "back")):
        desk.submit(command)
    assert beaten(desk).now_s == start_s + STEP_S


def test_a_step_on_the_way_to_a_moment_goes_on_from_that_moment(desk, monkeypatch):
    beaten(desk)
    monkeypatch.setattr(past_moments, "AT_ONCE", 10)
    desk.submit(Command(Ask.GO, "10:13"))
    desk.beat(0.0)
    assert desk._busy
    desk.submit(Command(Ask.STEP))
    desk.beat(0.0)
    desk.submit(Command(Ask.GO, "next alarm"))
    assert beaten(desk).now_s == ALARMS_S[2] > OPEN_MS / 1000 + 44 * 60 > ALARMS_S[1]


def test_the_next_alarm_of_an_earlier_moment_that_is_asked_for_is_the_next_after_it(desk):
    gone(desk, "10:30")
    desk.submit(Command(Ask.GO, "09:31"))
    desk.submit(Command(Ask.GO, "next alarm"))
    assert beaten(desk).now_s == ALARMS_S[0]
