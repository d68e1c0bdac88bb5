"""`legdesk import`: quotes in a vendor's files become sessions that `legdesk replay` trades."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tui.cli.errors import OK, complain
from tui.cli.options import FILE, FOLDER, SOCKET

if TYPE_CHECKING:
    from engine.brokers.imports import Contract, Imported

FORMATS: Final = (*("auto", "optionsdx", "cboe", "theta", "databento", "massive", "lean", "csv"),)
_LINES: Final = 10
"""Lines of progress at most, where nobody watches."""

_SYMBOLS: Final = 12
"""Names of symbols that a line has."""

_PER_MB: Final = 1_000_000


def _days(text: str) -> tuple[date, date]:
    first, _, last = text.partition(":")
    try:
        found = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        found = date.max, date.min
    if found[0] > found[1]:
        raise click.BadParameter(
            f"{text!r} names no days; write 2026-11-20 or 2026-11-02:2026-11-20"
        )
    return found


def _strikes(text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    try:
        found = float(low or 0), float(high or 1e12)
    except ValueError:
        found = 1.0, 0.0
    if not colon or not 0 <= found[0] <= found[1]:
        raise click.BadParameter(f"{text!r} is no range of strikes; write LOW:HIGH, such as 90:110")
    return found


def _hours(text: str) -> tuple[time, time]:
    first, _, last = text.partition("-")
    try:
        found = time.fromisoformat(first), time.fromisoformat(last)
    except ValueError:
        found = time.max, time.min
    if not found[0] < found[1] or found[0].tzinfo or found[1].tzinfo:
        raise click.BadParameter(f"{text!r} names no hours; write 09:30-16:00, New York")
    return found


def _bar(text: str) -> int:
    from engine.brokers.recorded.facts import bar_seconds

    seconds = bar_seconds(text)
    if seconds is None:
        raise click.BadParameter(f"{text!r} is no bar; write 1min, 30s or 1h")
    return seconds


def _at(text: str) -> tuple[date | None, time]:
    day, _, clock = text.strip().replace("T", " ").rpartition(" ")
    try:
        at = time.fromisoformat(clock)
        return (date.fromisoformat(day) if day else None), at.replace(tzinfo=None)
    except ValueError:
        raise click.BadParameter(
            f'{text!r} is no time of quotes; write 15:45 or "2026-11-20 15:45", New York'
        ) from None


def _roots(text: str) -> frozenset[str]:
    from engine.config import root_of

    try:
        roots = frozenset(root_of(each) for each in text.split(",") if each.strip())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if not roots:
        raise click.BadParameter(f"{text!r} names no symbols; write AAPL,SPY")
    return roots


def _root(text: str) -> str:
    roots = sorted(_roots(text))
    if len(roots) > 1:
        raise click.BadParameter(f"{text!r} is more than one symbol; name one")
    return roots[0]


def _contract(text: str) -> Contract:
    from engine.brokers.imports import Contract
    from engine.market.quotes.symbols import contract_named

    named = contract_named(text)
    if named is None:
        raise click.BadParameter(
            f"{text!r} names no contract; write root, date, right and strike as the OCC does: "
            "XYZ261218C00100000"
        )
    days = (named.expiration - date(1970, 1, 1)).days
    return Contract(named.root, days, named.right, named.strike)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=SOCKET, metavar="[FORMAT] FILE...")
@click.option("--to", type=FOLDER, metavar="DIR", help="The session's folder, to be made.")
@click.option("--symbols", type=_roots, metavar="A,B,...", help="Only these option roots.")
@click.option(
    "--days", type=_days, metavar="FIRST[:LAST]", help="Only these dates, such as 2026-11-20."
)
@click.option(
    "--expirations",
    type=click.IntRange(1, 5_000),
    metavar="N",
    help="Only so many expirations of each symbol and day, the nearest first.",
)
@click.option("--strikes", type=_strikes, metavar="LOW:HIGH", help="Only strikes in this range.")
@click.option(
    "--hours", type=_hours, metavar="09:30-16:00", help="Only bars in these hours of New York."
)
@click.option("--bar", type=_bar, metavar="1min", help="Gather the rows into bars so long.")
@click.option(
    "--underlying",
    type=FILE,
    metavar="FILE",
    help="Prices of the underlying: columns time and price, or time, bid and ask.",
)
@click.option(
    "--days-as",
    type=click.Choice(["split", "together"]),
    default="split",
    show_default=True,
    help="A session for each symbol and day, or one of all.",
)
@click.option("--symbol", type=_root, metavar="ROOT", help="Of files that do not name it.")
@click.option(
    "--at", type=_at, metavar="[DATE] HH:MM", help="When quotes without a time were, New York."
)
@click.option("--contract", type=_contract, metavar="OCC", help="Of a file with a single one.")
@click.option(
    "--definitions", type=FILE, metavar="FILE", help="Databento: contracts by instrument id."
)
@click.option("--columns", type=FILE, metavar="MAP.toml", help="What is where in any table.")
@click.option("--guess", is_flag=True, help="Print such a map for the file, and import nothing.")
@click.option("--strict", is_flag=True, help="Refuse what would be repaired or left out as wrong.")
def import_quotes(
    files: tuple[Path, ...],
    to: Path | None,
    symbols: frozenset[str] | None,
    days: tuple[date, date] | None,
    expirations: int | None,
    strikes: tuple[float, float] | None,
    hours: tuple[time, time] | None,
    bar: int | None,
    underlying: Path | None,
    days_as: str,
    symbol: str | None,
    at: tuple[date | None, time] | None,
    contract: Contract | None,
    definitions: Path | None,
    columns: Path | None,
    guess: bool,
    strict: bool,
) -> int:
    """Make recorded sessions of option quotes in a vendor's files.

    FORMAT is optionsdx, cboe, theta, databento, massive, lean, csv (any table), or auto, which
    it is where none is named: the header says it. Files are CSV or text, plain or packed with
    gzip, zip or zstd, or Parquet; a folder stands for its files.
    """
    from engine.brokers.imports import Filters, ImportPlan, ReadingOptions, import_files

    format_name, paths = _format_and(files)
    if guess:
        return _guess(paths)
    if to is None:
        raise click.UsageError("say where the session goes: --to DIR, a folder that will be made")
    if columns is not None and format_name not in ("auto", "csv"):
        raise click.UsageError(f"--columns is of csv, not of {format_name}; leave one of them out")
    plan = ImportPlan(
        files=paths,
        to=to,
        format=format_name,
        columns=columns,
        filters=Filters(symbols or frozenset(), days, expirations, strikes, hours),
        days_as="together" if days_as == "together" else "split",
        bar_s=bar,
        underlying=underlying,
        definitions=definitions,
        options=ReadingOptions(symbol=symbol or "", contract=contract, at=at),
        strict=strict,
    )
    with progress() as on_progress:
        done = import_files(plan, say_found, on_progress)
    click.echo(summary(done))
    return OK


def _format_and(files: tuple[Path, ...]) -> tuple[str, tuple[Path, ...]]:
    """The format, and the files; a first word that is a format and no file is one."""
    first = str(files[0])
    if first in FORMATS and not files[0].exists():
        if len(files) == 1:
            raise click.UsageError(f"name the files after {first}")
        return first, files[1:]
    if not files[0].exists() and re.fullmatch(r"[a-z0-9_-]+", first) and len(files) > 1:
        raise click.UsageError(f"there is no format {first!r}; there are {', '.join(FORMATS)}")
    return "auto", files


def _guess(paths: tuple[Path, ...]) -> int:
    """Print a map of the first table's columns."""
    from engine.brokers.imports.guessing import guessed_map
    from engine.brokers.imports.mapping import map_text
    from engine.brokers.imports.tables import tables_of

    table = tables_of(paths[0])[0]
    click.echo(map_text(guessed_map(table.names), paths[0].name), nl=False)
    click.echo(f"columns: {', '.join(name for name in table.names if name)}", err=True)
    return OK


def say_found(found: str) -> None:
    """Say in which format the files are."""
    complain(f"the files are {found}")


def summary(done: Imported) -> str:
    """What an import came to, in lines."""
    from engine.brokers.imports.remarks import is_tradable, session_remarks

    tally = done.tally
    lines = [f"{tally.rows_read:,} rows read, {done.found}"]
    lines += [f"  {line}" for line in tally.lines()]
    lines += [f"  {note}" for note in done.notes]
    for session in done.sessions[:_LINES]:
        lines.append(f"{session.folder}: {session.rows:,} rows, {_some(session.symbols)}")
        lines += [f"  {remark}" for remark in session_remarks(session)]
    if len(done.sessions) > _LINES:
        lines.append(
            f"and {len(done.sessions) - _LINES:,} more in {done.sessions[0].folder.parent}"
        )
    tradable = next((each for each in done.sessions if is_tradable(each)), None)
    if tradable is None:
        lines.append("nothing can be replayed of it")
    else:
        lines.append(f"now: legdesk replay {tradable.folder}")
    return "\n".join(lines)


def _some(symbols: Sequence[str]) -> str:
    """Names of a session's symbols, as many as a line takes."""
    more = len(symbols) - _SYMBOLS
    return ", ".join(symbols[:_SYMBOLS]) + (f" and {more:,} more" if more > 0 else "")


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """On standard error: a bar with the time left on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        yield _told_in_lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        rows: dict[str, Any] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in rows:
                rows[what] = bar.add_task(what, total=total)
            bar.update(rows[what], completed=done, total=total)

        yield show


def _told_in_lines() -> Callable[[str, int, int], None]:
    shown = {"": -1}

    def show(what: str, done: int, total: int) -> None:
        part = done * _LINES // max(1, total)
        if what == "reading" and total > 100 * _PER_MB and part > shown.get(what, 0):
            shown[what] = part
            click.echo(f"{what} {done // _PER_MB:,} of {total // _PER_MB:,} MB", err=True)

    return show
