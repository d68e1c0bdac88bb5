"""A program that takes attempts as they come and approves by a policy of its own."""

from __future__ import annotations

from engine.learning.attempt_results import AttemptResult, attempt_results
from engine.orders import events as ev
from engine.runtime.advice.policy import ApprovalPolicy
from engine.snapshot import RecommendationView
from tests.support.attempt_rows import teach_size
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


def desk() -> tuple[Operated, ApprovalPolicy]:
    operated = Operated(simulated(settings(9)))
    policy = ApprovalPolicy(operated.context, operated.executor.submit)
    return operated, policy


def test_a_policy_starts_the_trials_that_it_wants_and_no_other() -> None:
    operated, approval = desk()
    asked: list[tuple[str, str]] = []

    def policy(seen: RecommendationView) -> bool:
        asked.append((seen.kind, seen.trader))
        return seen.verdict == "PROMISING"

    approval.use(policy)
    operated.run(1501)
    teach_size(operated)
    operated.run(5)
    [started] = operated.of(ev.TrialStarted)
    assert (started.lever, started.after) == ("optimal_contracts", 2)
    assert ("SIZE", started.trader) in asked and len(asked) > 1
    [row] = [e for e in operated.of(ev.OperatorActed) if e.action == "approve"]
    assert (row.who, row.reason, row.outcome) == ("program", "policy", "confirmed")


def test_a_policy_that_fails_is_dropped_and_the_desk_goes_on() -> None:
    operated, approval = desk()

    def policy(seen: RecommendationView) -> bool:
        raise KeyError(seen.id)

    operated.run(901)
    approval.use(policy)
    [alarm] = operated.raised("POLICY")
    assert "KeyError" in alarm.what
    sent = len(operated.sent)
    operated.run(120)
    assert len(operated.sent) > sent
    approval.use(None)
    assert operated.context.state.notices.alarms.get(alarm.alarm) is None


def test_attempts_are_given_as_they_end_and_taken_back_where_they_change() -> None:
    operated, _ = desk()
    held: dict[str, AttemptResult] = {}

    def observe(row: AttemptResult, sign: int) -> None:
        if sign > 0:
            held[row.order] = row
        else:
            assert held.pop(row.order) == row

    operated.context.state.observe_attempts(observe)
    operated.run(600)
    begun = next(row for row in held.values())
    told = [
        row._replace(venue=begun.venue, session=begun.session)
        for row in attempt_results(operated.events)
    ]
    assert sorted(held.values()) == sorted(told)
    assert begun.venue == "SIM simulated exchange assumed"
    assert len(held) > 30
