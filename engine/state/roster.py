"""Which traders a desk has, what keeps one from trading, and what its operators did."""

from __future__ import annotations

from engine.orders import events as ev
from engine.state.parts import Handlers, Parts
from engine.state.trader_totals import TraderTotals


class Roster:
    """Takes in what happens to traders as a whole, and what operators do.

    Args:
        parts: the desk's, which change by them.
    """

    def __init__(self, parts: Parts) -> None:
        self._traders = parts.traders
        self._money = parts.money
        self._notices = parts.notices
        self._open_time = parts.open_time
        self._limits = parts.limits
        self._day = parts.day

    def handlers(self) -> Handlers:
        """Who takes which kind of event in."""
        return {
            ev.TraderAdded: self._added,
            ev.TraderHeld: self._held,
            ev.TraderReleased: self._released,
            ev.TraderFaulted: self._faulted,
            ev.OperatorActed: self._operator_acted,
            ev.LimitChanged: self._limit_changed,
            ev.LiveArmed: self._live_armed,
        }

    def _added(self, event: ev.TraderAdded) -> None:
        self._open_time.trader_added(event.at_ms, event.trader)
        known = self._traders.get(event.trader)
        if known is not None:
            known.resized(event.contracts)
            return
        totals = TraderTotals(event, len(self._traders) + 1)
        self._traders[event.trader] = totals
        self._money.balancer.track(totals.symbol, totals.expires)

    def _held(self, event: ev.TraderHeld) -> None:
        self._traders[event.trader].held(event)
        self._notices.held(event)
        self._day.held(event.trader, event.at_ms, f"held: {event.text}")

    def _released(self, event: ev.TraderReleased) -> None:
        self._traders[event.trader].held(None)
        self._notices.released(event)
        self._day.held(event.trader, event.at_ms, "hold is over")

    def _faulted(self, event: ev.TraderFaulted) -> None:
        self._traders[event.trader].faulted(event.text)
        self._notices.faulted(event)
        self._day.held(event.trader, event.at_ms, f"fault: {event.text}")

    def _operator_acted(self, event: ev.OperatorActed) -> None:
        if event.action == "remove":
            self._open_time.trader_removed(event.at_ms, event.target)
        elif event.action == "add":
            self._open_time.trader_added(event.at_ms, event.target)
        self._notices.operator_acted(event)
        self._day.operator_acted(event, self._targets(event.target))

    def _targets(self, target: str) -> list[str]:
        """The traders that a request names; none where it is about the desk or another thing."""
        if target.startswith("symbol:"):
            symbol = target.removeprefix("symbol:")
            return [key for key, each in self._traders.items() if each.symbol == symbol]
        return [target] if target in self._traders else []

    def _limit_changed(self, event: ev.LimitChanged) -> None:
        self._limits.changed(event)
        self._notices.limit_changed(event)

    def _live_armed(self, event: ev.LiveArmed) -> None:
        limit_c = event.debit_limit_c
        most = "" if limit_c is None else f", debits of at most {limit_c / 100:,.2f} $ today"
        self._notices.line(event.at_ms, f"live trading armed on …{event.account}{most}")
