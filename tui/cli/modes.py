"""Which modes a command looks at: all, unless --mode names one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.cli.options import configuration, place_options

if TYPE_CHECKING:
    from engine.runs.finding import RunPlaces

Command = TypeVar("Command", bound=Callable[..., Any])


def where_options(command: Command) -> Command:
    """--mode, --config and --state-dir: where runs are looked for."""
    chosen = click.option(
        "--mode",
        type=click.Choice(["SIM", "PAPER", "LIVE"], case_sensitive=False),
        help="Only this mode; every mode by default.",
    )
    return chosen(place_options(command))


def folders(config_file: Path | None, state_dir: Path | None, mode: str | None) -> tuple[Path, ...]:
    """The folders of the modes that are looked at, that of real money first."""
    from engine.runs.modes import mode_folders

    return mode_folders(configuration(config_file, state_dir), mode)


def named_run(
    run: str, config_file: Path | None, state_dir: Path | None, mode: str | None
) -> RunPlaces:
    """The files of the run that a command names; "" for the one that was written last.

    Raises:
        JournalError: there is no such run, or several modes have one.
    """
    from engine.runs.modes import find_run_of

    return find_run_of(folders(config_file, state_dir, mode), run)


def in_words(looked_at: tuple[Path, ...]) -> Path:
    """The folder that a sentence names: the mode's, or the one of all modes."""
    return looked_at[0] if len(looked_at) == 1 else looked_at[0].parent
