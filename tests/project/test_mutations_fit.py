"""The bugs put in on purpose still fit the source, and the table names each of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.ci_scripts import load


@pytest.fixture(scope="module")
def mutations() -> Sequence[Any]:
    """Every bug that `.ci/check_mutations.py` puts in."""
    return tuple(load("check_mutations").MUTATIONS)


def test_the_piece_that_each_bug_replaces_stands_exactly_once(
    mutations: Sequence[Any], project_root: Path
) -> None:
    times = {
        each.name: (project_root / each.file).read_text(encoding="utf-8").count(each.old)
        for each in mutations
    }
    assert {name: count for name, count in times.items() if count != 1} == {}


def test_the_tests_that_each_bug_names_exist(mutations: Sequence[Any], project_root: Path) -> None:
    missing = [
        path
        for each in mutations
        for path in each.tests.split()
        if not path.startswith("-") and not (project_root / path.partition("::")[0]).exists()
    ]
    assert missing == []


def test_every_bug_stands_in_the_table(mutations: Sequence[Any], project_root: Path) -> None:
    table = (project_root / "docs" / "mutations.md").read_text(encoding="utf-8")
    assert [each.name for each in mutations if f"| {each.name} |" not in table] == []
