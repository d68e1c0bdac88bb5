"""Commands that open a desk: `run`, `replay`, and `legdesk` alone."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tui.cli.errors import complain
from tui.cli.gateway import BROKERS, on_account, start_where_missing
from tui.cli.options import (
    FASTEST_SHOWN,
    SOCKET,
    NumberRange,
    Outputs,
    changed,
    configuration,
    date_of,
    model_option,
    place_options,
    run_options,
    screen_options,
    simulation_options,
    speed_option,
    time_of_day,
)
from tui.cli.past import moment
from tui.cli.real_money import before_real_money

if TYPE_CHECKING:
    from engine.config import DeskConfig

OPENS: Final = time(9, 30)
MOST_DAYS: Final = 3_660
MOST_CHAINS: Final = 5_000
REPLAY_SPEED: Final = 60.0
"""Market seconds a real second of a replay on the screen: a one-minute bar every second."""


@click.command()
@simulation_options
@click.option(
    "--until", type=time_of_day, metavar="HH:MM", help="End then, exchange time, not at the close."
)
@click.option("--resume", metavar="RUN", help="Go on with an earlier run, every trader paused.")
@click.option(
    "--accept-missing",
    is_flag=True,
    help="With --resume: go on although the journal lacks events that it had.",
)
@click.option(
    "--date",
    "session_date",
    type=date_of,
    metavar="YYYY-MM-DD",
    help="The simulated session; with --resume a later one, which takes over the positions.",
)
@click.option(
    "--accept-baseline",
    is_flag=True,
    help="With --headless: what an account holds at its first start is not the desk's.",
)
@click.option(
    "--exchange",
    type=SOCKET,
    metavar="SOCKET",
    help="Trade on the exchange that `legdesk exchange` runs there, in its time.",
)
@click.option(
    "--broker",
    type=click.Choice(BROKERS),
    help="Trade an account there; its gateway is started by itself.",
)
@click.option("--paper", is_flag=True, help="With --broker: its paper account.")
@click.option("--tour", is_flag=True, help="Begin with the guided tour of the screen.")
@run_options
@screen_options
@place_options
def run(
    headless: bool,
    as_json: bool,
    report_file: Path | None,
    export: Path | None,
    ascii_only: bool,
    accept_baseline: bool,
    tour: bool,
    **options: Any,
) -> int:
    """Trade a simulated day, or an account with --broker; on the screen or with --headless.

    Headless it runs flat out from the open to the close unless --speed and --until say
    otherwise, and ends with the session report and how book and broker compare.
    """
    if tour and headless:
        raise click.UsageError("a tour is of the screen; leave out --tour or --headless")
    outputs = Outputs(
        headless,
        as_json,
        report_file,
        export,
        ascii_only,
        accept_baseline,
        tour,
        options["config_file"],
        options["theme"],
    )
    return trade(outputs, **options)


@click.command()
@click.argument("session", type=SOCKET, metavar="SESSION|RUN")
@speed_option
@model_option
@click.option(
    "--quote-location",
    type=NumberRange(0.0, 1.0),
    help="Where in the quotes both spreads are tried: 0 best for us, 0.35 default, 1 natural.",
)
@click.option(
    "--rule",
    type=click.Choice(["any", "otm", "safe"]),
    help="Which credits may complete a debit; safe, the default, only those with a floor >= 0.",
)
@click.option("--min-days", type=click.IntRange(0, MOST_DAYS), help="Fewest days to expiration.")
@click.option(
    "--expirations",
    type=click.IntRange(1, MOST_CHAINS),
    help="At most so many expirations, the nearest first; all by default.",
)
@click.option(
    "--implied-underlying",
    is_flag=True,
    help="Without a recorded price of the underlying take the forward of put-call parity.",
)
@click.option("--at", type=moment, metavar="[DATE] HH:MM", help="Of a RUN: begin then, on hold.")
@run_options
@screen_options
@place_options
@click.pass_context
def replay(
    ctx: click.Context,
    session: Path,
    at: tuple[date | None, time] | None,
    speed: float | None,
    fill_model: str | None,
    calibration: Path | None,
    quote_location: float | None,
    rule: str | None,
    min_days: int | None,
    expirations: int | None,
    implied_underlying: bool,
    headless: bool,
    as_json: bool,
    report_file: Path | None,
    export: Path | None,
    ascii_only: bool,
    record: Path | None,
    run_dir: Path | None,
    pool_threads: int,
    fresh: bool,
    config_file: Path | None,
    state_dir: Path | None,
    theme: str | None,
) -> int:
    """Trade a recorded session, or look at the past of a run.

    SESSION is a folder with quotes.parquet and session.json, or a file of a vendor's quotes, which
    is imported first, into a cache (see `legdesk import`). On the screen at 60 market
    seconds a second, headless as fast as it goes.

    RUN is a run's id, folder or journal, or a state folder: the screens show any moment of it,
    read-only. Nothing is traded and nothing of it is changed.
    """
    from tui.cli.past import run_named, show_past
    from tui.cli.run import require_terminal, run_desk

    own = configuration(config_file, state_dir, theme=theme)
    if not headless:
        require_terminal()
    places = None if _is_session(session) else run_named(own, session)
    if places is not None:
        _only_looks(ctx)
        pace = min(speed or REPLAY_SPEED, FASTEST_SHOWN)
        return show_past(own, places, ascii_only=ascii_only, speed=pace, at=at)
    if at is not None:
        raise click.UsageError("--at is for a run; a session is traded from its begin")
    _check_outputs(headless, as_json)
    config = configuration(
        config_file,
        state_dir,
        theme=theme,
        fill_model=fill_model,
        calibration=calibration,
        quote_location=quote_location,
        rule=rule,
    )
    from engine.desk.opening import DeskPlan

    plan = DeskPlan(
        replay=_session_of(session),
        needs_hours=True,
        implied_underlying=implied_underlying,
        speed=speed or (math.inf if headless else REPLAY_SPEED),
        record=record,
        run_dir=run_dir,
        pool_threads=pool_threads,
        min_days=min_days,
        expirations=expirations,
        fresh=fresh,
    )
    outputs = Outputs(
        headless,
        as_json,
        report_file,
        export,
        ascii_only,
        config_file=config_file,
        theme=theme,
    )
    return run_desk(config, plan, outputs)


def _only_looks(ctx: click.Context) -> None:
    """Refuse what says how to trade, or what to leave of it: a run's past is only looked at."""
    shown = ("session", "at", "speed", "theme", "ascii_only", "config_file", "state_dir")
    typed = click.core.ParameterSource.COMMANDLINE
    other = [n for n in ctx.params if n not in shown and ctx.get_parameter_source(n) is typed]
    if "headless" in other or "as_json" in other:
        raise click.UsageError(
            "a run's past is shown on a screen; `legdesk report` and `legdesk journal` are for "
            "scripts"
        )
    if other:
        option = next(p for p in ctx.command.params if p.name == other[0]).opts[0]
        raise click.UsageError(f"{option} is for a session; a run is looked at, not traded again")


def _is_session(path: Path) -> bool:
    """Whether a path is a recorded session."""
    from engine.brokers.imports.replayable import is_session

    return path.exists() and is_session(path)


def _session_of(path: Path) -> Path:
    """The folder of a session, or of the one that a file of quotes makes."""
    from engine.brokers.imports.replayable import is_session, session_of

    if is_session(path):
        return path
    from platformdirs import user_cache_dir

    from tui.cli.importing import progress, say_found, summary

    with progress() as on_progress:
        cache = Path(user_cache_dir("legdesk")) / "imports"
        folder, done = session_of(path, cache, say_found, on_progress)
    complain(f"{path} is replayed as the session in {folder}")
    if done is not None:
        for line in summary(done).splitlines()[:-1]:
            complain(line)
    return folder


def trade(
    outputs: Outputs,
    *,
    speed: float | None,
    no_warm_up: bool,
    config_file: Path | None,
    state_dir: Path | None,
    until: time | None = None,
    record: Path | None = None,
    run_dir: Path | None = None,
    pool_threads: int = 4,
    resume: str | None = None,
    accept_missing: bool = False,
    fresh: bool = False,
    exchange: Path | None = None,
    broker: str | None = None,
    paper: bool = False,
    **changes: Any,
) -> int:
    """Open a desk on the simulated exchange, or go on with a run, and see it to its end.

    Args:
        outputs: what the run leaves, and whether it has a screen.
        changes: options that change the configuration, by the name `configuration` has for them.

    Returns:
        The exit code.
    """
    from tui.cli.run import require_terminal, run_desk

    _check_outputs(outputs.headless, outputs.as_json)
    if until is not None and until <= OPENS:
        raise click.UsageError(f"--until {until:%H:%M} is not after the open; write 09:31 or later")
    if not outputs.headless:
        require_terminal()
    if accept_missing and resume is None:
        raise click.UsageError("--accept-missing says something of a run; write --resume RUN too")
    if fresh and resume is not None:
        raise click.UsageError("--fresh begins another run; leave it or --resume out")
    config = on_account(configuration(config_file, state_dir, **changes), broker, paper=paper)
    if broker is not None and config.mode == "SIM":
        raise click.UsageError("--broker trades an account: write --paper too")
    from engine.runs.finding import base_folder

    outputs = replace(outputs, own_files=base_folder(config))
    if run_dir is not None and config.mode != "SIM":
        config = changed(config, state_dir=run_dir)
    if config.mode == "LIVE":
        before_real_money(config, headless=outputs.headless)
    gateway: tuple[str, ...] = ()
    if config.broker.name in BROKERS and config.mode != "SIM" and exchange is None:
        gateway = start_where_missing(config, config_file)
    if exchange is not None:
        if changes.get("session_date") is not None:
            raise click.UsageError("--date cannot change with --exchange: it has its own")
        _refuse_own(changes, "with --exchange: it has its own")
        if speed is not None:
            raise click.UsageError("--speed cannot change with --exchange: its time is real")
        if resume is not None and run_dir is not None:
            config = changed(config, state_dir=run_dir)
    elif resume is not None:
        config = _resumed(config, resume, run_dir, changes)
    from engine.desk.opening import DeskPlan

    plan = DeskPlan(
        speed=speed
        or (math.inf if outputs.headless and exchange is None else config.simulation.speed),
        warm_up=not (no_warm_up or outputs.headless or exchange is not None),
        until=until,
        record=record,
        run_dir=run_dir,
        pool_threads=pool_threads,
        resume=resume,
        accept_missing=accept_missing,
        fresh=fresh,
        exchange=exchange,
        gateway=gateway,
    )
    return run_desk(config, plan, outputs)


def _resumed(
    config: DeskConfig, resume: str, run_dir: Path | None, changes: dict[str, Any]
) -> DeskConfig:
    """The configuration with the exchange of the run that is resumed: it holds the positions."""
    from engine.runs.finding import existing_run, mode_folder
    from engine.runs.stored import simulation_of

    _refuse_own(changes, "in --resume: the run has its own")
    if run_dir is not None:
        config = changed(config, state_dir=run_dir)
    simulation = simulation_of(existing_run(mode_folder(config), resume))
    if changes.get("session_date") is not None:
        simulation = changed(simulation, session_date=changes["session_date"])
    return config.changed(simulation=simulation)


def _refuse_own(changes: dict[str, Any], reason: str) -> None:
    """Refuse options that would make another exchange of the one there is."""
    own = [
        name
        for name in ("seed", "symbols", "expirations", "fill_model", "calibration")
        if changes.get(name) is not None
    ]
    if own:
        option = own[0].replace("_", "-")
        raise click.UsageError(f"--{option} cannot change {reason}")


def _check_outputs(headless: bool, as_json: bool) -> None:
    if as_json and not headless:
        raise click.UsageError("--json needs --headless: the screen has the standard output")
