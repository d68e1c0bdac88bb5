"""An app whose full screens and dialogs lie over each other, each with the keys where they were."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

from tui.actions.kill_key import Arming
from tui.collector_rounds import SHORT_ROUND_EVERY_S, CollectorRounds, keep_what_stays
from tui.keyboard.in_order import KeysInOrder
from tui.screens.base import DeskScreen
from tui.screens.main import MainScreen
from tui.screens.opening import screen_of
from tui.shown import LooksAgain
from tui.state import ScreenState
from tui.viewmodel.view import View


class ScreenStack(KeysInOrder, inherit_bindings=False):
    """Opens and closes screens, draws the one in front, and frees what closed ones leave.

    Args:
        escape_s: seconds without a character after which Esc was pressed by itself.
        state: the operator's choices.
        arming: since when a choice that adds risk has been in sight.
    """

    def __init__(self, escape_s: float, state: ScreenState, arming: Arming) -> None:
        super().__init__(escape_s)
        self.state = state
        self.arming = arming
        self._collector_rounds = CollectorRounds()

    @abstractmethod
    def view(self) -> View:
        """The snapshot on the screen with the operator's choices."""

    def get_default_screen(self) -> MainScreen:
        """The main screen is the first one."""
        return MainScreen()

    def on_ready(self) -> None:
        """The first paint is out."""
        if not self.is_headless:
            keep_what_stays()
            self.set_interval(SHORT_ROUND_EVERY_S, self._collect)

    def is_front(self, screen: Screen[None]) -> bool:
        """Whether this is the full screen in front, under any dialog."""
        return self._front() is screen

    def _front(self) -> DeskScreen | None:
        stack = reversed(self.screen_stack)
        return next((screen for screen in stack if isinstance(screen, DeskScreen)), None)

    @property
    def place(self) -> str:
        """The screen in front, as the registry of actions calls it; "" for a dialog."""
        screen = self.screen
        return screen.place_now(self.view()) if isinstance(screen, DeskScreen) else ""

    def open_screen(self, place: str, subject: str = "", over: bool = False) -> None:
        """Show a full screen: over the main screen, or over the one in front.

        Args:
            place: its name in the registry of actions.
            subject: what it is about, where it is about one thing.
            over: whether the screen in front stays underneath, so that Esc comes back to it.
        """
        if isinstance(self.screen, DeskScreen) and self.screen.place == place:
            return
        if not over:
            self.close_screen()
        screen = screen_of(place, subject)
        self.state.cover(screen.pane, screen.reading)
        self.push_screen(screen)

    def close_screen(self) -> bool:
        """Back to the screen underneath, with the keys where they were; False where none is."""
        if len(self.screen_stack) == 1:
            return False
        screen = self.screen
        if isinstance(screen, DeskScreen):
            screen.left()
            self.state.uncover()
        self.arming.clear()
        self.pop_screen()
        if isinstance(self.screen, DeskScreen):
            self.screen.in_front_again()
        return True

    def ask(self, dialog: ModalScreen[str | None], then: Callable[[str | None], None]) -> None:
        """Open a dialog and hand its answer to `then`; None where it was left without one."""
        self.push_screen(dialog, then)

    def close_dialogs(self) -> None:
        """Close every dialog, unanswered."""
        while len(self.screen_stack) > 1 and self.screen.is_modal:
            self.pop_screen()

    def pop_screen(self) -> AwaitComplete:
        """Close the screen in front."""
        self._collector_rounds.closed()
        return super().pop_screen()

    def _collect(self) -> None:
        self._collector_rounds.take(len(self.screen_stack) > 1)

    def repaint(self) -> None:
        """Draw the screen in front; a dialog leaves the screen behind it as it is."""
        front = self._front()
        if front is not None:
            front.paint()
        for screen in self.screen_stack[-1:]:
            if isinstance(screen, LooksAgain):
                screen.look_again()

    def say(self, sentence: str) -> None:
        """Show a sentence on the status line until a key does something."""
        self.state.say(sentence)
        self.repaint()
