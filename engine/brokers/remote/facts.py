"""What a broker's process says of itself: once at the hello, and of its links each second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, get_args, runtime_checkable

from engine.brokers.remote.books import maybe_whole
from engine.brokers.remote.frames import WireError, cleaned, finite
from engine.config import SimulationSettings
from engine.market.clock import SessionClock

FeedQuality = Literal["live", "delayed", "indicative", "simulated", "refused"]
QUALITIES: Final = get_args(FeedQuality)
MODES: Final = ("SIM", "PAPER", "LIVE")
MOST_TROUBLES: Final = 32
"""Alarms of a gateway that one health message carries."""

LONGEST_TROUBLE: Final = 300
"""Characters of the sentence of one of them."""

LONGEST_WHY: Final = 100
"""Characters of the reason for which a link is down."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What a broker can do.

    Args:
        accounts: tells equity and buying power.
        only_cancels: takes no desk and no order, and ends once nothing works.
        busts: tells which executions were booked and then taken back; an older one does not.
    """

    accounts: bool = False
    only_cancels: bool = False
    busts: bool = False

    def plain(self) -> list[str]:
        """The names of what it can, for the wire."""
        return [name for name in self.__slots__ if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a broker's process says of its session.

    Args:
        broker: the broker's name.
        mode: SIM, PAPER or LIVE.
        account_tail: the last characters of the account's number.
        feed: name of the source of quotes.
        feed_quality: live, delayed, indicative, simulated, or refused by the broker.
        caps: what the broker can do.
        clock: its time.
        simulation: settings of a simulated exchange; None for any other broker.
    """

    broker: str
    mode: str
    account_tail: str
    feed: str
    feed_quality: FeedQuality
    caps: Caps
    clock: SessionClock
    simulation: SimulationSettings | None = None

    def plain(self) -> dict[str, Any]:
        """For the wire."""
        clock = self.clock
        plain: dict[str, Any] = {
            "broker": self.broker,
            "mode": self.mode,
            "account_tail": self.account_tail,
            "feed": self.feed,
            "feed_quality": self.feed_quality,
            "caps": self.caps.plain(),
            "clock": [clock.at_s, clock.starts_s, clock.speed],
        }
        if self.simulation is not None:
            plain["simulation"] = self.simulation.model_dump(mode="json")
        return plain


def facts_of(plain: Mapping[str, Any]) -> SessionFacts:
    """A session's facts from the wire; abilities of which this version knows nothing are left out.

    Raises:
        WireError: they cannot be read.
    """
    try:
        at_s, epoch_s, speed = (finite(each) for each in plain["clock"])
        mode, told = plain["mode"], plain["caps"]
        if mode not in MODES:
            raise ValueError(f"{str(mode)[:20]!r} is not a mode")
        if not isinstance(told, list):
            raise ValueError("caps are no list")
        simulation = plain.get("simulation")
        return SessionFacts(
            cleaned(plain["broker"], 32),
            mode,
            cleaned(plain["account_tail"], 8),
            cleaned(plain["feed"], 32),
            _quality(plain["feed_quality"]),
            Caps(**{name: True for name in Caps.__slots__ if name in told}),
            SessionClock(at_s, epoch_s, speed),
            None if simulation is None else SimulationSettings.model_validate(simulation),
        )
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise WireError(f"not the facts of a session: {str(error)[:200]}") from None


@dataclass(frozen=True, slots=True)
class Trouble:
    """An active alarm of a gateway.

    Args:
        kind: the alarm's, such as "FOREIGN_FILL".
        where: what it is about, such as a trader or an order; "" for the desk.
        text: what happened.
    """

    kind: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """How a broker's process is connected with its broker, as it says each second.

    Args:
        orders_up, data_up: whether the links of orders and of quotes are up.
        heard_age_s: seconds since the broker's last message of any kind.
        calls_left, calls_limit: of the broker's limit of calls; None where it has none.
        resets_s: seconds until the limit begins anew; None where unknown.
        clock_ahead_s: the broker's time minus the session's, seconds; None where unknown.
        token_s: seconds that the login is still good for; None where it does not end.
        troubles: the alarms that stand there.
        feed_quality: of the quotes now; None from an older gateway, which tells it at the hello.
        orders_age_s, data_age_s: seconds since the broker's last good answer on the link; None
            where an older gateway does not tell.
        orders_why, data_why: what was wrong with the link's last call; "" while it is up.
        events_up: whether the broker's stream of order events is up; None where there is none.
        events_down_s: seconds for which it has not been up for good; 0 where it has.
        events_why: why it ended last.
    """

    orders_up: bool
    data_up: bool
    heard_age_s: float
    calls_left: int | None = None
    calls_limit: int | None = None
    resets_s: float | None = None
    clock_ahead_s: float | None = None
    token_s: float | None = None
    troubles: tuple[Trouble, ...] = ()
    feed_quality: FeedQuality | None = None
    orders_age_s: float | None = None
    data_age_s: float | None = None
    orders_why: str = ""
    data_why: str = ""
    events_up: bool | None = None
    events_down_s: float = 0.0
    events_why: str = ""

    def plain(self) -> dict[str, Any]:
        """For the wire."""
        return {
            "orders_up": self.orders_up,
            "data_up": self.data_up,
            "heard_age": round(self.heard_age_s, 3),
            "calls": [self.calls_left, self.calls_limit, self.resets_s],
            "clock_ahead": self.clock_ahead_s,
            "token": self.token_s,
            "troubles": [[each.kind, each.where, each.text] for each in self.troubles],
            "feed_quality": self.feed_quality,
            "links": {
                "orders": [_rounded(self.orders_age_s), self.orders_why],
                "data": [_rounded(self.data_age_s), self.data_why],
                "events": [self.events_up, _rounded(self.events_down_s), self.events_why],
            },
        }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def health_of(plain: Mapping[str, Any]) -> Health:
    """A health message from the wire.

    Raises:
        WireError: it cannot be read.
    """
    try:
        left, limit, resets_s = plain["calls"]
        up = plain["orders_up"], plain["data_up"]
        if not all(isinstance(each, bool) for each in up):
            raise ValueError("a link is up or not")
        rows = plain["troubles"][:MOST_TROUBLES]
        quality = plain.get("feed_quality")
        return Health(
            *up,
            finite(plain["heard_age"]),
            maybe_whole(left),
            maybe_whole(limit),
            _maybe(resets_s),
            _maybe(plain["clock_ahead"]),
            _maybe(plain["token"]),
            tuple(
                Trouble(cleaned(kind, 32), cleaned(where, 80), cleaned(text, LONGEST_TROUBLE))
                for kind, where, text in rows
            ),
            None if quality is None else _quality(quality),
            *_links(plain.get("links")),
        )
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise WireError(f"not a health message: {str(error)[:200]}") from None


def _links(told: Any) -> tuple[Any, ...]:
    """What is told of each link; nothing by an older gateway."""
    if told is None:
        return ()
    (orders_s, orders_why), (data_s, data_why) = told["orders"], told["data"]
    up, down_s, why = told["events"]
    if not (up is None or isinstance(up, bool)):
        raise ValueError("a stream is up or not")
    whys = (cleaned(each, LONGEST_WHY) for each in (orders_why, data_why))
    return (
        _maybe(orders_s), _maybe(data_s), *whys, up, finite(down_s), cleaned(why, LONGEST_WHY)
    )  # fmt: skip


def _quality(told: Any) -> FeedQuality:
    if told not in QUALITIES:
        raise ValueError(f"{str(told)[:20]!r} is not the quality of a feed")
    quality: FeedQuality = told
    return quality


def _maybe(value: Any) -> float | None:
    return None if value is None else finite(value)


@runtime_checkable
class TellingBroker(Protocol):
    """A broker in another process, which tells what it is and how it is connected.

    health is what was last told, and when in seconds of the broker's clock; None before it was.
    why_gone says why that process does not answer, where somebody knows; "" else.
    """

    facts: SessionFacts
    why_gone: str
    health: tuple[Health, float] | None

    @property
    def connected(self) -> bool:
        """Whether that process is connected now."""
        ...


def feed_quality(broker: TellingBroker) -> FeedQuality:
    """The quality of a broker's quotes as it was told last: with its health, else at the hello."""
    told = None if broker.health is None else broker.health[0].feed_quality
    return broker.facts.feed_quality if told is None else told
