"""One process of a broker's gateway in virtual time, put together from the code of a real one."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import SecretStr

from engine.brokers.alpaca.hosts import HOSTS
from engine.brokers.http.secrets import Credentials
from engine.brokers.remote.facts import Caps, Health, SessionFacts
from engine.config import DeskConfig
from engine.desk.gateway_link import ServedAccount
from engine.exchange.alpaca.stream import AlpacaStream
from engine.exchange.alpaca.wire import AlpacaWire
from engine.gateway.alpaca import AlpacaConnection, Wires
from engine.gateway.hosted import HostedOrders
from engine.gateway.journal import GatewayJournal
from engine.gateway.links import health_of_links
from engine.gateway.parts import AccountParts
from engine.gateway.requests import AccountRequests
from engine.gateway.running import Upkeep
from engine.gateway.server import HEALTH_EVERY_S
from engine.gateway.troubles import Troubles
from engine.gateway.turns import Turns
from engine.market.clock import SessionClock
from engine.runtime.scheduler import Scheduler
from engine.runtime.virtual_threads import VirtualThreads

NUMBER: Final = "PA3SIMULATED"
KEYS: Final = ("SIMULATEDKEY", "simulated-secret")
"""Of the simulated account."""

AGAIN_S: Final = 1.0
"""Seconds between attempts to read the account at the begin; a person, or a desk, tries again."""


def simulated_facts(session: SessionClock) -> SessionFacts:
    """What the gateway says of its session; it is a simulation's, whatever vendor it speaks to."""
    caps = Caps(accounts=True, busts=True)
    return SessionFacts("simulated", "SIM", NUMBER[-4:], "simulated", "simulated", caps, session)


class Surroundings(NamedTuple):
    """What outlives a gateway.

    Attributes:
        config: settings of broker and fees.
        folder: of the account.
        scheduler: in virtual time; runs everything.
        session: a desk's time.
        wire, stream: to the broker.
        say: takes each alarm, "KIND sentence".
        push: takes each message to the desk.
        serve: told once requests are answered.
    """

    config: DeskConfig
    folder: Path
    scheduler: Scheduler
    session: SessionClock
    wire: AlpacaWire
    stream: AlpacaStream
    say: Callable[[str], None]
    push: Callable[[dict[str, object]], None]
    serve: Callable[[ServedAccount], None]


class GatewayLife:
    """One process, from its begin to its death.

    Args:
        around: what outlives it.
        chance: for its waits.
    """

    def __init__(self, around: Surroundings, chance: random.Random) -> None:
        self.threads = threads = VirtualThreads(around.scheduler)
        self._around = around
        keys = Credentials(dict(zip(("key", "secret"), map(SecretStr, KEYS), strict=True)), "here")
        wires = Wires(
            lambda base: around.wire.through(threads),
            lambda url: around.stream.connect(url, threads),
            threads.start,
            threads.condition,
        )
        self._connection = connection = AlpacaConnection(
            HOSTS["PAPER"],
            keys,
            "indicative",
            around.config.broker.max_calls_per_min,
            threads,
            chance,
            wires,
        )
        connection.redactor.hide_account(NUMBER)
        self._troubles = troubles = Troubles(threads, around.say, connection.redactor)
        self._turns = Turns(threads, troubles.tell, threads.start)
        threads.start("gateway", self._run)

    def end(self) -> None:
        """It dies, whatever it was doing; what was on its way goes on."""
        self.threads.end()

    def _run(self) -> None:
        """Begin as `engine/gateway/starting.py` does, and serve."""
        around, threads = self._around, self.threads
        connection, folder = self._connection, around.folder
        hosted = HostedOrders("simulated", threads.epoch_s())
        journal = GatewayJournal(folder, durable=False)
        parts = AccountParts(
            around.config,
            folder,
            connection,
            journal,
            hosted,
            self._troubles,
            threads,
            around.session,
            "the gateway's command",
        )
        shares = parts.share_orders(folder, durable=False)
        while not parts.fills.read() or parts.books.ask_account() is None:
            threads.sleep(AGAIN_S)
        parts.look_first()
        facts = simulated_facts(around.session)
        requests = AccountRequests(
            facts, parts.orders, parts.books, journal, connection.feed, hosted, shares
        )
        hosted.connect(around.push)
        Upkeep(connection, parts, shares, threads).begin(self._turns)
        self._turns.start("health", self._say_health)
        around.serve(ServedAccount(requests, hosted, threads))

    def _say_health(self) -> float:
        self._around.push({"health": self._health().plain()})
        return HEALTH_EVERY_S

    def _health(self) -> Health:
        connection = self._connection
        return health_of_links(
            connection.orders,
            connection.data,
            connection.governor,
            connection.offset,
            self._troubles,
            "simulated",
            "",
            connection.stream,
            self._around.session,
            well=self._turns.well,
        )
