"""Completion in the shell: a script for each, where it goes, the names of runs and traders."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click

from tui.cli.errors import OK, complain
from tui.cli.modes import folders

VARIABLE: Final = "_LEGDESK_COMPLETE"
"""The variable by which a shell asks the program what may follow."""

SHELLS: Final = ("bash", "zsh", "fish")
MOST: Final = 200
"""Names offered at most, the newest runs first."""

_FILES: Final = {
    "bash": ("XDG_DATA_HOME", ".local/share", "bash-completion/completions/legdesk"),
    "zsh": ("XDG_DATA_HOME", ".local/share", "zsh/site-functions/_legdesk"),
    "fish": ("XDG_CONFIG_HOME", ".config", "fish/completions/legdesk.fish"),
}
"""Where each shell looks by itself: a variable, what it is without, and the file below."""

_MARK: Final = "# Tab completes the commands of legdesk"
_LOADED: Final = {
    "bash": (".bashrc", "source {}\n"),
    "zsh": (
        ".zshrc",
        "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\nsource {}\n",
    ),
}
"""Shells that look there only where more is set up, the file that each begins with, and what loads
the script from it. Fish needs none."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.option("--install", is_flag=True, help="Write it where the shell looks for it.")
def completion(shell: str | None, install: bool) -> int:
    """Print what SHELL needs to complete commands, options, runs and traders with Tab.

    Without SHELL: the one of $SHELL. With --install it is written where that shell looks for it,
    and .bashrc or .zshrc load it.
    """
    chosen = shell or os.path.basename(os.environ.get("SHELL", ""))
    if chosen not in SHELLS:
        raise click.UsageError(f"{chosen or 'no shell'} is not known here; name one of {_named()}")
    text = _script(chosen)
    if not install:
        click.echo(text)
        return OK
    path = place_of(chosen)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(
            f"{path} cannot be written ({error.strerror}); `legdesk completion {chosen}` prints it"
        ) from None
    complain(f"written to {path}")
    if chosen in _LOADED:
        _have_it_loaded(chosen, path)
    complain("it works in shells that are opened from now on")
    return OK


def _have_it_loaded(shell: str, path: Path) -> None:
    """Have what a shell begins with load the script, if it does not yet."""
    name, lines = _LOADED[shell]
    folder = os.environ.get("ZDOTDIR", "") if shell == "zsh" else ""
    begins = (Path(folder) if folder else Path.home()) / name
    added = lines.replace("{}", shlex.quote(str(path)))
    try:
        before = begins.read_text(encoding="utf-8") if begins.exists() else ""
        if added in before:
            return
        apart = "" if not before or before.endswith("\n") else "\n"
        with begins.open("a", encoding="utf-8") as file:
            file.write(f"{apart}\n{_MARK}\n{added}")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(
            f"{begins} cannot be read or written; add to it yourself:\n{added.rstrip()}"
        ) from None
    complain(f"loaded from {begins}, by what was added at its end")


def place_of(shell: str) -> Path:
    """The file from which a shell of this user completes legdesk.

    Args:
        shell: one of `SHELLS`.
    """
    variable, otherwise, file = _FILES[shell]
    base = os.environ.get(variable, "")
    return (Path(base) if base else Path.home() / otherwise) / file


def _named() -> str:
    return f"{', '.join(SHELLS[:-1])} or {SHELLS[-1]}"


def _script(shell: str) -> str:
    from click.shell_completion import get_completion_class

    from tui.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"{shell} is not known here; name one of {_named()}")
    return kind(cli, {}, "legdesk", VARIABLE).source()


# ---------------------------------------------------------------------- what may follow


def run_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Runs of the state folder, the newest first, and `latest`."""
    from engine.runs.modes import newest_runs

    return _fitting(("latest", *newest_runs(_roots(ctx))), incomplete)


def targets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Symbols of the desks that run, then the expirations of the one that was named."""
    keys = [key.partition(" ") for key in _status(ctx, lambda status: status.get("traders", {}))]
    before = ctx.params.get(param.name or "") or ()
    symbol = before[0] if isinstance(before, tuple) and before else ""
    if symbol:
        return _fitting([date for root, _, date in keys if root == symbol], incomplete)
    return _fitting([root for root, _, _ in keys], incomplete)


def alarm_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Alarms that stand in the desks that run."""
    return _named_in(ctx, "standing", "alarm", incomplete)


def recommendation_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Recommendations that are ready in the desks that run."""
    return _named_in(ctx, "recommendations", "recommendation", incomplete)


def trial_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Trials of the desks that run."""
    return _named_in(ctx, "trials", "trial", incomplete)


def _named_in(ctx: click.Context, table: str, key: str, incomplete: str) -> list[str]:
    rows = _status(ctx, lambda status: [row[key] for row in status.get(table, ())])
    return _fitting(rows, incomplete)


def _status(ctx: click.Context, pick: Callable[[dict[str, Any]], Iterable[str]]) -> list[str]:
    from engine.runs.status import read_status

    found: list[str] = []
    for root in _roots(ctx):
        try:
            status = read_status(root)
            found += [] if status is None else map(str, pick(status))
        except Exception:
            continue  # whoever presses Tab is told nothing rather than an error
    return found


def _roots(ctx: click.Context) -> tuple[Path, ...]:
    given = ctx.params
    try:
        return folders(given.get("config_file"), given.get("state_dir"), given.get("mode"))
    except Exception:  # a settings file that is not good is told by the command itself
        return ()


def _fitting(names: Iterable[str], incomplete: str) -> list[str]:
    found = dict.fromkeys(name for name in names if name.startswith(incomplete))
    return list(found)[:MOST]
