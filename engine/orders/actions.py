"""What a trader's step asks of the runtime, and what the runtime puts into its inbox."""

from __future__ import annotations

import math
from typing import NamedTuple

from engine.market.chain import OptionChain
from engine.orders.events import Event, OrderIntended
from engine.orders.types import OrderReport, OrderRequest


class Submit(NamedTuple):
    """Record the intent durably, then send it, but not after epoch second `fresh_until_s`."""

    request: OrderRequest
    intent: OrderIntended
    fresh_until_s: float = math.inf


class Cancel(NamedTuple):
    """Ask the broker to cancel one of our orders; CancelSent is written when the call starts."""

    order: str
    reason: str
    has_ended: bool = False


class Query(NamedTuple):
    """Ask the broker what became of one of our orders."""

    order: str


class Fetch(NamedTuple):
    """Fetch the chain and the underlying's price, and step again with `Quotes`."""


class WakeAt(NamedTuple):
    """Step again at engine second `at_s` at the latest."""

    at_s: float


class Note(NamedTuple):
    """Write an event to the journal."""

    event: Event


class Warn(NamedTuple):
    """Raise (or clear) the alarm `code` about this trader's unit or order."""

    code: str
    where: str
    raised: bool


Action = Submit | Cancel | Query | Fetch | WakeAt | Note | Warn


class Quotes(NamedTuple):
    """The chain asked for; None where it is not listed, or did not come for the `reason` given."""

    chain: OptionChain | None
    underlying: float
    reason: str = ""


class Sent(NamedTuple):
    """An order left for the broker."""

    order: str


class Failed(NamedTuple):
    """An order could not be sent and never will be: nothing reached the broker.

    denied: it was held back, which is not a reject of the broker's.
    gate: code of what held it back, such as "RATE"; "" where its quotes had become too old.
    """

    order: str
    reason: str
    denied: bool = False
    gate: str = ""


Message = Quotes | Sent | Failed | OrderReport
