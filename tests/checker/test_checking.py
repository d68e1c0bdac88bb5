"""Every invariant holds in real runs, and a row that cannot be read is named."""

from __future__ import annotations

import pytest

from engine.checker import INVARIANTS, CheckError, check
from tests.support.recorded_run import RecordedRun


def test_a_real_run_keeps_every_invariant(calm: RecordedRun) -> None:
    assert calm.check() == []
    assert len(calm.executions) > 500 and calm.rows("OrderIntended", part="U")


def test_a_run_in_which_an_operator_kills_and_resumes_keeps_every_invariant(
    operated: RecordedRun,
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
    decided: RecordedRun,
) -> None:
    assert decided.check() == []
    assert decided.rows("OrderIntended", part="U")
    by_operator = {row["choice"] for row in decided.rows("UnitDecided", by="operator")}
    assert by_operator == {"concede", "unwind", "hold"}


def test_a_run_with_trials_keeps_every_invariant(trying: RecordedRun) -> None:
    assert trying.check() == []
    arms = {row["arm"] for row in trying.rows("PairChosen")}
    assert arms == {"", "T1 before", "T1 after", "T2 before", "T2 after"}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_run_that_ends_in_the_middle_keeps_every_invariant(
    calm: RecordedRun, share: float
) -> None:
    end_ms = calm.journal[int(len(calm.journal) * share)]["at"]
    calm.journal = [row for row in calm.journal if row["at"] <= end_ms]
    calm.executions = [row for row in calm.executions if round(row["at_s"] * 1000) <= end_ms]
    calm.wire = [row for row in calm.wire if row["at_ms"] <= end_ms]
    calm.settled = False
    assert calm.check() == []


def test_each_invariant_is_one_function_with_its_number_in_its_name() -> None:
    numbers = [int(each.__name__.split("_")[1]) for each in INVARIANTS]
    assert numbers == [*range(1, 13), 14, 15, 17, 18, 19, 20, 21]
    assert all(each.__doc__ for each in INVARIANTS)


def test_nothing_at_all_breaks_nothing() -> None:
    assert check([], [], [], settled=False) == []


def test_a_malformed_row_is_named(calm: RecordedRun) -> None:
    del calm.journal[7]["kind"]
    with pytest.raises(CheckError, match="row 8 of the journal"):
        calm.check()
    with pytest.raises(CheckError, match="row 1 of the wire"):
        check([], [], [{"what": "submit"}], settled=True)
