"""Checks a run against every invariant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from engine.checker.acting import (
    invariant_9_no_debit_at_the_wrong_time,
    invariant_11_kill_targets_every_order,
    invariant_12_only_an_operator_lifts,
    invariant_14_every_action_has_its_row,
    invariant_21_arms_of_running_trials,
)
from engine.checker.agreement import (
    invariant_3_executions_once,
    invariant_4_books_agree,
    invariant_6_money_exact,
)
from engine.checker.history import CheckError, History, Row
from engine.checker.prices import (
    invariant_17_credit_at_its_stage,
    invariant_18_unwind_loss,
    invariant_19_order_shape,
    invariant_20_no_price_worse_than_the_limit,
)
from engine.checker.sending import (
    invariant_1_intent_before_wire,
    invariant_2_one_submit,
    invariant_5_rows_in_order,
)
from engine.checker.texts import invariant_15_nothing_secret
from engine.checker.units import (
    invariant_7_imbalance,
    invariant_8_credits_covered,
    invariant_10_every_debit_settled,
)
from engine.checker.violation import Violation

Invariant = Callable[[History], Iterator[Violation]]

INVARIANTS: Final[tuple[Invariant, ...]] = (
    invariant_1_intent_before_wire,
    invariant_2_one_submit,
    invariant_3_executions_once,
    invariant_4_books_agree,
    invariant_5_rows_in_order,
    invariant_6_money_exact,
    invariant_7_imbalance,
    invariant_8_credits_covered,
    invariant_9_no_debit_at_the_wrong_time,
    invariant_10_every_debit_settled,
    invariant_11_kill_targets_every_order,
    invariant_12_only_an_operator_lifts,
    invariant_14_every_action_has_its_row,
    invariant_15_nothing_secret,
    invariant_17_credit_at_its_stage,
    invariant_18_unwind_loss,
    invariant_19_order_shape,
    invariant_20_no_price_worse_than_the_limit,
    invariant_21_arms_of_running_trials,
)
"""Each function has its number in its name; docs/checking.md has a row for each."""


def check(
    journal: Iterable[Row],
    executions: Iterable[Row],
    wire: Iterable[Row],
    *,
    settled: bool,
    settlements: Iterable[Row] = (),
) -> list[Violation]:
    """Every violation of the invariants in a run, in the order of their numbers.

    Args:
        journal: rows of the canonical export, oldest first (docs/journal.md).
        executions: the exchange's executions, oldest first, from `executions_of`.
        wire: what the exchange received, oldest first (`wire.jsonl`).
        settled: whether the session ended in order. Otherwise an execution may have been in
            flight, and open units are not a violation.
        settlements: contracts that ended without a trade, from `settlements_of`.

    Raises:
        CheckError: a row is malformed; the sentence names it.
    """
    history = History(journal, executions, wire, settled, settlements)
    violations: list[Violation] = []
    for invariant in INVARIANTS:
        try:
            violations.extend(invariant(history))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            name = invariant.__name__
            raise CheckError(f"a row cannot be read by {name}: {error!r}") from None
    return violations
