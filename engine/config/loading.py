"""Reads a desk's settings from a file and the environment, and reports errors in plain words."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from engine.config.sections import ConfigError, DeskConfig

ENV_PREFIX: Final = "LEGDESK_"
_OTHER_ENV: Final = frozenset({"LEGDESK_ASCII", "LEGDESK_CONFIG", "LEGDESK_DATA"})
"""Variables with our prefix that are not settings."""


def load_config(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> DeskConfig:
    """The desk's configuration from a TOML file and the environment, the environment winning.

    Args:
        path: the TOML file; None for the defaults.
        environment: variables such as LEGDESK_TIMING__CANCEL_AFTER_SECONDS=2.0 (section and key
            separated by two underscores; lists as in TOML); None reads the process's own.

    Raises:
        ConfigError: an unreadable file, an unknown key, a value out of bounds; names each.
    """
    values = {} if path is None else _read(path)
    variables = os.environ if environment is None else environment
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
            place[keys[-1]] = _value(text)
    try:
        return DeskConfig.model_validate(values)
    except ValidationError as error:
        source = "the defaults" if path is None else str(path)
        raise ConfigError(
            "\n".join(_sentence(source, named, item) for item in error.errors(include_url=False))
        ) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}; name a readable TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def _value(text: str) -> Any:
    """A variable's value: lists, tables and quoted strings read as TOML, anything else as text."""
    if text[:1] in ("[", "{", '"', "'"):
        try:
            return tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def _sentence(source: str, named: Mapping[tuple[str, ...], str], item: Any) -> str:
    """A pydantic error as one sentence: the setting, what is wrong, and the remedy."""
    place = tuple(str(part) for part in item["loc"])
    key = ".".join(place) or "(whole file)"
    behind = [
        name
        for keys, name in named.items()
        if keys == place[: len(keys)] or place == keys[: len(place)]
    ]
    if behind:
        source = ", ".join(behind)
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(place[-1], _keys(place[:-1]), 1)
        remedy = f"write {close[0]}" if close else "remove it or check its spelling"
        return f"{source}: {key}: unknown key; {remedy}"
    message = item["msg"].removeprefix("Value error, ")
    given = item["input"]
    shown = "" if isinstance(given, dict | BaseModel) else f" (given: {given!r})"
    return f"{source}: {key}: {message}{shown}"


def _keys(place: tuple[str, ...]) -> list[str]:
    """The keys of a section."""
    section: type[BaseModel] = DeskConfig
    for part in place:
        field = section.model_fields.get(part)
        inner = field.annotation if field is not None else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        section = inner
    return list(section.model_fields)
