"""The exchange that a desk trades on, in this process or in another, and the time it trades in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.book.contracts import ContractBook
from engine.brokers.block_store import MEMORY, BlockStore
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.ledger_difference import ledger_difference
from engine.brokers.protocol import Broker, MarketData
from engine.brokers.remote.broker import RemoteBroker
from engine.config import ConfigError, DeskConfig
from engine.desk.day import DeskDay
from engine.desk.earlier_run import EarlierRun
from engine.desk.output import LockedRun
from engine.desk.plan import DeskPlan
from engine.desk.remote_exchange import RemoteParts
from engine.exchange.faults.faulty_exchange import FaultyExchange
from engine.exchange.matching.clearing import Clearing
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.quotes.paths import SessionPrices
from engine.market.clock import VirtualClock
from engine.market.fees import schedule_of
from engine.market.phases import phase_at
from engine.run_folder.installation import installation_id
from engine.run_folder.spill_file import SpillFile
from engine.runtime.context import DeskContext
from engine.runtime.hooks import NO_GUARD
from engine.runtime.pace import VirtualPace
from engine.runtime.restart.missed import book_missed
from engine.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from engine.desk.simulated_gateway import SimulatedGateway


@dataclass(frozen=True, slots=True)
class ExchangeParts:
    """An exchange, and what the engine is given of it.

    Args:
        exchange: its ledger is the truth.
        broker, market: the engine's; faults, where there are any, come between them and it.
        scheduler: runs the engine in the exchange's time, and the exchange where it is embedded.
        faulty: the faults; None where there are none.
        remote: the guard and the account of an exchange in another process; None otherwise.
        gateway: a broker's gateway between engine and exchange; None where there is none.
        spill: what the exchange seldom needs again; None where nothing of it is kept on disk.
    """

    exchange: MatchingEngine | RemoteBroker
    broker: Broker
    market: MarketData
    scheduler: Scheduler
    faulty: FaultyExchange | None = None
    remote: RemoteParts | None = None
    gateway: SimulatedGateway | None = None
    spill: SpillFile | None = None

    @property
    def name(self) -> str:
        """What screens call it."""
        return "embedded" if self.remote is None else self.exchange.name

    def guard_text(self) -> str:
        """Who would cancel the open orders if this process died, as screens say it."""
        return NO_GUARD if self.remote is None else self.remote.guard.text()

    def beat(self) -> None:
        """The engine's thread still takes its turns."""
        if self.remote is not None:
            self.remote.guard.beat()

    def book_missed(self, context: DeskContext) -> None:
        """Book what was executed and settled while nobody ran the desk."""
        if self.remote is None:
            book_missed(context, self.exchange.ledger)
        else:
            self.remote.book_missed(context)

    def reconcile(self, context: DeskContext) -> None:
        """Find out what became of every order that was left open; the desk has its traders."""
        if self.remote is not None:
            self.remote.reconcile(context)

    def compared(self, book: ContractBook) -> str:
        """What differs between the exchange's ledger and the book; "" where nothing does."""
        try:
            return ledger_difference(book, self.exchange.ledger)
        except ConnectionError as error:
            return f"the exchange does not tell its books: {error}"

    def close(self) -> None:
        """Let the guard go: everything of an ended desk is written."""
        if self.remote is not None:
            self.remote.let_go()
        if self.gateway is not None:
            self.gateway.close()
        if self.spill is not None:
            self.spill.close()

    def calm(self) -> None:
        """End every planned fault."""
        for faults in (self.faulty, self.gateway):
            if faults is not None:
                faults.calm()


def exchange_of(
    config: DeskConfig,
    plan: DeskPlan,
    day: DeskDay,
    earlier: EarlierRun | None,
    run: LockedRun | None,
    spill: SpillFile | None,
) -> ExchangeParts:
    """The exchange that a plan names.

    Args:
        config: the settings.
        plan: what is opened.
        day: its session.
        earlier: what an earlier part of the run left; None for a new run.
        run: where the run is kept; None where nothing is.
        spill: for what an exchange in this process seldom needs again; None for memory.

    Raises:
        JournalError: the ledger that the earlier part left contradicts itself.
        LinkError: the exchange in another process does not answer.
        ConfigError: that exchange has another mode, or not the account that the run needs.
    """
    places = None if run is None else run.places
    if plan.exchange is not None and run is not None:
        own = installation_id(run.root)
        remote = RemoteParts(
            run.places,
            own,
            plan.exchange,
            config.mode,
            resumed=earlier is not None,
            number=config.broker.account_number,
            gateway=plan.gateway,
        )
        return ExchangeParts(
            remote.broker, remote.broker, remote.market, Scheduler(remote.pace), remote=remote
        )
    if day.market is None:
        raise ConfigError("an account is traded through its gateway, and kept on disk")
    starts_s = day.starts_s if earlier is None else max(day.starts_s, earlier.state.at_ms / 1000)
    clock = VirtualClock(starts_s)
    scheduler = Scheduler(VirtualPace(clock, plan.speed))
    store: BlockStore = MEMORY if spill is None else spill
    ledger = ExchangeLedger(store)
    if earlier is not None:
        earlier.fill(ledger)
    if places is not None:
        ledger.record()
    seed = config.simulation.seed
    exchange = MatchingEngine(
        day.market,
        scheduler.timer,
        seed,
        lambda epoch_s: phase_at(epoch_s, day.calendar),
        model=config.simulation.fill_model,
        parameters=config.simulation.fills,
        calibration=config.simulation.calibration,
        fees=schedule_of(config.fees),
        ledger=ledger,
        clearing=None
        if plan.wire is not None
        else _clearing_of(day, day.market, ledger, scheduler, seed),
        store=store,
    )
    if plan.wire is not None:
        from engine.desk.simulated_gateway import SimulatedGateway

        gateway = SimulatedGateway(plan.wire, config, exchange, day.market, scheduler)
        return ExchangeParts(
            exchange, gateway.broker, day.market, scheduler, gateway=gateway, spill=spill
        )
    if plan.faults is None:
        return ExchangeParts(exchange, exchange, day.market, scheduler, spill=spill)
    faulty = FaultyExchange.around(
        plan.faults, exchange, day.market, clock, scheduler.timer, host=scheduler
    )
    return ExchangeParts(exchange, faulty.broker, faulty.market, scheduler, faulty, spill=spill)


def _clearing_of(
    day: DeskDay, market: MarketData, ledger: ExchangeLedger, scheduler: Scheduler, seed: int
) -> Clearing | None:
    """What settles expired contracts; None where nothing does."""
    if day.cleared is None:
        return None
    return Clearing(
        ledger,
        SessionPrices(seed, day.calendar),
        scheduler.timer,
        day.calendar,
        day.cleared,
        seed,
        last=market.underlying,
    )
