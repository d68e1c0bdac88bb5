"""Records a live or simulated session in the format that replay reads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.brokers.recorded.columns import QUOTES_FILE
from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.facts import SESSION_FILE, SessionFacts, read_facts, write_facts
from engine.brokers.recorded.session import trading_date, trading_day_bounds_s
from engine.brokers.recorded.track import ChainTrack
from engine.brokers.recorded.writer import QuoteRows, QuoteWriter
from engine.config.names import is_root, shown
from engine.market.chain import OptionChain
from engine.market.clock import utc

ChainKey = tuple[str, date]


@dataclass(frozen=True, slots=True)
class RecordingMeta:
    """What session.json says of a recording.

    Args:
        name: for the operator.
        multiplier: dollars a contract per point; one for the whole session.
        style: as in session.json, such as "American, physical".
        underlying: what the options are on.
        bar_s: length of a bar, whole seconds.
        provenance: where the quotes come from.
    """

    name: str
    multiplier: int = 100
    style: str = "American, physical"
    underlying: str = ""
    bar_s: int = 60
    provenance: str = "recorded by legdesk"


class SessionRecorder:
    """Writes quotes.parquet and session.json from samples of chains.

    A row is written per contract and bar in which the contract was quoted: a value differs from
    the last row, or its `quoted_s` moved. Quotes from before the exchange day count as unknown, as
    they do in replay. Memory is bounded: one state per chain, and one group of rows. A file named
    quotes.parquet exists only after `close`. One thread at a time.

    Args:
        folder: where to record; created for its owner only where it does not exist.
        meta: for session.json.

    Raises:
        SessionFileError: the folder already holds a session or cannot be written; facts that
            replay would refuse.
    """

    def __init__(self, folder: Path, meta: RecordingMeta) -> None:
        self._folder = folder
        self._meta = meta
        self._facts = _checked(folder, meta)
        for name in (QUOTES_FILE, SESSION_FILE):
            if (folder / name).exists():
                raise SessionFileError(
                    folder / name, "exists", "record into a folder without a session"
                )
        self._writer: QuoteWriter | None = QuoteWriter(folder / QUOTES_FILE)
        self._tracks: dict[ChainKey, ChainTrack] = {}
        self._underlying: dict[str, float] = {}
        self._contracts: set[tuple[str, date, int, float]] = set()
        self._bar: int | None = None
        self._day: date | None = None
        self._day_starts_s = 0.0
        self._bars = 0
        self._first_s = self._last_s = 0.0
        self.unusable = 0
        """Values recorded as unknown: negative, infinite, or an underlying not above zero."""

    def sample(self, chain: OptionChain, at_s: float) -> None:
        """Take the chain's state at epoch second `at_s` into the bar it falls in.

        The last state of a bar counts. A moment before the present bar is taken into that bar, so
        that a clock set back cannot disorder the file.

        Raises:
            ValueError: closed, or a chain that this session cannot hold: another multiplier or
                style, a strike that is not positive, a symbol that is not an option root.
        """
        if self._writer is None:
            raise ValueError("the recording is closed")
        self._refuse_foreign(chain)
        bar = math.ceil(at_s / self._meta.bar_s)
        if self._bar is None:
            self._begin(bar)
        elif bar > self._bar:
            self._end_bar()
            self._begin(bar)
        key = (chain.symbol, chain.expiration)
        if key not in self._tracks:
            self._tracks[key] = ChainTrack(chain.strikes, self._day_starts_s)
        price = chain.underlying_price
        if math.isfinite(price) and price > 0:
            self._underlying[chain.symbol] = price
        else:
            self.unusable += price == price
        self.unusable += self._tracks[key].take(chain, at_s)

    def close(self) -> SessionFacts | None:
        """Write the rest and give the files their final names.

        Returns:
            The facts of the session; None where nothing was recorded, and without any file.
        """
        if self._writer is None:
            return None
        if self._bar is not None:
            self._end_bar()
        writer, self._writer = self._writer, None
        size = writer.finish()
        if not self._bars:
            return None
        self._write_facts(writer.rows, size)
        return read_facts(self._folder / SESSION_FILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _refuse_foreign(self, chain: OptionChain) -> None:
        facts = self._facts
        stated = (facts.multiplier, facts.exercise, facts.settlement)
        if (chain.multiplier, chain.style, chain.settlement) != stated:
            raise ValueError(
                f"{chain.symbol} {chain.expiration} is {chain.style}, {chain.settlement}, "
                f"multiplier {chain.multiplier}; this session records {stated[1]}, {stated[2]}, "
                f"multiplier {stated[0]}: record it in a session of its own"
            )
        if not is_root(chain.symbol):
            raise ValueError(f"{shown(chain.symbol)} is not an option root")
        if not (len(chain.strikes) and chain.strikes[0] > 0 and np.isfinite(chain.strikes[-1])):
            raise ValueError(f"{chain.symbol} {chain.expiration}: strikes must be positive")

    def _begin(self, bar: int) -> None:
        self._bar = bar
        day = trading_date(bar * self._meta.bar_s)
        if day != self._day:
            self._day, self._day_starts_s = day, trading_day_bounds_s(day)[0]
            self._tracks.clear()
            self._underlying.clear()

    def _end_bar(self) -> None:
        """Write the rows of the present bar."""
        assert self._bar is not None and self._writer is not None
        end_s = float(self._bar * self._meta.bar_s)
        sampled = [(key, track) for key, track in self._tracks.items() if track.sampled]
        quoted = {key: track.quoted_cells() for key, track in sampled}
        with_rows = {symbol for (symbol, _), cells in quoted.items() if len(cells)}
        for (symbol, expiration), track in sampled:
            cells = quoted[symbol, expiration]
            price = self._underlying.get(symbol, math.nan)
            if symbol not in with_rows and track.has_news_beside_quotes(price):
                # The feed confirmed the chain although nothing was quoted: one row records that.
                cells = track.one_cell()
                with_rows.add(symbol)
            if len(cells):
                self._write(symbol, expiration, track, cells, price, end_s)
            track.written(price)
        if with_rows:
            self._first_s = self._first_s if self._bars else end_s
            self._last_s = end_s
            self._bars += 1

    def _write(
        self,
        symbol: str,
        expiration: date,
        track: ChainTrack,
        cells: NDArray[np.intp],
        price: float,
        end_s: float,
    ) -> None:
        assert self._writer is not None
        right, column = np.divmod(cells, len(track.strikes))
        strikes = track.strikes[column]
        for cell in track.first_seen(cells).tolist():
            at, strike = divmod(cell, len(track.strikes))
            self._contracts.add((symbol, expiration, at, float(track.strikes[strike])))
        self._writer.add(
            QuoteRows(
                round(end_s * 1000), symbol, expiration, right, strikes, track.now[:, cells], price
            )
        )

    def _write_facts(self, rows: int, size: int) -> None:
        meta = self._meta
        facts = {
            "name": meta.name,
            "rows": rows,
            "timestamps": self._bars,
            "first_ts": str(utc(self._first_s)),
            "last_ts": str(utc(self._last_s)),
            "symbols": sorted({symbol for symbol, *_ in self._contracts}),
            "expirations": len({expiration for _, expiration, *_ in self._contracts}),
            "contracts": len(self._contracts),
            "bytes": size,
            "underlying": meta.underlying,
            "multiplier": meta.multiplier,
            "style": meta.style,
            "bar": f"{meta.bar_s}s",
            "kind": "intraday_updates",
            "source": meta.provenance,
            "note": "One row per contract per bar in which it was quoted; ts = end of the bar.",
        }
        write_facts(self._folder / SESSION_FILE, facts)


def _checked(folder: Path, meta: RecordingMeta) -> SessionFacts:
    if meta.bar_s != int(meta.bar_s) or not 1 <= meta.bar_s < 1_000_000:
        raise SessionFileError(
            folder, f"a bar of {meta.bar_s} s", "choose whole seconds from 1 to 999999"
        )
    try:
        return SessionFacts(
            name=meta.name,
            kind="intraday_updates",
            multiplier=meta.multiplier,
            style=meta.style,
            bar=f"{meta.bar_s}s",
            underlying=meta.underlying,
            source=meta.provenance,
        )
    except ValueError as error:
        raise SessionFileError(folder, f"unusable facts ({error})", "correct them") from None
