"""What an attempt to buy a debit teaches: how it was chosen, and what it and the market did."""

from __future__ import annotations

from typing import NamedTuple


class PairChosen(NamedTuple):
    """What an attempt teaches beyond its order: the settings and the pair it was chosen by.

    minute counts exchange minutes after midnight; buy_at and sell_at are quote locations,
    minimum_floor and all floors dollars a share after fees. width_c is bid to ask of both verticals
    in cents a share; floor the pair's at its limits, mid_floor the one at the middle of its
    markets, None where that is not known; estimate the debit as a fraction of its ask. other_pair
    is what the other objective would have chosen from the same quotes, as right and strikes, ""
    where it was not asked or would have chosen none; other_floor and other_net_c its floor and its
    net credit in cents a share. arm says how the attempt's settings were drawn, "" where nothing
    drew them.
    """

    at_ms: int
    trader: str
    order: str
    cycle: int
    phase: str
    minute: int
    contracts: int
    cancel_ms: int
    buy_at: float
    sell_at: float
    objective: str
    minimum_floor: float
    delay_low_s: float
    delay_high_s: float
    width_c: float
    floor: float
    mid_floor: float | None
    estimate: float | None
    other_pair: str
    other_floor: float | None
    other_net_c: int | None
    arm: str


class AttemptEnded(NamedTuple):
    """A debit attempt is over; `filled` counts contracts, `result` is an OrderResult.

    delay_s is the wait before it, since the end of the attempt before or since the trader could
    enter; worked_ms the time from WORKING to the cancel, None where nothing was cancelled or the
    order was taken over by a restart.
    """

    at_ms: int
    trader: str
    cycle: int
    order: str
    contracts: int
    filled: int
    result: str
    hour: int
    delay_s: float
    fill_time_ms: int | None
    worked_ms: int | None = None


class GhostWatched(NamedTuple):
    """What the market did for half a minute after a debit was cancelled unfilled.

    Only quotes that the desk fetched anyway were looked at, so what is not told may have happened
    between two of them. cancel_ms is the cancel time in force, buy_at the quote location bought at;
    worked_ms the time from WORKING to the cancel, None where it was never working. looks counts
    those after its end; first_ms and crossed_ms are the times from WORKING of the first of them,
    and of the first at which the vertical's natural ask was at or below the limit, None where there
    was none. reached is the lowest location that the ask came to since the order was sent, on
    the market of that moment (0 its natural bid, 1 its ask), None where nobody looked.
    """

    at_ms: int
    trader: str
    cycle: int
    order: str
    cancel_ms: int
    buy_at: float
    worked_ms: int | None
    looks: int
    first_ms: int | None
    crossed_ms: int | None
    reached: float | None


class FillMarked(NamedTuple):
    """What a filled debit was worth 1 s, 5 s, 30 s and 5 min after its first execution.

    Cents a share: paid_c what it cost, sent_mid_c the middle of its market when it was sent. The
    lists have one place for each time: late_ms is how much later the quotes were, bid_c and mid_c
    what selling the debit brought at its natural bid and at the middle, pair_c and pair_mid_c what
    closing the pair brought, once it was complete (negative: it cost). None is unknown: nobody
    fetched quotes soon enough.
    """

    at_ms: int
    trader: str
    cycle: int
    order: str
    paid_c: float
    sent_mid_c: float | None
    late_ms: list[int | None]
    bid_c: list[float | None]
    mid_c: list[float | None]
    pair_c: list[float | None]
    pair_mid_c: list[float | None]
