"""A desk of which every text that a broker, a file or a person could have written is another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

OURS = frozenset(
    {"key", "id", "state", "mode", "phase", "name", "next_name", "run_dir", "DayMark.kind"}
)
"""Fields that hold what the desk itself made: keys, states, folders; of all records or of one."""


def poisoned(record: Any, by: Callable[[str], str], ours: frozenset[str] = OURS) -> Any:
    """A copy of a record, and of all records in it, in which each text is what `by` makes of it.

    Args:
        record: a dataclass, or a tuple of such, of texts and of figures.
        by: gives the text that takes another one's place.
        ours: fields that stay.
    """
    if isinstance(record, Enum) or record is None:
        return record
    if isinstance(record, str):
        return by(record)
    names: tuple[str, ...] = getattr(record, "_fields", ())
    if isinstance(record, tuple) and not names:
        return tuple(poisoned(each, by, ours) for each in record)
    if is_dataclass(record) and not isinstance(record, type):
        names = tuple(field.name for field in fields(record) if field.init)
    changed = {
        name: poisoned(getattr(record, name), by, ours)
        for name in names
        if not {name, f"{type(record).__name__}.{name}"} & ours
    }
    if isinstance(record, tuple):
        return record._replace(**changed)  # type: ignore[attr-defined]
    return replace(record, **changed) if changed else record
