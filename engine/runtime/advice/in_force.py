"""The changes in force that were approved, kept or applied, and how each is taken back exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from engine.learning.proposals import Proposal
from engine.runtime.advice.events import RecommendationRows
from engine.runtime.context import DeskContext
from engine.runtime.requests.settings import read, write
from engine.runtime.trials.conducting import Trials
from engine.state.in_force import unlink
from engine.trader.trader import ExpirationTrader

APPROVED: Final = "approved"
"""Why a setting changed that an operator approved without a trial."""

_BY_PROGRAM: Final = "apply_optimization: UNPROVEN"


@dataclass(slots=True)
class Applied:
    """A recommendation whose value is in force; before is the former value by trader."""

    proposal: Proposal
    before: dict[str, Any]
    by_program: bool = False

    @property
    def setting(self) -> str:
        """That changed."""
        return self.proposal.setting


class ChangesInForce:
    """Puts values in force, and restores what they replaced.

    Args:
        context: the desk.
        trials: the desk's; one that compares with a change ends where that is taken back.
        rows: where each change is written down.

    Attributes:
        applied: by the recommendation's name, in the order in which they came into force.
    """

    def __init__(self, context: DeskContext, trials: Trials, rows: RecommendationRows) -> None:
        self._context = context
        self._trials = trials
        self._rows = rows
        self.applied: dict[str, Applied] = {}

    def apply(
        self, name: str, proposal: Proposal, targets: list[Any], value: Any, why: str
    ) -> None:
        """Put a value in force for the traders, under the recommendation as it now stands."""
        self._rows.say(name, proposal)
        written = {
            trader.key: write(
                self._context,
                trader,
                proposal.setting,
                value,
                f"{name} {why}",
                recommendation=name,
            )
            for trader in targets
        }
        # A process that died in the middle had changed some of them.
        former = self._context.state.in_force.former(name)
        before = {key: former.get(key, value) for key, value in written.items()}
        self.applied[name] = Applied(proposal, before)

    def apply_unproven(self, proposal: Proposal, reason: str) -> str:
        """Keep what a program applies under a name of its own; the caller changes the settings.

        Returns:
            The name, for `put_in_force`.
        """
        name = self._rows.next_name()
        self._rows.say(name, proposal)
        self.applied[name] = Applied(proposal, {}, by_program=True)
        self._rows.note(name, "applied", reason, by_program=True)
        return name

    def put_in_force(self, name: str, trader: ExpirationTrader, value: Any) -> None:
        """Change a trader's setting to what is in force, and keep its former value."""
        applied = self.applied[name]
        setting = applied.proposal.setting
        before = read(trader, setting)
        if before != value:
            why = _BY_PROGRAM if applied.by_program else APPROVED
            write(self._context, trader, setting, value, f"{name} {why}", recommendation=name)
            applied.before[trader.key] = before

    def take_back(self, name: str, outcome: str, reason: str) -> None:
        """Restore the exact former values of what is in force, in whatever order.

        Where a later change of the same setting stands, that one stays in force and goes back,
        when its turn comes, to what this one would have gone back to.
        """
        applied = self.applied.get(name)
        if applied is None:
            return
        setting = applied.proposal.setting
        for key in applied.before:
            record = self._trials.tries(key, setting)
            if record is not None:
                self._trials.stop(
                    record, f"{name} is {outcome}: what it was compared with is gone."
                )
        for key, before in unlink(self.applied, name).items():
            trader = self._context.traders.get(key)
            if trader is not None:
                write(self._context, trader, setting, before, f"{name} {outcome}", undo=True)
        self._rows.note(name, outcome, reason)
