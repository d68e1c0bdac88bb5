"""One setting as a person types it: read as its kind, tried on a configuration, put into a file.

A file of settings is a person's own: its comments, its order and its spelling stay as they are.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from engine.config.calibration import Calibration
from engine.config.loading import MOST_BYTES, config_of, parse_toml
from engine.config.names import TypedAs, shown_text
from engine.config.section import ConfigError
from engine.config.sections import DeskConfig

NOT_SET: Final = None
"""What a setting is that nobody sets: its default holds."""

UNSET_WORDS: Final = ("default", "-", "")
"""What is typed so that the default holds again."""

BY_HAND: Final[Mapping[str, str]] = {
    "mode": "no switch of mode but by hand",
    "account": "it names the journal that is gone on with",
    "limits.profile": "a desk sets it",
    "simulation.calibration": "`legdesk calibrate` writes it",
    "broker.name": "it says whose account is traded",
    "broker.account_number": "it says whose account is traded",
    "notify.command": "it runs a program",
    "fees": "it is a table",
    "ex_dividends": "it is a table",
    "dividend_yields": "it is a table",
    "simulation.fills.by_phase": "it is a table",
}
"""Settings that the screen does not write, each with the reason."""

MOST_SAID: Final = 3
"""Mistakes of one value that are told."""

_TRUE, _FALSE = ("yes", "true", "on"), ("no", "false", "off")
_THOUSANDS: Final = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
"""A number with its thousands apart, as the screen shows it."""

_WORDS: Final = re.compile(r"[,\s]+")


def settings_in(config: BaseModel) -> Iterator[tuple[str, Any, FieldInfo]]:
    """Key with its section, value and field of each setting; tables follow their settings."""
    tables: list[tuple[str, BaseModel]] = [("", config)]
    while tables:
        section, table = tables.pop(0)
        inner: list[tuple[str, BaseModel]] = []
        for name, field in type(table).model_fields.items():
            value, key = getattr(table, name), f"{section}.{name}".lstrip(".")
            if isinstance(value, BaseModel) and not isinstance(value, Calibration):
                inner.append((key, value))
            else:
                yield key, value, field
        tables[:0] = inner


def value_of(config: BaseModel, key: str) -> Any:
    """The value of a dotted key.

    Raises:
        ConfigError: there is no such setting.
    """
    place: Any = config
    for part in key.split("."):
        known = isinstance(place, BaseModel) and part in type(place).model_fields
        if not known and not (isinstance(place, Mapping) and part in place):
            raise ConfigError(f"{shown_text(key)} is not a setting")
        place = getattr(place, part) if known else place[part]
    return place


def kind_of_field(annotation: Any, metadata: Iterable[Any] = ()) -> tuple[str, tuple[Any, ...]]:
    """What is to be typed: whole, number, words, time, date, choice, yes-no, list, table.

    Args:
        annotation, metadata: the field's.

    Returns:
        The kind, and what can be chosen where it is a choice.
    """
    for each in metadata:
        if isinstance(each, TypedAs):
            return each.kind, ()
    origin = get_origin(annotation)
    if origin is Annotated:
        return kind_of_field(annotation.__origin__, annotation.__metadata__)
    if origin is Literal:
        return "choice", get_args(annotation)
    if origin in (tuple, list):
        return "list", ()
    if origin is dict:
        return "table", ()
    if origin is not None:  # a union with None
        rest = [each for each in get_args(annotation) if each is not type(None)]
        return kind_of_field(rest[0])
    kinds = {bool: "yes-no", int: "whole", float: "number"}
    return kinds.get(annotation, "words"), ()


def may_be_unset(annotation: Any) -> bool:
    """Whether a field may hold None."""
    return type(None) in get_args(annotation)


def typed_value(field: FieldInfo, text: str) -> Any:
    """What a person typed for a setting; None where its default is to hold again.

    Raises:
        ConfigError: it is not of the setting's kind; says what is.
    """
    text = text.strip()
    if text.lower() in UNSET_WORDS:
        return NOT_SET
    kind, _ = kind_of_field(field.annotation)
    if kind in ("whole", "number"):
        return _number(text, whole=kind == "whole")
    if kind == "yes-no":
        if text.lower() not in (*_TRUE, *_FALSE):
            raise ConfigError("write yes or no")
        return text.lower() in _TRUE
    if kind in ("list", "table"):
        return _several(text, kind)
    return text


def _number(text: str, *, whole: bool) -> int | float:
    what = "a whole number" if whole else "a number"
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not text.isascii() or "_" in text:
        raise ConfigError(f"write {what}, in plain digits")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        raise ConfigError(f"write {what}") from None
    if whole:
        raise ConfigError(f"write {what}")
    return number


def _several(text: str, kind: str) -> Any:
    """A list as TOML or as words; a table as TOML, in one line."""
    if text[0] in "[{":
        try:
            values = parse_toml(f"v = {text}")
        except ValueError as error:
            raise ConfigError(f"not valid TOML: {error}") from None
        if list(values) != ["v"]:
            raise ConfigError("write one value")
        return values["v"]
    if kind == "table":
        raise ConfigError("write a table as in TOML: { AAPL = 0.005 }")
    words = [word for word in _WORDS.split(text) if word]
    try:
        return [_number(word, whole=False) for word in words]
    except ConfigError:
        return words


def with_value(config: DeskConfig, key: str, value: Any) -> DeskConfig:
    """A configuration with one setting changed, validated as if it was read from a file.

    Args:
        config: stays as it is.
        key: dotted; of a table also one of its names: keys.kill.
        value: None for the default.

    Raises:
        ConfigError: there is no such setting, or it may not be so.
    """
    *sections, name = key.split(".")
    places: list[Any] = [config]
    for part in sections:
        places.append(value_of(places[-1], part))
    try:
        last = places[-1]
        if isinstance(last, Mapping):
            table = {each: was for each, was in last.items() if each != name}
            changed: Any = table if value is NOT_SET else {**table, name: value}
        else:
            value_of(last, name)
            field = type(last).model_fields[name]
            default = field.get_default(call_default_factory=True)
            changed = last.changed(**{name: default if value is NOT_SET else value})
        for part, place in zip(reversed(sections), reversed(places[:-1]), strict=True):
            changed = place.changed(**{part: changed})
    except ValidationError as error:
        raise ConfigError(_said(error)) from None
    return DeskConfig.model_validate(changed)


def _said(error: ValidationError) -> str:
    """What is wrong with a value, in one line."""
    items = error.errors(include_url=False)[:MOST_SAID]
    said = [shown_text(item["msg"].removeprefix("Value error, "), 200) for item in items]
    return "; ".join(dict.fromkeys(said))


# ---------------------------------------------------------------------- the file's text


def text_with(text: str, key: str, value: Any) -> str:
    """A file's text with one setting changed, all else as it was.

    Args:
        text: TOML; "" for a new file.
        key: dotted.
        value: a number, text, true, false, a list or a table of those; None takes the setting out.

    Raises:
        ConfigError: the text is not TOML, or has something else in the setting's place.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        parse_toml(text)
        document = tomlkit.parse(text)
        place: Any = document
        *sections, name = key.split(".")
        for part in sections:
            if part not in place:
                if value is NOT_SET:
                    return text
                place[part] = tomlkit.table()
            place = place[part]
            if not isinstance(place, Mapping):
                raise ConfigError(f"{part} is a value in the file, not a section")
        if value is not NOT_SET:
            place[name] = _written(value)
        elif name in place:
            del place[name]
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"not valid TOML: {shown_text(str(error), 200)}") from None


def _written(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of a file that nobody has written yet.

    Args:
        path: the file.
        before, after: its text; before is None where there is no file.
        config: what the next start reads.
        was: what it would read without the change.
    """

    path: Path
    before: str | None
    after: str
    config: DeskConfig
    was: DeskConfig

    def diff(self) -> list[str]:
        """The lines that change, with one before and after; each begins with " ", "-" or "+"."""
        old = (self.before or "").splitlines()
        rows = difflib.unified_diff(old, self.after.splitlines(), n=1, lineterm="")
        return [row for row in rows if not row.startswith(("---", "+++", "@@"))]


def proposal(
    path: Path, text: str | None, environment: Mapping[str, str], key: str, value: Any
) -> Proposal:
    """What a file would say with one setting changed, read back as the next start reads it.

    Args:
        path: of the file.
        text: what it says; None where there is none.
        environment: whose LEGDESK_ variables win over it.
        key, value: see `text_with`.

    Raises:
        ConfigError: the file would not be a configuration, or would not say just that.
    """
    old = config_of(parse_toml_file(path, text or ""), path, environment)
    after = text_with(text or "", key, value)
    if len(after.encode()) > MOST_BYTES:
        raise ConfigError(f"the file would be larger than {MOST_BYTES:,} bytes")
    new = config_of(parse_toml_file(path, after), path, environment)
    wanted = with_value(old, key, value)
    if new != wanted:
        raise ConfigError(
            f"{key} cannot be put into {shown_text(path.name)} without changing more: edit it by "
            "hand"
        )
    return Proposal(path, text, after, new, old)


def parse_toml_file(path: Path, text: str) -> dict[str, Any]:
    """The table in a file's text.

    Raises:
        ConfigError: it is not TOML; names the file.
    """
    try:
        return parse_toml(text)
    except ValueError as error:
        raise ConfigError(f"{shown_text(path.name)}: not valid TOML: {error}") from None
