"""How the connections to a broker are, as the desk is told each second."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from engine.brokers.dialect import Dialect
from engine.brokers.http.call import Answer, Call, Failure, Lost
from engine.brokers.http.clock_offset import ClockOffset
from engine.brokers.http.governor import Governor
from engine.brokers.remote.facts import FeedQuality, Health
from engine.gateway.books import Send
from engine.gateway.troubles import Troubles
from engine.market.calendar import exchange_date, xnys
from engine.market.chain import OptionChain
from engine.market.clock import Clock
from engine.orders.soundness import cleaned

LAG_S: Final = 300.0
"""Seconds without a new quote on any chain in session from which a feed counts as delayed."""

LAG_STANDS_S: Final = 60.0
"""Seconds for which the last chain says something of the feed."""

STREAM_S: Final = 30.0
"""Seconds without a stream from which an alarm says so."""

_TELLING: Final = (Failure.NOT_CONNECTED, Failure.BROKEN)
"""Failures of which the connection's own words say more than that it took too long."""

_TLS: Final = "no trusted connection"
_HERE: Final = (Failure.NO_TURN, Failure.NOT_WRITABLE)
"""Failures of this side, which say nothing of the connection."""


class LinkAge:
    """One host's calls, and when it answered last; used from any thread.

    Args:
        send: makes a call.
        clock: real time.
        dialect: tells a refusal of what was asked from one of our keys.

    Attributes:
        up: whether the last call got through.
        why: what was wrong with it; "" while it is up.
        refused: the status with which the last answer refused our keys; 0 where it did not.
    """

    def __init__(self, send: Send, clock: Clock, dialect: Dialect) -> None:
        self._send, self._clock, self._dialect = send, clock, dialect
        self._began_s = clock.now_s()
        self._heard_s: float | None = None
        self._good_s: float | None = None
        self.up = True
        self.why = ""
        self.refused = 0

    def send(self, call: Call) -> Answer | Lost:
        """Make a call, and note how it went."""
        result = self._send(call)
        if isinstance(result, Answer):
            self._heard_s = self._clock.now_s()
            self.refused = result.status if self._refuses_keys(result) else 0
            if self.refused:
                self.why = f"it does not accept the keys ({result.status})"
            else:
                self.why = f"it answers {result.status}" if result.status >= 500 else ""
        elif result.failure not in _HERE:
            self.why = words_of(result)
        else:
            return result
        self.up = not self.why
        if self.up:
            self._good_s = self._clock.now_s()
        return result

    def _refuses_keys(self, answer: Answer) -> bool:
        """Whether an answer says that the broker does not take us at all."""
        if answer.status == 403:
            return self._dialect.refusal(answer.status, answer.body) is None
        return answer.status == 401

    @property
    def age_s(self) -> float:
        """Seconds since the last answer, or since the begin where none has come."""
        since_s = self._began_s if self._heard_s is None else self._heard_s
        return self._clock.now_s() - since_s

    @property
    def good_age_s(self) -> float:
        """Seconds since the last answer with which it was up, or since the begin."""
        since_s = self._began_s if self._good_s is None else self._good_s
        return self._clock.now_s() - since_s


def words_of(lost: Lost) -> str:
    """Why no answer came, for people: what a connection says of itself, and no name of a class."""
    if "CERTIFICATE" in lost.text or "SSL" in lost.text:
        return f"{_TLS}: {cleaned(lost.text.partition('] ')[2] or lost.text, 60)}"
    said = cleaned(lost.text.partition(": ")[2], 70)
    told = said and (lost.failure in _TELLING or said.startswith("the name"))
    return f"{lost.failure.value} ({said})" if told else lost.failure.value


class Stream(NamedTuple):
    """How the broker's stream of order events is.

    Attributes:
        up: whether it is connected.
        down_s: seconds for which it has not been up for good; 0 where it has.
        why: for what reason it ended last.
    """

    up: bool
    down_s: float
    why: str


class QuoteLag:
    """Whether a feed that should be live lags behind the market; used from any thread.

    A chain in session has quotes of its last second; a delayed feed's are 15 minutes old. A quiet
    chain alone says nothing while another one is fresh.

    Args:
        clock: real time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._newest_s = self._looked_s = -math.inf

    def note(self, chain: OptionChain | None) -> None:
        """A chain that was told just now."""
        if chain is None:
            return
        self._looked_s = self._clock.epoch_s()
        told_s = chain.quoted_s[chain.quoted_s <= self._looked_s]  # none that is not a number
        self._newest_s = max(self._newest_s, float(told_s.max(initial=-math.inf)))

    @property
    def late(self) -> bool:
        """Whether chains were told of late, and none had a new quote though the market is open."""
        now_s = self._clock.epoch_s()
        if now_s - self._looked_s > LAG_STANDS_S or now_s - self._newest_s <= LAG_S:
            return False
        hours = xnys().regular_hours(exchange_date(now_s))
        if hours is None:
            return False
        return hours.opens.timestamp() + LAG_S < now_s < hours.closes.timestamp()


def health_of_links(
    orders: LinkAge,
    data: LinkAge,
    governor: Governor,
    offset: ClockOffset,
    troubles: Troubles,
    feed_quality: FeedQuality,
    keys_sentence: str,
    stream: Stream | None,
    session: Clock,
    *,
    well: bool,
) -> Health:
    """The health message of now; orders are up only while somebody looks after them (`well`).

    The broker's time is told against `session`, the clock that the desk goes by: where the host's
    was set since the gateway began, it is not the host's.
    """
    troubles.hold("KEYS_REFUSED", keys_sentence if orders.refused else "")
    troubles.hold("STREAM_DOWN", "" if stream is None else stream_words(stream))
    rate = governor.rate()
    return Health(
        orders.up and well,
        data.up,
        min(orders.age_s, data.age_s),
        rate.left,
        rate.limit,
        rate.reset_s,
        offset.ahead_of_s(session),
        None,
        troubles.standing(),
        feed_quality,
        orders.good_age_s,
        data.good_age_s,
        orders.why or ("" if well else "nobody looks after its orders"),
        data.why,
        *((None, 0.0, "") if stream is None else stream),
    )


def stream_words(stream: Stream) -> str:
    """That a stream has been down for a while, and what that means; "" where it has not."""
    if stream.down_s < STREAM_S:
        return ""
    why = f" ({stream.why[:70]})" if stream.why else ""
    return (
        f"order events do not come{why}; orders are asked for every two seconds. It takes one "
        "program an account: end another one"
    )
