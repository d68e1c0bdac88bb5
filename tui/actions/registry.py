"""Every action with its keys, place and risk: the one source of bindings, footer and help."""

from __future__ import annotations

from typing import Final

from engine.snapshot import EngineState
from tui.actions.action import (
    MAIN,
    Action,
    Risk,
    approvable,
    differs,
    grouped,
    groups,
    has_units,
    latched,
    paced,
    past,
    present,
    resumable,
    running,
    searching,
    shares,
    touring,
    trades,
)
from tui.viewmodel.view import View

__all__ = ["ACTIONS", "BY_ID", "GROUPS", "LISTS", "MAIN", "NEVER_BOUND", "Action", "Risk"]

LISTS = frozenset({"main", "detail", "review", "hung", "blotter", "log", "help"})
LISTS |= {"report", "day", "config", "positions", "connection"}
EVERYWHERE = LISTS | {"small", "splash"}

CUTS = Risk.REDUCES
ADDS = Risk.ADDS
TRADER = frozenset({"main", "detail"})
ORDERS = frozenset({"main", "blotter"})
UNDO = frozenset({"main", "review", "config"})
ASIDE = frozenset({"main", "review", "log"})
REVIEW = frozenset({"review"})
REPORT = frozenset({"report"})
POSITIONS = frozenset({"positions"})
HUNG = frozenset({"hung"})
DAY = frozenset({"day", "detail"})
LISTED = frozenset({"review", "hung", "blotter", "log", "config"})
FINDABLE = LISTED | {"main", "positions", "config"}
TEXTS = frozenset({"help", "detail", "report", "connection"})
"""Screens whose text is filtered, where others have a list."""
MARKABLE = FINDABLE - {"hung", "review", "config"}
ROWS = frozenset({"main", "blotter", "log", "review", "positions"})
TWO_LISTS = frozenset({"positions", "log"})

ACTIONS: tuple[Action, ...] = (
    Action(
        "kill",
        "ctrl+k,f12",
        "KILL",
        "Halt entries, latch; again: cancel every engine order",
        "Stop",
        EVERYWHERE,
        risk=CUTS,
        everywhere=True,
    ),
    Action(
        "halt",
        "H",
        "Halt all",
        "Halt all entries",
        "Stop",
        EVERYWHERE,
        risk=CUTS,
        available=running,
    ),
    Action(
        "pause",
        "p",
        "Pause",
        "Pause this trader, or the marked ones",
        "Stop",
        TRADER,
        risk=CUTS,
        available=trades,
    ),
    Action(
        "pause-symbol",
        "P",
        "Pause symbol",
        "Pause every trader of its symbol",
        "Stop",
        TRADER,
        risk=CUTS,
        available=trades,
    ),
    Action(
        "resume",
        "r",
        "Resume",
        "Resume this trader, or the marked ones",
        "Trade",
        TRADER,
        available=trades,
    ),
    Action(
        "resume-symbol",
        "R",
        "Resume symbol",
        "Resume every trader of its symbol",
        "Trade",
        TRADER,
        available=trades,
    ),
    Action("cancel", "x", "Cancel order", "Cancel the selected order", "Stop", ORDERS, risk=CUTS),
    Action(
        "resume-after-kill",
        "",
        "Resume after kill",
        "Lift the kill latch; asks for a typed word",
        "Trade",
        LISTS,
        risk=ADDS,
        available=latched,
    ),
    Action(
        "resume-all",
        "",
        "Resume all",
        "Lift a halt and resume every trader",
        "Trade",
        LISTS,
        risk=ADDS,
        available=resumable,
    ),
    Action(
        "accept-positions",
        "",
        "Accept positions",
        "Take the broker's positions over into the book; asks for a typed word",
        "Trade",
        LISTS,
        risk=ADDS,
        available=differs,
    ),
    Action(
        "close-shares",
        "",
        "Close shares",
        "Trade shares away that exercise left; asks for a typed word",
        "Trade",
        LISTS,
        risk=ADDS,
        available=shares,
    ),
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
    Action(
        "approve",
        "y",
        "Try it",
        "Start the trial that proves it, where it is PROMISING",
        "Trade",
        REVIEW,
        risk=ADDS,
        available=approvable,
    ),
    Action(
        "try-weak",
        "",
        "Try weak evidence",
        "Start the selected trial, however thin its evidence",
        "Trade",
        REVIEW,
        risk=ADDS,
    ),
    Action(
        "approve-weak",
        "",
        "Apply without a trial",
        "Apply with a typed word and a reason; UNPROVEN",
        "Trade",
        REVIEW,
        risk=ADDS,
    ),
    Action(
        "try",
        "",
        "Try something",
        "Try any setting by a trial; asks which",
        "Trade",
        LISTS,
        risk=ADDS,
        available=running,
    ),
    Action(
        "stop-trial",
        "X",
        "Stop trial",
        "End the selected trial; former values return",
        "Stop",
        REVIEW,
        risk=CUTS,
    ),
    Action(
        "explore",
        "E",
        "Explore",
        "Let some attempts try neighbouring settings, or none",
        "Trade",
        REVIEW,
        risk=ADDS,
    ),
    *(
        Action(f"choice-{n}", str(n), label, words, "Trade", HUNG, available=has_units)
        for n, label, words in (
            (1, "Ladder", "Choose to leave the unit to the ladder"),
            (2, "Concede", "Choose to accept a little less than the debit cost"),
            (3, "Sell back", "Choose to sell the debit back, its loss bounded"),
            (4, "Hold", "Choose to park the unit with a credit resting"),
        )
    ),
    Action(
        "confirm",
        "y",
        "Confirm",
        "Do what is chosen for the unit",
        "Trade",
        HUNG,
        risk=ADDS,
        available=has_units,
    ),
    Action("reject", "n", "Reject", "Reject with a reason", "Trade", REVIEW),
    Action(
        "aside", "z", "Put aside", "Put a recommendation aside, shelve an alarm", "Answer", ASIDE
    ),
    Action(
        "undo",
        "u",
        "Undo",
        "Undo what was applied, put aside or rejected; a setting",
        "Trade",
        UNDO,
    ),
    Action("ack", "a", "Ack", "Acknowledge the selected or gravest alarm", "Answer", LISTS),
    Action("ack-all", "A", "Ack P2+P3", "Acknowledge all alarms of P2 and P3", "Answer", LISTS),
    Action("mute", "m", "Mute", "Bell on or off", "Answer", LISTS),
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
    Action("write", "w", "Write screen", "Write this screen as SVG and text", "Desk", LISTS),
    Action("take", "Y", "Take away", "Copy a cell, row, table, order; CSV, JSON", "Desk", FINDABLE),
    Action("save-csv", "", "Save as CSV", "Write this list as a CSV file", "Desk", FINDABLE),
    Action("save-json", "", "Save as JSON", "Write this list as a JSON file", "Desk", FINDABLE),
    Action("export", "E", "Export", "Write the report as text and JSON", "Desk", REPORT),
    Action("theme", "T", "Theme", "Choose a theme, seen at once", "Desk", LISTS),
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

TYPED = frozenset({"filter", "find", "command"})
"""Actions after whose keys a person types: where they do not work, what is typed is no keys."""

TAKE_TURNS: Final = frozenset({("reject", "next-match"), ("match-before", "tour")})
"""Actions that may share a key: the first of the two has it wherever it makes sense."""

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}

GROUPS = ("Stop", "Trade", "Answer", "Look", "Move", "Time", "Desk")

NEVER_BOUND = frozenset({"ctrl+z", "ctrl+s", "ctrl+a", "ctrl+b", "f10", "f11"})
"""Keys that terminals, multiplexers and job control take."""


_LOOKS: Final = frozenset({"Look", "Move", "Time"})
_BESIDE: Final = frozenset(
    {
        "write",
        "take",
        "save-csv",
        "save-json",
        "export",
        "theme",
        "layout",
        "wider",
        "narrower",
        "taller",
        "shorter",
        "put-back",
        "command",
        "palette",
        "help",
        "quit",
        "quit-anywhere",
    }
)
_OF_THE_DESK: Final = frozenset({"tour", "tour-back"})
"""They show keys that act, which a screen that only looks has not."""

_NOT_IN_A_JOURNAL: Final = frozenset({"connection", "freeze"})
_WRITES: Final = frozenset({"write", "take", "save-csv", "save-json", "export"})
_LEAVES: Final = frozenset({"quit", "quit-anywhere"})

ONLY_LOOKS: Final = "Leave; nothing ends with this screen"
"""What the keys that quit do where a screen only looks."""


READ_ONLY: Final = "this is the past of a run, read-only: nothing here trades"
"""Why nothing is asked for in the past of a run."""

OBSERVED: Final = "read-only: nothing was done; act on the desk's own screen, or in a shell"
NOT_KILLED: Final = "nothing was killed: this screen only looks; `legdesk kill` in a shell does"
"""What such keys say to an observer; whoever presses the kill key must know at once."""


def read_only(name: str, view: View) -> str:
    """Why an action is not done on a screen that only looks."""
    if view.snapshot.observer is None:
        return READ_ONLY
    return NOT_KILLED if name == "kill" else OBSERVED


def is_allowed(action: Action, view: View) -> bool:
    """Whether an action may be done at all: over a past, and for an observer, only looking may.

    Time belongs to whoever looks at a past; that of a running desk to its own screen.
    """
    if not view.snapshot.read_only:
        return True
    looks = (action.group in _LOOKS or action.id in _BESIDE) and action.id not in _OF_THE_DESK
    if view.snapshot.past:
        return looks and action.id not in _NOT_IN_A_JOURNAL and action.risk is Risk.NONE
    looks = (looks and action.group != "Time") or action.id == "mute"
    observer = view.snapshot.observer
    if observer is not None and observer.elsewhere and action.id in _WRITES:
        return False
    return looks and action.risk is Risk.NONE


def words_of(action: Action, view: View) -> str:
    """What help and palette say of an action: an observer who leaves ends no desk."""
    if action.id == "slower" and view.snapshot.state is EngineState.WARMING:
        return "End the warm-up here; time goes on in real time"
    return ONLY_LOOKS if view.snapshot.read_only and action.id in _LEAVES else action.words


_AFTER_THE_END: Final = frozenset({"kill", "mute"})
"""Actions that stop, trade or answer, and that a desk which has ended leaves to the screen."""


def is_over(action: Action, view: View, place: str) -> bool:
    """Whether an action asks a desk that has ended, which answers nothing any more.

    A setting of the screen itself is taken back all the same.
    """
    asks = action.group in ("Stop", "Trade", "Answer") and action.id not in _AFTER_THE_END
    return view.ended and asks and (action.id, place) != ("undo", "config")


def makes_sense(action: Action, view: View, place: str) -> bool:
    """Whether an action does something on this screen now, where it may be done at all."""
    return place in action.places and action.available(view) and not is_over(action, view, place)


def working(view: View, place: str) -> list[Action]:
    """The actions whose keys work on this screen now."""
    return [a for a in ACTIONS if is_allowed(a, view) and makes_sense(a, view, place)]
