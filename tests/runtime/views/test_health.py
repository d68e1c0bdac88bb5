"""The process's memory as the system tells it, and nothing where it does not."""

from __future__ import annotations

import os
from pathlib import Path

from engine.runtime.views.health import memory_bytes, resident_bytes


def test_resident_memory_is_read_in_pages_and_unknown_where_nothing_tells(tmp_path: Path) -> None:
    told = tmp_path / "statm"
    told.write_text("9000 250 120 1 0 800 0\n")
    assert resident_bytes(told) == 250 * os.sysconf("SC_PAGE_SIZE")
    told.write_text("garbage")
    assert resident_bytes(told) is None
    assert resident_bytes(tmp_path / "gone") is None


def test_a_groups_limit_counts_where_it_is_the_lower_one(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text("max\n")
    whole = memory_bytes(limit)
    assert whole is not None and whole == memory_bytes(tmp_path / "gone")
    limit.write_text("1000000\n")
    assert memory_bytes(limit) == 1_000_000
