"""The account and how its broker is connected; None is what nobody tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A desk's broker in another process, and the account there.

    Args:
        told: whether such a process tells anything; all else is empty where it does not.
        tail: the last characters of the account's number.
        feed, feed_quality: the source of quotes; live, delayed, indicative or simulated.
        connected: whether the process is connected; orders_up, data_up: its own links.
        heard_s: epoch second of the broker's last message.
        gone: why nobody answers for the account though the process may be connected; "" where
            somebody does. What was told before says nothing of now then, and is left out.
        orders_why, data_why: what was wrong with a link's last call; orders_s, data_s: epoch second
            of its last good answer; None where an older gateway does not tell.
        events_up: whether the stream of order events is up; events_down_s: seconds for which it has
            not been up for good; events_why: why it ended last.
        calls_left, calls_limit: of the broker's limit of calls.
        clock_ahead_s: the broker's time minus ours; token_s: seconds the login is still good for.
        troubles: the gateway's active alarms, as sentences.
        equity_c, power_c: what the account is worth, and what option orders may still use.
        power_s: epoch second of that answer; left_c: of it for another pair, what is open kept
            back; None where unknown or old; next_c: what the pair last decided about takes.
        level: the broker's level of option trading; blocked: what it forbids.
        unarmed: whether live trading waits to be armed; baseline: what the account held before and
            nobody has confirmed.
        first_contracts: most contracts of an order while `first_well` of `first_of` attempts have
            ended well, `first_pairs` of `first_pairs_of` with a pair; None where orders are not
            limited so.
        compared_s: epoch second of the last comparison; difference: what differed; unsure: what
            differed at the last look alone, and is looked at again.
        fees_differ: how the broker's fees differ from the settings'.
        first_start: whether the account's journal has no earlier start of a desk.
    """

    told: bool = False
    tail: str = ""
    feed: str = ""
    feed_quality: str = ""
    connected: bool = False
    orders_up: bool | None = None
    data_up: bool | None = None
    heard_s: float | None = None
    gone: str = ""
    orders_why: str = ""
    data_why: str = ""
    orders_s: float | None = None
    data_s: float | None = None
    events_up: bool | None = None
    events_down_s: float = 0.0
    events_why: str = ""
    calls_left: int | None = None
    calls_limit: int | None = None
    clock_ahead_s: float | None = None
    token_s: float | None = None
    troubles: tuple[str, ...] = ()
    equity_c: int | None = None
    power_c: int | None = None
    power_s: float | None = None
    left_c: int | None = None
    next_c: int | None = None
    level: int | None = None
    blocked: tuple[str, ...] = ()
    unarmed: bool = False
    baseline: str = ""
    first_contracts: int | None = None
    first_well: int = 0
    first_of: int = 0
    first_pairs: int = 0
    first_pairs_of: int = 0
    compared_s: float | None = None
    difference: str = ""
    unsure: str = ""
    fees_differ: str = ""
    first_start: bool = False
