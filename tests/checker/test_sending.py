"""Runs doctored in what was sent, and in the order of the journal's rows, are caught."""

from __future__ import annotations

import pytest

from tests.support.doctored_runs import caught
from tests.support.recorded_run import RecordedRun


def test_1_an_order_without_an_intent_is_caught(calm: RecordedRun) -> None:
    calm.wire.append(calm.calls("submit")[0] | {"order": "S0-ELSEWHERE"})
    caught(calm, 1, "no intent of it")


def test_1_a_submit_before_its_intent_is_caught(calm: RecordedRun) -> None:
    calm.calls("submit")[5]["at_ms"] -= 1
    caught(calm, 1, "before its intent")


@pytest.mark.parametrize(
    "field", ["symbol", "expiration", "part", "right", "buy_strike", "sell_strike", "quantity",
              "limit_c", "multiplier"],
)  # fmt: skip
def test_1_a_submit_that_differs_in_any_field_is_caught(calm: RecordedRun, field: str) -> None:
    row = calm.calls("submit")[20]
    row[field] = row[field] + 1 if isinstance(row[field], int | float) else "X"
    caught(calm, 1, f"{field} was")


def test_1_an_order_that_no_row_calls_sent_is_caught(calm: RecordedRun) -> None:
    order = calm.calls("submit")[3]["order"]
    calm.remove(lambda row: row["kind"] == "OrderSent" and row["order"] == order)
    caught(calm, 1, "no row says that it was sent")


def test_2_a_second_submit_is_caught(calm: RecordedRun) -> None:
    row = calm.calls("submit")[9]
    calm.wire.append(row | {"at_ms": row["at_ms"] + 2000})
    caught(calm, 2, "reached the exchange 2 times")


def test_2_a_second_intent_of_the_same_id_is_caught(calm: RecordedRun) -> None:
    row = calm.rows("OrderIntended")[4]
    calm.add(dict(row), after=row)
    caught(calm, 2, "intended 2 times")


def test_2_an_id_that_an_exchange_would_cut_is_caught(calm: RecordedRun) -> None:
    order = calm.rows("OrderIntended", part="D")[0]["order"]
    for row in [*calm.journal, *calm.wire, *calm.executions]:
        if row.get("order") == order:
            row["order"] = order + "X" * 24
    caught(calm, 2, "at most 32")


def test_5_a_row_left_out_is_caught(calm: RecordedRun) -> None:
    del calm.journal[100]
    caught(calm, 5, "was due")


def test_5_time_that_runs_back_is_caught(calm: RecordedRun) -> None:
    calm.journal[200]["at"] -= 3_600_000
    caught(calm, 5, "before the one above it")


def test_5_a_trader_that_was_never_added_is_caught(calm: RecordedRun) -> None:
    added = calm.rows("TraderAdded")[0]
    calm.remove(lambda row: row is added)
    caught(calm, 5, "not added before")


def test_5_a_row_before_the_intent_it_is_about_is_caught(calm: RecordedRun) -> None:
    intent = calm.rows("OrderIntended")[2]
    sent = calm.story(intent["order"])[1]
    at, then = calm.journal.index(intent), calm.journal.index(sent)
    calm.journal[at], calm.journal[then] = sent, intent
    calm.number_again()
    caught(calm, 5, "before the order's intent")


def test_5_an_order_that_ends_twice_is_caught(calm: RecordedRun) -> None:
    row = calm.rows("OrderEnded")[2]
    calm.add(dict(row), after=row)
    caught(calm, 5, "ended again")


def test_5_an_attempt_that_counts_other_contracts_than_its_executions_is_caught(
    calm: RecordedRun,
) -> None:
    calm.rows("AttemptEnded", result="FILLED")[0]["filled"] += 1
    caught(calm, 5, "its executions")
