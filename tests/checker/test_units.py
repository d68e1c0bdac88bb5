"""Runs doctored in contracts at stake, covered credits and open units are caught."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.doctored_runs import caught, credit_of, filled_debit
from tests.support.recorded_run import RecordedRun


@pytest.mark.parametrize(
    "limit", ["max_imbalance_chain", "max_imbalance_desk", "max_contracts", "max_debit_usd_order"]
)
def test_7_a_debit_beyond_a_limit_is_caught(calm: RecordedRun, limit: str) -> None:
    calm.rows("SessionStarted")[0]["settings"]["limits"][limit] = 0
    caught(calm, 7, limit)


def test_7_a_debit_beyond_a_tightened_limit_is_caught_until_it_was_taken_back(
    calm: RecordedRun,
) -> None:
    first = calm.rows("OrderIntended", part="D")[0]
    row = {"seq": 0, "at": first["at"], "kind": "LimitChanged", "limit": "max_debit_usd_order"}
    row |= {"before": 2500.0, "after": 0.0, "undo": False, "why": "ada"}
    before = calm.journal[calm.journal.index(first) - 1]
    back = {**row, "before": 0.0, "after": 2500.0, "undo": True}
    calm.add(back, after=calm.add(row, after=before))
    assert not calm.check(), "taken back before any debit"
    calm.journal.remove(back)
    calm.number_again()
    caught(calm, 7, "max_debit_usd_order is 0")


def test_7_an_order_without_an_answer_counts_as_filled(calm: RecordedRun) -> None:
    """A debit whose end is not known stays at stake beside the next ones."""
    limits = calm.rows("SessionStarted")[0]["settings"]["limits"]
    trader = calm.rows("TraderAdded")[0]["trader"]
    debits = calm.rows("OrderIntended", trader=trader, part="D")
    unfilled = [
        row for row in debits if not any(r["kind"] == "Executed" for r in calm.story(row["order"]))
    ]
    lost = {row["order"] for row in unfilled[: limits["max_imbalance_chain"]]}
    calm.remove(lambda row: row["kind"] == "OrderEnded" and row["order"] in lost)
    caught(calm, 7, "contracts at stake on")


def test_8_a_credit_for_more_than_filled_is_caught(calm: RecordedRun) -> None:
    credit_of(calm, filled_debit(calm))["quantity"] += 1
    caught(calm, 8, "could sell 2 of 1")


def test_8_a_credit_beside_one_that_may_still_execute_is_caught(calm: RecordedRun) -> None:
    for former, later in pairwise(calm.rows("OrderIntended", part="C")):
        if (former["trader"], former["cycle"]) == (later["trader"], later["cycle"]):
            break
    calm.remove(lambda row: row["kind"] == "OrderEnded" and row["order"] == former["order"])
    caught(calm, 8, "could sell")


def test_8_a_credit_of_the_other_right_is_caught(calm: RecordedRun) -> None:
    credit = credit_of(calm, filled_debit(calm))
    credit["right"] = "P" if credit["right"] == "C" else "C"
    caught(calm, 8, "sold against a debit of")


def test_8_more_sold_than_bought_is_caught(calm: RecordedRun) -> None:
    debit = filled_debit(calm)
    calm.remove(lambda row: row["kind"] == "Executed" and row["order"] == debit["order"])
    caught(calm, 8, "1 sold of 0 bought")


def test_8_a_short_option_without_a_long_one_is_caught(calm: RecordedRun) -> None:
    calm.executions[0]["legs"][0][2] = 0
    caught(calm, 8, "short")


def test_10_a_unit_left_open_is_caught(calm: RecordedRun) -> None:
    debit = filled_debit(calm)
    sold = {
        row["order"]
        for row in calm.rows("OrderIntended", trader=debit["trader"], cycle=debit["cycle"])
        if row["part"] != "D"
    }
    calm.remove(lambda row: row["kind"] == "Executed" and row["order"] in sold)
    caught(calm, 10, "open and not parked")
    caught(calm, 10, "no alarm stands")


def test_10_a_parked_unit_without_its_alarm_is_caught(operated: RecordedRun) -> None:
    parked = operated.rows("AlarmRaised", code="PARKED")[0]
    operated.remove(lambda row: row is parked)
    caught(operated, 10, "no alarm stands")


def test_10_a_cycle_without_its_last_row_is_caught(calm: RecordedRun) -> None:
    end = calm.rows("CycleEnded")[5]
    calm.remove(lambda row: row is end)
    caught(calm, 10, "how the cycle ended")


def test_10_an_order_without_an_end_is_caught(calm: RecordedRun) -> None:
    end = calm.rows("OrderEnded")[-1]
    calm.remove(lambda row: row is end)
    caught(calm, 10, "has no end")


def test_10_a_unit_that_took_longer_than_its_ladder_is_caught(calm: RecordedRun) -> None:
    ladder = calm.rows("SessionStarted")[0]["settings"]["ladder"]
    ladder.update(operator_until_s=-300.0, unwind_steps=1, unwind_step_s=1.0)
    caught(calm, 10, "the ladder has 1 s")


@pytest.mark.parametrize(("by", "left"), [("operator", 0), ("ladder", 1)])
def test_10_an_operators_choice_gives_a_unit_its_time_anew_and_no_rule_does(
    calm: RecordedRun, by: str, left: int
) -> None:
    ladder = calm.rows("SessionStarted")[0]["settings"]["ladder"]
    ladder.update(operator_until_s=-300.0, unwind_steps=1, unwind_step_s=1.0)
    late = next(each for each in calm.check() if "the ladder has 1 s" in each.text)
    trader, cycle = late.subject.rsplit("/", 1)
    end = calm.rows("CycleEnded", trader=trader, cycle=int(cycle))[-1]
    last = next(row for row in reversed(calm.journal[: end["seq"]]) if row["kind"] == "Executed")
    before = calm.journal[last["seq"] - 2]
    row = {"kind": "UnitDecided", "at": last["at"], "trader": trader, "cycle": int(cycle)}
    calm.add({"seq": 0, **row, "choice": "hold", "by": by}, after=before)
    found = [each for each in calm.check() if each.subject == late.subject and each.number == 10]
    assert len(found) == left
