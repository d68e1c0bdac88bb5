"""Piecewise exponential regression of the time to a first fill: a Poisson likelihood, by Newton.

The rate of a fill is exp(features x coefficients) times a factor of the piece of waiting time it
falls into; an order that ends unfilled counts for as long as it worked (M. Friedman, Annals of
Statistics 10, 1982). Errors are those of a sandwich over blocks of time, within which fills come
in spells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_PRIOR: Final = 1 / 3.0**2
"""Precision of a weak prior on each logarithm: what never fills gets a small rate, not none."""

_STEPS: Final = 60
_LONGEST_STEP: Final = 2.0
_CLOSE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Fitted:
    """Coefficients of a regression.

    Args:
        features: one a column, logarithms.
        pieces: one a piece of waiting time, logarithms: 0 where most fills are, minus infinity
            where there are none.
        errors: standard errors of the features' coefficients.
    """

    features: Array
    pieces: Array
    errors: Array


def exposures(worked_s: Array, edges_s: Array) -> Array:
    """Seconds that each order worked in each piece.

    Args:
        worked_s: one an order.
        edges_s: ascending, the first 0; one more than pieces.
    """
    low, high = edges_s[:-1], edges_s[1:]
    within: Array = np.clip(worked_s[:, None], low, high) - low
    return within


def fills_by_piece(worked_s: Array, filled: npt.NDArray[np.bool_], edges_s: Array) -> Array:
    """1 in the piece in which each order filled; its end beyond the last edge is no fill."""
    result = np.zeros((len(worked_s), len(edges_s) - 1))
    piece = np.searchsorted(edges_s, worked_s, side="right") - 1
    known = filled & (worked_s <= edges_s[-1])
    piece = np.minimum(piece, len(edges_s) - 2)
    result[np.flatnonzero(known), piece[known]] = 1.0
    return result


def fit_rates(
    features: Array, fills: Array, exposed_s: Array, blocks: npt.NDArray[Any], prior: Array
) -> Fitted:
    """Fit the regression.

    Args:
        features: one row an order.
        fills, exposed_s: one row an order, one column a piece.
        blocks: of which block of time each order is.
        prior: where each coefficient of a feature is drawn to, weakly.
    """
    counts = fills.sum(axis=0)
    known = counts > 0
    fills, exposed_s = fills[:, known], exposed_s[:, known]
    columns = features.shape[1]
    centre = np.concatenate([prior, np.zeros(fills.shape[1])])
    # Features have a level of their own: the piece with most fills is the reference.
    free = np.arange(len(centre)) != columns + int(counts[known].argmax())
    at = centre.copy()
    for _ in range(_STEPS):
        gradient, curvature, _ = _slopes(features, fills, exposed_s, at)
        gradient -= _PRIOR * (at - centre)
        step = np.linalg.solve(_with_prior(curvature, free), gradient[free])
        longest = float(np.abs(step).max())
        at[free] += step * min(1.0, _LONGEST_STEP / longest) if longest > 0 else step
        if longest < _CLOSE:
            break
    _, curvature, scores = _slopes(features, fills, exposed_s, at)
    inverse = np.linalg.inv(_with_prior(curvature, free))
    names, index = np.unique(blocks, return_inverse=True)
    sums = np.zeros((len(names), int(free.sum())))
    np.add.at(sums, index, scores[:, free])
    correction = len(names) / max(1, len(names) - 1)
    spread = inverse @ (sums.T @ sums) @ inverse * correction
    pieces = np.full(len(known), -np.inf)
    pieces[known] = at[columns:]
    return Fitted(at[:columns], pieces, np.sqrt(np.diagonal(spread))[:columns])


def _with_prior(curvature: Array, free: npt.NDArray[np.bool_]) -> Array:
    result: Array = curvature[np.ix_(free, free)] + _PRIOR * np.eye(int(free.sum()))
    return result


def _slopes(
    features: Array, fills: Array, exposed_s: Array, at: Array
) -> tuple[Array, Array, Array]:
    """Gradient, curvature and each order's score of the log-likelihood."""
    columns = features.shape[1]
    expected = exposed_s * np.exp((features @ at[:columns])[:, None] + at[None, columns:])
    left = fills - expected
    scores = np.hstack([features * left.sum(axis=1)[:, None], left])
    curvature = np.zeros((len(at), len(at)))
    curvature[:columns, :columns] = features.T @ (features * expected.sum(axis=1)[:, None])
    cross = features.T @ expected
    curvature[:columns, columns:] = cross
    curvature[columns:, :columns] = cross.T
    curvature[columns:, columns:] = np.diag(expected.sum(axis=0))
    return scores.sum(axis=0), curvature, scores
