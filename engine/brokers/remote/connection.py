"""Connects a desk with an exchange in another process: to look at its session, or to trade."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.brokers.remote.broker import RemoteBroker, RemoteMarket
from engine.brokers.remote.link import OPENS_WITHIN_S, Link, LinkError
from engine.config import SimulationSettings
from engine.market.clock import SessionClock


@dataclass(frozen=True, slots=True)
class ExchangeFacts:
    """What an exchange says of its session: its mode, the simulation's settings, its clock."""

    mode: str
    simulation: SimulationSettings
    clock: SessionClock


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """A desk's account at an exchange; `known` where it existed before this desk connected."""

    facts: ExchangeFacts
    broker: RemoteBroker
    market: RemoteMarket
    known: bool


def look(path: Path) -> ExchangeFacts:
    """What the exchange at a socket says of its session.

    Raises:
        LinkError: nothing answers there, or an exchange of another version does.
    """
    link = Link(path, "look", "")
    try:
        return _facts(link.connect(OPENS_WITHIN_S), path)
    finally:
        link.close()


def join(path: Path, account: str) -> RemoteAccount:
    """Connect as the desk of an account, which is opened where it does not exist.

    Raises:
        LinkError: nothing answers there, or another desk uses the account.
    """
    link = Link(path, "desk", account)
    answer = link.connect(OPENS_WITHIN_S)
    facts = _facts(answer, path)
    if answer.get("account") != account:
        link.close()
        raise LinkError(f"the exchange at {path} has connected us with another account")
    broker = RemoteBroker(link, facts.clock)
    link.start(on_push=broker.hear, on_reconnect=broker.ask_about_all)
    return RemoteAccount(facts, broker, RemoteMarket(link), bool(answer.get("known")))


def _facts(answer: dict[str, Any], path: Path) -> ExchangeFacts:
    try:
        at_s, epoch_s, speed = answer["clock"]
        clock = SessionClock(float(at_s), float(epoch_s), float(speed))
        settings = SimulationSettings.model_validate(answer["simulation"])
        return ExchangeFacts(str(answer["mode"]), settings, clock)
    except (KeyError, TypeError, ValueError) as error:
        raise LinkError(f"the exchange at {path} is of another version: {error}") from None
