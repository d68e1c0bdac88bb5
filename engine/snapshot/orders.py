"""Orders: a row each, and the history of the one that is shown in detail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its row shows it; working_s is when the broker acknowledged it.

    part is D, C or U, or S for an order that trades shares away at the market, which has neither
    expiration nor limit; status is intended, sent, working, partial, filled, canceling, canceled,
    rejected, expired or unknown; legs is a text such as "190/195C", the strikes bought and sold;
    effects what each of them did to the account's contracts when it was sent: open, close or mixed;
    broker_id is the broker's own name for it, broker_state its own word for how far it is, ""
    before it gave one; cycle the number of the cycle of its trader that it belongs to.
    """

    id: str
    trader: str
    symbol: str
    expiration: date | None
    part: str
    legs: str
    quantity: int
    filled: int
    limit_c: int | None
    fill_c: int | None
    bid: float | None
    ask: float | None
    status: str
    stage: str
    text: str
    sent_s: float
    working_s: float | None
    ended_s: float | None
    effects: tuple[str, str] = ("", "")
    broker_id: str = ""
    broker_state: str = ""
    cycle: int = 0


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event of an order: our state and the broker's last word after it."""

    at_s: float
    what: str
    local: str
    broker: str
    text: str


@dataclass(frozen=True, slots=True)
class OrderStory:
    """Every event of the order shown in detail.

    left_out counts those that are not among its lines: they are being read from the journal, or
    cannot be read, and then trouble says why in a sentence.
    """

    id: str
    lines: tuple[StoryLine, ...]
    left_out: int = 0
    trouble: str = ""
