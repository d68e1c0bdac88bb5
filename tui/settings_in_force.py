"""An app that a person's settings of the screen hold for: at once, taken back, and kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from textual.binding import BindingsMap

from engine.config import DeskConfig, SettingsFile, with_value
from tui import own_settings
from tui.actions.keymap import build
from tui.actions.kill_key import Arming
from tui.bridge import Bridge
from tui.kept_theme import KeptTheme
from tui.keyboard.strokes import escape_delay
from tui.own_files import OwnFiles
from tui.own_settings import LAYOUT
from tui.screens.stack import ScreenStack
from tui.state import ScreenState
from tui.theme.loading import ThemeSet, load_themes
from tui.theme.theme import THEME_VARIABLE_DEFAULTS, DeskTheme, to_textual
from tui.viewmodel.settings import BORDERS, KEPT
from tui.viewmodel.view import View


class SettingsInForce(ScreenStack, inherit_bindings=False):
    """Theme, keys, layout, bell and pace of the screen, as they were set and as they are chosen.

    Args:
        bridge: the desk, whose journal is told.
        config: the settings.
        themes: every theme there is; None reads them.
        variables: NO_COLOR, and the delay of Esc.
        monotonic: seconds that never go back.
        lists_file: where the choices of the lists are kept; None keeps none.
        settings_file: the person's file of settings; None where none is known.
        kept_theme: keeps the theme that is chosen on the screen; None keeps none.
    """

    def __init__(
        self,
        bridge: Bridge,
        config: DeskConfig,
        themes: ThemeSet | None,
        variables: Mapping[str, str],
        monotonic: Callable[[], float],
        lists_file: Path | None,
        settings_file: SettingsFile | None,
        kept_theme: KeptTheme | None,
    ) -> None:
        state = ScreenState(now_s=monotonic())
        super().__init__(escape_delay(variables), state, Arming(monotonic))
        self.bridge = bridge
        self.config = config
        self.settings_file = settings_file
        self._kept_theme = kept_theme
        self.keymap = build(config.keys)
        self._bindings = BindingsMap(self.keymap.bindings())
        self._named = dict(settings_file.named) if settings_file is not None else {}
        if kept_theme is not None and kept_theme.configured != config.theme:
            self._named["theme"] = KEPT
        self.own_files = OwnFiles(lists_file, config.screen.layout)
        state.remember(self.own_files.lists)
        arrangement = self.own_files.arrangement
        if arrangement.layout != config.screen.layout:
            self.config = with_value(config, LAYOUT, arrangement.layout)
            self._named[LAYOUT] = KEPT
        state.arrange(arrangement)
        state.mute(not config.screen.bell)
        self.themes = themes or load_themes()
        self._plain = bool(variables.get("NO_COLOR"))
        self.desk_theme = self._themed(config.theme)
        self._own_changes = own_settings.ToldSettings(bridge.submit, monotonic)
        for name in self.themes.themes:
            self.register_theme(to_textual(self.themes.named(name)))
        self.theme = self.desk_theme.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Literal defaults of the desk's own colours."""
        return THEME_VARIABLE_DEFAULTS

    @abstractmethod
    def live_view(self) -> View:
        """As `view`, but never frozen."""

    @abstractmethod
    def _look_every(self, refresh_s: float) -> None:
        """Look at the desk that often from now on."""

    def use_theme(self, name: str) -> None:
        """Change the theme; every line is drawn anew."""
        self.desk_theme = self._themed(name)
        self.theme = self.desk_theme.name
        self.repaint()

    def choose_setting(self, key: str, value: Any) -> None:
        """Have a setting of the screen be another from now on; what it was can be taken back."""
        before = own_settings.text_of(self.config, key)
        self._set(key, value)
        self.state.choose_setting(key, before)

    def take_back(self, key: str) -> None:
        """Take back the last change of a setting of the screen."""
        if key == BORDERS:
            before = self.state.arrangement.moved
            self.state.arrangement.move_back(self.state.take_back(key))
            self._changed(key, before, self.state.arrangement.moved)
            self.repaint()
            return
        self._set(key, own_settings.value_from(self.config, key, self.state.take_back(key)))

    def borders_moved(self, before: str) -> None:
        """Borders of panes were moved: where they were can be taken back, as a setting can."""
        after = self.state.arrangement.moved
        if after != before:
            self.state.choose_setting(BORDERS, before)
            self._changed(BORDERS, before, after)

    def _changed(self, key: str, before: str, after: str) -> None:
        """Tell the journal, once it rests."""
        if own_settings.is_journaled(self.live_view().snapshot):
            self._own_changes.changed(key, before, after)

    def journal_setting(self, key: str, before: str, after: str, where: str) -> None:
        """Tell the journal what was written into the settings file."""
        if own_settings.is_journaled(self.live_view().snapshot) and before != after:
            self.bridge.submit(own_settings.for_the_journal(key, before, after, where))

    def _set(self, key: str, value: Any) -> None:
        before = own_settings.text_of(self.config, key)
        self.config = with_value(self.config, key, value)
        screen = self.config.screen
        match key:
            case "theme":
                self.use_theme(self.config.theme)
                if self._kept_theme is not None and (
                    failed := self._kept_theme.keep(self.config.theme)
                ):
                    self.say(failed)
            case own_settings.LAYOUT:
                self.state.arrangement.use(screen.layout)
            case own_settings.BELL:
                self.state.mute(not screen.bell)
            case own_settings.REFRESH:
                self._look_every(screen.refresh_s)
            case _:
                self.keymap = build(self.config.keys)
                self._bindings = BindingsMap(self.keymap.bindings())
                self.refresh_bindings()
        self._changed(key, before, own_settings.text_of(self.config, key))
        self.repaint()

    def _themed(self, name: str) -> DeskTheme:
        theme = self.themes.named(name)
        return theme.without_colour() if self._plain else theme
