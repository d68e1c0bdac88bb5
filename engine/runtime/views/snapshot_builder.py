"""Builds the snapshot: reads the desk's context and state, changes neither."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from engine.brokers.protocol import AccountState
from engine.commands import Ticket
from engine.journal.order_events import OrderEvents
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
from engine.runtime.share_closes import ShareCloses
from engine.runtime.views.connection import connection_view
from engine.runtime.views.health import HealthViews
from engine.runtime.views.held_quotes import liquidation_c
from engine.runtime.views.holdings import DeskHoldings
from engine.runtime.views.looks import MOST as LOOKS
from engine.runtime.views.looks import ObservedLooks, ObserverNeeds
from engine.runtime.views.order_stories import OrderStories
from engine.runtime.views.pages import WATCH as WATCH_LISTS
from engine.runtime.views.pages import PageWalks
from engine.runtime.views.phase import phase_view
from engine.runtime.views.positions import PositionsBuilder, watches
from engine.runtime.views.rows import (
    alarm_views,
    delay_rates,
    hour_rates,
    order_view,
    recommendation_view,
    share_order_view,
    size_rates,
    unknown_then_new,
)
from engine.runtime.views.trader_detail import trader_detail
from engine.runtime.views.trader_rows import TraderRows
from engine.runtime.views.trials import TrialViews, ledger_of
from engine.runtime.views.units import open_units
from engine.runtime.watch.books import BookComparison
from engine.runtime.watch.limits import ahead_of_release
from engine.snapshot import (
    DayView,
    EndingView,
    EngineSnapshot,
    EngineState,
    Look,
    OrderStory,
    OrderView,
    PhaseView,
    Totals,
    TraderState,
    TraderView,
    TrialNeeds,
)
from engine.state.totals import desk_totals

TAIL: Final = 60
EVENTS: Final = 120

VALUED_EVERY: Final = 20
"""Snapshots from one look at what costs much to ask to the next: five seconds."""


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
        self._health = HealthViews(context, orders, books, guard)
        self._account = account
        self._watched = self._watched_order = ""
        self._stories = OrderStories(OrderEvents(context.journal), on_read=on_read)
        self.version = 0
        self._rows = TraderRows(context)
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
        self._liquidation_c: int | None = None
        self._day: tuple[object, DayView] = (None, DayView())

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
        self._rows.redraw()

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
        traders = self._rows.traders()
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
            balances=self._rows.balances(),
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
            health=self._health.now(look_at_memory=self._looks_around()),
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
        return replace(
            phase_view(phase, session.calendar),
            multiplier=session.multiplier,
            entries_open=entries,
            last_debit_s=session.last_debit_s if phase.closes_s is not None else None,
            next_open_s=phase.next_open_s,
        )

    def _orders(self) -> tuple[OrderView, ...]:
        state = self.context.state
        live = sorted(state.orders.live.values(), key=unknown_then_new, reverse=True)[:TAIL]
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

    def _looks_around(self) -> bool:
        """Whether this snapshot looks at what costs much to ask."""
        return self.version % VALUED_EVERY == 1

    def _liquidation(self) -> int | None:
        """What closing everything brings, looked up now and then: it asks every held contract."""
        if self._looks_around() or self.context.state.ended is not None:
            self._liquidation_c = liquidation_c(self.context)
        return self._liquidation_c


def _whole(cents: float | None) -> int | None:
    return None if cents is None else math.ceil(cents)
