"""Settings that somebody damaged or sent: one clear sentence each, at once, whatever they hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from engine.config import ConfigError, DeskConfig, load_config
from engine.config.loading import MOST_BYTES, MOST_MISTAKES
from engine.config.names import LONGEST_PATH, is_root, root_of, shown

LONGEST_SENTENCE = 500


def sentences(path: Path | None, environment: dict[str, str] | None = None) -> list[str]:
    """What a refusal says; every line is one that a terminal may show."""
    with pytest.raises(ConfigError) as refused:
        load_config(path, environment or {})
    lines = str(refused.value).split("\n")
    assert 0 < len(lines) <= MOST_MISTAKES + 1
    for line in lines:
        assert line.isprintable()
        assert len(line) <= LONGEST_SENTENCE + LONGEST_PATH
    return lines


def short(value: object) -> str:
    """A parameter as a test's name may show it."""
    return ascii(value)[1:24].strip("'")


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "desk.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# ---------------------------------------------------------------------- what is in a file's place


def fifo(path: Path) -> None:
    os.mkfifo(path)


def looped(path: Path) -> None:
    path.symlink_to(path)


def to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (fifo, "it is a FIFO, not a file"),
        (Path.mkdir, "it is a directory, not a file"),
        (to_a_device, "it is a device, not a file"),
        (looped, "Too many levels of symbolic links"),
        (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
        (huge, f"it is larger than {MOST_BYTES:,} bytes"),
    ],
    ids=["FIFO", "directory", "device", "loop", "dangling", "huge"],
)
def test_what_is_not_a_file_of_settings_is_refused_unread(
    tmp_path: Path, make: Callable[[Path], None], says: str
) -> None:
    path = tmp_path / "desk.toml"
    make(path)
    (line,) = sentences(path)
    assert line.startswith(f"{path}: {says}")
    assert "name a readable TOML file" in line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = " + "[" * 50_000, "not valid TOML: brackets more than 32 deep"),
        ("x = " + "[" * 40 + "]" * 40, "not valid TOML: tables or lists more than 32 deep"),
        ("a" + ".a" * 40_000 + " = 1", "not valid TOML: a key of more than 32 parts"),
        ("[" + "'a'." * 20_000 + "b]", "not valid TOML: a key of more than 32 parts"),
        ("x = " + "9" * 6_000, "not valid TOML: a number of thousands of digits"),
        ("seed = 0x" + "f" * 9_000, "seed: unknown key"),
        ("[simulation]\nseed = 0x" + "f" * 9_000, "given: a number of about 10,800 digits"),
        ("[limits]\nmax_contracts = 99999999999999999999", "given: 99999999999999999999"),
        ("[limits]\nday_loss_halt_usd = 1e308", "less than or equal to 1000000000"),
        ("[limits]\nday_loss_halt_usd = inf", "should be a finite number"),
        ("[ladder]\nwalk_step_s = 1e-300", "greater than or equal to 0.01"),
        ("[timing]\nmin_delay_between_attempts = 0\nmax_delay_between_attempts = 0", "max_delay"),
        ("[simulation]\nspeed = 5e-324", "simulation.speed"),
        ('account = "../../../tmp/x"', "cannot name an account; use letters"),
        ('account = "a/b"', "cannot name an account"),
        ('account = "SIM\\u001b[31m"', "'SIM?[31m' cannot name an account"),
        (f'account = "{"x" * 90_000}"', "cannot name an account"),
        ('[simulation]\nsymbols = ["\\u001b[31mX"]', "'?[31mX' is not an option root"),
        ('[simulation]\nsymbols = ["../.."]', "is not an option root"),
        ("[simulation]\nsymbols = []", "simulation.symbols"),
        ("[simulation]\nsymbols = [3]", "symbol is 3; name the option root"),
        ('[simulation]\nsession_date = "2026-02-30"', "'2026-02-30' is not a date"),
        ('[simulation]\nwarm_up_until = "noon"', "'noon' is not a time of day; write HH:MM"),
        ('state_dir = "/tmp/\\u0000"', "cannot be a path"),
        (f'state_dir = "/{"x" * 300}"', "cannot be a path"),
        ('state_dir = "~nobody-of-that-name/x"', "is of a user that there is not"),
        ("ex_dividends.SPY" + ".a" * 30 + " = 1", "'SPY': a table of 1 is not a date"),
        ('[ex_dividends]\n"../x" = ["2026-11-20"]', "is not an option root"),
        ("\n".join(f"key{number} = 1" for number in range(5_000)), "4,990 more mistakes"),
        ('"\\u001b[2J" = 1', "?[2J: unknown key"),
        (b"\xff\xfe\x00", "not valid TOML: byte 1 is not UTF-8"),
        (b"\x00" * 4_000, "not valid TOML"),
        ('[keys]\nkill = "' + "f9," * 5_000 + '"', "keys.kill"),
    ],
    ids=short,
)
def test_a_nonsensical_setting_is_one_sentence(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    assert any(says in line for line in sentences(written(tmp_path, text)))


def test_too_many_chains_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    names = ", ".join(f'"S{number}"' for number in range(900))
    path = written(tmp_path, f"[simulation]\nsymbols = [{names}]\nexpirations_per_symbol = 60\n")
    (line,) = sentences(path)
    assert "900 symbols x 60 expirations are 54,000 chains, and 5,000 are the most" in line


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("LEGDESK_SIMULATION__SYMBOLS", "[" * 5_000, "not valid TOML: brackets more than 32 deep"),
        ("LEGDESK_SIMULATION__SYMBOLS", "[" + "9" * 5_000 + "]", "a number of thousands of digits"),
        ("LEGDESK_LIMITS__MAX_CONTRACTS", "9" * 50_000, "max_contracts"),
        ("LEGDESK_ACCOUNT", "\x1b[31m", "'?[31m' cannot name an account"),
        ("LEGDESK_" + "A__" * 3_000 + "B", "1", "LEGDESK_A__A__A"),
    ],
    ids=short,
)
def test_a_nonsensical_variable_is_one_sentence(name: str, text: str, says: str) -> None:
    assert any(says in line for line in sentences(None, {name: text}))


def test_symbols_of_a_file_become_capitals_each_once(tmp_path: Path) -> None:
    path = written(tmp_path, '[simulation]\nsymbols = ["spy", "SPY", "brk.b", "/es"]\n')
    assert load_config(path, {}).simulation.symbols == ("SPY", "BRK.B", "/ES")


@given(st.text(max_size=40))
def test_a_root_is_printable_short_and_no_step_in_a_path(text: str) -> None:
    if is_root(text):
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set(" \\:*?")
        assert ".." not in text
        assert root_of(text) == text.upper()
    else:
        assert shown(text).isprintable()


# ---------------------------------------------------------------------- every setting


def fields(model: type[BaseModel], place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, (*place, name))
        else:
            yield (*place, name)


PLACES = list(fields(DeskConfig))
ENORMOUS: list[Any] = [10**20, -(10**20), 10**400, 1e300, -1e300, "9" * 5_000, [10**30] * 2]


def nested(place: tuple[str, ...], value: Any) -> dict[str, Any]:
    for name in reversed(place):
        value = {name: value}
    tree: dict[str, Any] = value
    return tree


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_no_setting_takes_an_enormous_value(place: tuple[str, ...]) -> None:
    for value in ENORMOUS:
        with pytest.raises(ValidationError):
            DeskConfig.model_validate(nested(place, value))


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=0, max_value=20),
        st.floats(),
        st.text(max_size=30),
        st.dates(),
        st.times(),
        st.sampled_from(["1", "SPY", "9:30", "safe", "../..", "\x1b[2J", "~", "nan"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), VALUES), max_size=4),
    st.dictionaries(st.text(max_size=10), VALUES, max_size=2),
)
def test_any_settings_are_taken_within_bounds_or_refused_in_sentences(
    changes: list[tuple[tuple[str, ...], Any]], strange: dict[str, Any]
) -> None:
    variables = {
        f"LEGDESK_{'__'.join(place).upper()}": as_variable(value) for place, value in changes
    }
    variables |= {f"LEGDESK_{name}": as_variable(value) for name, value in strange.items() if name}
    try:
        config = load_config(None, variables)
    except ConfigError as error:
        lines = str(error).split("\n")
        assert len(lines) <= MOST_MISTAKES + 1
        assert all(line.isprintable() and len(line) <= LONGEST_SENTENCE for line in lines)
    else:
        assert DeskConfig.model_validate(config.model_dump()) == config


def as_variable(value: Any) -> str:
    """A value as a variable's text: TOML where it has a form there."""
    if isinstance(value, list):
        return "[" + ", ".join(map(as_variable, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{k}" = {as_variable(v)}' for k, v in value.items()) + "}"
    return str(value)
