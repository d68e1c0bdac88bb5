"""Builds the snapshot: reads the desk's context and state, changes neither."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final, NamedTuple

from engine.brokers.protocol import AccountState
from engine.commands import Ticket
from engine.journal.order_events import OrderEvents
from engine.journal.threaded import FULL_S
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
from engine.runtime.share_closes import ShareCloses
from engine.runtime.views.connection import connection_view
from engine.runtime.views.gates import closed_gate, gate_text, state_at
from engine.runtime.views.held_quotes import HeldQuotes
from engine.runtime.views.holdings import DeskHoldings
from engine.runtime.views.looks import MOST as LOOKS
from engine.runtime.views.looks import ObservedLooks, ObserverNeeds
from engine.runtime.views.order_stories import OrderStories
from engine.runtime.views.pages import WATCH as WATCH_LISTS
from engine.runtime.views.pages import PageWalks
from engine.runtime.views.positions import PositionsBuilder, watches
from engine.runtime.views.process_memory import memory_bytes, resident_bytes
from engine.runtime.views.rows import (
    alarm_views,
    balance_view,
    delay_rates,
    hour_rates,
    order_view,
    recommendation_view,
    share_order_view,
    size_rates,
    trader_figures,
)
from engine.runtime.views.trader_detail import trader_detail
from engine.runtime.views.trials import TrialViews, ledger_of
from engine.runtime.views.units import open_units
from engine.runtime.watch.books import BookComparison
from engine.runtime.watch.limits import ahead_of_release
from engine.snapshot import (
    BalanceView,
    DayView,
    EndingView,
    EngineSnapshot,
    EngineState,
    Health,
    Look,
    OrderStory,
    OrderView,
    PhaseView,
    Totals,
    TraderState,
    TraderView,
    TrialNeeds,
)
from engine.state.order_record import OrderRecord
from engine.state.totals import desk_totals
from engine.state.trader_totals import BUCKET_MS, TraderTotals
from engine.trader.trader import ExpirationTrader

TAIL: Final = 60
EVENTS: Final = 120

VALUED_EVERY: Final = 20
"""Snapshots from one look at what everything held would bring to the next: five seconds."""


@dataclass(frozen=True, slots=True)
class DeskLabels:
    """What does not change while a desk runs."""

    run: str
    mode: str
    account: str
    broker: str
    source: str
    fill_model: str
    run_dir: str
    can_pace: bool


class _Row(NamedTuple):
    """A trader's row, the figures it was formed from, and the sparkline's bucket."""

    row: TraderView
    figures: dict[str, Any]
    bucket: int


class SnapshotBuilder:
    """Makes EngineSnapshots; rows of traders that did not change are taken over.

    Args:
        context: whose state is shown.
        orders: how fast the broker answers.
        books: whether the book agrees with the broker's positions.
        shares: which orders trade shares away.
        labels: names that stay.
        guard: says who would cancel the open orders if this process died.
        account: what the broker last told of its account.
        on_read: called, in a thread apart, once the journal was read for what is shown.
    """

    def __init__(
        self,
        context: DeskContext,
        orders: OrderRouter,
        books: BookComparison,
        shares: ShareCloses,
        labels: DeskLabels,
        guard: Callable[[], str],
        account: Callable[[], AccountState | None] = lambda: None,
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        self.context = context
        self._sent = orders
        self._books = books
        self._shares = shares
        self.labels = labels
        self._guard = guard
        self._account = account
        self._watched = self._watched_order = ""
        self._stories = OrderStories(OrderEvents(context.journal), on_read=on_read)
        self.version = 0
        self._rows: dict[str, _Row] = {}
        self._moved: set[str] = set()
        self._all_moved = True
        self._gates: tuple[object, ...] = ()
        self._redraw = False
        self._balances: dict[str, BalanceView] = {}
        self._positions = PositionsBuilder(DeskHoldings(context, books, shares))
        self._pages = PageWalks(
            lambda: context.state,
            lambda: context.moment.epoch_s,
            orders.raw_states,
            self._positions.page,
            self._positions.contract_page,
            self._positions.searches(),
        )
        self._trials = TrialViews(context.state.trials)
        self._needs: Callable[[str], TrialNeeds | None] = lambda name: None
        own = DeskHoldings(context, books, shares)
        stories = OrderStories(OrderEvents(context.journal), keeps=LOOKS)
        self._looks = ObservedLooks(ObserverNeeds(context, own, stories), orders.raw_states)
        self._observed: Callable[[], tuple[bool, tuple[Look, ...]]] = lambda: (False, ())
        self._quotes = HeldQuotes(context)
        self._liquidation_c: int | None = None
        self._day: tuple[object, DayView] = (None, DayView())
        self._memory: dict[str, Any] = {}

    def watch(self, target: str) -> None:
        """Show more of one thing.

        Args:
            target: key of the trader whose detail is wanted, "order:ID" for an order's story,
                the positions, see `positions.watches`, or whole lists, see `pages.WATCH`.
        """
        if target.startswith(WATCH_LISTS):
            self._pages.watch(target.removeprefix(WATCH_LISTS))
            return
        if target.startswith("order:"):
            self._watched_order = target.removeprefix("order:")
            self._stories.opened()
        else:
            self._watched = target
            if not watches(target):
                self._positions.rest()

    def tell_needs(self, needs: Callable[[str], TrialNeeds | None]) -> None:
        """Say beside each recommendation on offer what a trial of it would take."""
        self._needs = needs

    def tell_observed(self, observed: Callable[[], tuple[bool, tuple[Look, ...]]]) -> None:
        """Form what screens in other processes look at, see ObservedLooks; that alone is new.

        Args:
            observed: whether any look, and at what; called at each snapshot, never blocks.
        """
        self._observed = observed

    def redraw(self) -> None:
        """Form every row anew: a trader may have changed otherwise than by a step."""
        self._redraw = True

    def build(
        self,
        state: EngineState,
        *,
        ending: EndingView | None,
        progress: float | None,
        speed: float,
        reached: float | None,
        time_paused: bool,
        tickets: tuple[Ticket, ...],
    ) -> EngineSnapshot:
        """The desk at this moment."""
        context, desk, labels = self.context, self.context.state, self.labels
        moment = context.now()
        self.version += 1
        self._moved = context.take_touched()
        gates = (context.gate.desk_gate(), context.session.phase.phase, moment.at_ms // BUCKET_MS)
        self._all_moved = gates != self._gates or not context.running or self._redraw
        self._gates, self._redraw = gates, False
        traders = self._traders()
        watched = context.traders.get(self._watched)
        observed, looks = self._observed()
        return EngineSnapshot(
            version=self.version,
            run=labels.run,
            mode=labels.mode,
            account=labels.account,
            broker=labels.broker,
            source=labels.source,
            fill_model=labels.fill_model,
            now_s=moment.epoch_s,
            session_date=context.session.phase.session_date,
            state=state,
            phase=self._phase(),
            ending=ending,
            progress=progress,
            speed=speed,
            reached=reached,
            time_paused=time_paused,
            can_pace=labels.can_pace,
            limits_profile=context.config.limits.profile,
            limits=context.limits.views(),
            traders=traders,
            balances=self._every_balance(),
            totals=self._totals(traders),
            day=self._course(),
            sizes=size_rates(desk.attempts.rates),
            hours=hour_rates(desk.attempts.rates),
            delays=delay_rates(desk.attempts.rates),
            units=open_units(context),
            orders=self._orders(),
            alarms=alarm_views(desk),
            events=tuple(islice(reversed(desk.notices.lines), EVENTS)),
            recommendations=tuple(
                recommendation_view(record, self._needs(record.made.recommendation))
                for record in reversed(desk.notices.recommendations.values())
            ),
            trials=self._trials.all(),
            ledger=ledger_of(desk.trials),
            notices=desk.standing_notices(),
            tickets=tickets,
            health=self._health(),
            connection=connection_view(context, self._books, self._account()),
            detail=trader_detail(context, watched) if watched else None,
            story=self._story(),
            positions=self._positions.view(self._watched) if watches(self._watched) else None,
            pages=self._pages.next(),
            looks=self._looks.next(looks, self.version),
            looked_pages=self._looks.pages(observed),
            run_dir=labels.run_dir,
        )

    def _story(self) -> OrderStory | None:
        record = self.context.state.orders.known.get(self._watched_order)
        return None if record is None else self._stories.of(record)

    def _phase(self) -> PhaseView:
        session = self.context.session
        phase = session.phase
        entries = (
            session.multiplier is not None
            and self.context.moment.epoch_s < session.last_debit_s
            and self.context.gate.desk_gate() is None
        )
        return PhaseView(
            name=phase.phase.value,
            reason=phase.reason,
            starts_s=phase.starts_s,
            ends_s=phase.ends_s,
            next_name=phase.next_phase.value if phase.next_phase else "",
            opens_s=phase.opens_s,
            closes_s=phase.closes_s,
            early=phase.early,
            multiplier=session.multiplier,
            entries_open=entries,
            last_debit_s=session.last_debit_s if phase.closes_s is not None else None,
            calendar=session.calendar.name,
            calendar_days_left=session.calendar.days_left(phase.session_date),
            next_open_s=phase.next_open_s,
        )

    def _traders(self) -> tuple[TraderView, ...]:
        """Every trader's row, looked at only where the trader or what closes every gate moved."""
        traders, totals = self.context.traders, self.context.state.traders
        if self._all_moved:
            return tuple([self._trader(trader) for trader in traders.values()])
        rows, moved = self._rows, self._moved
        return tuple(
            [
                self._trader(trader)
                if key in moved or key not in rows or totals[key].dirty
                else rows[key].row
                for key, trader in traders.items()
            ]
        )

    def _trader(self, trader: ExpirationTrader) -> TraderView:
        """The trader's row, formed again where what it says has changed."""
        totals = self.context.state.traders[trader.key]
        known = self._rows.get(trader.key)
        bucket = round(self.context.moment.epoch_s) // 300
        if known is None or totals.dirty or known.bucket != bucket:
            totals.drawn()
            self._balances.pop(trader.key, None)
            figures = self._figures(totals)
        else:
            if self._same(known.row, trader):
                return known.row
            figures = known.figures
        row = self._row(figures, trader)
        self._rows[trader.key] = _Row(row, figures, bucket)
        return row

    def _same(self, row: TraderView, trader: ExpirationTrader) -> bool:
        gate = closed_gate(self.context, trader)
        return (
            row.state is state_at(self.context, trader, gate)
            and row.next_s == self._next_s(trader)
            and row.quoted_s == trader.context.quoted_s
            and row.stale == (trader.blocked is Gate.QUOTES_STALE)
            and row.gate == (gate or "")
            and (gate is None or row.gate_text == gate_text(self.context, trader, gate))
            and row.size == self._size(trader)
            and row.trial == self.context.arms.values(trader.key).arm
            and not trader.credits.units
        )

    def _size(self, trader: ExpirationTrader) -> int:
        """Contracts of the next debit, as far as no limit of the moment makes them fewer yet."""
        most = self.context.config.limits.largest_order()[1]
        return min(most, self.context.gate.first.most(trader.sizing.current_contracts))

    def _next_s(self, trader: ExpirationTrader) -> float | None:
        due = trader.next_attempt_s
        if due is None or trader.paused or trader.fault or self._gates[0] is not None:
            return None
        return round(self.context.moment.epoch_s - self.context.moment.now_s + due, 3)

    def _figures(self, totals: TraderTotals) -> dict[str, Any]:
        """What a row says that events alone change, and the time in the sparkline."""
        tied = self.context.state.positions.capital.of(totals.key)
        today = self.context.session.phase.session_date
        worst_c = self._balance(totals).open_worst_c
        return trader_figures(totals, tied, worst_c, today, self.context.moment.at_ms)

    def _row(self, figures: dict[str, Any], trader: ExpirationTrader) -> TraderView:
        moment = self.context.moment
        gate = closed_gate(self.context, trader)
        units = trader.credits.units.values()
        oldest = min(units, key=lambda unit: unit.first_fill_s, default=None)
        return TraderView(
            **figures,
            state=state_at(self.context, trader, gate),
            gate=gate.value if gate is not None else "",
            gate_text=gate_text(self.context, trader, gate),
            size=self._size(trader),
            trial=self.context.arms.values(trader.key).arm,
            next_s=self._next_s(trader),
            quoted_s=trader.context.quoted_s,
            stale=trader.blocked is Gate.QUOTES_STALE,
            stage=oldest.stage.value if oldest else "",
            hung_s=moment.epoch_s - oldest.age_s(moment.now_s) if oldest else None,
        )

    def _every_balance(self) -> tuple[BalanceView, ...]:
        known = self._balances
        chains = self.context.state.traders.items()
        return tuple([known.get(key) or self._balance(totals) for key, totals in chains])

    def _balance(self, totals: TraderTotals) -> BalanceView:
        known = self._balances.get(totals.key)
        if known is None:
            known = balance_view(totals, self.context.state.positions)
            self._balances[totals.key] = known
        return known

    def _orders(self) -> tuple[OrderView, ...]:
        state = self.context.state
        live = sorted(state.orders.live.values(), key=_unknown_then_new, reverse=True)[:TAIL]
        done = islice(reversed(state.orders.ended), TAIL - min(TAIL, len(live)))
        words = self._sent.raw_states
        rows = (order_view(each, words.get(each.intent.order, "")) for each in (*live, *done))
        shares, at_s = self._shares, self.context.moment.epoch_s
        return (
            *(
                share_order_view(each, at_s, shares.is_cancelling(each.client_order_id))
                for each in shares.working()
            ),
            *rows,
        )

    def _totals(self, traders: tuple[TraderView, ...]) -> Totals:
        context, state = self.context, self.context.state
        limits, sums = context.config.limits, context.exposure
        now_ms = context.moment.at_ms
        looked = [
            (row.quoted_s, row.key)
            for row in traders
            if row.quoted_s is not None and row.state is not TraderState.PAUSED
        ]
        oldest_s, oldest = min(looked, default=(None, ""))
        return replace(
            desk_totals(state, now_ms),
            imbalance=sums.imbalance,
            imbalance_limit=limits.max_imbalance_desk,
            capital_limit_c=round(limits.max_debit_usd_desk * 100),
            liquidation_c=self._liquidation(),
            day_loss_c=sums.day_loss_c,
            day_loss_exit_c=round(limits.day_loss_exit_only_usd * 100),
            day_loss_limit_c=round(limits.day_loss_halt_usd * 100),
            order_budget=context.gate.orders_allowed(),
            order_budget_enforced=limits.enforces_order_budget,
            reservation_c=_whole(context.gate.reservation.value_c),
            orders_ahead=limits.enforces_order_budget and ahead_of_release(context),
            orders_per_minute=limits.orders_per_minute,
            quoted_s=oldest_s,
            oldest_quote=oldest,
        )

    def _course(self) -> DayView:
        """The session so far: the tuples of before until a minute or a mark comes along."""
        record = self.context.state.day
        if record.size != self._day[0]:
            self._day = record.size, record.view()
        return self._day[1]

    def _liquidation(self) -> int | None:
        """What closing everything brings, looked up now and then: it asks every held contract."""
        if self.version % VALUED_EVERY == 1:
            self._quotes.forget()
            self._liquidation_c = self._quotes.liquidation_c()
        return self._liquidation_c

    def _health(self) -> Health:
        context = self.context
        late = sorted(context.scheduler.lateness_s)
        flushes = context.journal.flush_ms()
        answers = sorted(self._sent.answered_s)
        waits, flags = context.journal.waits(), context.flags
        if self.version % VALUED_EVERY == 1:
            self._memory = {
                "resident_bytes": resident_bytes(),
                "memory_bytes": memory_bytes(),
                "memory_s": context.moment.epoch_s,
            }
        return Health(
            **self._memory,
            writer_s=waits[1] if waits else None,
            writer_limit_s=FULL_S,
            waiting=waits[0] if waits else 0,
            clock_skew_s=max(flags.clock_skew_s, flags.broker_clock_s),
            clock_limit_s=context.config.limits.max_clock_skew_s,
            broker_p50_ms=answers[len(answers) // 2] * 1000 if answers else None,
            broker_p99_ms=answers[int(0.99 * (len(answers) - 1))] * 1000 if answers else None,
            journal_seq=context.journal.seq,
            flush_p50_ms=flushes[0] if flushes else None,
            flush_p99_ms=flushes[1] if flushes else None,
            late_p99_ms=late[int(0.99 * (len(late) - 1))] * 1000 if late else None,
            threads=threading.active_count(),
            compared_s=self._books.compared_s,
            compared_chains=len(context.traders),
            difference=self._books.to_settle,
            unsure=self._books.unsure,
            guard=self._guard(),
        )


def _whole(cents: float | None) -> int | None:
    return None if cents is None else math.ceil(cents)


def _unknown_then_new(record: OrderRecord) -> tuple[bool, int]:
    return record.status == "unknown", record.intent.at_ms
