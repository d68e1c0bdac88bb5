"""Reads a desk's settings from a file and the environment, and reports errors in plain words."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from engine.config.calibration import Calibration
from engine.config.names import path_of, shown, shown_path, shown_text
from engine.config.regular_files import read_text
from engine.config.section import ConfigError
from engine.config.sections import DeskConfig

ENV_PREFIX: Final = "LEGDESK_"
_OTHER_ENV: Final = frozenset(
    {
        "LEGDESK_ASCII", "LEGDESK_CONFIG", "LEGDESK_DATA",
        "LEGDESK_BROKER__KEY", "LEGDESK_BROKER__SECRET", "LEGDESK_BROKER__TOKEN",
    }
)  # fmt: skip
"""Variables with our prefix that are not settings; a broker's keys are for its gateway alone."""

MOST_BYTES: Final = 100_000
"""Of a file of settings: every key, with a page of comment on each, takes half of it."""

MOST_DEEP: Final = 32
"""Tables, lists and parts of a key in each other; settings have three."""

MOST_MISTAKES: Final = 10
LONGEST_KEY: Final = 64
_LIVE_SECTIONS: Final = frozenset({"account", "broker", "limits"})
"""What says whose money is traded and how much of it: no variable says so where it is real."""

_CHAINS: Final = ("symbols", "expirations_per_symbol")
_SIMULATED: Final = ("", "simulated")
"""Brokers whose chains are those of the simulated exchange."""

_PART: Final = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP_KEY: Final = re.compile(
    rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_DEEP}}}"
)


def load_config(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> DeskConfig:
    """The desk's configuration from a TOML file and the environment, the environment winning.

    In mode LIVE account, [broker] and [limits] are the file's alone.

    Args:
        path: the TOML file; None for the defaults.
        environment: variables such as LEGDESK_TIMING__CANCEL_AFTER_SECONDS=2.0 (section and key
            separated by two underscores; lists as in TOML); None reads the process's own.

    Raises:
        ConfigError: an unreadable file, an unknown key, a value out of bounds, a variable that
            says what LIVE takes from the file; names each.
    """
    values = {} if path is None else read_toml(path)
    return config_of(values, path, os.environ if environment is None else environment)


def config_of(
    values: dict[str, Any], path: Path | None, variables: Mapping[str, str]
) -> DeskConfig:
    """The configuration that a file's table and the environment come to.

    Args:
        values: of the file; the environment's are put into it.
        path: of the file, for its folder and the errors; None where there is none.
        variables: as for `load_config`.

    Raises:
        ConfigError: as there.
    """
    named: dict[tuple[str, ...], str] = {}
    for name, text in sorted(variables.items()):
        if name.startswith(ENV_PREFIX) and name not in _OTHER_ENV:
            keys = tuple(name.removeprefix(ENV_PREFIX).lower().split("__"))
            named[keys] = name
            place = values
            for key in keys[:-1]:
                place = place.setdefault(key, {})
                if not isinstance(place, dict):
                    raise ConfigError(f"{name}: {key} is a value, not a section")
            place[keys[-1]] = _value(name, text)
    if str(values.get("mode")).upper() == "LIVE":
        _refuse_variables_of_live(named)
    folder = Path() if path is None else path.absolute().parent
    _read_calibration(values.get("simulation"), folder)
    try:
        return DeskConfig.model_validate(values)
    except ValidationError as error:
        source = "the defaults" if path is None else shown_path(path)
        raise ConfigError(_sentences(source, named, error)) from None


def _refuse_variables_of_live(named: Mapping[tuple[str, ...], str]) -> None:
    """Refuse what the environment says of real money.

    Args:
        named: the variable of each key that one names.

    Raises:
        ConfigError: names each variable that says what the file alone may say.
    """
    if ("mode",) in named:
        raise ConfigError(
            f'{named["mode",]}: LIVE is taken from a file alone; write mode = "LIVE" there'
        )
    names = [name for keys, name in named.items() if keys[0] in _LIVE_SECTIONS]
    if names:
        raise ConfigError(
            f"{shown_text(', '.join(names), 200)}: in mode LIVE account, [broker] and [limits] "
            "are taken from the file alone; write it there, and unset the variable"
        )


def refuse_simulated_chains(config: DeskConfig) -> None:
    """Refuse chains of a broker's account that are named as those of a simulated day.

    A key of [simulation] does no harm where [broker], or an option, has the same one.

    Args:
        config: as read, with the options.

    Raises:
        ConfigError: says where each key is now.
    """
    if config.mode == "SIM" or config.broker.name in _SIMULATED:
        return
    here, there = config.simulation.model_fields_set, config.broker.model_fields_set
    misplaced = [key for key in _CHAINS if key in here and key not in there]
    if misplaced:
        names = " and ".join(f"simulation.{key}" for key in misplaced)
        now = " and ".join(f"broker.{key}" for key in misplaced)
        raise ConfigError(
            f"{names}: the chains of a simulated day; those of an account are {now}: write them "
            "under [broker]"
        )


def refuse_stock_symbols(config: DeskConfig) -> None:
    """Refuse chains of a broker's account that are named by a share's symbol, not by their root.

    Args:
        config: as read, with the options.

    Raises:
        ConfigError: names the root of each.
    """
    if config.mode == "SIM" or config.broker.name in _SIMULATED:
        return
    roots = {name: "".join(c for c in name if c.isalnum()) for name in config.broker.symbols}
    if odd := [f"{root} for {name}" for name, root in roots.items() if root != name]:
        raise ConfigError(
            "broker.symbols: the options of an account are named by their root, in letters and "
            f"digits alone: write {', '.join(odd[:8])}"
        )


def _read_calibration(simulation: Any, folder: Path) -> None:
    """Put the fit of a file in the place of the file's name, where there is one."""
    named = simulation.get("calibration") if isinstance(simulation, dict) else None
    if isinstance(named, str):
        simulation["calibration"] = read_calibration(folder / named)


def read_calibration(path: Path) -> Calibration:
    """The fit in a file that `legdesk calibrate` wrote.

    Raises:
        ConfigError: it cannot be read, or is no such file; names each mistake.
    """
    try:
        return Calibration.model_validate(read_toml(path_of(path)))
    except ValidationError as error:
        raise refusal_of(error, shown_path(path), Calibration) from None
    except ValueError as error:
        raise ConfigError(f"calibration: {error}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file of at most `MOST_BYTES`.

    Raises:
        ConfigError: it cannot be read, or is not TOML.
    """
    try:
        return parse_toml(read_text(path, MOST_BYTES))
    except OSError as error:
        raise ConfigError(
            f"{shown_path(path)}: {error.strerror or error}; name a readable TOML file of at most "
            f"{MOST_BYTES:,} bytes"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{shown_path(path)}: not valid TOML: byte {error.start + 1} is not UTF-8"
        ) from None
    except ValueError as error:
        raise ConfigError(f"{shown_path(path)}: not valid TOML: {error}") from None


def parse_toml(text: str) -> dict[str, Any]:
    """TOML as a table, in a time that grows with its length alone.

    Raises:
        ValueError: it is not TOML, or tables, lists or parts of a key lie too deep in each other;
            the reason is short and printable.
    """
    if _DEEP_KEY.search(text):  # tomllib takes a time that grows with the square of its parts
        raise ValueError(f"a key of more than {MOST_DEEP} parts")
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise ValueError(f"brackets more than {MOST_DEEP} deep") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(shown_text(str(error), 200)) from None
    except ValueError:
        raise ValueError("a number of thousands of digits") from None
    if _is_deep(values):
        raise ValueError(f"tables or lists more than {MOST_DEEP} deep")
    return values


def _is_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(MOST_DEEP):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _value(name: str, text: str) -> Any:
    """A variable's value: lists, tables and quoted strings read as TOML, anything else as text.

    Raises:
        ConfigError: it begins like one of those and is not one.
    """
    if text[:1] not in ("[", "{", '"', "'"):
        return text
    try:
        return parse_toml(f"v = {text}")["v"]
    except ValueError as error:
        raise ConfigError(f"{shown_text(name, 200)}: not valid TOML: {error}") from None


def refusal_of(
    error: ValidationError, source: str, model: type[BaseModel] = DeskConfig
) -> ConfigError:
    """Values that were refused after a file was read, such as options, as sentences.

    Args:
        error: the refusal.
        source: where the values came from.
        model: whose keys they are.
    """
    return ConfigError(_sentences(source, {}, error, model))


def _sentences(
    source: str,
    named: Mapping[tuple[str, ...], str],
    error: ValidationError,
    model: type[BaseModel] = DeskConfig,
) -> str:
    """One sentence for each mistake, as many as somebody will read."""
    items = error.errors(include_url=False)
    lines = [_sentence(source, named, item, model) for item in items[:MOST_MISTAKES]]
    if len(items) > len(lines):
        lines.append(f"{source}: {len(items) - len(lines):,} more mistakes of this kind")
    return "\n".join(lines)


def _sentence(
    source: str, named: Mapping[tuple[str, ...], str], item: Any, model: type[BaseModel]
) -> str:
    """A pydantic error as one sentence: the setting, what is wrong, and the remedy."""
    place = tuple(str(part) for part in item["loc"])
    key = shown_text(".".join(place)) or "(whole file)"
    behind = [
        name
        for keys, name in named.items()
        if keys == place[: len(keys)] or place == keys[: len(place)]
    ]
    if behind:
        source = shown_text(", ".join(behind), 200)
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(place[-1][:LONGEST_KEY], _keys(model, place[:-1]), 1)
        remedy = f"write {close[0]}" if close else "remove it or check its spelling"
        return f"{source}: {key}: unknown key; {remedy}"
    message = shown_text(item["msg"].removeprefix("Value error, "), 300)
    given = item["input"]
    if item["type"] == "value_error" or isinstance(given, BaseModel | dict):
        return f"{source}: {key}: {message}"
    return f"{source}: {key}: {message} (given: {shown(given)})"


def _keys(section: type[BaseModel], place: tuple[str, ...]) -> list[str]:
    """The keys of a section."""
    for part in place:
        field = section.model_fields.get(part)
        inner = field.annotation if field is not None else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        section = inner
    return list(section.model_fields)
