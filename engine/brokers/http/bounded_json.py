"""JSON from outside, within bounds: so many bytes, so deep, so many rows, and clean texts."""

from __future__ import annotations

import json
from typing import Any, Final

from engine.orders.soundness import cleaned

LONGEST: Final = 8 * 2**20
"""Bytes of an answer."""

DEEPEST: Final = 32
MOST_ROWS: Final = 10_000
LONGEST_TEXT: Final = 2_000
LARGEST: Final = 2**53
"""The largest number; every JSON reader has whole numbers up to it exactly."""

_MOST_DIGITS: Final = 40


class UnreadableError(ValueError):
    """Bytes that are not an answer; the text says why."""


def read_json(data: bytes) -> Any:
    """The values of a JSON text; texts in it are made printable, and bounded.

    Raises:
        UnreadableError: it is not JSON, or beyond the bounds.
    """
    if len(data) > LONGEST:
        raise UnreadableError(f"{len(data):,} bytes; at most {LONGEST:,} are taken")
    try:
        value = json.loads(data, parse_constant=_no_number, parse_int=_whole, parse_float=_fraction)
    except UnreadableError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {cleaned(error, 80)}") from None
    return _clean(value, DEEPEST)


def _no_number(name: str) -> float:
    raise UnreadableError(f"{name} is not a number")


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS or abs(int(text)) > LARGEST:
        raise UnreadableError(f"{text[:40]} is too large a number")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if len(text) > _MOST_DIGITS or not abs(number) <= LARGEST:
        raise UnreadableError(f"{text[:40]} is too large a number")
    return number


def _clean(value: Any, depth: int) -> Any:
    """The values with clean texts, where they nest at most so deep."""
    if isinstance(value, str):
        return _clean_text(value)
    if not isinstance(value, list | dict):
        return value
    if not depth:
        raise UnreadableError(f"nested more than {DEEPEST} deep")
    if len(value) > MOST_ROWS:
        raise UnreadableError(f"{len(value):,} rows; at most {MOST_ROWS:,} are taken")
    if isinstance(value, list):
        return [_clean(each, depth - 1) for each in value]
    return {_clean_text(name): _clean(each, depth - 1) for name, each in value.items()}


def _clean_text(text: str) -> str:
    if len(text) <= LONGEST_TEXT and text.isprintable():
        return text
    return cleaned(text, LONGEST_TEXT)
