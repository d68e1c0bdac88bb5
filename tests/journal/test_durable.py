"""Durable means that every commit waits for the disk; in virtual time none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.journal.database import Database

FULL, OFF = 2, 0


@pytest.mark.parametrize(("durable", "level"), [(True, FULL), (False, OFF)])
def test_a_durable_journal_waits_for_the_disk_at_every_commit(
    tmp_path: Path, durable: bool, level: int
) -> None:
    for _ in range(2):  # a new journal, and one that is opened again
        database = Database(tmp_path / "journal.db", durable=durable, run="r", max_bytes=2**30)
        ask = database.connection.execute
        assert ask("PRAGMA synchronous").fetchone() == (level,)
        assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ask("PRAGMA fullfsync").fetchone() == (1,)
        database.connection.close()
