"""Ways to doctor a recorded run, and to see that the checker catches it."""

from __future__ import annotations

from typing import Any

from tests.support.recorded_run import RecordedRun, Row


def caught(run: RecordedRun, number: int, text: str = "") -> None:
    """A violation of this invariant is reported, and its text contains `text`."""
    violations = [each for each in run.check() if each.number == number]
    assert violations, f"not caught; reported {run.numbers()}"
    assert any(text in each.text for each in violations), [each.text for each in violations]


def filled_debit(run: RecordedRun) -> Row:
    """The intent of a debit that filled, and whose credit did."""
    for end in run.rows("CycleEnded", outcome="COMPLETE"):
        for intent in run.rows("OrderIntended", trader=end["trader"], cycle=end["cycle"]):
            if intent["part"] == "D":
                return intent
    raise AssertionError("no cycle completed")


def credit_of(run: RecordedRun, debit: Row) -> Row:
    """The first credit of a debit's cycle."""
    return run.rows("OrderIntended", trader=debit["trader"], cycle=debit["cycle"], part="C")[0]


def acted(action: str, at: int, **fields: Any) -> Row:
    """A row of an operator's action, confirmed."""
    row = {
        "seq": 0, "kind": "OperatorActed", "at": at, "ticket": "T900", "action": action,
        "target": "*", "who": "ada", "key": "K", "before": "open", "after": "killed,frozen",
        "outcome": "confirmed", "reason": "",
    }  # fmt: skip
    return row | fields


def last_debit(run: RecordedRun) -> Row:
    """The intent of the run's last debit."""
    return run.rows("OrderIntended", part="D")[-1]


def before(run: RecordedRun, row: Row, new: Row) -> Row:
    """Put a row in front of another, at the same time."""
    return run.add(new | {"at": row["at"]}, after=run.journal[run.journal.index(row) - 1])


def owed_c(debit: Row, credit: Row) -> int:
    """Cents a share by which a credit is wider than its debit."""
    widths = [abs(float(row["buy_strike"]) - float(row["sell_strike"])) for row in (debit, credit)]
    return max(0, round((widths[1] - widths[0]) * 100))
