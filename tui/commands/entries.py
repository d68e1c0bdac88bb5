"""The rows of the palette: every command there is now, and what each would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tui.actions.allowed import working
from tui.actions.keymap import Keymap
from tui.actions.places import FINDABLE
from tui.actions.registry import ACTIONS, GROUPS
from tui.commands.meaning import meaning, of_action
from tui.commands.meant import Kind, Meaning
from tui.commands.words import UNTYPED, Around
from tui.layout import LAYOUTS
from tui.viewmodel.lists import list_of

LEFT_OUT: Final = UNTYPED - {"up"}
"""Actions that the palette has no row for: it is itself one, or needs to be armed by looking."""

TRADING: Final = ("Stop", "Trade")
"""Groups that are listed also where they are refused: why they are is what is wanted then."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the palette.

    Args:
        label: what it is called.
        key: the key that does the same, "" for none.
        meant: what choosing it does.
        group: its heading.
    """

    label: str
    key: str
    meant: Meaning
    group: str

    @property
    def refused(self) -> bool:
        """Whether it cannot be done now."""
        return self.meant.kind is not Kind.DOES

    @property
    def searched(self) -> str:
        """What the words that are typed are looked for in."""
        return f"{self.label} {self.meant.text} {self.meant.action}".lower()


def entries(around: Around, keymap: Keymap) -> list[Entry]:
    """Every row: what stops trading first, then what starts it, answers, and all else."""
    made = [*_actions(around, keymap), *_choices(around)]
    return sorted(made, key=lambda entry: (_rank(entry.group), entry.refused))


def _rank(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _actions(around: Around, keymap: Keymap) -> Iterator[Entry]:
    works = {action.id for action in working(around.view, around.place)}
    for action in ACTIONS:
        if action.id in LEFT_OUT:
            continue
        told = action.id in works
        listed = action.group in TRADING and not action.id.startswith("choice-")
        if told or listed:
            meant = of_action(around, action.id)
            yield Entry(action.label, keymap.every(action.id), meant, action.group)


def _choices(around: Around) -> Iterator[Entry]:
    """Sort orders of the list in front, layouts, themes."""
    if around.place in FINDABLE:
        declared = list_of(around.view)
        for order in (declared.native, *declared.sorts):
            yield Entry(f"Sort by {order}", "", meaning(around, f"sort {order}"), "Sort")
    for name in LAYOUTS:
        yield Entry(f"Layout {name}", "", meaning(around, f"layout {name}"), "Layout")
    for name in around.themes:
        yield Entry(f"Theme {name}", "", meaning(around, f"theme {name}"), "Theme")


def matching(rows: list[Entry], text: str) -> list[Entry]:
    """The rows that have every word typed; those whose name begins with them first."""
    words = text.lower().split()
    if not words:
        return rows
    found = [row for row in rows if all(word in row.searched for word in words)]
    begun = " ".join(words)

    def rank(row: Entry) -> int:
        label = row.label.lower()
        if label == begun:
            return 0
        if label.startswith(begun):
            return 1
        return 2 if all(word in label for word in words) else 3

    return sorted(found, key=rank)
