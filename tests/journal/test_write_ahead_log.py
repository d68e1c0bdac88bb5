"""A damaged write-ahead log is noticed, and kept, before SQLite drops what is behind the damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.journal.missing import missing_events
from engine.journal.opening import open_journal
from engine.journal.reading import read_events
from engine.journal.write_ahead_log import PAGE, kept_log_of, log_of, lost_pages
from engine.run_folder.append_log import append_batch
from engine.run_folder.paths import RunPlaces
from tests.support.hand_written_runs import day

FRAME = 24 + PAGE


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal and its log, as a killed desk leaves them, after the log was used once before."""
    folder = tmp_path_factory.mktemp("killed")
    path = folder / "journal.db"
    journal = open_journal(path, durable=False)
    for number, event in enumerate(day(4, 300).events):
        journal.append(event)
        if number == 100:
            journal._database.checkpoint()
        if number % 20 == 19:
            journal.flush()
    copy = folder / "copy"
    copy.mkdir()
    for each in (path, log_of(path)):
        shutil.copy(each, copy / each.name)
    journal.close()
    return copy / path.name


@pytest.fixture(scope="module")
def whole(killed: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many events the journal and its log hold."""
    return len(list(read_events(_copy(killed, tmp_path_factory.mktemp("whole") / "copy"))))


def test_a_log_as_a_crash_leaves_it_has_lost_nothing(killed: Path) -> None:
    log = log_of(killed).read_bytes()
    assert len(log) > 10 * FRAME
    assert lost_pages(log) == 0
    assert lost_pages(b"") == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(cut=st.integers(0))
def test_a_torn_end_has_lost_nothing_that_was_whole(cut: int, killed: Path) -> None:
    log = log_of(killed).read_bytes()
    assert lost_pages(log[: max(32, len(log) - cut % len(log))]) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_the_log_is_noticed_before_sqlite_drops_what_follows(
    at: int, bit: int, killed: Path, whole: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = bytearray(log_of(killed).read_bytes())
    at %= len(log)
    log[at] ^= 1 << bit
    path = tmp_path_factory.mktemp("flipped") / "journal.db"
    shutil.copy(killed, path)
    log_of(path).write_bytes(log)
    left = len(list(read_events(path)))
    noticed = kept_log_of(path).exists()
    assert noticed or left == whole
    if noticed:
        assert kept_log_of(path).read_bytes() == bytes(log)
        assert kept_log_of(path).stat().st_mode & 0o077 == 0
        assert missing_events(RunPlaces("r", path.parent)) is not None


@pytest.mark.parametrize("at", [*range(24), 24, 24 + PAGE // 2, 23 + PAGE])
def test_a_flipped_bit_in_the_last_page_is_no_torn_end(at: int, killed: Path) -> None:
    log = bytearray(log_of(killed).read_bytes())
    salts = [log[frame + 8 : frame + 16] for frame in range(32, len(log) - FRAME + 1, FRAME)]
    last = 32 + FRAME * max(n for n, salt in enumerate(salts) if salt == log[16:24])
    log[last + at] ^= 1
    assert lost_pages(bytes(log)) == 1


def _copy(journal: Path, folder: Path) -> Path:
    folder.mkdir()
    for each in (journal, log_of(journal)):
        shutil.copy(each, folder / each.name)
    return folder / journal.name


@pytest.mark.parametrize(("ahead", "lost"), [((), False), ((310,), False), ((310, 320), True)])
def test_one_addition_of_the_exchange_may_be_ahead_and_two_are_a_loss(
    ahead: tuple[int, ...], lost: bool, tmp_path: Path
) -> None:
    places = RunPlaces("r", tmp_path)
    with open_journal(places.journal, durable=False) as journal:
        for event in day(4, 300).events:
            journal.append(event)
        last = journal.seq
    for mark in (last - 5, last, *(last + each - 300 for each in ahead)):
        for path in (places.ledger, places.wire):
            append_batch(path, [b'{"what":"query"}\n'], mark)
    found = missing_events(places)
    assert (found is not None) == lost
    if found is not None:
        assert str(found).startswith(f"20 events are missing after row {last:,}, from 20")
        assert str(found).endswith(f"; the exchange has {last + 20:,} on record")
