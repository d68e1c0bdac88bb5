"""Fit a fill model to the attempts of runs on disk."""

from __future__ import annotations

from collections.abc import Iterable

from engine.config import Calibration
from engine.journal.reading import read_events
from engine.learning.calibration.fitting import calibrate
from engine.learning.calibration.orders import CalibrationError, WorkedOrders
from engine.learning.calibration.text import calibration_text, holds_out
from engine.run_folder.paths import RunPlaces

__all__ = ["CalibrationError", "calibration_of", "calibration_text", "holds_out"]


def calibration_of(runs: Iterable[RunPlaces]) -> tuple[Calibration, WorkedOrders]:
    """The fill model of the attempts of runs, and what it was fitted to.

    Args:
        runs: of one venue; each once.

    Raises:
        CalibrationError: runs of several venues, or too few attempts.
        JournalError: a journal cannot be read.
    """
    orders = WorkedOrders()
    for places in runs:
        orders.add((event for _, event in read_events(places.journal)), places.run)
    return calibrate(orders), orders
