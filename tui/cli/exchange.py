"""The simulated exchange in a process of its own."""

from __future__ import annotations

import signal
from datetime import time
from pathlib import Path
from types import FrameType

import click

from tui.cli.errors import OK, PROBLEM, complain, logged
from tui.cli.options import (
    FOLDER,
    NumberRange,
    configuration,
    model_option,
    place_options,
    symbols_of,
    time_of_day,
)


@click.command()
@click.option("--seed", type=click.IntRange(min=0), help="Seed of quotes and fills.")
@model_option
@click.option(
    "--symbols", type=symbols_of, metavar="A,B,...", help="Option roots, such as AAPL,SPY."
)
@click.option("--expirations", type=click.IntRange(1, 60), help="Expirations of each symbol.")
@click.option(
    "--at",
    type=time_of_day,
    metavar="HH:MM",
    default="10:15",
    help="Exchange time of day to begin at; 10:15 without it.",
)
@click.option(
    "--speed",
    type=NumberRange(0.1, 100.0),
    default=1.0,
    help="Exchange seconds a real second; 1 without it.",
)
@click.option("--folder", type=FOLDER, help="Where socket and ledgers go.")
@place_options
def exchange(
    seed: int | None,
    fill_model: str | None,
    calibration: Path | None,
    symbols: tuple[str, ...] | None,
    expirations: int | None,
    at: time,
    speed: float,
    folder: Path | None,
    config_file: Path | None,
    state_dir: Path | None,
) -> int:
    """Run the simulated exchange by itself, until SIGTERM or ^C.

    It lives on when a desk dies. `legdesk run --exchange SOCKET` trades on it; the socket is the
    owner's alone, and nothing listens on a network.
    """
    from engine.exchange.process import open_exchange

    config = configuration(
        config_file,
        state_dir,
        seed=seed,
        fill_model=fill_model,
        calibration=calibration,
        symbols=symbols,
        expirations=expirations,
    )
    with logged(config):
        opened = open_exchange(config, folder=folder, at=at, speed=speed, warn=complain)

        def end(number: int, frame: FrameType | None) -> None:
            opened.stop()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, end)
        click.echo(opened.path)
        opened.serve()
    return PROBLEM if opened.server.unwritten else OK
