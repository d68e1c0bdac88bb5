"""The screens of a desk in another process: the same ones, without what acts on it."""

from __future__ import annotations

from typing import Any, Protocol

from engine.config import OF_THE_PERSON, DeskConfig, NotifySettings
from tui.app import DeskApp
from tui.bridge import Bridge, DeskPort


class ObservedPort(DeskPort, Protocol):
    """A desk as an observer has it: what came last, how old that is, and what it trades by."""

    @property
    def settings(self) -> dict[str, Any]:
        """What the desk trades by."""
        ...

    def age_s(self) -> float:
        """Real seconds since the desk made what is shown."""
        ...


class ObserverBridge(Bridge):
    """A bridge over which only snapshots come; its silence is the age of what is shown.

    Args:
        desk: the observed one.
    """

    def __init__(self, desk: ObservedPort) -> None:
        super().__init__(desk)
        self._observed = desk

    def silent_s(self) -> float:
        """Real seconds since the desk made what is shown, on its way here or not."""
        return self._observed.age_s()


class ObserverApp(DeskApp):
    """The screens of a desk that is observed.

    Args:
        desk: it, with a snapshot.
        own: theme, keys and folder of the observer.
        options: of DeskApp.
    """

    def __init__(self, desk: ObservedPort, own: DeskConfig, **options: Any) -> None:
        self._observed, self._own = desk, own
        self._told = desk.settings
        super().__init__(ObserverBridge(desk), settings_of(desk.settings, own), **options)
        self.state.heard(self.bridge.silent_s(), self._monotonic())

    def notifications(self) -> NotifySettings:
        """Those of this terminal: a command is run once, by the desk's own screen."""
        return self._own.notify.changed(command=())

    def look(self) -> None:
        """Pull the newest snapshot; another desk may have taken the first one's place."""
        if self._observed.settings is not self._told:
            self._told = self._observed.settings
            chosen = {name: getattr(self.config, name) for name in OF_THE_PERSON}
            self.config = settings_of(self._told, self._own.changed(**chosen))
        super().look()


def settings_of(told: dict[str, Any], own: DeskConfig) -> DeskConfig:
    """The settings that a desk trades by, but what is of the observer: theme, keys, folder.

    Args:
        told: the desk's.
        own: the observer's.
    """
    mine = {name: getattr(own, name) for name in OF_THE_PERSON}
    try:
        return DeskConfig.model_validate({**told, **mine})
    except ValueError:  # other settings than this program has: they are told by no one
        return own
