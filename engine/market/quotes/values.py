"""Single figures as sources tell them: numbers, rights and dates, in whatever type they come.

Each function returns what was told, or "nothing" where the source says that it does not know.
What cannot be read raises ValueError with the rest of a sentence that begins with the field's name.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.market.chain import CALL, PUT
from engine.market.expirations import expiration_date

_PLAIN: Final = frozenset((float, int, type(None)))
_NOTHING: Final = frozenset(("", "nan", "none", "null", "nat", "<na>", "n/a", "-", "--"))
_RIGHTS: Final = {"c": CALL, "call": CALL, "calls": CALL, "p": PUT, "put": PUT, "puts": PUT}
_DAYS_TO_EXPIRY: Final = re.compile(r"(\d{4}-\d{2}-\d{2}):\d+")
_NAMED_ZONE: Final = re.compile(r"(\d{8}|\d{4}-\d{2}-\d{2}) \d{1,2}:\d{2}(:\d{2})? [A-Za-z/_]+")
_FIRST_DAY, _LAST_DAY = 19000101, 29991231


def shown(told: object) -> str:
    """A value as a message shows it: printable and short."""
    text = reprlib.repr(told)
    return text if text.isprintable() and len(text) <= 60 else ascii(text)[:60]


def is_nothing(told: object) -> bool:
    """Whether a value says that nothing is known: None, NaN, pandas.NA, an empty text and such."""
    if told is None:
        return True
    if isinstance(told, float):
        return told != told
    if isinstance(told, str):
        return told.strip().lower() in _NOTHING
    return type(told).__name__ in ("NAType", "NaTType") or str(told) in ("NaT", "NaN")


def number(told: Any) -> float:
    """A number of any type, or its text; NaN where nothing is known.

    Raises:
        ValueError: it is neither.
    """
    if type(told) is float:
        return told
    if is_nothing(told):
        return math.nan
    if isinstance(told, (bool, np.bool_)):
        raise ValueError(f"is {told}, which is not a number")
    try:
        return float(told)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"is {shown(told)}, which is not a number") from None


def numbers_of(field: str, told: Sequence[Any]) -> NDArray[np.float64]:
    """The numbers of a field in the order of the rows; NaN where nothing is known.

    Raises:
        ValueError: one is not a number; names its row and the field.
    """
    if _PLAIN.issuperset(map(type, told)):
        try:
            return np.array(told, dtype=np.float64)
        except OverflowError:
            pass  # one by one, so that the row is named
    numbers = np.empty(len(told))
    for place, value in enumerate(told):
        try:
            numbers[place] = number(value)
        except ValueError as error:
            raise ValueError(f"row {place}: {field} {error}") from None
    return numbers


def right_of(told: Any) -> int | None:
    """CALL or PUT; None where nothing is known.

    A member of an enumeration is read by its value, else by its name: its text begins with the
    name of its class in most libraries.

    Raises:
        ValueError: it is neither a call nor a put.
    """
    if is_nothing(told):
        return None
    for reading in (getattr(told, "value", told), getattr(told, "name", None)):
        text = reading.decode("ascii", "replace") if isinstance(reading, bytes) else reading
        if isinstance(text, str) and (right := _RIGHTS.get(text.strip().lower())) is not None:
            return right
    raise ValueError(f"is {shown(told)}; it must be 'call' or 'put', 'C' or 'P'")


def day_of(told: Any) -> date | None:
    """The exchange date of an expiration; None where nothing is known.

    Dates, datetimes (naive: exchange dates; aware: converted), numpy's and pandas's, ISO text,
    `20270115` as text or number, Schwab's `2027-01-15:45` and IBKR's with the name of a zone.

    Raises:
        ValueError: it is none of these.
    """
    if is_nothing(told):
        return None
    if isinstance(told, date):
        return expiration_date(told)
    if isinstance(told, np.datetime64):
        found: date = told.astype("datetime64[D]").item()
        return found
    if isinstance(told, (int, np.integer)) and _FIRST_DAY <= told <= _LAST_DAY:
        told = str(told)
    if isinstance(told, str):
        text = told.strip()
        short = _DAYS_TO_EXPIRY.fullmatch(text) or _NAMED_ZONE.fullmatch(text)
        try:
            return expiration_date(datetime.fromisoformat(short[1] if short else text))
        except ValueError:
            pass
    raise ValueError(f"is {shown(told)}, which is not a date")
