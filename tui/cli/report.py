"""`legdesk report`: one session, or the sessions of a range of days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from tui.cli.completion import run_names
from tui.cli.errors import OK, USAGE, complain
from tui.cli.modes import folders, named_run, where_options
from tui.cli.options import FILE, date_of
from tui.cli.report_output import (
    opened_for_writing,
    report_for_terminal,
    report_json,
    report_page,
    require_folder,
    span_for_terminal,
    span_page_of,
)


@click.command()
@click.argument("run", default="", shell_complete=run_names)
@click.option("--from", "first", type=date_of, metavar="DATE", help="First exchange date.")
@click.option("--to", "last", type=date_of, metavar="DATE", help="Last exchange date.")
@click.option("--html", type=FILE, metavar="FILE", help="Write a page for a browser there, too.")
@where_options
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def report(
    run: str,
    first: str | None,
    last: str | None,
    html: Path | None,
    config_file: Path | None,
    state_dir: Path | None,
    mode: str | None,
    as_json: bool,
) -> int:
    """The session report of a run, folded anew from its journal; or of a range of days.

    RUN is a run's id or its folder; without it, the latest. With --from or --to every session of
    those days, summed by day; different venues, modes and fill models stay apart.
    """
    from engine.runs.stored import read_report

    require_folder(html)
    if first is None and last is None:
        session = read_report(named_run(run, config_file, state_dir, mode))
        text = report_json(session) + "\n" if as_json else report_for_terminal(session)
        page = report_page(session) if html is not None else ""
    else:
        if run:
            raise click.UsageError("a run and a range of days exclude each other; give one of them")
        from engine.runs.spans import read_span

        span = read_span(folders(config_file, state_dir, mode), *_range(first, last))
        text = report_json(span) + "\n" if as_json else span_for_terminal(span)
        page = span_page_of(span) if html is not None else ""
    if html is not None and not _kept(page, html):
        return USAGE
    click.echo(text, nl=False)
    return OK


def _range(first: str | None, last: str | None) -> tuple[date | None, date | None]:
    """The days as dates.

    Raises:
        click.UsageError: the first is after the last.
    """
    began = date.fromisoformat(first) if first else None
    ended = date.fromisoformat(last) if last else None
    if began and ended and began > ended:
        raise click.UsageError(f"--from {began} is after --to {ended}; exchange them")
    return began, ended


def _kept(page: str, path: Path) -> bool:
    """Write the page; False, with a sentence why, where that is not possible."""
    try:
        with opened_for_writing(path) as file:
            file.write(page)
    except OSError as error:
        complain(f"{path} cannot be written: {error.strerror or error}; name another file")
        return False
    return True
