"""A broker's gateway between a desk and the simulated exchange, all of it in virtual time.

Orders leave through the code that trades a real account: what is written down before it leaves,
the dialect, calls and their outcomes, what is followed and booked. Only the network is another: a
wire on which calls take time and get lost by a seed (`engine/exchange/alpaca`). The gateway itself
dies now and then, and another goes on from its files. Quotes come from the simulated market, as at
the desk without a gateway.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from engine.brokers.protocol import MarketData
from engine.brokers.remote.broker import RemoteBroker
from engine.config import DeskConfig
from engine.desk.gateway_life import KEYS, NUMBER, GatewayLife, Surroundings, simulated_facts
from engine.desk.gateway_link import GatewayLink, ServedAccount
from engine.exchange.alpaca.account import AlpacaAccount
from engine.exchange.alpaca.faults import WireFault, WireFaults
from engine.exchange.alpaca.stream import AlpacaStream
from engine.exchange.alpaca.wire import AlpacaWire
from engine.exchange.faults.faulty_exchange import FaultPlan
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.seeding import Draws, named_seed
from engine.gateway.journal import ORDERS, GatewayJournal, Written
from engine.market.clock import SessionClock
from engine.runtime.scheduler import Scheduler
from engine.runtime.virtual_threads import VirtualThreads

STARTS_WITHIN_S: Final = 30.0
"""Virtual seconds in which the first gateway has read the account."""

TICK_S: Final = 5.0
"""Seconds between two moments at which a gateway may be about to die."""

BEHIND_S: Final = (0.1, 1.5)
"""Seconds that answers about orders are behind an execution."""

DEAD_S: Final = (0.5, 15.0)
"""Seconds until another gateway is started."""


class SimulatedGateway:
    """One account's gateway, and the account behind it.

    Args:
        plan: which faults there are.
        config: settings of broker and fees.
        exchange: works the orders.
        market: the true quotes.
        scheduler: in virtual time; runs everything.

    Attributes:
        broker: for the engine.
        threads: the desk's, in virtual time.
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
        self._seed, self._timer = plan.seed, scheduler.timer
        self._folder = Path(tempfile.mkdtemp(prefix="legdesk-gateway-"))
        self.troubles: list[str] = []
        self.written: Written | None = None
        self.rows: list[dict[str, Any]] = []
        stream = self._stream = AlpacaStream(KEYS, faults, threads, scheduler.timer)
        account = AlpacaAccount(NUMBER, exchange, market, threads, stream.push, self._behind_s)
        self.wire = AlpacaWire(account, faults, scheduler.timer, Draws(plan.seed, "wire/way"))
        session = SessionClock(threads.now_s(), threads.epoch_s(), 1.0, threads)
        self._link = GatewayLink(threads)
        self.broker = RemoteBroker(self._link, session, simulated_facts(session))
        self._around = Surroundings(
            config,
            self._folder,
            scheduler,
            session,
            self.wire,
            stream,
            self.troubles.append,
            lambda message: self.broker.hear(json.loads(json.dumps(message))),
            self._serve,
        )
        self._lives = 0
        self._begin()
        latest_s = threads.now_s() + STARTS_WITHIN_S
        scheduler.run_others(lambda: self._link.connected, latest_s)
        if not self._link.connected:
            raise RuntimeError("the simulated account cannot be read, though its wire is sound")
        faults.start()
        self._tick()

    def calm(self) -> None:
        """End every fault."""
        self.faults.stop()
        self._stream.calm()

    def close(self) -> None:
        """End it; what it wrote is read again, and its files are removed. Once."""
        if self.written is None:
            self._life.end()
            self.threads.end()
            try:
                self.written = GatewayJournal(self._folder, durable=False).written
                lines = (self._folder / ORDERS).read_text("utf-8").splitlines()
                self.rows = [json.loads(line) for line in lines]
            except FileNotFoundError:
                self.written = self.written or Written()
            finally:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _behind_s(self) -> float:
        """Seconds for which answers about orders do not know an execution."""
        if not self.faults.strikes(WireFault.ANSWER_BEHIND):
            return 0.0
        return self.faults.between("account/behind", *BEHIND_S)

    # ------------------------------------------------------------------ lives and deaths

    def _begin(self) -> None:
        self._lives += 1
        chance = random.Random(named_seed(self._seed, "gateway/chance", self._lives))
        self._life = GatewayLife(self._around, chance)

    def _serve(self, served: ServedAccount) -> None:
        """A gateway answers: a desk that was there before asks about what it does not know."""
        self._link.attach(served)
        if self._lives > 1:
            self.threads.start("exchange-link", self.broker.ask_about_all)

    def _tick(self) -> None:
        if self.written is not None:
            return
        now_s = self.threads.now_s()
        if self._link.connected and self.faults.strikes(WireFault.GATEWAY_KILLED):
            self._timer(now_s + self.faults.between("gateway/dies", 0.0, TICK_S), self._die)
        self._timer(now_s + TICK_S, self._tick)

    def _die(self) -> None:
        if self.written is not None:
            return
        self._life.end()
        self._link.drop()
        dead_s = self.faults.between("gateway/dead", *DEAD_S)
        self._timer(self.threads.now_s() + dead_s, self._again)

    def _again(self) -> None:
        if self.written is None:
            self._begin()
