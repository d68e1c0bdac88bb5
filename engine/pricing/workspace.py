"""Work arrays that the kernels of one thread share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Workspace:
    """Work arrays that several kernels of one thread share, one scan at a time.

    Attributes:
        turn: counts the scans; a reader that kept the number can tell whether the arrays still
            belong to its scan.
    """

    __slots__ = ("_arrays", "turn")

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}
        self.turn = 0

    def begin(self) -> None:
        """Begin a scan: the arrays of the one before are overwritten."""
        self.turn += 1

    def array(self, name: str, shape: tuple[int, ...], kind: Any = np.float64) -> NDArray[Any]:
        """A contiguous array of that shape, sharing memory with others of the same name."""
        size = int(np.prod(shape))
        flat = self._arrays.get(name)
        if flat is None or flat.size < size:
            flat = self._arrays[name] = np.empty(size, kind)
        return flat[:size].reshape(shape)
