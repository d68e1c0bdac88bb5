"""Take away what is shown: into the terminal's clipboard, or into a file of the run's folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.actions.requests import chosen_order
from tui.lists.declared import DeskList, marked
from tui.lists.export import as_csv, as_json, cells_of, exported_rows, row_text
from tui.pane_numbers import EVENTS, ORDERS
from tui.shown import Shown
from tui.text.formats import plural
from tui.text.lines import text_of
from tui.viewmodel import looked, pages
from tui.viewmodel.lists import list_of

COPIED: Final = "copied.txt"
"""The file that has what was copied last, for a terminal that takes nothing into its clipboard."""

MOST_COPIED: Final = 74_994
"""Bytes that an OSC 52 sequence of at most 100,000 can carry, which is what terminals take."""


def take_away(desk: Shown) -> None:
    """Ask what is taken away of the list in front."""
    from tui.screens.take_away import TakeDialog

    view = desk.view()
    declared = list_of(view)

    def counted() -> tuple[str, str]:
        now = desk.view()
        some = bool(marked(declared, now))
        number = plural(len(exported_rows(declared, now)), "marked row" if some else "row")
        return number, "" if some else _lacks(desk, declared)

    def chosen(what: str | None) -> None:
        if what is not None:
            _ways(declared)[what](desk)

    order = declared.pane == ORDERS and chosen_order(view) is not None
    desk.ask(TakeDialog(declared.title, order, counted), chosen)


def _lacks(desk: Shown, declared: DeskList[object]) -> str:
    """What the rows in front are without: pages that are still coming, or all but the newest."""
    missing = looked.missing(desk.view(), declared.name)
    if missing:
        return f"{missing}: what has not come yet is not taken"
    full = {ORDERS: "blotter", EVENTS: "log"}.get(declared.pane, "")
    if not full or desk.state.alone:
        return ""
    return f"the newest alone; {desk.keymap.first(full)} {full} has all"


def _ways(declared: DeskList[object]) -> dict[str, Callable[[Shown], None]]:
    return {
        "c": lambda desk: _cell(desk, declared),
        "r": lambda desk: copy(desk, row_text(declared, desk.view()), "row"),
        "t": lambda desk: copy(desk, as_csv(declared, desk.view(), "\t"), "table"),
        "o": _order,
        "C": lambda desk: _file(desk, declared, "csv"),
        "J": lambda desk: _file(desk, declared, "json"),
    }


def _cell(desk: Shown, declared: DeskList[object]) -> None:
    from tui.screens.take_away import CellPicker

    cells = cells_of(declared, desk.view())
    if not cells:
        desk.say("no row is selected")
        return

    def chosen(text: str | None) -> None:
        if text is not None:
            copy(desk, text, "cell")

    desk.ask(CellPicker(cells), chosen)


def _order(desk: Shown) -> None:
    """The order under the cursor, with as much of its story as has been asked for."""
    order = chosen_order(desk.view())
    if order is not None:
        lines = [
            *pages.order_lines(order, desk.view()),
            *pages.story_lines(order, desk.view(), 200),
        ]
        copy(desk, "\n".join(text_of(line).rstrip() for line in lines) + "\n", "order")


def save_csv(desk: Shown) -> None:
    """Write the list in front as a CSV file."""
    _file(desk, list_of(desk.view()), "csv")


def save_json(desk: Shown) -> None:
    """Write the list in front as a JSON file."""
    _file(desk, list_of(desk.view()), "json")


def _file(desk: Shown, declared: DeskList[object], kind: str) -> None:
    view = desk.view()
    text = as_csv(declared, view) if kind == "csv" else as_json(declared, view)
    name = f"{declared.name}-{view.snapshot.version}.{kind}"
    if write(desk, name, text):
        number = plural(len(exported_rows(declared, view)), "row")
        missing = looked.missing(view, declared.name)
        so_far = f", {missing}" if missing else ""
        desk.say(f"{name}: {number}{so_far}, written in {briefly(desk.export_dir())}")


def copy(desk: Shown, text: str, what: str) -> None:
    """Hand a text to the terminal's clipboard, and keep it in a file.

    No terminal says whether it took it.
    """
    if not text:
        desk.say("no row is selected")
        return
    kept = write(desk, COPIED, text)
    where = f"{COPIED} in {briefly(desk.export_dir())}"
    if len(text.encode()) > MOST_COPIED:
        if kept:
            desk.say(f"{what} is too long for a clipboard: it is in {where}")
    elif not desk.copy(text):
        if kept:
            desk.say(f"this terminal has no clipboard: {what} is in {where}")
    elif kept:
        desk.say(f"{what} sent to the clipboard; if the terminal has none: {where}")


def briefly(folder: Path) -> str:
    """A folder's name with `~` for the user's own."""
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def write(desk: Shown, name: str, text: str) -> bool:
    """Write a file that only its owner can read; whether it worked, else it is said why not."""
    path = desk.export_dir() / name
    try:
        _write(path, text)
    except OSError as error:
        desk.say(f"{name} not written: {error.strerror}; check the run's directory")
        return False
    return True


def _write(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


ACTIONS: Final[dict[str, Callable[[Shown], None]]] = {
    "take": take_away,
    "save-csv": save_csv,
    "save-json": save_json,
}
"""What takes a list away."""
