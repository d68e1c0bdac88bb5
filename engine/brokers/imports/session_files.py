"""A group of rows as a recorded session: quotes.parquet and session.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.brokers.imports.rows import Contract
from engine.brokers.imports.spill import Records
from engine.brokers.imports.values import EPOCH
from engine.brokers.recorded.columns import QUOTES_FILE
from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.facts import MOST_ROWS, SESSION_FILE, write_facts
from engine.brokers.recorded.writer import GROUP_ROWS, QuoteFile
from engine.market.calendar import xnys
from engine.market.clock import utc
from engine.market.ticks import canonical_root, contract_terms

LICENCE: Final = "yours; not for redistribution"
_FUTURES: Final = frozenset({"ES"})
_WHOLE: Final = frozenset({"bid_size", "ask_size", "volume", "open_interest"})


def style_of(root: str) -> tuple[str, int]:
    """Style and multiplier of a root's contracts, as session.json tells them."""
    terms = contract_terms(root)
    if canonical_root(root) in _FUTURES:
        return "American on futures", terms.multiplier
    return f"{terms.style.capitalize()}, {terms.settlement}", terms.multiplier


@dataclass(slots=True)
class Written:
    """A session that was written, and what is to be said of it.

    Args:
        folder: where it is.
        name: of the session.
        rows: of quotes.parquet.
        moments: ends of its bars, epoch seconds, ascending.
        symbols: its option roots.
        has_underlying: whether any row has a price of the underlying.
        typical_strike: the median strike, as a multiple of the underlying's price; None where no
            price is known.
    """

    folder: Path
    name: str
    rows: int = 0
    moments: list[float] = field(default_factory=list)
    symbols: tuple[str, ...] = ()
    has_underlying: bool = False
    typical_strike: float | None = None


class SessionFiles:
    """Writes one session.

    Args:
        folder: where; made, for its owner only, where it does not exist.
        contracts: every contract by number.

    Raises:
        SessionFileError: the folder holds a session, or cannot be written.
    """

    def __init__(self, folder: Path, contracts: list[Contract]) -> None:
        for name in (QUOTES_FILE, SESSION_FILE):
            if (folder / name).exists():
                raise SessionFileError(
                    folder / name, "exists", "import into a folder without a session"
                )
        self._folder = folder
        self._contracts = contracts
        self._file = QuoteFile(folder / QUOTES_FILE)
        self._pending: list[Records] = []
        self._pending_rows = 0
        self._seen: set[int] = set()
        self._ratios: list[float] = []
        self.written = Written(folder, folder.name)

    def add(self, records: Records) -> None:
        """Write rows, ascending in time.

        Raises:
            SessionFileError: they are more than a session holds.
        """
        written = self.written
        written.rows += len(records)
        if written.rows > MOST_ROWS:
            raise SessionFileError(
                self._folder / QUOTES_FILE,
                f"would hold more than {MOST_ROWS:,} rows",
                "take fewer with --symbols, --expirations, --strikes, --hours or --bar",
            )
        for ms in np.unique(records["ts"]).tolist():
            if not written.moments or ms / 1000 > written.moments[-1]:
                written.moments.append(ms / 1000)
        self._pending.append(records)
        self._pending_rows += len(records)
        if self._pending_rows >= GROUP_ROWS:
            self._write()

    def _write(self) -> None:
        if self._pending:
            self._file.write(self._arrays(np.concatenate(self._pending)))
        self._pending, self._pending_rows = [], 0

    def finish(self, facts: dict[str, Any]) -> Written:
        """Write the rest and session.json, which makes it a session.

        Args:
            facts: of session.json, beside those that the rows tell.
        """
        self._write()
        size = self._file.finish()
        contracts = [self._contracts[each] for each in sorted(self._seen)]
        written = self.written
        written.symbols = tuple(sorted({each.root for each in contracts}))
        if self._ratios:
            written.typical_strike = float(np.median(self._ratios))
        write_facts(
            self._folder / SESSION_FILE,
            {
                "name": written.name,
                "rows": written.rows,
                "timestamps": len(written.moments),
                "first_ts": str(utc(written.moments[0])),
                "last_ts": str(utc(written.moments[-1])),
                "symbols": list(written.symbols),
                "expirations": len({each.expiration for each in contracts}),
                "contracts": len(contracts),
                "bytes": size,
                **facts,
            },
        )
        return written

    def abandon(self) -> None:
        """Leave nothing of a session that cannot be finished."""
        self._file.abandon()

    def _arrays(self, records: Records) -> list[Any]:
        import pyarrow as pa

        numbers, of_row = np.unique(records["contract"], return_inverse=True)
        self._seen.update(numbers.tolist())
        contracts = [self._contracts[number] for number in numbers.tolist()]
        roots = sorted({each.root for each in contracts})
        root_of = np.array([roots.index(each.root) for each in contracts], dtype=np.int32)
        rights = np.array([each.right for each in contracts], dtype=np.int32)
        days = np.array([each.expiration for each in contracts], dtype=np.int32)
        strikes = np.array([each.strike for each in contracts])
        names = records.dtype.names or ()
        if "underlying_price" in names:
            ratio = strikes[of_row] / records["underlying_price"]
            ratio = ratio[np.isfinite(ratio)]
            if len(ratio):
                self.written.has_underlying = True
                self._ratios.append(float(np.median(ratio)))

        def text(values: list[str], codes: Any) -> Any:
            dictionary = pa.array(values, pa.large_string())
            return pa.DictionaryArray.from_arrays(pa.array(codes), dictionary).cast(
                pa.large_string()
            )

        return [
            pa.array(records["ts"], pa.timestamp("ms", "UTC")),
            text(roots, root_of[of_row]),
            pa.array(days[of_row]).cast(pa.date32()),
            text(["C", "P"], rights[of_row]),
            pa.array(strikes[of_row]),
            *(
                self._file.numbers(
                    name, records[name] if name in names else np.full(len(records), np.nan)
                )
                for name in self._file.value_names
            ),
        ]


def close_ms(day: int) -> int:
    """When the session of a date, in days since 1970, ends, ms since 1970; 0 without one."""
    hours = xnys().session(EPOCH + timedelta(days=day))
    return 0 if hours is None else round(hours.closes.timestamp() * 1000)


def date_of(day: int) -> date:
    """A date from days since 1970."""
    return EPOCH + timedelta(days=day)
