"""Settings of the screen itself, which change at once: as text, from text, and for the journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.commands import Ask, Command
from engine.config import NEVER_JOURNALED, SCREEN, DeskConfig, settings_in, typed_value, value_of
from engine.snapshot import EngineSnapshot, EngineState
from tui.viewmodel.settings import KEYS, shown

LAYOUT: Final = f"{SCREEN}layout"
BELL: Final = f"{SCREEN}bell"
REFRESH: Final = f"{SCREEN}refresh_s"

ON_SCREEN: Final = "on the screen"

RESTED_S: Final = 1.0
"""Seconds after which a change is told: a key that is held goes through many."""


class ToldSettings:
    """Tells the journal what became of the screen's settings, one row for a key that is held.

    Args:
        submit: hands a row's request over.
        monotonic: seconds that never go back.
    """

    def __init__(self, submit: Callable[[Command], object], monotonic: Callable[[], float]) -> None:
        self._submit, self._monotonic = submit, monotonic
        self._changed: dict[str, tuple[str, str, float]] = {}

    def changed(self, key: str, before: str, after: str) -> None:
        """A setting is another one; what it was first is remembered until it rests."""
        first = self._changed.get(key, (before, "", 0.0))[0]
        self._changed[key] = first, after, self._monotonic()

    def tell(self, at_once: bool = False) -> None:
        """Tell of those that rest; one that is what it was at first changed nothing.

        Args:
            at_once: also of the others, because the desk is about to end.
        """
        now_s = self._monotonic()
        for key, (before, after, at_s) in list(self._changed.items()):
            if at_once or now_s - at_s >= RESTED_S:
                del self._changed[key]
                if before != after:
                    self._submit(for_the_journal(key, before, after))


def text_of(config: DeskConfig, key: str) -> str:
    """A setting as it would be typed; "" for keys that are the action's own."""
    if key.startswith(KEYS):
        return config.keys.get(key.removeprefix(KEYS), "")
    return shown(value_of(config, key))


def value_from(config: DeskConfig, key: str, text: str) -> Any:
    """What a text of `text_of` stands for; None for the default."""
    if key.startswith(KEYS):
        return text or None
    field = next(field for name, _, field in settings_in(config) if name == key)
    return typed_value(field, text)


def is_journaled(snapshot: EngineSnapshot) -> bool:
    """Whether there is a journal that takes it: of a desk of this process that has not ended."""
    return not snapshot.read_only and snapshot.state is not EngineState.ENDED


def for_the_journal(key: str, before: str, after: str, where: str = ON_SCREEN) -> Command:
    """The row of the journal that says who changed what of the screen.

    Args:
        before, after: as `text_of` has them.
        where: on the screen, or in which file.
    """
    said = {"before": before or "default", "after": after or "default"}
    if key in NEVER_JOURNALED:
        said = dict.fromkeys(said, "not told")
    reason = f"{said['before']} -> {said['after']}, {where}"
    return Command(Ask.SETTING, key, key="screen", reason=reason, args=said)
