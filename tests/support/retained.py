"""How much memory something keeps."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def retained_bytes(make: Callable[[], object]) -> int:
    """Bytes allocated by `make` that are still held while its result is.

    The less of two: what another thread of the process keeps meanwhile, and what a first call keeps
    for good, are counted too and can only add. Versions of Python differ by some bytes an object.
    Tracing makes calls several times as slow: thousands of things made are enough.
    """
    return min(_traced_bytes(make) for _ in range(2))


def _traced_bytes(make: Callable[[], object]) -> int:
    gc.collect()
    gc.freeze()  # what lives already need not be walked again
    tracemalloc.start()
    try:
        kept = make()
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    return size
