"""`legdesk calibrate`: fit a fill model to the attempts of runs, and keep it as a file."""

from __future__ import annotations

from pathlib import Path

import click

from tui.cli.errors import OK, PROBLEM, USAGE, complain
from tui.cli.options import FILE, configuration, place_options


@click.command()
@click.argument("runs", nargs=-1, metavar="RUN...")
@click.option("--out", type=FILE, help="Where the fit is kept; calibrated.toml here without it.")
@place_options
def calibrate(
    runs: tuple[str, ...], out: Path | None, config_file: Path | None, state_dir: Path | None
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
    from engine.runs.stored import find_run, mode_folder

    path = out or Path("calibrated.toml")
    if path.exists():
        complain(f"{path} is there already; name another with --out, or remove it")
        return USAGE
    root = mode_folder(configuration(config_file, state_dir))
    places = {each.folder.resolve(): each for each in (find_run(root, run) for run in runs or [""])}
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
