"""A desk whose process ends in the middle of a run, and the one that goes on with it."""

from __future__ import annotations

import json
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.protocol import OpenOrder
from engine.commands import Ask
from engine.config import ConfigError
from engine.exchange.matching.engine import MatchingEngine
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import OrderReport, ReportKind
from engine.report.session import report_of
from engine.run_folder.errors import JournalError
from engine.runs.finding import existing_run, run_state
from engine.runs.stored import read_report
from engine.runtime.restart.units import whole_prices
from engine.snapshot import EngineState, TraderState
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.crashed_runs import SEED, events_of, events_of_open, killed, open_units, resumed
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


@given(executions=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 2000)), max_size=6))
def test_what_a_credit_brought_is_restored_to_the_cent(executions: list[tuple[int, int]]) -> None:
    contracts = sum(quantity for quantity, _ in executions)
    value_c = sum(quantity * price_c for quantity, price_c in executions)
    rows = whole_prices(contracts, value_c)
    assert sum(quantity for quantity, _ in rows) == contracts
    assert sum(quantity * price_c for quantity, price_c in rows) == value_c
    assert all(quantity > 0 for quantity, _ in rows)


# ---------------------------------------------------------------- after a crash


def test_the_journal_opens_and_the_state_is_what_was_written(copy):
    folder, run = copy
    written = events_of(folder, run)
    assert len(written) > 500
    assert not any(isinstance(event, ev.SessionEnded) for event in written)
    desk = resumed(folder, run)
    again = DeskState()
    again.apply_all(desk.executor.context.journal.read())
    assert plain_values(again) == plain_values(desk.executor.context.state)
    kept = [event for _, event in desk.executor.context.journal.read()]
    assert kept[: len(written)] == written
    attempts = sum(isinstance(e, ev.AttemptEnded) for e in kept)
    assert desk.executor.publisher.build().totals.attempts == attempts
    desk.stop()


def test_orders_that_the_exchange_lost_with_the_process_are_ended(copy):
    folder, run = copy
    written = events_of(folder, run)
    ended = {e.order for e in written if isinstance(e, ev.OrderEnded)}
    lost = {e.order for e in written if isinstance(e, ev.OrderIntended)} - ended
    assert lost
    desk = resumed(folder, run)
    assert desk.executor.context.state.orders.live == {}
    rows = [event for _, event in desk.executor.context.journal.read()][len(written) :]
    assert {e.order for e in rows if isinstance(e, ev.OrderEnded)} == lost
    exposure = desk.executor.context.exposure
    assert exposure.working == 0
    assert exposure.orders == sum(isinstance(e, ev.OrderIntended) for e in written)
    desk.stop()


def test_open_units_are_followed_again_at_their_stage_and_age_and_get_completed(copy):
    folder, run = copy
    written = events_of(folder, run)
    units = open_units(written)
    assert units
    operated = Operated(resumed(folder, run))
    context = operated.context
    restored = {
        (key, cycle): unit
        for key, trader in context.traders.items()
        for cycle, unit in trader.credits.units.items()
    }
    assert {key: unit.remaining for key, unit in restored.items()} == units
    for (key, cycle), unit in restored.items():
        stages = [
            e.stage
            for e in written
            if isinstance(e, ev.LadderMoved) and (e.trader, e.cycle) == (key, cycle)
        ]
        if stages:
            assert unit.stage.value >= stages[-1]
        assert 0 <= unit.age_s(context.moment.now_s) < 400
    assert context.exposure.legged == sum(units.values())
    operated.run_until(lambda: not context.state.money.open_units, 1500)
    assert operated.desk.books_agree() == ""
    assert operated.debits_sent() == 0
    operated.desk.stop()


def test_open_units_count_in_the_days_loss_again_before_any_quote_is_seen(copy):
    folder, run = copy
    desk = resumed(folder, run)
    context = desk.executor.context
    units = [(key, u) for key, t in context.traders.items() for u in t.credits.units.values()]
    assert units
    for key, unit in units:
        marked_c = context.exposure.chains[key].marks[unit.cycle]
        at_the_entry_c = (unit.entry_bid_c - unit.paid_c / unit.filled) * unit.remaining * 100
        assert unit.fees_c > 0 and marked_c == round(at_the_entry_c) - unit.fees_c
    realised_c, marked_c = context.exposure.realised_c, context.exposure.marked_c
    assert context.exposure.day_loss_c == max(0, -(realised_c + min(0, marked_c)))
    desk.stop()


def test_everything_is_paused_until_the_operator_resumes_and_ids_never_repeat(copy):
    folder, run = copy
    used = {e.order for e in events_of(folder, run) if isinstance(e, ev.OrderIntended)}
    operated = Operated(resumed(folder, run))
    assert all(trader.paused for trader in operated.context.traders.values())
    states = {row.state for row in operated.snapshot().traders}
    assert states <= {TraderState.PAUSED, TraderState.HEDGING}
    operated.run(300)
    assert operated.debits_sent() == 0
    operated.ask(Ask.RESUME)
    operated.run(120)
    assert operated.debits_sent() > 0
    assert {request.client_order_id for _, request in operated.sent}.isdisjoint(used)
    assert "book == broker" in operated.desk.stop()


def test_sizes_loss_and_counts_go_on_where_they_were(copy):
    folder, run = copy
    written = events_of(folder, run)
    sizes = {e.trader: e.contracts for e in written if isinstance(e, ev.TraderAdded)}
    sizes |= {e.trader: e.after for e in written if isinstance(e, ev.SizeChanged)}
    assert sizes["SPY 2026-12-04"] == 2
    desk = resumed(folder, run)
    context = desk.executor.context
    assert {k: t.sizing.current_contracts for k, t in context.traders.items()} == sizes
    assert {k: totals.size for k, totals in context.state.traders.items()} == sizes
    losses = [
        min(0, e.net_c - e.fees_c if e.outcome == "SCRATCHED" else e.floor_c)
        for e in written
        if isinstance(e, ev.CycleEnded)
    ]
    assert context.exposure.realised_c == sum(losses)
    desk.stop()


def test_alarms_that_stood_still_stand_and_new_ones_get_names_of_their_own(copy):
    folder, run = copy
    desk = resumed(folder, run)
    context = desk.executor.context
    first = next(a for a in desk.executor.publisher.build().alarms if a.state == "unacked")
    assert (first.code, first.where) == ("PARKED", "SPY 2026-12-04/999")
    assert not context.alarms.is_raised("STALE", "SPY 2026-12-04")
    context.alarms.raise_(context.now().at_ms, "PARKED", "SPY 2026-12-04/999", "again")
    context.alarms.raise_(context.now().at_ms, "CALENDAR", "desk", "9")
    rows = [event for _, event in context.journal.read() if isinstance(event, ev.AlarmRaised)]
    names = [event.alarm for event in rows]
    assert len(names) == len(set(names))
    assert sum(event.code == "PARKED" for event in rows) == 1
    desk.stop()


def test_the_books_are_compared_and_agree_where_nothing_was_lost(copy):
    folder, run = copy
    desk = resumed(folder, run)
    context = desk.executor.context
    assert desk.books_agree() == ""
    assert desk.executor.core.books.difference == ""
    assert desk.executor.core.books.compared_s is not None
    assert context.flags.unreconciled == frozenset()
    desk.stop()


def test_an_execution_that_the_journal_does_not_know_blocks_its_chain_with_an_alarm(copy):
    folder, run = copy
    path = folder / "sim" / "runs" / run / "exchange.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    at = max(at for at, line in enumerate(lines) if "execution" in json.loads(line))
    lost = json.loads(lines.pop(at))["execution"]
    path.write_text("".join(lines))
    chain = f"{lost[3]} {lost[4]}"
    operated = Operated(resumed(folder, run))
    context = operated.context
    assert context.flags.unreconciled == {chain}
    (alarm,) = operated.raised("BOOK_DIFFERS")
    assert lost[3] in alarm.what
    operated.ask(Ask.RESUME)
    operated.run(300)
    assert operated.debits_sent(chain) == 0
    assert operated.debits_sent() > 0
    row = next(r for r in operated.snapshot().traders if r.key == chain)
    assert row.gate in ("RECONCILE", "UNHEDGED", "HUNG_DESK")
    said = operated.desk.stop()
    assert said.startswith("ended with a difference: ") and f"book != broker: {chain}" in said
    places = operated.desk.places
    assert run_state(places) == "differs"
    assert read_report(places).header.end_reason.startswith("ended with a difference: ")


def test_a_run_without_the_exchanges_ledger_opens_blocked_not_flat(copy):
    folder, run = copy
    (folder / "sim" / "runs" / run / "exchange.jsonl").unlink()
    desk = resumed(folder, run)
    held = {e.trader for e in events_of_open(desk) if isinstance(e, ev.Executed)}
    assert desk.executor.context.flags.unreconciled
    assert desk.executor.context.flags.unreconciled <= held
    desk.stop()


@pytest.mark.parametrize("left", ["", None])
def test_a_report_says_what_the_exchanges_record_lacks(copy, left):
    folder, run = copy
    places = existing_run(folder / "sim", run)
    assert read_report(places).books in ("match", "not compared")
    if left is None:
        places.ledger.unlink()
    else:
        places.ledger.write_text(left)
    books = read_report(places).books
    assert books.startswith("differ from the exchange's record: ")
    assert "broker +0" in books and "exchange 0 cents" in books


def test_a_report_says_of_a_record_that_is_none_why_it_was_not_compared(copy):
    folder, run = copy
    places = existing_run(folder / "sim", run)
    places.ledger.write_text("some notes\n")
    assert read_report(places).books.startswith(f"not compared: {places.ledger} is not an exch")


def test_a_ledger_that_is_none_is_refused_in_words_and_the_run_is_free_again(copy):
    folder, run = copy
    path = folder / "sim" / "runs" / run / "exchange.jsonl"
    good = path.read_text()
    path.write_text("some notes\n")
    with pytest.raises(JournalError, match="is not one of the exchange's files"):
        resumed(folder, run)
    path.write_text(good)
    resumed(folder, run).stop()


def test_other_symbols_than_the_runs_are_refused_by_name(copy):
    folder, run = copy
    with pytest.raises(ConfigError, match="TSLA 2026-11-27"):
        simulated(settings(SEED, symbols=("AAPL", "SPY")), run_dir=folder, resume=run)
    resumed(folder, run).stop()


def test_a_run_of_another_account_is_refused_by_name_and_left_as_it_was(copy):
    folder, run = copy
    journal = folder / "sim" / "runs" / run / "journal.db"
    before = events_of(folder, run), journal.stat().st_mtime_ns
    other = settings(SEED).changed(account="OTHER")
    with pytest.raises(ConfigError, match='go on with account = "SIM-01"'):
        simulated(other, run_dir=folder, resume=run)
    assert (events_of(folder, run), journal.stat().st_mtime_ns) == before
    resumed(folder, run).stop()


def test_a_kill_survives_the_end_of_its_process(tmp_path, project_root):
    run = killed(tmp_path, project_root, 'desk.legged(); desk.ask("kill", stage=2); desk.run(6)')
    operated = Operated(resumed(tmp_path, run))
    assert operated.snapshot().state is EngineState.KILLED
    units = [u for t in operated.context.traders.values() for u in t.credits.units.values()]
    assert {unit.stage for unit in units} <= {Stage.PARKED}
    assert len(operated.raised("PARKED")) == len(units)
    operated.ask(Ask.RESUME)
    operated.run(300)
    assert operated.sent == []
    operated.desk.stop()


def with_an_untold_debit(folder: Path, run: str) -> tuple[ev.OrderIntended, str]:
    """Let the exchange have executed a debit that the journal calls live; its intent and the id."""
    path = folder / "sim" / "runs" / run / "exchange.jsonl"
    journaled = events_of(folder, run)
    ended = {e.order for e in journaled if isinstance(e, ev.OrderEnded)}
    live = next(
        e
        for e in journaled
        if isinstance(e, ev.OrderIntended) and e.part == "D" and e.order not in ended
    )
    chain, limit_c = live.trader.split(), live.limit_c
    right = "call" if live.right == "C" else "put"
    legs = [[right, live.buy_strike, 1, 100 + limit_c], [right, live.sell_strike, -1, 100]]
    name = f"{live.order}.1"
    row = [name, live.order, live.at_ms / 1000, *chain, 1, limit_c, True, 100, legs, 136]
    seq = list(read_events(path.with_name("journal.db")))[-1][0]
    with path.open("a") as file:
        file.write(json.dumps({"execution": row}) + "\n" + json.dumps({"journal_seq": seq}) + "\n")
    return live, name


def test_an_execution_that_was_not_told_before_the_process_died_is_booked(copy):
    folder, run = copy
    live, name = with_an_untold_debit(folder, run)
    operated = Operated(resumed(folder, run))
    executed = [e for e in events_of_open(operated.desk) if isinstance(e, ev.Executed)]
    assert [e.execution for e in executed].count(name) == 1
    assert operated.desk.books_agree() == ""
    assert live.cycle in operated.context.traders[live.trader].credits.units
    assert operated.context.flags.unreconciled == frozenset()
    operated.desk.stop()


@pytest.mark.parametrize("held", [False, True], ids=["left to the ladder", "held"])
def test_a_unit_whose_credit_nobody_chose_yet_waits_for_quotes_and_buys_nothing_again(copy, held):
    folder, run = copy
    live, _ = with_an_untold_debit(folder, run)
    desk = resumed(folder, run)
    market = desk.executor.context.market
    market.chain, quoted = (lambda symbol, expiration, now_s: None), market.chain
    operated = Operated(desk)
    if held:
        assert operated.ask(Ask.HOLD, f"{live.trader}/{live.cycle}").text.startswith("held")
    operated.run(15)
    assert [r for _, r in operated.sent if r.trader == live.trader] == []
    market.chain = quoted
    operated.run_until(lambda: any(r.trader == live.trader for _, r in operated.sent), 120)
    request = next(r for _, r in operated.sent if r.trader == live.trader)
    assert request.part == "C"
    bought, sold = request.legs
    dear_is_lower = live.right == "C"
    assert (sold.strike < bought.strike) == dear_is_lower, "the dearer leg is sold"
    desk.stop()


def test_a_credit_sent_before_any_quote_is_journaled_with_its_market_unknown(copy):
    folder, run = copy
    desk = resumed(folder, run)
    desk.executor.context.market.chain = lambda symbol, expiration, now_s: None
    operated = Operated(desk)
    operated.run_until(lambda: operated.sent, 120)
    known = desk.executor.context.state.orders.known
    intents = [known[request.client_order_id].intent for _, request in operated.sent]
    assert {(each.bid, each.ask) for each in intents} == {(None, None)}
    desk.stop()


def test_a_loss_that_halted_the_desk_halts_it_after_a_restart_too(tmp_path, project_root):
    story = """
from engine.orders import events as ev
loss_c = round(desk.context.config.limits.day_loss_halt_usd * 100)
desk.nothing_open()
desk.context.emit(ev.CycleEnded(
    desk.context.now().at_ms, "SPY 2026-12-04", 999, "COMPLETE", 1, 0, 272, -loss_c, "RISK", "condor", 1.0))
"""
    run = killed(tmp_path, project_root, story)
    operated = Operated(resumed(tmp_path, run))
    assert operated.context.flags.halted
    operated.ask(Ask.RESUME)
    operated.run(120)
    assert operated.debits_sent() == 0
    assert operated.context.flags.halted
    assert len(operated.of(ev.AlarmRaised)) == 0
    operated.desk.stop()


def test_what_a_crashed_run_did_can_be_reported(crashed):
    folder, run = crashed
    report = report_of(folder / "sim" / "runs" / run / "journal.db")
    assert report.attempts.n > 50
    assert not report.header.ended


def test_symbols_in_another_order_give_no_order_the_name_of_an_earlier_one(tmp_path):
    first = Operated(simulated(settings(SEED, symbols=("AAPL", "SPY")), run_dir=tmp_path))
    first.run(300)
    first.desk.stop()
    run = first.desk.places.run
    turned = simulated(
        settings(SEED, symbols=("SPY", "AAPL")), time(15, 0), run_dir=tmp_path, resume=run
    )
    second = Operated(turned)
    second.ask(Ask.RESUME)
    second.run(900)
    rows = [event for _, event in second.context.journal.read()]
    names = [event.order for event in rows if isinstance(event, ev.OrderIntended)]
    assert second.debits_sent() > 10
    assert len(set(names)) == len(names)
    second.desk.stop()


BOTH_SIDES_WORK = """
desk.run_until(lambda: any(
    unit.order is not None and unit.order.live and unit.remaining > 0
    for trader in desk.context.traders.values() for unit in trader.credits.units.values()
) and any(
    trader.debits.live is not None and not trader.credits.units
    for trader in desk.context.traders.values()
))
"""
"""A credit works on one chain and a debit on another."""


def test_an_order_that_a_restart_cannot_end_is_followed_and_none_is_sent_beside_it(
    tmp_path, project_root, monkeypatch
):
    run = killed(tmp_path, project_root, BOTH_SIDES_WORK)
    written = events_of(tmp_path, run)
    ended = {e.order for e in written if isinstance(e, ev.OrderEnded)}
    left = [e for e in written if isinstance(e, ev.OrderIntended) and e.order not in ended]
    assert {"C", "D"} <= {e.part for e in left}
    works = [OpenOrder(e.order, f"B{e.order}", e.quantity, 0) for e in left]
    told = MatchingEngine.open_orders
    monkeypatch.setattr(MatchingEngine, "open_orders", lambda venue: (*told(venue), *works))
    operated = Operated(resumed(tmp_path, run))
    context = operated.context
    assert context.state.orders.live.keys() == {e.order for e in left}
    operated.ask(Ask.RESUME)
    operated.run(60)
    busy = {e.trader for e in left}
    assert [r for _, r in operated.sent if r.trader in busy] == []
    named = {f"{e.trader}/{e.order}" for e in left}
    assert {a.where for a in operated.raised("ORDER_UNKNOWN")} == named

    credit = next(e for e in left if e.part == "C")
    debit = next(e for e in left if e.part == "D")
    for intent in (credit, debit):
        fill = OrderReport(
            ReportKind.FILL,
            intent.order,
            context.now().epoch_s,
            execution_id=f"{intent.order}.late",
            quantity=intent.quantity,
            price_c=intent.limit_c,
        )
        operated.core.orders.on_report(fill)
        operated.core.orders.on_report(fill)
    assert context.state.orders.known[credit.order].filled == credit.quantity
    assert credit.cycle not in context.traders[credit.trader].credits.units
    operated.run(3)
    sent = [r for _, r in operated.sent if r.trader == debit.trader]
    assert sent and all(r.part == "C" and r.quantity == debit.quantity for r in sent)

    works.clear()
    operated.run(120)
    assert not {e.order for e in left} & context.state.orders.live.keys()
