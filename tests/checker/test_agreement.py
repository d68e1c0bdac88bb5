"""Runs doctored in what desk and exchange booked are caught."""

from __future__ import annotations

import pytest

from tests.support.doctored_runs import caught, filled_debit
from tests.support.recorded_run import RecordedRun


def test_3_an_execution_applied_twice_is_caught(calm: RecordedRun) -> None:
    row = calm.rows("Executed")[3]
    calm.add(dict(row), after=row)
    caught(calm, 3, "applied twice")


def test_3_more_than_ordered_is_caught(calm: RecordedRun) -> None:
    row = calm.rows("Executed")[3]
    calm.add(row | {"execution": row["execution"] + "9"}, after=row)
    caught(calm, 3, "2 of 1 contracts")


def test_3_a_bust_of_what_never_filled_is_caught(calm: RecordedRun) -> None:
    row = calm.rows("Executed")[3]
    row["quantity"] = -1
    caught(calm, 3, "-1 of")


def test_3_an_execution_at_another_price_is_caught(calm: RecordedRun) -> None:
    calm.rows("Executed")[3]["price_c"] += 1
    caught(calm, 3, "the exchange 1 contracts for")


def test_3_an_execution_under_another_id_is_caught(calm: RecordedRun) -> None:
    calm.rows("Executed")[3]["execution"] = "ELSEWHERE.1"
    caught(calm, 3, "ELSEWHERE.1")


def test_3_an_execution_of_an_order_the_exchange_never_received_is_caught(
    calm: RecordedRun,
) -> None:
    order = calm.executions[3]["order"]
    calm.wire = [row for row in calm.wire if row["order"] != order]
    caught(calm, 3, "never received")


def test_3_a_correction_that_both_sides_booked_is_no_violation(calm: RecordedRun) -> None:
    debit = filled_debit(calm)
    ours = calm.rows("Executed", order=debit["order"])[0]
    theirs = next(row for row in calm.executions if row["order"] == debit["order"])
    calm.add(ours | {"at": calm.journal[-1]["at"], "quantity": -1, "fee_c": -ours["fee_c"]})
    legs = [[right, strike, -count, price] for right, strike, count, price in theirs["legs"]]
    calm.executions.append(theirs | {"quantity": -1, "legs": legs, "fees_c": -theirs["fees_c"]})
    assert not calm.numbers() & {3, 4}


def test_4_a_contract_that_only_the_exchange_holds_is_caught(calm: RecordedRun) -> None:
    calm.executions[0]["legs"][0][1] += 5.0
    caught(calm, 4, ", the exchange +")


def test_4_fees_that_differ_are_caught(calm: RecordedRun) -> None:
    calm.executions[0]["fees_c"] += 1
    caught(calm, 4, "fees")


def test_4_a_difference_with_an_alarm_on_a_blocked_chain_is_no_violation(calm: RecordedRun) -> None:
    order = calm.executions[-1]["order"]
    trader = calm.rows("OrderIntended", order=order)[0]["trader"]
    del calm.executions[-1]
    text = f"book and broker differ: {trader} 500C: book +1, broker +0"
    calm.add(
        {
            "seq": 0,
            "kind": "AlarmRaised",
            "at": calm.journal[-1]["at"],
            "alarm": "A99",
            "priority": 1,
            "code": "BOOK_DIFFERS",
            "where": "desk",
            "what": text,
            "consequence": "",
            "response": "",
        }
    )
    assert not calm.numbers() & {3, 4, 6}
    debit = calm.rows("OrderIntended", trader=trader, part="D")[-1]
    calm.add(debit | {"order": "S0-AFTER-1D1", "at": calm.journal[-1]["at"], "cycle": 9999})
    caught(calm, 4)


def test_6_legs_that_do_not_cost_what_the_whole_does_are_caught(calm: RecordedRun) -> None:
    calm.executions[7]["legs"][1][3] += 1
    caught(calm, 6, "its legs move")


def test_6_money_that_appears_from_nowhere_is_caught(calm: RecordedRun) -> None:
    calm.rows("Executed")[0]["price_c"] -= 1
    caught(calm, 6, "cash sum to")


@pytest.mark.parametrize("field", ["net_c", "fees_c", "floor_c", "contracts"])
def test_6_a_cycle_that_says_another_sum_is_caught(calm: RecordedRun, field: str) -> None:
    calm.rows("CycleEnded")[2][field] += 1
    caught(calm, 6, field)
