"""The map of a table's columns: read from TOML, and written as TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.brokers.imports.errors import ImportFileError, all_of
from engine.brokers.imports.formats.mapped import VALUE_NAMES, ColumnMap
from engine.brokers.imports.values import clean_name
from engine.brokers.recorded.facts import bar_seconds
from engine.config.names import shown, shown_text
from engine.config.regular_files import read_text

_MOST_BYTES: Final = 100_000
_UNITS: Final = ("", "s", "ms", "us", "ns")
_KEYS: Final = {
    "time": ("column", "date", "zone", "unit", "ends"),
    "contract": ("name", "symbol", "expiration", "right", "strike"),
    "values": VALUE_NAMES,
    "call": VALUE_NAMES,
    "put": VALUE_NAMES,
    "units": ("strike", "price"),
    "session": ("kind", "bar"),
}


def read_map(path: Path) -> ColumnMap:
    """The map in a TOML file; docs/importing.md says what it holds.

    Raises:
        ImportFileError: unreadable, or keys that are not possible; each reason is a line.
    """
    try:
        text = read_text(path, _MOST_BYTES)
        tables = tomllib.loads(text)
    except FileNotFoundError:
        raise ImportFileError(path, "is missing", "let `--guess` write one") from None
    except OSError as error:
        raise ImportFileError(path, error.strerror or "unreadable", "check the file") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = shown_text(str(error), 100)
        raise ImportFileError(path, f"is not TOML ({reason})", "correct it") from None
    reader = _MapReader(path, tables)
    columns = reader.column_map()
    if reader.problems:
        raise all_of(reader.problems)
    return columns


class _MapReader:
    """Collects every reason against a map."""

    def __init__(self, path: Path, tables: dict[str, Any]) -> None:
        self._path = path
        self._tables = tables
        self.problems: list[ImportFileError] = []
        for table, keys in tables.items():
            if table not in _KEYS or not isinstance(keys, dict):
                self._refuse(f"[{table}]", "is not a table of a map", f"use {', '.join(_KEYS)}")
                continue
            for key in sorted(set(keys) - set(_KEYS[table])):
                self._refuse(f"{table}.{key}", "is not known", f"use {', '.join(_KEYS[table])}")

    def column_map(self) -> ColumnMap:
        """The map as far as it can be read."""
        unit = self._text("time", "unit")
        if unit not in _UNITS:
            self._refuse("time.unit", f"{shown(unit)} is not a unit", "write s, ms, us or ns")
        kind = self._text("session", "kind")
        if kind not in ("", "intraday_updates", "snapshot"):
            self._refuse("session.kind", f"is {shown(kind)}", "write intraday_updates or snapshot")
        columns = ColumnMap(
            time=self._column("time", "column"),
            date=self._column("time", "date"),
            zone=self._zone(),
            unit=unit if unit in _UNITS else "",
            ends=self._value("time", "ends", True) is not False,
            contract=self._column("contract", "name"),
            symbol=self._column("contract", "symbol"),
            expiration=self._column("contract", "expiration"),
            right=self._column("contract", "right"),
            strike=self._column("contract", "strike"),
            values=self._columns("values"),
            calls=self._columns("call"),
            puts=self._columns("put"),
            strike_unit=self._unit("strike"),
            price_unit=self._unit("price"),
            kind=kind if kind in ("intraday_updates", "snapshot") else None,  # type: ignore[arg-type]
            bar_s=self._bar(),
        )
        for key, remedy in missing_parts(columns):
            self._refuse(key, "is missing", remedy)
        if not columns.ends and columns.bar_s is None:
            self._refuse("session.bar", "is missing", "where times are starts, say the bar")
        return columns

    def _bar(self) -> int | None:
        text = self._text("session", "bar")
        seconds = bar_seconds(text) if text else None
        if text and seconds is None:
            self._refuse("session.bar", f"{shown(text)} is no bar", "write 1min, 30s or 1h")
        return seconds

    def _zone(self) -> ZoneInfo:
        name = self._text("time", "zone") or "America/New_York"
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            remedy = "write one such as UTC or America/New_York"
            self._refuse("time.zone", f"{shown(name)} is not a time zone", remedy)
            return ZoneInfo("UTC")

    def _value(self, table: str, key: str, default: Any) -> Any:
        keys = self._tables.get(table, {})
        return keys.get(key, default) if isinstance(keys, dict) else default

    def _text(self, table: str, key: str) -> str:
        value = self._value(table, key, "")
        if isinstance(value, str):
            return value
        self._refuse(f"{table}.{key}", f"is {shown(value)}", "write text in quotes")
        return ""

    def _column(self, table: str, key: str) -> str:
        return clean_name(self._text(table, key))

    def _columns(self, table: str) -> dict[str, str]:
        found = {key: self._column(table, key) for key in VALUE_NAMES}
        return {key: column for key, column in found.items() if column}

    def _unit(self, key: str) -> float:
        value = self._value("units", key, 1)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e12:
            return float(value)
        self._refuse(f"units.{key}", f"is {shown(value)}", "write the number to divide by")
        return 1.0

    def _refuse(self, key: str, problem: str, remedy: str) -> None:
        self.problems.append(ImportFileError(self._path, f"{shown_text(key)} {problem}", remedy))


def missing_parts(columns: ColumnMap) -> list[tuple[str, str]]:
    """What a map must name and does not: the key, and what to do."""
    missing = []
    parts = {
        "contract.expiration": columns.expiration,
        "contract.strike": columns.strike,
        "contract.right": columns.right or ("both" if columns.is_wide else ""),
    }
    if not columns.contract:
        missing = [
            (key, "name the column, or contract.name with the OCC's name of the contract")
            for key, column in parts.items()
            if not column
        ]
    for name in ("bid", "ask"):
        sides = [columns.values] if not columns.is_wide else [columns.calls, columns.puts]
        if not any(name in side for side in sides):
            missing.append((f"values.{name}", "name the column"))
    return missing


def map_text(columns: ColumnMap, file_name: str) -> str:
    """A map as TOML with a word to each key, for a person to check and complete."""
    wide = columns.is_wide
    lines = [
        f"# How to read {shown_text(file_name)}. Check every line: it was guessed from names.",
        "",
        "[time]",
        _line(
            "column",
            columns.time,
            "time of the quote; leave it out where --at says it",
            "name the column, or leave this line out and give --at",
        ),
    ]
    if columns.date:
        lines.append(_line("date", columns.date, "its date, where column is only a time of day"))
    lines += [
        _line("zone", columns.zone.key, "of times without an offset"),
        "ends = true    # the time is the END of its bar; false: its start, and say [session] bar",
        '# unit = "ns"  # of a time that is a number since 1970: s, ms, us, ns',
        "",
        "[contract]",
    ]
    if columns.contract:
        lines.append(_line("name", columns.contract, "the OCC's name, such as XYZ261218C00100000"))
    else:
        lines += [
            _line(
                "symbol",
                columns.symbol,
                "the option root; leave it out with --symbol",
                "name the column, or leave this line out and give --symbol",
            ),
            _line("expiration", columns.expiration, ""),
            _line("strike", columns.strike, ""),
        ]
        if not wide:
            lines.append(_line("right", columns.right, "C, P, call, put"))
    for table, own in (("values", columns.values), ("call", columns.calls), ("put", columns.puts)):
        if own or (table == "values") is not wide:
            lines += ["", f"[{table}]", *(_line(key, own[key], "") for key in own)]
            missing = [key for key in ("bid", "ask") if key not in own and table == "values"]
            lines += [_line(key, "", "") for key in missing if not wide]
    lines += [
        "",
        "[units]",
        "strike = 1    # the file's strikes are divided by this: 1000 where 450000 is 450.00",
        "price = 1     # and its prices by this",
        "",
        "# [session]",
        '# kind = "snapshot"    # each time is a complete chain; else intraday_updates',
        '# bar = "1min"         # where the times do not say it',
    ]
    return "\n".join(lines) + "\n"


def _line(key: str, value: str, comment: str, remedy: str = "name the column") -> str:
    text = value.replace("\\", "\\\\").replace('"', '\\"')
    body = f'{key} = "{text}"' if value else f'{key} = ""    # NOT FOUND: {remedy}'
    return f"{body}    # {comment}" if comment and value else body
