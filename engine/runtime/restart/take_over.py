"""A new run takes over what the desk's run before it had learned: trials, changes, the ledger.

Everything becomes rows of the new run's own journal, so that it alone restores the desk. A setting
that the operator has changed in the configuration since wins over a value of an earlier run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.orders import events as ev
from engine.runtime.advice.advisor import SUPERSEDED, Advice
from engine.runtime.advice.events import proposal_of
from engine.runtime.context import DeskContext
from engine.runtime.requests.settings import SettingRefusedError, read
from engine.runtime.trials.conducting import Trials
from engine.runtime.trials.levers import PLACEBO
from engine.state.carried import Carried, CarriedTrial
from engine.state.desk import DeskState
from engine.state.in_force import Change
from engine.state.trial_record import EVERY, TrialRecord

WHY: Final = "taken over"
"""Why an order size changed that a trial goes on to compare with."""

NOT_TAKEN: Final = "not taken over from"
"""How the reason begins for which something of an earlier run does not go on."""

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "optimal_contracts": ("sizing.current_contracts",),
    "optimal_cancel_ms": ("timing.cancel_after_seconds",),
    "delay_s": ("timing.min_delay_between_attempts", "timing.max_delay_between_attempts"),
    "buy_location": ("spreads.buy_location",),
    "sell_location": ("spreads.sell_location",),
    "minimum_floor": ("spreads.min_payoff_floor",),
    "objective": ("spreads.objective",),
}
"""Keys of the configuration by the setting that begins with them."""


def take_over(context: DeskContext, advice: Advice, trials: Trials, carried: Carried) -> None:
    """Go on with what the run before had in force and in trial; what cannot go on says why.

    Args:
        context: the new run's desk with its traders, whose session has just begun.
        advice, trials: its own, still empty.
        carried: of a run of the same kind.
    """
    at_ms = context.now().at_ms
    context.emit(carried.ledger._replace(at_ms=at_ms))
    for name, change in carried.changes.items():
        _take_change(context, advice, carried, name, change)
    for trial in carried.trials:
        _take_trial(context, advice, trials, carried, trial)


def taken_over_text(state: DeskState) -> tuple[str, ...]:
    """What of an earlier run is in force and in trial, and what could not go on, as sentences."""
    told = [state.told_of_before()]
    told += [
        f"{name} {record.made.kind} {record.reason}"
        for name, record in state.notices.recommendations.items()
        if record.state == SUPERSEDED and record.reason.startswith(NOT_TAKEN)
    ]
    for name in sorted(state.trials.carried):
        trial = state.trials.records[name]
        ended, left_out = trial.ended, trial.open_pairs
        if ended is None and left_out:
            pairs = f"{left_out} pair{'s' * (left_out != 1)}"
            told.append(
                f"{name} goes on without {pairs} whose dollars were still open when a run ended"
            )
        if ended is not None and ended.reasons[0].lower().startswith(NOT_TAKEN):
            told.append(f"{name} ends: {ended.reasons[0]}")
    return tuple(each for each in told if each)


def _take_change(
    context: DeskContext, advice: Advice, carried: Carried, name: str, change: Change
) -> None:
    proposal = proposal_of(change.made)
    why = _set_since(context, change.settings, proposal.setting)
    if not why and not advice.targets(proposal):
        why = f"{proposal.trader} is not traded today"
    if not why:
        try:
            advice.carry_on(name, proposal, proposal.after, f"in force since {carried.ledger.run}")
        except SettingRefusedError as error:
            why = str(error)
        else:
            return
    advice.leave(name, proposal, f"{NOT_TAKEN} {carried.ledger.run}: {why}")


def _take_trial(
    context: DeskContext, advice: Advice, trials: Trials, carried: Carried, trial: CarriedTrial
) -> None:
    at_ms = context.moment.at_ms
    record = trials.go_on_with(
        trial.started._replace(at_ms=at_ms), trial.carried._replace(at_ms=at_ms)
    )
    if trial.made is not None:
        name = trial.made.recommendation
        run = carried.ledger.run
        advice.carry_trial(name, proposal_of(trial.made), f"{record.name} goes on from {run}")
    why = _set_since(context, trial.settings, record.started.lever) or _not_comparable(
        context, record
    )
    if why:
        trials.stop(record, f"{NOT_TAKEN.capitalize()} {carried.ledger.run}: {why}.")


def _set_since(context: DeskContext, settings: Mapping[str, Any], setting: str) -> str:
    """What the operator has changed in the configuration since; "" for nothing of this setting.

    Args:
        context: of the new run.
        settings: in which the change came into force, or the trial began.
        setting: that it is about.
    """
    today = context.config.for_the_journal()
    for key in _KEYS.get(setting, ()):
        before, after = _value(settings, key), _value(today, key)
        if before != after:
            return f"your settings say {key} = {after} now, before {before}"
    return ""


def _value(settings: Mapping[str, Any], key: str) -> Any:
    """The value of a dotted key; None where an earlier version did not know it."""
    section, _, name = key.partition(".")
    return settings.get(section, {}).get(name)


def _not_comparable(context: DeskContext, record: TrialRecord) -> str:
    """Why a trial cannot go on with today's traders; "" where it can."""
    lever = record.started.lever
    here = [key for key in record.changed if key in context.traders]
    if not here:
        if record.started.trader == EVERY:
            return "none of its chains is traded today"
        return f"{record.started.trader} is not traded today"
    if lever == PLACEBO:
        return ""
    for key in here:
        trader, before = context.traders[key], record.started.before[key]
        if lever == "optimal_contracts":
            sizing = trader.sizing
            was, size = sizing.current_contracts, before
            if sizing.min_contracts <= size <= sizing.max_contracts and was != size:
                trader.continue_at_size(size)
                context.emit(ev.SizeChanged(context.moment.at_ms, key, was, size, WHY))
        if read(trader, lever) != before:
            return f"{lever} of {key} is {read(trader, lever)} today, it was compared with {before}"
    return ""
