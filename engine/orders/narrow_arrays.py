"""Arrays of whole numbers with as few bytes each as the largest of them needs."""

from __future__ import annotations

from array import array
from typing import Final

_WIDER: Final = {"B": "H", "H": "I", "I": "Q"}


def narrow() -> array[int]:
    """An empty one, of one byte a number."""
    return array("B")


def inserted(numbers: array[int], at: int, number: int) -> array[int]:
    """The array with a number inserted before place `at`: itself, or a wider one in its place.

    Raises:
        OverflowError: the number is negative, or takes more than eight bytes.
    """
    while True:
        try:
            numbers.insert(at, number)
        except OverflowError:
            numbers = _wider(numbers, number)
        else:
            return numbers


def increased(numbers: array[int], at: int, more: int) -> array[int]:
    """The array with the number at place `at` increased; otherwise as `inserted`."""
    number = numbers[at] + more
    while True:
        try:
            numbers[at] = number
        except OverflowError:
            numbers = _wider(numbers, number)
        else:
            return numbers


def _wider(numbers: array[int], number: int) -> array[int]:
    code = _WIDER.get(numbers.typecode)
    if code is None or number < 0:
        raise OverflowError(f"{number} is not a number from 0 to 2**64 - 1")
    return array(code, numbers)
