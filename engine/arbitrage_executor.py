"""ArbitrageExecutor: the desk's engine as a program uses it, and the specification's names."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from engine.book.balancer import PositionBalancer
from engine.brokers.callback_answers import checked
from engine.brokers.callback_market import CallbackMarket
from engine.brokers.callbacks import CallbackBroker
from engine.brokers.protocol import Broker, MarketData
from engine.commands import Ask, Command, Ticket, TicketState
from engine.config import DeskConfig, SizingParameters, TimingParameters
from engine.expiration_trader import ExpirationTrader
from engine.journal.store import Journal
from engine.learning.metrics import OptimizationMetrics
from engine.market.calendar import TradingCalendar, exchange_date, xnys
from engine.market.expirations import expiration_date
from engine.market.session import SessionView
from engine.market.ticks import ContractTerms
from engine.orders import events as ev
from engine.orders.actions import Query
from engine.orders.ids import OrderIds
from engine.orders.types import OrderReport
from engine.pricing.credit import CreditMaximizer
from engine.pricing.kernel import Workspace
from engine.risk.exposure import Exposure
from engine.risk.gate import DeskFlags
from engine.runtime.advice import CONSIDER_EVERY_S, Advice
from engine.runtime.core import Core
from engine.runtime.fold import DeskFold
from engine.runtime.limit_watch import WATCH_EVERY_S, LimitWatch
from engine.runtime.operator import Operator, RefusedError
from engine.runtime.pace import Pace, RealPace, VirtualPace
from engine.runtime.picture import Nameplate, Painter
from engine.runtime.restore import restore_trader
from engine.runtime.scheduler import Scheduler
from engine.runtime.settings import apply_all
from engine.runtime.summary import llm_summary, status_of
from engine.snapshot import EngineSnapshot, EngineState

__all__ = [
    "ArbitrageExecutor",
    "CreditMaximizer",
    "ExpirationTrader",
    "OptimizationMetrics",
    "PositionBalancer",
    "SizingParameters",
    "TimingParameters",
    "create_arbitrage_executor",
]

POOL_THREADS: Final = 4
PAINT_EVERY_S: Final = 0.25
POLL_EVERY_S: Final = 0.5
ANSWER_WITHIN_S: Final = 10.0

_LOOK_EVERY_S: Final = 0.1
NO_ANSWERS: Final = (
    "no cancel_callback and no order_status_callback: one order is out at a time in the whole "
    "executor, and one without an answer holds everything until on_order_update tells its end"
)

T = TypeVar("T")


class ArbitrageExecutor:
    """Runs one trader per symbol and expiration; every public method may be called from any thread.

    Args:
        order_callback: (symbol, legs, quantity, limit_price, expiration) -> order id or
            OrderReport; see engine.brokers.callbacks.
        quote_callback: (symbol, expiration) -> OptionChain, SpreadLegs or mappings.
        underlying_callback: (symbol) -> dollars a share.
        timing, sizing: the specification's defaults where not given.
        min_fill_rate: below it a trader pauses for 60 s.
        optimal_expiry_range: days to expiry, both ends included.
        cancel_callback, order_status_callback: see engine.brokers.callbacks; without both, one
            order is out at a time in the whole executor.
        journal_path: where events are kept; in memory where None.
        config: everything else; timing, sizing and the rates above override it.
        broker, market: in place of the callbacks.
        pace: how engine time goes; the machine's own where None.
        calendar: the market's calendar; NYSE where None.
        seed: of the delays.
        pool_threads: threads for blocking calls.
        journal, plate, bar_s: what a desk opens itself.
        fold: the state an earlier run of the same journal left; a fresh one where None.
    """

    def __init__(
        self,
        order_callback: Callable[..., Any] | None = None,
        quote_callback: Callable[..., Any] | None = None,
        underlying_callback: Callable[[str], Any] | None = None,
        timing: TimingParameters | None = None,
        sizing: SizingParameters | None = None,
        min_fill_rate: float | None = None,
        optimal_expiry_range: tuple[int, int] | None = None,
        *,
        cancel_callback: Callable[[Any], Any] | None = None,
        order_status_callback: Callable[[Any], Any] | None = None,
        journal_path: Path | str | None = None,
        config: DeskConfig | None = None,
        broker: Broker | None = None,
        market: MarketData | None = None,
        pace: Pace | None = None,
        calendar: TradingCalendar | None = None,
        seed: int = 0,
        pool_threads: int = POOL_THREADS,
        journal: Journal | None = None,
        plate: Nameplate | None = None,
        bar_s: float | None = None,
        fold: DeskFold | None = None,
    ) -> None:
        self.config = (config or DeskConfig()).model_copy(deep=True)
        if timing is not None:
            self.config.timing = timing
        if sizing is not None:
            self.config.sizing = sizing
        if min_fill_rate is not None:
            self.config.fill_rate.min_fill_rate = min_fill_rate
        if optimal_expiry_range is not None:
            self.config.spreads.optimal_expiry_range = optimal_expiry_range
        self._expirations: dict[tuple[str, date], date | datetime] = {}
        if broker is None:
            if order_callback is None:
                raise ValueError("an executor needs an order_callback or a broker")
            broker = CallbackBroker(
                order_callback, cancel_callback, order_status_callback, self._expirations
            )
        if market is None:
            if quote_callback is None:
                raise ValueError("an executor needs a quote_callback or a market")
            market = CallbackMarket(quote_callback, underlying_callback, self._expirations)
        self._order_callback, self._quote_callback = order_callback, quote_callback
        self.pace = pace or RealPace()
        self.seed = seed
        self._bar_s = bar_s
        blocking = broker.blocking or market.blocking
        # In virtual time a call takes no time: made in place, a run is the same every time.
        blocking = blocking and not self.pace.virtual
        self._pool = ThreadPoolExecutor(pool_threads, "engine-pool") if blocking else None
        if journal is None:
            journal = (
                Journal.memory()
                if journal_path is None
                else Journal.open(journal_path, durable=not self.pace.virtual)
            )
        self.plate = plate or Nameplate(
            "library",
            self.config.mode,
            self.config.account,
            broker.name,
            "callbacks",
            "",
            "",
            False,
        )
        fold = fold or DeskFold(PositionBalancer(self.config.limits.max_imbalance_chain))
        self._metrics = fold.metrics
        self._maximizer = CreditMaximizer(
            self.config.spreads.min_credit_threshold,
            self.config.spreads.max_spread_width,
            self.config.spreads.prefer_atm,
        )
        exposure = Exposure()
        self.flags = DeskFlags(definite_answers=getattr(broker, "definite", True))
        self.scheduler = Scheduler(self.pace, self._idle)
        self.core = Core(
            config=self.config,
            scheduler=self.scheduler,
            session=SessionView(
                calendar or xnys(),
                self.config.timing,
                self.config.limits.last_debit_before_close_s,
            ),
            journal=journal,
            fold=fold,
            broker=broker,
            market=market,
            pool=self._pool,
            exposure=exposure,
            flags=self.flags,
            inline=self.pace.virtual or journal.path is None,
        )
        self.scheduler.on_error = self.core.broken
        self.advice = Advice(self.core, self._metrics)
        self.core.observers[ev.AttemptEnded] = self.advice.observe
        self.limits = LimitWatch(self.core)
        self.core.observers[ev.CycleEnded] = self.limits.on_cycle
        self.core.observers[ev.OrderEnded] = self.limits.on_order_ended
        self.core.periodic.append((WATCH_EVERY_S, self.limits.look))
        self.core.periodic.append((CONSIDER_EVERY_S, self._consider))
        if isinstance(broker, CallbackBroker) and broker.can_poll:
            self.core.periodic.append((POLL_EVERY_S, self._poll))
        self.painter = Painter(self.core, self.plate)
        self.operator = Operator(
            self.core, self.advice, self._pacing, self._watch, self._drain, lambda closed: None
        )
        self.progress_of: Callable[[float], float | None] = lambda now_s: None
        self.on_paint: Callable[[EngineSnapshot], None] = lambda snapshot: None
        self.state = EngineState.STARTING
        self._thread: threading.Thread | None = None
        self._ticket_count = 0
        self._ticket_lock = threading.Lock()
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._painted_s = -math.inf
        self._workspace = Workspace()
        self._restarted = fold.starts > 0
        self.warnings: list[str] = []
        self._snapshot = self._paint()

    # ------------------------------------------------------------------ components

    @property
    def traders(self) -> dict[str, ExpirationTrader]:
        """Every trader by its key, "SYMBOL YYYY-MM-DD"."""
        return self.core.traders

    @property
    def active(self) -> bool:
        """Whether the desk runs."""
        return self.core.running

    @property
    def balancer(self) -> PositionBalancer:
        """The traders' common position balance."""
        return self.core.fold.balancer

    @balancer.setter
    def balancer(self, balancer: PositionBalancer) -> None:
        self._settled("balancer")
        self.core.fold.balancer = balancer
        self.config.limits.max_imbalance_chain = balancer.max_imbalance
        for trader in self.traders.values():
            balancer.track(trader.symbol, trader.expiration)
            trader.balancer = balancer

    @property
    def credit_maximizer(self) -> CreditMaximizer:
        """How completing credits are chosen."""
        return self._maximizer

    @credit_maximizer.setter
    def credit_maximizer(self, maximizer: CreditMaximizer) -> None:
        self._settled("credit_maximizer")
        self._maximizer = maximizer
        for trader in self.traders.values():
            trader.credit_maximizer = maximizer
            trader.rebuild_rules()

    @property
    def metrics(self) -> OptimizationMetrics:
        """What the desk learns from."""
        return self._metrics

    @metrics.setter
    def metrics(self, metrics: OptimizationMetrics) -> None:
        self._settled("metrics")
        self._metrics = metrics
        self.core.fold.metrics = metrics
        self.advice = self.operator.advice = Advice(self.core, metrics)
        self.core.observers[ev.AttemptEnded] = self.advice.observe

    def _consider(self) -> None:
        self.advice.consider()

    def _settled(self, name: str) -> None:
        if self.active:
            raise RuntimeError(
                f"{name} cannot be replaced while the executor runs; assign it before start()"
            )

    def add_symbol(
        self,
        symbol: str,
        expirations: Sequence[date | datetime],
        *,
        terms: ContractTerms | None = None,
    ) -> None:
        """Trade a symbol's expirations; one already there is left as it is.

        Args:
            symbol: option root.
            expirations: exchange dates, or datetimes (naive: exchange date; aware: converted).
            terms: exercise, settlement and multiplier; those of the root where not given.

        Raises:
            ValueError: the symbol is empty, or an expiration is no date; nothing is then added.
        """
        if not isinstance(symbol, str) or not symbol.strip():
            raise ValueError(f"symbol is {symbol!r}; name the option root, such as 'AAPL'")
        if isinstance(expirations, date | str):
            raise ValueError(f"expirations is {expirations!r}; pass a list of dates")
        days = list(expirations)
        for given in days:
            if not isinstance(given, date):
                raise ValueError(f"expiration {given!r} of {symbol} is no date or datetime")
        for given in days:
            day = expiration_date(given)
            self._expirations.setdefault((symbol, day), given)
            self.call(partial(self._add, symbol, day, terms))

    def _add(self, symbol: str, expiration: date, terms: ContractTerms | None) -> None:
        today = exchange_date(self.pace.clock.epoch_s())
        number = len(self.traders) + 1
        trader = ExpirationTrader(
            symbol,
            expiration,
            self.config.timing.model_copy(),
            self.config.sizing,
            self.balancer,
            self._maximizer,
            self._order_callback,
            self._quote_callback,
            config=self.config,
            clock=self.pace.clock,
            session=self.core.session,
            gate=self.core.gate,
            ids=OrderIds(self.config.mode, "0", today, number),
            seed=self.seed,
            workspace=self._workspace,
            terms=terms,
        )
        if trader.key in self.traders:
            return
        trader.bar_s = self._bar_s
        known = self.core.fold.traders.get(trader.key) if self._restarted else None
        self.core.add(trader)
        if known is not None:
            restore_trader(self.core, trader, known)

    # ------------------------------------------------------------------ running

    def start(self) -> None:
        """Start trading in a thread of the engine's own; does nothing where it runs already.

        Warns once (RuntimeWarning) where no callback can cancel or look up an order.

        Raises:
            RuntimeError: the executor was stopped; its journal is closed.
        """
        with self._lock:
            if self._engine_thread() is not None:
                return
            if self.state is EngineState.ENDED:
                raise RuntimeError("this executor was stopped; create a new one to trade again")
            if not self.flags.definite_answers:
                self.warnings.append(NO_ANSWERS)
                warnings.warn(NO_ANSWERS, RuntimeWarning, stacklevel=2)
            self.start_thread(self.run)

    def start_thread(self, run: Callable[[], None]) -> None:
        """Run the engine in a thread of its own; whoever calls `run` is the scheduler's thread."""
        with self._lock:
            self._over.clear()
            self._thread = threading.Thread(
                target=self._run_and_tell, args=(run,), name="engine", daemon=True
            )
            self._thread.start()

    def _run_and_tell(self, run: Callable[[], None]) -> None:
        try:
            run()
        finally:
            self._over.set()

    def _engine_thread(self) -> threading.Thread | None:
        """The thread that runs the scheduler; None where none does."""
        return None if self._over.is_set() else self._thread

    def run(self) -> None:
        """Run in this thread until `stop`, which another thread or a callback calls."""
        with self._lock:
            self._over.clear()
            self._thread = threading.current_thread()
        try:
            self.begin()
            self.scheduler.run()
        finally:
            self._over.set()
            self._end_pool()

    def begin(self) -> None:
        """Start the session in this thread without running it."""
        if self.core.running:
            return
        self.state = EngineState.RUN
        if not self.flags.definite_answers:
            self.core.alarms.raise_(self.core.now().at_ms, "NO_CANCEL", "desk")
        self.core.begin()
        self.limits.calendar()

    def stop(self, within_s: float = 20.0) -> None:
        """Close the gate, cancel debits, let credits complete for at most `within_s`, and end.

        A second call does nothing. Called from the engine's own thread it begins the end and
        returns at once.

        Args:
            within_s: seconds allowed for completing orders.
        """
        thread = self._engine_thread()
        if thread is None:
            with self._lock:
                self.settle()
        else:
            self.scheduler.post(lambda: self.end(within_s))
            if thread is threading.current_thread():
                return
            self._over.wait(within_s + ANSWER_WITHIN_S)
        self._end_pool()

    def _end_pool(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def end(self, within_s: float = 20.0) -> None:
        """Begin the orderly end in the scheduler's thread; `settle` follows when all is quiet."""
        if self.state in (EngineState.DRAINING, EngineState.ENDED):
            return
        self.state = EngineState.DRAINING
        self.flags.halted = True
        self.operator.cancel_all("stop", debits_only=True)
        deadline_s = self.core.now().now_s + within_s

        def look(_: Any) -> None:
            busy = self.core.fold.orders.live or any(
                t.completer.units for t in self.traders.values()
            )
            now_s = self.core.now().now_s
            if busy and now_s < deadline_s and not self.flags.frozen:
                self.scheduler.call_at(now_s + 0.05, look)
                return
            if self.core.fold.orders.live:
                self.flags.frozen = True
                self.operator.cancel_all("stop")
                if now_s < deadline_s + 3.0:
                    self.scheduler.call_at(now_s + 0.05, look)
                    return
            self.settle()
            self.scheduler.stop()

        look(None)

    def settle(self) -> None:
        """Write the session's last row; nothing works at the broker any more."""
        if self.state is EngineState.ENDED:
            return
        self.core.now()
        if self.core.running:
            self.core.running = False
            self.core.compare()
            open_orders = len(self.core.fold.orders.live)
            reason = "settled" if not open_orders else f"{open_orders} orders without an answer"
            self.core.emit(ev.SessionEnded(self.core.moment.at_ms, reason))
        self.state = EngineState.ENDED
        self._snapshot = self._paint()
        try:
            self.core.journal.close()
        except Exception as error:
            self.warnings.append(f"journal: {error}")

    def pause(self, target: str = "*") -> Ticket:
        """No new debit for a trader's key, "symbol:NAME" or "*"; what is legged completes."""
        return self.ask(Command(Ask.PAUSE, target, who="program"))

    def resume(self, target: str = "*") -> Ticket:
        """Lift a pause or an automatic hold."""
        return self.ask(Command(Ask.RESUME, target, who="program"))

    def halt(self) -> Ticket:
        """No new debit anywhere; `resume("*")` lifts it."""
        return self.ask(Command(Ask.HALT, who="program"))

    def kill(self, stage: int = 1) -> Ticket:
        """Stage 1 latches entries shut, stage 2 cancels every order of ours."""
        return self.ask(Command(Ask.KILL, who="program", args={"stage": stage}))

    def on_order_update(self, report: OrderReport) -> None:
        """Take a report that a broker pushed, named by its own id or by ours; any thread.

        Raises:
            ValueError: it is no OrderReport, or its figures make no sense.
        """
        report = checked(report)
        broker = self.core.broker
        if isinstance(broker, CallbackBroker):
            self.scheduler.post(lambda: broker.pushed(report))
        else:
            self.scheduler.post(lambda: self.core.on_report(report))

    # ------------------------------------------------------------------ asking

    def submit(self, command: Command) -> Ticket:
        """Hand a command over and return at once; its ticket appears in the next snapshots."""
        name = self._next_ticket()
        self.scheduler.post(partial(self._handle, command, name))
        return Ticket(name, command.ask, command.target, TicketState.REQUESTED)

    def ask(self, command: Command) -> Ticket:
        """Carry a command out and wait for its answer."""
        name = self._next_ticket()
        return self.call(lambda: self._handle(command, name))

    def _handle(self, command: Command, name: str) -> Ticket:
        try:
            ticket = self.operator.handle(command, name)
        except Exception as error:  # a nonsensical argument ends the request, not the engine
            text = f"{type(error).__name__}: {error}"
            ticket = Ticket(name, command.ask, command.target, TicketState.REFUSED, text)
            self.operator.tickets.append(ticket)
        self._painted_s = -math.inf
        return ticket

    def _next_ticket(self) -> str:
        with self._ticket_lock:
            self._ticket_count += 1
            return f"T{self._ticket_count}"

    def call(self, call: Callable[[], T]) -> T:
        """Run `call` in the scheduler's thread, here where none runs, and return its answer."""
        with self._lock:
            thread = self._engine_thread()
            if thread is None or thread is threading.current_thread():
                return call()
            answer: Future[T] = Future()
            self.scheduler.post(partial(_answer, answer, call))
        for _ in range(round(ANSWER_WITHIN_S / _LOOK_EVERY_S)):
            if wait((answer,), _LOOK_EVERY_S).done:
                return answer.result()
            if self._over.is_set() and answer.cancel():
                return self.call(call)
        raise TimeoutError("the engine did not answer; it may be stopping")

    def snapshot(self) -> EngineSnapshot:
        """The latest picture; never waits."""
        return self._snapshot

    def get_status(self) -> dict[str, Any]:
        """active, traders by key, position_summary, phase (specification: Success Metrics)."""
        return self.call(lambda: status_of(self.core, self.active))

    def get_llm_summary(self) -> str:
        """The status as text, in the specification's layout."""
        return self.call(lambda: llm_summary(self.core, self.metrics))

    def optimize_parameters(self) -> dict[str, Any]:
        """The settings that the attempts so far speak for, inside the sizes allowed, by name."""
        sizing, limits = self.config.sizing, self.config.limits
        most = min(sizing.max_contracts, limits.max_contracts)
        return {
            "optimal_contracts": min(
                most, max(sizing.min_contracts, self.metrics.get_optimal_size())
            ),
            "optimal_hours": self.metrics.get_optimal_hours(),
            "optimal_cancel_ms": self.metrics.get_optimal_cancel_time_ms(),
        }

    def apply_optimization(self, recommendations: dict[str, Any]) -> None:
        """Apply `optimize_parameters` from each trader's next attempt on.

        Raises:
            SettingRefusedError: a value outside its bounds or an unknown key; nothing is applied.
        """

        def apply() -> None:
            self.core.now()
            apply_all(self.core, recommendations, "apply_optimization")

        self.call(apply)

    # ------------------------------------------------------------------ in the scheduler's thread

    def _idle(self) -> None:
        now_s = self._real_s()
        if now_s - self._painted_s >= PAINT_EVERY_S:
            self._painted_s = now_s
            self._snapshot = self._paint()
            self.on_paint(self._snapshot)

    def _real_s(self) -> float:
        pace = self.pace
        return pace.real_s() if isinstance(pace, VirtualPace) else pace.clock.now_s()

    def _paint(self) -> EngineSnapshot:
        pace = self.pace
        paced = isinstance(pace, VirtualPace)
        return self.painter.paint(
            self._state_now(),
            progress=self.progress_of(self.core.now().epoch_s),
            speed=pace.speed if isinstance(pace, VirtualPace) else 1.0,
            time_paused=paced and getattr(pace, "paused", False),
            tickets=tuple(reversed(self.operator.tickets)),
        )

    def _state_now(self) -> EngineState:
        if self.state is not EngineState.RUN:
            return self.state
        flags = self.flags
        if flags.frozen:
            return EngineState.KILLING if self.core.fold.orders.live else EngineState.KILLED
        if flags.killed:
            return EngineState.KILLED
        if flags.halted:
            return EngineState.HALTED
        return EngineState.EXIT_ONLY if flags.exit_only else EngineState.RUN

    def _watch(self, target: str) -> None:
        self.painter.watched = target

    def _drain(self) -> str:
        self.end()
        return "draining: entries closed, debits cancelled, completing orders go on"

    def _pacing(self, command: Command) -> str:
        pace = self.pace
        if not isinstance(pace, VirtualPace) or not self.plate.can_pace:
            raise RefusedError("real time cannot be paused or hurried")
        if command.ask is Ask.SET_SPEED:
            speed = float(command.args.get("speed", 1.0))
            if not 0 < speed <= 500:
                raise RefusedError("speed must be above 0 and at most 500")
            pace.set_speed(speed)
            return f"speed {speed:g}x"
        if command.ask is Ask.PAUSE_TIME:
            pace.pause()
            return "time stands still"
        if command.ask is Ask.RESUME_TIME:
            pace.resume()
            return "time goes on"
        pace.pause()
        step_s = float(command.args.get("seconds", self._bar_s or 60.0))
        pace.step_to(pace.clock.now_s() + step_s)
        return f"stepped {step_s:g} s"

    def _poll(self) -> None:
        """Ask after every order that may still execute; a failing answer alarms its trader."""
        broker = self.core.broker
        if isinstance(broker, CallbackBroker):
            for request in broker.to_ask():
                trader = self.traders[request.trader]
                self.core.carry_out(trader, (Query(request.client_order_id),))


def _answer(answer: Future[T], call: Callable[[], T]) -> None:
    """Fill a future in the scheduler's thread, unless its caller gave up."""
    if answer.set_running_or_notify_cancel():
        try:
            answer.set_result(call())
        except Exception as error:
            answer.set_exception(error)


def create_arbitrage_executor(
    order_callback: Callable[..., Any],
    quote_callback: Callable[..., Any],
    underlying_callback: Callable[[str], Any],
    min_fill_rate: float = 0.25,
    cancel_after_seconds: float = 2.5,
    min_delay: float = 3.0,
    max_delay: float = 15.0,
    max_contracts: int = 10,
    **more: Any,
) -> ArbitrageExecutor:
    """An executor with the specification's usual settings.

    Args:
        order_callback, quote_callback, underlying_callback: see ArbitrageExecutor.
        min_fill_rate: 0 to 1.
        cancel_after_seconds, min_delay, max_delay: seconds.
        max_contracts: largest order.
        more: passed on to ArbitrageExecutor.

    Raises:
        pydantic.ValidationError: (a ValueError) a figure that makes no sense, named.
    """
    return ArbitrageExecutor(
        order_callback=order_callback,
        quote_callback=quote_callback,
        underlying_callback=underlying_callback,
        timing=TimingParameters(
            cancel_after_seconds=cancel_after_seconds,
            min_delay_between_attempts=min_delay,
            max_delay_between_attempts=max_delay,
        ),
        sizing=SizingParameters(max_contracts=max_contracts),
        min_fill_rate=min_fill_rate,
        **more,
    )
