"""Which contract each row is of: by its fields, by its symbol and by the keys above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.market.chain import RIGHTS, Floats
from engine.market.quotes.columns import Columns
from engine.market.quotes.rows import FORMS, Keys
from engine.market.quotes.symbols import NamedContract, bare_root, contract_named
from engine.market.quotes.values import day_of, is_nothing, number, numbers_of, right_of, shown

T = TypeVar("T")

_FORMS: Final = f"quotes are read from {FORMS}"
_MOST_STRIKE: Final = 1e9


@dataclass(frozen=True, slots=True)
class Contracts:
    """The contracts of an answer's rows, in the rows' order.

    Args:
        rights: CALL or PUT.
        strikes: per share.
        expiration: exchange date of all of them; None where nothing names it.
    """

    rights: NDArray[np.intp]
    strikes: Floats
    expiration: date | None


def contracts_of(
    columns: Columns,
    keys: Sequence[Keys] | None,
    symbol: str,
    expiration: date | None,
    multiplier: int,
) -> Contracts:
    """The contract of each row, all of one root, expiration and multiplier.

    Args:
        columns: what the rows say.
        keys: what the keys above each row say; None where no row has any.
        symbol: the root asked for; "" for any.
        expiration: the one asked for; None for that of the first row.
        multiplier: of the contracts of the root asked for.

    Raises:
        ValueError: a row does not say its contract, says two, or is of another root, expiration or
            multiplier than asked for.
    """
    named = _named(columns, keys)
    rights = _agreed("right", _read(columns, "right", right_of), named, keys)
    if rights is None or None in rights:
        rights = _agreed("right", rights, _read(columns, "kind", right_of))
    strikes = _strikes(columns, named, keys)
    if rights is None or None in rights:
        raise _missing("right", rights)
    days = _agreed("expiration", _read(columns, "expiration", day_of), named, keys)
    _one_root(columns, named, symbol)
    _one_multiplier(columns, symbol, multiplier)
    day = _one_day(days or (), symbol, expiration)
    return Contracts(np.array(rights, dtype=np.intp), strikes, day)


def _read(columns: Columns, field: str, reading: Callable[[Any], T]) -> list[T] | None:
    """A column read value by value, equal ones once; None where no row has the field.

    Raises:
        ValueError: a value cannot be read; names its row and the field.
    """
    told = columns.get(field)
    if told is None:
        return None
    known: dict[Any, T] = {}
    kinds = set(map(type, told))
    try:
        if len(kinds) == 1:
            known = {value: reading(value) for value in set(told)}
            return [known[value] for value in told]
    except (TypeError, ValueError, KeyError):
        pass  # one by one, so that the row is named
    found: list[T] = []
    for place, value in enumerate(told):
        try:
            found.append(reading(value))
        except ValueError as error:
            name = "type" if field == "kind" else field
            raise ValueError(f"row {place}: {name} {error}") from None
    return found


def _strikes(
    columns: Columns, named: list[NamedContract | None] | None, keys: Sequence[Keys] | None
) -> Floats:
    """The strikes: of the field, else of the symbol, else of a key.

    A number above a row is its strike only where the row does not say it: it may be a count.
    """
    told: list[Any] | None = columns.get("strike")
    strikes = None if told is None else numbers_of("strike", told)
    if strikes is not None and named is None and keys is None:
        found = strikes
    else:
        known = None if strikes is None else [None if x != x else x for x in strikes.tolist()]
        agreed = _agreed("strike", known, named)
        if agreed is None or None in agreed:
            count = len(named or keys or ())
            agreed = [
                (keys[place].strike if keys else None) if each is None else each
                for place, each in enumerate(agreed or [None] * count)
            ]
        if not agreed or None in agreed:
            raise _missing("strike", agreed)
        found = np.array(agreed, dtype=np.float64)
    bad = ~((found > 0) & (found < _MOST_STRIKE))
    if bad.any():
        place = int(bad.argmax())
        if found[place] != found[place]:
            raise ValueError(f"row {place}: strike is missing; {_FORMS}")
        raise ValueError(f"row {place}: strike must be positive, not {found[place]:g}")
    return found


def _missing(field: str, told: Sequence[Any] | None) -> ValueError:
    place = list(told).index(None) if told else 0
    return ValueError(f"row {place}: {field} is missing; {_FORMS}")


def _named(columns: Columns, keys: Sequence[Keys] | None) -> list[NamedContract | None] | None:
    """What the rows' symbols name, else the symbols above them; None where no symbol does."""
    columns_of_names = [columns[field] for field in ("contract", "symbol") if field in columns]
    if keys is not None:
        columns_of_names.append([each.contract for each in keys])
    if not columns_of_names:
        return None
    found: list[NamedContract | None] = [None] * len(columns_of_names[0])
    for names in columns_of_names:
        for place, told in enumerate(names):
            if found[place] is None:
                found[place] = told if type(told) is NamedContract else contract_named(told)
    return found if any(found) else None


def _agreed(field: str, told: list[Any] | None, *others: Sequence[Any] | None) -> list[Any] | None:
    """What several sources say of a field, one value for each row; None where none says it.

    Args:
        field: its name.
        told: by the rows' own fields.
        others: rows of values, or of records with the field as an attribute.

    Raises:
        ValueError: two sources differ.
    """
    agreed = told
    for other in others:
        if other is None:
            continue
        values = [getattr(each, field, None) if isinstance(each, tuple) else each for each in other]
        if agreed is None:
            agreed = values
            continue
        for place, value in enumerate(values):
            if agreed[place] is None:
                agreed[place] = value
            elif value is not None and value != agreed[place]:
                said = agreed[place], value
                names = [RIGHTS[each] if field == "right" else each for each in said]
                raise ValueError(
                    f"row {place}: {field} is {names[0]}, and its symbol or key says {names[1]}"
                )
    return agreed


def _one_day(days: Sequence[date | None], symbol: str, wanted: date | None) -> date | None:
    """The expiration of all rows: the one asked for, else the one that they name."""
    different = set(days) - {None}
    if not different or different == {wanted}:
        return wanted
    expected = wanted or next(day for day in days if day is not None)
    for place, day in enumerate(days):
        if day is not None and day != expected:
            asked = f"asked for {symbol} {expected}" if wanted else f"beside those of {expected}"
            raise ValueError(
                f"{' '.join(asked.split())} the quotes came for {day} (row {place}); hand over the "
                "contracts of one expiration alone"
            )
    return expected


def _one_root(columns: Columns, named: list[NamedContract | None] | None, symbol: str) -> None:
    """Raise where rows are of several roots, or of another one than asked for."""
    roots, symbols = columns.get("root"), columns.get("symbol")
    expected = bare_root(symbol)
    for place in range(len(roots or symbols or named or ())):
        contract = named[place] if named is not None else None
        told: Any = roots[place] if roots is not None else None
        if is_nothing(told):
            told = contract.root if contract is not None else symbols and symbols[place]
        if not isinstance(told, str) or is_nothing(told):
            continue
        root = bare_root(told)
        if root == expected:
            continue
        if expected:
            asked = f"asked for {symbol}" if symbol else "beside those of another root"
            raise ValueError(
                f"{asked} the quotes came for {shown(told)[1:-1]} (row {place}); return contracts "
                "of that root alone, without adjusted ones, or add the symbol by its root"
            )
        expected = root


def _one_multiplier(columns: Columns, symbol: str, expected: int) -> None:
    """Raise where a row's contract delivers something else than the root's."""
    if not symbol:
        return
    for place, told in enumerate(columns.get("multiplier", ())):
        try:
            size = number(told)
        except ValueError:
            size = float(expected) if str(told).upper() == "REGULAR" else -1.0
        if size == size and size != expected:
            raise ValueError(
                f"row {place}: a contract of {shown(told)} where those of {symbol} have "
                f"{expected}; return the contracts of one deliverable"
            )
