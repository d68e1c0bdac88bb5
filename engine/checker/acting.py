"""Invariants about when orders may be sent, and about operators' actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.checker.history import History, Row
from engine.checker.permissions import Permissions, confirmed, names
from engine.checker.violation import Violation

_ROUNDING_MS: Final = 2
_AUTOMATIC: Final = frozenset({"", "engine", "automatic", "desk"})
_OUTCOMES: Final = frozenset({"confirmed", "refused"})
_WITH_STATES: Final = frozenset(
    {"pause", "resume", "halt", "kill", "resume-after-kill", "drain", "ladder", "concede", "unwind",
     "hold"}
)  # fmt: skip
_RESOLVED_BY: Final = {
    "applied": "approve",
    "rejected": "reject",
    "snoozed": "snooze",
    "undone": "undo",
    "ready": "undo",
    "trial": "approve or trial",
}
_CHOSEN_BY: Final = {
    "optimal_cancel_ms": "cancel_ms",
    "buy_location": "buy_at",
    "sell_location": "sell_at",
    "minimum_floor": "minimum_floor",
    "objective": "objective",
}
"""Levers of a trial whose value the row of a choice has, and under which name."""


def _resumed(history: History, trader: str, at_ms: int) -> bool:
    """Whether an operator resumed a trader in the same millisecond; that row may come later."""
    return any(
        row["at"] == at_ms and names(row["target"], trader)
        for row in history.of("OperatorActed")
        if confirmed(row, "resume")
    )


def invariant_9_no_debit_at_the_wrong_time(history: History) -> Iterator[Violation]:
    """No debit outside the session, after kill, halted, paused or held; nothing after freezing."""
    name = "no debit at the wrong time"
    permissions = Permissions(history)
    for row in history.journal:
        permissions.apply(row)
        if row["kind"] == "OrderIntended" and row["part"] == "D":
            reasons = permissions.against_debit(row["trader"])
            if reasons and not _resumed(history, row["trader"], row["at"]):
                text = f"a debit was meant {' and '.join(reasons)}"
                yield Violation(9, name, row["at"], row["order"], text)
        elif row["kind"] == "OrderSent":
            intent = history.story(row["order"]).intent
            if permissions.frozen:
                text = "was sent after the kill that takes every order back"
                yield Violation(9, name, row["at"], row["order"], text)
            elif permissions.killed and intent is not None and intent["part"] == "D":
                yield Violation(9, name, row["at"], row["order"], "a debit was sent after a kill")


def invariant_11_kill_targets_every_order(history: History) -> Iterator[Violation]:
    """At the second stage of a kill a cancel is sent for every order that may still execute."""
    live: dict[str, None] = {}
    for row in history.of("OrderIntended", "OrderEnded", "OperatorActed"):
        if row["kind"] == "OrderIntended":
            live[row["order"]] = None
        elif row["kind"] == "OrderEnded":
            live.pop(row["order"], None)
        elif confirmed(row, "kill") and "frozen" in row["after"].split(","):
            if not history.complete and row["at"] > history.heard_ms:
                continue  # the exchange's file ends earlier
            for order in live:
                story = history.story(order)
                if not story.submits:
                    continue
                since_ms = story.submits[0]["at_ms"]
                if not any(cancel["at_ms"] >= since_ms for cancel in story.cancels):
                    text = "might have executed at the kill and no cancel reached the exchange"
                    yield Violation(11, "kill targets every order", row["at"], order, text)


def invariant_12_only_an_operator_lifts(history: History) -> Iterator[Violation]:
    """Only an operator lifts a pause of an operator, or a hold without an end."""
    name = "only an operator lifts"
    permissions = Permissions(history)
    for row in history.journal:
        trader = row.get("trader", "")
        if row["kind"] == "TraderReleased":
            hold = permissions.held.get(trader)
            until_ms = hold["until_ms"] if hold is not None else row["at"]
            early = until_ms == 0 or row["at"] + _ROUNDING_MS < until_ms
            if early and not _resumed(history, trader, row["at"]):
                text = f"the hold {row['code']} was lifted, and no operator asked for it"
                yield Violation(12, name, row["at"], trader, text)
        elif row["kind"] == "OrderIntended" and row["part"] == "D":
            paused = permissions.paused.get(trader) == "operator"
            if paused and not _resumed(history, trader, row["at"]):
                text = "a debit was meant though an operator's pause stands"
                yield Violation(12, name, row["at"], row["order"], text)
        elif _lifted_by_itself(row):
            text = f"{row['action']} of {row['target']} by {row['who'] or 'nobody'}"
            yield Violation(12, name, row["at"], row["ticket"], text)
        permissions.apply(row)


def _lifted_by_itself(row: Row) -> bool:
    if row["kind"] != "OperatorActed" or not row["action"].startswith("resume"):
        return False
    return row["who"].strip().lower() in _AUTOMATIC


def invariant_14_every_action_has_its_row(history: History) -> Iterator[Violation]:
    """Every operator action has a row with who, what, before, after and the outcome."""
    name = "every action has its row"
    tickets: set[str] = set()
    carried = _carried(history)
    for row in history.journal:
        if row["kind"] == "SessionStarted":
            tickets = set()
        elif row["kind"] == "OperatorActed":
            for text in _incomplete(row, tickets):
                yield Violation(14, name, row["at"], str(row["ticket"]) or "desk", text)
            tickets.add(row["ticket"])
        else:
            wanted = _asked_by(row)
            if row.get("outcome") == "trial" and (row["at"], row["recommendation"]) in carried:
                continue  # a trial of an earlier run goes on: it was asked for there
            if wanted is None or (not history.complete and row["at"] == history.end_ms):
                continue
            action, at_once = wanted
            if not _acted(history, action, row["at"], at_once):
                subject = str(row.get("order") or row.get("alarm") or row.get("recommendation"))
                text = f"{row['kind']} in row {row['seq']}, and no row says who asked ({action})"
                yield Violation(14, name, row["at"], subject, text)


def _carried(history: History) -> set[tuple[int, str]]:
    """When which recommendations' trials of an earlier run went on."""
    tried = {row["trial"]: row["recommendation"] for row in history.of("TrialStarted")}
    return {
        (row["at"], tried[row["trial"]])
        for row in history.of("TrialCarried")
        if row["trial"] in tried
    }


def _incomplete(row: Row, tickets: set[str]) -> Iterator[str]:
    for key in ("ticket", "action", "who", "target"):
        if not isinstance(row[key], str) or not row[key].strip():
            yield f"the row does not say {key}"
    for key in ("key", "before", "after", "reason"):
        if not isinstance(row[key], str):
            yield f"the row does not say {key}"
    if row["outcome"] not in _OUTCOMES:
        yield f"the outcome {row['outcome']!r} is none"
    if row["outcome"] == "confirmed" and row["action"] in _WITH_STATES:
        for key in ("before", "after"):
            if not row[key]:
                yield f"{row['action']} does not say how things stood {key}"
    if row["ticket"] in tickets:
        yield f"ticket {row['ticket']} has two rows"


def _asked_by(row: Row) -> tuple[str, bool] | None:
    """The operator's action behind a row, and whether both have the same time."""
    if row["kind"] == "AlarmAcknowledged":
        return "ack", True
    if row["kind"] in ("BookAdjusted", "LackAccepted"):
        return "accept-positions", True
    if row["kind"] == "BaselineTaken":
        return "take-external", True
    if row["kind"] == "LiveArmed":
        return "resume", True
    if row["kind"] == "CancelSent":
        if row["reason"] == "operator":
            return "cancel", True
        return ("kill", False) if row["reason"] == "kill" else None
    if row["kind"] == "UnitDecided":
        return (row["choice"], True) if row["by"] == "operator" else None
    if row["kind"] == "RecommendationSettled" and row["outcome"] in _RESOLVED_BY:
        return _RESOLVED_BY[row["outcome"]], True
    return None


def _acted(history: History, action: str, at_ms: int, at_once: bool) -> bool:
    return any(
        row["at"] == at_ms or (not at_once and row["at"] < at_ms)
        for row in history.of("OperatorActed")
        if any(confirmed(row, each) for each in action.split(" or "))
    )


def invariant_21_arms_of_running_trials(history: History) -> Iterator[Violation]:
    """An attempt has the arm of a running trial of its trader, and the value of that arm."""
    name = "arms of running trials"
    running: dict[str, Row] = {}
    for row in history.of("TrialStarted", "TrialEnded", "PairChosen"):
        if row["kind"] == "TrialStarted":
            for other in running.values():
                for trader in sorted(other["before"].keys() & row["before"].keys()):
                    text = f"began while {other['trial']} runs on {trader}"
                    yield Violation(21, name, row["at"], row["trial"], text)
            running[row["trial"]] = row
        elif row["kind"] == "TrialEnded":
            running.pop(row["trial"], None)
        elif row["arm"]:
            trial, _, arm = row["arm"].partition(" ")
            text = _wrong_arm(row, running.get(trial), arm)
            if text:
                yield Violation(21, name, row["at"], row["order"], text)


def _wrong_arm(row: Row, trial: Row | None, arm: str) -> str:
    """What is wrong with the arm of an attempt; "" where nothing is."""
    if trial is None:
        return f"is in the arm {row['arm']!r} of a trial that does not run"
    if row["trader"] not in trial["before"] or arm not in ("before", "after"):
        return f"is in the arm {row['arm']!r} of a trial that does not concern {row['trader']}"
    wanted = trial["after"] if arm == "after" else trial["before"][row["trader"]]
    lever = trial["lever"]
    if lever == "optimal_contracts" and row["contracts"] > wanted:
        return f"orders {row['contracts']} contracts in the arm {row['arm']!r} of {wanted}"
    named = _CHOSEN_BY.get(lever)
    if named is not None and row[named] != wanted:
        return f"has {named} {row[named]} in the arm {row['arm']!r} of {wanted}"
    return ""
