"""Ways to doctor a recorded run, and to see that the checker catches it."""

from __future__ import annotations

from typing import Any

from tests.support.recorded_run import Row, Taken


def caught(taken: Taken, number: int, text: str = "") -> None:
    """A violation of this invariant is reported, and its text contains `text`."""
    violations = [each for each in taken.check() if each.number == number]
    assert violations, f"not caught; reported {taken.numbers()}"
    assert any(text in each.text for each in violations), [each.text for each in violations]


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
    """A row of an operator's action, confirmed."""
    row = {
        "seq": 0, "kind": "OperatorActed", "at": at, "ticket": "T900", "action": action,
        "target": "*", "who": "ada", "key": "K", "before": "open", "after": "killed,frozen",
        "outcome": "confirmed", "reason": "",
    }  # fmt: skip
    return row | fields


def last_debit(taken: Taken) -> Row:
    """The intent of the run's last debit."""
    return taken.rows("OrderIntended", part="D")[-1]


def before(taken: Taken, row: Row, new: Row) -> Row:
    """Put a row in front of another, at the same time."""
    return taken.add(new | {"at": row["at"]}, after=taken.journal[taken.journal.index(row) - 1])


def owed_c(debit: Row, credit: Row) -> int:
    """Cents a share by which a credit is wider than its debit."""
    widths = [abs(float(row["buy_strike"]) - float(row["sell_strike"])) for row in (debit, credit)]
    return max(0, round((widths[1] - widths[0]) * 100))
