"""What the documents promise: pictures, links and paths that exist, every code and key explained."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

import engine
from engine.exchange.faults.kinds import Fault
from engine.risk.gates import Gate
from engine.runtime.alarm_kinds import KINDS
from engine.snapshot import EngineState, TraderState
from tests.support.ci_scripts import load
from tui.actions.keymap import shown
from tui.actions.registry import ACTIONS

PROJECT = Path(__file__).resolve().parent.parent.parent
reference = load("build_reference")
PAGES = reference.documents(PROJECT)
LARGEST = 400_000
_FENCE = re.compile(r"```(\w*)\n(.*?)```", re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(reference.broken_in_document(page)) == []


def test_the_readme_begins_with_a_picture_and_every_picture_is_light_and_stands_alone() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    assert pictures
    assert readme.index("![") < readme.index("\n## ")
    for path in {*(PROJECT / each for each in pictures), *PROJECT.glob("docs/screenshots/*.svg")}:
        assert path.stat().st_size < LARGEST, path
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        text = path.read_text(encoding="utf-8")
        assert "url(http" not in text
        assert "href" not in text


def test_the_readmes_program_makes_an_executor() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (program,) = (code for language, code in _FENCE.findall(readme) if language == "python")
    assert len(ast.parse(program).body) <= 5
    names = ("submit_order", "option_chain", "last_price", "cancel", "order_status")
    space: dict[str, object] = {name: lambda *arguments: None for name in names}
    exec(program.replace("executor.start()", ""), space)
    executor = space["executor"]
    assert isinstance(executor, engine.ArbitrageExecutor)
    assert list(executor.get_status()["traders"]) == [f"SPY {date(2027, 1, 15)}"]


def test_the_operators_guide_explains_every_gate_alarm_state_and_key() -> None:
    guide = (PROJECT / "docs" / "operator.md").read_text(encoding="utf-8")
    codes = [*(gate.value for gate in Gate), *KINDS, *(state.value for state in TraderState)]
    keys = {shown(action.keys.split(",")[0]) for action in ACTIONS if action.keys}
    named = set(re.findall(r"`([^`]+)`", guide))
    ranges = {str(number) for number in range(1, 9)}
    moves = {shown("shift+tab")}
    assert [code for code in codes if code not in named] == []
    assert sorted(keys - named - ranges - moves) == []
    assert [state.value for state in EngineState if state.value not in guide] == []


def test_the_operators_guide_has_the_gates_in_the_order_in_which_they_are_asked() -> None:
    guide = (PROJECT / "docs" / "operator.md").read_text(encoding="utf-8")
    table = guide.partition("| gate | closed because |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert re.findall(r"`(\w+)`", " ".join(rows)) == [gate.value for gate in Gate]


def test_every_path_that_the_architecture_names_exists() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:engine|tui|tests|themes)/[\w/.*-]+)`", page)
    assert len(paths) > 20
    assert [path for path in paths if not list(PROJECT.glob(path.rstrip("/")))] == []
    assert re.findall(r"`\w+\.py`", page) == [], "name files by their whole path"


def defined(path: Path) -> set[str]:
    """The names a module defines at its top, and its classes' methods as Class.method."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef))
            names |= {node.name, *(f"{node.name}.{method.name}" for method in inner)}
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_every_name_on_the_roads_through_the_architecture_is_in_its_file() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\| .+ \| `([\w/]+\.py)` \| (.+) \|$", page, re.M)
    assert len(steps) > 25
    missing = [
        f"{path}: {name}"
        for path, names in steps
        for name in re.findall(r"`([\w.]+)`", names)
        if name not in defined(PROJECT / path)
    ]
    assert missing == []


def test_the_architecture_draws_every_room_and_no_other() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawing = page.split("```")[1].partition("engine/")[2]
    rooms = {
        path.stem
        for path in (PROJECT / "engine").iterdir()
        if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
    }
    words_begin = len("engine/    simulation                            ")
    lines = ("engine/" + drawing).splitlines()
    drawn = [room for line in lines for room in line[:words_begin].split() if room != "engine/"]
    assert sorted(drawn) == sorted(rooms)


def test_the_page_of_faults_names_every_kind_and_only_tests_that_exist() -> None:
    page = (PROJECT / "docs" / "faults.md").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("test_*.py")]
    tests = {name for text in sources for name in re.findall(r"def (test_\w+)\(", text)}
    kinds = {fault.name for fault in Fault}
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    rows = [row for row in rows if not row.startswith("| fault |")]
    assert len(rows) > 50
    named = set(re.findall(r"`(\w+)`", page)) - {"KIND"}
    assert sorted(named - tests - kinds) == []
    assert sorted(kinds - named) == []
    assert [row for row in rows if not re.findall(r"`(\w+)`", row.split("|")[2])] == []
