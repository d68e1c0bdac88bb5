"""What rows say of their contracts, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from engine.market.quotes.parts import Joined, has_equal_keys, is_scalar, kind_of, layout, value_of

Columns = dict[str, list[Any]]
"""For each field that any row has: what each row says of it, None where it says nothing."""

_MOST_PARTS: Final = 8


def columns_of(rows: Sequence[Any]) -> Columns:
    """The fields of rows of any kind; rows that are all alike are read column by column."""
    return _of_alike(rows) or _of_each(rows)


def _of_alike(rows: Sequence[Any]) -> Columns | None:
    """The fields of rows with the same names; None where they differ or have parts."""
    first = rows[0]
    kind = type(first)
    if kind is dict:
        if not has_equal_keys(rows):
            return None
        found = layout(first)
        if found.nested:
            return None
        return {field: [row[name] for row in rows] for field, name in found.fields}
    if kind is Joined or any(type(row) is not kind for row in rows):
        return None
    if kind_of(first).may_be_table or hasattr(first, "__dict__"):
        return None
    found = layout(first)
    if found.nested:
        return None
    try:
        return {field: [getattr(row, name) for row in rows] for field, name in found.fields}
    except AttributeError:
        return None


def _of_each(rows: Sequence[Any]) -> Columns:
    """The fields of rows that differ, each looked at with its parts."""
    columns: Columns = {}
    for place, row in enumerate(rows):
        for field, told in _fields(row).items():
            if field not in columns:
                columns[field] = [None] * len(rows)
            columns[field][place] = told
    return columns


def _fields(row: Any) -> dict[str, Any]:
    """What a row and its parts say; of two that say the same field the outer one counts."""
    found: dict[str, Any] = {}
    parts = list(row.parts) if isinstance(row, Joined) else [row]
    for part in parts:
        if isinstance(part, str):
            found.setdefault("contract", part)
            continue
        of_part = layout(part)
        for field, name in of_part.fields:
            if found.get(field) is None:
                found[field] = value_of(part, name)
        for name in of_part.nested:
            inner = value_of(part, name)
            if isinstance(inner, str) or (
                inner is not None and not is_scalar(inner) and not callable(inner)
            ):
                parts.append(inner)
        if len(parts) > _MOST_PARTS:
            break
    return found
