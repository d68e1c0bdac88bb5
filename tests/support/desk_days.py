"""Whole days of attempts drawn at once: situations without an effect, and planted ones.

A day is a set of columns, one entry an attempt, in the order of time. `arm` is 0 or 1; without an
effect both arms bring the same dollars wherever and whenever they are used alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

OPENS, CLOSES = 570, 960
"""Exchange minutes after midnight."""

CHAINS = 9
POOR = 3
"""How many of the chains fill seldom where chains differ."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(slots=True)
class Day:
    """Attempts of one day.

    Args:
        minute, chain, arm: when, on which chain, under which value.
        width_c: quoted width of both verticals, cents.
        chance: of a fill, by the situation.
        lot_dollars: floor of what fills.
        seconds: taken.
        dollars: what it brought; drawn last.
    """

    minute: Floats
    chain: Whole
    arm: Whole
    width_c: Floats
    chance: Floats
    lot_dollars: Floats
    seconds: Floats
    dollars: Floats

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        """Forget all attempts but these."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name)[chosen])


Situation = Callable[[np.random.Generator, Day], None]


def day_of(
    rng: np.random.Generator, situation: Situation, chains: int = CHAINS, attempts: int = 1400
) -> Day:
    """Draw a day: a quarter of the attempts fill, each chain's arm changes every 40 at random.

    Floors of what fills are heavy-tailed (log-normal), and one fill in fifty ends in a loss.

    Args:
        rng: draws everything.
        situation: changes what differs from this.
        chains: traders, each on a chain of its own.
        attempts: of each trader; a trader alone makes some 1,400 a day where orders are free.
    """
    n = chains * attempts
    minute = np.sort(rng.uniform(OPENS, CLOSES, (chains, attempts)), axis=1).ravel()
    runs = rng.integers(0, 2, (chains, attempts // 40 + 1))
    order = np.argsort(minute, kind="stable")
    day = Day(
        minute[order],
        np.repeat(np.arange(chains), attempts)[order],
        np.repeat(runs, 40, axis=1)[:, :attempts].ravel()[order],
        rng.lognormal(np.log(30), 0.5, n),
        np.full(n, 0.25),
        rng.lognormal(np.log(10), 0.8, n),
        rng.uniform(5, 20, n),
        np.zeros(n),
    )
    situation(rng, day)
    filled = rng.random(len(day.minute)) < day.chance
    lost = rng.random(len(day.minute)) < 0.02
    day.dollars = np.where(filled, np.where(lost, -30.0, day.lot_dollars), 0.0)
    return day


def quality(chain: Whole) -> Floats:
    """Fill rates of 5 to 45 %, worst first."""
    return 0.05 + 0.4 * chain / max(int(chain.max()), 1)


def _coin(rng: np.random.Generator, share: Floats) -> Whole:
    return (rng.random(len(share)) < share).astype(np.int64)


def independent(rng: np.random.Generator, day: Day) -> None:
    """Every attempt is as good as every other."""


def spells(length: int, low: float, high: float) -> Situation:
    """Stretches in which all chains fill seldom, or often, at random.

    Args:
        length: attempts of one trader that a stretch lasts.
        low, high: the two fill rates.
    """

    def situation(rng: np.random.Generator, day: Day) -> None:
        lasts = (CLOSES - OPENS) * length / 1400
        stretch = ((day.minute - OPENS) / lasts).astype(np.int64)
        day.chance = rng.choice((low, high), int(stretch.max()) + 1)[stretch]

    return situation


def arm_by_hour(rng: np.random.Generator, day: Day) -> None:
    """Hours differ, and in good ones four of five attempts are of one arm, in bad ones one."""
    hour = (day.minute // 60).astype(np.int64)
    good = rng.random(24) < 0.5
    day.chance = np.where(good[hour], 0.4, 0.15)
    day.arm = _coin(rng, np.where(good[hour], 0.8, 0.2))


def phase_inside_an_hour(rng: np.random.Generator, day: Day) -> None:
    """What fills changes at 11:30 and at 14:45, and so does the arm that is used most."""
    late = (day.minute >= 690) & (day.minute < 885)
    day.chance = np.where(late, 0.4, 0.15)
    day.arm = _coin(rng, np.where(late, 0.8, 0.2))


def chains_differ(rng: np.random.Generator, day: Day) -> None:
    """Nine chains fill 5 to 45 %, and the better ones use one arm more."""
    day.chance = quality(day.chain)
    day.arm = _coin(rng, 0.2 + 0.6 * (day.chance - 0.05) / 0.4)


def second_half_hours(rng: np.random.Generator, day: Day) -> None:
    """The second half of each hour fills better, and one arm is used there."""
    second = day.minute % 60 >= 30
    day.chance = np.where(second, 0.35, 0.15)
    day.arm = _coin(rng, np.where(second, 0.8, 0.2))


def width_hidden(rng: np.random.Generator, day: Day) -> None:
    """Tight markets fill better, and one arm is used where markets are tight."""
    tight = 30 / day.width_c
    day.chance = np.minimum(0.6, 0.25 * tight)
    day.arm = _coin(rng, tight**2 / (1 + tight**2))


def poor_chains_in_an_hour(rng: np.random.Generator, day: Day) -> None:
    """Chains differ, and from 12:00 to 13:00 only the poor ones are traded."""
    day.chance = quality(day.chain)
    noon = (day.minute >= 720) & (day.minute < 780)
    day.keep(~noon | (day.chain < POOR))


def size_with_equal_lots(situation: Situation) -> Situation:
    """The same, where the arms are sizes: two lots at half the chance, equal dollars in the mean."""

    def sized(rng: np.random.Generator, day: Day) -> None:
        situation(rng, day)
        large = day.arm == 1
        day.chance = np.where(large, day.chance / 2, day.chance)
        day.lot_dollars = np.where(large, day.lot_dollars * 2, day.lot_dollars)

    return sized


def more_fills(points: float) -> Situation:
    """One arm fills more often, by so many points."""

    def situation(rng: np.random.Generator, day: Day) -> None:
        day.chance = day.chance + np.where(day.arm == 1, points / 100, 0.0)

    return situation


def bad_hour(hour: int, points: float) -> Situation:
    """One exchange hour fills less often, by so many points."""

    def situation(rng: np.random.Generator, day: Day) -> None:
        day.chance = day.chance - np.where(day.minute // 60 == hour, points / 100, 0.0)

    return situation


def better_location(rng: np.random.Generator, day: Day) -> None:
    """One attempt in five explores a location that fills 15 points more often for a tenth less."""
    day.arm = _coin(rng, np.full(len(day.minute), 0.2))
    explored = day.arm == 1
    day.chance = np.where(explored, day.chance + 0.15, day.chance)
    day.lot_dollars = np.where(explored, day.lot_dollars * 0.9, day.lot_dollars)


def better_floor(rng: np.random.Generator, day: Day) -> None:
    """One attempt in five asks a higher floor: a third fewer fills of twice the dollars."""
    day.arm = _coin(rng, np.full(len(day.minute), 0.2))
    explored = day.arm == 1
    day.chance = np.where(explored, day.chance * 2 / 3, day.chance)
    day.lot_dollars = np.where(explored, day.lot_dollars * 2, day.lot_dollars)


NULL: dict[str, Situation] = {
    "independent fills": independent,
    "spells of 60, 5 / 45 %": spells(60, 0.05, 0.45),
    "spells of 60, 10 / 38 %": spells(60, 0.10, 0.38),
    "spells of 200, 5 / 45 %": spells(200, 0.05, 0.45),
    "spells of 200, 10 / 38 %": spells(200, 0.10, 0.38),
    "arm used 80/20 by hour": arm_by_hour,
    "phase inside an hour": phase_inside_an_hour,
    "nine chains of different quality": chains_differ,
    "second half of each hour": second_half_hours,
    "quoted width as hidden cause": width_hidden,
    "only poor chains in an hour": poor_chains_in_an_hour,
}

PLANTED: dict[str, Situation] = {
    "fill rate + 10 points": more_fills(10),
    "fill rate + 20 points": more_fills(20),
    "hour 12 fills 15 points less": bad_hour(12, 15),
    "hour 15 fills 15 points less": bad_hour(15, 15),
    "location + 15 points, - 10 % floor": better_location,
    "floor x 2, fills x 2/3": better_floor,
}
