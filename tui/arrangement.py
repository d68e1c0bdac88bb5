"""How the panes of the main screen are arranged: the layout, and how far borders were moved.

Both are kept in `layout.json` of the state folder from one start to the next. What else stands in
that file is refused in one sentence, and the panes are as at the first start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tui.kept_file import read_text
from tui.layout import BALANCED, LAYOUTS
from tui.text.formats import clean

NAME: Final = "layout.json"

MOST_SHIFT: Final = 1_000
MOST_BORDERS: Final = 20
"""Borders of one layout that a file may name."""


class BadLayoutError(ValueError):
    """What a file of layouts says that no screen can take."""

    code = "LAYOUT_INVALID"


@dataclass(slots=True)
class Arrangement:
    """The layout in force and what was moved in each.

    Args:
        layout: one of `LAYOUTS`.
        shifts: by how many cells borders were moved, by "LAYOUT COLUMNS" and the border's name.
        configured: the layout of the settings, which another one was chosen in place of.
    """

    layout: str = BALANCED
    shifts: dict[str, dict[str, int]] = field(default_factory=dict)
    configured: str = BALANCED

    def of(self, columns: int) -> Mapping[str, int]:
        """What was moved in the layout in force, where panes are in so many columns."""
        return self.shifts.get(f"{self.layout} {columns}", {})

    def use(self, layout: str) -> None:
        """Arrange the panes by that layout."""
        self.layout = layout

    @property
    def next_one(self) -> str:
        """The layout after the one in force."""
        names = list(LAYOUTS)
        return names[(names.index(self.layout) + 1) % len(names)]

    def move(self, columns: int, border: str, shift: int) -> None:
        """Move a border to a shift of its own from where the layout has it."""
        moved = self.shifts.setdefault(f"{self.layout} {columns}", {})
        if shift:
            moved[border] = shift
        else:
            moved.pop(border, None)

    def put_back(self, columns: int) -> None:
        """Put every border back where the layout has it."""
        self.shifts.pop(f"{self.layout} {columns}", None)

    @property
    def moved(self) -> str:
        """Which borders were moved and how far, layout by layout; "-" for none."""
        parts = [
            f"{name}: {' '.join(f'{border} {by:+d}' for border, by in sorted(each.items()))}"
            for name, each in sorted(self.shifts.items())
            if each
        ]
        return "; ".join(parts) or "-"

    def move_back(self, moved: str) -> None:
        """Put the borders where a text of `moved` has them."""
        shifts: dict[str, dict[str, int]] = {}
        for part in moved.split("; ") if moved != "-" else ():
            name, _, borders = part.partition(": ")
            words = borders.split()
            shifts[name] = {
                border: int(by) for border, by in zip(words[::2], words[1::2], strict=True)
            }
        self.shifts = shifts

    @property
    def stamp(self) -> tuple[object, ...]:
        """What the places of panes depend on."""
        moved = tuple((name, *sorted(each.items())) for name, each in sorted(self.shifts.items()))
        return self.layout, moved

    def text(self) -> str:
        """As its file has it."""
        data: dict[str, Any] = {}
        if self.layout != self.configured:
            data["layout"] = self.layout
            if self.configured != BALANCED:
                data["instead_of"] = self.configured
        if shifts := {name: each for name, each in sorted(self.shifts.items()) if each}:
            data["moved"] = shifts
        return json.dumps(data, indent=1) + "\n"


EMPTY: Final = Arrangement().text()
"""The text of panes that nobody has arranged."""


def read(path: Path, configured: str = BALANCED) -> tuple[Arrangement, str]:
    """The arrangement of the last time, and a sentence where it cannot be taken ("": it can).

    Args:
        configured: the layout of the settings; another one holds as long as they name the same.
    """
    fresh = Arrangement(configured, configured=configured)
    try:
        return _read(json.loads(read_text(path)), configured), ""
    except FileNotFoundError:
        return fresh, ""
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        return fresh, f"{path} cannot be read: {reason}; panes are as at the first start"
    except (ValueError, RecursionError) as error:
        reason = clean(error, 120)
        return fresh, f"{path} is damaged: {reason}; panes are as at the first start"


def _read(data: Any, configured: str) -> Arrangement:
    if not isinstance(data, dict) or not data.keys() <= {"layout", "instead_of", "moved"}:
        raise BadLayoutError("it holds something else than layout and moved")
    layout, moved = data.get("layout", configured), data.get("moved", {})
    if not isinstance(layout, str) or layout not in LAYOUTS:
        raise BadLayoutError(f"there is no layout {clean(layout, 40)!r}")
    known = {f"{name} {columns}" for name in LAYOUTS for columns in (1, 2, 3)}
    if not isinstance(moved, dict) or not moved.keys() <= known:
        raise BadLayoutError("moved names a layout that there is not")
    for each in moved.values():
        if not isinstance(each, dict) or len(each) > MOST_BORDERS:
            raise BadLayoutError("moved has no borders and shifts")
        if not all(type(v) is int and abs(v) <= MOST_SHIFT for v in each.values()):
            raise BadLayoutError("a border is moved by whole cells")
    if data.get("instead_of", BALANCED) != configured:
        layout = configured
    return Arrangement(layout, {name: dict(each) for name, each in moved.items()}, configured)
