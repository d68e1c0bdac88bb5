"""Parameters of fill models are settings: bounded, merged with the defaults, told by the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import ConfigError, FillModelParameters, load_config
from engine.config.fills import MODELS


def test_a_file_and_the_environment_set_single_parameters(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(
        "[simulation.fills]\nby_location = [[0, 0.1], [0.35, 0.3], [1, 0.9]]\n"
        "by_phase = { MIDDAY = 0.5 }\ncredit_ease = 0.7\n"
    )
    fills = load_config(path, {"LEGDESK_SIMULATION__FILLS__CREDIT_EASE": "0.6"}).simulation.fills
    assert fills.by_location == ((0.0, 0.1), (0.35, 0.3), (1.0, 0.9))
    assert (fills.by_phase["MIDDAY"], fills.by_phase["OPEN_AUCTION"]) == (0.5, 0.70)
    assert fills.credit_ease == 0.6
    assert fills.partial == 0.30


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("credit_eas = 1", "simulation.fills.credit_eas: unknown key; write credit_ease"),
        ("partial = 1.5", "simulation.fills.partial: "),
        ("by_phase = { NOON = 1 }", "simulation.fills.by_phase.NOON"),
        ("by_location = []", "simulation.fills.by_location: "),
        ("by_location = [[0, 0.5], [0, 0.6]]", "locations must rise, and 0 follows 0"),
        ("by_location = [[0, 0.5], [1, 0.4]]", "cannot fill less often: 0.4 at 1 follows 0.5 at 0"),
        ("by_location = [[0, 1.0]]", "simulation.fills.by_location.0.1: "),
        ("poor_factor = [2, 1]", "2 to 1 must be two numbers, the smaller first"),
        ("poor_share = 0.9", "poor_share and good_share are more than all"),
        ("dead_s = 2.5", "dead_s 2.5 leaves no time to fill in reference_s 2.5"),
        ("reference_width_c = 0", "simulation.fills.reference_width_c: "),
        ("credit_ease = nan", "simulation.fills.credit_ease: "),
    ],
)
def test_a_parameter_out_of_bounds_is_refused_with_its_key(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(f"[simulation.fills]\n{text}\n")
    with pytest.raises(ConfigError) as refused:
        load_config(path, {})
    assert said in str(refused.value)


def test_by_default_what_is_quoted_wide_fills_less_often() -> None:
    assert load_config(None, {}).simulation.model_text == "assumed-width"


def test_a_model_is_told_with_the_parameters_that_it_uses_and_that_are_not_the_documented() -> None:
    assert [FillModelParameters().told(model) for model in MODELS] == list(MODELS)
    fills = FillModelParameters(reference_width_c=25, credit_ease=0.5, reject=0.01)
    assert fills.told("assumed") == "assumed (credit_ease 0.5, reject 0.01)"
    assert fills.told("assumed-width") == (
        "assumed-width (credit_ease 0.5, reference_width_c 25, reject 0.01)"
    )
    assert fills.told("crossing") == "crossing (reject 0.01)"
    assert FillModelParameters(by_location=((0.0, 0.1), (1.0, 0.9))).told("assumed") == (
        "assumed (by_location 0:0.1 1:0.9)"
    )


def test_every_parameter_is_of_some_model_and_most_odds_are_of_none_that_only_crosses() -> None:
    changed: dict[str, Any] = {
        "by_location": ((0.0, 0.1), (1.0, 0.9)),
        "by_size": (1.0, 0.5),
        "by_phase": {"MIDDAY": 0.5},
        "late_by_s": (0.1, 0.2),
        "poor_factor": (0.1, 0.2),
        "ordinary_factor": (0.1, 0.2),
        "good_factor": (0.1, 0.2),
        "interest_lasts_s": 5.0,
        "reference_s": 5.0,
    }
    of_the_exchange = set()
    for name in FillModelParameters.model_fields:
        fills = FillModelParameters(**{name: changed.get(name, 0.125)})
        assert name in fills.changes("assumed-width")
        assert (name in fills.changes("assumed")) is (name != "reference_width_c")
        if name in fills.changes("crossing"):
            of_the_exchange.add(name)
    assert of_the_exchange == {
        "drift_bp", "drift_location", "drift_decays_s", "acknowledge_s", "cancel_s",
        "delay_spread", "query_s", "reject", "late_fill", "late_by_s", "duplicate",
        "duplicate_after_s",
    }  # fmt: skip


curves = st.lists(
    st.sampled_from([n / 97 for n in range(97)]), min_size=1, max_size=20, unique=True
)


@given(curves, curves)
def test_two_models_have_one_text_only_where_they_are_the_same(
    one: list[float], other: list[float]
) -> None:
    fills = [
        FillModelParameters(by_location=tuple((n / 50, c) for n, c in enumerate(sorted(curve))))
        for curve in (one, other)
    ]
    assert (fills[0].told("assumed") == fills[1].told("assumed")) is (fills[0] == fills[1])
