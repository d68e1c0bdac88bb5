"""Recommendations of a running desk: made from its own attempts, applied only when approved."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from engine.learning.estimators import Z95, Difference
from engine.learning.metrics import OptimizationMetrics
from engine.learning.proposals import DESK, DOLLARS, Proposal
from engine.learning.proposing.recommender import Recommender
from engine.learning.verdicts import Verdict
from engine.orders import events as ev
from engine.runtime.advice.events import EXPIRES_AFTER_S, RecommendationRows, plain, proposal_of
from engine.runtime.advice.in_force import APPROVED, Applied, ChangesInForce
from engine.runtime.advice.live import desk_now, in_use
from engine.runtime.advice.tallies import Tallies
from engine.runtime.context import DeskContext
from engine.runtime.requests.settings import SettingRefusedError, check, read
from engine.runtime.trials.conducting import Trials
from engine.runtime.trials.levers import PLACEBO
from engine.state.in_force import CARRIED, REFUSED_KEPT
from engine.state.trial_record import TrialRecord

CONSIDER_EVERY_S: Final = 300.0
MOST_READY: Final = 8

SUPERSEDED: Final = "superseded"
"""Outcome of a change of an earlier run that is in force no more."""


class Advice:
    """Proposes changes, decides about them as asked, knows what is in trial.

    Args:
        context: the desk.
        metrics: the desk's tallies, shared with its state.
        trials: the desk's trials.

    Attributes:
        tallies: what its attempts taught.
        in_force: the changes that were applied.
        ready, refused: recommendations on offer, and the last ones that were refused, by name.
        in_trial: those that are tried.
    """

    def __init__(self, context: DeskContext, metrics: OptimizationMetrics, trials: Trials) -> None:
        self.context = context
        self.trials = trials
        self.in_trial: dict[str, Proposal] = {}
        trials.at_end(self._trial_ended)
        self._rows = RecommendationRows(context)
        self.in_force = ChangesInForce(context, trials, self._rows)
        self.tallies = Tallies(context, metrics)
        self._offer_from_tallies()

    def learn_from(self, metrics: OptimizationMetrics) -> None:
        """Begin anew with other tallies of the desk, before it runs."""
        self.tallies.learn_from(metrics)
        self._offer_from_tallies()

    def _offer_from_tallies(self) -> None:
        tallies = self.tallies
        self.recommender = Recommender(
            tallies.evidence, tallies.metrics, tallies.own, most=MOST_READY
        )
        self.ready: dict[str, Proposal] = {}
        self._unwanted_until_s: dict[tuple[Any, ...], float] = {}
        self.refused: dict[str, Proposal] = {}

    def remember(self, events: Iterable[ev.Event]) -> None:
        """After a restart: count what the journal holds and know again what can be undone.

        Recommendations that stood are dropped; the next look makes them anew if they still hold.
        What chains taught that the desk follows no more is left out.
        """
        followed = self.context.traders.keys() | {DESK}
        made: dict[str, ev.Recommended] = {}
        take = self.tallies.remembering(followed)
        for event in events:
            take(event)
            if isinstance(event, ev.Recommended):
                made[event.recommendation] = event
                self._rows.known(event.recommendation)
            elif isinstance(event, ev.RecommendationSettled):
                name = event.recommendation
                if name in made and event.outcome in ("rejected", "snoozed"):
                    self._unwanted_until_s[_subject(proposal_of(made[name]))] = _until_s(event)
        in_force = self.context.state.in_force
        self.in_trial = {name: proposal_of(row) for name, row in in_force.in_trial.items()}
        for name, change in in_force.changes.items():
            proposal = proposal_of(change.made)
            if proposal.trader in followed:
                self.in_force.applied[name] = Applied(
                    proposal, dict(change.before), change.by_program
                )
        self.tallies.remembered()
        for name, record in self.context.state.notices.recommendations.items():
            if record.state == "ready" and name not in self.in_trial:
                self._rows.note(name, "expired", "restart")
        for trial in self.context.state.trials.records.values():
            if trial.ended is not None and trial.started.recommendation in self.in_trial:
                self._trial_ended(trial)  # the desk died before it did what the end asks for

    def consider(self) -> None:
        """Look at the tallies: recommendations appear, are brought up to date, expire.

        A recommendation on offer keeps its id while it speaks of the same setting of the same
        trader; what it advises and how sure it is may change with every look.
        """
        moment = self.context.moment
        proposals = {
            (p.kind, p.trader): p
            for p in self.recommender.consider(desk_now(self.context, self.trials))
        }
        for key, proposal in list(proposals.items()):
            if _echoes(proposal, proposals) or self.answered(proposal):
                del proposals[key]
        for name, earlier in list(self.ready.items()):
            current = proposals.pop((earlier.kind, earlier.trader), None)
            if current is None:
                if moment.epoch_s - earlier.made_s >= EXPIRES_AFTER_S:
                    self._resolve(name, "expired", "the attempts no longer say so")
            elif (current.after, current.verdict) != (earlier.after, earlier.verdict) or (
                moment.epoch_s - earlier.made_s >= EXPIRES_AFTER_S
            ):
                self._recommend(name, current)
        for proposal in proposals.values():
            wanted_again_s = self._unwanted_until_s.get(_subject(proposal), 0.0)
            if wanted_again_s <= moment.epoch_s and len(self.ready) < MOST_READY:
                self._recommend(self._rows.next_name(), proposal)

    def _recommend(self, name: str, proposal: Proposal) -> None:
        self.ready[name] = proposal
        self._rows.say(name, proposal)

    def targets(self, proposal: Proposal) -> list[Any]:
        """The traders a proposal concerns."""
        traders = self.context.traders
        if proposal.trader == DESK:
            return list(traders.values())
        return [traders[proposal.trader]] if proposal.trader in traders else []

    def drifted(self, name: str) -> str:
        """Why a recommendation no longer fits the live values; "" where it does."""
        proposal = self.ready[name]
        targets = self.targets(proposal)
        if not targets:
            return f"there is no trader {proposal.trader} any more"
        before = plain(proposal.before)
        for trader in targets:
            live = plain(in_use(trader, proposal.setting))
            if live != before:
                return f"the live value is {live}, it was computed for {before}"
        if self.context.moment.epoch_s - proposal.made_s >= EXPIRES_AFTER_S:
            return "it has expired; the next look at the attempts brings it up to date"
        return ""

    def approve(self, name: str, reason: str) -> None:
        """Apply a ready recommendation without a trial: UNPROVEN, until it is taken back.

        Raises:
            SettingRefusedError: a value outside its bounds; nothing was applied.
        """
        proposal = self.ready[name]
        setting, value = proposal.setting, plain(proposal.after)
        targets = self.targets(proposal)
        for trader in targets:
            check(trader, setting, value)
        del self.ready[name]
        self.in_force.apply(
            name, replace(proposal, verdict=Verdict.UNPROVEN), targets, value, APPROVED
        )
        self._rows.note(name, "applied", reason)

    # ------------------------------------------------------------------ trials

    def answered(self, proposal: Proposal) -> str:
        """Why a change need not be proposed, nor approved: tried now, tried lately, or in force."""
        setting, now_s = proposal.setting, self.context.moment.epoch_s
        for name, applied in self.in_force.applied.items():
            mine = applied.proposal
            if (mine.setting, plain(mine.after)) == (setting, plain(proposal.after)) and (
                mine.trader == DESK or mine.trader == proposal.trader
            ):
                return f"{name} has put that in force already; u takes it back"
        for trader in self.targets(proposal):
            record = self.trials.tries(trader.key, setting)
            if record is not None:
                return f"{record.name} tries {setting} of {trader.key} now"
            until_s = self.trials.quiet_until_s(trader.key, setting)
            if until_s > now_s:
                minutes = math.ceil((until_s - now_s) / 60)
                return f"{setting} of {trader.key} was tried a while ago; ask in {minutes} min"
        return ""

    def expected(self, setting: str, trader: str, after: Any) -> Difference | None:
        """What a change should bring, from the attempts so far; see `Tallies.expected`."""
        return self.tallies.expected(desk_now(self.context, self.trials), setting, trader, after)

    def asked_for(self, proposal: Proposal) -> str:
        """Give a change that an operator wants tried a name among the recommendations."""
        name = self._rows.next_name()
        self._rows.say(name, proposal)
        return name

    def try_out(self, name: str, proposal: Proposal, started: ev.TrialStarted) -> None:
        """Begin a trial of a recommendation in place of applying it."""
        self.ready.pop(name, None)
        self.in_trial[name] = proposal
        self.trials.begin(started)
        self._rows.note(name, "trial", f"{started.trial} tries it")

    def _trial_ended(self, record: TrialRecord) -> None:
        """What a trial proved is put in force; of the rest nothing is left."""
        name, ended = record.started.recommendation, record.ended
        proposal = self.in_trial.pop(name, None)
        if proposal is None or ended is None:
            return
        text = " ".join((f"{record.name} {ended.end}.", *ended.reasons))
        if ended.end == "KEPT":
            try:
                self._keep(name, proposal, record)
            except SettingRefusedError as error:
                text = f"{text} It cannot be put in force: {error}."
            else:
                self._rows.note(name, "kept", text)
                return
        self._rows.note(name, "not kept", text)

    def _keep(self, name: str, proposal: Proposal, record: TrialRecord) -> None:
        setting, value = proposal.setting, record.started.after
        traders = self.context.traders
        targets = [traders[key] for key in record.changed if key in traders]
        if setting == PLACEBO:
            targets = []
        for trader in targets:
            check(trader, setting, value)
        measured = self.context.state.trials.measured(record)
        effect, deviation = measured or (None, None)
        half = None if deviation is None else Z95 * deviation
        proved = replace(
            proposal,
            verdict=Verdict.SEPARATED,
            unit=DOLLARS,
            effect=effect,
            effect_low=None if effect is None or half is None else effect - half,
            effect_high=None if effect is None or half is None else effect + half,
            made_s=self.context.moment.epoch_s,
            z=Z95,
        )
        self.in_force.apply(name, proved, targets, value, "KEPT")

    # ------------------------------------------------------------------ of an earlier run

    def carry_on(self, name: str, proposal: Proposal, value: Any, why: str) -> None:
        """Put in force again what an earlier run had, over today's own values.

        Raises:
            SettingRefusedError: a value outside its bounds; nothing was applied.
        """
        targets = self.targets(proposal)
        for trader in targets:
            if read(trader, proposal.setting) != value:
                check(trader, proposal.setting, value)
        self._rows.known(name)
        self.in_force.apply(name, proposal, targets, value, CARRIED)
        self._rows.note(name, CARRIED, why)

    def carry_trial(self, name: str, proposal: Proposal, why: str) -> None:
        """A trial of the recommendation goes on that an earlier run began."""
        self._rows.known(name)
        self._rows.say(name, proposal)
        self.in_trial[name] = proposal
        self._rows.note(name, "trial", why)

    def leave(self, name: str, proposal: Proposal, why: str) -> None:
        """Say why what an earlier run had in force is not any more."""
        self._rows.known(name)
        self._rows.say(name, proposal)
        self._rows.note(name, SUPERSEDED, why)

    def put_aside(self, name: str, minutes: float) -> None:
        """Show a change of the same setting in the same direction again only after `minutes`."""
        until_s = self.context.moment.epoch_s + minutes * 60
        self._refuse(name, until_s)
        self._resolve(name, "snoozed", f"{minutes:g} min")

    def reject(self, name: str, reason: str) -> None:
        """The operator said no; nothing of the same setting and direction is shown again today."""
        self._refuse(name, math.inf)
        self._resolve(name, "rejected", reason)

    def _refuse(self, name: str, until_s: float) -> None:
        proposal = self.ready[name]
        self._unwanted_until_s[_subject(proposal)] = until_s
        self.refused[name] = proposal
        if len(self.refused) > REFUSED_KEPT:
            del self.refused[next(iter(self.refused))]

    def bring_back(self, name: str, reason: str) -> None:
        """Offer one again that was put aside or rejected; the next look brings it up to date."""
        proposal = self.refused.pop(name)
        self._unwanted_until_s.pop(_subject(proposal), None)
        self.ready[name] = proposal
        self._rows.note(name, "ready", reason or "taken back")

    def _resolve(self, name: str, outcome: str, reason: str) -> None:
        self.ready.pop(name, None)
        self._rows.note(name, outcome, reason)


def _subject(proposal: Proposal) -> tuple[Any, ...]:
    """What an operator's no is about: the setting, the trader, and up or down.

    The value itself moves a little with every attempt; a no to 1300 ms is one to 1310 ms too.
    """
    before, after = proposal.before, proposal.after
    if isinstance(before, int) and isinstance(after, int):
        return proposal.kind, proposal.trader, after > before
    return proposal.kind, proposal.trader, str(plain(after))


def _until_s(event: ev.RecommendationSettled) -> float:
    """Until when the change is unwanted, epoch seconds."""
    if event.outcome == "rejected":
        return math.inf
    minutes = event.reason.removesuffix(" min")
    return event.at_ms / 1000 + 60 * float(minutes or 0)


def _echoes(proposal: Proposal, proposals: dict[tuple[str, str], Proposal]) -> bool:
    """Whether a trader's censored cancel time only says what the desk's own says."""
    own = proposal.trader != DESK and proposal.kind == "CANCEL"
    return own and ("CANCEL", DESK) in proposals and proposal.verdict is not Verdict.PROMISING
