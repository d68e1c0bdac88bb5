"""What a typed line means, as a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from engine.commands import Command
from tui.shown import Shown

KEY: Final = ":"
"""The key that a typed request came by."""


class Kind(Enum):
    """What Enter does with a line."""

    NOTHING = auto()
    UNKNOWN = auto()
    UNFINISHED = auto()
    REFUSED = auto()
    DOES = auto()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a line means.

    Args:
        kind: what Enter does.
        text: what would happen, or why it would not.
        action: the action of the registry that is performed; "" for none.
        requests: what is asked of the engine in its place.
        does: what changes on the screen in place of both.
        asks_first: whether a second key is asked for, because it adds risk.
        kept: whether the line may be kept after the end: it has no words of the operator's own.
    """

    kind: Kind
    text: str
    action: str = ""
    requests: tuple[Command, ...] = ()
    does: Callable[[Shown], None] | None = None
    asks_first: bool = False
    kept: bool = True
