"""A list taken away: as CSV, as JSON, as text for the clipboard.

Text from outside is printable and on one line before it leaves, and no cell of a spreadsheet is a
formula because a broker's words begin like one.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypeVar

from tui.lists.declared import Arranged, DeskList, arranged, marked
from tui.text.columns import Column
from tui.text.formats import clean
from tui.viewmodel.view import View

Row = TypeVar("Row")

MOST_CHARACTERS: Final = 4_000
"""Longest text of a cell that is taken away."""

FORMULA: Final = "=+-@"
"""Characters with which a spreadsheet's formula begins."""

Value = str | int | float | None


def exported_columns(declared: DeskList[Row], view: View) -> list[Column[Row, Any]]:
    """The columns that have a value: the chosen ones in their order, else all."""
    named = {c.called: c for c in declared.columns if c.value is not None}
    instead = {c.called: c.exported_as for c in declared.columns if c.exported_as}
    chosen = declared.choices(view).columns
    wanted = dict.fromkeys(
        each for name in chosen for each in instead.get(name, (name,)) if each in named
    )
    return [named[name] for name in wanted or named]


def exported_rows(declared: DeskList[Row], view: View) -> Sequence[Row]:
    """The marked rows; all that are listed where none is marked."""
    keys = set(marked(declared, view))
    shown: Arranged[Row] = arranged(declared, view)
    if not keys:
        return shown.rows
    rows = [row for row in shown.rows if declared.key(row) in keys]
    seen = {declared.key(row) for row in rows}
    hidden = (row for row in declared.source(view) if declared.key(row) in keys - seen)
    return [*rows, *hidden]


def value_of(column: Column[Row, Any], row: Row) -> Value:
    """What an export says of a row in a column; text is printable and bounded."""
    value = None if column.value is None else column.value(row)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (int, float)):
        return value
    return clean(value.isoformat() if isinstance(value, date) else value, MOST_CHARACTERS)


def head_of(column: Column[Any, Any]) -> str:
    """A column's name with its unit, such as "floor [USD]"."""
    return f"{column.called} [{column.unit}]" if column.unit else column.called


def harmless(value: Value) -> str | int | float:
    """A value as a cell of a spreadsheet: text that would be a formula begins with `'`."""
    if value is None:
        return ""
    if isinstance(value, str) and value.strip() != "-" and value.lstrip()[:1] in tuple(FORMULA):
        return f"'{value}"
    return value


def as_csv(declared: DeskList[Any], view: View, separator: str = ",") -> str:
    """The marked or listed rows as comma-separated values with a head."""
    columns = exported_columns(declared, view)
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow([head_of(column) for column in columns])
    for row in exported_rows(declared, view):
        writer.writerow([harmless(value_of(column, row)) for column in columns])
    return file.getvalue()


def as_json(declared: DeskList[Any], view: View) -> str:
    """The marked or listed rows as JSON: what they are, when, of how many, and each row by name."""
    columns = exported_columns(declared, view)
    choices, snapshot = declared.choices(view), view.snapshot
    rows = exported_rows(declared, view)
    data = {
        "list": declared.name,
        "mode": clean(snapshot.mode),
        "account": clean(snapshot.account),
        "run": clean(snapshot.run),
        "at_epoch_s": snapshot.now_s,
        "filter": clean(choices.filter),
        "of": clean(choices.of or choices.within),
        "sort": choices.sort or declared.native,
        "rows_in_all": arranged(declared, view).total,
        "units": {column.called: column.unit for column in columns if column.unit},
        "rows": [_named(declared, columns, row) for row in rows],
    }
    return json.dumps(data, indent=1) + "\n"


def _named(
    declared: DeskList[Any], columns: Sequence[Column[Any, Any]], row: Any
) -> dict[str, Value]:
    """A row's key and its values by the names of their columns."""
    values: dict[str, Value] = {"key": clean(declared.key(row), MOST_CHARACTERS)}
    return values | {column.called: value_of(column, row) for column in columns}


def row_text(declared: DeskList[Any], view: View) -> str:
    """The row under the cursor, its values with tabs between; "" where there is none."""
    row = arranged(declared, view).row_of(view.state.selected(declared.pane))
    if row is None:
        return ""
    values = (value_of(column, row) for column in exported_columns(declared, view))
    return "\t".join(str(harmless(value)) for value in values)


def cells_of(declared: DeskList[Any], view: View) -> list[tuple[str, str]]:
    """The names and values of the row under the cursor; () where there is none."""
    row = arranged(declared, view).row_of(view.state.selected(declared.pane))
    if row is None:
        return []
    columns = exported_columns(declared, view)
    return [(head_of(c), str(harmless(value_of(c, row)))) for c in columns]
