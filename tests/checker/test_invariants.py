"""Every invariant holds in real runs, and a run that was doctored to break it is caught."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from engine.checker import INVARIANTS, CheckError, check
from tests.support.recorded_run import Row, Taken


def caught(taken: Taken, number: int, words: str = "") -> None:
    """A violation of this number is reported, with these words in its text."""
    found = [each for each in taken.check() if each.number == number]
    assert found, f"not caught; found {taken.numbers()}"
    assert any(words in each.text for each in found), [each.text for each in found]


def filled_debit(taken: Taken) -> Row:
    """The intent of a debit that filled, and whose credit did."""
    for end in taken.rows("CycleEnded", outcome="COMPLETE"):
        for intent in taken.rows("OrderIntended", trader=end["trader"], cycle=end["cycle"]):
            if intent["part"] == "D":
                return intent
    raise AssertionError("no cycle completed")


def credit_of(taken: Taken, debit: Row) -> Row:
    """The first credit of a debit's cycle."""
    return taken.rows("OrderIntended", trader=debit["trader"], cycle=debit["cycle"], part="C")[0]


def acted(action: str, at: int, **fields: Any) -> Row:
    row = {
        "seq": 0, "kind": "OperatorActed", "at": at, "ticket": "T900", "action": action,
        "target": "*", "who": "ada", "key": "K", "before": "open", "after": "killed,frozen",
        "outcome": "confirmed", "reason": "",
    }  # fmt: skip
    return row | fields


# ------------------------------------------------------------------ real runs


def test_a_real_run_keeps_every_invariant(calm: Taken) -> None:
    assert calm.check() == []
    assert len(calm.executions) > 500 and calm.rows("OrderIntended", part="U")


def test_a_run_in_which_an_operator_kills_and_resumes_keeps_every_invariant(
    operated: Taken,
) -> None:
    assert operated.check() == []
    actions = {row["action"] for row in operated.rows("OperatorActed")}
    assert actions >= {
        "pause",
        "resume",
        "cancel",
        "halt",
        "kill",
        "resume-after-kill",
        "ack",
    }
    assert operated.rows("AlarmAcknowledged") and operated.rows("LadderMoved", stage="H7")


def test_a_run_in_which_an_operator_decides_about_units_keeps_every_invariant(
    decided: Taken,
) -> None:
    assert decided.check() == []
    assert decided.rows("OrderIntended", part="U")
    by_operator = {row["choice"] for row in decided.rows("UnitDecided", by="operator")}
    assert by_operator == {"concede", "unwind", "hold"}


def test_17_a_conceded_credit_below_f3_or_without_the_choice_is_caught(decided: Taken) -> None:
    (choice,) = decided.rows("UnitDecided", choice="concede")
    unit = {"trader": choice["trader"], "cycle": choice["cycle"]}
    conceded = [
        row for row in decided.rows("OrderIntended", **unit, part="C") if row["seq"] > choice["seq"]
    ]
    assert conceded
    (debit, *_) = decided.rows("OrderIntended", **unit, part="D")
    conceded[0]["limit_c"] -= 10 + owed_c(debit, conceded[0])
    caught(decided, 17, "(F3)")
    decided.remove(lambda row: row is choice)
    caught(decided, 17, "(F2)")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_run_that_ends_in_the_middle_keeps_every_invariant(calm: Taken, share: float) -> None:
    calm.journal = calm.journal[: int(len(calm.journal) * share)]
    end_ms = calm.journal[-1]["at"]
    calm.executions = [row for row in calm.executions if row["at_s"] * 1000 <= end_ms]
    calm.wire = [row for row in calm.wire if row["at_ms"] <= end_ms]
    calm.settled = False
    assert calm.check() == []


def test_each_invariant_is_one_function_with_its_number_in_its_name() -> None:
    numbers = [int(each.__name__.split("_")[1]) for each in INVARIANTS]
    assert numbers == [*range(1, 13), 14, 15, 17, 18, 19]
    assert all(each.__doc__ for each in INVARIANTS)


def test_nothing_at_all_breaks_nothing() -> None:
    assert check([], [], [], settled=False) == []


def test_a_row_that_is_none_is_named(calm: Taken) -> None:
    del calm.journal[7]["kind"]
    with pytest.raises(CheckError, match="row 8 of the journal"):
        calm.check()
    with pytest.raises(CheckError, match="row 1 of the wire"):
        check([], [], [{"what": "submit"}], settled=True)


# ------------------------------------------------------------------ 1 intent before the wire


def test_1_an_order_without_an_intent_is_caught(calm: Taken) -> None:
    calm.wire.append(calm.calls("submit")[0] | {"order": "S0-ELSEWHERE"})
    caught(calm, 1, "no intent of it")


def test_1_a_submit_before_its_intent_is_caught(calm: Taken) -> None:
    calm.calls("submit")[5]["at_ms"] -= 1
    caught(calm, 1, "before its intent")


@pytest.mark.parametrize(
    "field", ["symbol", "expiration", "part", "right", "buy_strike", "sell_strike", "quantity",
              "limit_c", "multiplier"],
)  # fmt: skip
def test_1_a_submit_that_differs_in_any_field_is_caught(calm: Taken, field: str) -> None:
    row = calm.calls("submit")[20]
    row[field] = row[field] + 1 if isinstance(row[field], int | float) else "X"
    caught(calm, 1, f"{field} was")


def test_1_an_order_that_no_row_calls_sent_is_caught(calm: Taken) -> None:
    order = calm.calls("submit")[3]["order"]
    calm.remove(lambda row: row["kind"] == "OrderSent" and row["order"] == order)
    caught(calm, 1, "no row says that it was sent")


# ------------------------------------------------------------------ 2 one submit an id


def test_2_a_second_submit_is_caught(calm: Taken) -> None:
    row = calm.calls("submit")[9]
    calm.wire.append(row | {"at_ms": row["at_ms"] + 2000})
    caught(calm, 2, "reached the exchange 2 times")


def test_2_a_second_intent_of_the_same_id_is_caught(calm: Taken) -> None:
    row = calm.rows("OrderIntended")[4]
    calm.add(dict(row), after=row)
    caught(calm, 2, "intended 2 times")


def test_2_an_id_that_an_exchange_would_cut_is_caught(calm: Taken) -> None:
    order = calm.rows("OrderIntended", part="D")[0]["order"]
    for row in [*calm.journal, *calm.wire, *calm.executions]:
        if row.get("order") == order:
            row["order"] = order + "X" * 20
    caught(calm, 2, "at most 32")


# ------------------------------------------------------------------ 3 executions once


def test_3_an_execution_applied_twice_is_caught(calm: Taken) -> None:
    row = calm.rows("Executed")[3]
    calm.add(dict(row), after=row)
    caught(calm, 3, "applied twice")


def test_3_more_than_ordered_is_caught(calm: Taken) -> None:
    row = calm.rows("Executed")[3]
    calm.add(row | {"execution": row["execution"] + "9"}, after=row)
    caught(calm, 3, "2 of 1 contracts")


def test_3_a_bust_of_what_never_filled_is_caught(calm: Taken) -> None:
    row = calm.rows("Executed")[3]
    row["quantity"] = -1
    caught(calm, 3, "-1 of")


def test_3_an_execution_at_another_price_is_caught(calm: Taken) -> None:
    calm.rows("Executed")[3]["price_c"] += 1
    caught(calm, 3, "the exchange 1 contracts for")


def test_3_an_execution_under_another_id_is_caught(calm: Taken) -> None:
    calm.rows("Executed")[3]["execution"] = "ELSEWHERE.1"
    caught(calm, 3, "ELSEWHERE.1")


def test_3_an_execution_of_an_order_the_exchange_never_received_is_caught(calm: Taken) -> None:
    order = calm.executions[3]["order"]
    calm.wire = [row for row in calm.wire if row["order"] != order]
    caught(calm, 3, "never received")


def test_3_a_correction_that_both_sides_booked_is_no_violation(calm: Taken) -> None:
    debit = filled_debit(calm)
    ours = calm.rows("Executed", order=debit["order"])[0]
    theirs = next(row for row in calm.executions if row["order"] == debit["order"])
    calm.add(ours | {"at": calm.journal[-1]["at"], "quantity": -1, "fee_c": -ours["fee_c"]})
    legs = [[right, strike, -count, price] for right, strike, count, price in theirs["legs"]]
    calm.executions.append(theirs | {"quantity": -1, "legs": legs, "fees_c": -theirs["fees_c"]})
    assert not calm.numbers() & {3, 4}


# ------------------------------------------------------------------ 4 and 6 books and money


def test_4_a_contract_that_only_the_exchange_holds_is_caught(calm: Taken) -> None:
    calm.executions[0]["legs"][0][1] += 5.0
    caught(calm, 4, ", the exchange +")


def test_4_fees_that_differ_are_caught(calm: Taken) -> None:
    calm.executions[0]["fees_c"] += 1
    caught(calm, 4, "fees")


def test_4_a_difference_with_an_alarm_on_a_blocked_chain_is_no_violation(calm: Taken) -> None:
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


def test_6_legs_that_do_not_cost_what_the_whole_does_are_caught(calm: Taken) -> None:
    calm.executions[7]["legs"][1][3] += 1
    caught(calm, 6, "its legs move")


def test_6_money_that_appears_from_nowhere_is_caught(calm: Taken) -> None:
    calm.rows("Executed")[0]["price_c"] -= 1
    caught(calm, 6, "cash sum to")


@pytest.mark.parametrize("field", ["net_c", "fees_c", "floor_c", "contracts"])
def test_6_a_cycle_that_says_another_sum_is_caught(calm: Taken, field: str) -> None:
    calm.rows("CycleEnded")[2][field] += 1
    caught(calm, 6, field)


# ------------------------------------------------------------------ 5 rows in order


def test_5_a_row_left_out_is_caught(calm: Taken) -> None:
    del calm.journal[100]
    caught(calm, 5, "was due")


def test_5_time_that_runs_back_is_caught(calm: Taken) -> None:
    calm.journal[200]["at"] -= 3_600_000
    caught(calm, 5, "before the one above it")


def test_5_a_trader_that_was_never_added_is_caught(calm: Taken) -> None:
    added = calm.rows("TraderAdded")[0]
    calm.remove(lambda row: row is added)
    caught(calm, 5, "not added before")


def test_5_a_row_before_the_intent_it_is_about_is_caught(calm: Taken) -> None:
    intent = calm.rows("OrderIntended")[2]
    sent = calm.story(intent["order"])[1]
    at, then = calm.journal.index(intent), calm.journal.index(sent)
    calm.journal[at], calm.journal[then] = sent, intent
    calm.number_again()
    caught(calm, 5, "before the order's intent")


def test_5_an_order_that_ends_twice_is_caught(calm: Taken) -> None:
    row = calm.rows("OrderEnded")[2]
    calm.add(dict(row), after=row)
    caught(calm, 5, "ended again")


def test_5_an_attempt_that_counts_other_contracts_than_its_executions_is_caught(
    calm: Taken,
) -> None:
    calm.rows("AttemptEnded", result="FILLED")[0]["filled"] += 1
    caught(calm, 5, "its executions")


# ------------------------------------------------------------------ 7 imbalance


@pytest.mark.parametrize(
    "limit", ["max_imbalance_chain", "max_imbalance_desk", "max_contracts", "max_debit_usd_order"]
)
def test_7_a_debit_beyond_a_limit_is_caught(calm: Taken, limit: str) -> None:
    calm.rows("SessionStarted")[0]["settings"]["limits"][limit] = 0
    caught(calm, 7, limit)


def test_7_an_order_without_an_answer_counts_as_filled(calm: Taken) -> None:
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


# ------------------------------------------------------------------ 8 credits covered


def test_8_a_credit_for_more_than_filled_is_caught(calm: Taken) -> None:
    credit_of(calm, filled_debit(calm))["quantity"] += 1
    caught(calm, 8, "could sell 2 of 1")


def test_8_a_credit_beside_one_that_may_still_execute_is_caught(calm: Taken) -> None:
    for former, later in pairwise(calm.rows("OrderIntended", part="C")):
        if (former["trader"], former["cycle"]) == (later["trader"], later["cycle"]):
            break
    calm.remove(lambda row: row["kind"] == "OrderEnded" and row["order"] == former["order"])
    caught(calm, 8, "could sell")


def test_8_a_credit_of_the_other_right_is_caught(calm: Taken) -> None:
    credit = credit_of(calm, filled_debit(calm))
    credit["right"] = "P" if credit["right"] == "C" else "C"
    caught(calm, 8, "sold against a debit of")


def test_8_more_sold_than_bought_is_caught(calm: Taken) -> None:
    debit = filled_debit(calm)
    calm.remove(lambda row: row["kind"] == "Executed" and row["order"] == debit["order"])
    caught(calm, 8, "1 sold of 0 bought")


def test_8_a_short_option_without_a_long_one_is_caught(calm: Taken) -> None:
    calm.executions[0]["legs"][0][2] = 0
    caught(calm, 8, "short")


# ------------------------------------------------------------------ 9 no debit at the wrong time


def last_debit(taken: Taken) -> Row:
    return taken.rows("OrderIntended", part="D")[-1]


def before(taken: Taken, row: Row, new: Row) -> Row:
    return taken.add(new | {"at": row["at"]}, after=taken.journal[taken.journal.index(row) - 1])


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
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
    calm: Taken, kind: str, fields: Row, words: str
) -> None:
    debit = last_debit(calm)
    filled = {
        name: value.format(debit["trader"]) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    before(calm, debit, {"kind": kind, "trader": debit["trader"], **filled})
    caught(calm, 9, words)


def test_9_a_debit_while_shares_of_its_symbol_are_held_is_caught(calm: Taken) -> None:
    debit = last_debit(calm)
    symbol = debit["trader"].split(" ")[0]
    told = {"kind": "AlarmRaised", "alarm": "A99", "code": "SHARES", "what": ""}
    before(calm, debit, told | {"where": symbol})
    caught(calm, 9, "while shares of its symbol are held")


@pytest.mark.parametrize(
    ("action", "target", "words"),
    [
        ("pause", "*", "while paused"),
        ("pause", "symbol", "while paused"),
        ("pause", "trader", "while paused"),
        ("halt", "*", "while entries are halted"),
        ("drain", "*", "while the desk ends"),
        ("kill", "*", "after a kill"),
    ],
)
def test_9_a_debit_after_an_operator_said_no_is_caught(
    calm: Taken, action: str, target: str, words: str
) -> None:
    debit = last_debit(calm)
    named = {"*": "*", "trader": debit["trader"], "symbol": f"symbol:{debit['trader'][:4].strip()}"}
    before(calm, debit, acted(action, debit["at"], target=named[target], after="killed"))
    caught(calm, 9, words)


def test_9_anything_sent_after_the_kill_that_takes_all_back_is_caught(operated: Taken) -> None:
    kill = operated.rows("OperatorActed", action="kill")[-1]
    sent = operated.rows("OrderSent")[-1]
    operated.add(sent | {"order": sent["order"], "at": kill["at"]}, after=kill)
    caught(operated, 9, "takes every order back")


def test_9_a_debit_of_a_desk_that_was_not_resumed_after_a_restart_is_caught(calm: Taken) -> None:
    debit = last_debit(calm)
    start, added = calm.rows("SessionStarted")[0], calm.rows("TraderAdded", trader=debit["trader"])
    before(calm, debit, dict(start))
    before(calm, debit, dict(added[0]))
    caught(calm, 9, "while paused (restart)")


# ------------------------------------------------------------------ 10 debits settled


def test_10_a_unit_left_open_is_caught(calm: Taken) -> None:
    debit = filled_debit(calm)
    sold = {
        row["order"]
        for row in calm.rows("OrderIntended", trader=debit["trader"], cycle=debit["cycle"])
        if row["part"] != "D"
    }
    calm.remove(lambda row: row["kind"] == "Executed" and row["order"] in sold)
    caught(calm, 10, "open and not parked")
    caught(calm, 10, "no alarm stands")


def test_10_a_parked_unit_without_its_alarm_is_caught(operated: Taken) -> None:
    parked = operated.rows("AlarmRaised", code="PARKED")[0]
    operated.remove(lambda row: row is parked)
    caught(operated, 10, "no alarm stands")


def test_10_a_cycle_without_its_last_row_is_caught(calm: Taken) -> None:
    end = calm.rows("CycleEnded")[5]
    calm.remove(lambda row: row is end)
    caught(calm, 10, "how the cycle ended")


def test_10_an_order_without_an_end_is_caught(calm: Taken) -> None:
    end = calm.rows("OrderEnded")[-1]
    calm.remove(lambda row: row is end)
    caught(calm, 10, "has no end")


def test_10_a_unit_that_took_longer_than_its_ladder_is_caught(calm: Taken) -> None:
    ladder = calm.rows("SessionStarted")[0]["settings"]["ladder"]
    ladder.update(operator_until_s=-300.0, unwind_steps=1, unwind_step_s=1.0)
    caught(calm, 10, "the ladder has 1 s")


@pytest.mark.parametrize(("by", "left"), [("operator", 0), ("ladder", 1)])
def test_10_an_operators_choice_gives_a_unit_its_time_anew_and_no_rule_does(
    calm: Taken, by: str, left: int
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


# ------------------------------------------------------------------ 11 and 12 operators


def test_11_an_order_that_the_kill_left_working_is_caught(operated: Taken) -> None:
    kill = operated.rows("OperatorActed", action="kill")[-1]
    operated.wire = [
        row for row in operated.wire if row["what"] != "cancel" or row["at_ms"] < kill["at"]
    ]
    caught(operated, 11, "no cancel reached the exchange")


def test_12_a_hold_that_ended_by_itself_is_caught(calm: Taken) -> None:
    calm.rows("TraderHeld")[0]["until_ms"] = 0
    caught(calm, 12, "no operator asked")


def test_12_a_hold_that_ended_early_is_caught(calm: Taken) -> None:
    calm.rows("TraderHeld")[0]["until_ms"] += 60_000
    caught(calm, 12, "no operator asked")


def test_12_a_pause_that_nobody_lifted_is_caught(operated: Taken) -> None:
    for row in operated.rows("OperatorActed", action="resume"):
        row["outcome"] = "refused"
    caught(operated, 12, "an operator's pause stands")


def test_12_a_resume_by_nobody_is_caught(operated: Taken) -> None:
    operated.rows("OperatorActed", action="resume")[0]["who"] = "engine"
    caught(operated, 12, "by engine")


# ------------------------------------------------------------------ 14 and 15 what is written


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("AlarmAcknowledged", {"action": "ack"}),
        ("CancelSent", {"action": "cancel"}),
        ("CancelSent", {"action": "kill"}),
    ],
)
def test_14_an_action_without_its_row_is_caught(operated: Taken, kind: str, fields: Row) -> None:
    operated.remove(lambda row: row["kind"] == "OperatorActed" and fields.items() <= row.items())
    caught(operated, 14, kind)


def test_14_a_choice_about_a_unit_without_its_row_is_caught(decided: Taken) -> None:
    decided.remove(lambda row: row["kind"] == "OperatorActed" and row["action"] == "hold")
    caught(decided, 14, "UnitDecided")


@pytest.mark.parametrize("field", ["who", "ticket", "before", "after"])
def test_14_an_action_that_does_not_say_all_is_caught(operated: Taken, field: str) -> None:
    operated.rows("OperatorActed", action="halt")[0][field] = ""
    caught(operated, 14, field)


def test_14_a_ticket_answered_twice_is_caught(operated: Taken) -> None:
    row = operated.rows("OperatorActed")[0]
    operated.add(dict(row), after=row)
    caught(operated, 14, "has two rows")


@pytest.mark.parametrize(
    "text",
    [
        "api_key=abcd1234", "password: hunter22", "Authorization: Basic dXNlcjpw",
        "Bearer abcdefgh12345678", "https://ada:secretword@host/path", "AKIAABCDEFGHIJKLMNOP",
        "sk-abcdefghijklmnop1234", "eyJhbGciOiJI.eyJzdWIiOiIx", "-----BEGIN PRIVATE KEY-----",
        "aB3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0n",
    ],
)  # fmt: skip
def test_15_a_secret_in_any_text_is_caught(calm: Taken, text: str) -> None:
    calm.rows("OrderEnded")[3]["reason"] = f"rejected: {text}"
    caught(calm, 15, "reason of row")


@pytest.mark.parametrize("text", ["\x1b[2Jgone", "two\nlines", "\u202eleft", "\u200bhidden"])
def test_15_a_character_that_moves_a_terminal_is_caught(calm: Taken, text: str) -> None:
    calm.rows("OrderEnded")[3]["reason"] = text
    caught(calm, 15, "the character U+")


def test_15_a_secret_deep_in_the_settings_is_caught(calm: Taken) -> None:
    calm.rows("SessionStarted")[0]["settings"]["broker"] = [{"api_key": "abcdefgh"}]
    caught(calm, 15, "the value of a secret")


# ------------------------------------------------------------------ 17 to 19 prices


def test_17_a_credit_below_its_stage_is_caught(calm: Taken) -> None:
    debit = filled_debit(calm)
    credit_of(calm, debit)["limit_c"] = debit["limit_c"] + 3  # F1 is 4 above what was paid
    caught(calm, 17, "(F1)")


def test_17_a_scratch_may_give_the_debit_back_and_not_a_cent_more(calm: Taken) -> None:
    calm.rows("SessionStarted")[0]["settings"]["ladder"]["rescan_until_s"] = 0
    debit = filled_debit(calm)
    paid_c = calm.rows("Executed", order=debit["order"])[0]["price_c"]
    credit = credit_of(calm, debit)
    credit.update(stage="H4", limit_c=paid_c)
    assert 17 not in calm.numbers()
    credit["limit_c"] -= 1
    caught(calm, 17, "(F2)")


def owed_c(debit: Any, credit: Any) -> int:
    """Cents a share by which a credit is wider than its debit."""
    widths = [abs(row["buy_strike"] - row["sell_strike"]) for row in (debit, credit)]
    return max(0, round((widths[1] - widths[0]) * 100))


def test_17_a_resting_credit_that_is_wider_asks_for_the_difference(calm: Taken) -> None:
    start = calm.rows("SessionStarted")[0]["settings"]
    start["ladder"]["rescan_until_s"] = 0
    debit = filled_debit(calm)
    paid_c = calm.rows("Executed", order=debit["order"])[0]["price_c"]
    credit = credit_of(calm, debit)
    away = 1 if credit["sell_strike"] < credit["buy_strike"] else -1
    credit["buy_strike"] = credit["sell_strike"] + away * 40.0
    credit.update(stage="H7", limit_c=paid_c + owed_c(debit, credit) + 20)
    assert owed_c(debit, credit) > 0
    assert 17 not in calm.numbers()
    credit["limit_c"] = paid_c + 20
    caught(calm, 17, "(F1)")
    start["spreads"]["rule"] = "otm"
    assert 17 not in calm.numbers()


def test_17_an_operator_alone_may_concede(calm: Taken) -> None:
    calm.rows("SessionStarted")[0]["settings"]["ladder"]["rescan_until_s"] = 0
    debit = filled_debit(calm)
    paid_c = calm.rows("Executed", order=debit["order"])[0]["price_c"]
    credit = credit_of(calm, debit)
    wider_c = owed_c(debit, credit)
    credit.update(stage="H5", limit_c=paid_c - 1 + wider_c)
    caught(calm, 17, "(F2)")
    unit = {"trader": debit["trader"], "cycle": debit["cycle"]}
    before(calm, credit, {"kind": "UnitDecided", **unit, "choice": "concede", "by": "operator"})
    assert 17 not in calm.numbers()


def test_17_a_stage_long_before_its_time_is_caught(calm: Taken) -> None:
    credit_of(calm, filled_debit(calm))["stage"] = "H4"
    caught(calm, 17, "long before its time")


def test_18_an_unwind_that_loses_too_much_is_caught(calm: Taken) -> None:
    unwind = calm.rows("OrderIntended", part="U")[0]
    unwind["limit_c"] //= 2
    caught(calm, 18, "the least is")


def test_18_an_unwind_outside_its_stage_is_caught(calm: Taken) -> None:
    calm.rows("OrderIntended", part="U")[0]["stage"] = "H7"
    caught(calm, 18, "in stage H7")


@pytest.mark.parametrize("part", ["D", "C", "U"])
@pytest.mark.parametrize("limit_c", [0, -5, 100_000])
def test_19_a_price_outside_the_width_is_caught(calm: Taken, part: str, limit_c: int) -> None:
    calm.rows("OrderIntended", part=part)[0]["limit_c"] = limit_c
    caught(calm, 19, "is not inside 0 and the width")


def test_19_a_price_as_wide_as_the_strikes_is_caught(calm: Taken) -> None:
    credit = calm.rows("OrderIntended", part="C")[0]
    credit["limit_c"] = round(abs(credit["buy_strike"] - credit["sell_strike"]) * 100)
    caught(calm, 19, "is not inside 0 and the width")


def test_19_legs_the_wrong_way_round_are_caught(calm: Taken) -> None:
    row = calm.rows("OrderIntended", part="D")[0]
    row["buy_strike"], row["sell_strike"] = row["sell_strike"], row["buy_strike"]
    caught(calm, 19, "the dear leg")


def test_19_a_price_off_the_tick_is_caught(calm: Taken) -> None:
    calm.rows("TraderAdded")[0]["symbol"] = "SPX"
    caught(calm, 19, "not on the tick of 5 c")
