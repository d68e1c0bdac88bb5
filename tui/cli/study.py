"""`legdesk study`: run a plan's points wherever there is room, and say what the arms differ by."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.cli.errors import DIFFERS, OK, SIGNALLED, USAGE, complain, logged
from tui.cli.options import FILE, FOLDER, SOCKET, configuration

if TYPE_CHECKING:
    from types import FrameType

    from engine.study.executors import Runner
    from engine.study.findings import Findings
    from engine.study.store import Store
    from engine.study.work import Progress

ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST_PROCESSES: Final = 64
_LINES: Final = 20
"""Lines of progress at most, where nobody watches."""


@click.command()
@click.argument("plan", type=SOCKET, metavar="PLAN.toml")
@click.option(
    "--processes",
    type=click.IntRange(1, MOST_PROCESSES),
    default=1,
    show_default=True,
    help="Run in so many processes.",
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler instead."
)
@click.option(
    "--recorded",
    type=FOLDER,
    multiple=True,
    metavar="SESSION",
    help="Also compare on this recorded session; once for each.",
)
@click.option("--no-simulated", is_flag=True, help="Leave the plan's seeds out.")
@click.option("--out", type=FOLDER, help="Folder of the results; study-NAME here without it.")
@click.option("--json", "as_json", is_flag=True, help="The findings on standard output as JSON.")
@click.option("--config", "config_file", type=FILE, help="Settings, a TOML file.")
def study(
    plan: Path,
    processes: int,
    scheduler: str | None,
    recorded: tuple[Path, ...],
    no_simulated: bool,
    out: Path | None,
    as_json: bool,
    config_file: Path | None,
) -> int:
    """Compare settings on the same simulated or recorded days, each under several fill models.

    PLAN.toml names days, arms and fill models (docs/studies). Every point that is done is kept: a
    study that was stopped goes on with the same command.
    """
    from engine.study.executors import ExecutorError
    from engine.study.findings import findings_of
    from engine.study.plan import read_study
    from engine.study.points import code_version
    from engine.study.running import PointError
    from engine.study.store import Store, StoreError
    from engine.study.work import carry_out

    if scheduler is not None and processes != 1:
        raise click.UsageError("--processes and --scheduler exclude each other; choose one")
    config = configuration(config_file)
    found = read_study(plan, config, recorded, simulated=not no_simulated)
    store = Store(out or Path(f"study-{found.plan.name}"))
    with logged(config), _endings() as ended_by, _progress() as show:

        def told(progress: Progress) -> None:
            show(progress)
            if ended_by:  # where the signal came, an exception may have been dropped
                raise KeyboardInterrupt

        try:
            rows = carry_out(found, store, _runner(processes, scheduler), told)
            findings = findings_of(found, rows, code_version())
            _keep(store, findings)
        except (ExecutorError, PointError, StoreError) as error:
            complain(str(error))
            return USAGE
        except KeyboardInterrupt:
            complain(f"stopped; what is done is kept in {store.folder}: the same command goes on")
            return SIGNALLED + (ended_by[0] if ended_by else signal.SIGINT)
    _say(findings, store, as_json)
    return DIFFERS if findings.differing else OK


def _runner(processes: int, scheduler: str | None) -> Runner:
    from engine.study.executors import in_processes, in_this_process, on_cluster

    if scheduler is not None:
        return on_cluster(scheduler)
    return in_this_process if processes == 1 else in_processes(processes)


@contextmanager
def _endings() -> Iterator[list[int]]:
    """SIGTERM and SIGHUP end a study as Ctrl+C does.

    Yields:
        The signal that came.
    """
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = {each: signal.getsignal(each) for each in ENDINGS}
    for each in ENDINGS:
        if before[each] is not signal.SIG_IGN:  # switched off by the parent: nohup
            signal.signal(each, stop)
    try:
        yield came
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """On standard error: a bar with the time left on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _told_in_lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        speed_estimate_period=3600.0,
    )
    with bar:
        row = None

        def show(progress: Progress) -> None:
            nonlocal row
            if row is None:
                # What was there before took no time, and says nothing of the time left.
                row = bar.add_task("points", total=progress.total - progress.found)
            bar.update(row, completed=progress.done - progress.found)

        yield show


def _told_in_lines() -> Callable[[Progress], None]:
    shown = -1

    def show(progress: Progress) -> None:
        nonlocal shown
        part = progress.done * _LINES // progress.total
        if part > shown:
            shown = part
            kept = f", {progress.found:,} of them kept from before" if progress.found else ""
            click.echo(f"{progress.done:,} of {progress.total:,} points{kept}", err=True)

    return show


def _keep(store: Store, findings: Findings) -> None:
    """Leave the report beside the points, as text, JSON and a page."""
    from engine.study.page import findings_page
    from engine.study.text import findings_text

    store.keep("report.txt", findings_text(findings) + "\n")
    store.keep("report.json", json.dumps(findings.to_json(), indent=1) + "\n")
    store.keep("report.html", findings_page(findings))


def _say(findings: Findings, store: Store, as_json: bool) -> None:
    """The findings on standard output; where they are kept on standard error."""
    from engine.study.text import findings_text

    click.echo(json.dumps(findings.to_json(), indent=1) if as_json else findings_text(findings))
    click.echo(f"kept in {store.folder}: report.txt, report.json, report.html", err=True)
