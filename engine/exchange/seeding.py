"""Random numbers from a seed and a name: the same on every machine, in any order of draws."""

from __future__ import annotations

import math
import struct
from hashlib import blake2b
from statistics import NormalDist
from typing import Final

_EIGHT_WORDS: Final = struct.Struct("<8Q")
_TO_UNIT: Final = 2.0**-53
_QUANTILES: Final = 512


def named_seed(seed: int, *names: object) -> int:
    """Return a 64-bit seed made of a run's seed and a name.

    Args:
        seed: the run's seed.
        names: what the stream is for; their text and their order count.
    """
    text = "/".join((str(seed), *map(str, names)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


class Draws:
    """A stream of random numbers for one name, such as one order of one run.

    Draws of other names cannot change it. Eight draws cost one hash.

    Args:
        seed: the run's seed.
        name: of the stream.
        block, left: where it goes on, as `put_away` has told; by default it begins.
    """

    __slots__ = ("_block", "_left", "_name", "_seed", "_words")

    def __init__(self, seed: int, name: str, block: int = 0, left: int = 0) -> None:
        self._seed, self._name = seed, name
        self._block, self._left = block, left
        self._words: list[int] | None = None

    def uniform(self) -> float:
        """A number in [0, 1)."""
        numbers = self._words
        if not numbers:
            numbers = self._refill()
        return (numbers.pop() >> 11) * _TO_UNIT

    def _refill(self) -> list[int]:
        """The next block of words, or the rest of one that was put away, in reverse order."""
        block = self._block - 1 if self._left else self._block
        digest = blake2b(f"{self._seed}/{self._name}/{block}".encode()).digest()
        numbers = self._words = list(_EIGHT_WORDS.unpack(digest))
        if self._left:
            del numbers[self._left :]
            self._left = 0
        else:
            self._block += 1
        return numbers

    def put_away(self) -> tuple[int, int]:
        """Keep only what it takes to go on, and return it: `block` and `left` of another.

        For streams that are rarely drawn from any more.
        """
        if self._words:
            self._left = len(self._words)
        self._words = None
        return self._block, self._left

    def exponential(self) -> float:
        """A waiting time of mean 1."""
        return -math.log(1.0 - self.uniform())


class LogNormalDelays:
    """Delays about a median, from a table of 512 quantiles: bounded, and one look-up per draw.

    Args:
        spread: standard deviation of their logarithms.
    """

    __slots__ = ("_factors",)

    def __init__(self, spread: float) -> None:
        quantile = NormalDist().inv_cdf
        self._factors = [
            math.exp(spread * quantile((i + 0.5) / _QUANTILES)) for i in range(_QUANTILES)
        ]

    def draw(self, draws: Draws, median_s: float) -> float:
        """Seconds of one delay."""
        return median_s * self._factors[int(draws.uniform() * _QUANTILES)]
