"""A fill model with other parameters is another model: its figures never meet those of the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.config import ConfigError, DeskConfig, FillModelParameters, SimulationSettings
from engine.study.findings import findings_of
from engine.study.page import findings_page
from engine.study.running import run_task
from engine.study.text import findings_text
from engine.study.work import tasks_of
from tests.support.studies import plan, rows_of, study
from tests.support.worked_orders import KNOWN

NARROW = "assumed-width (reference_width_c 10)"
WIDE = "assumed-width (reference_width_c 30)"
SWEPT: list[Any] = [
    "assumed",
    {"model": "assumed-width", "reference_width_c": 10},
    {"model": "assumed-width", "reference_width_c": 30},
]


def test_a_sweep_of_a_parameter_is_as_many_models(tmp_path: Path) -> None:
    found = study(tmp_path, fill_models=SWEPT)
    assert list(found.models) == ["assumed", NARROW, WIDE]
    assert found.points == 3 * 3 * 2
    simulated = {
        place[2]: DeskConfig.model_validate(tasks[0].config).simulation
        for place, tasks in tasks_of(found).items()
    }
    assert {text: each.model_text for text, each in simulated.items()} == {
        text: text for text in found.models
    }
    assert [each.fills.reference_width_c for each in simulated.values()] == [None, 10, 30]
    keys = [task.key for tasks in tasks_of(found).values() for task in tasks]
    assert len(set(keys)) == len(keys)


def test_parameters_of_every_model_come_from_the_plans_config_and_the_desks_own(
    tmp_path: Path,
) -> None:
    base = DeskConfig(simulation=SimulationSettings(fills=FillModelParameters(reject=0.1)))
    config = {"simulation": {"symbols": ["SPY"], "fills": {"credit_ease": 0.5}}}
    found = study(tmp_path, base, config=config, fill_models=["assumed", "crossing"])
    assert list(found.models) == ["assumed (credit_ease 0.5, reject 0.1)", "crossing (reject 0.1)"]


def test_rows_and_report_say_the_parameters_that_made_them(tmp_path: Path) -> None:
    long = {"model": "assumed", "by_location": [[0.01 * n, 0.01 * n] for n in range(15)]}
    found = study(tmp_path, fill_models=[SWEPT[1], long], sessions={"seeds": [1]}, until="09:31")
    narrow, curve = found.models
    tasks = tasks_of(found)
    rows = run_task(tasks["credit", "seed 1", narrow][0])
    assert {row.fill_model for row in rows} == {narrow} == {NARROW}
    made = findings_of(
        found, rows_of(found, {(a.name, m): [1.0] for a in found.arms for m in found.models}), "v"
    )
    assert curve.startswith("assumed (by_location #")
    for told in (findings_text(made), findings_page(made)):
        assert narrow in told
        assert "by_location = ((0.0, 0.0), (0.01, 0.01)" in told
    told_json = made.to_json()
    assert told_json["fill_models"][curve]["parameters"]["by_location"][1] == [0.01, 0.01]
    assert {figures["fill_model"] for figures in told_json["figures"]} == {narrow, curve}


def test_a_calibrated_model_is_named_by_the_file_of_its_fit(tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text(KNOWN.to_toml(), encoding="utf-8")
    fitted = {"model": "calibrated", "calibration": "fit.toml"}
    found = study(tmp_path, fill_models=["assumed", fitted])
    assert list(found.models) == ["assumed", f"calibrated ({KNOWN.told})"]
    tasks = [tasks[0] for tasks in tasks_of(found).values()]
    fits = [DeskConfig.model_validate(task.config).simulation.calibration for task in tasks]
    assert set(map(str, fits)) == {"None", str(KNOWN)}
    with pytest.raises(ConfigError, match=r"fill_models\.0: calibrated needs a fit; name its file"):
        study(tmp_path, fill_models=["calibrated"])


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ([{"model": "assumed", "credit_eas": 1}], "fill_models.0: credit_eas: unknown key; write credit_ease"),
        ([{"model": "assumed", "partial": 2}], "fill_models.0: partial: "),
        ([{"credit_ease": 1}], "fill_models.0.model: "),
        ([{"model": "assumed", "reference_width_c": 25}, "assumed"], "fill_models.1: assumed is named twice"),
        (["assumed", {"model": "assumed", "credit_ease": 0.9}], "fill_models.1: assumed is named twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, models: list[Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        study(tmp_path, **plan(fill_models=models))
    assert f"PLAN: {said}" in str(refused.value)
