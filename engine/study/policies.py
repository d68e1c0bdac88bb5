"""What the operator of a study does all day: watches, or starts trials by a rule."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from engine.commands import Ask, Command
from engine.desk.running import Desk
from engine.learning.evidence.arms import value_of
from engine.learning.proposing.expected import LEAST_ATTEMPTS
from engine.learning.proposing.levers import TRIED, DeskNow, Lever
from engine.runtime.advice.live import desk_now
from engine.runtime.requests.settings import CANCEL_MS_BOUNDS
from engine.runtime.trials.levers import BY_SETTING, PLACEBO
from engine.state.trial_record import EVERY
from engine.study.points import Policy

ACT_EVERY_S: Final = 60.0

GAIN: Final = "+100%"
"""The gain that trials without a promise are long enough to find: some five hundred attempts."""

PROBABLE_GAIN: Final = "+50%"
"""The gain that trials of advice without a figure are long enough to find."""

_EARLIER: Final = (0.4, 0.6, 0.8)
"""Earlier cancel times that may be drawn, as shares of the present one."""


def follow(desk: Desk, policy: Policy) -> None:
    """Have an operator act by a policy once a minute.

    Args:
        desk: before it begins.
        policy: what the operator does.
    """
    acts = {
        "approve": _approve,
        "approve-and-try": _approve_and_try,
        "placebo-trials": _placebo,
        "explore-trials": _explore,
    }
    act = acts.get(policy)
    if act is not None:
        desk.executor.context.every(ACT_EVERY_S, lambda: act(desk))


def _approve(desk: Desk) -> None:
    """Start the trial of every change that is promising, as one key does."""
    recommendations = desk.executor.context.state.notices.recommendations
    for name, record in recommendations.items():
        if record.state == "ready" and record.made.verdict == "PROMISING":
            command = Command(Ask.APPROVE, name, who="study", reason="policy approve")
            desk.executor.submit(command)


def _approve_and_try(desk: Desk) -> None:
    """Approve what is promising, and try by name what nobody can judge without a try.

    A cancel time that cuts off later fills hides what a later one would bring: its advice is
    CENSORED for ever, until somebody tries it.
    """
    _approve(desk)
    recommendations = desk.executor.context.state.notices.recommendations
    for record in list(recommendations.values()):
        made = record.made
        lever = BY_SETTING.get(made.evidence.get("setting", ""))
        if (
            lever is not None
            and record.state == "ready"
            and (made.verdict, made.trader) == ("CENSORED", EVERY)
            and _may_start(desk)
        ):
            _try(desk, f"{lever.word} {made.after} {EVERY} {PROBABLE_GAIN}", "approve-and-try")
            return


def _placebo(desk: Desk) -> None:
    """Start a trial of nothing wherever none runs."""
    if _may_start(desk):
        _try(desk, f"{PLACEBO} {EVERY} {GAIN}", "placebo-trials")


def _explore(desk: Desk) -> None:
    """Start a trial of a change drawn at random wherever none runs.

    Any change whose effect the attempts tell may be drawn, gain or loss, with the same odds for
    each setting: chosen by its promise, it would promise too much.
    """
    if not _may_start(desk):
        return
    context, advice = desk.executor.context, desk.executor.advice
    now = desk_now(context, advice.trials)
    session = context.state.session
    seed = 0 if session is None else session.seed
    chance = Random(f"{seed}/{round(now.now_s)}/explore-trials")
    levers = list(TRIED)
    chance.shuffle(levers)
    for lever in levers:
        quiet_s = max(advice.trials.quiet_until_s(key, lever.setting) for key in now.traders)
        before = now.common(lever)
        if before is None or quiet_s > now.now_s:
            continue
        values = [
            each
            for each in _values(desk, now, lever)
            if advice.expected(lever.setting, EVERY, each) is not None
        ]
        if values:
            word = BY_SETTING[lever.setting].word
            _try(desk, f"{word} {chance.choice(values)} {EVERY} {GAIN}", "explore-trials")
            return


def _values(desk: Desk, now: DeskNow, lever: Lever) -> list[Any]:
    """The values of a setting that may be drawn: those tried, and those that need no try."""
    live = next(iter(now.traders.values()))
    before = value_of(live.settings, lever.field)
    arms = desk.executor.advice.tallies.evidence.answers().arms(lever.field)
    values = {value for value, arm in arms.items() if arm.attempts >= LEAST_ATTEMPTS}
    if lever.field == "delay":
        return []
    if lever.field == "contracts":
        sizes = range(live.min_contracts, live.max_contracts + 1)
        values |= {size for size in sizes if abs(size - before) <= 1}
    elif lever.field == "objective":
        values |= {"credit", "floor"}
    elif lever.field == "cancel_ms":
        times = (round(before * share / 100) * 100 for share in _EARLIER)
        values |= {ms for ms in times if CANCEL_MS_BOUNDS[0] <= ms}
    return sorted(values - {before})


def _may_start(desk: Desk) -> bool:
    trials = desk.executor.context.state.trials
    traders = desk.executor.context.traders
    return not trials.running() and trials.yardstick(traders).suffices


def _try(desk: Desk, what: str, policy: Policy) -> None:
    reason = f"policy {policy}"
    desk.executor.submit(Command(Ask.TRIAL, who="study", reason=reason, args={"word": what}))
