"""`legdesk journal`: export what a run has written down, show it in readable lines, verify it."""

from __future__ import annotations

import csv
import json
import sys
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from tui.cli.completion import run_names
from tui.cli.errors import OK, PROBLEM
from tui.cli.journal_lines import journal_line
from tui.cli.modes import named_run, where_options

if TYPE_CHECKING:
    from engine.runs.finding import RunPlaces

_EXCHANGE: Final = ZoneInfo("America/New_York")

Row = dict[str, Any]


@click.group()
def journal() -> None:
    """What a run has written down."""


@journal.command()
@click.argument("run", default="", shell_complete=run_names)
@where_options
def export(run: str, **where: Any) -> int:
    """Every event of a run, one JSON object a line, the same bytes for the same events.

    RUN is a run's id or its folder; without it, the latest.
    """
    from engine.runs.stored import journal_lines

    for line in journal_lines(named_run(run, **where)):
        click.echo(line)
    return OK


@journal.command()
@click.argument("run", default="", shell_complete=run_names)
@where_options
def verify(run: str, **where: Any) -> int:
    """Read every row of a run's journal: pages, seals, sequence; exit code 1 where one is bad.

    Names the first row that is not good. RUN is a run's id or its folder; without it, the latest.
    """
    from engine.runs.stored import events_missing, verify_journal

    places = named_run(run, **where)
    result = verify_journal(places.journal)
    span = f", {_at(result.first_ms)} to {_at(result.last_ms)}" if result.events else ""
    click.echo(
        f"{places.run}: schema {result.schema}, {result.events:,} events in {result.commits:,} "
        f"commits{span}"
    )
    missing = "" if result.problem else events_missing(places)
    if missing:
        click.echo(f"{missing}; every row that is left fits its seal")
        return PROBLEM
    if not result.problem:
        click.echo("every row fits its seal, none is missing, and the file is sound")
        return OK
    if result.bad_row is not None:
        click.echo(f"first bad row: {result.bad_row}")
    click.echo(result.problem)
    return PROBLEM


@journal.command()
@click.argument("run", default="", shell_complete=run_names)
@where_options
@click.option(
    "--trader", metavar="KEY", help='Only of "SPY 2026-12-04", or of every trader of SPY.'
)
@click.option("--kind", metavar="A,B,...", help="Only events of these kinds, such as Executed.")
@click.option(
    "--since", metavar="HH:MM[:SS]", help="Only from then on, exchange time of the run's first day."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the latest.")
def show(
    run: str,
    trader: str | None,
    kind: str | None,
    since: str | None,
    limit: int | None,
    **where: Any,
) -> int:
    """A run's events in readable lines: row, exchange time, kind, what happened.

    RUN is a run's id or its folder; without it, the latest.
    """
    from engine.runs.stored import journal_lines

    wanted = [_of_trader(trader), _of_kinds(kind)]
    places = named_run(run, **where)
    since_ms = _since_ms(places, since) if since is not None else 0
    rows: Iterator[Row] = (
        row
        for row in map(json.loads, journal_lines(places, since_ms))
        if row["at"] >= since_ms and all(each(row) for each in wanted)
    )
    for row in rows if limit is None else deque(rows, maxlen=limit):
        click.echo(journal_line(row))
    return OK


@journal.command()
@click.argument("run", default="", shell_complete=run_names)
@where_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    help="One JSON object a line, or a table with a header.",
    show_default=True,
)
def attempts(run: str, form: str, **where: Any) -> int:
    """A run's attempts with what they came to: settings, quoted width, wait, fill, dollars.

    `dollars` is the payoff floor of the attempt's cycle at filled prices after fees, less what was
    lost on the rest; 0 where nothing filled. `venue` names what filled it. Attempts whose cycle is
    still open are left out. RUN is a run's id or its folder; without it, the latest.
    """
    from engine.runs.stored import attempt_rows

    rows = attempt_rows(named_run(run, **where))
    if form == "jsonl":
        for row in rows:
            click.echo(json.dumps(row))
    elif rows:
        table = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return OK


def _of_trader(trader: str | None) -> Callable[[Row], bool]:
    if trader is None:
        return lambda row: True
    key = trader.strip()
    return lambda row: (
        str(row.get("trader", "")) == key or str(row.get("trader", "")).startswith(f"{key} ")
    )


def _of_kinds(kinds: str | None) -> Callable[[Row], bool]:
    """Whether a row is of one of the kinds named.

    Raises:
        click.BadParameter: there is no such kind; names those there are.
    """
    from engine.runs.stored import event_kinds

    if kinds is None:
        return lambda row: True
    known = {name.lower(): name for name in event_kinds()}
    asked = [each.strip() for each in kinds.split(",") if each.strip()]
    for each in asked:
        if each.lower() not in known:
            raise click.BadParameter(
                f"{each!r} is not a kind; there are {', '.join(known.values())}"
            )
    names = {known[each.lower()] for each in asked}
    return lambda row: row["kind"] in names


def _since_ms(places: RunPlaces, since: str) -> int:
    """Epoch milliseconds of a time of the run's first day.

    Raises:
        click.BadParameter: no time of day.
    """
    from engine.runs.stored import journal_lines

    try:
        at = time.fromisoformat(since.strip())
    except ValueError:
        raise click.BadParameter(
            f"{since!r} is not a time of day; write HH:MM or HH:MM:SS"
        ) from None
    first = next(journal_lines(places), None)
    if first is None:
        return 0
    day = datetime.fromtimestamp(json.loads(first)["at"] / 1000, _EXCHANGE).date()
    return round(datetime.combine(day, at.replace(tzinfo=None), _EXCHANGE).timestamp() * 1000)


def _at(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, _EXCHANGE):%Y-%m-%d %H:%M:%S}"
