"""Each import contract catches what it forbids: an import planted in a copy of the tree breaks it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["id"]: contract
    for contract in tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
}

PLANTS = [
    ("floors", "engine.book", "engine.runtime.pace"),
    ("floors", "engine.journal", "engine.brokers.ledger"),
    ("floors", "engine.trader", "engine.state.desk"),
    ("no-screen-in-the-engine", "engine.report", "rich"),
    ("public-face", "tui.viewmodel", "engine.market.clock"),
    ("pure-floors", "engine.state", "time"),
    ("formats-are-pure", "engine.brokers.imports.formats", "zipfile"),
    ("dask-alone", "engine.desk", "distributed"),
    ("network-alone", "engine.desk", "httpx2"),
    ("brokers-core", "engine.brokers.following", "engine.brokers.http"),
    ("vendor-at-the-exchange", "engine.exchange.matching", "engine.brokers.alpaca.dialect"),
    ("checker-alone", "engine.checker", "engine.orders.types"),
    ("looks-act-on-nothing", "engine.observers.lookers", "engine.commands"),
    ("looks-act-on-nothing", "engine.runtime.views.looks", "engine.runtime.requests.operator"),
    ("no-threads-below", "engine.orders", "threading"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of both packages and of the contracts."""
    root = tmp_path_factory.mktemp("tree")
    for package in ("engine", "tui"):
        ignored = shutil.ignore_patterns("__pycache__", "*.tcss", "*.csv")
        shutil.copytree(PROJECT / package, root / package, ignore=ignored)
    shutil.copy(PROJECT / "pyproject.toml", root)
    return root


def lint(root: Path, *more: str) -> str:
    """What lint-imports says of the tree."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run(
        [sys.executable, "-c", command, "--no-logo", *more],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode in (0, 1), run.stderr
    return run.stdout


def broken(said: str) -> set[str]:
    """The ids of the contracts that broke."""
    text = " ".join(said.split())
    return {name for name, each in CONTRACTS.items() if f"{each['name']} BROKEN" in text}


def planted(root: Path, importer: str, *imported: str) -> str:
    """What lint-imports says while a package of the tree imports these as well."""
    place = root / importer.replace(".", "/")
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    before = path.read_text(encoding="utf-8")
    lines = "".join(f"import {name}\n" for name in imported)
    path.write_text(before + "\n" + lines, encoding="utf-8")
    try:
        return lint(root)
    finally:
        path.write_text(before, encoding="utf-8")


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    said = lint(tree)
    assert broken(said) == set()
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in said


def test_something_is_planted_against_every_contract() -> None:
    assert {contract for contract, _, _ in PLANTS} == set(CONTRACTS)


@pytest.mark.parametrize(
    ("contract", "importer", "imported"), PLANTS, ids=[f"{p[0]}: {p[2]}" for p in PLANTS]
)
def test_a_planted_import_breaks_its_contract_alone(
    tree: Path, contract: str, importer: str, imported: str
) -> None:
    said = planted(tree, importer, imported)
    assert broken(said) == {contract}
    assert re.search(rf"{re.escape(importer)}.* {re.escape(imported)}\b", said), said


def test_the_checker_may_see_no_other_part_of_the_engine_and_is_caught_at_each(tree: Path) -> None:
    parts = {
        f"engine.{path.stem}"
        for path in (PROJECT / "engine").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"engine.__init__", "engine.checker"}
    forbidden = set(CONTRACTS["checker-alone"]["forbidden_modules"])
    assert parts <= forbidden
    said = planted(tree, "engine.checker", *sorted(forbidden))
    named = {
        name for name in forbidden if f"engine.checker is not allowed to import {name}:" in said
    }
    assert named == forbidden


def test_a_pure_floor_is_caught_at_each_forbidden_module(tree: Path) -> None:
    forbidden = set(CONTRACTS["pure-floors"]["forbidden_modules"])
    said = planted(tree, "engine.two_part", *sorted(forbidden))
    named = {
        name for name in forbidden if f"engine.two_part is not allowed to import {name}:" in said
    }
    assert named == forbidden


def test_an_exception_that_nothing_needs_is_an_error(tree: Path) -> None:
    path = tree / "pyproject.toml"
    before = path.read_text(encoding="utf-8")
    needless = '  "tui.app -> engine.market.clock",\n'
    path.write_text(before.replace("ignore_imports = [\n", f"ignore_imports = [\n{needless}", 1))
    try:
        assert "tui.app -> engine.market.clock" in lint(tree)
    finally:
        path.write_text(before, encoding="utf-8")
    for contract in CONTRACTS.values():
        assert "unmatched_ignore_imports_alerting" not in contract
        assert len(set(contract.get("ignore_imports", ()))) == len(
            contract.get("ignore_imports", ())
        )
