"""The terminal itself: its screens, what it writes, simulated time, its layout, help and end."""

from __future__ import annotations

from typing import Final

from tui.actions.action import MAIN, Action, paced, past, present, touring
from tui.actions.places import EVERYWHERE, FINDABLE, LISTS, REPORT, TWO_LISTS

SCREENS: Final[tuple[Action, ...]] = (
    Action("blotter", "b", "Blotter", "All orders with their history", "Look", LISTS - {"blotter"}),
    Action("report", "t", "Report", "Session report", "Look", LISTS - {"report"}),
    Action("day", "D", "Day", "The session over its time, in plots", "Look", LISTS - {"day"}),
    Action("hung", "h", "Units", "Every open unit and what can be done", "Look", LISTS - {"hung"}),
    Action(
        "positions",
        "i",
        "Positions",
        "Every pair and contract held",
        "Look",
        LISTS - {"positions"},
    ),
    Action(
        "contracts",
        "v",
        "Other list",
        "Pairs or contracts; in the log alarms or events",
        "Look",
        TWO_LISTS,
    ),
    Action("config", "c", "Config", "Configuration in force", "Look", LISTS - {"config"}),
    Action(
        "connection",
        "C",
        "Connection",
        "The broker's connection, point by point",
        "Look",
        LISTS - {"connection"},
    ),
    Action("log", "l", "Log", "Alarms and events of the day", "Look", LISTS - {"log"}),
)


WRITING: Final[tuple[Action, ...]] = (
    Action("write", "w", "Write screen", "Write this screen as SVG and text", "Desk", LISTS),
    Action("take", "Y", "Take away", "Copy a cell, row, table, order; CSV, JSON", "Desk", FINDABLE),
    Action("save-csv", "", "Save as CSV", "Write this list as a CSV file", "Desk", FINDABLE),
    Action("save-json", "", "Save as JSON", "Write this list as a JSON file", "Desk", FINDABLE),
    Action("export", "E", "Export", "Write the report as text and JSON", "Desk", REPORT),
    Action("theme", "T", "Theme", "Choose a theme, seen at once", "Desk", LISTS),
)


TIME: Final[tuple[Action, ...]] = (
    Action(
        "slower",
        "less_than_sign",
        "Slower",
        "Simulated time runs slower",
        "Time",
        EVERYWHERE,
        available=paced,
    ),
    Action(
        "faster",
        "greater_than_sign",
        "Faster",
        "Simulated time runs faster",
        "Time",
        EVERYWHERE,
        available=paced,
    ),
    Action(
        "hold-time",
        "comma",
        "Hold",
        "Pause simulated time, or resume it",
        "Time",
        EVERYWHERE,
        available=paced,
    ),
    Action(
        "step",
        "full_stop",
        "Step",
        "One step of simulated time",
        "Time",
        EVERYWHERE,
        available=paced,
    ),
    Action("back", "backspace", "Step back", "A minute back", "Time", EVERYWHERE, available=past),
    Action("go-to", "at", "Go to", "Go to a time of the day", "Time", LISTS, available=past),
    *(
        Action(
            f"{where}-{what}",
            key,
            f"{where.capitalize()} {what}",
            f"Go to the {where} {what}",
            "Time",
            LISTS,
            available=past,
        )
        for where, what, key in (
            ("last", "alarm", "left_square_bracket"),
            ("next", "alarm", "right_square_bracket"),
            ("last", "fill", "left_curly_bracket"),
            ("next", "fill", "right_curly_bracket"),
        )
    ),
)


TERMINAL: Final[tuple[Action, ...]] = (
    Action("layout", "L", "Layout", "The next layout of the panes", "Desk", MAIN),
    Action("wider", "ctrl+right", "Wider", "This pane wider", "Desk", MAIN),
    Action("narrower", "ctrl+left", "Narrower", "This pane narrower", "Desk", MAIN),
    Action("taller", "ctrl+down", "Taller", "This pane taller", "Desk", MAIN),
    Action("shorter", "ctrl+up", "Shorter", "This pane shorter", "Desk", MAIN),
    Action("put-back", "", "Put back", "Borders as the layout has them", "Desk", MAIN),
    Action("command", "colon", "Cmd", "Type a command; Tab completes", "Desk", LISTS),
    Action("palette", "ctrl+p", "Palette", "Commands by name, what each would do", "Desk", LISTS),
    Action(
        "tour",
        "N",
        "Tour",
        "A guided tour of the screen: begin, next step",
        "Look",
        LISTS,
        available=present,
    ),
    Action(
        "tour-back",
        "B",
        "Step before",
        "The tour's step before",
        "Look",
        LISTS,
        available=touring,
    ),
    Action(
        "help", "question_mark,f1", "Help", "The keys that work here", "Desk", EVERYWHERE - {"help"}
    ),
    Action("quit", "q", "Quit", "End the desk and quit: asks first", "Desk", EVERYWHERE),
    Action(
        "quit-anywhere",
        "ctrl+q,ctrl+c",
        "Quit",
        "End the desk and quit: asks first",
        "Desk",
        EVERYWHERE,
        everywhere=True,
    ),
)
