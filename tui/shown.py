"""What actions and screens may ask of the app: the desk as it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from textual.screen import ModalScreen, Screen

from engine.config import DeskConfig, SettingsFile
from engine.snapshot import RecommendationView
from tui.actions.keymap import Keymap
from tui.actions.kill_key import Arming, KillKey
from tui.bridge import Bridge
from tui.state import ScreenState
from tui.text.glyphs import Glyphs
from tui.theme.loading import ThemeSet
from tui.theme.theme import DeskTheme
from tui.viewmodel.view import View
from tui.widgets.lines_widget import LinesWidget


@runtime_checkable
class LooksAgain(Protocol):
    """A dialog about what may change while it is open."""

    def look_again(self) -> None:
        """The desk has been looked at."""
        ...


class Shown(Protocol):
    """The desk on the screen, with the operator's choices.

    Args:
        bridge: the way to the engine.
        config: what the desk was started with.
        keymap: the keys in force.
        glyphs: what may be drawn.
        state: the operator's choices.
        kill_key: the stage the next press asks for.
        arming: since when a choice that adds risk has been in sight.
        themes: every theme there is.
        settings_file: the person's file of settings; None where none is known.
        desk_theme: the one in force.
    """

    bridge: Bridge
    config: DeskConfig
    keymap: Keymap
    glyphs: Glyphs
    state: ScreenState
    kill_key: KillKey
    arming: Arming
    themes: ThemeSet
    settings_file: SettingsFile | None
    desk_theme: DeskTheme

    @property
    def screen(self) -> Screen[object]:
        """The screen or dialog in front."""
        ...

    @property
    def place(self) -> str:
        """The screen in front, as the registry of actions calls it; "" for a dialog."""
        ...

    @property
    def ascii_only(self) -> bool:
        """Whether nothing but ASCII may be drawn."""
        ...

    def view(self) -> View:
        """The snapshot on the screen with the operator's choices."""
        ...

    def press_kill(self) -> None:
        """Ask for the next stage of a kill, unless the key that is done asked when it was read."""
        ...

    def live_view(self) -> View:
        """As `view`, but never frozen."""
        ...

    def recommendation(self) -> RecommendationView | None:
        """The recommendation under the cursor."""
        ...

    def is_front(self, screen: Screen[None]) -> bool:
        """Whether this is the full screen in front, under any dialog."""
        ...

    def lines_widget(self, name: str) -> LinesWidget:
        """A widget of the desk in its theme."""
        ...

    def say(self, sentence: str) -> None:
        """Show a sentence on the status line until a key does something."""
        ...

    def look(self) -> None:
        """Take the newest snapshot and draw what changed."""
        ...

    def repaint(self) -> None:
        """Draw what changed."""
        ...

    def use_theme(self, name: str) -> None:
        """Change the theme."""
        ...

    def choose_setting(self, key: str, value: Any) -> None:
        """Have a setting of the screen (theme, keys, layout) be another from now on.

        Args:
            key: dotted.
            value: None for its default.
        """
        ...

    def journal_setting(self, key: str, before: str, after: str, where: str) -> None:
        """Tell the journal what was written into the settings file.

        Args:
            key: dotted.
            before, after: as text.
            where: in words.
        """
        ...

    def take_back(self, key: str) -> None:
        """Take back the last change of a setting of the screen."""
        ...

    def open_screen(self, place: str, subject: str = "", over: bool = False) -> None:
        """Show the full screen of that name.

        Args:
            subject: what it is about, where it is about one thing.
            over: whether the screen in front stays underneath, so that Esc comes back to it.
        """
        ...

    def close_screen(self) -> bool:
        """Go back to the screen underneath; False where there is none."""
        ...

    def ask(self, dialog: ModalScreen[str | None], then: Callable[[str | None], None]) -> None:
        """Open a dialog and hand its answer to `then`; None where it was left without one."""
        ...

    def close_dialogs(self) -> None:
        """Close every dialog, unanswered."""
        ...

    def open_palette(self) -> None:
        """Open the command palette."""
        ...

    def open_command_line(self) -> None:
        """Open the line to type a command in."""
        ...

    def click(self, action: str) -> None:
        """A click on the name of an action does what its key does; what adds risk takes two."""
        ...

    def move_border(self, beside: bool, by: int) -> bool:
        """Make the pane that keys move in larger by so many cells; False where it cannot be.

        Args:
            beside: whether wider, else taller.
        """
        ...

    def borders_moved(self, before: str) -> None:
        """Borders of panes were moved: where they were can be taken back, as a setting can.

        Args:
            before: as `Arrangement.moved` had it.
        """
        ...

    def leave(self, drain: bool) -> None:
        """Begin to end the desk; the screen ends when it has.

        Args:
            drain: whether completing orders get their time.
        """
        ...

    def export_dir(self) -> Path:
        """Where screens and reports are written."""
        ...

    def copy(self, text: str) -> bool:
        """Hand a text to the terminal's clipboard; False where the terminal is known to have none.

        Args:
            text: printable, of at most 74,994 bytes.
        """
        ...

    def screen_text(self) -> str:
        """The screen in front as text, a line a row."""
        ...

    def save_screenshot(self, filename: str, path: str) -> str:
        """Write the screen as SVG; returns where."""
        ...
