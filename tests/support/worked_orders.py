"""Orders drawn from a known fill model, as a fit takes them; nothing is run for them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.config import Calibration
from engine.learning.calibration.orders import WorkedOrder, WorkedOrders
from engine.learning.calibration.rates import CalibratedRates

OPENED_S = 1_732_285_800  # 2024-11-22 09:30 in New York
CANCEL_S = 2.5

KNOWN = Calibration(
    venue="LIVE known",
    simulated=False,
    first_date="2024-11-22",
    last_date="2024-11-22",
    attempts=5_000,
    credits=1_000,
    fills=2_000,
    by_location=((0.2, 0.1), (0.35, 0.25), (0.5, 0.5)),
    by_width=((10.0, 1.4), (30.0, 1.0), (90.0, 0.4)),
    by_phase={"MORNING": 1.0, "MIDDAY": 0.6},
    by_wait=((0.25, 0.0), (1.0, 1.0), (10.0, 0.7)),
    size_power=-0.8,
    credit_factor=1.5,
    partial=0.3,
    errors={},
    blocks=24,
    block_s=900,
    held_out_s=2.5,
    held_out=(),
)
"""A fill model as a fit tells it, made up."""

Rate = Callable[[float, float, int, str, bool], float]


def waiting_s(rng: np.random.Generator, fit: Calibration, rate: float) -> float:
    """A time to the first fill under a fit's pieces of waiting time, at a rate before them."""
    left, began_s = rng.exponential(), 0.0
    rates = CalibratedRates(fit)
    while True:
        factor, until_s = rates.of_wait(began_s)
        used = rate * factor * (until_s - began_s)
        if used >= left or not math.isfinite(until_s):
            return began_s + left / (rate * factor) if rate * factor > 0 else math.inf
        left -= used
        began_s = until_s


def drawn_orders(
    seed: int,
    count: int,
    fit: Calibration = KNOWN,
    *,
    credits: bool = True,
    spells: tuple[float, float] = (1.0, 1.0),
    held_out: float = 1.0,
    every_s: int = 20,
) -> WorkedOrders:
    """Orders that fill as a fit says.

    Args:
        seed: draws everything.
        count: of orders; where there are credits, every sixth is one.
        fit: the truth.
        spells: factors on every rate of a quarter hour, either by chance.
        held_out: a factor on the rates of every fifth quarter hour.
        every_s: seconds between two orders.
    """
    rng = np.random.default_rng(seed)
    rates = CalibratedRates(fit)
    orders = WorkedOrders("LIVE drawn", False, {"2024-11-22", "2024-11-25"})
    ease: dict[int, float] = {}
    first = OPENED_S // 900
    for number in range(count):
        second = OPENED_S + number * every_s
        block = second // 900
        factor = ease.setdefault(block, float(rng.choice(spells)))
        if (block - first) % 5 == 4:
            factor *= held_out
        completes = credits and number % 6 == 5
        location = float(rng.choice((0.22, 0.35, 0.48)) + rng.uniform(-0.02, 0.02))
        width_c = float(np.exp(rng.uniform(math.log(10.0), math.log(90.0))))
        quantity = int(rng.choice((1, 1, 2, 3)))
        phase = "MORNING" if number % 2 else "MIDDAY"
        rate = rates.at(location, width_c, quantity, phase, completes=completes)
        fills_s = waiting_s(rng, fit, rate * factor)
        filled = 0
        if fills_s <= CANCEL_S:
            filled = 1 if quantity > 1 and rng.random() < fit.partial else quantity
        orders.rows.append(
            WorkedOrder(
                completes,
                location,
                width_c,
                quantity,
                phase,
                second,
                min(fills_s, CANCEL_S),
                filled,
            )
        )
    return orders
