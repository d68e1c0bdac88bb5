"""A snapshot of a run as of a past moment: what its journal knows, and None where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, Final

from engine.config.sections import RiskLimits
from engine.journal.order_events import OrderEvents
from engine.learning.estimators import FIRST_LOOK
from engine.market.calendar import xnys
from engine.market.phases import phase_at
from engine.run_folder.paths import RunPlaces
from engine.runs.past.held import PastHoldings, legs_of, open_units, stage_of
from engine.runs.past.moments import Moments
from engine.runs.past.stops import doing
from engine.runtime.live_limits import limit_views
from engine.runtime.views.order_stories import OrderStories
from engine.runtime.views.pages import WATCH as WATCH_LISTS
from engine.runtime.views.pages import PageWalks
from engine.runtime.views.phase import phase_view
from engine.runtime.views.positions import PositionsBuilder, watches
from engine.runtime.views.rows import (
    alarm_views,
    balance_view,
    delay_rates,
    hour_rates,
    order_view,
    recommendation_view,
    size_rates,
    trader_figures,
    unknown_then_new,
)
from engine.runtime.views.trader_detail import TRADER_EVENTS, attempt_text, fill_curve
from engine.runtime.views.trials import TrialViews, ledger_of
from engine.snapshot import (
    DayView,
    EngineSnapshot,
    EngineState,
    Health,
    PhaseView,
    Totals,
    TraderDetail,
    TraderView,
)
from engine.state.totals import desk_totals
from engine.state.trader_totals import TraderTotals

ORDERS: Final = 60
EVENTS: Final = 120


class PastPicture:
    """Makes snapshots of past moments.

    Args:
        places: the run's files.
        moments: its state, at the moment that is shown.
        missing: which events the journal lost, as a sentence; "" for none.
    """

    def __init__(self, places: RunPlaces, moments: Moments, missing: str = "") -> None:
        self._places = places
        self._moments = moments
        self._missing = missing
        self._calendar = xnys()
        self._day: tuple[object, DayView] = (None, DayView())
        self._watched = self._watched_order = ""
        self._positions = PositionsBuilder(PastHoldings(moments))
        self._pages = PageWalks(
            lambda: moments.state,
            lambda: moments.at_ms / 1000,
            {},
            self._positions.page,
            self._positions.contract_page,
            self._positions.searches(),
        )
        # The thread of a past desk is its own: nothing waits while it reads.
        self._stories = OrderStories(OrderEvents(places.journal), apart=lambda read: read())
        self._last_ms = 0
        self.version = 0

    def watch(self, target: str) -> None:
        """Show more of a trader, an order ("order:ID") or whole lists (pages.WATCH)."""
        if target.startswith(WATCH_LISTS):
            self._pages.watch(target.removeprefix(WATCH_LISTS))
        elif target.startswith("order:"):
            self._watched_order = target.removeprefix("order:")
            self._stories.opened()
        else:
            self._watched = target
            if not watches(target):
                self._positions.rest()

    def build(self, *, speed: float, paused: bool, reading: str) -> EngineSnapshot:
        """The desk at the moment.

        Args:
            speed: market seconds a real second.
            paused: whether time stands still.
            reading: what is being read on the way to another moment; "" where nothing is.
        """
        moments, state = self._moments, self._moments.state
        start = state.session or moments.start
        now_ms = moments.at_ms
        self.version += 1
        if now_ms < self._last_ms:
            self._pages.restart()
        self._last_ms = now_ms
        if state.day.size != self._day[0]:
            self._day = state.day.size, state.day.view()
        phase = self._phase(now_ms / 1000)
        day = date.fromisoformat(start.session_date)
        traders = tuple(self._trader(each, day, now_ms) for each in state.traders.values())
        settings = start.settings
        limits = _limits(settings, state.limits.in_force())
        trials = TrialViews(state.trials)
        watched = state.traders.get(self._watched)
        story = state.orders.known.get(self._watched_order)
        return EngineSnapshot(
            version=self.version,
            run=self._places.run,
            mode=start.mode,
            account=start.account,
            broker="",
            source=start.source,
            fill_model=start.fill_model,
            now_s=now_ms / 1000,
            session_date=day,
            state=self._state(),
            phase=phase,
            progress=self._progress(),
            speed=speed,
            time_paused=paused,
            can_pace=True,
            limits_profile=limits.profile if limits else "",
            limits=limit_views(limits, state.limits, settings["limits"]) if limits else (),
            traders=traders,
            balances=tuple(balance_view(each, state.positions) for each in state.traders.values()),
            totals=self._totals(limits, now_ms),
            day=self._day[1],
            sizes=size_rates(state.attempts.rates),
            hours=hour_rates(state.attempts.rates),
            delays=delay_rates(state.attempts.rates),
            units=open_units(state, self._settle_s(), now_ms),
            orders=self._orders(),
            alarms=alarm_views(state),
            events=tuple(islice(reversed(state.notices.lines), EVENTS)),
            recommendations=tuple(
                recommendation_view(record)
                for record in reversed(state.notices.recommendations.values())
            ),
            trials=trials.all(),
            ledger=ledger_of(state.trials),
            notices=self._notices(reading),
            health=Health(journal_seq=state.applied, **self._compared()),
            detail=None if watched is None else self._detail(watched, now_ms),
            story=None if story is None else self._stories.of(story),
            positions=self._positions.view(self._watched) if watches(self._watched) else None,
            pages=self._pages.next(),
            run_dir="",
            past=self._places.run,
        )

    def _state(self) -> EngineState:
        stops, state = self._moments.stops, self._moments.state
        if state.ended is not None:
            return EngineState.ENDED
        if stops.killed:
            busy = stops.killed > 1 and state.orders.live
            return EngineState.KILLING if busy else EngineState.KILLED
        if stops.draining:
            return EngineState.DRAINING
        codes = {each.raised.code for each in state.notices.alarms.values()}
        if stops.halted or codes & {"DAY_LOSS_HALT", "REJECTS_HALT", "DESK_FAULT"}:
            return EngineState.HALTED
        return EngineState.EXIT_ONLY if "DAY_LOSS" in codes else EngineState.RUN

    def _settle_s(self) -> float | None:
        """After how many seconds a unit rests; None where another version wrote the settings."""
        ladder = (self._moments.state.session or self._moments.start).settings.get("ladder")
        settle_s = ladder.get("settle_s") if isinstance(ladder, dict) else None
        return settle_s if isinstance(settle_s, (int, float)) else None

    def _phase(self, now_s: float) -> PhaseView:
        return phase_view(phase_at(now_s, self._calendar), self._calendar)

    def _progress(self) -> float | None:
        first_ms, last_ms = self._moments.first_ms, self._moments.last_ms
        if last_ms is None or last_ms <= first_ms:
            return None
        return min(1.0, (self._moments.at_ms - first_ms) / (last_ms - first_ms))

    def _notices(self, reading: str) -> tuple[str, ...]:
        damage = self._moments.damage
        behind = f"nothing after this can be shown: {damage}" if damage else ""
        told = (reading, self._missing, behind if self._moments.ended else damage)
        return (*(each for each in told if each), *self._moments.state.standing_notices())

    def _compared(self) -> dict[str, Any]:
        compared = self._moments.state.notices.compared
        if compared is None:
            return {}
        return {
            "compared_s": compared.at_ms / 1000,
            "compared_chains": compared.chains,
            "difference": compared.difference,
        }

    # ------------------------------------------------------------------ traders

    def _trader(self, totals: TraderTotals, day: date, now_ms: int) -> TraderView:
        state = self._moments.state
        what, text = doing(totals, state, self._moments.stops)
        unit = totals.open_unit
        return TraderView(
            **trader_figures(
                totals,
                state.positions.capital.of(totals.key),
                state.positions.open_worst_c(totals.key),
                day,
                now_ms,
            ),
            state=what,
            gate="",
            gate_text=text,
            size=totals.size,
            next_s=None,
            quoted_s=None,
            stale=False,
            stage="" if unit is None else stage_of(unit, self._settle_s(), now_ms),
            hung_s=unit.open_ms / 1000 if unit and unit.open_ms else None,
        )

    def _detail(self, totals: TraderTotals, now_ms: int) -> TraderDetail:
        state = self._moments.state
        oldest = totals.open_unit
        key = "" if oldest is None else f"{totals.key}/{oldest.cycle}"
        views = open_units(state, self._settle_s(), now_ms)
        unit = next((each for each in views if each.key == key), None)
        cycle = ""
        live = next((r for r in state.orders.live.values() if r.totals is totals), None)
        if unit is None and live is not None:
            bought = f"{live.intent.quantity} x {legs_of(live)}"
            cycle = f"cycle {live.intent.cycle}: {bought} at {live.intent.limit_c / 100:.2f} works"
        if unit is not None:
            cycle = (
                f"cycle {key.rpartition('/')[2]}: {unit.filled} x {unit.legs} paid "
                f"{unit.paid_c / 100:.2f}, {unit.open} without credit"
            )
        changed = {
            setting: change.after
            for (trader, setting), change in state.notices.settings.items()
            if trader == totals.key
        }
        return TraderDetail(
            key=totals.key,
            cycle=cycle,
            stage="" if unit is None else unit.stage,
            needed_c=None,
            gates=(),
            sizes=size_rates(totals.rates),
            hours=hour_rates(totals.rates),
            delays=delay_rates(totals.rates),
            fill_curve=fill_curve(totals.fill.steps(), totals.attempts),
            parameters=(
                ("size", str(totals.size)),
                *((name, str(value)) for name, value in changed.items()),
            ),
            opportunity="not in the journal, which has no quotes",
            opportunity_legs=(),
            payoff=((), ()),
            underlying=None,
            exclusions=(),
            attempts=tuple(attempt_text(each) for each in reversed(totals.recent)),
            events=state.notices.lines.holding(totals.key, TRADER_EVENTS),
            trader_hours=state.open_time.hours_of(totals.key, now_ms),
            thin=totals.attempts < FIRST_LOOK,
            afterwards=state.post_trade.of_trader(totals.key),
            day=state.day.view_of(totals.key),
        )

    # ------------------------------------------------------------------ sums, units, orders

    def _totals(self, limits: RiskLimits | None, now_ms: int) -> Totals:
        state = self._moments.state
        sums = desk_totals(state, now_ms)
        working = sum(
            each.intent.quantity - each.filled
            for each in state.orders.live.values()
            if each.intent.part == "D"
        )
        known: dict[str, Any] = {}
        if limits is not None:
            known = {
                "imbalance_limit": limits.max_imbalance_desk,
                "capital_limit_c": round(limits.max_debit_usd_desk * 100),
                "day_loss_exit_c": round(limits.day_loss_exit_only_usd * 100),
                "day_loss_limit_c": round(limits.day_loss_halt_usd * 100),
                "order_budget": limits.order_budget_day,
                "order_budget_enforced": limits.enforces_order_budget,
                "orders_per_minute": limits.orders_per_minute,
            }
        return replace(
            sums,
            imbalance=sums.unhedged + working,
            day_loss_c=max(0, -state.day.losses.realised_c),
            **known,
        )

    def _orders(self) -> tuple[Any, ...]:
        orders = self._moments.state.orders
        live = sorted(orders.live.values(), key=unknown_then_new, reverse=True)
        done = islice(reversed(orders.ended), max(0, ORDERS - len(live)))
        return tuple(order_view(record) for record in (*live[:ORDERS], *done))


def _limits(settings: Mapping[str, Any], tightened: Mapping[str, float]) -> RiskLimits | None:
    """The limits in force; None where another version wrote them."""
    try:
        return RiskLimits.model_validate({**settings["limits"], **tightened})
    except (KeyError, TypeError, ValueError):
        return None
