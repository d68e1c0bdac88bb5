"""A broker's gateway between a desk and the simulated exchange, all of it in virtual time.

Orders leave through the code that trades a real account: what is written down before it leaves,
the dialect, calls and their outcomes, what is followed and booked. Only the network is another: a
wire on which calls take time and get lost by a seed (`engine/exchange/alpaca`). Quotes come from
the simulated market itself, as at the desk without a gateway.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from engine.brokers.alpaca.hosts import HOSTS
from engine.brokers.alpaca.market import closes_call, read_close
from engine.brokers.http.secrets import Credentials
from engine.brokers.protocol import MarketData
from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.facts import Caps, Health, SessionFacts
from engine.config import DeskConfig
from engine.desk.gateway_link import GatewayLink
from engine.exchange.alpaca.account import AlpacaAccount
from engine.exchange.alpaca.faults import WireFaults
from engine.exchange.alpaca.stream import AlpacaStream
from engine.exchange.alpaca.wire import AlpacaWire
from engine.exchange.faults.faulty_exchange import FaultPlan
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.seeding import Draws, named_seed
from engine.gateway.account import BrokerOrders
from engine.gateway.alpaca import AlpacaConnection, Wires
from engine.gateway.books import AccountBooks
from engine.gateway.closes import DayCloses
from engine.gateway.fills import FillReplay
from engine.gateway.hosted import HostedOrders
from engine.gateway.journal import ORDERS, GatewayJournal, Written
from engine.gateway.links import health_of_links
from engine.gateway.option_events import OptionEvents
from engine.gateway.requests import AccountRequests
from engine.gateway.running import Upkeep
from engine.gateway.server import HEALTH_EVERY_S
from engine.gateway.settling import Settling
from engine.gateway.share_orders import ShareOrders
from engine.gateway.troubles import Troubles
from engine.gateway.turns import Turns
from engine.market.clock import SessionClock
from engine.market.fees import schedule_of
from engine.orders.types import OrderRequest
from engine.runtime.scheduler import Scheduler
from engine.runtime.virtual_threads import VirtualThreads

STARTS_WITHIN_S: Final = 30.0
"""Virtual seconds in which the gateway has read the account."""

_NUMBER: Final = "PA3SIMULATED"
_KEYS: Final = ("SIMULATEDKEY", "simulated-secret")


class SimulatedGateway:
    """One account's gateway, and the account behind it.

    Args:
        plan: which faults the wire has.
        config: settings of broker and fees.
        exchange: works the orders.
        market: the true quotes.
        scheduler: in virtual time; runs everything.

    Attributes:
        broker: for the engine.
        threads: of virtual time.
        faults: what went wrong, counted.
        wire: what left the gateway.
        written: what the gateway has written, read again from its files once it has ended.
        rows: of its orders' file, then.
        troubles: alarms that it told, "KIND sentence", oldest first.
    """

    def __init__(
        self,
        plan: FaultPlan,
        config: DeskConfig,
        exchange: MatchingEngine,
        market: MarketData,
        scheduler: Scheduler,
    ) -> None:
        self.threads = threads = VirtualThreads(scheduler)
        self.faults = faults = WireFaults(plan.profile, plan.seed)
        faults.stop()
        self._folder = Path(tempfile.mkdtemp(prefix="legdesk-gateway-"))
        self.troubles: list[str] = []
        self.written: Written | None = None
        self.rows: list[dict[str, Any]] = []
        timer = scheduler.timer
        self._stream = stream = AlpacaStream(_KEYS, faults, threads, timer)
        account = AlpacaAccount(_NUMBER, exchange, market, threads, stream.push)
        self.wire = AlpacaWire(account, faults, threads, timer, Draws(plan.seed, "wire/way"))
        keys = Credentials(dict(zip(("key", "secret"), map(SecretStr, _KEYS), strict=True)), "here")
        self._connection = connection = AlpacaConnection(
            HOSTS["PAPER"],
            keys,
            "indicative",
            config.broker.max_calls_per_min,
            threads,
            random.Random(named_seed(plan.seed, "gateway/chance")),
            Wires(lambda base: self.wire, stream.connect, threads.start, threads.condition),
        )
        connection.redactor.hide_account(_NUMBER)
        self._told = Troubles(threads, self.troubles.append, connection.redactor)
        self._turns = Turns(threads, self._told.tell, threads.start)
        self._open(config, connection)
        faults.start()

    def _open(self, config: DeskConfig, connection: AlpacaConnection) -> None:
        """Put the gateway together as `engine/gateway/starting.py` does, and read the account."""
        threads, tell, folder = self.threads, self._told.tell, self._folder
        send, dialect = connection.orders.send, connection.dialect
        fees = schedule_of(config.fees)

        def fee_c(request: OrderRequest) -> int:
            return fees.vertical_fee_c(1, request.symbol)

        hosted = HostedOrders("simulated", threads.epoch_s())
        journal = GatewayJournal(folder, durable=False)
        orders = BrokerOrders(dialect, send, journal, threads, fee_c, hosted.hear, tell)
        session = SessionClock(threads.now_s(), threads.epoch_s(), 1.0, threads)
        books = AccountBooks(dialect, send, session, tell)
        closes = DayCloses(closes_call, read_close, connection.data.send, threads, tell)
        settling = Settling(journal, closes.close_c, hosted.settled, threads, tell)
        fills = FillReplay(folder, dialect, send, orders, settling.closed, threads, tell)
        ends = OptionEvents(folder, dialect, send, settling, tell)
        shares = ShareOrders(
            folder, dialect, send, journal, books, hosted.settled, threads, tell, durable=False
        )
        facts = SessionFacts(
            "simulated", "SIM", _NUMBER[-4:], "simulated", "simulated", Caps(accounts=True), session
        )
        requests = AccountRequests(facts, orders, books, journal, connection.feed, hosted, shares)
        link = GatewayLink(requests, hosted, threads)
        self.broker = RemoteBroker(link, session, facts)
        hosted.connect(lambda message: self.broker.hear(json.loads(json.dumps(message))))
        upkeep = Upkeep(connection, orders, fills, books, ends, shares, threads)

        def read() -> bool:
            read = fills.read() and ends.read() and books.ask_account() is not None
            upkeep.begin(self._turns)
            self._turns.start("health", self._say_health)
            return read

        if not threads.answer_of(read, STARTS_WITHIN_S):
            raise RuntimeError("the simulated account cannot be read, though its wire is sound")

    def calm(self) -> None:
        """End every fault."""
        self.faults.stop()
        self._stream.calm()

    def close(self) -> None:
        """End it; what it wrote is read again, and its files are removed. Once."""
        if self.written is None:
            self._turns.end()
            self.threads.end()
            try:
                self.written = GatewayJournal(self._folder, durable=False).written
                lines = (self._folder / ORDERS).read_text("utf-8").splitlines()
                self.rows = [json.loads(line) for line in lines]
            except FileNotFoundError:
                self.written = self.written or Written()
            finally:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _say_health(self) -> float:
        self.broker.hear({"health": json.loads(json.dumps(self._health().plain()))})
        return HEALTH_EVERY_S

    def _health(self) -> Health:
        connection = self._connection
        return health_of_links(
            connection.orders,
            connection.data,
            connection.governor,
            connection.offset,
            self._told,
            "simulated",
            "",
            well=self._turns.well,
        )
