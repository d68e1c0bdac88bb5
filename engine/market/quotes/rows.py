"""The rows in what a quote callback returned, however they are nested, and what their keys say."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from engine.market.quotes.names import WRAPPERS, Layout, bare, layout_of
from engine.market.quotes.parts import (
    Joined,
    has_equal_keys,
    is_scalar,
    kind_of,
    layout,
    value_of,
)
from engine.market.quotes.symbols import NamedContract, contract_named
from engine.market.quotes.tables import table_of
from engine.market.quotes.values import day_of, number, right_of, shown

T = TypeVar("T")

MOST_ROWS: Final = 20_000
DEEPEST: Final = 8
FORMS: Final = (
    "an OptionChain, SpreadLegs, or rows of any kind with strike, right, bid and ask "
    "(docs/engine.md shows the forms)"
)


class Keys(NamedTuple):
    """What the keys above a row say of its contract."""

    contract: NamedContract | None = None
    right: int | None = None
    strike: float | None = None
    expiration: date | None = None


NO_KEYS: Final = Keys()


class Rows(NamedTuple):
    """Rows in the order in which they were told, each with what its keys say; None: no keys."""

    rows: Sequence[Any]
    keys: list[Keys] | None


def rows_in(answer: Any) -> Rows:
    """Every row of an answer.

    Raises:
        ValueError: it is, or holds, something that quotes are not read from.
    """
    if isinstance(answer, Iterator):
        answer = _bounded(list(islice(answer, MOST_ROWS + 1)))
    if isinstance(answer, (list, tuple)) and _is_alike(answer):
        return Rows(_bounded(answer), None)
    found = list(islice(_rows(answer, NO_KEYS, 0), MOST_ROWS + 1))
    keys = [each for _, each in _bounded(found)]
    return Rows([row for row, _ in found], None if set(keys) <= {NO_KEYS} else keys)


def _bounded(rows: Sequence[T]) -> Sequence[T]:
    if len(rows) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS:,} rows came; return those of one expiration")
    return rows


_READINGS: Final[tuple[tuple[str, Callable[[Any], Any]], ...]] = (
    ("right", right_of),
    ("expiration", day_of),
    ("strike", number),
)


def _is_alike(told: Sequence[Any]) -> bool:
    """Whether a sequence holds plain rows of one kind and nothing else."""
    if not told:
        return False
    first = told[0]
    if type(first) is dict:
        return _is_row(first) and has_equal_keys(told)
    kind = type(first)
    return (
        not kind_of(first).may_be_table
        and not hasattr(first, "__dict__")
        and all(type(each) is kind for each in told)
        and layout(first).is_row
    )


def _rows(told: Any, keys: Keys, depth: int) -> Iterator[tuple[Any, Keys]]:
    """The rows of a part of the answer."""
    if told is None:
        return
    kind = kind_of(told)
    if kind.is_awaited:
        if inspect.iscoroutine(told):
            told.close()
        raise ValueError(
            "the callback returned something to await; run it to its end in the callback, "
            "with asyncio.run() for instance, and return what it gives"
        )
    if kind.is_scalar or depth > DEEPEST:
        raise ValueError(f"{shown(told)} is not a quote; quotes are read from {FORMS}")
    table = table_of(told) if kind.may_be_table else None
    if table is not None:
        for place, row in enumerate(table.rows):
            label = None if table.labels is None else _with(keys, table.labels[place])
            yield row, label or keys
        return
    found = layout(told)
    if found.is_row:
        yield told, keys
    elif kind.is_mapping:
        yield from _mapping(told, _own(told, found, keys), depth)
    elif found.rights:
        keys = _own(told, found, keys)
        for name, right in found.rights:
            yield from _rows(value_of(told, name), keys._replace(right=right), depth + 1)
    elif isinstance(told, tuple) and _is_pair(told):
        yield Joined(told), keys
    elif isinstance(told, Iterable):
        for each in told:
            yield from _rows(each, keys, depth + 1)
    else:
        raise ValueError(f"{shown(told)} is not a quote; quotes are read from {FORMS}")


def _is_pair(told: tuple[Any, ...]) -> bool:
    """Whether a tuple is one row in parts: a contract and its quote."""
    if len(told) != 2 or is_scalar(told[1]):
        return False
    quoted = [{"bid", "ask"} & {field for field, _ in layout(part).fields} for part in told]
    return bool(quoted[1]) and not quoted[0]


def _is_row(told: dict[Any, Any]) -> bool:
    """Whether a dict is one row: its bid is a figure, and no column."""
    return layout(told).is_row and is_scalar(told.get("bid")) and is_scalar(told.get("strike"))


def _mapping(told: Any, keys: Keys, depth: int) -> Iterator[tuple[Any, Keys]]:
    """The rows of a mapping by contract, right, strike or expiration."""
    for key in told.keys():  # noqa: SIM118
        part = told[key]
        if not is_scalar(key) and not isinstance(key, tuple):
            yield Joined((key, part)), keys  # by the contract itself
            continue
        name = bare(key) if isinstance(key, str) else ""
        within = keys if name in WRAPPERS else _with(keys, key)
        if within is not None:
            yield from _rows(part, within, depth + 1)
        elif not is_scalar(part) and name != "underlying":
            raise ValueError(
                f"the key {shown(key)} names no contract, right, strike or expiration; "
                f"quotes are read from {FORMS}"
            )


def _with(keys: Keys, key: Any) -> Keys | None:
    """What a key says of the contracts below it, added to those above it; None: nothing."""
    if isinstance(key, tuple):
        within: Keys | None = None
        for part in key:
            within = _with(within or keys, part) or within
        return within
    contract = contract_named(key)
    if contract is not None:
        return keys._replace(contract=contract)
    named = layout_of((key,)).rights if isinstance(key, str) else ()
    if named:
        return keys._replace(right=named[0][1])
    for field, reading in _READINGS:
        try:
            told = reading(key)
        except ValueError:
            continue
        if told is not None and told == told:
            return Keys(**{**keys._asdict(), field: told})
    return None


def _own(told: Any, found: Layout, keys: Keys) -> Keys:
    """What a collection of the contracts of one strike or expiration says of itself."""
    for field, name in found.fields:
        value = value_of(told, name)
        if field == "strike" and is_scalar(value):
            keys = keys._replace(strike=number(value))
        elif field == "expiration" and is_scalar(value):
            keys = keys._replace(expiration=day_of(value))
    return keys
