"""What is held, changed by anything but the desk's own orders: settlement, shares, corrections."""

from __future__ import annotations

from engine.book.contract_keys import key_of
from engine.market.legs import strike_text
from engine.orders import events as ev
from engine.state.parts import Handlers, Parts
from engine.state.unrecorded import Unrecorded


class Holdings:
    """Takes settlements, share trades and what an operator corrects in the book.

    Args:
        parts: the desk's, which change by them.
    """

    def __init__(self, parts: Parts) -> None:
        self._traders = parts.traders
        self._orders = parts.orders
        self._money = parts.money
        self._positions = parts.positions
        self._notices = parts.notices
        self._day = parts.day
        self._today = ""

    def handlers(self) -> Handlers:
        """Who takes which kind of event in."""
        return {
            ev.BooksCompared: self._notices.books_compared,
            ev.Settled: self._settled,
            ev.SharesTraded: self._shares_traded,
            ev.PairSettled: self._pair_settled,
            ev.ChainSettled: self._chain_settled,
            ev.BookAdjusted: self._adjusted,
            ev.LackAccepted: self._lack_accepted,
            ev.BaselineTaken: self._baseline_taken,
        }

    def session_started(self, event: ev.SessionStarted) -> None:
        """An assignment before its expiration is early from this date on."""
        self._today = event.session_date

    def _settled(self, event: ev.Settled) -> None:
        self._positions.contract_settled(event)
        if event.kind == "assigned" and self._traders[event.trader].expiration > self._today:
            self._notices.line(
                event.at_ms,
                f"{event.trader} {event.quantity:+d} {strike_text(event.strike)}{event.right} "
                f"assigned early, {event.shares:+d} shares",
            )

    def _shares_traded(self, event: ev.SharesTraded) -> None:
        self._positions.shares_traded(event)
        self._notices.line(
            event.at_ms,
            f"{event.symbol} {event.shares:+d} shares at {event.price_c / 100:.2f}",
        )

    def _pair_settled(self, event: ev.PairSettled) -> None:
        self._positions.pair_settled(event)
        if event.trader in self._traders:
            self._day.losses.pair_settled(event)

    def _chain_settled(self, event: ev.ChainSettled) -> None:
        self._positions.chain_settled(event)
        self._notices.line(
            event.at_ms,
            f"{event.trader} settled at {event.price_c / 100:.2f}: {event.pairs} pairs, realised "
            f"{event.realised_c / 100:+.2f}",
        )

    def _adjusted(self, event: ev.BookAdjusted) -> None:
        self._positions.adjusted(event)
        self._orders.legs_taken_over(event.trader)
        self._notices.line(
            event.at_ms,
            f"{event.trader} {strike_text(event.strike)}{event.right}: book {event.before:+d} -> "
            f"{event.after:+d}, the broker's",
        )

    def _lack_accepted(self, event: ev.LackAccepted) -> None:
        record = self._orders.known.get(event.order)
        if record is not None:
            Unrecorded(self._money.contracts).accept(record, event.executions)
        self._notices.line(
            event.at_ms,
            f"{event.trader}: {len(event.executions)} executions of {event.order} stay booked, "
            "though the broker's record lacks them",
        )

    def _baseline_taken(self, event: ev.BaselineTaken) -> None:
        contracts = {key_of(name): held for name, held in event.contracts.items()}
        self._money.contracts.take_external(contracts, event.shares)
        self._notices.line(
            event.at_ms,
            f"external from here on: {len(event.contracts)} contracts, shares of "
            f"{len(event.shares)} roots",
        )
