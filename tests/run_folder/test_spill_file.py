"""Blocks on the disk: each is as it was put there, or it is said that it is not."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.run_folder.spill_file import SpilledBlock, SpillFile
from tests.support.open_files import descriptors_in, holders_of


@contextmanager
def files_end_at(length: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: the disk takes a part of a block, or none."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@given(st.lists(st.tuples(st.binary(max_size=40), st.none() | st.integers(0, 39)), max_size=20))
def test_what_a_disk_took_is_given_back_whatever_it_refused(
    steps: list[tuple[bytes, int | None]],
) -> None:
    taken: list[tuple[bytes, SpilledBlock]] = []
    length = 0
    with closing(SpillFile(Path(tempfile.gettempdir()))) as file:
        for block, room in steps:
            if room is None or room >= len(block):
                taken.append((block, file.put(block)))
                length += len(block)
                continue
            with files_end_at(length + room), pytest.raises(OSError):
                file.put(block)
        assert [each.read() for _, each in taken] == [block for block, _ in taken]
    assert [each.read() for _, each in taken] == [block for block, _ in taken]


def test_nothing_is_on_the_disk_before_a_block_is(tmp_path: Path) -> None:
    with closing(SpillFile(tmp_path)) as file:
        assert descriptors_in(tmp_path) == []
        file.put(b"block")
        assert len(descriptors_in(tmp_path)) == 1
        assert list(tmp_path.iterdir()) == []


def test_a_disk_that_had_no_place_for_the_file_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    with closing(SpillFile(folder)) as file:
        with pytest.raises(FileNotFoundError):
            file.put(b"one")
        folder.mkdir()
        assert file.put(b"two").read() == b"two"


@pytest.mark.parametrize("closed", [False, True])
def test_a_block_that_the_disk_changed_is_not_given_back(tmp_path: Path, closed: bool) -> None:
    with closing(SpillFile(tmp_path)) as file:
        blocks = [file.put(bytes([each]) * 10) for each in range(4)]
        (descriptor,) = descriptors_in(tmp_path)
        os.pwrite(descriptor, b"?", 15)
        os.ftruncate(descriptor, 35)
        if closed:
            file.close()
        assert [blocks[each].read() for each in (0, 2)] == [b"\0" * 10, b"\2" * 10]
        for changed in (1, 3):
            with pytest.raises(OSError, match="does not have what was written"):
                blocks[changed].read()


def test_a_closed_file_has_its_blocks_in_memory_and_takes_none(tmp_path: Path) -> None:
    file = SpillFile(tmp_path)
    block = file.put(b"block")
    for _ in range(2):
        file.close()
        assert descriptors_in(tmp_path) == []
        assert block.read() == b"block"
        with pytest.raises(OSError, match="closed"):
            file.put(b"another")
    never = SpillFile(tmp_path)
    never.close()
    with pytest.raises(OSError, match="closed"):
        never.put(b"one")


def test_no_process_that_is_started_has_the_file_too(tmp_path: Path) -> None:
    with closing(SpillFile(tmp_path)) as file:
        file.put(b"block")
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as child:
            assert child.pid not in holders_of(tmp_path)
            child.communicate()
        given = descriptors_in(tmp_path)
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=given) as child:
            assert child.pid in holders_of(tmp_path), "it is seen where it is handed over"
            child.communicate()
