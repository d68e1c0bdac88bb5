"""Every parameter of the fill models, delays and drifts, with its documented default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from engine.market.phases import TradingPhase

ModelName = Literal["assumed", "assumed-width", "crossing"]


def _phase_factors() -> Mapping[TradingPhase, float]:
    return MappingProxyType(
        {
            TradingPhase.OPEN_AUCTION: 0.70,
            TradingPhase.MORNING: 1.00,
            TradingPhase.MIDDAY: 0.92,
            TradingPhase.AFTERNOON: 1.00,
            TradingPhase.CLOSE_AUCTION: 0.85,
        }
    )


@dataclass(frozen=True, slots=True)
class FillModelParameters:
    """What `assumed` and `assumed-width` assume, and how the exchange behaves under both models.

    A location is how far a limit lies through the natural market from our own side: 0 joins it,
    1 crosses it. A debit at bid + 0.35 of the width and a credit at bid + 0.65 are both at 0.35.

    Args:
        by_location: (location, probability) pairs, ascending: that one combination fills within
            `reference_s` of WORKING on an ordinary chain in MORNING; linear between them, nothing
            below the first.
        by_size: the factor on it for 1, 2, 3, ... combinations; the last holds for all larger.
        by_phase: the factor on it by trading phase.
        poor_share, good_share: shares of the chains that fill poorly and well.
        poor_factor, ordinary_factor, good_factor: bounds of a chain's factor in each group.
        highest: bound of every probability.
        reference_s: seconds of working to which the probabilities apply.
        dead_s: seconds after WORKING in which nothing fills.
        review_s: seconds after which a resting order is judged by the market again.
        partial: probability that an execution of an order for several fills only some of them.
        credit_ease: factor on the rate at which completing orders fill.
        credit_chain_power: power of the chain's factor that applies to completing orders; with 1,
            a chain that fills debits poorly would leave nearly every unit unhedged.
        thin_share, thin_ease: share of the credit verticals with few buyers for a while, and the
            factor on their rate.
        nobody_share: share of the credit verticals without buyers for a while.
        interest_lasts_s: how long that while is, seconds.
        drift_bp: how far the underlying moves against us after a debit fill, in hundredths of a
            percent of the strike, where quotes can be moved.
        drift_location: how far the market counts as moved against us where quotes cannot be
            moved, as a fraction of each vertical's natural width.
        drift_decays_s: time constant of that, seconds.
        acknowledge_s, cancel_s: medians of the two log-normal delays, seconds.
        delay_spread: standard deviation of their logarithms.
        query_s: delay of the answer to a query, seconds.
        reject: probability that a proper order is rejected.
        late_fill: probability that a cancellation crosses with an execution reported later.
        late_by_s: bounds of how much later, seconds.
        duplicate: probability that an acknowledgement or execution is reported twice.
        duplicate_after_s: seconds between the two.
    """

    by_location: tuple[tuple[float, float], ...] = (
        (-0.25, 0.0),
        (0.0, 0.06),
        (0.20, 0.22),
        (0.35, 0.45),
        (0.50, 0.64),
        (0.75, 0.85),
        (1.0, 0.97),
    )
    by_size: tuple[float, ...] = (1.0, 0.845, 0.49, 0.36, 0.28, 0.22, 0.18, 0.15, 0.12, 0.10)
    by_phase: Mapping[TradingPhase, float] = field(default_factory=_phase_factors)
    poor_share: float = 0.08
    good_share: float = 0.17
    poor_factor: tuple[float, float] = (0.22, 0.33)
    ordinary_factor: tuple[float, float] = (0.85, 1.15)
    good_factor: tuple[float, float] = (1.20, 1.25)
    highest: float = 0.97
    reference_s: float = 2.5
    dead_s: float = 0.25
    review_s: float = 3.0
    partial: float = 0.30
    credit_ease: float = 0.90
    credit_chain_power: float = 0.5
    thin_share: float = 0.0015
    thin_ease: float = 0.02
    nobody_share: float = 0.0005
    interest_lasts_s: float = 240.0
    drift_bp: float = 1.0
    drift_location: float = 0.05
    drift_decays_s: float = 90.0
    acknowledge_s: float = 0.040
    cancel_s: float = 0.045
    delay_spread: float = 0.45
    query_s: float = 0.050
    reject: float = 0.0003
    late_fill: float = 0.002
    late_by_s: tuple[float, float] = (0.05, 1.50)
    duplicate: float = 0.0005
    duplicate_after_s: float = 0.050
