"""A reservation value that has been learned, and a day of traders that look and are let go or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from engine.risk.reservation import LEARN_S, Left, Promise, ReservationValue


def learn(reservation: ReservationValue, promise: Promise, now_s: float) -> None:
    """Let other chains be looked at until `now_s`, with more to be had than there are orders."""
    many, at_s = Left(1.0, 3_600.0), now_s - LEARN_S
    while at_s < now_s:
        for other in ("SPY", "QQQ", "IWM"):
            reservation.admits(other, promise, many, at_s)
        at_s += 10.0
    for other in ("SPY", "QQQ", "IWM"):
        reservation.admits(other, promise, many, now_s)
    assert reservation.learned


class Sent(NamedTuple):
    """An attempt that was let go."""

    trader: int
    at_s: float
    promise: Promise


def day(
    offers: Sequence[Callable[[float], Promise]],
    orders: float,
    seconds: float = 23_100.0,
    reservation: ReservationValue | None = None,
) -> list[Sent]:
    """A session of traders, each with what it is offered at a second of the day.

    A trader that is let go takes its promise's orders and looks again when its attempt is over;
    one that is not looks again after ten seconds.
    """
    reserved = reservation or ReservationValue()
    looks: list[tuple[float, int]] = []
    for n in range(len(offers)):
        heappush(looks, (n * 0.7, n))
    sent: list[Sent] = []
    left = orders
    while looks:
        at_s, n = heappop(looks)
        if at_s >= seconds or left <= 0:
            continue
        promise = offers[n](at_s)
        if reserved.admits(f"{n}", promise, Left(left, seconds - at_s), at_s):
            sent.append(Sent(n, at_s, promise))
            left -= promise.orders
            heappush(looks, (at_s + promise.every_s, n))
        else:
            heappush(looks, (at_s + 10.0, n))
    return sent
