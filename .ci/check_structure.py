"""Check what no linter does: import circles, records changed from outside, modules too small.

    .venv/bin/python .ci/check_structure.py            every finding; exit 1 where there is one

Three rules, each on the syntax tree alone:

- circles: no circle of modules in `engine/`, none in `tui/` that crosses a folder. Imports under
  `TYPE_CHECKING` and inside functions count.
- owners: an attribute of anything but `self` or `cls` is assigned only in a module with a class
  that declares it. The owner gets a method that says what happens instead. A `setattr` counts too.
- small: a module that one other module imports has 80 lines or more.

`.ci/structure_exceptions.toml` lists what is accepted all the same, each with its reason. An
exception that nothing needs is a finding.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parent.parent
EXCEPTIONS: Final = Path(__file__).with_name("structure_exceptions.toml")
PACKAGES: Final = ("engine", "tui")
SMALL_LINES: Final = 80

Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Source:
    """One module: its dotted name, its path below the project, its text and its tree."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Whether this is the `__init__.py` of a folder."""
        return self.path.endswith("__init__.py")

    @property
    def folder(self) -> str:
        """The path of the folder that holds the module."""
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Change:
    """An assignment to, or a deletion of, an attribute of another object."""

    path: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.target} is changed by a module that does not own it"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An exception: a path, a pattern of targets (empty for a small module), and the reason."""

    path: str
    target: str
    reason: str


def sources(project: Path, packages: Iterable[str] = PACKAGES) -> list[Source]:
    """Read every module of the packages, in the order of their paths."""
    found = []
    for package in packages:
        for file in sorted((project / package).rglob("*.py")):
            path = file.relative_to(project).as_posix()
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            text = file.read_text(encoding="utf-8")
            found.append(Source(name, path, text, ast.parse(text, path)))
    return found


def import_graph(modules: Iterable[Source]) -> dict[str, frozenset[str]]:
    """Name, for each module, the modules among these that it imports."""
    known = {module.name: module for module in modules}
    return {name: frozenset(_imported(module, known)) - {name} for name, module in known.items()}


def _imported(module: Source, known: Mapping[str, Source]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                if full in known:
                    yield full
                elif base in known:
                    yield base


def _absolute(node: ast.ImportFrom, module: Source) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    up = node.level - module.is_package
    return ".".join([*parts[: len(parts) - up], *filter(None, [node.module])])


def circles(graph: Graph) -> list[list[str]]:
    """List the sets of modules that import each other in a circle (Tarjan), each sorted."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    result: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        path.append(name)
        for other in sorted(graph[name]):
            if other not in order:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in path:
                lowest[name] = min(lowest[name], order[other])
        if lowest[name] == order[name]:
            start = path.index(name)
            if len(path) - start > 1:
                result.append(sorted(path[start:]))
            del path[start:]

    for name in sorted(graph):
        if name not in order:
            visit(name)
    return result


def forbidden_circles(modules: Iterable[Source]) -> list[list[str]]:
    """List the circles of the engine, and those of the screen that cross a folder."""
    modules = list(modules)
    folders = {module.name: module.folder for module in modules}
    return [
        circle
        for circle in circles(import_graph(modules))
        if circle[0].startswith("engine") or len({folders[name] for name in circle}) > 1
    ]


def foreign_changes(module: Source) -> list[Change]:
    """List the changes of attributes that no class of the module declares, in order of lines."""
    owned = _declared(module.tree)
    targets: list[ast.expr] = [
        target
        for target in _changed(module.tree)
        if target.attr not in owned and not _is_ourselves(target.value)
    ]
    targets += [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("setattr", "delattr")
        and not _is_ourselves(node.args[0])
    ]
    changes = [Change(module.path, target.lineno, ast.unparse(target)) for target in targets]
    return sorted(changes, key=lambda change: (change.line, change.target))


def _is_ourselves(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id in ("self", "cls")


def _declared(tree: ast.Module) -> set[str]:
    """The attributes of the module's classes: fields, slots, setters, what methods set on self."""
    names: set[str] = set()
    for cls in ast.walk(tree):
        if not isinstance(cls, ast.ClassDef):
            continue
        for statement in cls.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name)):
                    names.add(name)
                case ast.Assign(targets=[ast.Name(id="__slots__")], value=value):
                    names |= {
                        node.value
                        for node in ast.walk(value)
                        if isinstance(node, ast.Constant) and isinstance(node.value, str)
                    }
                case ast.Assign(targets=targets):
                    names |= {target.id for target in targets if isinstance(target, ast.Name)}
                case ast.FunctionDef(name=name, decorator_list=[ast.Attribute(attr="setter")]):
                    names.add(name)
        names |= {target.attr for target in _changed(cls) if _is_ourselves(target.value)}
    return names


def _changed(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Every attribute that is assigned or deleted: plainly, in a tuple, a loop or a with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node


def small_modules(modules: Iterable[Source], graph: Graph) -> list[str]:
    """List the paths of modules below SMALL_LINES that exactly one other module imports."""
    importers: dict[str, int] = dict.fromkeys(graph, 0)
    for imported in graph.values():
        for name in imported:
            importers[name] += 1
    return [
        module.path
        for module in modules
        if importers[module.name] == 1
        and not module.is_package
        and len(module.text.splitlines()) < SMALL_LINES
    ]


def exceptions(file: Path) -> list[Accepted]:
    """Read the accepted exceptions.

    Raises:
        KeyError: an entry has no path or no reason.
    """
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    changes = [
        Accepted(entry["path"], target, entry["reason"])
        for entry in document.get("change", ())
        for target in entry["targets"]
    ]
    small = [Accepted(entry["path"], "", entry["reason"]) for entry in document.get("small", ())]
    return [*changes, *small]


def findings(modules: Iterable[Source], accepted: Iterable[Accepted]) -> list[str]:
    """List everything that breaks a rule and is not accepted, and every needless exception."""
    modules = list(modules)
    graph = import_graph(modules)
    needed: set[Accepted] = set()
    result = [f"circle of {len(each)}: {', '.join(each)}" for each in forbidden_circles(modules)]
    accepted = list(accepted)
    for module in modules:
        for change in foreign_changes(module):
            allowing = [each for each in accepted if _accepts(each, change)]
            needed.update(allowing)
            if not allowing:
                result.append(str(change))
    for path in small_modules(modules, graph):
        allowing = [each for each in accepted if not each.target and each.path == path]
        needed.update(allowing)
        if not allowing:
            result.append(f"{path}: below {SMALL_LINES} lines, and one module alone imports it")
    result += [
        f"{each.path}: nothing needs the exception {each.target or 'for a small module'}"
        for each in accepted
        if each not in needed
    ]
    return result


def _accepts(accepted: Accepted, change: Change) -> bool:
    return accepted.path == change.path and fnmatchcase(change.target, accepted.target)


def main() -> int:
    """Print every finding; return 1 where there is one."""
    found = findings(sources(PROJECT), exceptions(EXCEPTIONS))
    print("\n".join(found or ["No circles, no records changed from outside, no fragments."]))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
