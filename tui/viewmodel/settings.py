"""The configuration as lines: each setting with its value, its default and its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.config import DeskConfig
from tui.text import formats
from tui.text.lines import Line, wrapped

CELLS = 12
"""Cells of a value's column; longer ones get rows of their own."""

MOST = 60
"""Cells of a row of a long value."""

MANY = 1e6
"""From here on a bound is told with three digits and its power of ten."""

_SIGNS = (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))


def lines(config: DeskConfig, applied: Mapping[str, str]) -> list[Line]:
    """Every setting by section.

    Args:
        config: what the desk was started with.
        applied: what is in force now, by name; it differs where a recommendation was approved.
    """
    result: list[Line] = [
        (("limits are never loosened here: change the file and start again", "dim"),),
        (),
        ((f"{'SETTING':<32}{'IN FORCE':>12}  {'DEFAULT':>12}  BOUNDS", "header"),),
    ]
    before = ""
    for section, name, value, field in _settings(config):
        if section != before:
            result.append(((section.upper(), "title"),))
            before = section
        now = formats.clean(applied.get(f"{section}.{name}", _shown(value)), 200)
        default = _shown(field.get_default(call_default_factory=True))
        changed = now != default
        if max(len(now), len(default)) > CELLS:
            result += _long(name, now, default)
            continue
        result.append(
            (
                (f"  {name:<30}", "value" if changed else "label"),
                (f"{now:>12}", "title" if changed else "value"),
                (f"  {default:>12}  {_bounds(field)}", "dim"),
            )
        )
    return result


def _long(name: str, now: str, default: str) -> list[Line]:
    """A setting whose value is too long for its column."""
    style = "title" if now != default else "value"
    result: list[Line] = [((f"  {name}", "label"),)]
    for word, text, shown in (("in force", now, style), ("default", default, "dim")):
        rows = wrapped(text, MOST, shown)
        result.append(((f"    {word:<10}", "dim"), *rows[0]))
        result += [((" " * 14, "text"), *row) for row in rows[1:]]
    return result


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, dict):
        return " ".join(f"{name}:{_shown(each)}" for name, each in value.items()) or "-"
    if isinstance(value, (tuple, list)):
        return " ".join(_shown(each).replace(" ", ":") for each in value)
    return formats.clean(value, 200) or "-"


def _bounds(field: FieldInfo) -> str:
    rules = [rule for item in field.metadata for rule in getattr(item, "metadata", [item])]
    return " ".join(
        f"{sign} {limit:.{6 if abs(limit) < MANY else 3}g}"
        for rule in rules
        for name, sign in _SIGNS
        if (limit := getattr(rule, name, None)) is not None
    )


def _settings(config: DeskConfig) -> Iterator[tuple[str, str, Any, FieldInfo]]:
    """Section, name, value and field of each setting; tables of a section follow its settings."""
    tables: list[tuple[str, BaseModel]] = [("", config)]
    while tables:
        section, table = tables.pop(0)
        inner: list[tuple[str, BaseModel]] = []
        for name, field in type(table).model_fields.items():
            value = getattr(table, name)
            if isinstance(value, BaseModel):
                inner.append((f"{section}.{name}".lstrip("."), value))
            else:
                yield section, name, value, field
        tables[:0] = inner
