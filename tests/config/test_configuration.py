"""Configuration from a file and the environment: what wins, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from engine.config import ConfigError, DeskConfig, load_config


def written(folder: Path, text: str) -> Path:
    path = folder / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path | None = None, **environment: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load_config(path, environment)
    return str(refused.value)


def test_without_a_file_and_variables_the_defaults_hold() -> None:
    assert load_config(None, {}) == DeskConfig()


def test_a_file_sets_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        theme = "amber"
        [timing]
        cancel_after_seconds = 2.0
        [simulation]
        session_date = 2026-11-20
        warm_up_until = 10:30:00
        symbols = ["SPY", "QQQ"]
        """,
    )
    config = load_config(path, {})
    assert config.theme == "amber"
    assert config.timing.cancel_after_seconds == 2.0
    assert config.timing.min_delay_between_attempts == 3.0
    assert config.simulation.session_date == "2026-11-20"
    assert config.simulation.warm_up_until == "10:30:00"
    assert config.simulation.symbols == ("SPY", "QQQ")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[timing]\ncancel_after_seconds = 2.0\n[limits]\nmax_contracts = 4\n")
    config = load_config(path, {"LEGDESK_TIMING__CANCEL_AFTER_SECONDS": "1.5", "HOME": "/"})
    assert config.timing.cancel_after_seconds == 1.5
    assert config.limits.max_contracts == 4


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ACCOUNT", "12345", "12345"),
        ("THEME", "true", "true"),
        ("STATE_DIR", "/var/desk", Path("/var/desk")),
        ("SIMULATION__SESSION_DATE", "2026-11-20", "2026-11-20"),
        ("SIMULATION__SYMBOLS", '["SPY"]', ("SPY",)),
        ("SPREADS__OPTIMAL_EXPIRY_RANGE", "[20, 90]", (20, 90)),
        ("SPREADS__MAX_LOSS_USD", "250", 250.0),
        ("LIMITS__ORDER_BUDGET_ENFORCED", "false", False),
        ("SIZING__MAX_CONTRACTS", "3", 3),
    ],
)
def test_a_variables_text_becomes_what_its_setting_is(name: str, text: str, value: Any) -> None:
    place: Any = load_config(None, {f"LEGDESK_{name}": text})
    for part in name.lower().split("__"):
        place = getattr(place, part)
    assert place == value


def test_variables_with_our_prefix_that_are_no_settings_are_left_alone() -> None:
    environment = {"LEGDESK_ASCII": "1", "LEGDESK_DATA": "/data", "LEGDESK_CONFIG": "x.toml"}
    assert load_config(None, environment) == DeskConfig()


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    assert refusal(LEGDESK_FOO="1") == (
        "LEGDESK_FOO: foo: unknown key; remove it or check its spelling"
    )


def test_a_misspelt_key_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = written(tmp_path, "[timing]\ncancel_after_secs = 2.0\n")
    assert refusal(path) == (
        f"{path}: timing.cancel_after_secs: unknown key; write cancel_after_seconds"
    )
    assert refusal(LEGDESK_TIMINGS__X="1").endswith("unknown key; write timing")


def test_a_value_out_of_bounds_names_file_key_bound_and_what_was_given(tmp_path: Path) -> None:
    path = written(tmp_path, "[fill_rate]\nmin_fill_rate = 25\n")
    assert refusal(path) == (
        f"{path}: fill_rate.min_fill_rate: Input should be less than or equal to 1 (given: 25)"
    )


def test_a_variable_that_breaks_a_rule_between_two_keys_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "[timing]\nmax_delay_between_attempts = 5\n")
    said = refusal(path, LEGDESK_TIMING__MIN_DELAY_BETWEEN_ATTEMPTS="9")
    assert said == (
        "LEGDESK_TIMING__MIN_DELAY_BETWEEN_ATTEMPTS: timing: min_delay_between_attempts 9 s is "
        "above max_delay_between_attempts 5 s; set the minimum at or below the maximum"
    )


def test_every_mistake_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "theem = 1\n[sizing]\nmin_contracts = 0\ntarget_fill_rate = nan\n")
    lines = refusal(path).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}: ") for line in lines)
    assert {line.split(": ")[1] for line in lines} == {
        "theem",
        "sizing.min_contracts",
        "sizing.target_fill_rate",
    }


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert refusal(missing).startswith(f"{missing}: No such file")
    assert "it is a directory, not a file" in refusal(tmp_path)
    assert "not valid TOML" in refusal(written(tmp_path, "[timing\n"))
    path = tmp_path / "latin.toml"
    path.write_bytes(b'theme = "\xe9"')
    assert "not valid TOML" in refusal(path)


def test_a_value_in_the_place_of_a_section_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "timing = 3\n")
    assert refusal(path).startswith(f"{path}: timing: Input should be a valid dictionary")
    assert refusal(path, LEGDESK_TIMING__CANCEL_AFTER_SECONDS="2") == (
        "LEGDESK_TIMING__CANCEL_AFTER_SECONDS: timing is a value, not a section"
    )


def sections(model: type[BaseModel], found: list[type[BaseModel]]) -> list[type[BaseModel]]:
    for field in model.model_fields.values():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            sections(inner, found)
    found.append(model)
    return found


@pytest.mark.parametrize("section", sections(DeskConfig, []), ids=lambda model: model.__name__)
def test_no_setting_is_ever_infinite_or_not_a_number(section: type[BaseModel]) -> None:
    for name, field in section.model_fields.items():
        if "float" in str(field.annotation):
            for value in (float("nan"), float("inf"), float("-inf")):
                with pytest.raises(ValidationError, match=name):
                    section(**{name: value})


@pytest.mark.parametrize("section", sections(DeskConfig, []), ids=lambda model: model.__name__)
def test_every_section_refuses_a_key_it_does_not_know(section: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="no_such_key"):
        section(no_such_key=1)


def test_a_refused_assignment_leaves_every_setting_as_it_was() -> None:
    config = DeskConfig()
    with pytest.raises(ValidationError):
        config.sizing.min_contracts = 20
    with pytest.raises(ValidationError):
        config.spreads.optimal_expiry_range = (90, 20)
    assert config == DeskConfig()
