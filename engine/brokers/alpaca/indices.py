"""Alpaca's values of indices, which its prices of shares do not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from engine.brokers.alpaca.reading import fields_of, seconds_of
from engine.brokers.dialect import DialectError
from engine.brokers.http.call import Call, Priority

OLDEST_S: Final = 60.0
"""Seconds after which a value says nothing of now: an index is computed every second or so."""

_LARGEST: Final = 1e6


def values_call(indices: Sequence[str]) -> Call:
    """The latest values, all in one call; Alpaca refuses them without a plan for them.

    Args:
        indices: such as SPX and XSP.
    """
    query = (("index_symbols", ",".join(indices)),)
    return Call("GET", "/v1beta1/indices/latest/values", Priority.CHAIN, query)


def read_values(body: Any, now_s: float) -> dict[str, float]:
    """The value of each index, in points; none where it is unknown, or not of now.

    Args:
        body: of the answer.
        now_s: epoch second.

    Raises:
        DialectError: it is not a page of values.
    """
    values = {}
    for index, told in fields_of(fields_of(body, "values").get("values"), "values").items():
        row = fields_of(told, "a value")
        points, moment = row.get("v"), row.get("t")
        if isinstance(points, bool) or not isinstance(points, int | float):
            continue
        if not isinstance(moment, str):
            raise DialectError("a value has no moment")
        if 0 < points <= _LARGEST and abs(now_s - seconds_of(moment)) <= OLDEST_S:
            values[index] = float(points)
    return values
