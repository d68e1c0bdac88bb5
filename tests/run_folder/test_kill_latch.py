"""A kill latch is on the disk before its closing is told, and gone from it before its lifting is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.run_folder.kill_latch import KillLatch, Latched


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """The inode of everything the disk was waited for, and whether the latch was there then."""
    seen: list[tuple[int, bool]] = []
    sync = os.fsync

    def noted(handle: int) -> None:
        inode = os.fstat(handle).st_ino
        folder = Path(os.readlink(f"/proc/self/fd/{handle}"))
        folder = folder if folder.is_dir() else folder.parent
        seen.append((inode, (folder / "kill.latch").exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    return seen


def test_closing_waits_for_the_disk_with_the_file_and_with_its_name(
    tmp_path: Path, synced: list[tuple[int, bool]]
) -> None:
    latch = KillLatch(tmp_path)
    latch.close(2, 1_795_185_000.0)
    assert (latch.path.stat().st_ino, True) in synced
    assert synced[-1] == (tmp_path.stat().st_ino, True)
    assert latch.read() == Latched(2, 1_795_185_000.0)


def test_lifting_waits_for_the_disk_until_the_name_is_gone(
    tmp_path: Path, synced: list[tuple[int, bool]]
) -> None:
    latch = KillLatch(tmp_path)
    latch.close(1, 0.0)
    synced.clear()
    latch.lift()
    assert synced == [(tmp_path.stat().st_ino, False)]
    assert latch.read() is None
    latch.lift()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stage": 2', '{"stage": 2, "at_s": "x"}'])
def test_a_latch_that_cannot_be_read_still_closes_entries(tmp_path: Path, text: str) -> None:
    latch = KillLatch(tmp_path)
    latch.path.write_text(text)
    assert latch.is_closed
    assert latch.read() == Latched(1, 0.0)
