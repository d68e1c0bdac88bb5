"""The file of open orders: readers see every order before it leaves, and it never grows for ever."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.run_folder import open_orders as mirror
from engine.run_folder.open_orders import FILE, OpenOrdersMirror, read_open

STARTED: list[OpenOrdersMirror] = []


def started(folder: Path, orders: Iterable[str] = (), *, durable: bool) -> OpenOrdersMirror:
    """The file of a run that begins with some orders open."""
    mirror = OpenOrdersMirror(folder, durable=durable)
    STARTED.append(mirror)
    mirror.start(orders)
    return mirror


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    """Close what a test has started, as a dropped file is a warning of some later test."""
    yield
    while STARTED:
        with suppress(OSError):  # a test may have taken its disk away
            STARTED.pop().close()


STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60)


@example(steps=[(True, 0)] * 24, lines=2, first=list(range(10)))
@given(steps=STEPS, lines=st.integers(2, 12), first=st.lists(st.integers(0, 9), unique=True))
def test_a_reader_sees_what_is_open_after_every_step_compacted_or_not(
    steps, lines, first, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("mirror")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mirror, "COMPACT_LINES", lines)
        held = started(folder, [f"S0-{n}" for n in first], durable=True)
        expected = {f"S0-{n}" for n in first}
        for opens, number in steps:
            name = f"S0-{number}"
            if opens:
                held.opened(name)
                expected.add(name)
            else:
                held.ended(name)
                expected.discard(name)
            assert set(read_open(folder)) == expected
            assert len((folder / FILE).read_text().splitlines()) <= max(lines, 2 * 10) + 1
        held.close()
    assert set(read_open(folder)) == expected


def test_every_open_is_on_the_disk_before_it_returns(tmp_path: Path, monkeypatch) -> None:
    synced: list[int] = []
    held = started(tmp_path, durable=True)
    monkeypatch.setattr(os, "fdatasync", synced.append)
    held.opened("S0-1")
    assert len(synced) == 1
    held.ended("S0-1")
    assert len(synced) == 1, "an order too many does no harm"


def test_in_virtual_time_nothing_waits_for_the_disk(tmp_path: Path, monkeypatch) -> None:
    held = started(tmp_path, durable=False)
    monkeypatch.setattr(os, "fdatasync", lambda handle: pytest.fail("waited for the disk"))
    for number in range(1000):
        held.opened(f"S0-{number}")
        held.ended(f"S0-{number}")
    held.flush()
    assert read_open(tmp_path) == ()


def test_a_last_line_that_a_crash_cut_is_no_order(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("+S0-1\n+S0-2\n-S0-1\n+S0-3")
    assert read_open(tmp_path) == ("S0-2",)


def test_the_file_is_the_owners_alone_after_a_compaction_too(tmp_path: Path) -> None:
    held = started(tmp_path, durable=True)
    for number in range(mirror.COMPACT_LINES):
        held.opened(f"S0-{number}")
        held.ended(f"S0-{number}")
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    assert (tmp_path / FILE).stat().st_size < 200_000


def test_a_disk_that_is_full_while_the_file_is_written_anew_leaves_one_that_still_takes_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "COMPACT_LINES", 4)
    held = started(tmp_path, durable=True)
    held.opened("S0-1")

    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(mirror, "write_private", full)
        for number in (2, 3):
            held.opened(f"S0-{number}")
            with suppress(OSError):
                held.ended(f"S0-{number}")
    assert read_open(tmp_path) == ("S0-1",)
    held.opened("S0-4")
    held.ended("S0-1")
    assert read_open(tmp_path) == ("S0-4",)
    held.close()


def test_no_file_is_nothing_open(tmp_path: Path) -> None:
    assert read_open(tmp_path) == ()


def test_until_a_desk_has_looked_what_is_open_readers_see_what_the_last_one_left(
    tmp_path: Path,
) -> None:
    started(tmp_path, ["S0-1"], durable=True).close()
    mirror = OpenOrdersMirror(tmp_path, durable=True)
    mirror.ended("S0-1")
    mirror.flush()
    assert read_open(tmp_path) == ("S0-1",)
    with pytest.raises(OSError, match="fileno"):
        mirror.opened("S0-2")
    mirror.start(())
    assert read_open(tmp_path) == ()
    mirror.close()
