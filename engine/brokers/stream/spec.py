"""What a dialect says of its stream: where it is, how to begin, and what a frame means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from engine.brokers.following.order_view import OrderView

Frame = str | bytes


class Welcome(NamedTuple):
    """The broker has taken us: events follow from now on."""


class TurnedAway(NamedTuple):
    """The broker does not take us; `reason` is its text, cleaned."""

    reason: str


class Heard(NamedTuple):
    """What an event tells of one of our orders."""

    view: OrderView


class AskAbout(NamedTuple):
    """An event that names an order and does not tell enough of it.

    Attributes:
        broker_id: of the order.
        replaces: whether executions were busted or corrected, so that the answer's counts replace
            what is known.
    """

    broker_id: str
    replaces: bool = False


Hint = Welcome | TurnedAway | Heard | AskAbout


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A dialect's stream.

    Args:
        url: `wss://…`.
        hello: makes the frames that begin a connection, keys among them; they are shown nowhere.
        parse: what a frame means; nothing for one that says nothing. It raises ValueError for
            one that cannot be read.
        silent_s: seconds without a frame after which the stream is dead; None where silence is
            normal and only pings tell.
    """

    url: str
    hello: Callable[[], tuple[Frame, ...]]
    parse: Callable[[Frame], tuple[Hint, ...]]
    silent_s: float | None = None
