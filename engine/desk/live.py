"""What a desk on an account is opened with: its journal, its gateway, and the session there.

An account outlives sessions, so it has one journal, which every start goes on with. Its gateway is
a broker's, or the simulated exchange in a process of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from engine.brokers.remote.connection import listed, look
from engine.brokers.remote.facts import SessionFacts
from engine.brokers.remote.link import LinkError, NobodyThereError
from engine.config import (
    ConfigError,
    DeskConfig,
    real_money_refusals,
    refuse_simulated_chains,
    refuse_stock_symbols,
)
from engine.desk.day import DeskDay, simulated_day
from engine.desk.earlier_run import EarlierRun, chains_to_follow
from engine.desk.plan import DeskPlan
from engine.exchange.session import simulated_hours
from engine.gateway.place import SOCKET, account_folder
from engine.market.calendar import SessionHours, exchange_date, xnys
from engine.run_folder.paths import run_ids, run_stem, state_root

_NEVER_LIVE: Final = ("indicative", "simulated")
"""Qualities of a feed that no waiting mends; a feed that lags, or is refused, may come back."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """What a desk on an account is opened with.

    Args:
        config: the settings, with those of the gateway's session.
        plan: what to open, with the gateway's socket, and the account's journal where it has one.
        run: the account's name as a run's id.
        hours: of the session.
        source: where quotes and fills come from, as the operator reads it.
        listed: expirations by root, where a broker lists them; None at the simulated exchange.
    """

    config: DeskConfig
    plan: DeskPlan
    run: str
    hours: SessionHours
    source: str
    listed: Mapping[str, tuple[date, ...]] | None = None

    def day(self, earlier: EarlierRun | None) -> DeskDay:
        """The session, given what earlier ones left.

        Raises:
            ConfigError: it lacks a chain that the account still holds something of.
        """
        if self.listed is None:
            day = simulated_day(self.config.simulation, self.hours, self.plan, earlier)
            return replace(day, run=self.run, source=self.source)
        today = self.hours.date
        opens_s, closes_s = self.hours.opens.timestamp(), self.hours.closes.timestamp()
        chains = chains_to_follow(earlier, today, self._chains(self.listed), self.run)
        return DeskDay(
            xnys(),
            None,
            today,
            opens_s,
            closes_s,
            opens_s,
            chains,
            starts_s=opens_s,
            source=self.source,
            run=self.run,
        )

    def _chains(self, listed: Mapping[str, tuple[date, ...]]) -> list[tuple[str, date]]:
        """The nearest expirations of each root that have days enough left."""
        settings, least = self.config.broker, self.config.spreads.min_days_to_expiry
        least = max(1, least if self.plan.min_days is None else self.plan.min_days)
        first = self.hours.date + timedelta(days=least)
        return [
            (symbol, day)
            for symbol in settings.symbols
            for day in [day for day in listed.get(symbol, ()) if day >= first][
                : settings.expirations_per_symbol
            ]
        ]


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
    refuse_plan(config, plan)
    root = state_root(plan.run_dir or config.state_dir, config.mode)
    socket = plan.exchange or socket_of(config, root)
    try:
        facts = look(socket)
    except NobodyThereError as error:
        if config.broker.name == "simulated":
            raise
        raise LinkError(
            f"no gateway answers at {socket}; start one with `legdesk gateway "
            f"{config.broker.name} --{config.mode.lower()}`"
        ) from error
    run = run_stem(config.account)
    _refuse_gateway(config, facts, socket)
    goes_on = run if run in run_ids(root) else None
    plan = replace(plan, exchange=socket, warm_up=False, resume=goes_on)
    source = f"{facts.broker} {config.mode.lower()}, feed {facts.feed} ({facts.feed_quality})"
    if facts.simulation is None:
        hours = _hours_now(facts.clock.epoch_s())
        return LiveSession(config, plan, run, hours, source, listed(socket, config.broker.symbols))
    config = config.model_copy(update={"simulation": facts.simulation})
    return LiveSession(config, plan, run, simulated_hours(facts.simulation), source)


def socket_of(config: DeskConfig, root: Path) -> Path:
    """Where the gateway of the configured broker listens.

    Args:
        config: broker and account.
        root: the mode's folder.
    """
    if config.broker.name in ("", "simulated"):
        return root / "exchange" / "socket"
    return account_folder(config, root.parent) / SOCKET


def _hours_now(now_s: float) -> SessionHours:
    """The session of this moment's date, before its close.

    Raises:
        ConfigError: there is none, or it is over; names the next.
    """
    today, calendar = exchange_date(now_s), xnys()
    hours = calendar.session(today)
    if hours is not None and now_s < hours.closes.timestamp():
        return hours
    reason = calendar.closure_reason(today) if hours is None else "it is over"
    raise ConfigError(
        f"no session is left to trade on {today} ({reason}); the next is "
        f"{calendar.next_session(today)}"
    )


def refuse_plan(config: DeskConfig, plan: DeskPlan) -> None:
    """Say why no desk of an account can be opened so, where that is so.

    Raises:
        ConfigError: with the reason and the remedy.
    """
    mode = config.mode
    if refusals := real_money_refusals(config):
        raise ConfigError("\n".join(refusals))
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
    refuse_simulated_chains(config)
    refuse_stock_symbols(config)


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
    if config.mode == "LIVE" and facts.feed_quality in _NEVER_LIVE:
        raise ConfigError(
            f"the gateway at {socket} has the feed {facts.feed}, which is {facts.feed_quality}; "
            "mode LIVE needs a live one: end the gateway with --stop, and start with the settings "
            "as they are now"
        )
