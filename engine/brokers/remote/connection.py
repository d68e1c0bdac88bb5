"""Connects a desk with an exchange or a broker's gateway: to look at its session, or to trade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.facts import SessionFacts, facts_of
from engine.brokers.remote.frames import WireError
from engine.brokers.remote.link import OPENS_WITHIN_S, Link, LinkError
from engine.brokers.remote.market import RemoteMarket


@dataclass(frozen=True, slots=True)
class RemoteAccount:
    """A desk's account at an exchange; `known` where it existed before this desk connected."""

    facts: SessionFacts
    broker: RemoteBroker
    market: RemoteMarket
    known: bool


def look(path: Path) -> SessionFacts:
    """What the exchange or gateway at a socket says of its session.

    Raises:
        LinkError: nothing answers there, or an exchange of another version does.
    """
    link = Link(path, "look", "")
    try:
        return _facts(link.connect(OPENS_WITHIN_S), path)
    finally:
        link.close()


def listed(path: Path, symbols: Iterable[str]) -> dict[str, tuple[date, ...]]:
    """The expirations that the exchange or gateway at a socket lists, ascending, by root.

    Raises:
        LinkError: nothing answers there, or it does not know them.
    """
    link = Link(path, "look", "")
    try:
        link.open()
        market = RemoteMarket(link)
        return {symbol: market.expirations(symbol, 0.0) for symbol in symbols}
    finally:
        link.close()


def join(path: Path, account: str) -> RemoteAccount:
    """Connect as the desk of an account, which is opened where it does not exist.

    Raises:
        LinkError: nothing answers there, or another desk uses the account.
    """
    link = Link(path, "desk", account)
    answer = link.connect(OPENS_WITHIN_S)
    try:
        facts = _facts(answer, path)
        if answer.get("account") != account:
            raise LinkError(f"the exchange at {path} has connected us with another account")
    except LinkError:
        link.close()
        raise
    broker = RemoteBroker(link, facts.clock, facts)
    link.start(on_push=broker.hear, on_reconnect=broker.ask_about_all)
    return RemoteAccount(facts, broker, RemoteMarket(link), bool(answer.get("known")))


def _facts(answer: dict[str, Any], path: Path) -> SessionFacts:
    try:
        return facts_of(answer)
    except WireError as error:
        raise LinkError(f"what the exchange at {path} says of itself: {error}") from None
