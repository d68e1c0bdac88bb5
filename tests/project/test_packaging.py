"""What is shipped, what it is pinned to, and what importing the engine does not drag in."""

import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import engine

HEAVY = ("httpx2", "keyring", "pandas", "pyarrow", "rich", "textual", "tui", "websockets")

IMPORT_ALL = """
import importlib, pkgutil, sys
import engine
for module in pkgutil.walk_packages(engine.__path__, "engine."):
    importlib.import_module(module.name)
"""


def modules_after(code: str, project_root: Path) -> set[str]:
    """Return the top-level names a fresh interpreter has loaded after running `code`."""
    report = "\nimport sys; print('\\n'.join(sorted(n.partition('.')[0] for n in sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code + report],
        cwd=project_root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


USE_ALL = """
import engine
from engine import ArbitrageExecutor
for name in engine.__all__:
    getattr(engine, name)
ArbitrageExecutor(lambda *given: "B1", lambda symbol, expiration: None)
"""


@pytest.mark.parametrize(
    "code",
    ["import engine", "from engine import ArbitrageExecutor", USE_ALL, IMPORT_ALL],
    ids=["engine", "the executor", "every name", "every module"],
)
def test_importing_the_engine_brings_neither_screen_nor_heavy_libraries(
    code: str, project_root: Path
) -> None:
    loaded = modules_after(code, project_root)
    assert "engine" in loaded
    assert loaded.isdisjoint(HEAVY)


WITHOUT_EXTRAS = (
    "import sys\n"
    "for name in ('dask', 'distributed', 'httpx2', 'keyring', 'websockets'): sys.modules[name] = None\n"
    + IMPORT_ALL
    + IMPORT_ALL.replace("engine", "tui").replace(
        "import tui\n", "import tui, tui.app, tui.cli.main\n"
    )
)


def test_engine_and_screen_are_whole_without_the_extras(project_root: Path) -> None:
    assert {"engine", "tui"} <= modules_after(WITHOUT_EXTRAS, project_root)


PROMISED = (
    IMPORT_ALL
    + """
missing = [
    f"{name}.{promised}"
    for name, module in sorted(sys.modules.items())
    if name.partition(".")[0] == "engine"
    for promised in getattr(module, "__all__", ())
    if not hasattr(module, promised)
]
assert not missing, missing
"""
)


def test_every_name_that_a_module_promises_is_there_at_run_time(project_root: Path) -> None:
    assert "engine" in modules_after(PROMISED, project_root)


def test_looking_at_files_loads_the_report_only_where_it_is_read(project_root: Path) -> None:
    code = (
        "import sys, engine.runs.stored as files\n"
        "assert not {'engine.report.session', 'engine.report.records'} & {*sys.modules}\n"
        "from engine.runs.stored import SessionReport\n"
        "assert SessionReport is sys.modules['engine.report.records'].SessionReport\n"
        "assert not hasattr(files, 'NoSuchName')"
    )
    assert "engine" in modules_after(code, project_root)


def locked(project_root: Path, name: str = "requirements.txt") -> dict[str, str]:
    """Return the versions that a file of .ci pins, by canonical name."""
    text = (project_root / ".ci" / name).read_text(encoding="ascii")
    pins: dict[str, str] = {}
    for entry in text.replace("\\\n", " ").splitlines():
        if entry and not entry.startswith("#"):
            pin = re.match(
                r"([a-z0-9-]+)==(\S+)(?: ; [^#]*?)?(?: +--hash=sha256:[0-9a-f]{64})+$", entry
            )
            assert pin, f"not an exact version with hashes: {entry[:80]}"
            assert pin[1] not in pins, f"{pin[1]} is pinned twice"
            pins[pin[1]] = pin[2]
    return pins


def declared(project_root: Path) -> list[Requirement]:
    """Return every package that pyproject.toml asks for: run time, extras, development, build."""
    project: dict[str, Any] = tomllib.loads((project_root / "pyproject.toml").read_text("utf-8"))
    names = [
        *project["project"]["dependencies"],
        *(name for each in project["project"]["optional-dependencies"].values() for name in each),
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    return [Requirement(name) for name in names]


def test_the_lock_pins_every_declared_package_inside_its_range(project_root: Path) -> None:
    pins = locked(project_root)
    for wanted in declared(project_root):
        version = pins.get(canonicalize_name(wanted.name))
        assert version, f"{wanted.name} is not in the lock"
        assert wanted.specifier.contains(version), f"{wanted} against {version}"


def test_descriptions_of_brokers_are_pinned_as_their_group_has_them(project_root: Path) -> None:
    project = tomllib.loads((project_root / "pyproject.toml").read_text("utf-8"))
    wanted = [Requirement(name) for name in project["dependency-groups"]["descriptions"]]
    pins = locked(project_root, "descriptions.txt")
    assert [str(each) for each in wanted] == [f"{name}=={pin}" for name, pin in pins.items()]


@pytest.mark.parametrize("name", ["requirements.txt", "descriptions.txt"])
def test_the_lock_names_no_package_index(name: str, project_root: Path) -> None:
    text = (project_root / ".ci" / name).read_text(encoding="ascii")
    assert not re.search(r"://|index-url|find-links|trusted-host|@ ", text)


def test_the_build_server_runs_the_check_that_the_readme_shows(project_root: Path) -> None:
    readme = (project_root / "README.md").read_text("utf-8")
    commands = re.findall(r"^\./\w+$", readme, re.MULTILINE)
    assert commands == ["./start", "./check"]
    assert all(os.access(project_root / command, os.X_OK) for command in commands)
    assert (project_root / ".ci/run").read_text("utf-8").endswith(f"\nexec {commands[1]}\n")


def test_one_line_says_the_version_of_package_program_and_changelog(project_root: Path) -> None:
    assert engine.__version__ == metadata.version("legdesk")
    run = subprocess.run(
        [sys.executable, "-m", "tui", "--version"], cwd=project_root, capture_output=True, text=True
    )
    assert run.stdout == f"legdesk {engine.__version__}\n"
    changes = (project_root / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changes, re.MULTILINE)
    assert released[0] == engine.__version__


def test_hooks_are_local_and_use_the_tools_that_the_check_uses(project_root: Path) -> None:
    hooks = (project_root / ".pre-commit-config.yaml").read_text("utf-8")
    check = (project_root / "check").read_text("utf-8")
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    assert set(re.findall(r"language: (\S+)", hooks)) == {"system"}
    tools = re.findall(r"entry: \.venv/bin/(\S+)", hooks)
    assert tools
    assert [tool for tool in tools if f"\nstep {tool}" not in check] == []


def build(root: Path, target: str, out: Path) -> Path:
    """Build one distribution of the project at `root` and return its file."""
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    (built,) = out.iterdir()
    return built


@pytest.mark.skipif(not importlib.util.find_spec("hatchling"), reason="no hatchling: run ./check")
def test_a_wheel_made_from_the_sdist_has_what_one_from_the_checkout_has(
    project_root: Path, tmp_path: Path
) -> None:
    direct = build(project_root, "wheel", tmp_path / "direct")
    with tarfile.open(build(project_root, "sdist", tmp_path / "sdist")) as sdist:
        if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4
            sdist.extraction_filter = tarfile.data_filter
        sdist.extractall(tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    names = set(zipfile.ZipFile(direct).namelist())
    assert names == set(zipfile.ZipFile(build(unpacked, "wheel", tmp_path / "again")).namelist())
    themes = {f"tui/themes/{path.name}" for path in (project_root / "themes").glob("*.toml")}
    assert themes
    assert names >= themes | {"engine/__init__.py", "engine/market/data/xnys.csv"}
    assert {name.split("/")[0].split("-")[0] for name in names} == {"engine", "tui", "legdesk"}
