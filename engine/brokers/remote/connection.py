"""Connects a desk with an exchange in another process: its session, its time, an account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.brokers.remote.broker import RemoteBroker, RemoteMarket
from engine.brokers.remote.link import Link, LinkError
from engine.config import SimulationSettings
from engine.market.clock import SessionClock


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What an exchange says of its session: settings of the simulation, its clock, its mode."""

    mode: str
    simulation: SimulationSettings
    clock: SessionClock


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """A desk's account at an exchange; known says that it existed before this desk came."""

    facts: SessionFacts
    broker: RemoteBroker
    market: RemoteMarket
    known: bool


def look(path: Path) -> SessionFacts:
    """What the exchange at a socket says of its session.

    Raises:
        LinkError: nothing answers there, or no exchange of this version.
    """
    link = Link(path, "look", "")
    try:
        return _facts(link.connect(), path)
    finally:
        link.close()


def join(path: Path, account: str) -> RemoteAccount:
    """Connect as the desk of an account, which is made where it does not exist.

    Raises:
        LinkError: nothing answers there, or another desk uses the account.
    """
    link = Link(path, "desk", account)
    found = link.connect()
    facts = _facts(found, path)
    if found.get("account") != account:
        link.close()
        raise LinkError(f"the exchange at {path} has connected us with another account")
    broker = RemoteBroker(link, facts.clock)
    link.on_push = broker.hear
    link.start()
    return RemoteAccount(facts, broker, RemoteMarket(link), bool(found.get("known")))


def _facts(found: dict[str, Any], path: Path) -> SessionFacts:
    try:
        at_s, epoch_s, speed = found["clock"]
        clock = SessionClock(float(at_s), float(epoch_s), float(speed))
        settings = SimulationSettings.model_validate(found["simulation"])
        return SessionFacts(str(found["mode"]), settings, clock)
    except (KeyError, TypeError, ValueError) as error:
        raise LinkError(f"the exchange at {path} is of another version: {error}") from None
