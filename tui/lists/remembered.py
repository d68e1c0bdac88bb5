"""What was chosen for the lists, kept in a file of the state folder from one start to the next.

The file is the terminal's own and its owner's alone. Whatever else stands in it is refused in one
sentence, and the lists are as they are declared: a bad file never keeps a desk from its screen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tui.kept_file import KeptFile, read_text
from tui.lists.choices import ListChoices
from tui.text.formats import clean

NAME: Final = "lists.json"

MOST_MARKS: Final = 2_000
MOST_TEXT: Final = 200

LASTING: Final = frozenset({"traders", "chains", "contracts"})
"""Lists whose marks are kept: names of the others' rows are given anew by each run."""

Known = Mapping[str, tuple[frozenset[str], frozenset[str]]]
"""Names of each list's columns, and of those it can be sorted by."""


class BadChoicesError(ValueError):
    """What a file of choices says that no list can take."""

    code = "LISTS_INVALID"


def read(path: Path, known: Known) -> tuple[dict[str, ListChoices], str]:
    """The choices of the last time, and a sentence where they cannot be taken ("": they can).

    Args:
        known: what each list can be asked for.
    """
    try:
        data = json.loads(read_text(path))
        if not isinstance(data, dict):
            raise BadChoicesError("it is not a table of lists")
        return {name: _one(name, each, known) for name, each in data.items()}, ""
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"{path} cannot be read: {error.strerror}; the lists are as at the first start"
    except (ValueError, RecursionError) as error:
        reason = clean(error, 120)
        return {}, f"{path} is damaged: {reason}; the lists are as at the first start"


def _one(name: str, data: Any, known: Known) -> ListChoices:
    if name not in known:
        raise BadChoicesError(f"there is no list {clean(name, 40)!r}")
    fields = {"filter", "find", "sort", "inverted", "columns", "marks", "grouped", "closed"}
    if not isinstance(data, dict) or not data.keys() <= fields:
        raise BadChoicesError(f"{name} holds something else than {', '.join(sorted(fields))}")
    columns, sorts = known[name]
    sort = _text(name, data, "sort")
    if sort and sort not in sorts:
        raise BadChoicesError(f"{name} cannot be sorted by {clean(sort, 40)!r}")
    chosen = _texts(name, data, "columns")
    if len(set(chosen)) != len(chosen) or not set(chosen) <= columns:
        raise BadChoicesError(f"{name} has not these columns, or one twice")
    marks = _texts(name, data, "marks")
    return ListChoices(
        filter=_text(name, data, "filter"),
        find=_text(name, data, "find"),
        sort=sort,
        inverted=_truth(name, data, "inverted"),
        columns=tuple(chosen),
        marks=set(marks if name in LASTING else ()),
        grouped=_truth(name, data, "grouped"),
        closed=set(_texts(name, data, "closed")),
    )


def _truth(name: str, data: Mapping[str, Any], field: str) -> bool:
    value = data.get(field, False)
    if not isinstance(value, bool):
        raise BadChoicesError(f"{name}: {field} is true or false")
    return value


def _text(name: str, data: Mapping[str, Any], field: str) -> str:
    text = data.get(field, "")
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise BadChoicesError(f"{name}: {field} is no text of at most {MOST_TEXT} characters")
    return text


def _texts(name: str, data: Mapping[str, Any], field: str) -> list[str]:
    texts = data.get(field, [])
    good = isinstance(texts, list) and len(texts) <= MOST_MARKS
    if not good or not all(isinstance(each, str) and len(each) <= MOST_TEXT for each in texts):
        raise BadChoicesError(f"{name}: {field} is no list of short texts")
    return list(texts)


def text_of(lists: Mapping[str, ListChoices]) -> str:
    """The choices as the file has them; lists of which nothing is chosen are left out."""
    data = {}
    for name, choices in sorted(lists.items()):
        kept = {
            "filter": (choices.aside if choices.within else choices.filter)[:MOST_TEXT],
            "find": choices.find[:MOST_TEXT],
            "sort": choices.sort,
            "inverted": choices.inverted,
            "columns": list(choices.columns),
            "marks": _short(choices.marks) if name in LASTING else [],
            "grouped": choices.grouped,
            "closed": _short(choices.closed),
        }
        if chosen := {field: value for field, value in kept.items() if value}:
            data[name] = chosen
    return json.dumps(data, indent=1) + "\n"


def _short(texts: Iterable[str]) -> list[str]:
    return sorted(text for text in texts if len(text) <= MOST_TEXT)[:MOST_MARKS]


class Remembered:
    """Keeps the choices in their file.

    Args:
        path: the file; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = KeptFile(path, empty="{}\n")

    def keep(self, lists: Mapping[str, ListChoices], wait: bool = False) -> None:
        """Write what is chosen where it is something else than before; what fails is left.

        Args:
            wait: whether the file is complete on return.
        """
        if self._file.is_kept:
            self._file.keep(text_of(lists), wait)
