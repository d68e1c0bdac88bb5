"""CONFIGURATION: each setting with its value in force, its default and its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.config import DeskConfig
from tui.lists.declared import DeskList, arranged
from tui.lists.table import said, table
from tui.state import SETTINGS
from tui.text import formats
from tui.text.columns import Cell, Column
from tui.text.lines import Line, wrapped
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.view import View

MOST = 200
"""Longest value that is shown, in characters."""

MANY = 1e6
"""From here on a bound is told with three digits and its power of ten."""

_SIGNS = (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is listed.

    Args:
        key: section and name, as the file has them.
        now: its value in force, which differs from the file's where a recommendation was approved.
        default: its value where nobody sets it.
        bounds: what it may be.
    """

    key: str
    now: str
    default: str
    bounds: str

    @property
    def changed(self) -> bool:
        """Whether it is another than the default."""
        return self.now != self.default


def settings_of(config: DeskConfig, applied: Mapping[str, str]) -> tuple[Setting, ...]:
    """Every setting, section by section.

    Args:
        config: what the desk was started with.
        applied: what is in force now, by name; it differs where a recommendation was approved.
    """
    return tuple(
        Setting(
            key,
            formats.clean(applied.get(key, _shown(value)), MOST),
            _shown(field.get_default(call_default_factory=True)),
            _bounds(field),
        )
        for key, value, field in _settings(config)
    )


def _source(view: View) -> Sequence[Setting]:
    config, limits = view.config, view.snapshot.limits
    if config is None:
        return ()
    applied = {f"limits.{limit.name}": _shown(limit.value) for limit in limits}
    return view.state.once("settings", config, limits, lambda: settings_of(config, applied))


CELLS = 8
"""Cells of a value in the list; a longer one stands whole in the text of the chosen setting."""


def _brief(value: str) -> str:
    return value if len(value) <= CELLS else "see text"


def _name(s: Setting, view: View) -> Cell:
    return s.key, "value" if s.changed else "label"


def _now(s: Setting, view: View) -> Cell:
    return _brief(s.now), "title" if s.changed else "value"


LIST = DeskList(
    name="settings",
    title="settings",
    pane=SETTINGS,
    source=_source,
    key=lambda s: s.key,
    text=lambda s: f"{s.key} {s.now} {s.default} {s.bounds} {'changed' if s.changed else ''}",
    columns=(
        Column("SETTING", 38, _name, is_text=True, sort=lambda s: s.key, value=lambda s: s.key),
        Column("IN FORCE", CELLS, _now, is_text=True, sort=lambda s: (not s.changed, s.key),
               value=lambda s: s.now),
        Column("DEFAULT", CELLS, lambda s, v: (_brief(s.default), "dim"), is_text=True,
               value=lambda s: s.default),
        Column("BOUNDS", 20, lambda s, v: (s.bounds, "dim"), is_text=True, grows=True,
               value=lambda s: s.bounds),
    ),
    native="as in the file",
)  # fmt: skip


def settings_pane(view: View, box: Box) -> list[Line]:
    """Every setting, a row each."""
    made = table(LIST, view, box, box.inner_height - 1)
    body = made.body
    if not made.shown.rows:
        body = [((" no setting passes the filter", "dim"),)]
    changed = sum(s.changed for s in _source(view))
    status = "  ".join((*said(LIST, view), f"{changed} changed"))
    title = f"CONFIGURATION IN FORCE {made.shown.total}"
    return framed(view, box, title, [made.head, *body], status, made.where)


def chosen(view: View) -> Setting | None:
    """The setting under the cursor."""
    return arranged(LIST, view).row_of(view.state.selected(SETTINGS))


def setting_lines(s: Setting, width: int) -> list[Line]:
    """One setting without cutting anything."""
    result: list[Line] = []
    style = "title" if s.changed else "value"
    for name, text, shown in (
        ("setting", s.key, "title"),
        ("in force", s.now, style),
        ("default", s.default, "dim"),
        ("bounds", s.bounds or "-", "dim"),
    ):
        rows = wrapped(text, width - 10, shown)
        result.append(((f"{name:<10}", "label"), *rows[0]))
        result += [((" " * 10, "text"), *row) for row in rows[1:]]
    note = "limits are never loosened here: change the file and start again"
    return [*result, (), *wrapped(note, width, "dim")]


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
    return formats.clean(value, MOST) or "-"


def _bounds(field: FieldInfo) -> str:
    rules = [rule for item in field.metadata for rule in getattr(item, "metadata", [item])]
    return " ".join(
        f"{sign} {limit:.{6 if abs(limit) < MANY else 3}g}"
        for rule in rules
        for name, sign in _SIGNS
        if (limit := getattr(rule, name, None)) is not None
    )


def _settings(config: DeskConfig) -> Iterator[tuple[str, Any, FieldInfo]]:
    """Name with its section, value and field of each setting; tables follow their settings."""
    tables: list[tuple[str, BaseModel]] = [("", config)]
    while tables:
        section, table = tables.pop(0)
        inner: list[tuple[str, BaseModel]] = []
        for name, field in type(table).model_fields.items():
            value, key = getattr(table, name), f"{section}.{name}".lstrip(".")
            if isinstance(value, BaseModel):
                inner.append((key, value))
            else:
                yield key, value, field
        tables[:0] = inner
