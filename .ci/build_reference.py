"""Build the API reference from docstrings into build/reference, and check every link.

    .venv/bin/python .ci/build_reference.py        what `./check docs` does; exit 1 on a broken link

The reference holds the engine's public face: the modules of PUBLIC. Four kinds of links must lead
somewhere: those of the pages themselves, names such as `engine.config.load_config` in docstrings,
the same names and imports in README.md and docs/, and links from there to other files and headings.
Nothing is asked of a network; addresses elsewhere are not followed.
"""

from __future__ import annotations

import re
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

PROJECT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = PROJECT / "build" / "reference"
PUBLIC: Final = (
    "engine",
    "engine.brokers.alpaca.recorded_day",
    "engine.brokers.callbacks.broker",
    "engine.brokers.execution",
    "engine.brokers.ledger",
    "engine.brokers.protocol",
    "engine.checker",
    "engine.commands",
    "engine.config",
    "engine.desk.opening",
    "engine.exchange.matching",
    "engine.exchange.quotes",
    "engine.gateway.raw_files",
    "engine.journal.reading",
    "engine.market.clock",
    "engine.orders.events",
    "engine.report.session",
    "engine.runtime.engine",
    "engine.runtime.pace",
    "engine.snapshot",
)
_LINK: Final = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)?(#[^)\s]+)?\)")
_FENCE: Final = re.compile(r"```(\w*)\n(.*?)```", re.S)
_DOTTED: Final = re.compile(r"\bengine(?:\.\w+)+")
_NAME: Final = re.compile(r"`(engine(?:\.\w+)+)")
_IMPORT: Final = re.compile(r"^from (engine[\w.]*) import (.+)$", re.M)


@dataclass(slots=True)
class Page:
    """What one page of the reference can be linked by, and what it links to."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    """Names of the engine in docstrings that became no link."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._in_link = 0
        self._docstring = 0
        """How many divs deep inside a docstring."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.page.anchors.add(str(given["id"]))
        for name in ("href", "src"):
            if given.get(name):
                self.page.links.append(str(given[name]))
        self._in_link += tag == "a"
        if tag == "div" and (self._docstring or "docstring" in (given.get("class") or "")):
            self._docstring += 1

    def handle_endtag(self, tag: str) -> None:
        self._in_link -= tag == "a"
        if tag == "div" and self._docstring:
            self._docstring -= 1

    def handle_data(self, data: str) -> None:
        if self._docstring and not self._in_link:
            self.page.unlinked += _DOTTED.findall(data)


def read_pages(folder: Path) -> dict[str, Page]:
    """Read every page below a folder, by its path there."""
    pages = {}
    for file in sorted(folder.rglob("*.html")):
        reader = _Reader()
        reader.feed(file.read_text(encoding="utf-8"))
        pages[file.relative_to(folder).as_posix()] = reader.page
    return pages


def broken_in_pages(pages: Mapping[str, Page]) -> Iterator[str]:
    """Say which links of the pages lead to no page or anchor, and which names became no link."""
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = _joined(path, unquote(parts.path)) if parts.path else path
            if target not in pages:
                yield f"{path} links to {link}: no such page"
            elif parts.fragment and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{path} links to {link}: no such name on that page"
        for name in page.unlinked:
            yield f"{path} names {name}: not in the reference"


def _joined(page: str, link: str) -> str:
    parts = page.split("/")[:-1]
    for part in link.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def names_of(pages: Mapping[str, Page]) -> set[str]:
    """The dotted names that the reference explains: modules, and what they hold."""
    names = set()
    for path, page in pages.items():
        module = path.removesuffix(".html").replace("/", ".")
        names |= {module, *(f"{module}.{anchor}" for anchor in page.anchors)}
    return names


def documents(project: Path) -> list[Path]:
    """Every page of Markdown that readers are given."""
    folders = [project / "docs", project / "examples"]
    return sorted([*project.glob("*.md"), *(f for each in folders for f in each.rglob("*.md"))])


def anchors_of(document: Path) -> set[str]:
    """The names that the headings of a document can be linked by."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def broken_in_document(document: Path, names: Iterable[str] | None = None) -> Iterator[str]:
    """Say which links of a document lead nowhere, and which names the reference does not have.

    Args:
        names: what `names_of` says; None leaves names alone.
    """
    text = document.read_text(encoding="utf-8")
    for path, anchor in _LINK.findall(_FENCE.sub("", text)):
        target = (document.parent / path) if path else document
        if not target.exists():
            yield f"{document.name} links to {path}: no such file"
        elif anchor and target.suffix == ".md" and anchor[1:] not in anchors_of(target):
            yield f"{document.name} links to {path}{anchor}: no such heading"
    if names is not None:
        known = set(names)
        yield from (
            f"{document.name} names {name}: not in the reference"
            for name in sorted(_named(text) - known)
        )


def _named(text: str) -> set[str]:
    programs = [code for language, code in _FENCE.findall(text) if language == "python"]
    imported = {
        f"{module}.{name.strip()}"
        for code in programs
        for module, names in _IMPORT.findall(code)
        for name in names.split(",")
    }
    return imported | set(_NAME.findall(text))


def build(folder: Path, modules: Iterable[str] = PUBLIC) -> None:
    """Write the pages of these modules into a folder that is emptied first.

    Raises:
        UserWarning: a module, a promised name or an annotation cannot be resolved.
    """
    import pdoc
    import pdoc.render

    shutil.rmtree(folder, ignore_errors=True)
    pdoc.render.configure(docformat="google", show_source=False, footer_text="Legdesk")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        # A named tuple's __new__ does not know the names its module imported.
        warnings.filterwarnings("ignore", r"Error parsing type annotation ForwardRef.*'Any'")
        pdoc.pdoc(*modules, output_directory=folder)


def main() -> int:
    """Build, check, and print what is broken; return 1 where something is."""
    sys.path.insert(0, str(PROJECT))
    build(TARGET)
    pages = read_pages(TARGET)
    broken = list(broken_in_pages(pages))
    names = names_of(pages)
    for document in documents(PROJECT):
        broken += broken_in_document(document, names)
    for each in broken:
        print(each)
    if not broken:
        print(f"{len(pages)} pages in {TARGET.relative_to(PROJECT)}, every link leads somewhere.")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
