"""Closing prices of underlyings: what contracts that end for shares are settled at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from engine.brokers.dialect import DialectError
from engine.brokers.http.call import Answer, Call
from engine.gateway.books import Notice, Send
from engine.market.calendar import exchange_date, xnys
from engine.market.clock import Clock

SETTLES_S: Final = 900.0
"""Seconds after a session's end from which its bar has the close, in every plan."""

DayCloseOf = Callable[[str, date, bool], int | None]
"""Tells cents a share for a root and a day; `final`: only once the day's session is over."""


class DayCloses:
    """Asks for daily bars, each that is final once; used from one thread.

    Args:
        call: asks for the bar of a symbol and day.
        read: the close in dollars of an answer's body.
        send: makes the call.
        clock: real time.
        notice: told of what cannot be read.
    """

    def __init__(
        self,
        call: Callable[[str, date], Call],
        read: Callable[[object, str, date], float | None],
        send: Send,
        clock: Clock,
        notice: Notice,
    ) -> None:
        self._call, self._read, self._send = call, read, send
        self._clock, self._notice = clock, notice
        self._known: dict[tuple[str, date], int] = {}

    def close_c(self, symbol: str, day: date, final: bool) -> int | None:
        """Cents a share of a day's bar; None where the broker does not tell it, or not yet.

        Args:
            symbol: of the underlying.
            day: exchange date.
            final: whether what a session under way has come to is no answer.
        """
        known = self._known.get((symbol, day))
        over = self._is_over(day)
        if known is not None or (final and not over):
            return known
        answer = self._send(self._call(symbol, day))
        if not (isinstance(answer, Answer) and 200 <= answer.status < 300):
            return None
        try:
            price = self._read(answer.body, symbol, day)
        except DialectError as error:
            self._notice("BROKER_ANSWER", f"daily bar of {symbol}: {error}")
            return None
        if price is None:
            return None
        price_c = round(price * 100)
        if over:
            self._known[symbol, day] = price_c
        return price_c

    def _is_over(self, day: date) -> bool:
        now_s = self._clock.epoch_s()
        hours = xnys().regular_hours(day)
        if hours is None:
            return day < exchange_date(now_s)
        return now_s >= hours.closes.timestamp() + SETTLES_S
