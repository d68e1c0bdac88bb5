"""Every session of a range of days, read from the runs of one mode or of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from engine.journal.reading import first_and_last_ms, read_events
from engine.market.calendar import exchange_date
from engine.report.records import SessionReport
from engine.report.session import session_reports
from engine.report.span import SpanReport, span_report
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import holder
from engine.run_folder.paths import RunPlaces, existing_run, run_ids
from engine.runs.exchange_records import record_difference
from engine.state.desk import DeskState, StateError

_AHEAD: Final = timedelta(days=7)
"""A session that was opened on a weekend or a holiday is of the next day that trades."""


def read_span(roots: Sequence[Path], first: date | None, last: date | None) -> SpanReport:
    """The sessions of a range, added up where one thing made their figures.

    A run that cannot be read, or that a desk runs, is left out as a whole and named.

    Args:
        roots: the folders of the modes, from `mode_folders`.
        first, last: exchange dates, both inside; None where the range has no such end.

    Raises:
        JournalError: "missing", where no session lies in the range.
    """
    earliest, latest = first or date.min, last or date.max
    sessions: list[SessionReport] = []
    left_out: list[tuple[str, str]] = []
    for places in [existing_run(root, run) for root in roots for run in run_ids(root)]:
        try:
            if not _may_reach(places, earliest, latest):
                continue
            if holder(places.folder) is not None:
                raise JournalError("locked", "a desk runs it now; it counts once it has ended")
            reports = list(_reports(places))
        except (JournalError, StateError) as error:
            if getattr(error, "code", "") != "empty":
                left_out.append((places.run, str(error)))
            continue
        sessions += [
            report
            for report in reports
            if earliest.isoformat() <= report.header.session_date <= latest.isoformat()
        ]
    if not sessions:
        where = roots[0] if len(roots) == 1 else roots[0].parent
        why = "".join(f"; left out: {run}: {reason}" for run, reason in left_out)
        raise JournalError(
            "missing",
            f"no run in {where} has a session {_words(first, last)}; `legdesk runs` lists "
            f"them{why}",
        )
    sessions.sort(key=lambda report: (report.header.session_date, report.header.started_ms))
    days = [report.header.session_date for report in sessions]
    began = first.isoformat() if first else days[0]
    return span_report(began, last.isoformat() if last else days[-1], sessions, left_out)


def _words(first: date | None, last: date | None) -> str:
    """The range as a sentence has it."""
    if first is None or last is None:
        return f"from {first} on" if first else f"up to {last}"
    return f"on {first}" if first == last else f"from {first} to {last}"


def _may_reach(places: RunPlaces, first: date, last: date) -> bool:
    """Whether a run can have a session in the range, by the times of its first and last row.

    Raises:
        JournalError: the journal cannot be read.
    """
    if holder(places.folder) is not None:
        return True
    times = first_and_last_ms(places.journal)
    if times is None:
        return False
    began, ended = (exchange_date(at_ms / 1000) for at_ms in times)
    return began <= last and first <= ended + _AHEAD


def _reports(places: RunPlaces) -> Iterator[SessionReport]:
    """A run's sessions; the last one held against the exchange's own record."""
    last: tuple[SessionReport, DeskState] | None = None
    for each in session_reports(read_events(places.journal)):
        if last is not None:
            yield last[0].of_run(places.run)
        last = each
    if last is not None:
        report, state = last[0].of_run(places.run), last[1]
        difference = record_difference(places, state.contracts, state.applied)
        yield replace(report, books=difference) if difference else report
