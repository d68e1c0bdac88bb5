"""The desk on its screen; imported only once Textual's environment is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from engine.config import SettingsFile
from engine.desk.opening import Desk, open_desk
from engine.runs.finding import base_folder
from tui.actions.keymap import KeymapError, build
from tui.app import DeskApp
from tui.bridge import Bridge
from tui.cli.options import Outputs, config_file_of, config_folder
from tui.kept_theme import NAME as THEME_NAME
from tui.kept_theme import KeptTheme
from tui.lifecycle import run
from tui.lists.remembered import NAME
from tui.theme.loading import load_themes

if TYPE_CHECKING:
    from pathlib import Path

    from engine.config import DeskConfig
    from engine.desk.opening import DeskPlan
    from tui.theme.loading import ThemeSet


class _StartingApp(DeskApp):
    """The desk's app, which lets the engine go only after the first paint.

    Args:
        desk: opened, not started.
        config: theme and keys.
        themes: what `config.theme` is looked up in.
        ascii_only: draw with ASCII alone.
        keep, greeting, tour: as for `show`.
        own_files: folder of lists, layout and typed lines.
        settings_file, kept_theme: as for `DeskApp`.
    """

    def __init__(
        self,
        desk: Desk,
        config: DeskConfig,
        themes: ThemeSet,
        *,
        ascii_only: bool,
        keep: Callable[[Desk], int],
        greeting: str,
        tour: int | None,
        own_files: Path,
        settings_file: SettingsFile,
        kept_theme: KeptTheme,
    ) -> None:
        super().__init__(
            Bridge(desk),
            config,
            themes=themes,
            ascii_only=ascii_only,
            lists_file=own_files / NAME,
            settings_file=settings_file,
            kept_theme=kept_theme,
            leave_behind=lambda: keep(desk),
        )
        self._desk = desk
        self._greeting = greeting
        self.state.tour_at(tour, bool(tour))

    def on_ready(self) -> None:
        """A warm-up runs flat out: before the first paint it would delay it."""
        if not self.bridge.stopping:
            self._desk.start()
        if self._greeting:
            self.say(self._greeting)


def checked_themes(config: DeskConfig) -> ThemeSet:
    """The themes there are, the configured one among them; the keys are checked, too.

    Raises:
        click.UsageError: a theme that does not exist, or keys that cannot be.
    """
    themes = load_themes(config_folder() / "themes")
    for problem in themes.problems:
        click.echo(f"legdesk: {problem}", err=True)
    if config.theme not in themes.themes:
        known = ", ".join(themes.themes)
        raise click.UsageError(f"there is no theme {config.theme!r}; there are {known}")
    try:
        build(config.keys)
    except KeymapError as error:
        raise click.UsageError(str(error)) from None
    return themes


def show(
    config: DeskConfig,
    plan: DeskPlan,
    outputs: Outputs,
    keep: Callable[[Desk], int],
    greeting: str = "",
    tour: int | None = None,
) -> tuple[str, int, Desk]:
    """Show a desk until the operator leaves.

    Args:
        outputs: how it is drawn, which settings file and theme were named, where the screen's own
            files are.
        keep: writes what was asked for and says the exit code, where a terminal that takes no
            output keeps this function from returning.
        greeting: shown until a key does something.
        tour: the step of the guided tour to begin with, 0 to offer it; None for none.

    Returns:
        The desk's last sentence, the app's return code (0 unless it broke), and the desk.

    Raises:
        click.UsageError: a theme that does not exist, or keys that cannot be.
    """
    themes = checked_themes(config)
    own_files = outputs.own_files or base_folder(config)
    kept = KeptTheme(own_files / THEME_NAME, config.theme)
    file = SettingsFile(config_file_of(outputs.config_file) or config_folder() / "config.toml")
    desk = open_desk(config, plan)
    if outputs.theme is None and (chosen := kept.read()) in themes.themes:
        config = config.changed(theme=chosen)
    greeting = "; ".join(each for each in (greeting, *desk.remarks) if each)
    app = _StartingApp(
        desk,
        config,
        themes,
        ascii_only=outputs.ascii_only,
        keep=keep,
        greeting=greeting,
        own_files=own_files,
        settings_file=file,
        kept_theme=kept,
        tour=tour,
    )
    last = run(app)
    return last, app.return_code or 0, desk
