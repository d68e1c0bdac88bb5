"""Small files of option quotes in the layouts of vendors, written row by row from one list."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from engine.brokers.imports import Imported, ImportPlan, import_files

NY = ZoneInfo("America/New_York")
EXPIRES = date(2026, 12, 18)
OPENS = datetime(2026, 11, 20, 9, 30, tzinfo=NY)


class Quote(NamedTuple):
    """A quote of one contract at the end of a bar; None where there is none."""

    ends: datetime
    right: str
    strike: float
    bid: float | None
    ask: float | None
    bid_size: int = 10
    ask_size: int = 20
    expires: date = EXPIRES
    symbol: str = "XYZ"

    @property
    def row(self) -> tuple[Any, ...]:
        """What a session has of it."""
        return (self.ends.astimezone(UTC), self.symbol, self.expires, self.right, self.strike,
                self.bid, self.ask, self.bid_size, self.ask_size)  # fmt: skip


def minute(number: int, opens: datetime = OPENS) -> datetime:
    """The end of a minute of the session, counted from 1."""
    return opens + timedelta(minutes=number)


def quotes(
    minutes: int = 3, strikes: Sequence[float] = (95.0, 97.5, 100.0), opens: datetime = OPENS
) -> list[Quote]:
    """Calls and puts of some strikes in each of the first minutes, sorted by time."""
    return [
        Quote(
            minute(n, opens), right, strike, round(2 + n / 10 + at, 2), round(2.2 + n / 10 + at, 2)
        )
        for n in range(1, minutes + 1)
        for at, strike in enumerate(strikes)
        for right in "CP"
    ]


def osi(quote: Quote, padded: bool = True) -> str:
    """The OCC's name of a quote's contract."""
    root = f"{quote.symbol:<6}" if padded else quote.symbol
    return f"{root}{quote.expires:%y%m%d}{quote.right}{round(quote.strike * 1000):08d}"


def _lines(names: Sequence[str], rows: Iterable[dict[str, Any]], separator: str = ",") -> str:
    body = [
        separator.join("" if row[name] is None else str(row[name]) for name in names)
        for row in rows
    ]
    return "\n".join([separator.join(names), *body]) + "\n"


def optionsdx(given: list[Quote], **changes: Any) -> str:
    """A row a strike; `changes` replace fields of every row."""
    pairs: dict[Any, dict[str, Quote]] = {}
    for quote in given:
        pairs.setdefault((quote.ends, quote.expires, quote.strike), {})[quote.right] = quote
    rows = []
    for (ends, expires, strike), sides in pairs.items():
        call, put = sides["C"], sides["P"]
        rows.append({
            "[QUOTE_UNIXTIME]": int(ends.timestamp()), "[QUOTE_READTIME]": f"{ends:%Y-%m-%d %H:%M}",
            "[UNDERLYING_LAST]": "100.00", "[EXPIRE_DATE]": expires, "[C_IV]": "0.25",
            "[C_VOLUME]": "24.000000", "[C_SIZE]": f"{call.bid_size} x {call.ask_size}",
            "[C_BID]": call.bid, "[C_ASK]": call.ask, "[STRIKE]": f"{strike:.3f}", "[P_BID]": put.bid,
            "[P_ASK]": put.ask, "[P_SIZE]": f"{put.bid_size}x{put.ask_size}", "[P_IV]": "", "[P_VOLUME]": "",
        } | changes)  # fmt: skip
    return _lines(list(rows[0]), rows, ", ")


def cboe(given: list[Quote], **changes: Any) -> str:
    """A row a contract and interval."""
    rows = [
        {
            "underlying_symbol": "^" + q.symbol, "quote_datetime": f"{q.ends:%Y-%m-%d %H:%M:%S}", "root": q.symbol,
            "expiration": q.expires, "strike": f"{q.strike:.3f}", "option_type": q.right, "trade_volume": 2,
            "bid_size": q.bid_size, "bid": q.bid, "ask_size": q.ask_size, "ask": q.ask,
            "underlying_bid": "99.9900", "underlying_ask": "100.0100", "implied_volatility": "0.2500",
            "active_underlying_price": "0.0000", "open_interest": 1200,
        } | changes
        for q in given
    ]  # fmt: skip
    return _lines(list(rows[0]), rows)


def cboe_eod(given: list[Quote]) -> str:
    """A row a contract and day, with both of its moments."""
    rows = []
    for q in given:
        row: dict[str, Any] = {
            "underlying_symbol": q.symbol, "quote_date": q.ends.date(), "root": q.symbol, "expiration": q.expires,
            "strike": q.strike, "option_type": q.right.lower(), "trade_volume": 7, "open_interest": 9,
        }  # fmt: skip
        for moment, more in (("1545", 0.0), ("eod", 0.5)):
            assert q.bid is not None and q.ask is not None
            row |= {
                f"bid_size_{moment}": q.bid_size, f"bid_{moment}": q.bid + more, f"ask_size_{moment}": q.ask_size,
                f"ask_{moment}": q.ask + more, f"underlying_bid_{moment}": 100, f"underlying_ask_{moment}": 101,
            }  # fmt: skip
        rows.append(row)
    return _lines(list(rows[0]), rows)


def theta_v3(given: list[Quote]) -> str:
    """A row a contract and interval, contract by contract."""
    rows = [
        {
            "symbol": q.symbol, "expiration": q.expires, "strike": f"{q.strike:.3f}",
            "right": "CALL" if q.right == "C" else "PUT", "timestamp": f"{q.ends:%Y-%m-%dT%H:%M:%S}.000",
            "bid_size": q.bid_size, "bid": q.bid, "ask_size": q.ask_size, "ask": q.ask,
        }
        for q in by_contract(given)
    ]  # fmt: skip
    return _lines(list(rows[0]), rows)


def theta_v2(given: list[Quote], with_contract: bool = True) -> str:
    """The same with milliseconds after midnight and strikes in tenths of a cent."""
    rows = []
    for q in by_contract(given):
        contract = {
            "root": q.symbol,
            "expiration": f"{q.expires:%Y%m%d}",
            "strike": round(q.strike * 1000),
            "right": q.right,
        }
        own = {
            "ms_of_day": ((q.ends.hour * 60 + q.ends.minute) * 60 + q.ends.second) * 1000, "bid_size": q.bid_size,
            "bid": q.bid, "ask_size": q.ask_size, "ask": q.ask, "date": f"{q.ends:%Y%m%d}",
        }  # fmt: skip
        rows.append(contract | own if with_contract else own)
    return _lines(list(rows[0]), rows)


def by_contract(given: list[Quote]) -> list[Quote]:
    """The quotes contract by contract, each in the order of time."""
    return sorted(given, key=lambda q: (q.symbol, q.expires, q.strike, q.right, q.ends))


def databento(given: list[Quote], pretty: bool = True, symbols: bool = True) -> str:
    """Records of cbbo-1m as CSV, with decimals and ISO times or with whole numbers."""

    def price(value: float | None) -> Any:
        if value is None:
            return "" if pretty else 2**63 - 1
        return f"{value:.9f}" if pretty else round(value * 1e9)

    def stamp(at: datetime) -> Any:
        return (
            f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000000000Z"
            if pretty
            else int(at.timestamp()) * 10**9
        )

    rows = [
        {
            "ts_recv": stamp(q.ends), "ts_event": "", "rtype": 193, "instrument_id": instrument(q),
            "bid_px_00": price(q.bid), "ask_px_00": price(q.ask), "bid_sz_00": q.bid_size, "ask_sz_00": q.ask_size,
        } | ({"symbol": osi(q)} if symbols else {})
        for q in given
    ]  # fmt: skip
    return _lines(list(rows[0]), rows)


def instrument(quote: Quote) -> int:
    """A number for a quote's contract."""
    return 7000 + int(quote.strike * 10) + (quote.right == "P")


def definitions(given: list[Quote]) -> str:
    """Which contract each number is."""
    rows = [{"instrument_id": instrument(q), "raw_symbol": osi(q)} for q in given]
    return _lines(list(rows[0]), rows)


def massive(given: list[Quote], before_s: Sequence[float] = (50.0, 30.0, 10.0)) -> str:
    """Ticks before each quote's bar ends; all but the last are a cent too high."""
    rows = []
    for number, q in enumerate(by_contract(given)):
        for at, seconds in enumerate(before_s):
            off = 0.0 if at == len(before_s) - 1 else 0.01
            rows.append({
                "ticker": "O:" + osi(q, padded=False), "ask_price": None if q.ask is None else round(q.ask + off, 2),
                "ask_size": q.ask_size, "bid_price": 0 if q.bid is None else round(q.bid + off, 2), "bid_size": q.bid_size,
                "sequence_number": number * 10 + at,
                "sip_timestamp": round((q.ends.timestamp() - seconds) * 1000) * 10**6 + 123_456,
            })  # fmt: skip
    return _lines(list(rows[0]), rows)


def lean(given: list[Quote]) -> bytes:
    """A zip with a file without header for each contract; bars by their starts, prices x 10000."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        names: dict[str, list[str]] = {}
        for q in by_contract(given):
            right = "call" if q.right == "C" else "put"
            name = f"{q.ends:%Y%m%d}_{q.symbol.lower()}_minute_quote_american_{right}_{round(q.strike * 10_000)}_{q.expires:%Y%m%d}.csv"
            starts = q.ends - timedelta(minutes=1)
            ms = (starts.hour * 60 + starts.minute) * 60_000
            bid, ask = (["" if p is None else round(p * 10_000)] * 4 for p in (q.bid, q.ask))
            cells = [ms, *bid, q.bid_size, *ask, q.ask_size]
            names.setdefault(name, []).append(",".join(map(str, cells)))
        for name, lines in names.items():
            archive.writestr(name, "\n".join(lines) + "\n")
    return packed.getvalue()


def ours(given: list[Quote], separator: str = ",") -> str:
    """A table with the names of a session's own columns."""
    rows = [
        {
            "ts": q.ends.isoformat(), "symbol": q.symbol, "expiration": q.expires, "right": q.right, "strike": q.strike,
            "bid": q.bid, "ask": q.ask, "bid_size": q.bid_size, "ask_size": q.ask_size,
        }
        for q in given
    ]  # fmt: skip
    return _lines(list(rows[0]), rows, separator)


def reordered(text: str, separator: str = ",") -> str:
    """The same table with its columns in the opposite order."""
    lines = [separator.join(reversed(line.split(separator))) for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def put(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content; gzip where the name ends with .gz."""
    folder.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder / name


def imported(file: Path, to: Path | None = None, **plan: Any) -> Imported:
    """Import a file into a folder beside it."""
    return import_files(ImportPlan((file,), to or file.parent / "session", **plan))


def rows_of(folder: Path, *more: str) -> list[tuple[Any, ...]]:
    """The rows of a session, as `Quote.row` has them, with more columns behind."""
    table = pq.read_table(folder / "quotes.parquet")
    names = (
        "ts",
        "symbol",
        "expiration",
        "right",
        "strike",
        "bid",
        "ask",
        "bid_size",
        "ask_size",
        *more,
    )
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))
