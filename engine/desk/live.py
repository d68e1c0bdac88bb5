"""What a desk on an account is opened with: its journal, its gateway, and the session there.

An account outlives sessions, so it has one journal, which every start goes on with. The simulated
exchange in a process of its own is the gateway that can be chosen so far.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine.brokers.remote.connection import look
from engine.brokers.remote.facts import SessionFacts
from engine.config import ConfigError, DeskConfig
from engine.desk.day import DeskDay, simulated_day
from engine.desk.earlier_run import EarlierRun
from engine.desk.plan import DeskPlan
from engine.exchange.session import simulated_hours
from engine.market.calendar import SessionHours
from engine.run_folder.paths import run_ids, run_stem, state_root


@dataclass(frozen=True, slots=True)
class LiveSession:
    """What a desk on an account is opened with.

    Args:
        config: the settings, with those of the gateway's session.
        plan: what to open, with the gateway's socket, and the account's journal where it has one.
        run: the account's name as a run's id.
        hours: of the session.
        source: where quotes and fills come from, as the operator reads it.
    """

    config: DeskConfig
    plan: DeskPlan
    run: str
    hours: SessionHours
    source: str

    def day(self, earlier: EarlierRun | None) -> DeskDay:
        """The session, given what earlier ones left.

        Raises:
            ConfigError: it lacks a chain that the account still holds something of.
        """
        day = simulated_day(self.config.simulation, self.hours, self.plan, earlier)
        return replace(day, run=self.run, source=self.source)


def live_session(config: DeskConfig, plan: DeskPlan) -> LiveSession:
    """What the desk of an account is opened with; one that has a journal goes on, paused.

    Limits hold as they are written, time is the gateway's, and the journal, reports and screen say
    the mode.

    Args:
        config: the settings; its mode is PAPER or LIVE.
        plan: what was asked for; `exchange` names the gateway's socket, None for that in the mode's
            folder.

    Raises:
        ConfigError: the mode, the plan or the gateway is not what such a desk needs.
        JournalError: the account's folder cannot be used.
        LinkError: no gateway answers.
    """
    _refuse_plan(config, plan)
    root = state_root(plan.run_dir or config.state_dir, config.mode)
    socket = plan.exchange or root / "exchange" / "socket"
    facts = look(socket)
    run = run_stem(config.account)
    _refuse_gateway(config, facts, socket)
    if facts.simulation is None:
        raise ConfigError(f"the gateway at {socket} has no session that a desk can trade")
    config = config.model_copy(update={"simulation": facts.simulation})
    goes_on = run if run in run_ids(root) else None
    return LiveSession(
        config,
        replace(plan, exchange=socket, warm_up=False, resume=goes_on),
        run,
        simulated_hours(facts.simulation),
        f"{facts.broker} {config.mode.lower()}, feed {facts.feed} ({facts.feed_quality})",
    )


def _refuse_plan(config: DeskConfig, plan: DeskPlan) -> None:
    """Say why no desk of an account can be opened so, where that is so.

    Raises:
        ConfigError: with the reason and the remedy.
    """
    mode = config.mode
    if mode == "LIVE":
        raise ConfigError(
            'mode LIVE needs a broker\'s gateway, and none is built in yet; mode = "PAPER" with '
            'broker.name = "simulated" trades on `legdesk exchange`'
        )
    if plan.replay is not None:
        raise ConfigError(
            f'a recorded session is replayed in mode SIM, not {mode}; set mode = "SIM"'
        )
    if config.broker.name == "":
        raise ConfigError(
            f'mode {mode} needs a broker account: name one as broker.name; "simulated" trades on '
            "`legdesk exchange` as an account is traded"
        )
    for wrong, what in (
        (plan.in_memory, "kept in memory"),
        (plan.faults is not None, "traded with faults"),
        (plan.resume is not None, "resumed by a run's name: it goes on by itself"),
        (plan.start is not None, "begun at another time"),
    ):
        if wrong:
            raise ConfigError(f"an account in mode {mode} cannot be {what}")


def _refuse_gateway(config: DeskConfig, facts: SessionFacts, socket: Path) -> None:
    """Say why the gateway is not the one that the settings mean, where that is so.

    Raises:
        ConfigError: with what it is.
    """
    if facts.mode != config.mode:
        raise ConfigError(
            f"the gateway at {socket} is {facts.mode}, the desk {config.mode}; start one in that "
            "mode, with the same settings"
        )
    if facts.broker != config.broker.name:
        raise ConfigError(
            f"the gateway at {socket} is of {facts.broker}, the settings name {config.broker.name}"
        )
