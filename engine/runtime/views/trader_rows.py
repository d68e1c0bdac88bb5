"""The rows of a desk's traders and their balances, formed again only where they changed."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import closed_gate, gate_text, oldest_open, state_at
from engine.runtime.views.rows import balance_view, trader_figures
from engine.snapshot import BalanceView, TraderView
from engine.state.trader_totals import BUCKET_MS, TraderTotals
from engine.trader.trader import ExpirationTrader


class _Row(NamedTuple):
    """A trader's row, the figures it was formed from, and the sparkline's bucket."""

    row: TraderView
    figures: dict[str, Any]
    bucket: int


class TraderRows:
    """Takes rows of traders over that did not change.

    Args:
        context: whose traders are shown.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._rows: dict[str, _Row] = {}
        self._gates: tuple[object, ...] = ()
        self._redraw = False
        self._balances: dict[str, BalanceView] = {}

    def redraw(self) -> None:
        """Form every row anew: a trader may have changed otherwise than by a step."""
        self._redraw = True

    def traders(self) -> tuple[TraderView, ...]:
        """Every trader's row, looked at only where the trader or what closes every gate moved."""
        context = self._context
        traders, totals = context.traders, context.state.traders
        rows, moved = self._rows, context.take_touched()
        bucket = context.moment.at_ms // BUCKET_MS
        gates = context.gate.desk_gate(), context.session.phase.phase, bucket
        all_moved = gates != self._gates or not context.running or self._redraw
        self._gates, self._redraw = gates, False
        if all_moved:
            return tuple([self._trader(trader) for trader in traders.values()])
        return tuple(
            [
                self._trader(trader)
                if key in moved or key not in rows or totals[key].dirty
                else rows[key].row
                for key, trader in traders.items()
            ]
        )

    def balances(self) -> tuple[BalanceView, ...]:
        """What each chain holds, formed again where its row was."""
        known = self._balances
        chains = self._context.state.traders.items()
        return tuple([known.get(key) or self._balance(totals) for key, totals in chains])

    def _trader(self, trader: ExpirationTrader) -> TraderView:
        """The trader's row, formed again where what it says has changed."""
        totals = self._context.state.traders[trader.key]
        known = self._rows.get(trader.key)
        bucket = self._context.moment.at_ms // BUCKET_MS
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
        gate = closed_gate(self._context, trader)
        return (
            row.state is state_at(self._context, trader, gate)
            and row.next_s == self._next_s(trader)
            and row.quoted_s == trader.context.quoted_s
            and row.stale == (trader.blocked is Gate.QUOTES_STALE)
            and row.gate == (gate or "")
            and (gate is None or row.gate_text == gate_text(self._context, trader, gate))
            and row.size == self._size(trader)
            and row.trial == self._context.arms.values(trader.key).arm
            and not trader.credits.units
        )

    def _size(self, trader: ExpirationTrader) -> int:
        """Contracts of the next debit, as far as no limit of the moment makes them fewer yet."""
        most = self._context.config.limits.largest_order()[1]
        return min(most, self._context.gate.first.most(trader.sizing.current_contracts))

    def _next_s(self, trader: ExpirationTrader) -> float | None:
        due = trader.next_attempt_s
        if due is None or trader.paused or trader.fault or self._gates[0] is not None:
            return None
        if trader.context.held is not None:
            if math.isinf(trader.context.held_until_s):
                return None
            due = max(due, trader.context.held_until_s)
        return round(self._context.moment.epoch_s - self._context.moment.now_s + due, 3)

    def _figures(self, totals: TraderTotals) -> dict[str, Any]:
        """What a row says that events alone change, and the time in the sparkline."""
        tied = self._context.state.positions.capital.of(totals.key)
        today = self._context.session.phase.session_date
        worst_c = self._balance(totals).open_worst_c
        return trader_figures(totals, tied, worst_c, today, self._context.moment.at_ms)

    def _row(self, figures: dict[str, Any], trader: ExpirationTrader) -> TraderView:
        moment = self._context.moment
        gate = closed_gate(self._context, trader)
        oldest = oldest_open(trader)
        return TraderView(
            **figures,
            state=state_at(self._context, trader, gate),
            gate=gate.value if gate is not None else "",
            gate_text=gate_text(self._context, trader, gate),
            size=self._size(trader),
            trial=self._context.arms.values(trader.key).arm,
            next_s=self._next_s(trader),
            quoted_s=trader.context.quoted_s,
            stale=trader.blocked is Gate.QUOTES_STALE,
            stage=oldest.stage.value if oldest else "",
            hung_s=moment.epoch_s - oldest.age_s(moment.now_s) if oldest else None,
        )

    def _balance(self, totals: TraderTotals) -> BalanceView:
        known = self._balances.get(totals.key)
        if known is None:
            known = balance_view(totals, self._context.state.positions)
            self._balances[totals.key] = known
        return known
