"""What the parts of one desk share: its settings, records, services and the present moment.

Everything here runs in the scheduler's thread. Other threads post.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from engine.brokers.protocol import Broker, MarketData
from engine.config import DeskConfig
from engine.journal.store import Journal
from engine.market.session import Moment, SessionView
from engine.orders import events as ev
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.risk.gate import PreTradeGate
from engine.run_folder.errors import JournalError
from engine.runtime.alarms import Alarms
from engine.runtime.lanes import Lanes
from engine.runtime.live_limits import LiveLimits
from engine.runtime.scheduler import Scheduler
from engine.runtime.steady_clock import SteadyClock
from engine.state.desk import DeskState
from engine.trader.arms import NO_TRIALS, Arms
from engine.trader.fill_chances import OWN_CHANCES, FillChances
from engine.trader.trader import ExpirationTrader

E = TypeVar("E")


class DeskContext:
    """The shared parts of one desk, and the one way to record an event.

    Args:
        config: the desk's settings.
        scheduler: its thread is the only one that calls this object's methods.
        session: the trading day.
        journal: every event goes there first.
        state: the desk's state, brought up to date by each event.
        broker, market: where orders go and quotes come from.
        lanes: threads for broker and market calls that block; None where calls are made in place.
        exposure: money and orders at risk, brought up to date by each event.
        flags: what closes the gate for every trader.
        inline: whether an intent is durable as soon as the journal has taken it.

    Attributes:
        clock: read by `now`.
        gate: asked before every debit.
        limits: brings the limits to what is in force.
        alarms: what is raised now.
        traders: by key, "SYMBOL YYYY-MM-DD".
        arms: what decides settings of single attempts.
        chances: what knows how often attempts are expected to fill.
        moment: the present as last read by `now`.
        running: whether the session has begun and has not ended.
    """

    def __init__(
        self,
        *,
        config: DeskConfig,
        scheduler: Scheduler,
        session: SessionView,
        journal: Journal,
        state: DeskState,
        broker: Broker,
        market: MarketData,
        lanes: Lanes | None,
        exposure: Exposure,
        flags: DeskFlags,
        inline: bool,
    ) -> None:
        self.config = config
        self.scheduler = scheduler
        self.clock = scheduler.pace.clock
        self.session = session
        self.journal = journal
        self.state = state
        self.broker = broker
        self.market = market
        self.lanes = lanes
        self.exposure = exposure
        self.flags = flags
        self.inline = inline
        self.gate = PreTradeGate(config.limits, exposure, flags)
        self.limits = LiveLimits(config, self.gate, state.limits)
        self.alarms = Alarms(self.emit)
        self.traders: dict[str, ExpirationTrader] = {}
        self.arms: Arms = NO_TRIALS
        self.chances: FillChances = OWN_CHANCES
        self.moment = Moment(0.0, 0.0)
        self.running = False
        self._touched: set[str] = set()
        self._periodic: list[tuple[float, Callable[[], None]]] = []
        self._subscribers: dict[type, tuple[Callable[[Any], None], ...]] = {}
        self.subscribe(ev.SessionStarted, self._limits_moved)
        self.subscribe(ev.LimitChanged, self._limits_moved)

    # ------------------------------------------------------------------ events

    def emit(self, event: ev.Event) -> None:
        """Journal an event, apply it to the state and pass it to its subscribers."""
        try:
            self.journal.append(event)
        except JournalError as error:
            self.journal_failed(str(error))
        self.state.apply(event)
        self.exposure.apply(event)
        self.gate.power.apply(event)
        self.gate.first.apply(event)
        for call in self._subscribers.get(type(event), ()):
            call(event)

    def record_intent(self, intent: ev.OrderIntended, when_durable: Callable[[], None]) -> bool:
        """Journal an order's intent and apply it, without waiting for the disk.

        Args:
            intent: what is about to be sent.
            when_durable: called once the intent is on disk, in the journal's own thread.

        Returns:
            Whether the journal took it; `when_durable` is never called where it did not.
        """
        taken = True
        try:
            self.journal.append(intent, when_durable)
        except JournalError as error:
            taken = False
            self.journal_failed(str(error))
        self.state.apply(intent)
        self.exposure.apply(intent)
        self.gate.power.apply(intent)
        return taken

    def subscribe(self, kind: type[E], call: Callable[[E], None], first: bool = False) -> None:
        """Call `call` with every event of exactly this kind, once it is applied.

        Args:
            kind: the event's class.
            call: may record further events.
            first: before all others, so that it sees events in the order of the journal's rows.
        """
        others = self._subscribers.get(kind, ())
        self._subscribers[kind] = (call, *others) if first else (*others, call)

    def _limits_moved(self, event: ev.SessionStarted | ev.LimitChanged) -> None:
        """A process begins with its settings, or an operator changed a limit."""
        self.limits.follow(self.moment.now_s)

    def use_arms(self, arms: Arms) -> None:
        """Have traders that are added from here on ask these before each attempt."""
        self.arms = arms

    def use_chances(self, chances: FillChances) -> None:
        """Have traders that are added from here on ask this how often they are to fill."""
        self.chances = chances

    def journal_failed(self, reason: str) -> None:
        """Close the gate for good: no order without its record."""
        if not self.flags.journal_failed:
            self.flags.fail_journal()
            self.alarms.raise_(self.moment.at_ms, "JOURNAL", "desk", reason)

    def broken(self, error: Exception) -> None:
        """The desk's own code failed outside any trader: entries stop, completing orders go on."""
        self.flags.halt()
        text = f"{type(error).__name__}: {error}"[:200]
        self.alarms.raise_(self.now().at_ms, "DESK_FAULT", "desk", text)

    # ------------------------------------------------------------------ time

    def now(self) -> Moment:
        """The present, read once for a call."""
        return self.moment.read(self.clock)

    def begin(self) -> None:
        """The session begins; from here on no step of the wall clock is followed at once."""
        self.running = True
        if isinstance(self.clock, SteadyClock):
            self.clock.begin()

    def begin_periodic(self) -> None:
        """Begin what `every` was given before the session, in the order in which it was given."""
        for period_s, call in self._periodic:
            self._repeat(period_s, call)

    def end(self) -> None:
        """The session has ended: periodic calls stop."""
        self.running = False
        if isinstance(self.clock, SteadyClock):
            self.clock.end()

    def every(self, period_s: float, call: Callable[[], None]) -> None:
        """Call something every `period_s` engine seconds of the session; given before it begins."""
        self._periodic.append((period_s, call))

    def _repeat(self, period_s: float, call: Callable[[], None]) -> None:
        def again(_: Any) -> None:
            if self.running:
                self.now()
                try:
                    call()
                except Exception as error:
                    self.broken(error)
                self.scheduler.call_at(self.moment.now_s + period_s, again)

        self.scheduler.call_at(self.now().now_s + period_s, again)

    # ------------------------------------------------------------------ what a reader must redraw

    def touch(self, trader: str) -> None:
        """A trader stepped: its row may have changed."""
        self._touched.add(trader)

    def take_touched(self) -> set[str]:
        """The traders that stepped since the last call."""
        touched, self._touched = self._touched, set()
        return touched
