"""Fits the model `calibrated` to the orders of a journal, and checks it on blocks it never saw."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from engine.config import LEAST_ATTEMPTS, Calibration
from engine.config.names import shown_text
from engine.learning.calibration.orders import (
    BLOCK_S,
    CalibrationError,
    WorkedOrder,
    WorkedOrders,
)
from engine.learning.calibration.rates import CalibratedRates
from engine.learning.calibration.regression import (
    Array,
    exposures,
    fills_by_piece,
    fit_rates,
)

LEAST_FILLS: Final = 30
"""Fewer fills, or fewer attempts without one, tell neither a rate nor what it depends on."""

LEAST_OF_A_KIND: Final = 50
"""Orders of a phase, a size or a part below which it gets no factor of its own."""

LEAST_OF_A_PIECE: Final = 20
"""Fills of a piece of waiting time, or as many that would be there at the mean rate; pieces with
fewer are joined with the next."""

LEAST_BLOCKS: Final = 10
"""Quarter hours; with fewer a minute is a block, and the errors are thin."""

THIN_BLOCK_S: Final = 60

LONGEST_S: Final = 10.0
"""Of an order's work: later its market is no longer that which it was sent on."""

_CUTS_S: Final = (0.25, 0.5, 1.0, 1.5, 2.5, 5.0, LONGEST_S)
_SHARES: Final = (0.01, 0.25, 0.5, 0.75, 0.99)
_LEAST_GAP: Final = 0.03
_LEAST_RATIO: Final = math.log(1.15)
"""Locations, and logarithms of widths, nearer each other than that are one."""

_EVERY: Final = 5
_TENTHS: Final = 10


class TooFewAttemptsError(CalibrationError):
    """There are too few attempts, or nearly all or none of them filled."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the regression may tell apart, decided on all orders; the check keeps to it."""

    places: tuple[float, ...]
    widths_c: tuple[float, ...]
    median_c: float
    phase: str
    phases: tuple[str, ...]
    sizes: bool
    credits: bool
    edges_s: tuple[float, ...]
    block_s: int
    held_out_s: float

    @property
    def reference_c(self) -> float:
        """The width whose factor is 1: the knot nearest the median."""
        return min(self.widths_c, key=lambda width_c: abs(width_c - self.median_c))


def calibrate(orders: WorkedOrders) -> Calibration:
    """Fit the model.

    Args:
        orders: of one venue.

    Raises:
        TooFewAttemptsError: fewer than `LEAST_ATTEMPTS` attempts, or fewer than `LEAST_FILLS` with
            or without a fill.
    """
    _require_enough(orders)
    rows = orders.rows
    shape = _shape_of(rows)
    blocks = sorted({row.second // shape.block_s for row in rows})
    aside = set(blocks[_EVERY - 1 :: _EVERY])
    unseen = [row for row in rows if row.second // shape.block_s in aside]
    seen = [row for row in rows if row.second // shape.block_s not in aside]
    trial = _fitted(orders, seen, shape)
    held_out = _compared(CalibratedRates(trial), unseen, shape.held_out_s)
    return _fitted(orders, rows, shape).changed(held_out=held_out)


def _require_enough(orders: WorkedOrders) -> None:
    found = orders.attempts
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in orders.left_out.most_common())
    more = f" ({left_out} are left out)" if left_out else ""
    if found < LEAST_ATTEMPTS:
        raise TooFewAttemptsError(
            f"{found:,} attempts tell too little{more}: {LEAST_ATTEMPTS} are needed; name more "
            "runs of this venue, `legdesk runs` lists them, or trade more sessions"
        )
    filled = sum(row.filled > 0 for row in orders.rows if not row.completes)
    if min(filled, found - filled) < LEAST_FILLS:
        raise TooFewAttemptsError(
            f"{filled:,} of {found:,} attempts filled{more}: {LEAST_FILLS} with and {LEAST_FILLS} "
            "without a fill are needed; name more runs of this venue, or try other locations"
        )


def _block_s(rows: Sequence[WorkedOrder]) -> int:
    quarters = len({row.second // BLOCK_S for row in rows})
    return BLOCK_S if quarters >= LEAST_BLOCKS else THIN_BLOCK_S


def _shape_of(rows: Sequence[WorkedOrder]) -> _Shape:
    locations = np.array([row.location for row in rows])
    widths = np.array([row.width_c for row in rows])
    counts = Counter(row.phase for row in rows)
    phase = counts.most_common(1)[0][0]
    kinds = [sum(row.completes for row in rows), sum(row.quantity > 1 for row in rows)]
    credits, sizes = (min(n, len(rows) - n) >= LEAST_OF_A_KIND for n in kinds)
    return _Shape(
        tuple(round(place, 4) for place in _knots(locations, _LEAST_GAP)),
        tuple(round(math.exp(each), 2) for each in _knots(np.log(widths), _LEAST_RATIO)),
        float(np.median(widths)),
        phase,
        tuple(sorted(p for p, n in counts.items() if p != phase and n >= LEAST_OF_A_KIND)),
        sizes,
        credits,
        _edges_s(rows),
        _block_s(rows),
        _horizon_s(rows),
    )


def _knots(values: Array, least_gap: float) -> list[float]:
    """Where a curve may bend: at quantiles that are far enough from each other."""
    knots: list[float] = []
    for each in np.quantile(values, _SHARES).tolist():
        if not knots or each - knots[-1] >= least_gap:
            knots.append(each)
    return knots


def _hats(values: Array, knots: Sequence[float]) -> list[Array]:
    """The share of each knot in each value, as linear interpolation has it; the ends reach on."""
    one = np.eye(len(knots))
    return [np.interp(values, knots, one[number]) for number in range(len(knots))]


def _edges_s(rows: Sequence[WorkedOrder]) -> tuple[float, ...]:
    """Where pieces of waiting time meet: each had fills enough, or room for as many."""
    worked = np.minimum([row.worked_s for row in rows], LONGEST_S)
    fills = np.sort([row.worked_s for row in rows if row.filled and row.worked_s < LONGEST_S])
    mean = len(fills) / float(worked.sum())

    def enough(low_s: float, high_s: float) -> bool:
        expected = mean * float((np.clip(worked, low_s, high_s) - low_s).sum())
        inside = int(np.searchsorted(fills, high_s) - np.searchsorted(fills, low_s))
        return max(expected, inside) >= LEAST_OF_A_PIECE

    edges = [0.0]
    for cut_s in _CUTS_S:
        if enough(edges[-1], cut_s):
            edges.append(cut_s)
    # What is left at the end belongs to the last piece.
    return (*(edges[:-1] or edges), LONGEST_S)


def _features(rows: Sequence[WorkedOrder], shape: _Shape) -> tuple[Array, list[str]]:
    """A row of logarithms' regressors an order, and what each column is of."""
    columns = _hats(np.array([row.location for row in rows]), shape.places)
    names = [f"location {place:g}" for place in shape.places]
    widths = _hats(np.log([row.width_c for row in rows]), np.log(shape.widths_c).tolist())
    for width_c, column in zip(shape.widths_c, widths, strict=True):
        if width_c != shape.reference_c:
            columns.append(column)
            names.append(f"width {width_c:g}")
    for phase in shape.phases:
        columns.append(np.array([float(row.phase == phase) for row in rows]))
        names.append(phase)
    if shape.sizes:
        columns.append(np.log([float(row.quantity) for row in rows]))
        names.append("size")
    if shape.credits:
        columns.append(np.array([float(row.completes) for row in rows]))
        names.append("credit")
    return np.stack(columns, axis=1), names


def _fitted(orders: WorkedOrders, rows: Sequence[WorkedOrder], shape: _Shape) -> Calibration:
    features, names = _features(rows, shape)
    edges = np.array(shape.edges_s)
    worked = np.array([row.worked_s for row in rows])
    filled = np.array([row.filled > 0 for row in rows])
    fills, exposed = fills_by_piece(worked, filled, edges), exposures(worked, edges)
    blocks = np.array([row.second // shape.block_s for row in rows], dtype=np.int64)
    mean = math.log(fills.sum() / exposed.sum())
    prior = np.array([mean if name.startswith("location") else 0.0 for name in names])
    made = fit_rates(features, fills, exposed, blocks, prior)
    of = dict(zip(names, made.features.tolist(), strict=True))
    errors = {name: _rounded(e) for name, e in zip(names, made.errors.tolist(), strict=True)}
    weights = np.maximum(features[:, : len(shape.places)].sum(axis=0), 1e-9)
    rates = _never_falling(np.exp(made.features[: len(shape.places)]), weights)
    parts = [row for row in rows if row.filled and row.quantity > 1]
    partial = sum(row.filled < row.quantity for row in parts) / len(parts) if parts else 0.0
    dates = sorted(orders.dates)
    values: dict[str, Any] = {
        "venue": shown_text(orders.venue, 200),
        "simulated": orders.simulated,
        "first_date": dates[0],
        "last_date": dates[-1],
        "attempts": orders.attempts,
        "credits": len(orders.rows) - orders.attempts,
        "fills": sum(row.filled > 0 for row in orders.rows),
        "by_location": tuple(zip(shape.places, map(_rounded, rates), strict=True)),
        "by_width": tuple(
            (width_c, _rounded(math.exp(of.get(f"width {width_c:g}", 0.0))))
            for width_c in shape.widths_c
        ),
        "by_phase": {shape.phase: 1.0}
        | {phase: _rounded(math.exp(of[phase])) for phase in shape.phases},
        "by_wait": tuple(
            (edge, _rounded(math.exp(each)))
            for edge, each in zip(shape.edges_s[1:], made.pieces.tolist(), strict=True)
        ),
        "size_power": _rounded(of.get("size", 0.0)),
        "credit_factor": _rounded(math.exp(of.get("credit", 0.0))),
        "partial": _rounded(partial),
        "errors": errors,
        "blocks": len(np.unique(blocks)),
        "block_s": shape.block_s,
        "held_out_s": shape.held_out_s,
        "held_out": (),
    }
    return Calibration.model_validate(values)


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _never_falling(rates: Array, weights: Array) -> list[float]:
    """Rates that rise with the location: neighbours that fall are joined, by their orders."""
    pools: list[list[float]] = []
    for rate, weight in zip(rates.tolist(), weights.tolist(), strict=True):
        pools.append([rate, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            last, before = pools.pop(), pools[-1]
            total = before[1] + last[1]
            before[0] = (before[0] * before[1] + last[0] * last[1]) / total
            before[1], before[2] = total, before[2] + last[2]
    return [rate for rate, _, count in pools for _ in range(int(count))]


def _horizon_s(rows: Sequence[WorkedOrder]) -> float:
    """As long as nine of ten debits worked that did not fill; to the tenth of a second below."""
    worked = [row.worked_s for row in rows if not row.completes and not row.filled]
    tenth = float(np.quantile(worked, 0.1))
    return max(0.1, math.floor(min(tenth, LONGEST_S) * 10) / 10)


def _compared(
    rates: CalibratedRates, unseen: Sequence[WorkedOrder], seconds: float
) -> tuple[tuple[int, float, float], ...]:
    """Attempts by tenths of what was predicted: number, predicted and observed to fill in time."""
    known = [row for row in unseen if not row.completes and (row.worked_s >= seconds or row.filled)]
    pairs = [
        (
            rates.within(
                rates.at(row.location, row.width_c, row.quantity, row.phase, completes=False),
                seconds,
            ),
            float(row.filled > 0 and row.worked_s <= seconds),
        )
        for row in known
    ]
    pairs.sort(key=lambda pair: pair[0])  # and equal ones stay as they came
    tenths = [tenth for tenth in np.array_split(np.array(pairs), _TENTHS) if len(tenth)]
    return tuple(
        (len(tenth), _rounded(float(tenth[:, 0].mean())), _rounded(float(tenth[:, 1].mean())))
        for tenth in cast("list[Array]", tenths)
    )
