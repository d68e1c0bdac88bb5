"""Which format files are in: by their headers, or as the operator says, with what it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.brokers.imports.definitions import read_definitions
from engine.brokers.imports.errors import ImportFileError, all_of
from engine.brokers.imports.formats.known import layouts_of, missing_in, not_quotes
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.formats.mapped import ColumnMap, layout_of
from engine.brokers.imports.formats.optionsdx import OPTIONSDX
from engine.brokers.imports.guessing import guessed_map
from engine.brokers.imports.mapping import missing_parts, read_map
from engine.brokers.imports.plan import ImportPlan
from engine.brokers.imports.rows import ReadingOptions
from engine.brokers.imports.tables import Table, tables_of
from engine.config.names import shown_text

_DATE_ONLY = ("quote_date", "trade_date", "tradedate", "date", "data_date", "quotedate")
_IN_NAME = re.compile(r"[a-zA-Z]{1,6}")
_NO_SYMBOL = frozenset(
    {"eod", "quotes", "options", "option", "optionsdx", "data", "chain", "csv", "txt", "intraday"}
    | {"min", "hour", "day", "sample", "minute", "x", "calls", "puts", "all"}
)


@dataclass(slots=True)
class Chosen:
    """What is read, and how.

    Args:
        layout: of every table.
        tables: each with its bytes on disk.
        options: what the files do not say.
        found: the format, as an operator reads it.
        notes: what was decided on the way, as sentences.
    """

    layout: Layout
    tables: list[tuple[Table, int]]
    options: ReadingOptions
    found: str
    notes: list[str] = field(default_factory=list)


def choose(plan: ImportPlan) -> Chosen:
    """The tables of a plan's files, and the one layout they are in.

    Raises:
        ImportFileError: a file is in none, in another one than the first, or lacks something
            that has to be said; every line of the message is one reason.
    """
    tables = [table for path in plan.files for table in tables_of(path)]
    layouts: list[Layout] = []
    problems: list[ImportFileError] = []
    columns: ColumnMap | None = None
    mapped = plan.columns is not None or plan.format == "csv"
    if plan.columns is not None:
        columns = read_map(plan.columns)
    for table in tables:
        layout = None if mapped else _layout(table, plan.format, problems)
        if layout is None and not problems:
            columns = columns or guessed_map(table.names)
            layout = layout_of(columns)
            problems += _against(table, columns, layout, plan)
        if layout is not None:
            layouts.append(layout)
    if problems:
        raise all_of(problems)
    first = layouts[0]
    for table, layout in zip(tables, layouts, strict=True):
        if layout.title != first.title:
            problem = f"is {layout.title}, and {tables[0].path.name} is {first.title}"
            raise ImportFileError(table.path, problem, "import them one after the other")
    return _with_options(plan, first, columns, _sized(tables))


def _sized(tables: Sequence[Table]) -> list[tuple[Table, int]]:
    sizes: list[tuple[Table, int]] = []
    for table in tables:
        text = getattr(table, "text", None)
        sizes.append((table, text.size if text is not None else table.path.stat().st_size))
    return sizes


def _layout(table: Table, wanted: str, problems: list[ImportFileError]) -> Layout | None:
    """The layout of a table's header; None for a table that needs a map."""
    fits = layouts_of(table.names)
    if wanted != "auto":
        own = [layout for layout in fits if layout.format == wanted]
        if own:
            return own[0]
        layout, missing = missing_in(table.names, wanted)
        told = f"is not {layout.title}: it has no column {', '.join(missing)}"
        remedy = f"it is {fits[0].title}: write {fits[0].format}" if fits else "write auto"
        problems.append(ImportFileError(table.path, told, remedy, member=table.member))
        return None
    if fits:
        return fits[0]
    other = not_quotes(table.names)
    if other is not None:
        problems.append(ImportFileError(table.path, other[0], other[1], member=table.member))
    return None


def _against(
    table: Table, columns: ColumnMap, layout: Layout, plan: ImportPlan
) -> list[ImportFileError]:
    """Every reason against reading a table by a map."""

    def error(problem: str, remedy: str) -> ImportFileError:
        return ImportFileError(table.path, problem, remedy, member=table.member)

    missing = sorted(layout.needs - set(table.names))
    if missing:
        return [error(f"has no column {', '.join(missing)}", "correct the map")]
    own = "write a map with `legdesk import csv FILE --guess`, and name it with --columns"
    absent = [key for key, _ in missing_parts(columns)]
    if absent:
        given = shown_text(", ".join(table.names), 300)
        problem = f"is in no known format, and no column is found for {', '.join(absent)}"
        return [error(f"{problem}; it has {given}", own)]
    found = []
    if not columns.time and plan.options.at is None:
        remedy = 'say when it was, such as --at "2026-11-20 15:45" in New York'
        found.append(error("has no time of its quotes", remedy))
    elif columns.time in _DATE_ONLY and not columns.date and plan.options.at is None:
        remedy = "say the time of day in New York, such as --at 15:45"
        found.append(error(f"has dates without times in {columns.time}", remedy))
    day, _ = plan.options.at or (True, None)
    if day is None and not (columns.date or columns.time):
        found.append(error("has no dates", 'give one too: --at "2026-11-20 15:45"'))
    if not columns.symbol and not columns.contract and not _symbol(plan, table.path):
        found.append(error("does not name the option root", "say it with --symbol"))
    return found


def _with_options(
    plan: ImportPlan,
    layout: Layout,
    columns: ColumnMap | None,
    tables: list[tuple[Table, int]],
) -> Chosen:
    options, notes = plan.options, []
    if layout.lacks:
        notes.append(layout.lacks)
    path = tables[0][0].path
    nameless = columns is not None and not columns.symbol and not columns.contract
    if layout is OPTIONSDX or nameless:
        symbol = _symbol(plan, path)
        if not symbol:
            raise ImportFileError(
                path, "does not name the option root", "say it, such as --symbol SPY"
            )
        if not options.symbol:
            notes.append(f"the symbol is {symbol}, by the file's name; --symbol says another")
        options = replace(options, symbol=symbol)
    if options.at is not None and columns is None:
        remedy = "leave out --at, which is for files without a time"
        raise ImportFileError(path, "has times of its own", remedy)
    if plan.definitions is not None:
        options = replace(options, definitions=read_definitions(plan.definitions))
    found = layout.title
    if columns is not None:
        options = replace(options, settings=columns)
        if plan.columns is None:
            found = "a table whose columns are known by their names"
        if options.at is not None:
            notes.append("the time of the quotes is the one given with --at")
    return Chosen(layout, tables, options, found, notes)


def _symbol(plan: ImportPlan, path: Path) -> str:
    """The root: as the operator says, or the first word of the file's name that can be one."""
    if plan.options.symbol:
        return plan.options.symbol
    words = re.split(r"[^a-zA-Z]+", path.name.split(".")[0])
    roots = [
        word.upper()
        for word in words
        if _IN_NAME.fullmatch(word) and word.lower() not in _NO_SYMBOL
    ]
    return roots[0] if len(roots) == 1 else ""
