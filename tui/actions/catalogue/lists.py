"""In rows, panes and plots: what a row opens, how the cursor moves, what a list shows."""

from __future__ import annotations

from typing import Final

from tui.actions.action import MAIN, Action, grouped, groups, searching
from tui.actions.places import (
    DAY,
    EVERYWHERE,
    FINDABLE,
    HUNG,
    LISTED,
    LISTS,
    MARKABLE,
    ORDERS,
    POSITIONS,
    ROWS,
    TEXTS,
    TRADER,
)

ON_A_ROW: Final[tuple[Action, ...]] = (
    Action("detail", "enter", "Detail", "Open what the row is about", "Look", ROWS | HUNG),
    Action(
        "edit",
        "enter",
        "Change",
        "Change the setting: shows first what would change",
        "Desk",
        frozenset({"config"}),
    ),
    Action("up", "escape", "Back", "One level up; never quits", "Look", EVERYWHERE),
    Action("review", "e", "Review", "Review recommendations", "Look", LISTS - {"review"}),
)


MOVES: Final[tuple[Action, ...]] = (
    Action("down", "j,down", "Down", "Next row", "Move", LISTS),
    Action("above", "k,up", "Up", "Row above", "Move", LISTS),
    Action("first", "g,home", "First", "First row", "Move", LISTS),
    Action("last", "G,end", "Last", "Last row", "Move", LISTS),
    Action("page-up", "pageup", "Page up", "A page up", "Move", LISTS),
    Action("page-down", "pagedown", "Page down", "A page down", "Move", LISTS),
    Action(
        "next-pane",
        "tab",
        "Next pane",
        "Next pane or page; from a list into its text, and back",
        "Move",
        MAIN | LISTED | {"help", "report", "day"},
    ),
    Action("last-pane", "shift+tab", "Last pane", "Pane before", "Move", MAIN | LISTED),
    *(
        Action(f"pane-{n}", str(n), f"Pane {n}", f"Go to pane {n}", "Move", MAIN)
        for n in range(1, 9)
    ),
    Action("earlier", "left", "Earlier", "Read the values a minute earlier", "Move", DAY),
    Action("later", "right", "Later", "Read the values a minute later", "Move", DAY),
    Action(
        "far-earlier", "shift+left", "Back", "Read them a quarter of an hour earlier", "Move", DAY
    ),
    Action("far-later", "shift+right", "On", "Read them a quarter of an hour later", "Move", DAY),
    Action("zoom", "plus", "Zoom", "This pane alone", "Move", TRADER | POSITIONS),
    Action("unzoom", "underscore", "All panes", "All panes again", "Move", TRADER | POSITIONS),
)


LISTING: Final[tuple[Action, ...]] = (
    Action(
        "filter",
        "slash",
        "Filter",
        "Show what contains words; ! what does not",
        "Look",
        FINDABLE | TEXTS,
    ),
    Action("find", "F", "Find", "Go to a row that contains words", "Look", FINDABLE),
    Action(
        "next-match",
        "right_parenthesis,n",
        "Next",
        "Next row found",
        "Look",
        FINDABLE,
        available=searching,
    ),
    Action(
        "match-before",
        "left_parenthesis,N",
        "Before",
        "Row found before",
        "Look",
        FINDABLE,
        available=searching,
    ),
    Action("sort", "s", "Sort", "Next sort order", "Look", FINDABLE),
    Action("invert", "S", "Invert sort", "Invert the sort order", "Look", FINDABLE),
    Action("columns", "V", "Columns", "Choose and order the columns", "Look", FINDABLE),
    Action(
        "group",
        "O",
        "Group",
        "List traders by symbol with totals, or each alone",
        "Look",
        MAIN,
        available=groups,
    ),
    Action(
        "collapse",
        "minus",
        "Collapse",
        "Close this group to its totals; again: all",
        "Look",
        MAIN,
        available=grouped,
    ),
    Action(
        "expand",
        "equals_sign",
        "Expand",
        "List the traders of this group; again: all",
        "Look",
        MAIN,
        available=grouped,
    ),
    Action("mark", "space", "Mark", "Mark the row", "Look", MARKABLE),
    Action("unmark", "U", "Unmark", "Remove all marks", "Look", MARKABLE),
    Action("freeze", "f", "Freeze", "Freeze the display, not the trading", "Look", LISTS),
    Action("open-only", "o", "Open only", "Only orders that may still execute", "Look", ORDERS),
)
