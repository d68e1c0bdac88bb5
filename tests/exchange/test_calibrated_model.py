"""`calibrated`: orders fill at the rates of the fit, and by nothing else."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from engine.config import ConfigError, DeskConfig, SimulationSettings, load_config
from engine.exchange.matching import MatchingEngine
from engine.exchange.matching.calibrated import CalibratedFills
from engine.exchange.matching.models import fill_model
from engine.learning.calibration.rates import CalibratedRates
from engine.orders.types import OrderReport, Part, ReportKind
from tests.support.exchange_world import (
    MORNING_S,
    ORDINARY,
    HeapTimer,
    order,
    phase_of,
    still_quotes,
)
from tests.support.worked_orders import KNOWN

COUNT = 2_000
RATES = CalibratedRates(KNOWN)


def first_fills(*, seed: int = 1, seconds: float = 2.5, **kwargs: object) -> dict[str, OrderReport]:
    """The first fills within so many seconds of WORKING, by order; the market is 40 cents wide."""
    timer = HeapTimer(MORNING_S)
    matching = MatchingEngine(
        still_quotes(),
        timer,
        seed,
        phase_of,
        model="calibrated",
        parameters=ORDINARY,
        calibration=KNOWN,
    )
    working: dict[str, float] = {}
    first: dict[str, OrderReport] = {}

    def hear(report: OrderReport) -> None:
        name = report.client_order_id
        if report.kind is ReportKind.ACK:
            working.setdefault(name, report.at_s)
        elif report.kind is ReportKind.FILL and report.at_s - working[name] <= seconds:
            first.setdefault(name, report)

    matching.connect(hear)
    for number in range(COUNT):
        matching.submit(order(f"S-{number}", **kwargs), MORNING_S)  # type: ignore[arg-type]
    timer.run(MORNING_S + seconds + 1.0)
    return first


@pytest.mark.parametrize(
    ("kwargs", "location", "completes"),
    [
        ({"limit_c": 214}, 0.35, False),
        ({"limit_c": 210}, 0.25, False),
        ({"limit_c": 214, "quantity": 3}, 0.35, False),
        ({"limit_c": 226, "part": Part.CREDIT}, 0.35, True),
        ({"limit_c": 238}, 0.95, False),
    ],
)
def test_as_many_fill_in_time_as_the_fit_says(
    kwargs: dict[str, object], location: float, completes: bool
) -> None:
    quantity = int(str(kwargs.get("quantity", 1)))
    rate = RATES.at(location, 40.0, quantity, "MORNING", completes=completes)
    for seconds in (0.5, 2.5):
        chance = RATES.within(rate, seconds)
        share = len(first_fills(seconds=seconds, **kwargs)) / COUNT  # type: ignore[arg-type]
        assert abs(share - chance) <= 4 * math.sqrt(chance * (1 - chance) / COUNT)


def test_nothing_fills_below_what_was_tried_and_at_the_natural_price_all_do_at_once() -> None:
    assert first_fills(limit_c=207) == {}
    assert len(first_fills(limit_c=240, seconds=0.1)) == COUNT


def test_the_fits_share_of_executions_is_partial() -> None:
    first = first_fills(limit_c=214, quantity=3)
    parts = Counter(report.quantity < 3 for report in first.values())
    share = parts[True] / parts.total()
    assert abs(share - KNOWN.partial) <= 4 * math.sqrt(0.3 * 0.7 / parts.total())


def test_the_same_seed_fills_the_same_orders_and_another_others() -> None:
    one = first_fills(limit_c=214)
    assert first_fills(limit_c=214) == one
    assert first_fills(limit_c=214, seed=2).keys() != one.keys()


def test_an_order_is_looked_at_only_where_a_piece_of_its_wait_ends_or_a_review_is_due() -> None:
    never = KNOWN.changed(by_location=((0.0, 0.0), (1.0, 0.0)))
    looks: list[float] = []

    class Counted(CalibratedFills):
        def _rate(self, *arguments: object, **named: object) -> float:
            looks.append(timer.now_s)
            return super()._rate(*arguments, **named)  # type: ignore[arg-type]

    timer = HeapTimer(MORNING_S + 0.123456)
    matching = MatchingEngine(
        still_quotes(), timer, 1, phase_of, model="assumed", parameters=ORDINARY
    )
    matching.model = Counted(ORDINARY, never)
    matching.connect(lambda report: None)
    matching.submit(order("S-1"), timer.now_s)
    timer.run(timer.now_s + 60.0)
    assert 20 <= len(looks) <= 25


def test_without_a_fit_there_is_no_such_model() -> None:
    with pytest.raises(ConfigError, match="calibrated needs a fit"):
        fill_model("calibrated", still_quotes(), ORDINARY, 1)
    with pytest.raises(ValueError, match="calibrated needs a fit"):
        SimulationSettings(fill_model="calibrated")


def test_settings_name_the_file_of_a_fit_and_tell_the_model_with_it(tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text(KNOWN.to_toml(), encoding="utf-8")
    path = tmp_path / "desk.toml"
    path.write_text(
        'simulation.fill_model = "calibrated"\nsimulation.calibration = "fit.toml"\n'
        "simulation.fills.reject = 0.0\n"
    )
    simulation = load_config(path, {}).simulation
    assert simulation.calibration == KNOWN
    assert simulation.model_text == f"calibrated ({KNOWN.told}, reject 0)"
    assert DeskConfig(simulation=simulation).for_the_journal()["simulation"]["calibration"][
        "venue"
    ] == ("LIVE known")
    assert simulation.changed(fill_model="crossing").model_text == "crossing (reject 0)"
    path.write_text('simulation.calibration = "none.toml"\n')
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        load_config(path, {})
