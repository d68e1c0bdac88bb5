"""How much memory something keeps."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def retained_bytes(make: Callable[[], object]) -> int:
    """Bytes allocated by `make` that are still held while its result is.

    The machine has no say in it; versions of Python differ by some bytes an object.
    """
    gc.collect()
    tracemalloc.start()
    try:
        kept = make()
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    return size
