"""The words that may be typed after `:`, what follows each, and how the end of one is found."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from tui.actions.registry import ACTIONS, BY_ID
from tui.actions.requests import SPEEDS
from tui.layout import LAYOUTS
from tui.text.formats import clean
from tui.viewmodel import orders, trader_words
from tui.viewmodel.lists import list_of
from tui.viewmodel.trials import LEVERS
from tui.viewmodel.view import View

MOST_TYPED: Final = 200
"""Characters of a command."""


@dataclass(frozen=True, slots=True)
class Around:
    """Where a command is typed.

    Args:
        view: what the screen shows.
        place: the screen in front, as the registry of actions calls it.
        stage: how often kill was pressed: 0, 1 or 2.
        themes: names of the themes there are.
    """

    view: View
    place: str
    stage: int = 0
    themes: tuple[str, ...] = ()


Options = Callable[[Around], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Word:
    """A command.

    Args:
        name: as it is completed.
        about: what it is for, where it says nothing better of itself.
        aliases: other names.
        action: the action of the registry that it is without anything behind it; "" for none.
        takes: what may follow, in a few words; "" for nothing.
        options: what may follow, as it is completed.
        free: whether any words may follow: such a command is not kept after the end.
        needs: whether something must follow.
    """

    name: str
    about: str
    aliases: tuple[str, ...] = ()
    action: str = ""
    takes: str = ""
    options: Options = field(default=lambda around: ())
    free: bool = False
    needs: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every name."""
        return (self.name, *self.aliases)


# ---------------------------------------------------------------------- what may follow


def trader_names(around: Around) -> list[str]:
    """Symbols, then traders, as they are typed."""
    every = around.view.snapshot.traders
    symbols = dict.fromkeys(clean(t.symbol, 12) for t in every)
    return ["all", "marked", *symbols, *(trader_words.chain_name(t) for t in every)]


def _one_trader(around: Around) -> list[str]:
    return [trader_words.chain_name(t) for t in around.view.snapshot.traders]


def _sorts(around: Around) -> list[str]:
    declared = list_of(around.view)
    return [declared.native, *declared.sorts]


def _nothing(around: Around) -> list[str]:
    return []


def _open_orders(around: Around) -> list[str]:
    every = orders.LIST.source(around.view)
    return [orders.tail(o.id) for o in every if o.status in orders.OPEN]


def _levers(around: Around) -> list[str]:
    return list(LEVERS)


def _speeds(around: Around) -> list[str]:
    return [f"{speed:g}" for speed in SPEEDS]


PANE_WORDS: Final = {
    1: ("traders",),
    2: ("phase", "health"),
    3: ("chains", "balances"),
    4: ("advice",),
    5: (),
    6: (),
    7: ("session",),
    8: (),
}
"""Other names of the main screen's panes than their numbers."""

PLACES: Final = (
    "blotter",
    "config",
    "connection",
    "day",
    "help",
    "hung",
    "log",
    "positions",
    "report",
    "review",
)
"""Screens that `open` opens, by the names of their actions."""

# ---------------------------------------------------------------------- the words

_OWN: Final = (
    Word(
        "pause",
        "no new debits; what is open completes",
        ("p",),
        "pause",
        "trader, symbol, all, marked",
        trader_names,
    ),
    Word("resume", "debits again", ("r",), "resume", "trader, symbol, all, marked", trader_names),
    Word("detail", "a trader in full", ("trader",), "detail", "trader", _one_trader),
    Word("open", "a screen", ("screen", "go"), "", "screen", lambda a: PLACES, needs=True),
    Word("speed", "how fast simulated time goes", (), "", "times, such as 10", _speeds, needs=True),
    Word("main", "the main screen", ("home", "desk")),
    Word("theme", "another theme", ("colours",), "theme", "theme", lambda a: a.themes),
    Word("layout", "other sizes of the panes", (), "layout", "layout", lambda a: tuple(LAYOUTS)),
    Word("sort", "the list by a column", (), "sort", "column", _sorts),
    Word("filter", "rows that contain words", (), "filter", "words, !words", free=True),
    Word("find", "the next row that contains words", (), "find", "words", free=True),
    *(
        Word(f"pane {number}", "a pane of the main screen", names)
        for number, names in PANE_WORDS.items()
    ),
)

_ALIASES: Final = {
    "quit": ("q", "q!", "exit", "qa"),
    "write": ("w",),
    "blotter": ("orders",),
    "hung": ("units",),
    "positions": ("pairs",),
    "log": ("alarms", "events"),
    "review": ("recommendations", "recs"),
    "config": ("settings",),
    "help": ("h", "?"),
    "ack": ("a", "acknowledge"),
    "hold-time": ("hold",),
    "mute": ("bell",),
    "aside": ("shelve", "snooze"),
    "cancel": ("x",),
    "go-to": ("goto",),
    "stop-trial": ("stop",),
    "report": ("summary",),
}

_BEHIND: Final[dict[str, tuple[str, Options, bool]]] = {
    "cancel": ("order", _open_orders, False),
    "try": ("lever, value, trader or *", _levers, False),
    "go-to": ("time, such as 10:42", _nothing, True),
}
"""What may follow the word of an action: in a few words, as it is completed, whether anything."""

UNTYPED: Final = frozenset({"confirm", "palette", "command", "quit-anywhere", "up"})
"""Actions without a word: what is armed by looking at it, and what a dialog answers."""


def _of_action(name: str) -> Word:
    action = BY_ID[name]
    words = name.replace("-", " ")
    label = action.label.lower()
    aliases = dict.fromkeys((*_ALIASES.get(name, ()), *((label,) if label != words else ())))
    takes, options, free = _BEHIND.get(name, ("", _nothing, False))
    return Word(words, action.words, tuple(aliases), name, takes, options, free)


def _made() -> tuple[Word, ...]:
    own = {word.action for word in _OWN if word.action}
    made = [*_OWN]
    taken = {name for word in _OWN for name in word.names}
    for action in ACTIONS:
        if action.id in own or action.id in UNTYPED or action.group == "Move":
            continue
        word = _of_action(action.id)
        names = [name for name in word.names if name not in taken]
        if names:
            taken.update(names)
            made.append(replace(word, name=names[0], aliases=tuple(names[1:])))
    rank = {"Stop": 0, "Trade": 1, "Answer": 2}
    groups = [BY_ID[word.action].group if word.action else "" for word in made]
    order = sorted(range(len(made)), key=lambda n: (rank.get(groups[n], 3), n))
    return tuple(made[n] for n in order)


WORDS: Final = _made()
"""Every command, what stops trading first."""


@cache
def _by_name() -> dict[str, Word]:
    return {name: word for word in WORDS for name in word.names}


def split(text: str) -> tuple[Word | None, str, str]:
    """The command that a line begins with, its name as it was typed, and what follows it.

    Case, hyphens and more than one blank make no difference; of two that fit the longer name is
    meant. None where no command has the first words.
    """
    line = " ".join(text.lstrip(": ").split())
    spoken = line.lower().replace("-", " ").split(" ")
    known = _by_name()
    for number in range(min(4, len(spoken)), 0, -1):
        word = known.get(" ".join(spoken[:number]))
        if word is not None:
            parts = line.split(" ")
            taken = _words_taken(parts, number)
            if taken:
                return word, " ".join(parts[:taken]), " ".join(parts[taken:])
    return None, line, ""


def _words_taken(parts: Sequence[str], number: int) -> int:
    """How many words of the line make `number` words of a name; 0 where none do.

    One with a hyphen is one word of the line and two of the name.
    """
    counted = 0
    for index, part in enumerate(parts):
        counted += part.count("-") + 1
        if counted == number:
            return index + 1
        if counted > number:
            break
    return 0


def nearest(text: str) -> str:
    """The name that is most like what was typed, or like the first words of it."""
    words, names = text.lower().split(), list(_by_name())
    begun = [" ".join(words[:number]) for number in range(1, len(words) + 1)]

    def likeness(pair: tuple[str, str]) -> float:
        return difflib.SequenceMatcher(None, *pair).ratio()

    pairs = [(name, typed) for typed in begun for name in names]
    return max(pairs, key=likeness, default=("help", ""))[0]


def _fitting(options: Sequence[str], start: str) -> list[str]:
    begun = start.lower()
    return [each for each in options if each.lower().startswith(begun)]


def completions(around: Around, text: str) -> list[str]:
    """The lines that this one may become, the likeliest first: names, then what follows them."""
    line = " ".join(text.lstrip(": ").split())
    trailing = text.endswith(" ") and bool(line)
    spoken = line.lower()
    result: list[str] = []
    if not trailing:
        for word in WORDS:
            hit = next((name for name in word.names if name.startswith(spoken)), None)
            if word.name.startswith(spoken):
                hit = word.name
            if hit is not None:
                result.append(hit)
    begun, name, rest = split(line)
    if begun is not None and (rest or trailing):
        result += [f"{name} {each}" for each in _fitting(begun.options(around), rest)]
    return list(dict.fromkeys(result))
