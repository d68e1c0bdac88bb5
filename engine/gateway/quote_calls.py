"""How a gateway asks for quotes: what an answer is, and one reply for all who ask together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from engine.brokers.dialect import DialectError
from engine.brokers.following.replay import EndlessPagesError, Pages
from engine.brokers.http.call import Answer, Call
from engine.gateway.books import Send
from engine.market.clock import Clock

Value = TypeVar("Value")


class FeedError(ConnectionError):
    """The broker did not give the quotes."""


class RefusedFeedError(FeedError):
    """The account may not ask for these quotes."""


def told(send: Send, call: Call, what: str) -> Any:
    """The body of an answer.

    Args:
        send: makes the call.
        call: the question.
        what: is asked for, for people.

    Raises:
        RefusedFeedError: the account may not ask for it, or the keys are not taken.
        FeedError: the broker did not say.
    """
    answer = send(call)
    if not isinstance(answer, Answer):
        raise FeedError(answer.text or answer.failure.value)
    if answer.status in (401, 403):
        raise RefusedFeedError(
            f"the broker refuses {what} ({answer.status}); the account has no plan for them, or "
            "the keys are wrong: get the plan, or log in again; mode PAPER takes broker.feed = "
            '"indicative", too'
        )
    if not 200 <= answer.status < 300:
        raise FeedError(f"the broker answered {answer.status}")
    return answer.body


def read(reader: Callable[[], Value]) -> Value:
    """What an answer tells.

    Raises:
        FeedError: it is not in the broker's form.
    """
    try:
        return reader()
    except DialectError as error:
        raise FeedError(f"the broker's answer cannot be read: {error}") from None


def walk(page: Callable[[str | None], str | None], most: int, what: str) -> None:
    """Read pages to their end.

    Args:
        page: reads the page of a token, and tells the next.
        most: pages.
        what: is asked for, for people.

    Raises:
        FeedError: they have no end, or one cannot be read.
    """
    pages, token = Pages(most), None
    while True:
        try:
            token = pages.next(page(token))
        except (DialectError, EndlessPagesError) as error:
            raise FeedError(f"{what} cannot be read: {error}") from None
        if token is None:
            return


class Shared(Generic[Value]):
    """One reply for all who ask at about the same time; used from any thread.

    Args:
        seconds: for which it is good.
        clock: real time.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._kept: tuple[float, Value] | None = None

    def value(self, ask: Callable[[], Value], *, anew: bool = False) -> Value:
        """What was told at most so long ago, else what `ask` brings now."""
        wanted_s = self._clock.now_s()
        with self._lock:
            if self._kept is None or anew or self._kept[0] < wanted_s - self._seconds:
                asked_s = self._clock.now_s()
                self._kept = asked_s, ask()
            return self._kept[1]
