"""`legdesk calibrate`: fit a fill model to the attempts of runs, and keep it as a file."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.errors import OK, PROBLEM, USAGE, complain
from tui.cli.modes import named_run, where_options
from tui.cli.options import FILE


@click.command()
@click.argument("runs", nargs=-1, metavar="RUN...")
@click.option("--out", type=FILE, help="Where the fit is kept; calibrated.toml here without it.")
@where_options
def calibrate(
    runs: tuple[str, ...],
    out: Path | None,
    config_file: Path | None,
    state_dir: Path | None,
    mode: str | None,
) -> int:
    """Fit a fill model to the attempts of runs, all of one venue.

    By location, quoted width, phase and time waited, with intervals, and checked on attempts that
    it did not see. RUN is a run's id or its folder; without one, the latest. Exit code 1 where the
    check fails. `--fill-model calibrated --calibration FILE` trades on it.
    """
    from engine.runs.calibrating import (
        CalibrationError,
        calibration_of,
        calibration_text,
        holds_out,
    )

    path = out or Path("calibrated.toml")
    if path.exists():
        complain(f"{path} is there already; name another with --out, or remove it")
        return USAGE
    named = (named_run(run, config_file, state_dir, mode) for run in runs or [""])
    places = {each.folder.resolve(): each for each in named}
    try:
        fit, orders = calibration_of(places.values())
    except CalibrationError as error:
        complain(str(error))
        return USAGE
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(fit.to_toml())
    except OSError as error:
        complain(f"{path} cannot be written: {error.strerror or error}; name another with --out")
        return USAGE
    click.echo(calibration_text(fit, orders.left_out))
    click.echo(f"kept in {path}: legdesk --fill-model calibrated --calibration {path}", err=True)
    return OK if holds_out(fit) else PROBLEM
