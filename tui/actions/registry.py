"""Every action with its keys, place and risk: the one source of bindings, footer and help."""

from __future__ import annotations

from typing import Final

from tui.actions.action import Action
from tui.actions.catalogue.answers import ANSWERS
from tui.actions.catalogue.lists import LISTING, MOVES, ON_A_ROW
from tui.actions.catalogue.terminal import SCREENS, TERMINAL, TIME, WRITING
from tui.actions.catalogue.trading import TRADING

ACTIONS: tuple[Action, ...] = (
    *TRADING,
    *ON_A_ROW,
    *ANSWERS,
    *MOVES,
    *LISTING,
    *SCREENS,
    *WRITING,
    *TIME,
    *TERMINAL,
)

TYPED = frozenset({"filter", "find", "command"})
"""Actions after whose keys a person types: where they do not work, what is typed is no keys."""

TAKE_TURNS: Final = frozenset({("reject", "next-match"), ("match-before", "tour")})
"""Actions that may share a key: the first of the two has it wherever it makes sense."""

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}

GROUPS = ("Stop", "Trade", "Answer", "Look", "Move", "Time", "Desk")

NEVER_BOUND = frozenset({"ctrl+z", "ctrl+s", "ctrl+a", "ctrl+b", "f10", "f11"})
"""Keys that terminals, multiplexers and job control take."""
