"""What rows are made of: mappings, objects with attributes, and several of them together."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Mapping, Sequence
from datetime import date
from enum import Enum
from functools import lru_cache
from inspect import getattr_static
from numbers import Number
from typing import Any, NamedTuple

import numpy as np

from engine.market.quotes.names import Layout, layout_of


class Joined(NamedTuple):
    """A row of several parts, such as a contract and its quote."""

    parts: tuple[Any, ...]


class Kind(NamedTuple):
    """What the values of a class are read as.

    Args:
        is_scalar: a single figure, and so no row and no collection of rows.
        is_mapping: values are looked up by name: a dict, a sqlite3.Row, a pandas Series and such.
        is_awaited: nothing comes of it before somebody awaits it.
        may_be_table: it may have columns.
        names: of the attributes that the class gives its objects.
    """

    is_scalar: bool
    is_mapping: bool
    is_awaited: bool
    may_be_table: bool
    names: tuple[str, ...]


def kind_of(told: Any) -> Kind:
    """How a value is read."""
    kind: Any = type(told)
    return _kind(kind)


@lru_cache(maxsize=512)
def _kind(told: Any) -> Kind:
    """How values of a class are read; asked of the class, for some objects answer slowly."""
    mapping = issubclass(told, Mapping) or (hasattr(told, "keys") and hasattr(told, "__getitem__"))
    return Kind(
        told is type(None)
        or issubclass(told, (str, bytes, Number, date, Enum, np.datetime64, np.bool_)),
        mapping,
        issubclass(told, (Awaitable, AsyncIterable)),
        mapping or any(hasattr(told, name) for name in ("columns", "column_names", "dtype")),
        tuple(
            name
            for name in dir(told)
            if not name.startswith("_") and not callable(getattr_static(told, name, None))
        ),
    )


def is_scalar(told: Any) -> bool:
    """Whether it is a single figure."""
    return kind_of(told).is_scalar


def names_of(part: Any) -> tuple[str, ...]:
    """The names of a mapping's keys or of an object's attributes; none of anything else."""
    kind = kind_of(part)
    if kind.is_scalar:
        return ()
    if kind.is_mapping:
        return tuple([key for key in part.keys() if isinstance(key, str)])  # noqa: SIM118
    if isinstance(part, np.void):  # a row of a structured array
        return part.dtype.names or ()
    own = getattr(part, "__dict__", None)
    return (*own, *kind.names) if own else kind.names


def layout(part: Any) -> Layout:
    """Which names of a part of a row are read."""
    return layout_of(names_of(part))


def value_of(part: Any, name: str) -> Any:
    """What a part of a row says under a name that it has."""
    if kind_of(part).is_mapping or isinstance(part, np.void):
        return part[name]
    return getattr(part, name, None)


def has_equal_keys(rows: Sequence[Any]) -> bool:
    """Whether all rows are dicts with the same keys."""
    keys = rows[0].keys()
    return all(type(row) is dict and row.keys() == keys for row in rows)
