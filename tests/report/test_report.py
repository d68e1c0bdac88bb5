"""The session report says what the fold says, in words that promise no more than is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal.opening import open_journal
from engine.orders import events as ev
from engine.report.records import SessionReport
from engine.report.session import report_of, session_report
from engine.report.text import money_figures, report_text, summary_lines, trading_figures
from engine.run_folder.errors import JournalError
from engine.state.desk import DeskState
from engine.state.totals import desk_totals
from tests.support.hand_written_runs import OPEN_MS, HeldStory, Story, day, stories


def fold_of(story: Story) -> DeskState:
    state = DeskState()
    for event in story.events:
        state.apply(event)
    return state


def report(story: Story) -> SessionReport:
    return session_report(fold_of(story))


@given(stories())
def test_the_summary_says_first_what_is_guaranteed_and_every_figure_as_the_report(
    story: Story,
) -> None:
    found = report(story)
    title, guaranteed, session, opened, traded, cash, where = summary_lines(found, "/x/report.txt")
    figures = dict(money_figures(found))
    assert title.startswith(f"[{found.header.mode}]")
    assert guaranteed.split()[:2] == ["guaranteed", figures["floor at filled prices"]]
    assert f"{found.money.result_c / 100:+,.2f}" in session or not found.money.result_c
    assert f"{found.money.unhedged:,} contract" in opened
    units = f"{found.cycles.open:,} unit{'s' * (found.cycles.open != 1)} open"
    assert units in opened
    assert (f"{units}, {found.cycles.parked:,} of them parked" in opened) == bool(
        found.cycles.parked
    )
    assert f"{found.attempts.k:,} of {found.attempts.n:,} debits" in traded
    assert figures["cash: net premium"] in cash
    assert where.endswith("/x/report.txt")
    assert len(summary_lines(found)) == 6


@given(stories(), st.integers(60, 220))
def test_every_figure_equals_the_screens_and_no_line_is_too_wide(story: Story, width: int) -> None:
    state = fold_of(story)
    found = session_report(state)
    totals = desk_totals(state, state.at_ms)
    assert (found.attempts.n, found.attempts.k) == (totals.attempts, totals.fills)
    assert found.money.net_premium_c == totals.net_premium_c
    assert found.money.matched_c - found.money.open_c == totals.net_premium_c
    assert (found.money.fees_c, found.money.floor_c) == (totals.fees_c, totals.floor_c)
    assert (found.cycles.filled, found.cycles.completion.k) == (
        totals.filled_cycles,
        totals.completions,
    )
    assert found.cycles.worst_hedge_s == totals.worst_hang_s
    assert sum(row.net_premium_c for row in found.traders) == totals.net_premium_c
    assert sum(row.fill.n for row in found.traders) == totals.attempts
    assert sum(row.orders for row in found.traders) == found.orders.sent
    assert sum(row.result_c for row in found.traders) == found.money.result_c
    assert sum(result_c for _, result_c in found.dollars.symbols) == found.money.result_c
    spread = found.dollars.by_trader
    assert spread.gains_c + spread.losses_c == found.money.result_c
    assert sum(result_c for _, result_c in found.course.results) == found.money.result_c
    assert sum(count for _, count in found.course.orders) == found.orders.sent
    desk, *expirations = found.capital
    for parts in (expirations, [row.capital for row in found.traders]):
        assert sum(row.cent_days for row in parts) == desk.cent_days
        assert sum(row.floor_c for row in parts) == desk.floor_c
    assert found.orders.efficiency == totals.efficiency
    assert max(len(line) for line in report_text(found, width).splitlines()) <= width


def test_an_empty_session_has_no_made_up_figures() -> None:
    found = session_report(DeskState())
    assert found.attempts.rate is None
    assert found.cycles.hedge_p50_s is None
    assert found.orders.efficiency is None
    text = report_text(found)
    assert "n/a, no attempt yet" in text
    assert "0.0%" not in text
    assert "nan" not in text.lower()


def test_the_report_of_a_journal_is_that_of_the_running_desk(tmp_path: Path) -> None:
    story = day(9, 300)
    with open_journal(tmp_path / "journal.db", durable=False) as journal:
        for event in story.events:
            journal.append(event)
    assert report_of(tmp_path / "journal.db") == report(story)


def test_a_journal_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal"):
        report_of(tmp_path / "journal.db")


def test_the_json_is_json_with_the_same_keys_whatever_happened() -> None:
    empty, full = session_report(DeskState()).to_json(), report(day(9, 300)).to_json()
    assert json.loads(json.dumps(full, allow_nan=False))["format"] == 1
    assert list(empty) == list(full)
    for section in ("header", "attempts", "cycles", "money", "orders", "alarms"):
        assert list(empty[section]) == list(full[section])
    assert empty["money"]["liquidation_c"] == 0  # nothing held brings nothing


def test_a_simulated_figure_never_goes_without_its_source_and_fill_model() -> None:
    lines = report_text(report(Story(1))).splitlines()
    assert lines[0].startswith("SESSION REPORT  [SIM] SIM-01  2024-11-22")
    assert "SIMULATED: fill model assumed, source synthetic, seed 7" in lines[2]


def test_net_premium_is_called_cash_and_never_profit() -> None:
    text = report_text(report(day(9, 200)))
    assert "cash: net premium" in text
    assert text.index("floor at filled prices") < text.index("cash: net premium")
    assert "profit" not in text.lower()


def test_the_report_has_the_liquidation_value_that_the_end_recorded() -> None:
    story = day(9, 200)
    story.add(ev.PositionsValued(story.later(1), 4, -123_456))
    story.add(ev.SessionEnded(story.later(1), "settled"))
    found = report(story)
    assert found.money.liquidation_c == -123_456
    assert "-1,234.56" in report_text(found) and "n/a" not in _row(report_text(found))


def test_a_value_that_nobody_knows_is_told_with_its_cause() -> None:
    story = day(9, 200)
    story.add(ev.PositionsValued(story.later(1), 4, None))
    story.add(ev.SessionEnded(story.later(1), "settled"))
    assert "no ask for a short" in report_text(report(story))


def _row(text: str) -> str:
    return text.partition("liquidation value")[2].partition("\n")[0]


def test_thin_evidence_is_called_thin_until_fifty_attempts() -> None:
    story = Story(1)
    for number in range(50):
        story.play(story.keys[0], "timeout" if number % 5 else "complete", 1, 150, 160)
        if number == 48:
            assert "9/49" not in report_text(report(story))
            assert report(story).attempts.thin
    found = report(story)
    assert not found.attempts.thin
    assert all(rate.thin for rate in found.hours)
    line = next(each for each in report_text(found).splitlines() if each.startswith("  fills"))
    assert "10 (20.0% [11-33])" in line
    assert "THIN" not in line


@given(st.integers(60, 220))
def test_no_width_leaves_a_rate_without_its_interval_or_thin_dollars_without_the_word(
    width: int,
) -> None:
    text = report_text(report(day(6, 30)), width)
    fills, _, rest = (
        text.partition("- DOLLARS BY TRADER")[0].partition("TRADER  ")[2].partition("\n")
    )
    assert "SYM0" in rest
    assert ("FILL%" in fills) <= ("95%INT" in fills)
    dollars = text.partition("- DOLLARS BY TRADER")[2].partition("- CAPITAL")[0]
    rows = [line for line in dollars.splitlines() if line.startswith("  SYM") and "," not in line]
    assert len(rows) == 3 and all(row.endswith("THIN") for row in rows)


def test_unlimited_losses_are_not_called_unknown() -> None:
    found = report(Story(1))
    unlimited = replace(found, money=replace(found.money, open_worst_c=None))
    assert dict(money_figures(unlimited))["open, at worst"] == "unlimited"
    assert dict(money_figures(found))["open, at worst"] == "0.00"


def test_the_budget_of_orders_is_the_one_in_force() -> None:
    story = Story(1)
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    story.events[0] = start._replace(settings={"limits": {"order_budget_day": 500}})
    assert report(story).course.order_budget == 500
    story.add(ev.LimitChanged(story.later(1), "order_budget_day", 500, 300, False, "ada: calm"))
    assert report(story).course.order_budget == 300
    assert "300 not enforced" in report_text(report(story))


def test_what_earlier_sessions_settled_is_not_told_as_of_this_session() -> None:
    story = HeldStory(1)
    key = story.keys[0]
    story.play(key, "complete", 1, 150, 160)
    story.add(ev.PairSettled(story.later(1), key, 1, 1, 0, 19_000, 1000, 0, 272, 728, 500))
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    story.add(start._replace(at_ms=story.later(3 * 86_400_000), session_date="2024-11-25"))
    _, guaranteed, session, *_ = summary_lines(report(story))
    assert session.split("  ")[-1].strip() == "0.00 of guaranteed results"
    assert guaranteed.endswith("; settled so far +7.28")


def test_a_unit_that_is_parked_counts_so_before_its_cycle_has_ended() -> None:
    """The close of the day ends its cycle; a desk that quits before has parked it all the same."""
    story = Story(1)
    (key,) = story.keys
    story.cycles[key] = 1
    story.fill(key, story.order(key, "D", 1, 140), 1, 140)
    assert (report(story).cycles.open, report(story).cycles.parked) == (1, 0)
    story.add(ev.LadderMoved(story.later(20_000), key, 1, "H7", 144))
    found = report(story)
    assert dict(trading_figures(found))["scratched, parked, open"] == "0, 1, 1"
    assert "1 unit open, 1 of them parked" in "".join(summary_lines(found))
    assert desk_totals(fold_of(story), story.at_ms).parked == 1
    story.add(ev.LadderMoved(story.later(1_000), key, 1, "H3", 144))
    assert report(story).cycles.parked == 0, "the operator gave it back to the ladder"


def test_a_known_day_reads_as_it_should() -> None:
    story = Story(2)
    first, second = story.keys
    story.play(first, "complete", 2, 150, 160)
    story.play(first, "hung", 1, 150, 155)
    story.play(first, "timeout", 1, 150, 160)
    story.play(second, "scratched", 1, 140, 160)
    story.play(second, "parked", 1, 130, 160)
    story.add(
        ev.AlarmRaised(story.later(1), "A1", 1, "HUNG", second, "unhedged 31 s", "risk", "press h")
    )
    story.add(ev.AlarmAcknowledged(story.later(4000), "A1"))
    story.add(ev.Recommended(story.later(1), "R1", first, "SIZE", 3, 2, "THIN", {"n": 9}))
    story.add(ev.RecommendationSettled(story.later(1), "R1", "rejected", "nine attempts"))
    story.add(
        ev.OperatorActed(
            story.later(1), "T1", "pause", first, "op", "p", "RUN", "PAU", "confirmed", ""
        )
    )
    story.add(ev.BooksCompared(story.later(1), 2, ""))
    story.add(ev.SessionEnded(story.later(1), "drained"))
    found = report(story)
    assert (found.attempts.n, found.attempts.k) == (5, 4)
    cycles, money = found.cycles, found.money
    assert (cycles.filled, cycles.completion.k, cycles.scratched, cycles.parked) == (4, 2, 1, 1)
    assert (cycles.hung, cycles.open, cycles.worst_hedge_s) == (3, 1, 904.013)
    assert money.gross_debit_c == 2 * 15000 + 15000 + 14000 + 13000
    assert money.gross_credit_c == 2 * 16000 + 15500
    assert money.unwinds_c == 13800
    assert money.net_premium_c == money.gross_credit_c + 13800 - money.gross_debit_c
    assert (money.matched_c, money.open_c) == (2000 + 500 - 200, 13000)
    assert money.open_worst_c == -13000 - 136, "what is open may expire worthless"
    assert money.liquidation_c is None, "and nobody has valued it"
    assert money.fees_c == 136 * 9
    assert money.labels == {"ARB": 0, "LOCK*": 2, "RISK": 1}, "the scratched one"
    assert found.alarms.standing == (f"P1 HUNG {second}: unhedged 31 s (acked)",)
    assert found.alarms.ack_p50_s == 4.0
    assert found.operator == (("pause", "confirmed", 1),)
    text = report_text(found, 100)
    for said in (
        "ended 2024-11-22",
        ": drained",
        "R1 SIZE SYM0 2024-12-20 3 -> 2  THIN  rejected: nine attempts",
        "actions: 1 pause confirmed",
        "books: match",
        "scratched, parked, open",
    ):
        assert said in text, said


def test_books_that_matched_before_they_could_not_be_compared_are_not_said_to_match() -> None:
    story = day(3, 5)
    story.add(ev.BooksCompared(story.later(1000), 1, ""))
    story.add(
        ev.AlarmRaised(story.later(1000), "A9", 2, "NOT_COMPARED", "desk", "no answer", "", "")
    )
    found = report(story)
    assert found.books.startswith("not compared since 2024-11-22 ")
    assert "books: match" not in report_text(found, 100) and ": match" in report_text(found, 100)
    story.add(ev.AlarmCleared(story.later(1000), "A9"))
    story.add(ev.BooksCompared(story.later(1000), 1, ""))
    assert report(story).books == "match"


def test_debits_whose_pair_had_a_floor_above_zero_at_mid_are_counted() -> None:
    story = Story(2)
    first, second = story.keys
    for key, floors in ((first, (0.01, 0.3, 0.0, -0.1, None)), (second, (0.2,))):
        for floor in floors:
            story.play(key, "timeout", 1, 150, 160)
            at = max(i for i, e in enumerate(story.events) if isinstance(e, ev.PairChosen))
            chosen = story.events[at]
            assert isinstance(chosen, ev.PairChosen)
            story.events[at] = chosen._replace(mid_floor=floor)
    found = report(story)
    assert found.orders.suspect == 3
    assert {row.trader: row.suspect for row in found.traders} == {first: 2, second: 1}
    said = [line for line in report_text(found, 100).splitlines() if "stale or mispriced" in line]
    assert said and all("3 debits" in line for line in said)


def test_executions_that_no_order_explains_are_counted_as_not_booked() -> None:
    story = Story(1)
    key = story.keys[0]
    story.fill(key, "nobody's", 2, 150)
    assert report(story).orders.not_booked == 1
    name = story.order(key, "D", 2, 150)
    story.fill(key, name, 5, 150)
    assert report(story).orders.not_booked == 1 + 3


@pytest.mark.parametrize(
    ("outcome", "hedge_s", "hung"),
    [("SCRATCHED", 2.0, 1), ("PARKED", 0.0, 1), ("COMPLETE", 5.0, 0), ("COMPLETE", 5.1, 1)],
)
def test_a_cycle_that_was_never_completed_hung_however_short_it_was(
    outcome: str, hedge_s: float, hung: int
) -> None:
    story = Story(1)
    key = story.keys[0]
    name = story.order(key, "D", 1, 150)
    story.fill(key, name, 1, 150)
    story.end(key, name, "filled")
    story.sell(key, "C" if outcome == "COMPLETE" else "U", 1, 148)
    story.cycle_over(key, outcome, 1, -200, hedge_s)
    found = report(story).cycles
    assert found.hung == hung
    assert found.per_hung_c == (-472 if hung else None)


def test_a_hung_cycle_is_told_by_what_it_guarantees_and_not_by_its_cash() -> None:
    """A credit that is wider than its debit brings cash, and owes more at expiration."""
    story = Story(1)
    key = story.keys[0]
    story.play(key, "hung", 1, 150, 400)
    told = story.events[-1]
    assert isinstance(told, ev.CycleEnded) and told.net_c == 25_000
    story.add(told._replace(at_ms=story.later(1), floor_c=-25_272, label="RISK"))
    found = report(story)
    assert found.cycles.per_hung_c == -25_272
    assert found.money.result_c == -25_272
    assert dict(trading_figures(found))["a hung cycle, floor"] == "-252.72"


def test_a_held_and_a_faulted_trader_are_named() -> None:
    story = Story(1)
    key = story.keys[0]
    story.add(ev.TraderHeld(OPEN_MS, key, "REJECTS", 0, "three rejects in a row"))
    story.add(ev.TraderFaulted(OPEN_MS, key, "KeyError: 'bid'"))
    text = report_text(report(story))
    assert f"{key}: held REJECTS fault KeyError: 'bid'" in text
