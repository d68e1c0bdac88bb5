"""A run's past on the screen: `legdesk replay RUN`."""

from __future__ import annotations

import os
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.errors import CRASHED, OK, logged

if TYPE_CHECKING:
    from engine.config import DeskConfig
    from engine.runs.finding import RunPlaces
    from engine.runs.past.desk import PastDesk


At = tuple[date | None, time]
"""A time of an exchange's day; its date is None for the run's first."""


def moment(text: str) -> At:
    """A time of an exchange's day, with or without its date.

    Raises:
        click.BadParameter: neither.
    """
    from engine.commands import MOMENT_HOW, moment_typed

    try:
        return moment_typed(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time of day; {MOMENT_HOW}") from None


def run_named(config: DeskConfig, named: Path) -> RunPlaces | None:
    """The run that an argument of `replay` names; None where it is a file of quotes or no run.

    Args:
        config: names the state folder; its runs of every mode are looked at.
        named: a run's id, folder or journal, a state folder, or something else, but no session.
    """
    from engine.runs.errors import JournalError
    from engine.runs.modes import find_run_of, mode_folders

    if named.is_file() and named.name != "journal.db":
        return None
    try:
        return find_run_of(mode_folders(config), str(named))
    except JournalError as error:
        a_path = named.exists() or len(named.parts) > 1 or named.suffix
        if a_path or error.code != "missing":
            return None
        raise click.UsageError(
            f"there is neither a recorded session nor a run {named}; `legdesk runs` lists the runs"
        ) from None


def show_past(
    config: DeskConfig,
    places: RunPlaces,
    *,
    ascii_only: bool,
    speed: float,
    at: At | None,
) -> int:
    """Show a run's past until the operator leaves; the run stays as it was.

    Args:
        config: theme, keys and state folder; settings are shown as the run had them.
        places: the run's files.
        speed: market seconds a real second at the beginning.
        at: when to begin, standing still; None for the run's begin.

    Returns:
        The exit code.

    Raises:
        JournalError: the journal cannot be read; click.UsageError: a theme or keys that cannot be.
    """
    from tui.lifecycle import prepare

    prepare("SIM", os.environ)
    from engine.runs.past.desk import open_past

    with logged(config) as died:
        on, clock = at or (None, None)
        past = open_past(places, speed=speed, at=clock, on=on)
        last, code = _shown(config, past, ascii_only)
    click.echo(last or f"the replay of {places.run} is over; the run is as it was")
    return CRASHED if code or died else OK


def _shown(config: DeskConfig, past: PastDesk, ascii_only: bool) -> tuple[str, int]:
    from tui.app import DeskApp
    from tui.bridge import Bridge
    from tui.cli.screen import checked_themes
    from tui.lifecycle import run

    class PastApp(DeskApp):
        """The screens of a desk over a past, which goes on once they are painted."""

        def on_ready(self) -> None:
            """Let time go on."""
            super().on_ready()
            past.start()

    shown = past.settings(config)
    app = PastApp(Bridge(past), shown, themes=checked_themes(config), ascii_only=ascii_only)
    last = run(app)
    past.stop()
    return last, app.return_code or 0
