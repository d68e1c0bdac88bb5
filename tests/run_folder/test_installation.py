"""The installation's id is made once, and nothing but a person replaces it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.run_folder.errors import JournalError
from engine.run_folder.installation import FILE, installation_id
from engine.run_folder.paths import private_folder


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_it_is_six_digits_or_capitals_and_stays(
    tmp_path_factory: pytest.TempPathFactory, first: bytes, second: bytes
) -> None:
    root = private_folder(tmp_path_factory.mktemp("mode"))
    made = installation_id(root, lambda count: first)
    assert len(made) == 6 and made.isascii() and made.isalnum() and made == made.upper()
    assert installation_id(root, lambda count: second) == made
    assert (root / FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in root.iterdir()] == [FILE]


def test_each_folder_has_its_own(tmp_path: Path) -> None:
    roots = [private_folder(tmp_path / str(number)) for number in range(50)]
    assert len({installation_id(root) for root in roots}) == 50


def test_processes_that_begin_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: installation_id(tmp_path), range(64)))) == 1


@pytest.mark.parametrize("text", ["", "A", "abcdef", "ABCDEFG", "ABC-EF", "ABCDE\xe9", "0\x00CDEF"])
def test_a_file_that_holds_something_else_is_kept_and_named(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="latin-1")
    with pytest.raises(JournalError, match=str(tmp_path / FILE)):
        installation_id(tmp_path)
    assert (tmp_path / FILE).read_text(encoding="latin-1") == text
