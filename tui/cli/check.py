"""`legdesk check`: hold a run's journal against what its exchange booked and received."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from tui.cli.completion import run_names
from tui.cli.errors import DIFFERS, OK, PROBLEM, USAGE, complain
from tui.cli.modes import named_run, where_options
from tui.text.formats import clean

if TYPE_CHECKING:
    from engine.checker import Violation

_EXCHANGE: Final = ZoneInfo("America/New_York")
_LONGEST: Final = 400


@click.command()
@click.argument("run", default="", shell_complete=run_names)
@where_options
def check(run: str, config_file: Path | None, state_dir: Path | None, mode: str | None) -> int:
    """Check that a run kept every invariant, without the engine that made it.

    Reads the run's journal, its exchange's ledger and what that exchange received. RUN is a run's
    id or its folder; without it, the latest. Exit code 1 where an invariant does not hold,
    4 where the run ended with a difference.
    """
    from engine.checker import INVARIANTS, CheckError, executions_of, settlements_of
    from engine.checker import check as violations_of
    from engine.runs.exchange_records import exchange_account, wire_rows
    from engine.runs.stored import events_missing, journal_lines

    places = named_run(run, config_file, state_dir, mode)
    missing = events_missing(places)
    try:
        journal = [json.loads(line) for line in journal_lines(places)]
        last = journal[-1]["seq"] if journal else 0
        account = exchange_account(places, last)
        executions, ended = executions_of(account), settlements_of(account)
        wire = wire_rows(places, last)
        settled = is_settled(journal)
        violations = violations_of(journal, executions, wire, settled=settled, settlements=ended)
    except CheckError as error:
        complain(f"run {places.run} cannot be checked: {error}")
        return USAGE
    for violation in violations:
        click.echo(line_of(violation))
    click.echo(
        f"{places.run}: {len(journal):,} events, {len(executions):,} executions, {len(wire):,} "
        f"calls, {'settled' if settled else 'not settled'}; {len(INVARIANTS)} invariants, "
        f"{_count(violations)}"
    )
    if missing:
        click.echo(f"{places.run}: {missing}")
    if difference := difference_of(journal):
        click.echo(f"{places.run}: {difference}")
        return DIFFERS
    return PROBLEM if violations or missing else OK


def is_settled(journal: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the last session came to its orderly end with nothing left at work."""
    from engine.runs.finding import DIFFERENCE, UNANSWERED

    settled = False
    for row in journal:
        if row["kind"] == "SessionStarted":
            settled = False
        elif row["kind"] == "SessionEnded":
            reason = row["reason"]
            settled = reason == "settled" or (
                reason.startswith(DIFFERENCE) and UNANSWERED not in reason
            )
    return settled


def difference_of(journal: Iterable[Mapping[str, Any]]) -> str:
    """How the last session ended with a difference; "" where it did not."""
    from engine.runs.finding import DIFFERENCE

    reason = ""
    for row in journal:
        if row["kind"] in ("SessionStarted", "SessionEnded"):
            reason = row.get("reason", "")
    return reason if reason.startswith(DIFFERENCE) else ""


def line_of(violation: Violation) -> str:
    """A violation in one line: number, name, exchange time, what it is about, what is wrong."""
    at = "--:--:--"
    if violation.at_ms:
        at = f"{datetime.fromtimestamp(violation.at_ms / 1000, _EXCHANGE):%H:%M:%S.%f}"[:-3]
    text = f"{violation.number:>2} {violation.name}  {at}  {violation.subject}: {violation.text}"
    return clean(text, _LONGEST)


def _count(violations: list[Violation]) -> str:
    if not violations:
        return "no violation"
    return "1 violation" if len(violations) == 1 else f"{len(violations):,} violations"
