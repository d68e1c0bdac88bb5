"""The kill: entries closed, orders cancelled, a latch that outlives the process."""

from __future__ import annotations

import signal
from datetime import time

import pytest

from engine.brokers.protocol import OpenOrder, SharePosition
from engine.commands import Ask, TicketState
from engine.orders.types import ReportKind
from engine.run_folder.kill_latch import KillLatch
from engine.snapshot import EngineState
from tests.support.command_server import run_code
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

SPY_SHARES = SharePosition("SPY", -70)
CONFIRMED, REFUSED = TicketState.CONFIRMED, TicketState.REFUSED


def test_rubric_02_after_the_first_stage_no_debit_reaches_the_exchange_and_completing_goes_on(desk):
    trader = desk.legged()
    assert desk.ask(Ask.KILL).state is CONFIRMED
    before = len(desk.sent)
    desk.run_until(lambda: not desk.context.traders[trader].credits.units)
    desk.run(600)
    assert [r.client_order_id for _, r in desk.sent[before:] if r.pays] == []
    assert desk.snapshot().state is EngineState.KILLED
    desk.ask(Ask.RESUME)
    desk.run(120)
    assert [r.client_order_id for _, r in desk.sent[before:] if r.pays] == []


@pytest.mark.parametrize("seed", [3, 7, 11, 19])
def test_rubric_03_after_the_second_stage_nothing_is_open_within_five_seconds_and_units_are_parked(
    seed,
):
    desk = Operated(simulated(settings(seed), until=time(15, 0)))
    trader = desk.legged()
    desk.ask(Ask.KILL, stage=1)
    desk.run(0.3)
    unit = next(iter(desk.context.traders[trader].credits.units.values()), None)
    desk.ask(Ask.KILL, stage=2)
    sent = len(desk.sent)
    desk.run(5)
    assert desk.venue.open_orders() == ()
    assert desk.context.state.orders.live == {}
    assert not desk.raised("KILL_OPEN")
    assert desk.snapshot().state is EngineState.KILLED
    desk.run(600)
    assert len(desk.sent) == sent
    legged = [u for t in desk.context.traders.values() for u in t.credits.units.values()]
    assert unit is None or unit in legged or unit.remaining == 0
    assert {u.stage.value for u in legged} <= {"H7"}
    assert len(desk.raised("PARKED")) == len(legged)
    assert desk.desk.books_agree() == ""


def test_rubric_03_a_survivor_of_the_second_stage_is_named_in_a_p1_alarm_until_it_is_gone(desk):
    order = desk.working_debit()
    heard = desk.core.orders.on_report
    cancel = desk.venue.cancel
    desk.venue.cancel = lambda name, now_s: None
    desk.core.orders.on_report = lambda r: None if r.kind is ReportKind.FILL else heard(r)
    desk.ask(Ask.KILL, stage=2)
    desk.run(4.9)
    assert not desk.raised("KILL_OPEN")
    desk.run(0.4)
    (alarm,) = desk.raised("KILL_OPEN")
    assert alarm.priority == 1
    assert order in alarm.what
    assert desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME").state is REFUSED
    desk.venue.cancel = cancel
    desk.core.orders.on_report = heard
    desk.run(30)
    assert desk.venue.open_orders() == ()
    assert not desk.raised("KILL_OPEN")


def test_an_order_that_works_at_the_broker_and_that_we_forgot_is_a_survivor_too(desk):
    stray = OpenOrder("S0-forgotten", "B1", 1, 0)
    open_orders = desk.venue.open_orders
    desk.venue.open_orders = lambda: (*open_orders(), stray)
    desk.ask(Ask.KILL, stage=2)
    desk.run(5.5)
    assert "S0-forgotten" in desk.raised("KILL_OPEN")[0].what
    desk.venue.open_orders = open_orders
    desk.run(1)
    assert not desk.raised("KILL_OPEN")


def share_orders(desk, *names, listed_before=True):
    """Lets orders of shares work at the broker, until each is cancelled; those cancelled."""
    venue, cancelled = desk.venue, []
    open_orders, cancel = venue.open_orders, venue.cancel

    def listed():
        working = [name for name in names if name not in cancelled]
        rows = [OpenOrder(name, f"B{name}", 100, 30, (), SPY_SHARES) for name in working]
        return (*open_orders(), *rows)

    venue.open_orders = listed
    venue.cancel = lambda name, at_s: (
        cancelled.append(name) if name in names else cancel(name, at_s)
    )
    if listed_before:
        desk.core.books.compare()
    return cancelled


def test_the_second_stage_cancels_orders_of_shares_and_counts_them(desk):
    ours = "SH-S0-SPY-1764500000000-1"
    others = "SH-P4K2Z9Q-SPY-1764500000000-1"
    cancelled = share_orders(desk, ours, others)
    desk.ask(Ask.KILL)
    desk.run(3)
    assert cancelled == [], "it only closes, as completing orders do"
    orders = len(desk.venue.open_orders()) - 1
    text = desk.ask(Ask.KILL, stage=2).text
    assert f"cancelling {orders} order" in text
    assert cancelled == [ours]
    desk.run(5.5)
    assert cancelled == [ours] and not desk.raised("KILL_OPEN")


def test_an_order_of_shares_that_was_not_listed_yet_is_cancelled_before_a_kill_is_over(desk):
    sent_late = "SH-S0-SPY-1764500000000-2"
    desk.ask(Ask.KILL, stage=2)
    cancelled = share_orders(desk, sent_late, listed_before=False)
    desk.ask(Ask.KILL, stage=2)
    desk.run(5.5)
    assert cancelled == [sent_late] and not desk.raised("KILL_OPEN")


def test_an_order_of_shares_is_listed_with_what_it_is_and_cancelled_by_its_key(desk):
    ours, others = "SH-S0-SPY-1764500000000-1", "SH-P4K2Z9Q-SPY-1764500000000-1"
    cancelled = share_orders(desk, ours, others)
    row = desk.snapshot().orders[0]
    assert (row.id, row.symbol, row.part, row.legs) == (ours, "SPY", "S", "sell 100 shares")
    assert (row.status, row.filled, row.sent_s) == ("partial", 30, 1764500000.0)
    assert desk.ask(Ask.CANCEL_ORDER, ours).text == "cancel sent"
    assert desk.snapshot().orders[0].status == "canceling"
    desk.run(2)
    assert cancelled == [ours]
    assert all(each.part != "S" for each in desk.snapshot().orders)
    assert desk.ask(Ask.CANCEL_ORDER, others).state is REFUSED
    desk.desk.executor.snapshots.watch("positions")
    held = desk.snapshot().positions
    assert held is not None and held.external == (f"{others} 30/100",)


def test_a_broker_that_cannot_be_asked_after_the_second_stage_is_an_alarm_too(desk):
    def down():
        raise ConnectionError("no route")

    desk.venue.open_orders = down
    desk.ask(Ask.KILL, stage=2)
    desk.run(5.5)
    assert "ConnectionError: no route" in desk.raised("KILL_OPEN")[0].what


def test_a_first_stage_takes_nothing_back_from_a_second(desk):
    desk.ask(Ask.KILL, stage=2)
    desk.ask(Ask.KILL, stage=1)
    assert desk.context.flags.frozen


@pytest.mark.parametrize("stage", ["two", 0, 3, None])
def test_a_kill_of_no_stage_does_nothing_and_says_so(desk, stage):
    ticket = desk.ask(Ask.KILL, stage=stage)
    assert ticket.state is REFUSED
    assert "nothing was done" in ticket.text
    assert not desk.context.flags.killed


def test_a_kill_is_lifted_by_the_typed_word_after_a_clean_comparison_and_leaves_all_paused(desk):
    assert "no kill" in desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME").text
    desk.nothing_open()
    desk.ask(Ask.KILL, stage=2)
    desk.run(5)
    for word in ("", "yes", "RESUM", "resume", "Resume"):
        assert "type the word" in desk.ask(Ask.RESUME_AFTER_KILL, word=word).text
    assert desk.context.flags.killed
    assert desk.ask(Ask.RESUME_AFTER_KILL, word=" RESUME ").state is CONFIRMED
    assert not (desk.context.flags.killed or desk.context.flags.frozen)
    before = desk.debits_sent()
    desk.run(60)
    assert desk.debits_sent() == before
    assert all(trader.paused for trader in desk.context.traders.values())
    desk.ask(Ask.RESUME)
    desk.run(60)
    assert desk.debits_sent() > before


def test_a_kill_is_not_lifted_while_positions_cannot_be_read(desk):
    def down():
        raise ConnectionError("no route")

    desk.ask(Ask.KILL)
    desk.run(60)
    desk.venue.positions = down
    ticket = desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    assert ticket.state is REFUSED
    assert "cannot be read" in ticket.text
    assert desk.context.flags.killed


def test_a_kill_is_not_lifted_at_the_first_sight_of_a_difference(desk):
    desk.ask(Ask.KILL, stage=2)
    desk.run(10)
    desk.venue.positions = lambda: desk.venue.ledger.positions()[1:]
    ticket = desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    assert "book and broker differ" in ticket.text
    assert desk.context.flags.killed


@pytest.mark.parametrize("stage", [1, 2])
def test_the_kill_outlives_the_desk_and_entries_stay_closed_until_the_word(tmp_path, stage):
    first = Operated(run_dir=tmp_path)
    first.run(120)
    first.nothing_open()
    first.ask(Ask.KILL, stage=stage)
    latch = KillLatch(first.desk.places.folder)
    assert latch.read().stage == stage
    assert latch.path.stat().st_mode & 0o777 == 0o600
    first.desk.stop()

    again = Operated(simulated(run_dir=tmp_path, until=time(15, 0), resume=first.desk.places.run))
    assert again.snapshot().state is EngineState.KILLED
    again.ask(Ask.RESUME)
    again.run(120)
    assert again.debits_sent() == 0
    assert again.context.flags.frozen == (stage == 2)
    assert again.ask(Ask.RESUME_AFTER_KILL, word="RESUME").state is CONFIRMED
    assert latch.read() is None
    again.ask(Ask.RESUME)
    again.run(60)
    assert again.debits_sent() > 0
    again.desk.stop()


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.commands import Ask
from tests.support.operator_steps import Operated

desk = Operated(run_dir=Path(sys.argv[1]))
desk.run(60)
print(desk.desk.places.run, flush=True)
assert desk.ask(Ask.KILL).state == "confirmed"
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_rubric_04_the_latch_survives_sigkill(tmp_path, project_root):
    ended = run_code(KILLED, [str(tmp_path)], project_root, {"HOME": str(tmp_path)}, 300.0)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    again = Operated(simulated(run_dir=tmp_path, until=time(15, 0), resume=ended.stdout.strip()))
    assert again.snapshot().state is EngineState.KILLED
    again.ask(Ask.RESUME)
    again.run(120)
    assert again.debits_sent() == 0


def test_a_latch_that_cannot_be_read_counts_as_a_kill(tmp_path):
    first = Operated(run_dir=tmp_path)
    first.run(30)
    first.desk.stop()
    (first.desk.places.folder / "kill.latch").write_text("{")
    again = simulated(run_dir=tmp_path, resume=first.desk.places.run)
    assert again.executor.flags.killed
    again.stop()


def test_a_kill_whose_latch_cannot_be_written_holds_all_the_same_and_says_so(tmp_path, monkeypatch):
    desk = Operated(run_dir=tmp_path)
    desk.run(30)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(KillLatch, "close", full)
        patched.setattr(KillLatch, "lift", full)
        ticket = desk.ask(Ask.KILL)
        assert ticket.state is CONFIRMED
        assert "in memory only" in ticket.text
        assert desk.context.flags.killed
        assert "No space left" in desk.raised("LATCH")[0].what
        assert desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME").state is REFUSED
    desk.ask(Ask.KILL)
    assert not desk.raised("LATCH")
    desk.desk.stop()
