"""Options of the command line, and how they change configuration and plan."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from engine.config import DeskConfig, Section

FASTEST_SHOWN: Final = 500.0
"""Beside a screen time goes no faster than this; flat out would starve the screen."""

SLOWEST: Final = 0.01

Command = TypeVar("Command", bound=Callable[..., Any])
AnySection = TypeVar("AnySection", bound="Section")


def speed_of(text: str) -> float:
    """Virtual seconds a real second, above 0 to 500, infinite for "max".

    Raises:
        click.BadParameter: no such speed.
    """
    value = text.strip().lower()
    if value == "max":
        return math.inf
    try:
        speed = float(value.removesuffix("x"))
    except ValueError:
        speed = math.nan
    if not SLOWEST <= speed <= FASTEST_SHOWN:
        raise click.BadParameter(
            f"{text!r} is not a speed; write a number from {SLOWEST:g} to 500, or max"
        )
    return speed


def time_of_day(text: str) -> time:
    """HH:MM, exchange time.

    Raises:
        click.BadParameter: no time of day.
    """
    try:
        wall_time = time.fromisoformat(text)
    except ValueError:
        wall_time = None
    if wall_time is None or wall_time.tzinfo is not None:
        raise click.BadParameter(f"{text!r} is not a time of day; write HH:MM, such as 10:30")
    return wall_time


def date_of(text: str) -> str:
    """YYYY-MM-DD, an exchange date.

    Raises:
        click.BadParameter: no date.
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date; write YYYY-MM-DD") from None


def symbols_of(text: str) -> tuple[str, ...]:
    """Option roots separated by commas, in capitals, each once.

    Raises:
        click.BadParameter: none, or one that cannot be an option root.
    """
    roots = [each.strip().upper() for each in text.split(",") if each.strip()]
    if not roots:
        raise click.BadParameter(f"{text!r} names no symbols; write AAPL,SPY")
    for root in roots:
        if not (root.isascii() and root.isalnum() and len(root) <= 6):
            raise click.BadParameter(
                f"{root[:40]!r} is not an option root: letters and digits, at most 6; "
                "write AAPL,SPY"
            )
    return tuple(dict.fromkeys(roots))


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


class NumberRange(click.FloatRange):
    """Numbers between two; `nan`, which is below none and above none, is no number."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class _Place(click.Path):
    """A path that the system can take; with `file_okay=False` one in whose place is no FIFO."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        from engine.config import path_of

        try:
            path = path_of(Path(os.fspath(value)))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not self.file_okay and path.exists() and not path.is_dir():
            self.fail(f"{path} is not a folder; name another", param, ctx)
        return super().convert(path, param, ctx)


FILE = _Place(dir_okay=False, path_type=Path)
SOCKET = _Place(path_type=Path)
FOLDER = _Place(file_okay=False, path_type=Path)

place_options = _all(
    click.option("--config", "config_file", type=FILE, help="Settings, a TOML file."),
    click.option("--state-dir", type=FOLDER, help="Where runs and status are kept."),
)


def _theme_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Themes there are, the user's own too."""
    from tui.theme.loading import load_themes

    return [
        name
        for name in load_themes(config_folder() / "themes").themes
        if name.startswith(incomplete)
    ]


screen_options = _all(
    click.option("--theme", shell_complete=_theme_names, help="Colours of the terminal, by name."),
    click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII alone."),
)

model_option = _all(
    click.option(
        "--fill-model",
        type=click.Choice(["assumed", "assumed-width", "calibrated", "crossing"]),
        help="How the embedded exchange fills: by assumed odds, by odds that fall with the quoted "
        "width, as a fit says, or where quotes cross.",
    ),
    click.option(
        "--calibration", type=FILE, help="The fit of --fill-model calibrated; implies that model."
    ),
)

speed_option = click.option(
    "--speed",
    type=speed_of,
    metavar="N|max",
    help="Market seconds a real second, up to 500, or max.",
)

simulation_options = _all(
    click.option("--seed", type=click.IntRange(min=0), help="Seed of the whole simulated day."),
    model_option,
    click.option(
        "--symbols", type=symbols_of, metavar="A,B,...", help="Option roots, such as AAPL,SPY."
    ),
    click.option("--expirations", type=click.IntRange(1, 60), help="Expirations of each symbol."),
    speed_option,
    click.option("--no-warm-up", is_flag=True, help="Begin at the open, not at mid-morning."),
)

run_options = _all(
    click.option("--headless", is_flag=True, help="No screen: run, then print the report."),
    click.option(
        "--report", "report_file", type=FILE, help="Write the session report there, as JSON."
    ),
    click.option("--json", "as_json", is_flag=True, help="With --headless: the report as JSON."),
    click.option("--record", type=FOLDER, help="Record the session's quotes into this folder."),
    click.option("--run-dir", type=FOLDER, help="Keep this run below another state folder."),
    click.option(
        "--fresh",
        is_flag=True,
        help="Begin without the trials and kept changes of the run before, of an earlier date.",
    ),
    click.option("--export", type=FILE, help="Write the journal's canonical lines there."),
    click.option(
        "--pool-threads", type=click.IntRange(1, 64), default=4, help="Threads for blocking calls."
    ),
)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a run leaves, and where.

    Args:
        headless: without a screen.
        as_json: the report on standard output is JSON.
        report_file, export: files to write, or None.
        ascii_only: the screen draws with ASCII alone.
        accept_baseline: what an account held before is not the desk's.
        tour: the screen begins with its guided tour.
        config_file: the settings file that was named, None for the usual one.
        theme: the theme that was named, None for the settings' own.
        own_files: folder of the screen's own files, which belong to the person and not to a run;
            None for the state folder.
    """

    headless: bool = False
    as_json: bool = False
    report_file: Path | None = None
    export: Path | None = None
    ascii_only: bool = False
    accept_baseline: bool = False
    tour: bool = False
    config_file: Path | None = None
    theme: str | None = None
    own_files: Path | None = None


def config_file_of(chosen: Path | None) -> Path | None:
    """The configuration file: the option's, LEGDESK_CONFIG's, or the user's own if it exists."""
    if chosen is not None:
        return chosen
    if named := os.environ.get("LEGDESK_CONFIG"):
        from engine.config import ConfigError, path_of

        try:
            return path_of(Path(named))
        except ValueError as error:
            raise ConfigError(f"LEGDESK_CONFIG: {error}") from None
    own = config_folder() / "config.toml"
    return own if own.is_file() else None


def named_state_dir(chosen: Path | None) -> Path | None:
    """The state folder that environment or file name, whatever else is wrong there; None for none.

    Args:
        chosen: the file that an option names.
    """
    from engine.config import ENV_PREFIX, ConfigError, path_of, read_toml

    try:
        named: Any = os.environ.get(f"{ENV_PREFIX}STATE_DIR")
        file = None if named else config_file_of(chosen)
        if file is not None:
            named = read_toml(file).get("state_dir")
        return path_of(Path(named)) if named else None
    except (ConfigError, TypeError, ValueError):
        return None


def config_folder() -> Path:
    """The user's folder for `config.toml` and `themes/`."""
    from platformdirs import user_config_dir

    return Path(user_config_dir("legdesk"))


def configuration(
    config_file: Path | None = None,
    state_dir: Path | None = None,
    *,
    theme: str | None = None,
    seed: int | None = None,
    fill_model: str | None = None,
    calibration: Path | None = None,
    symbols: tuple[str, ...] | None = None,
    expirations: int | None = None,
    session_date: str | None = None,
    quote_location: float | None = None,
    rule: str | None = None,
) -> DeskConfig:
    """The configuration with the options on top; None leaves what file and environment say.

    Args:
        quote_location: 0 to 1: a debit buys its legs that far from bid to ask and sells them as
            far from ask to bid, and so does a credit.
        rule: which credits may complete a debit: any, otm or safe.

    Raises:
        ConfigError: names the file or variable, the key and the remedy.
    """
    from engine.config import load_config, read_calibration

    fit = None if calibration is None else read_calibration(calibration)
    if fit is not None and fill_model not in (None, "calibrated"):
        raise click.UsageError(f"--calibration is no part of {fill_model}; leave one of them out")
    if fit is not None:
        fill_model = "calibrated"
    config = load_config(config_file_of(config_file))
    locations = {}
    if quote_location is not None:
        locations = {"buy_location": quote_location, "sell_location": 1.0 - quote_location}
    return changed(
        config,
        **_given(state_dir=state_dir, theme=theme),
        simulation=changed(
            config.simulation,
            **_given(
                seed=seed,
                fill_model=fill_model,
                calibration=fit,
                symbols=symbols,
                expirations_per_symbol=expirations,
                session_date=session_date,
            ),
        ),
        broker=changed(
            config.broker, **_given(symbols=symbols, expirations_per_symbol=expirations)
        ),
        spreads=changed(config.spreads, **locations, **_given(rule=rule)),
    )


def changed(section: AnySection, **values: Any) -> AnySection:
    """Settings with what the options say.

    Raises:
        ConfigError: a value outside its bounds.
    """
    from pydantic import ValidationError

    from engine.config import refusal_of

    try:
        return section.changed(**values)
    except ValidationError as error:
        raise refusal_of(error, "the options") from None


def _given(**options: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}
