"""What `./check docs` finds: links and names that lead nowhere, in the reference and in documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ci_scripts import load

reference = load("build_reference")


def broken(root: Path, pages: dict[str, str]) -> list[str]:
    """What is broken in pages of this text."""
    for name, text in pages.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return list(reference.broken_in_pages(reference.read_pages(root)))


def test_links_between_pages_and_to_addresses_elsewhere_are_sound(tmp_path: Path) -> None:
    pages = {
        "engine.html": '<a href="engine/config.html#load">x</a><a href="https://a.example">y</a>',
        "engine/config.html": '<p id="load"></p><a href="../engine.html">x</a><a href="#load">y</a>',
    }
    assert broken(tmp_path, pages) == []


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("config.html", "no such page"),
        ("#missing", "no such name on that page"),
        ("engine/config.html#missing", "no such name on that page"),
    ],
)
def test_a_link_that_leads_nowhere_is_broken(tmp_path: Path, link: str, said: str) -> None:
    pages = {"engine.html": f'<a href="{link}">x</a>', "engine/config.html": ""}
    assert broken(tmp_path, pages) == [f"engine.html links to {link}: {said}"]


def test_a_name_in_a_docstring_that_became_no_link_is_broken(tmp_path: Path) -> None:
    page = (
        '<div class="docstring"><div>see <code>engine.gone.Name</code>, <code>order.gone</code></div>'
        '<p>also engine.lost, <a href="#here">engine.kept</a></p></div>'
        '<div id="here">engine.inside_a_signature</div>'
    )
    assert broken(tmp_path, {"engine.html": page}) == [
        "engine.html names engine.gone.Name: not in the reference",
        "engine.html names engine.lost: not in the reference",
    ]


def test_names_and_imports_of_a_document_must_be_in_the_reference(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`engine.config.load_config(path)` and `engine.config.gone`\n"
        "```python\nfrom engine import Known, Unknown\n```\n",
        encoding="utf-8",
    )
    names = {"engine.config.load_config", "engine.Known"}
    assert list(reference.broken_in_document(page, names)) == [
        "page.md names engine.Unknown: not in the reference",
        "page.md names engine.config.gone: not in the reference",
    ]


def test_files_and_headings_that_a_document_links_to_must_exist(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# The rules, in short\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md#the-rules-in-short) [b](other.md#gone) [c](gone.md) [d](#gone)\n"
        "```\n[e](gone.md)\n```\n",
        encoding="utf-8",
    )
    assert list(reference.broken_in_document(page)) == [
        "page.md links to other.md#gone: no such heading",
        "page.md links to gone.md: no such file",
        "page.md links to #gone: no such heading",
    ]


def test_a_name_that_cannot_be_resolved_ends_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "promising.py").write_text('__all__ = ["Missing"]\n', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserWarning, match="Missing"):
        reference.build(tmp_path / "out", ["promising"])
