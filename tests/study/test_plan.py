"""A plan is refused whole, in a sentence that names the key, or it says exactly what is run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.recorded.errors import SessionFileError
from engine.config import ConfigError, DeskConfig, SpreadRules
from engine.study.metrics import METRICS
from engine.study.plan import read_study, study_of
from engine.study.plan_file import PLACEBO, StudyPlan
from engine.study.work import tasks_of
from tests.support.command_line import PROJECT, record_small_session
from tests.support.studies import PLAN, study


def test_control_comes_first_the_placebo_last_and_each_arm_has_whole_settings(
    tmp_path: Path,
) -> None:
    base = DeskConfig(spreads=SpreadRules(min_payoff_floor=0.05))
    found = study(tmp_path, base, control="floor")
    assert [arm.name for arm in found.arms] == ["floor", "credit", PLACEBO]
    assert [arm.config.spreads.objective for arm in found.arms] == ["floor", "credit", "floor"]
    assert {arm.config.spreads.min_payoff_floor for arm in found.arms} == {0.05}
    assert {arm.config.simulation.symbols for arm in found.arms} == {("SPY",)}
    assert found.tried == 1
    assert found.points == len(tasks_of(found)) == 6


def test_seeds_are_a_range_or_a_list_and_held_out_days_come_last(tmp_path: Path) -> None:
    days = study(tmp_path, sessions={"seeds": "3..5", "held_out_seeds": [9]}).days
    assert [(day.name, day.held_out) for day in days] == [
        ("seed 3", False),
        ("seed 4", False),
        ("seed 5", False),
        ("seed 9", True),
    ]


def test_a_plan_is_read_from_a_file_with_the_keys_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(
        'name = "x"\ncontrol = "a"\n[sessions]\nseeds = "1..2"\n[arms.a]\n'
        "[arms.b]\nspreads.min_payoff_floor = 0.1\ntiming.cancel_after_seconds = 2.0\n"
    )
    found = read_study(file, DeskConfig())
    assert found.arms[1].config.spreads.min_payoff_floor == 0.1
    assert found.arms[1].config.timing.cancel_after_seconds == 2.0
    assert tuple(found.models) == ("assumed", "assumed-width")


def arms(**other: Any) -> dict[str, Any]:
    return {"arms": {"credit": {}, "other": other}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"contrl": "x"}, "PLAN: contrl: unknown key; write control"),
        ({"control": "x"}, "control 'x' is not an arm; there are credit, floor"),
        ({"fill_models": []}, "PLAN: fill_models"),
        ({"fill_models": ["guessed"]}, "PLAN: fill_models.0.model: Input should be 'assumed'"),
        ({"fill_models": ["assumed", "assumed"]}, "PLAN: fill_models.1: assumed is named twice"),
        ({"until": "soon"}, "PLAN: until: 'soon' is not a time of day; write HH:MM"),
        ({"until": "09:00"}, "until 09:00 is not after the open; write 09:31 or later"),
        ({"name": "../x"}, "PLAN: name: '../x' cannot name it"),
        ({"sessions": {}}, "no day to compare arms on; name seeds or recorded sessions"),
        ({"sessions": {"seeds": "5..1"}}, "'5..1': the first comes first"),
        ({"sessions": {"seeds": "all"}}, "'all' is not a range of seeds; write '1..20', or a list"),
        ({"sessions": {"seeds": [1, 1]}}, "1 is named twice"),
        ({"sessions": {"seeds": [1.5]}}, "PLAN: sessions.seeds.0"),
        ({"sessions": {"seeds": [-1]}}, "PLAN: sessions.seeds.0"),
        ({"sessions": {"seeds": [True]}}, "PLAN: sessions.seeds.0"),
        ({"sessions": {"seeds": "1..99999999"}}, "10,000 are the most"),
        ({"sessions": {"seeds": [1], "held_out_seeds": [1]}}, "seed 1 is held out and compared on"),
        ({"sessions": {"seed": [1]}}, "PLAN: sessions.seed: unknown key; write seeds"),
        ({"arms": {"credit": {}, "placebo": {}}}, "arms.placebo is added by the study itself"),
        (arms(), "arms.other has the same settings as arms.credit"),
        (arms(spreads={"objektive": "floor"}), "PLAN: arms.other: spreads.objektive: unknown key; write objective"),
        (arms(spreads={"min_payoff_floor": 1e9}), "PLAN: arms.other: spreads.min_payoff_floor: "),
        (arms(spread={}), "PLAN: arms.other: spread: unknown key; write spreads"),
        (arms(mode="LIVE"), "PLAN: arms.other: mode: a study is always simulated"),
        (arms(state_dir="/tmp"), "state_dir: it does not decide how the desk trades"),
        (arms(simulation={"symbols": ["SPY"]}), "simulation: its days are the same in every arm"),
        (arms(policy="gamble"), "PLAN: arms.other: policy: 'gamble' is none; write watch or approve"),
        ({"config": {"simulation": {"seed": 3}}}, "PLAN: config: simulation.seed: write sessions.seeds instead"),
        ({"config": {"simulation": {"fill_model": "assumed"}}}, "write fill_models instead"),
        ({"config": {"simulation": 3}}, "PLAN: config: simulation"),
        ({"sessions": {"seeds": "1..9999"}, "fill_models": ["assumed", "crossing"], "arms": {f"a{n}": {"spreads": {"min_payoff_floor": n / 100}} for n in range(1, 11)} | {"credit": {}}}, "points, and 100,000 are the most"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_key(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        study(tmp_path, **changes)
    assert said in str(refused.value)
    assert str(refused.value).startswith("PLAN: ")


def test_recorded_sessions_are_looked_for_beside_the_plan_and_each_is_a_day_once(
    tmp_path: Path,
) -> None:
    record_small_session(tmp_path / "one", minutes=2)
    sessions = {"recorded": ["one"], "recorded_seeds": [1, 2, 3]}
    found = study(tmp_path, sessions=sessions)
    (day,) = found.days
    assert (day.name, day.session, day.seeds) == ("one", tmp_path / "one", (1, 2, 3))
    assert found.points == 9
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(ConfigError, match="are the same day"):
        study(tmp_path, sessions={**sessions, "held_out_recorded": ["two"]})


def test_a_plan_is_asked_about_recorded_sessions_beside_its_seeds_or_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_small_session(tmp_path / "elsewhere" / "one", minutes=2)
    (tmp_path / "plans").mkdir()
    file = tmp_path / "plans" / "plan.toml"
    file.write_text(
        'name = "x"\ncontrol = "a"\n[sessions]\nseeds = [1]\nheld_out_seeds = [2]\n'
        "[arms.a]\n[arms.b]\nspreads.min_payoff_floor = 0.1\n"
    )
    monkeypatch.chdir(tmp_path / "elsewhere")
    both = read_study(file, DeskConfig(), [Path("one")])
    assert [(day.name, day.kind, day.held_out) for day in both.days] == [
        ("seed 1", "simulated", False),
        ("one", "recorded", False),
        ("seed 2", "simulated", True),
    ]
    alone = read_study(file, DeskConfig(), [Path("one")], simulated=False)
    assert [day.name for day in alone.days] == ["one"]
    with pytest.raises(ConfigError, match="no day to compare arms on; name seeds or"):
        read_study(file, DeskConfig(), simulated=False)


def test_a_recorded_session_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match=r"none/session\.json"):
        study(tmp_path, sessions={"recorded": ["none"]})


def test_the_plan_of_the_tests_has_what_it_is_said_to_have(tmp_path: Path) -> None:
    assert study(tmp_path).plan.name == PLAN["name"]


STUDIES = PROJECT / "docs" / "studies"


@pytest.mark.parametrize("file", sorted(STUDIES.glob("*.toml")), ids=lambda file: str(file.stem))
def test_the_plans_of_the_documents_can_be_run_by_anybody(file: Path) -> None:
    found = read_study(file, DeskConfig())
    assert found.plan.name == file.stem
    assert found.models.keys() <= {"assumed", "assumed-width"}
    if not {values.get("policy") for values in found.plan.arms.values()} - {"approve", None}:
        assert sum(len(day.seeds) for day in found.days if not day.held_out) >= 20
        assert len(found.models) == 2
    assert all(day.session is None for day in found.days)


def test_the_plan_on_the_page_of_studies_is_one(tmp_path: Path) -> None:
    page = (STUDIES / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.S)
    values = tomllib.loads(example)
    record_small_session(tmp_path / "goog", minutes=2)
    values["sessions"]["recorded"] = ["goog"]
    found = study_of(values, DeskConfig(), "PLAN", tmp_path)
    assert [arm.policy for arm in found.arms] == [
        "watch",
        "watch",
        "approve",
        "placebo-trials",
        "watch",
    ]
    assert set(values) | set(values["sessions"]) >= {*StudyPlan.model_fields, "recorded_seeds"}


def test_the_page_of_studies_explains_every_figure() -> None:
    page = (STUDIES / "README.md").read_text(encoding="utf-8")
    for label in ("floor $ a trader-hour", "promised at limit", "open at worst", "legged s"):
        assert any(label in metric.label for metric in METRICS)
        assert f"{label}" in page
