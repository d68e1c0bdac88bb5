"""A run fills by the parameters of its settings, says them, and goes on with them."""

from __future__ import annotations

import tempfile
from datetime import time
from pathlib import Path

from engine.config import DeskConfig, FillModelParameters, SimulationSettings
from engine.exchange.matching.models import AssumedFills
from engine.exchange.process import open_exchange
from engine.report.session import session_report
from engine.report.text import report_text
from engine.runs.stored import read_report, simulation_of
from tests.support.desks import places_of, simulated

NOBODY = FillModelParameters(by_location=((0.0, 0.0), (1.0, 0.0)), reference_width_c=25.0)
CONFIG = DeskConfig(
    simulation=SimulationSettings(
        seed=7, fill_model="assumed", symbols=("SPY",), expirations_per_symbol=2, fills=NOBODY
    )
)
TOLD = "assumed (by_location 0:0 1:0)"


def test_a_run_fills_by_the_parameters_of_its_settings_and_says_them_everywhere(
    tmp_path: Path,
) -> None:
    desk = simulated(CONFIG, until=time(9, 33), run_dir=tmp_path)
    desk.run_to_end()
    snapshot, places = desk.snapshot(), places_of(desk)
    assert snapshot.totals.attempts > 10
    assert snapshot.totals.fills == 0
    assert snapshot.fill_model == TOLD
    report = read_report(places)
    assert report.header.fill_model == TOLD
    assert report.header.fills["by_location"] == [[0.0, 0.0], [1.0, 0.0]]
    assert report.to_json()["header"]["fills"]["reference_width_c"] == 25.0
    assert f"SIMULATED: fill model {TOLD}" in " ".join(report_text(report).split())
    assert simulation_of(places) == CONFIG.simulation
    kept = simulation_of(places)
    again = simulated(
        CONFIG.changed(simulation=kept), until=time(9, 34), run_dir=tmp_path, resume=places.run
    )
    again.run_to_end()
    assert session_report(again.executor.context.state).attempts.k == 0


def test_an_exchange_of_its_own_process_fills_by_its_parameters_too() -> None:
    with tempfile.TemporaryDirectory() as folder:  # a socket's path must be short
        exchange = open_exchange(CONFIG, folder=Path(folder) / "x")
        model = exchange.server.open("desk").matching.model
        exchange.stop()
        exchange.serve()
    assert isinstance(model, AssumedFills)
    assert model._parameters == NOBODY
