"""An app whose keys are done in the order in which they were typed, whatever one of them opens.

Textual gives a key to the screen in front, which does it later: what is typed at once after `/` or
`:` would be lost, or be done to the screen behind the prompt.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.drivers.linux_driver import LinuxDriver
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen

from tui.keyboard.driver import listening
from tui.sure_timers import SureTimers

ANSWERS = frozenset({"enter", "escape"})
"""Keys that may close a dialog: what is typed after one waits until it is done."""

Typed: TypeAlias = events.Key | events.Paste


@runtime_checkable
class HasLine(Protocol):
    """A dialog with a line to type in.

    Args:
        opened: whether what is typed reaches the line.
    """

    opened: bool


class KeysInOrder(SureTimers, App[str], inherit_bindings=False):
    """Keys that come while a dialog opens wait for it.

    Args:
        escape_s: seconds without a character after which Esc was pressed by itself.

    Attributes:
        done_when_read: whether what the key that is done now asks for was handed over as it was
            read.
    """

    def __init__(self, escape_s: float) -> None:
        super().__init__()
        self.driver_class = listening(self.driver_class, escape_s, self.key_read, self.all_read)
        self._waiting: deque[Typed] = deque()
        self._overtaking: deque[events.Key] = deque()
        self.done_when_read = False
        self._answered: Screen[object] | None = None

    @abstractmethod
    def is_urgent(self, key: str) -> bool:
        """Whether a key waits for nothing, and what was typed before it is no longer wanted."""

    @abstractmethod
    def urgent_key(self, event: events.Key) -> None:
        """An urgent key is done next that was not handed over as it was read."""

    @abstractmethod
    def urgent_read(self, event: events.Key) -> None:
        """An urgent key has been read, in the thread that reads; the screen does it later."""

    def key_read(self, event: events.Key) -> None:
        """A key has been read from the terminal, in the thread that reads.

        An urgent one waits for no screen: a terminal that takes no output holds it for as long as
        it likes.
        """
        if self.is_urgent(event.key):
            self._overtaking.append(event)
            self.urgent_read(event)

    @abstractmethod
    def all_read(self) -> None:
        """Every key typed so far has been read, in the thread that reads; many times a second."""

    @property
    def listens(self) -> bool:
        """Whether `key_read` and `all_read` are called by themselves."""
        return isinstance(self._driver, LinuxDriver)

    def urgent_ahead(self) -> bool:
        """Whether an urgent key has been read that the screen has yet to do."""
        return bool(self._overtaking)

    @abstractmethod
    def dead_key(self, key: str) -> None:
        """A key does nothing on the screen in front."""

    async def on_event(self, event: events.Event) -> None:
        """Take a key now, or keep it until the dialog in front has opened."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Key) and self.is_urgent(event.key):
            self._waiting.clear()
            self._answered = None
            self.done_when_read = event in self._overtaking
            if not self.done_when_read:
                self.urgent_key(event)
            await super().on_event(event)
            self.done_when_read = False
            self._done_through(event)
        else:
            while self._overtaking and self._overtaking[0].time < event.time:
                self._overtaking.popleft()  # it never came
            if not self._overtaking:  # else typed before it, and no longer wanted
                self._waiting.append(event)
                await self._hand_over()

    def _done_through(self, event: events.Key) -> None:
        while event in self._overtaking:
            self._overtaking.popleft()

    def line_opened(self, dialog: HasLine) -> None:
        """A dialog takes keys: those that waited for it come first."""
        if not dialog.opened:
            dialog.opened = True
            self.call_next(self._hand_over)

    def pop_screen(self) -> AwaitComplete:
        """What was typed after the answer of a dialog is for the screen under it."""
        popped = super().pop_screen()
        self.call_next(self._hand_over)
        return popped

    async def _hand_over(self) -> None:
        while self._waiting and self._answered is not self.screen and _takes_keys(self.screen):
            await self._type(self._waiting.popleft())

    async def _type(self, event: Typed) -> None:
        screen = self.screen
        if isinstance(event, events.Key) and not isinstance(screen, ModalScreen):
            # Done at once: the key after it is for what this one opens.
            if not await self._check_bindings(event.key, priority=True) and (
                not await self._check_bindings(event.key)
            ):
                self.dead_key(event.key)
            return
        start = self.focused or screen
        await super().on_event(event)
        if isinstance(event, events.Key) and event.key in ANSWERS:
            self._answered = screen
            # The key goes up to the app, which tells the line; the answer goes up once more.
            way: list[MessagePump] = list(start.ancestors_with_self)
            self._wait_for([*way, *way])

    def _wait_for(self, nodes: Sequence[MessagePump]) -> None:
        """A dialog is answered once each of these has done what it was given before."""
        if nodes:
            nodes[0].call_later(self._wait_for, nodes[1:])
        else:
            self._answered = None
            self.call_next(self._hand_over)


def _takes_keys(screen: Screen[object]) -> bool:
    return screen.opened if isinstance(screen, HasLine) else True
