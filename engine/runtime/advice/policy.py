"""Trials that a program starts by a policy of its own, as an operator does with a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.commands import Ask, Command
from engine.orders import events as ev
from engine.orders.soundness import error_text
from engine.runtime.context import DeskContext
from engine.runtime.views.rows import recommendation_view
from engine.snapshot import RecommendationView

Policy = Callable[[RecommendationView], bool]
"""Whether the trial of a recommendation shall start now."""


class ApprovalPolicy:
    """Asks a policy about each recommendation that is made, or made anew by a look.

    Args:
        context: the desk.
        submit: hands a command over without waiting for its answer.
    """

    def __init__(self, context: DeskContext, submit: Callable[[Command], Any]) -> None:
        self._context = context
        self._submit = submit
        self._policy: Policy | None = None
        context.subscribe(ev.Recommended, self._made)

    def use(self, policy: Policy | None) -> None:
        """Follow this policy from here on; None: none. Runs in the scheduler's thread."""
        self._policy = policy
        context = self._context
        context.alarms.clear(context.now().at_ms, "POLICY", "desk")
        for record in list(context.state.notices.recommendations.values()):
            self._made(record.made)

    def _made(self, event: ev.Recommended) -> None:
        record = self._context.state.notices.recommendations.get(event.recommendation)
        if self._policy is None or record is None or record.state != "ready":
            return
        try:
            wanted = self._policy(recommendation_view(record))
        except Exception as error:
            self._policy = None
            at_ms = self._context.moment.at_ms
            self._context.alarms.raise_(at_ms, "POLICY", "desk", error_text(error))
            return
        if wanted:
            self._submit(Command(Ask.APPROVE, event.recommendation, who="program", reason="policy"))
