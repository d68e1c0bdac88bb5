"""What an operator asks: pause, resume, halt, kill, cancel, alarms; each with its row and reason."""

from __future__ import annotations

from datetime import time

import pytest

from engine.commands import Ask, TicketState
from engine.config import DeskConfig, SimulationSettings
from engine.desk.opening import DeskPlan, open_desk
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.snapshot import EngineState, TraderState
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

CONFIRMED, REFUSED = TicketState.CONFIRMED, TicketState.REFUSED


def one_of(desk: Operated) -> str:
    return next(iter(desk.context.traders))


# ---------------------------------------------------------------- pause and resume


def chosen(desk: Operated, target: str) -> set[str]:
    if target == "*":
        return set(desk.context.traders)
    name = target.removeprefix("symbol:")
    return {key for key in desk.context.traders if key == name or key.split()[0] == name}


@pytest.mark.parametrize("target", ["one", "symbol:SPY", "*"])
def test_a_pause_stops_new_debits_of_its_traders_only_and_a_resume_lets_them_go_on(desk, target):
    target = one_of(desk) if target == "one" else target
    paused = chosen(desk, target)
    others = set(desk.context.traders) - paused
    assert desk.ask(Ask.PAUSE, target).state is CONFIRMED
    before = {key: desk.debits_sent(key) for key in desk.context.traders}
    desk.run(300)
    assert {key for key in paused if desk.debits_sent(key) > before[key]} == set()
    assert {key for key in others if desk.debits_sent(key) > before[key]} == others
    states = {row.key: row.state for row in desk.snapshot().traders}
    assert {states[key] for key in paused} <= {TraderState.PAUSED, TraderState.HEDGING}
    assert {states[key] for key in others}.isdisjoint({TraderState.PAUSED})
    assert desk.ask(Ask.RESUME, target).state is CONFIRMED
    before = {key: desk.debits_sent(key) for key in paused}
    desk.run(300)
    assert {key for key in paused if desk.debits_sent(key) > before[key]} == paused


def test_a_request_about_several_says_how_many_of_how_many_it_has_changed(desk):
    number = len(desk.context.traders)
    one = one_of(desk)
    assert desk.ask(Ask.PAUSE, one).text.partition(";")[0] == "paused"
    told = [desk.ask(ask).text.partition(";")[0] for ask in (Ask.PAUSE, Ask.PAUSE)]
    assert told == [
        f"paused {number - 1} of {number}, the others were already",
        f"all {number} were paused already",
    ]
    assert desk.ask(Ask.RESUME, one).text == "resumed"
    told = [desk.ask(ask).text for ask in (Ask.RESUME, Ask.RESUME, Ask.PAUSE)]
    assert told[0] == f"resumed {number - 1} of {number}, the others were not paused or held"
    assert told[1] == f"none of {number} was paused or held"
    assert told[2].startswith(f"paused {number} of {number}")


def test_a_request_that_changes_nothing_says_so_of_one_trader_too(desk):
    one = one_of(desk)
    assert desk.ask(Ask.RESUME, one).text.startswith("it was not paused or held")
    desk.ask(Ask.PAUSE, one)
    assert desk.ask(Ask.PAUSE, one).text.startswith("it was paused already")
    assert desk.ask(Ask.HALT).text.startswith("entries halted;")
    assert desk.ask(Ask.HALT).text.startswith("entries were halted before;")


def test_a_request_about_all_counts_where_all_is_one_trader():
    config = DeskConfig(simulation=SimulationSettings(symbols=("SPY",), expirations_per_symbol=1))
    desk = Operated(simulated(config))
    told = [desk.ask(ask).text.partition(";")[0] for ask in (Ask.PAUSE, Ask.PAUSE)]
    told += [desk.ask(ask, "symbol:SPY").text.partition(";")[0] for ask in (Ask.RESUME, Ask.RESUME)]
    assert told == [
        "paused 1 of 1",
        "the one trader was paused already",
        "resumed 1 of 1",
        "the one trader was not paused or held",
    ]


def test_every_answer_is_there_of_as_many_requests_as_one_key_makes(desk):
    for _ in range(300):
        desk.ask(Ask.PAUSE, one_of(desk))
    assert len(desk.snapshot().tickets) == 300


@pytest.mark.parametrize("ask", [Ask.PAUSE, Ask.RESUME, Ask.HALT, Ask.KILL])
def test_asking_again_changes_nothing_that_the_first_time_did_not(ask):
    once, often = Operated(), Operated()
    for operated, times in ((once, 1), (often, 5)):
        operated.run(60)
        for _ in range(times):
            assert operated.ask(ask).state is CONFIRMED
        operated.run(240)
    assert [(at_s, r.client_order_id) for at_s, r in often.sent] == [
        (at_s, r.client_order_id) for at_s, r in once.sent
    ]


def test_rubric_15_a_unit_that_is_legged_when_everything_is_paused_is_completed(desk):
    trader = desk.legged()
    ticket = desk.ask(Ask.PAUSE)
    assert "still completing" in ticket.text
    assert desk.context.traders[trader].state() is TraderState.HEDGING
    desk.run_until(lambda: not desk.context.traders[trader].credits.units)
    assert desk.context.traders[trader].state() is TraderState.PAUSED
    assert desk.of(ev.CycleEnded)


def test_a_parked_unit_without_a_credit_is_told_as_left_to_the_operator_when_all_is_paused(desk):
    trader = desk.context.traders[desk.legged()]
    for unit in [*trader.credits.units.values()]:
        trader.credits.park(unit, desk.context.moment, "the debit expires today")
    assert desk.ask(Ask.PAUSE, trader.key).text.endswith("paused; 1 parked, left to you")


def test_a_debit_that_works_when_its_trader_is_paused_lives_out_its_timer(desk):
    order = desk.working_debit()
    record = desk.context.state.orders.live[order]
    desk.ask(Ask.PAUSE, record.intent.trader)
    assert record.status == "working"
    desk.run_until(lambda: order not in desk.context.state.orders.live, 12)
    waited_ms = (record.cancel_ms or record.ended_ms) - record.working_ms
    assert record.filled or waited_ms == pytest.approx(2500, abs=60)


def test_a_resume_lifts_a_fault_and_its_alarm(desk):
    trader = desk.context.traders[one_of(desk)]
    desk.core.fault(trader, ValueError("a bug"))
    assert desk.raised("FAULT")
    desk.ask(Ask.RESUME, trader.key)
    assert not desk.raised("FAULT")
    before = desk.debits_sent(trader.key)
    desk.run(120)
    assert desk.debits_sent(trader.key) > before


# ---------------------------------------------------------------- halt


def test_a_halt_stops_entries_everywhere_until_all_are_resumed(desk):
    trader = desk.legged()
    desk.ask(Ask.HALT)
    before = desk.debits_sent()
    desk.run_until(lambda: not desk.context.traders[trader].credits.units)
    desk.run(200)
    assert desk.debits_sent() == before
    assert desk.snapshot().state is EngineState.HALTED
    assert "entries are halted" in desk.ask(Ask.RESUME, trader).text
    assert desk.ask(Ask.RESUME).text == "halt lifted, none of 6 was paused or held"
    desk.run(60)
    assert desk.debits_sent() > before


def test_a_halt_after_many_rejects_can_be_lifted_and_warns_again_the_next_time(desk):
    key, limit = one_of(desk), desk.context.config.limits.rejects_halt

    def reject(number: int) -> None:
        desk.context.emit(
            ev.OrderEnded(desk.context.now().at_ms, key, f"R{number}", "rejected", "no")
        )

    for number in range(limit):
        reject(number)
    assert desk.raised("REJECTS_HALT")
    desk.ask(Ask.RESUME)
    assert not desk.raised("REJECTS_HALT")
    assert not desk.context.flags.halted
    reject(limit)
    assert desk.raised("REJECTS_HALT")
    assert desk.context.flags.halted


@pytest.mark.parametrize("first", [Ask.PAUSE, Ask.HALT])
def test_a_halt_that_the_days_loss_latched_is_lifted_by_no_resume(desk, first):
    desk.ask(first)
    loss_c = round(desk.context.config.limits.day_loss_halt_usd * 100)
    at_ms, key = desk.context.now().at_ms, one_of(desk)
    desk.context.emit(
        ev.CycleEnded(at_ms, key, 99, "COMPLETE", 1, 0, 272, -loss_c, "RISK", "condor", 1.0)
    )
    ticket = desk.ask(Ask.RESUME)
    assert desk.context.flags.halted
    assert "entries are halted" in ticket.text
    assert desk.raised("DAY_LOSS_HALT")


# ---------------------------------------------------------------- one order


def test_a_working_debit_is_cancelled_and_its_trader_goes_on(desk):
    order = desk.working_debit()
    trader = desk.context.state.orders.live[order].intent.trader
    assert desk.ask(Ask.CANCEL_ORDER, order).text == "cancel sent"
    (sent,) = [event for event in desk.of(ev.CancelSent) if event.order == order]
    assert sent.reason == "operator"
    desk.run_until(lambda: order not in desk.context.state.orders.live, 5)
    before = desk.debits_sent(trader)
    desk.run(60)
    assert desk.debits_sent(trader) > before


def test_a_completing_order_cannot_be_cancelled_from_the_blotter(desk):
    trader = desk.legged()
    unit = next(iter(desk.context.traders[trader].credits.units.values()))
    ticket = desk.ask(Ask.CANCEL_ORDER, unit.order.request.client_order_id)
    assert ticket.state is REFUSED
    assert "ladder" in ticket.text
    assert unit.order.state.value != "canceling"


def test_cancelling_an_order_that_ended_leaves_its_traders_next_one_alone(desk):
    old = desk.working_debit()
    trader = desk.context.traders[desk.context.state.orders.live[old].intent.trader]

    def next_one() -> bool:
        live = trader.debits.live
        return live is not None and live.order.request.client_order_id != old

    desk.run_until(next_one)
    desk.run_until(
        lambda: trader.debits.live is None or trader.debits.live.order.state == "working"
    )
    ticket = desk.ask(Ask.CANCEL_ORDER, old)
    assert ticket.state is REFUSED
    assert "may have ended" in ticket.text
    assert trader.debits.live is None or trader.debits.live.order.state == "working"


# ---------------------------------------------------------------- alarms


def raised(desk: Operated, code: str, where: str = "desk") -> str:
    desk.context.alarms.raise_(desk.context.now().at_ms, code, where, "detail")
    return next(r.alarm for r in desk.raised(code) if r.where == where)


def test_acknowledging_an_alarm_answers_for_every_place_of_its_cause(desk):
    alarms, at_ms = desk.context.alarms, desk.context.now().at_ms
    desk.events.clear()
    for _ in range(5):
        alarms.raise_(at_ms, "STALE", "SPY")
        alarms.raise_(at_ms, "STALE", "AAPL")
    assert [(e.code, e.where) for e in desk.of(ev.AlarmRaised)] == [("STALE", "SPY")]
    assert [e.where for e in desk.of(ev.AlarmJoined)] == ["AAPL"]
    (shown,) = (each for each in desk.snapshot().alarms if each.code == "STALE")
    assert [where for where, _ in shown.places] == ["SPY", "AAPL"]
    assert desk.ask(Ask.ACKNOWLEDGE, shown.id).text == "1 acknowledged"
    alarms.clear(at_ms, "STALE", "SPY")
    alarms.clear(at_ms, "STALE", "SPY")
    assert [e.where for e in desk.of(ev.AlarmLeft)] == ["SPY"]
    (shown,) = (each for each in desk.snapshot().alarms if each.code == "STALE")
    assert (shown.where, shown.state) == ("AAPL", "acked")


def test_one_alarm_or_all_of_p2_and_p3_are_acknowledged_and_a_p1_only_by_itself(desk):
    p1, p2, p3 = raised(desk, "BOOK_DIFFERS"), raised(desk, "STALE"), raised(desk, "CALENDAR")
    assert desk.ask(Ask.ACKNOWLEDGE, "p2+p3").text == "2 acknowledged"
    states = {alarm.id: alarm.state for alarm in desk.snapshot().alarms}
    assert (states[p1], states[p2], states[p3]) == ("unacked", "acked", "acked")
    assert desk.ask(Ask.ACKNOWLEDGE, p1).text == "1 acknowledged"
    assert desk.ask(Ask.ACKNOWLEDGE, p1).text == "0 acknowledged"
    assert "no active alarm" in desk.ask(Ask.ACKNOWLEDGE, "A99").text


def test_shelving_needs_a_reason_and_is_not_for_a_p1(desk):
    p1, p2 = raised(desk, "BOOK_DIFFERS"), raised(desk, "STALE")
    assert "P1" in desk.ask(Ask.SHELVE, p1, "known").text
    assert "needs a reason" in desk.ask(Ask.SHELVE, p2, "  ").text
    assert "no active alarm" in desk.ask(Ask.SHELVE, "A99", "known").text
    assert desk.ask(Ask.SHELVE, p2, "the feed is being mended").state is CONFIRMED
    states = {alarm.id: alarm.state for alarm in desk.snapshot().alarms}
    assert (states[p1], states[p2]) == ("unacked", "shelved")


# ---------------------------------------------------------------- rows and refusals


def test_every_request_has_a_row_with_who_key_before_and_after(desk):
    key, alarm, order = one_of(desk), raised(desk, "CALENDAR"), desk.working_debit()
    rows = []
    for ask, target, args in (
        (Ask.PAUSE, key, {}),
        (Ask.RESUME, key, {}),
        (Ask.HALT, "*", {}),
        (Ask.RESUME, "*", {}),
        (Ask.CANCEL_ORDER, order, {}),
        (Ask.ACKNOWLEDGE, alarm, {}),
        (Ask.SHELVE, alarm, {}),
        (Ask.KILL, "*", {}),
        (Ask.KILL, "*", {"stage": 2}),
        (Ask.RESUME_AFTER_KILL, "*", {"word": "no"}),
        (Ask.APPROVE, "R99", {}),
        (Ask.UNDO, "*", {}),
    ):
        ticket = desk.ask(ask, target, "for a test", **args)
        row = desk.last_action()
        assert (row.ticket, row.action, row.target) == (ticket.id, ask.value, target)
        assert (row.who, row.key, row.outcome) == ("ada", "K", ticket.state.value)
        assert ticket.text
        rows.append((row.action, row.before, row.after, row.outcome))
    by_action = {action: (before, after) for action, before, after, _ in rows[4:]}
    assert rows[0][2] in ("PAU", "HDG")
    assert rows[2][1:] == ("open", "halted", "confirmed")
    assert by_action["cancel"] == ("working", "canceling")
    assert by_action["ack"] == ("unacked", "acked")
    assert rows[6][1:3] == ("acked", "acked")  # the row itself is what shelves it
    assert rows[7][1:3] == ("open", "killed")
    assert rows[8][1:3] == ("killed", "killed,frozen")
    assert [row[3] for row in rows[9:]] == ["refused"] * 3


@pytest.mark.parametrize(
    ("ask", "target"),
    [
        (Ask.PAUSE, "AAPL 2030-01-01"),
        (Ask.RESUME, "symbol:NONE"),
        (Ask.CANCEL_ORDER, "S-none"),
        (Ask.APPROVE, "R99"),
        (Ask.REJECT, "R99"),
        (Ask.SNOOZE, "R99"),
        (Ask.UNDO, "R99"),
        (Ask.ACKNOWLEDGE, "A99"),
        (Ask.SHELVE, "A99"),
    ],
)
def test_a_target_that_does_not_exist_is_refused_by_name_and_has_its_row(desk, ask, target):
    ticket = desk.ask(ask, target, "because")
    assert ticket.state is REFUSED
    assert target.removeprefix("symbol:") in ticket.text or "nothing applied" in ticket.text
    assert desk.last_action().outcome == "refused"


def test_looking_and_pacing_leave_no_row(desk):
    for ask, args in ((Ask.WATCH, {}), (Ask.SET_SPEED, {"speed": 5}), (Ask.PAUSE_TIME, {})):
        assert desk.ask(ask, one_of(desk), **args).state is CONFIRMED
    assert desk.of(ev.OperatorActed) == []


@pytest.mark.parametrize("ask", [Ask.RESUME, Ask.RESUME_AFTER_KILL])
def test_nothing_opens_entries_while_the_desk_ends(desk, ask):
    desk.legged()
    assert desk.ask(Ask.DRAIN).state is CONFIRMED
    desk.run(0.2)
    before = desk.debits_sent()
    ticket = desk.ask(ask, word="RESUME")
    assert ticket.state is REFUSED
    assert "ending" in ticket.text
    desk.run(30)
    assert desk.debits_sent() == before
    assert desk.executor.state is EngineState.ENDED


def test_a_request_to_end_is_the_journals_last_word_of_an_operator_even_on_an_idle_desk(tmp_path):
    desk = Operated(run_dir=tmp_path)
    desk.ask(Ask.PAUSE)
    desk.run(60)
    assert desk.context.state.orders.live == {}
    assert desk.ask(Ask.DRAIN).state is CONFIRMED
    desk.run(30)
    desk.desk.stop()
    kinds = [event for _, event in read_events(desk.desk.places.journal)]
    assert isinstance(kinds[-1], ev.SessionEnded)
    assert kinds[-1].reason == "settled"
    assert [e.action for e in kinds if isinstance(e, ev.OperatorActed)] == ["pause", "drain"]
    assert not desk.raised("JOURNAL")


def test_after_the_end_everything_is_refused_and_nothing_is_written(desk):
    desk.desk.stop()
    seq = desk.context.journal.seq
    ticket = desk.ask(Ask.PAUSE)
    assert ticket.state is REFUSED
    assert "ended" in ticket.text
    assert desk.context.journal.seq == seq
    assert not desk.raised("JOURNAL")


def test_a_run_directory_is_private_to_its_owner(tmp_path):
    desk = open_desk(settings(), DeskPlan(run_dir=tmp_path / "state", until=time(9, 31)))
    desk.run_to_end()
    modes = {p.stat().st_mode & 0o077 for p in (tmp_path / "state").rglob("*")}
    assert modes == {0}


def test_what_was_changed_on_the_screen_is_a_row_of_the_journal_and_nothing_else() -> None:
    desk = Operated()
    before = desk.snapshot()
    for now in ("light", "dusk"):
        desk.ask(Ask.SETTING, "theme", before="dark-grey", after=now)
    rows = [each for each in desk.of(ev.OperatorActed) if each.action == "setting"]
    assert [(row.target, row.before, row.after, row.outcome) for row in rows] == [
        ("theme", "dark-grey", "light", "confirmed"),
        ("theme", "light", "dusk", "confirmed"),
    ]
    desk.ask(Ask.SETTING, "theme", after="\x1b]52;c;eA\x07" * 40)
    hostile = desk.of(ev.OperatorActed)[-1]
    assert hostile.after.isprintable() and len(hostile.after) <= 80
    assert desk.snapshot().tickets == before.tickets, "it is no answer that somebody waits for"
    assert desk.snapshot().events[0].text.startswith("setting theme confirmed")
