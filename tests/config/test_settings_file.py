"""A setting put into a person's file: read back the same, all else as it was, nothing lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import ConfigError, DeskConfig, SettingsFile, load_config, settings_in
from engine.config.editing import BY_HAND, kind_of_field, text_with, typed_value, with_value

MINE = """\
# my desk
mode = "SIM"

[limits]  # careful
# never more than this
max_contracts = 5   # contracts
day_loss_halt_usd = 400.0

[simulation]
symbols = ["SPY", "QQQ"]  # two are enough
"""

FIELDS = {key: field for key, _, field in settings_in(DeskConfig())}
EDITED = [
    key
    for key, f in FIELDS.items()
    if key not in BY_HAND and kind_of_field(f.annotation)[0] != "table"
]
WORDS = st.one_of(
    st.integers(-5, 500).map(str), st.floats(-1, 500).map(str), st.sampled_from(
        ("yes", "no", "default", "-", "any", "floor", "crossing", "AAPL, SPY", "30 180", "[1, 2]",
         "10:00", "2026-06-01", "/tmp/x", "light", '"quoted"', "[[0.0, 0.5], [1.0, 0.9]]")
    ),
)  # fmt: skip
HOSTILE = st.text(max_size=60) | st.sampled_from(
    ["\x1b[2J", "[" * 200, "{a=1}\nmode='LIVE'", '1\nmode = "LIVE"', "v]", "1e999", "nan", "１２",
     "\u202e5", "5 # 6", "'''", '"""', "[red]5[/]", "9" * 60, "1_0", "0x10", "-0"]
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    path = tmp_path / "config.toml"
    path.write_text(MINE, encoding="utf-8")
    return SettingsFile(path, {})


def test_one_line_changes_and_comments_and_order_stay(file: SettingsFile) -> None:
    wanted = file.proposal("limits.max_contracts", 3)
    assert wanted.diff() == [
        " # never more than this",
        "-max_contracts = 5   # contracts",
        "+max_contracts = 3   # contracts",
        " day_loss_halt_usd = 400.0",
    ]
    file.write(wanted)
    assert file.path.read_text() == MINE.replace("max_contracts = 5", "max_contracts = 3")
    assert load_config(file.path, {}) == wanted.config
    assert wanted.config.limits.max_contracts == 3


def test_a_setting_is_added_to_its_section_and_taken_out_again(file: SettingsFile) -> None:
    for key, value in (("limits.max_hung_desk", 1), ("ladder.settle_s", 0.5), ("keys.kill", "f9")):
        file.write(file.proposal(key, value))
    assert load_config(file.path, {}).keys == {"kill": "f9"}
    text = file.path.read_text()
    assert all(line in text.splitlines() for line in MINE.splitlines())
    for key in ("limits.max_hung_desk", "ladder.settle_s", "keys.kill"):
        file.write(file.proposal(key, None))
    again = load_config(file.path, {})
    assert again.limits.max_hung_desk == 2 and not again.keys
    assert "# careful" in file.path.read_text()


def test_a_file_that_changed_meanwhile_is_not_overwritten(file: SettingsFile) -> None:
    wanted = file.proposal("limits.max_contracts", 3)
    theirs = MINE.replace("400.0", "300.0")
    file.path.write_text(theirs)
    with pytest.raises(ConfigError, match="has changed meanwhile"):
        file.write(wanted)
    assert file.path.read_text() == theirs
    file.path.unlink()
    with pytest.raises(ConfigError, match="has changed meanwhile"):
        file.write(wanted)
    assert not file.path.exists() and not list(file.path.parent.iterdir())


def test_a_missing_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "new" / "config.toml", {})
    file.write(file.proposal("theme", "light"))
    assert file.path.read_text() == 'theme = "light"\n'
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.named == {"theme": "file"}


def test_rights_and_a_link_stay(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(MINE)
    real.chmod(0o640)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    file = SettingsFile(link, {})
    file.write(file.proposal("theme", "light"))
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert load_config(link, {}).theme == "light"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config.toml", "dotfiles.toml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_says_so(file: SettingsFile) -> None:
    wanted = file.proposal("theme", "light")
    file.path.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            file.write(wanted)
    finally:
        file.path.parent.chmod(0o700)
    assert file.path.read_text() == MINE


def test_a_variable_that_wins_is_named_and_the_file_left(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    file = SettingsFile(path, {"LEGDESK_LIMITS__MAX_CONTRACTS": "4", "HOME": "/"})
    assert file.named["limits.max_contracts"] == "LEGDESK_LIMITS__MAX_CONTRACTS"
    assert file.named["limits.day_loss_halt_usd"] == "file"
    with pytest.raises(ConfigError, match="LEGDESK_LIMITS__MAX_CONTRACTS wins"):
        file.proposal("limits.max_contracts", 3)
    file.write(file.proposal("theme", "light"))
    assert file.named["theme"] == "file"
    with pytest.raises(ConfigError, match="LEGDESK_LIMITS__MAX_CONTRACTS wins"):
        file.proposal("limits.max_contracts", 3)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("limits.max_contracts", 0, "greater than or equal to 1"),
        ("sizing.min_contracts", 11, "above max_contracts"),
        ("limits.max_hung", 1, "unknown key|not a setting"),
        ("spreads.rule", "all", "'any', 'otm' or 'safe'"),
        ("simulation.fill_model", "calibrated", "needs a fit"),
    ],
)
def test_what_is_no_configuration_is_refused(
    file: SettingsFile, key: str, value: Any, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        file.proposal(key, value)


def test_a_damaged_file_is_told_and_left(file: SettingsFile) -> None:
    file.path.write_text("[limits\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        file.proposal("theme", "light")
    assert SettingsFile(file.path, {}).named == {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EDITED), WORDS), max_size=4))
def test_what_is_written_reads_back_to_the_same_configuration(
    edits: list[tuple[str, str]],
) -> None:
    text = MINE
    for key, words in edits:
        config = DeskConfig.model_validate(_table(text))
        try:
            value = typed_value(FIELDS[key], words)
            wanted = with_value(config, key, value)
        except ConfigError:
            continue
        text = text_with(text, key, value)
        assert DeskConfig.model_validate(_table(text)) == wanted
    kept = [line for line in MINE.splitlines() if line.startswith(("#", "["))]
    assert [line for line in text.splitlines() if line in kept] == kept


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(EDITED), HOSTILE)
def test_hostile_text_is_one_value_or_a_printable_refusal(key: str, text: str) -> None:
    try:
        value = typed_value(FIELDS[key], text)
        wanted = with_value(DeskConfig(), key, value)
        table = _table(text_with("", key, value))
    except ConfigError as error:
        assert str(error).isprintable() and len(str(error)) < 800
        return
    assert DeskConfig.model_validate(table) == wanted
    changed = [k for k, v, _ in settings_in(wanted) if v != dict(PLAIN)[k]]
    assert set(changed) <= {key}


PLAIN = [(key, value) for key, value, _ in settings_in(DeskConfig())]


def _table(text: str) -> dict[str, Any]:
    from engine.config import parse_toml

    return parse_toml(text)


@pytest.mark.parametrize(
    ("name", "kind"), [("warm_up_until", "time"), ("session_date", "date"), ("seed", "whole")]
)
def test_a_time_of_day_and_a_date_are_typed_as_such(name: str, kind: str) -> None:
    field = FIELDS[f"simulation.{name}"]
    assert kind_of_field(field.annotation, field.metadata)[0] == kind
