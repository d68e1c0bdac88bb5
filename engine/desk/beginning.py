"""How a desk's session begins: anew, or where an earlier part of its run stopped."""

from __future__ import annotations

from dataclasses import dataclass

from engine.arbitrage_executor import ArbitrageExecutor
from engine.config import DeskConfig
from engine.desk.day import DeskDay
from engine.desk.earlier_run import EarlierRun
from engine.desk.exchange import ExchangeParts
from engine.desk.output import LockedRun
from engine.desk.plan import DeskPlan
from engine.desk.previous_run import previous_run
from engine.orders import events as ev
from engine.run_folder.paths import RunPlaces
from engine.runtime.restart.restore import go_on, remember
from engine.runtime.restart.take_over import take_over
from engine.state.carried import kind_of


@dataclass(frozen=True, slots=True)
class Opening:
    """What is opened.

    Args:
        config: the settings; limits are those of so many chains in a simulation.
        plan: what was asked for.
        day: the session.
        earlier: what an earlier part of the run left; None for a new run.
        run: where the run is kept; None where nothing is.
    """

    config: DeskConfig
    plan: DeskPlan
    day: DeskDay
    earlier: EarlierRun | None
    run: LockedRun | None

    @property
    def places(self) -> RunPlaces | None:
        """The run's files; None where nothing is kept on disk."""
        return None if self.run is None else self.run.places


def begin(opening: Opening, executor: ArbitrageExecutor, parts: ExchangeParts) -> None:
    """Journal which session begins, and bring the desk to where an earlier part of its run is.

    Args:
        opening: what is opened.
        executor: the desk's, without traders yet.
        parts: its exchange.
    """
    if opening.earlier is not None:
        _continue(opening, opening.earlier, executor, parts)
        return
    _start_session(opening, executor)
    _add_traders(opening, executor)
    _take_over(opening, executor)
    if opening.config.mode == "LIVE":  # as what goes on: an operator resumes it
        for trader in executor.context.traders.values():
            trader.pause()


def fill_model_of(config: DeskConfig) -> str:
    """What fills the orders of a simulation; an account's are filled by its broker."""
    return config.simulation.model_text if config.mode == "SIM" else ""


def _start_session(opening: Opening, executor: ArbitrageExecutor) -> None:
    """Journal which session begins, on which settings."""
    config, day = opening.config, opening.day
    executor.context.emit(
        ev.SessionStarted(
            round(executor.pace.clock.epoch_s() * 1000),
            config.mode,
            config.account,
            day.run,
            day.source,
            fill_model_of(config),
            config.simulation.seed if config.mode == "SIM" else 0,
            day.session_date.isoformat(),
            config.for_the_journal(),
        )
    )


def _add_traders(opening: Opening, executor: ArbitrageExecutor) -> None:
    for symbol, expiration in opening.day.chains:
        executor.add_symbol(symbol, [expiration], terms=opening.day.terms_of(symbol))


def _take_over(opening: Opening, executor: ArbitrageExecutor) -> None:
    """Go on with what the run before learned by trials, where it is of the same kind."""
    plan, run, context = opening.plan, opening.run, executor.context
    session, carried = context.state.session, plan.carried
    if session is None:
        return
    if run is not None and not plan.fresh:
        found = previous_run(run.root, run.places.run, session)
        carried = found.carried
        if found.unreadable:
            context.alarms.raise_(context.moment.at_ms, "RUN_BEFORE", "desk", found.unreadable)
    if carried is None or carried.is_empty or carried.kind != kind_of(session):
        return
    if carried.session_date < session.session_date:
        take_over(context, executor.advice, executor.trials, carried)


def _continue(
    opening: Opening, earlier: EarlierRun, executor: ArbitrageExecutor, parts: ExchangeParts
) -> None:
    """Bring the desk to where the earlier part of its run and the exchange's books are.

    Executions that the run missed are booked before the traders are made, which begin with the
    units that they then find; what became of its orders is decided with the traders.
    """
    context = executor.context
    # The state is the desk's own from here on: read what it says of the earlier part first.
    sizes = {key: totals.size for key, totals in earlier.state.traders.items()}
    new_day = earlier.session_date != opening.day.session_date
    remember(context, earlier.events)
    executor.core.fees.remember(earlier.events)
    _start_session(opening, executor)
    parts.book_missed(context)
    _add_traders(opening, executor)
    parts.reconcile(context)
    executor.core.fees.catch_up(parts.exchange.ledger.executions)
    reconciled = parts.remote is not None
    orders, books = executor.core.orders, executor.core.books
    go_on(context, orders, books, sizes, new_day=new_day, reconciled=reconciled)
    executor.advice.remember(earlier.events)
    executor.trials.go_on(new_day=new_day)
    if earlier.lost:
        context.alarms.raise_(context.now().at_ms, "EVENTS_LOST", "desk", earlier.lost)
