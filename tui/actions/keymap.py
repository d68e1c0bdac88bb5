"""Which keys do what: the registry's keys, changed by the configuration, checked before use."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile

from textual.binding import Binding
from textual.keys import Keys, _character_to_key, key_to_character

from tui.actions.action import Action
from tui.actions.registry import ACTIONS, BY_ID, NEVER_BOUND, TAKE_TURNS

SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "plus": "+",
    "underscore": "_",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "exclamation_mark": "!",
    "semicolon": ";",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "tab": "Tab",
    "shift+tab": "S-Tab",
    "home": "Home",
    "end": "End",
    "up": "Up",
    "backspace": "Bksp",
    "at": "@",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "ctrl+up": "C-Up",
    "ctrl+down": "C-Down",
    "ctrl+left": "C-Left",
    "ctrl+right": "C-Right",
    "shift+left": "S-Left",
    "shift+right": "S-Right",
}

_NAMED = frozenset(SHOWN) | {
    key.value for key in Keys if not key.value.startswith(("<", "ctrl+shift+", "vt100"))
}


class KeymapError(ValueError):
    """Keys that cannot be used; one clause for each problem, each saying what to write.

    Args:
        problems: the clauses.
    """

    code = "KEYS_INVALID"

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("keys: " + "; ".join(problems))


def shown(key: str) -> str:
    """A key as footer and help write it: ^K, F12, Enter, /."""
    if key in SHOWN:
        return SHOWN[key]
    if key.startswith("ctrl+"):
        return "^" + key[5:].upper()
    if key.startswith("f") and key[1:].isdigit():
        return key.upper()
    return key_to_character(key) or key


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys of every action, in force."""

    keys: Mapping[str, tuple[str, ...]]

    def first(self, action: str) -> str:
        """The key of an action as it is shown, "" where it has none."""
        keys = self.keys.get(action, ())
        return shown(keys[0]) if keys else ""

    def every(self, action: str) -> str:
        """All keys of an action as they are shown."""
        return " ".join(shown(key) for key in self.keys.get(action, ()))

    def among(self, action: Action, working: Iterable[Action]) -> str:
        """The keys that an action has to itself where these work, in the registry's order."""
        earlier = list(takewhile(lambda each: each is not action, working))
        taken = {key for each in earlier for key in self.keys[each.id]}
        return " ".join(shown(key) for key in self.keys[action.id] if key not in taken)

    def bindings(self) -> list[Binding]:
        """The bindings of the app."""
        keys = []
        for action in ACTIONS:
            for key in self.keys[action.id]:
                keys.append(
                    Binding(
                        key,
                        f"do({action.id!r})",
                        action.label,
                        show=False,
                        key_display=shown(key),
                        priority=action.everywhere,
                        tooltip=action.words,
                        id=action.id,
                    )
                )
        return keys


def build(changes: Mapping[str, str] | None = None) -> Keymap:
    """The keymap with the configuration's changes.

    Args:
        changes: keys by action id, such as {"kill": "f9", "halt": "ctrl+h,H"}; keys are names
            as Textual calls them, or single characters.

    Raises:
        KeymapError: unknown action or key, a key used twice on one screen, a forbidden key, or
            an action that would lose its key although it must have one.
    """
    problems: list[str] = []
    keys = {action.id: _split(action.keys) for action in ACTIONS}
    for name, wanted in (changes or {}).items():
        if name not in BY_ID:
            near = difflib.get_close_matches(name, BY_ID, 1, 0.0)
            problems.append(f"{name!r} is not an action (nearest: {near[0]})")
            continue
        keys[name] = _split(wanted)
        problems += [f"{name}: {problem}" for problem in map(_bad_key, keys[name]) if problem]
    problems += [
        f"{name} must keep a key: the {what} can move, not vanish"
        for name, what in (("kill", "kill key"), ("quit-anywhere", "quit key"), ("up", "back key"))
        if not keys[name]
    ]
    kill_only_text = [k for k in keys["kill"] if len(k) == 1 or k in ("space", "enter", "tab")]
    if keys["kill"] and len(kill_only_text) == len(keys["kill"]):
        problems.append("kill needs a key that no text field takes, such as f9 or ctrl+k")
    problems += _collisions(keys)
    if problems:
        raise KeymapError(problems)
    return Keymap(keys)


def _split(text: str) -> tuple[str, ...]:
    parts = [text] if text == "," else [part.strip() for part in text.split(",")]
    return tuple(_character_to_key(p) if len(p) == 1 else p for p in parts if p)


def _bad_key(key: str) -> str:
    if key in NEVER_BOUND or key.startswith("alt+"):
        return f"{key!r} belongs to the terminal; choose another"
    if (len(key) == 1 and key.isprintable()) or key in _NAMED or key_to_character(key):
        return ""
    near = difflib.get_close_matches(key, sorted(_NAMED), 1, 0.0)
    return f"{key!r} is not a key (nearest: {near[0]})"


def _collisions(keys: Mapping[str, tuple[str, ...]]) -> list[str]:
    problems = []
    for index, one in enumerate(ACTIONS):
        for other in ACTIONS[index + 1 :]:
            if not (one.places & other.places or one.everywhere or other.everywhere):
                continue
            if (one.id, other.id) in TAKE_TURNS:
                continue
            problems += [
                f"{shown(key)} is both {one.id} and {other.id}: change one"
                for key in keys[one.id]
                if key in keys[other.id]
            ]
    return problems
