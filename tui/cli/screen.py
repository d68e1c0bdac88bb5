"""The desk on its screen; imported only once Textual's environment is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from engine.desk.opening import Desk, open_desk
from engine.runs.stored import base_folder
from tui.actions.keymap import KeymapError, build
from tui.app import DeskApp
from tui.bridge import Bridge
from tui.cli.options import config_folder
from tui.lifecycle import run
from tui.lists.remembered import NAME
from tui.theme.loading import load_themes

if TYPE_CHECKING:
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
    ) -> None:
        super().__init__(
            Bridge(desk),
            config,
            themes=themes,
            ascii_only=ascii_only,
            lists_file=base_folder(config) / NAME,
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
    ascii_only: bool,
    keep: Callable[[Desk], int],
    greeting: str = "",
    tour: int | None = None,
) -> tuple[str, int, Desk]:
    """Show a desk until the operator leaves.

    Args:
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
    desk = open_desk(config, plan)
    greeting = "; ".join(each for each in (greeting, *desk.remarks) if each)
    app = _StartingApp(
        desk, config, themes, ascii_only=ascii_only, keep=keep, greeting=greeting, tour=tour
    )
    last = run(app)
    return last, app.return_code or 0, desk
