"""Runs doctored in when debits went out and in what operators did are caught."""

from __future__ import annotations

import pytest

from tests.support.doctored_runs import acted, before, caught, last_debit
from tests.support.recorded_run import RecordedRun, Row


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        ("PhaseChanged", {"phase": "AFTER_HOURS", "reason": ""}, "in phase AFTER_HOURS"),
        ("TraderHeld", {"code": "REJECTS", "until_ms": 0, "text": ""}, "while held (REJECTS)"),
        ("TraderFaulted", {"text": "ValueError"}, "its own code failed"),
        ("AlarmRaised", {"alarm": "A99", "code": "DAY_LOSS", "where": "desk", "what": ""},
         "while the alarm DAY_LOSS stands"),
        ("BooksCompared", {"chains": 6, "difference": "{} 500C: book +1, broker +0"}, "is blocked"),
    ],
)  # fmt: skip
def test_9_a_debit_while_the_gate_is_closed_is_caught(
    calm: RecordedRun, kind: str, fields: Row, text: str
) -> None:
    debit = last_debit(calm)
    filled = {
        name: value.format(debit["trader"]) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    before(calm, debit, {"kind": kind, "trader": debit["trader"], **filled})
    caught(calm, 9, text)


def test_9_a_debit_while_shares_of_its_symbol_are_held_is_caught(calm: RecordedRun) -> None:
    debit = last_debit(calm)
    symbol = debit["trader"].split(" ")[0]
    told = {"kind": "AlarmRaised", "alarm": "A99", "code": "SHARES", "what": ""}
    before(calm, debit, told | {"where": symbol})
    caught(calm, 9, "while shares of its symbol are held")


@pytest.mark.parametrize(
    ("action", "target", "text"),
    [
        ("pause", "*", "while paused"),
        ("pause", "symbol", "while paused"),
        ("pause", "trader", "while paused"),
        ("halt", "*", "while entries are halted"),
        ("drain", "*", "while the desk ends"),
        ("kill", "*", "after a kill"),
    ],
)
def test_9_a_debit_after_an_operator_stopped_debits_is_caught(
    calm: RecordedRun, action: str, target: str, text: str
) -> None:
    debit = last_debit(calm)
    named = {"*": "*", "trader": debit["trader"], "symbol": f"symbol:{debit['trader'][:4].strip()}"}
    before(calm, debit, acted(action, debit["at"], target=named[target], after="killed"))
    caught(calm, 9, text)


def test_9_anything_sent_after_the_kill_that_takes_all_back_is_caught(
    operated: RecordedRun,
) -> None:
    kill = operated.rows("OperatorActed", action="kill")[-1]
    sent = operated.rows("OrderSent")[-1]
    operated.add(sent | {"order": sent["order"], "at": kill["at"]}, after=kill)
    caught(operated, 9, "takes every order back")


def test_9_a_debit_of_a_desk_that_was_not_resumed_after_a_restart_is_caught(
    calm: RecordedRun,
) -> None:
    debit = last_debit(calm)
    start, added = calm.rows("SessionStarted")[0], calm.rows("TraderAdded", trader=debit["trader"])
    before(calm, debit, dict(start))
    before(calm, debit, dict(added[0]))
    caught(calm, 9, "while paused (restart)")


def test_11_an_order_that_the_kill_left_working_is_caught(operated: RecordedRun) -> None:
    kill = operated.rows("OperatorActed", action="kill")[-1]
    operated.wire = [
        row for row in operated.wire if row["what"] != "cancel" or row["at_ms"] < kill["at"]
    ]
    caught(operated, 11, "no cancel reached the exchange")


def test_12_a_hold_that_ended_by_itself_is_caught(calm: RecordedRun) -> None:
    calm.rows("TraderHeld")[0]["until_ms"] = 0
    caught(calm, 12, "no operator asked")


def test_12_a_hold_that_ended_early_is_caught(calm: RecordedRun) -> None:
    calm.rows("TraderHeld")[0]["until_ms"] += 60_000
    caught(calm, 12, "no operator asked")


def test_12_a_pause_that_nobody_lifted_is_caught(operated: RecordedRun) -> None:
    for row in operated.rows("OperatorActed", action="resume"):
        row["outcome"] = "refused"
    caught(operated, 12, "an operator's pause stands")


def test_12_a_resume_by_nobody_is_caught(operated: RecordedRun) -> None:
    operated.rows("OperatorActed", action="resume")[0]["who"] = "engine"
    caught(operated, 12, "by engine")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("AlarmAcknowledged", {"action": "ack"}),
        ("CancelSent", {"action": "cancel"}),
        ("CancelSent", {"action": "kill"}),
    ],
)
def test_14_an_action_without_its_row_is_caught(
    operated: RecordedRun, kind: str, fields: Row
) -> None:
    operated.remove(lambda row: row["kind"] == "OperatorActed" and fields.items() <= row.items())
    caught(operated, 14, kind)


def test_14_a_choice_about_a_unit_without_its_row_is_caught(decided: RecordedRun) -> None:
    decided.remove(lambda row: row["kind"] == "OperatorActed" and row["action"] == "hold")
    caught(decided, 14, "UnitDecided")


@pytest.mark.parametrize("field", ["who", "ticket", "before", "after"])
def test_14_an_action_that_does_not_say_all_is_caught(operated: RecordedRun, field: str) -> None:
    operated.rows("OperatorActed", action="halt")[0][field] = ""
    caught(operated, 14, field)


def test_14_a_ticket_answered_twice_is_caught(operated: RecordedRun) -> None:
    row = operated.rows("OperatorActed")[0]
    operated.add(dict(row), after=row)
    caught(operated, 14, "has two rows")


def test_21_an_attempt_in_the_arm_of_a_trial_that_has_ended_is_caught(trying: RecordedRun) -> None:
    ended_ms = _ended(trying)["at"]
    last = [row for row in trying.rows("PairChosen") if row["at"] > ended_ms][-1]
    last["arm"] = "T1 after"
    caught(trying, 21, "of a trial that does not run")


def test_21_an_attempt_of_a_trader_that_no_trial_concerns_is_caught(trying: RecordedRun) -> None:
    concerned = {key for row in trying.rows("TrialStarted") for key in row["before"]}
    rows = [row for row in trying.rows("PairChosen") if row["trader"] not in concerned]
    ended_ms = _ended(trying)["at"]
    next(row for row in rows if row["at"] > ended_ms)["arm"] = "T2 before"
    caught(trying, 21, "does not concern")


@pytest.mark.parametrize(
    ("arm", "value"), [("T1 before", {"cancel_ms": 3500}), ("T2 after", {"objective": "floor"})]
)
def test_21_an_attempt_with_another_value_than_its_arm_has_is_caught(
    trying: RecordedRun, arm: str, value: Row
) -> None:
    trying.rows("PairChosen", arm=arm)[0].update(value)
    caught(trying, 21, f"in the arm {arm!r}")


def test_21_a_second_trial_of_one_trader_is_caught(trying: RecordedRun) -> None:
    one, other = trying.rows("TrialStarted")
    other["before"] = dict(one["before"])
    caught(trying, 21, "began while T1 runs")


def _ended(run: RecordedRun) -> Row:
    return run.rows("TrialEnded", trial="T1")[0]


def test_14_a_trial_that_nobody_asked_for_is_caught(trying: RecordedRun) -> None:
    trying.remove(lambda row: row["kind"] == "OperatorActed" and row["action"] == "trial")
    caught(trying, 14, "no row says who asked (approve or trial)")


def test_14_a_trial_of_an_earlier_run_was_asked_for_there(calm: RecordedRun) -> None:
    first = calm.rows("TraderAdded")[-1]
    at = {"at": first["at"]}
    goes_on = {"kind": "RecommendationSettled", "recommendation": "R7", "outcome": "trial"}
    calm.add(goes_on | at | {"reason": ""}, after=first)
    calm.add({"kind": "TrialCarried", "trial": "T3"} | at, after=first)
    calm.add({"kind": "TrialStarted", "trial": "T3", "recommendation": "R7"} | at, after=first)
    calm.add({"kind": "TookOver", "run": "sim-before"} | at, after=first)
    assert 14 not in calm.numbers()
    (settled,) = calm.rows("RecommendationSettled", recommendation="R7")
    settled["recommendation"] = "R8"  # another trial of that moment is not excused by it
    caught(calm, 14, "no row says who asked (approve or trial)")
    settled["recommendation"] = "R7"
    calm.journal.remove(next(row for row in calm.journal if row["kind"] == "TrialCarried"))
    caught(calm, 14, "no row says who asked (approve or trial)")
