"""A desk for trials: real settings, trials and journal, attempts and dollars as a test wants them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from engine.arbitrage_executor import ArbitrageExecutor
from engine.commands import Ask, Command, Ticket
from engine.config import DeskConfig, RiskLimits
from engine.journal.opening import observed_journal
from engine.orders import events as ev
from engine.runtime.requests.settings import LEVERS, read
from engine.runtime.restart.restore import go_on, remember
from engine.runtime.restart.take_over import take_over
from engine.state.carried import Carried, carried_from
from engine.state.desk import DeskState
from engine.state.trial_record import TrialRecord
from engine.trader.trader import ExpirationTrader
from tests.support.executor_world import NEAR, PaperBroker, executor_on, virtual

DAY = date(2024, 11, 22)
START_S = 1_732_287_600.0
"""10:00 in New York on that day."""

CONFIG = DeskConfig(limits=RiskLimits(order_budget_enforced=False))


class TrialDesk:
    """A desk whose traders never step: every attempt is written by the test.

    Args:
        symbols: one trader each.
        warm: attempts of each trader before the test begins.
        day: exchange date.
        carried: what a run before it learned.
    """

    def __init__(
        self,
        symbols: tuple[str, ...] = ("AAPL", "MSFT"),
        warm: int = 60,
        config: DeskConfig = CONFIG,
        day: date = DAY,
        carried: Carried | None = None,
    ) -> None:
        self.symbols, self.config = symbols, config
        self.log: list[ev.Event] = []
        self.day = day
        self.source = "paper"
        self.fill_model = "hand"
        self.start_s = START_S + (day - DAY).days * 86_400
        self._carried = carried
        self.cycle = 0
        self._kept_s: dict[str, float] = {}
        self.executor = self._opened(None)
        for number in range(warm):
            for key in self.executor.traders:
                self.attempt(key, 10.0 + number % 3 if number % 4 == 0 else None)

    def _opened(self, state: DeskState | None) -> ArbitrageExecutor:
        more: dict[str, Any] = {} if state is None else {"state": state}
        executor = executor_on(
            PaperBroker(),
            virtual(self.start_s),
            journal=observed_journal(self.log.append),
            config=self.config,
            **more,
        )
        context = executor.context
        context.session.update(self.start_s)
        if state is not None:
            sizes = {key: totals.size for key, totals in state.traders.items()}
            before = state.session.session_date if state.session else ""
            events = list(self.log)
            remember(context, events)
        context.now()
        context.emit(
            ev.SessionStarted(
                context.moment.at_ms, "SIM", "TEST", "test", self.source, self.fill_model, 1,
                self.day.isoformat(), self.config.for_the_journal(),
            )
        )  # fmt: skip
        for symbol in self.symbols:
            executor.add_symbol(symbol, [NEAR])
        if state is not None:
            new_day = before != self.day.isoformat()
            go_on(context, executor.core.orders, executor.core.books, sizes, new_day=new_day)
            executor.advice.remember(events)
            executor.trials.go_on(new_day=new_day)
        elif self._carried is not None:
            take_over(context, executor.advice, executor.trials, self._carried)
        return executor

    def left(self) -> Carried:
        """What the run leaves to the next one, from its journal alone."""
        left = carried_from(self.folded())
        assert left is not None
        return left

    # ------------------------------------------------------------------ looking

    @property
    def traders(self) -> dict[str, ExpirationTrader]:
        return self.executor.traders

    @property
    def keys(self) -> list[str]:
        return list(self.executor.traders)

    @property
    def state(self) -> DeskState:
        return self.executor.context.state

    @property
    def running(self) -> list[TrialRecord]:
        return self.state.trials.running()

    def settings(self) -> dict[tuple[str, str], Any]:
        """Every setting of every trader as it is in force outside of trials."""
        return {
            (key, setting): read(trader, setting)
            for key, trader in self.traders.items()
            for setting in LEVERS
        }

    def of(self, kind: type) -> list[Any]:
        """The journal's rows of a kind."""
        return [event for event in self.log if isinstance(event, kind)]

    def folded(self) -> DeskState:
        """What the journal tells so far."""
        state = DeskState()
        for event in self.log:
            state.apply(event)
        return state

    # ------------------------------------------------------------------ doing

    def ask(self, ask: Ask, target: str = "*", reason: str = "", **args: Any) -> Ticket:
        return self.executor.ask(Command(ask, target, who="ada", reason=reason, args=args))

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        clock = self.executor.pace.clock
        self.executor.scheduler.run_until(clock.now_s() + seconds)
        self.executor.context.now()

    def attempt(
        self,
        key: str,
        dollars: float | None,
        seconds: float = 12.0,
        outcome: str = "COMPLETE",
        kept_s: float = 0.0,
    ) -> int:
        """One attempt of a trader, with its values as the trader would use them.

        Args:
            key: the trader's.
            dollars: of its cycle; None: it does not fill.
            seconds: wait and work.
            outcome: of its cycle.
            kept_s: seconds for which its unit keeps the trader from the next attempt.

        Returns:
            Its cycle.
        """
        context, trader = self.executor.context, self.traders[key]
        values = trader.context.values
        self.cycle += 1
        cycle = self.cycle
        self.passes(seconds / len(self.symbols))
        at_ms, order = context.moment.at_ms, f"{key}/{cycle}"
        size = values.contracts or trader.sizing.current_contracts
        rules = trader.chain.rules_for(values)
        context.emit(
            ev.PairChosen(
                at_ms, key, order, cycle, "MORNING", 600, size, 2500, rules.buy_at, rules.sell_at,
                rules.objective, rules.min_payoff_floor, 3.0, 15.0, 10.0, 0.1, None, 0.3, "", None,
                None, values.arm,
            )
        )  # fmt: skip
        filled = size if dollars is not None else 0
        result = "FILLED" if filled else "TIMEOUT"
        waited_s = seconds + self._kept_s.pop(key, 0.0)
        context.emit(
            ev.AttemptEnded(at_ms, key, cycle, order, size, filled, result, 10, waited_s, None)
        )
        if dollars is not None:
            self.passes(kept_s)
            self._kept_s[key] = kept_s
            self.cycle_ends(key, cycle, dollars, outcome, kept_s)
        return cycle

    def cycle_ends(
        self, key: str, cycle: int, dollars: float, outcome: str = "COMPLETE", kept_s: float = 0.0
    ) -> None:
        """A cycle comes to so many dollars, or to others than it was told before."""
        cents = round(dollars * 100)
        self.executor.context.emit(
            ev.CycleEnded(
                self.executor.context.moment.at_ms, key, cycle, outcome, 1, cents, 0, cents, "ARB",
                "Butterfly", 2.0, kept_s,
            )
        )  # fmt: skip

    def attempts(self, dollars: Callable[[bool], float | None], count: int) -> None:
        """So many attempts of each trader, their dollars by whether the arm after is in force."""
        for _ in range(count):
            for key in self.keys:
                after = self.traders[key].context.values.arm.endswith(" after")
                self.attempt(key, dollars(after))

    def restart(self, *, new_day: bool = False) -> None:
        """The process dies, and another goes on from the journal."""
        self.start_s = self.executor.pace.clock.epoch_s() + 1.0
        if new_day:
            self.day += timedelta(days=3 if self.day.weekday() == 4 else 1)
            if self.day == date(2024, 11, 28):  # Thanksgiving
                self.day += timedelta(days=1)
            self.start_s = START_S + (self.day - DAY).days * 86_400
        self.executor = self._opened(self.folded())
