"""Runs doctored in limit prices and legs are caught."""

from __future__ import annotations

import pytest

from tests.support.doctored_runs import before, caught, credit_of, filled_debit, owed_c
from tests.support.recorded_run import RecordedRun


def test_17_a_conceded_credit_below_f3_or_without_the_choice_is_caught(
    decided: RecordedRun,
) -> None:
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


def test_17_a_credit_below_its_stage_is_caught(calm: RecordedRun) -> None:
    debit = filled_debit(calm)
    credit_of(calm, debit)["limit_c"] = debit["limit_c"] + 3  # F1 is 4 above what was paid
    caught(calm, 17, "(F1)")


def test_17_a_scratch_may_give_the_debit_back_and_not_a_cent_more(calm: RecordedRun) -> None:
    calm.rows("SessionStarted")[0]["settings"]["ladder"]["rescan_until_s"] = 0
    debit = filled_debit(calm)
    paid_c = calm.rows("Executed", order=debit["order"])[0]["price_c"]
    credit = credit_of(calm, debit)
    credit.update(stage="H4", limit_c=paid_c + owed_c(debit, credit))
    assert 17 not in calm.numbers()
    credit["limit_c"] -= 1
    caught(calm, 17, "(F2)")


@pytest.mark.parametrize("stage", ["H0", "H1", "H2", "H3", "H4", "H5", "H7"])
def test_17_a_credit_that_is_wider_asks_for_the_difference_in_every_stage(
    calm: RecordedRun, stage: str
) -> None:
    start = calm.rows("SessionStarted")[0]["settings"]
    start["ladder"]["rescan_until_s"] = 0
    debit = filled_debit(calm)
    paid_c = calm.rows("Executed", order=debit["order"])[0]["price_c"]
    credit = credit_of(calm, debit)
    away = 1 if credit["sell_strike"] < credit["buy_strike"] else -1
    credit["buy_strike"] = credit["sell_strike"] + away * 40.0
    credit.update(stage=stage, limit_c=paid_c + owed_c(debit, credit) + 20)
    assert owed_c(debit, credit) > 0
    assert 17 not in calm.numbers()
    credit["limit_c"] = paid_c + 20
    caught(calm, 17, f"in stage {stage}")
    start["spreads"]["rule"] = "otm"
    assert 17 not in calm.numbers()


def test_17_an_operator_alone_may_concede(calm: RecordedRun) -> None:
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


def test_17_a_stage_long_before_its_time_is_caught(calm: RecordedRun) -> None:
    credit_of(calm, filled_debit(calm))["stage"] = "H4"
    caught(calm, 17, "long before its time")


def test_18_an_unwind_that_loses_too_much_is_caught(calm: RecordedRun) -> None:
    unwind = calm.rows("OrderIntended", part="U")[0]
    unwind["limit_c"] //= 2
    caught(calm, 18, "the least is")


def test_18_an_unwind_outside_its_stage_is_caught(calm: RecordedRun) -> None:
    calm.rows("OrderIntended", part="U")[0]["stage"] = "H7"
    caught(calm, 18, "in stage H7")


@pytest.mark.parametrize("part", ["D", "C", "U"])
@pytest.mark.parametrize("limit_c", [0, -5, 100_000])
def test_19_a_price_outside_the_width_is_caught(calm: RecordedRun, part: str, limit_c: int) -> None:
    calm.rows("OrderIntended", part=part)[0]["limit_c"] = limit_c
    caught(calm, 19, "is not inside 0 and the width")


def test_19_a_price_as_wide_as_the_strikes_is_caught(calm: RecordedRun) -> None:
    credit = calm.rows("OrderIntended", part="C")[0]
    credit["limit_c"] = round(abs(credit["buy_strike"] - credit["sell_strike"]) * 100)
    caught(calm, 19, "is not inside 0 and the width")


def test_19_legs_the_wrong_way_round_are_caught(calm: RecordedRun) -> None:
    row = calm.rows("OrderIntended", part="D")[0]
    row["buy_strike"], row["sell_strike"] = row["sell_strike"], row["buy_strike"]
    caught(calm, 19, "the dear leg")


def test_19_a_price_off_the_tick_is_caught(calm: RecordedRun) -> None:
    calm.rows("TraderAdded")[0]["symbol"] = "SPX"
    caught(calm, 19, "not on the tick of 5 c")


@pytest.mark.parametrize(("part", "by_c"), [("D", 1), ("C", -1)])
def test_20_an_execution_worse_than_its_limit_is_caught(
    calm: RecordedRun, part: str, by_c: int
) -> None:
    debit = filled_debit(calm)
    intent = debit if part == "D" else credit_of(calm, debit)
    row = calm.rows("Executed", order=intent["order"])[-1]
    row["price_c"] = intent["limit_c"] + 10 * by_c
    assert 20 in calm.numbers()
    calm.add(row | {"quantity": -row["quantity"], "execution": "taken-back"}, after=row)
    assert 20 not in calm.numbers(), "the broker corrected it"


def test_20_an_execution_after_the_told_end_must_be_marked_late(calm: RecordedRun) -> None:
    end = next(row for row in calm.rows("OrderEnded") if row["status"] == "canceled")
    row = calm.rows("Executed", order=filled_debit(calm)["order"])[0]
    late = row | {"order": end["order"], "execution": "after", "at": end["at"], "late": True}
    added = calm.add(late, after=end)
    assert not any("marked late" in each.text for each in calm.check())
    added["late"] = False
    caught(calm, 20, "after came after the order's end and is not marked late")
