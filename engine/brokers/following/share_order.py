"""What a broker tells of an order that trades shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.brokers.following.order_view import ViewState

MOST_SHARES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class ShareView:
    """One answer of a broker about an order of shares, counts since it began.

    Args:
        client_id, broker_id: our id of it and the broker's.
        state: how far it has come.
        filled: shares that executed.
        paid_c: cents of all of them together, to the whole cent; None where the broker does not
            say.
        reason: the broker's text, cleaned.
    """

    client_id: str
    broker_id: str
    state: ViewState
    filled: int
    paid_c: int | None
    reason: str = ""
