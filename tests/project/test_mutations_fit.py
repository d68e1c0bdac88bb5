"""The bugs put in on purpose still fit the source, and the table names each of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def mutations(project_root: Path) -> Any:
    name = "check_mutations"
    found = importlib.util.spec_from_file_location(name, project_root / ".ci" / f"{name}.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    yield module.MUTATIONS
    del sys.modules[name]


def test_the_piece_that_each_bug_replaces_stands_exactly_once(mutations, project_root: Path):
    times = {
        each.name: (project_root / each.file).read_text(encoding="utf-8").count(each.old)
        for each in mutations
    }
    assert {name: count for name, count in times.items() if count != 1} == {}


def test_the_tests_that_each_bug_names_exist(mutations, project_root: Path):
    missing = [
        path
        for each in mutations
        for path in each.tests.split()
        if not path.startswith("-") and not (project_root / path.partition("::")[0]).exists()
    ]
    assert missing == []


def test_every_bug_stands_in_the_table(mutations, project_root: Path):
    table = (project_root / "docs" / "mutations.md").read_text(encoding="utf-8")
    assert [each.name for each in mutations if f"| {each.name} |" not in table] == []
