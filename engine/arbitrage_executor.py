"""ArbitrageExecutor: the desk's engine as a program uses it, and the specification's names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from engine.book.balancer import PositionBalancer
from engine.brokers.callbacks.answers import checked
from engine.brokers.callbacks.broker import CallbackBroker
from engine.brokers.callbacks.market import CallbackMarket
from engine.brokers.protocol import Broker, MarketData
from engine.config import DeskConfig, SizingParameters, TimingParameters
from engine.config.argument_names import names_what_was_meant
from engine.config.bounds import MOST_SEED, MOST_THREADS, whole_number
from engine.config.names import root_of
from engine.journal.opening import memory_journal, open_journal
from engine.journal.store import Journal
from engine.learning.attempt_results import Observer
from engine.learning.metrics import OptimizationMetrics
from engine.market.calendar import TradingCalendar, exchange_date, xnys
from engine.market.ticks import ContractTerms, contract_terms
from engine.orders import events as ev
from engine.orders.ids import base36
from engine.orders.types import OrderReport
from engine.pricing.credit import CreditMaximizer
from engine.run_folder.errors import JournalError
from engine.run_folder.order_counts import FILE_NAME, OrderDays
from engine.runtime.advice.policy import ApprovalPolicy, Policy
from engine.runtime.advice.program import ProgramSettings
from engine.runtime.advice.suggestion import suggestion
from engine.runtime.callback_answers import Polling
from engine.runtime.engine import Engine
from engine.runtime.hooks import DeskHooks
from engine.runtime.pace import Pace, RealPace
from engine.runtime.requests.settings import OptimizedSettings
from engine.runtime.roster import Roster, expirations_by_day
from engine.runtime.scheduler import Scheduler
from engine.runtime.views.snapshot_builder import DeskLabels
from engine.runtime.views.status import ExecutorStatus, status_of
from engine.runtime.views.summary import llm_text, llm_values
from engine.runtime.watch.session_days import SessionDays
from engine.state.desk import DeskState
from engine.trader.trader import ExpirationTrader

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


class ArbitrageExecutor(Engine):
    """Runs one trader per symbol and expiration; every public method may be called from any thread.

    Args:
        order_callback: (symbol, legs, quantity, limit_price, expiration) -> order id or
            OrderReport; see engine.brokers.callbacks.broker.
        quote_callback: (symbol, expiration) -> OptionChain, or quotes in any form that the
            guide to the engine shows.
        underlying_callback: (symbol) -> dollars a share.
        timing, sizing: the specification's defaults where not given.
        min_fill_rate: below it a trader pauses for 60 s.
        optimal_expiry_range: days to expiry, both ends included.
        cancel_callback, order_status_callback: see engine.brokers.callbacks.broker; without
            both, one order is out at a time in the whole executor.
        journal_path: where events are kept, a new file for each executor; in memory where None.
        config: everything else; timing, sizing and the rates above override it.
        broker, market: in place of the callbacks.
        pace: how engine time goes; the machine's own where None.
        calendar: the market's calendar; NYSE where None.
        seed: of the delays.
        pool_threads: threads for blocking calls.
        journal, labels, bar_s: what a desk opens itself; without a state the journal is empty.
        state: the state an earlier run of the same journal left; a fresh one where None. Where
            mode, broker or fill model are others than that run's, new evidence begins, and the
            notes say so.
        scheduler: in place of `pace`, where an exchange hangs its timers on the same one.
        hooks: what surrounds the engine on a desk.
        installation: tells its orders from those of others in the same account; made up where None.
        start: tells them from those of earlier starts on the same account.
    """

    @names_what_was_meant
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
        labels: DeskLabels | None = None,
        bar_s: float | None = None,
        state: DeskState | None = None,
        scheduler: Scheduler | None = None,
        hooks: DeskHooks | None = None,
        installation: str | None = None,
        start: str = "",
    ) -> None:
        whole_number("seed", seed, -MOST_SEED, MOST_SEED)
        whole_number("pool_threads", pool_threads, 1, MOST_THREADS)
        config = (config or DeskConfig()).model_copy(deep=True)
        parts = {"timing": timing, "sizing": sizing}
        config = config.changed(**{name: each for name, each in parts.items() if each is not None})
        if min_fill_rate is not None:
            fill_rate = config.fill_rate.changed(min_fill_rate=min_fill_rate)
            config = config.changed(fill_rate=fill_rate)
        if optimal_expiry_range is not None:
            spreads = config.spreads.changed(optimal_expiry_range=optimal_expiry_range)
            config = config.changed(spreads=spreads)
        calendar = calendar or xnys()
        self._expirations: dict[tuple[str, date], date | datetime] = {}
        self._terms: dict[tuple[str, date], ContractTerms] = {}
        if broker is None:
            if order_callback is None:
                raise ValueError("an executor needs an order_callback or a broker")
            broker = CallbackBroker(
                order_callback, cancel_callback, order_status_callback, self._expirations
            )
        if market is None:
            if quote_callback is None:
                raise ValueError("an executor needs a quote_callback or a market")
            market = CallbackMarket(
                quote_callback, underlying_callback, self._expirations, calendar, self._terms
            )
        scheduler = scheduler or Scheduler(pace or RealPace())
        pace = scheduler.pace
        alone = journal is None and state is None
        if journal is None:
            journal = (
                memory_journal()
                if journal_path is None
                else open_journal(journal_path, durable=not pace.virtual)
            )
        if state is None:
            _unused(journal)
        state = state or DeskState(
            PositionBalancer(
                config.limits.max_imbalance_chain, config.ladder.force_balance_at_close
            )
        )
        super().__init__(
            config=config,
            broker=broker,
            market=market,
            scheduler=scheduler,
            calendar=calendar,
            journal=journal,
            desk_state=state,
            labels=labels
            or DeskLabels(
                "library", config.mode, config.account, broker.name, broker.name, "", "", False
            ),
            pool_threads=pool_threads,
            bar_s=bar_s,
            hooks=hooks or DeskHooks(),
        )
        if journal_path is not None and config.limits.enforces_order_budget:
            self.limits.budget.keep(OrderDays(Path(journal_path).parent / FILE_NAME))
        if isinstance(broker, CallbackBroker):
            Polling(self.core, broker)
        if not (hooks and hooks.ends_with_session):
            labelled = self.labels
            days = SessionDays(
                self.context,
                labelled.run,
                labelled.source,
                labelled.fill_model,
                seed,
                lambda new_day: self.trials.go_on(new_day=new_day),
            )
            self.context.subscribe(ev.PhaseChanged, days.on_phase)
        if installation is None:
            installation = base36(int(pace.clock.epoch_s() % 86_400)) if alone else "0"
        spreads = config.spreads
        self._program = ProgramSettings(self.context, self.advice)
        self._approval = ApprovalPolicy(self.context, self.submit)
        self._roster = Roster(
            self.context,
            self.core.add,
            CreditMaximizer(
                spreads.min_credit_threshold, spreads.max_spread_width, spreads.prefer_atm
            ),
            order_callback,
            quote_callback,
            seed=seed,
            bar_s=bar_s,
            restored=state.starts > 0,
            installation=installation,
            start=start,
        )

    # ------------------------------------------------------------------ components

    @property
    def balancer(self) -> PositionBalancer:
        """The traders' common position balance."""
        return self.context.state.balancer

    @balancer.setter
    def balancer(self, balancer: PositionBalancer) -> None:
        self._before_start("balancer")
        self._roster.use_balancer(balancer)

    @property
    def credit_maximizer(self) -> CreditMaximizer:
        """How completing credits are chosen."""
        return self._roster.maximizer

    @credit_maximizer.setter
    def credit_maximizer(self, maximizer: CreditMaximizer) -> None:
        self._before_start("credit_maximizer")
        self._roster.use_maximizer(maximizer)

    @property
    def metrics(self) -> OptimizationMetrics:
        """What the desk learns from."""
        return self.context.state.metrics

    @metrics.setter
    def metrics(self, metrics: OptimizationMetrics) -> None:
        self._before_start("metrics")
        self.context.state.use_metrics(metrics)
        self.advice.learn_from(metrics)

    def _before_start(self, name: str) -> None:
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
            symbol: option root; small letters become capitals.
            expirations: exchange dates, or datetimes (naive: exchange date; aware: converted). A
                datetime with a time of day says about when: where no option can expire on its
                day, its chain is kept and blocked as NOT_LISTED, with the nearest named.
            terms: exercise, settlement and multiplier; those of the root where not given.

        Raises:
            ValueError: the symbol is not an option root, or an expiration is not a date, is past,
                or on a weekend or holiday; nothing is then added.
        """
        symbol = root_of(symbol)
        today = exchange_date(self.pace.clock.epoch_s())
        since = today if isinstance(self.context.market, CallbackMarket) else None
        calendar = self.context.session.calendar
        for day, given in expirations_by_day(symbol, expirations, since, calendar):
            self._expirations.setdefault((symbol, day), given)
            self._terms.setdefault((symbol, day), terms or contract_terms(symbol))
            self.call(partial(self._add, symbol, day, terms))

    def remove_symbol(
        self, symbol: str, expirations: Sequence[date | datetime] | None = None
    ) -> list[str]:
        """Trade a symbol, or some of its expirations, no more; any time, also paused or killed.

        No new debit goes out. A live debit lives out its timer, an open unit is completed, and then
        the trader is gone from `traders`, status and summary. Completed pairs stay in the book and
        are settled. `add_symbol` takes it on again.

        Args:
            symbol: option root; small letters become capitals.
            expirations: exchange dates, as for add_symbol; all of the symbol where None.

        Returns:
            The traders' keys that still have something open.

        Raises:
            ValueError: it is not traded; nothing is then removed.
        """
        symbol, days = root_of(symbol), None
        if expirations is not None:
            calendar = self.context.session.calendar
            days = {day for day, _ in expirations_by_day(symbol, expirations, None, calendar)}
        return self.call(partial(self._roster.remove, symbol, days))

    # ------------------------------------------------------------------ what it hears and tells

    def on_order_update(self, report: OrderReport) -> None:
        """Take a report that a broker pushed, under its order id or our client order id.

        Raises:
            ValueError: it is not an OrderReport, or its figures make no sense.
        """
        report = checked(report)
        broker = self.context.broker
        if isinstance(broker, CallbackBroker):
            self.scheduler.post(lambda: broker.pushed(report, self.pace.clock.now_s()))
        else:
            self.scheduler.post(lambda: self.core.orders.on_report(report))

    def get_status(self) -> ExecutorStatus:
        """active, traders by key, position_summary, phase (specification: Success Metrics)."""
        return self.call(lambda: status_of(self.context, self.active))

    def get_llm_summary(self) -> str:
        """The status as text, in the specification's layout.

        After it: guaranteed dollars, whose they are and what they tie up, what keeps debits from
        going out, and what each parameter rests on.
        """
        return llm_text(self.call(lambda: llm_values(self.context, self.metrics)))

    def get_llm_summary_json(self) -> str:
        """The same as a JSON object, with counts, intervals and what filled the orders.

        Money is dollars, rates are 0 to 1, None (null) is unknown; `thin` marks what few attempts
        are behind.
        """
        values = self.call(lambda: llm_values(self.context, self.metrics))
        return json.dumps(values, indent=1)

    def optimize_parameters(self) -> OptimizedSettings:
        """The settings that the attempts so far speak for, by name, inside their bounds.

        Where there is too little evidence it is the value in force (the first trader's), so that
        applying it changes nothing. Hours that nobody tried stay allowed, and where no hour
        reaches the fill rate the hours stay as they are. `get_llm_summary` says why for each.
        """
        return self.call(lambda: suggestion(self.context, self.metrics).values)

    def apply_optimization(self, recommendations: Mapping[str, Any]) -> None:
        """Apply `optimize_parameters` from each trader's next attempt on, added later or not.

        No trial has proved it: the journal says UNPROVEN, and why. The screen shows it among the
        recommendations; `undo_optimization` or `u` there takes it back.

        Raises:
            SettingRefusedError: a value outside its bounds or an unknown key; nothing is applied.
        """

        def apply() -> None:
            self.context.now()
            self._program.apply(recommendations)

        self.call(apply)

    def undo_optimization(self) -> bool:
        """Bring back the settings of before the last `apply_optimization`; False where none is."""

        def undo() -> bool:
            self.context.now()
            return self._program.undo()

        return self.call(undo)

    def observe_attempts(self, observer: Observer) -> None:
        """Give every attempt with what it came to, from now on.

        Args:
            observer: called in the scheduler's thread with a row and 1, once its dollars are known;
                with -1 where a row that was given before does not hold any more.
        """
        self.call(lambda: self.context.state.observe_attempts(observer))

    def approve_by(self, policy: Policy | None) -> None:
        """Start the trial of each recommendation that a policy wants, as one key does.

        Args:
            policy: asked in the scheduler's thread about each recommendation that waits, now and
                whenever a look makes one anew; None: nothing is approved any more. One that raises
                is dropped, with the alarm POLICY.
        """
        self.call(lambda: self._approval.use(policy))

    def _add(self, symbol: str, day: date, terms: ContractTerms | None) -> None:
        """Add a trader with the settings that were applied to those before it."""
        trader = self._roster.add(symbol, day, terms)
        if trader is not None:
            self._program.reach(trader)


def _unused(journal: Journal) -> None:
    """Refuse a journal that holds something: what an earlier executor held is not taken over.

    Raises:
        JournalError: it does.
    """
    if journal.seq:
        journal.close()
        raise JournalError(
            "used",
            f"{journal.path} holds an earlier executor's events; name another file, and look at "
            "what that one left open at the broker",
        )


@names_what_was_meant
def create_arbitrage_executor(
    order_callback: Callable[..., Any],
    quote_callback: Callable[..., Any],
    underlying_callback: Callable[[str], Any],
    min_fill_rate: float = 0.25,
    cancel_after_seconds: float = 2.5,
    min_delay: float = 3.0,
    max_delay: float = 15.0,
    max_contracts: int = 10,
    *,
    optimal_expiry_range: tuple[int, int] | None = None,
    cancel_callback: Callable[[Any], Any] | None = None,
    order_status_callback: Callable[[Any], Any] | None = None,
    journal_path: Path | str | None = None,
    config: DeskConfig | None = None,
    pace: Pace | None = None,
    calendar: TradingCalendar | None = None,
    seed: int = 0,
    pool_threads: int = POOL_THREADS,
) -> ArbitrageExecutor:
    """An executor with the specification's usual settings.

    Args:
        order_callback, quote_callback, underlying_callback: see ArbitrageExecutor, and for all
            that is not named here.
        min_fill_rate: 0 to 1.
        cancel_after_seconds, min_delay, max_delay: seconds.
        max_contracts: largest order.
        cancel_callback: (order id) -> True where it is cancelled; without it and
            order_status_callback one order is out at a time in the whole executor.
        order_status_callback: (order id) -> status, filled and price so far.

    Raises:
        pydantic.ValidationError: (a ValueError) a figure that makes no sense, named.
        TypeError: an argument that does not exist, with the one that was meant.
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
        optimal_expiry_range=optimal_expiry_range,
        cancel_callback=cancel_callback,
        order_status_callback=order_status_callback,
        journal_path=journal_path,
        config=config,
        pace=pace,
        calendar=calendar,
        seed=seed,
        pool_threads=pool_threads,
    )
