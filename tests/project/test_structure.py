"""What `.ci/check_structure.py` finds: circles, records changed from outside, small modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ci_scripts import load

structure = load("check_structure")


def write(root: Path, files: dict[str, str]) -> Path:
    """Write source files below `root`, with an `__init__.py` in each folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    for package in ("engine", "tui"):
        (root / package).mkdir(exist_ok=True)
        (root / package / "__init__.py").touch()
    return root


def circles(root: Path) -> list[list[str]]:
    found: list[list[str]] = structure.forbidden_circles(structure.sources(root))
    return found


def changes(root: Path, text: str) -> list[str]:
    """What a module of this text changes without owning it."""
    write(root, {"engine/one.py": text})
    (module,) = (each for each in structure.sources(root) if each.name == "engine.one")
    return [change.target for change in structure.foreign_changes(module)]


@pytest.mark.parametrize(
    "back",
    [
        "import engine.a.one",
        "from engine.a import one",
        "from engine.a.one import Thing",
        "from ..a import one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from engine.a.one import Thing",
        "def late() -> None:\n    import engine.a.one",
    ],
    ids=["plain", "module", "name", "relative", "for types", "in a function"],
)
def test_a_circle_is_found_however_the_import_is_written(tmp_path: Path, back: str) -> None:
    write(tmp_path, {"engine/a/one.py": "import engine.b.two", "engine/b/two.py": back})
    assert circles(tmp_path) == [["engine.a.one", "engine.b.two"]]


def test_a_chain_of_imports_that_never_returns_is_not_a_circle(tmp_path: Path) -> None:
    files = {f"engine/m{n}.py": f"import engine.m{n + 1}" for n in range(4)}
    files |= {"engine/m4.py": "", "engine/top.py": "import engine.m0, engine.m4"}
    assert circles(write(tmp_path, files)) == []


def test_two_circles_are_told_apart(tmp_path: Path) -> None:
    files = {
        "engine/a.py": "import engine.b, engine.c",
        "engine/b.py": "import engine.a",
        "engine/c.py": "import engine.d",
        "engine/d.py": "import engine.e",
        "engine/e.py": "import engine.c",
    }
    found = circles(write(tmp_path, files))
    assert sorted(found) == [["engine.a", "engine.b"], ["engine.c", "engine.d", "engine.e"]]


def test_the_screen_may_have_a_circle_inside_a_folder_and_none_across(tmp_path: Path) -> None:
    files = {"tui/x/one.py": "import tui.x.two", "tui/x/two.py": "import tui.x.one"}
    assert circles(write(tmp_path, files)) == []
    files["tui/x/two.py"] = "import tui.x.one, tui.app"
    files["tui/app.py"] = "import tui.x.one"
    assert circles(write(tmp_path, files)) == [["tui.app", "tui.x.one", "tui.x.two"]]


@pytest.mark.parametrize(
    ("statement", "target"),
    [
        ("unit.stage = 1", "unit.stage"),
        ("unit.stage += 1", "unit.stage"),
        ("unit.stage: int = 1", "unit.stage"),
        ("del unit.stage", "unit.stage"),
        ("kept, unit.stage = 1, 2", "unit.stage"),
        ("for unit.stage in ():\n        pass", "unit.stage"),
        ("self.unit.stage = 1", "self.unit.stage"),
        ("units[0].stage = 1", "units[0].stage"),
        ("setattr(unit, 'stage', 1)", "setattr(unit, 'stage', 1)"),
    ],
)
def test_a_change_of_another_object_is_found(tmp_path: Path, statement: str, target: str) -> None:
    assert changes(tmp_path, f"def f(self, unit, units):\n    {statement}\n") == [target]


@pytest.mark.parametrize(
    "owner",
    [
        "class Unit:\n    stage: int = 0",
        "class Unit:\n    stage = 0",
        "class Unit:\n    __slots__ = ('stage',)",
        "class Unit:\n    def __init__(self) -> None:\n        self.stage = 0",
        "class Unit:\n    @property\n    def stage(self): ...\n    @stage.setter\n    def stage(self, to): ...",
    ],
    ids=["field", "class attribute", "slot", "set in a method", "property"],
)
def test_the_module_that_declares_an_attribute_may_change_it(tmp_path: Path, owner: str) -> None:
    assert changes(tmp_path, f"{owner}\n\ndef f(unit):\n    unit.stage = 1\n") == []


def test_reading_and_changing_oneself_are_no_findings(tmp_path: Path) -> None:
    text = "class A:\n    def f(self, unit):\n        self.seen = unit.stage\n        self.a, self.b = 1, 2\n"
    assert changes(tmp_path, text) == []


def test_an_exception_accepts_its_target_and_a_needless_one_is_a_finding(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"engine/one.py": "import engine.two\n\ndef f(a, b):\n    a.x = b.y = 1\n" + "#\n" * 90},
    )
    listed = tmp_path / "exceptions.toml"
    listed.write_text(
        "[[change]]\n"
        'path = "engine/one.py"\n'
        'targets = ["a.*", "c.z"]\n'
        'reason = "it makes them"\n'
        "[[small]]\n"
        'path = "engine/two.py"\n'
        'reason = "a name of its own"\n',
        encoding="utf-8",
    )
    write(tmp_path, {"engine/two.py": ""})
    assert structure.findings(structure.sources(tmp_path), structure.exceptions(listed)) == [
        "engine/one.py:4: b.y is changed by a module that does not own it",
        "engine/one.py: nothing needs the exception c.z",
    ]


def test_a_small_module_with_one_importer_is_a_finding(tmp_path: Path) -> None:
    files = {
        "engine/a.py": "import engine.small, engine.shared" + "\n" * 90,
        "engine/b.py": "import engine.shared" + "\n" * 90,
        "engine/small.py": "",
        "engine/shared.py": "",
        "engine/top.py": "",
    }
    modules = structure.sources(write(tmp_path, files))
    assert structure.findings(modules, []) == [
        "engine/small.py: below 80 lines, and one module alone imports it"
    ]


def test_every_exception_has_a_reason() -> None:
    for accepted in structure.exceptions(structure.EXCEPTIONS):
        assert len(accepted.reason.split()) > 3, accepted
