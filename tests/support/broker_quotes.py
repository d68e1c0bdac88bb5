"""Quotes of one chain in the shapes that brokers' libraries and tables give them.

Classes have the names and the nesting of alpaca-py, ib_async, tastytrade, schwab-py, Tradier's
answers, yfinance, Massive and polars; pandas, pyarrow and numpy are the libraries themselves
(pandas comes with exchange_calendars). The quotes are the same in every form.
"""

# ruff: noqa: N815 - the fields are named as the libraries name them
from __future__ import annotations

import enum
import importlib
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow
from pydantic import BaseModel

from engine import SpreadLeg

pandas: Any = importlib.import_module("pandas")

DAY: Final = date(2027, 1, 15)
STRIKES: Final = (95.0, 97.5, 100.0)


class Quote(NamedTuple):
    """One contract's quote, from which every form is made."""

    strike: float
    right: str
    bid: float
    ask: float

    @property
    def occ(self) -> str:
        """The contract's symbol without blanks."""
        return f"AAPL{DAY:%y%m%d}{self.right}{round(self.strike * 1000):08d}"

    @property
    def padded(self) -> str:
        """The contract's 21 characters."""
        return f"AAPL  {self.occ[4:]}"

    @property
    def streamer(self) -> str:
        """dxFeed's name of the contract."""
        return f".AAPL{DAY:%y%m%d}{self.right}{self.strike:g}"

    @property
    def word(self) -> str:
        """call or put."""
        return "call" if self.right == "C" else "put"


QUOTES: Final = tuple(
    Quote(strike, right, 1.0 + number, 1.25 + number)
    for number, (strike, right) in enumerate((k, r) for k in STRIKES for r in "CP")
)


class ContractType(enum.StrEnum):
    """A right as alpaca-py has it, printed by its value."""

    CALL = "call"
    PUT = "put"


class MixedType(str, enum.Enum):  # noqa: UP042
    """A right that is printed by the name of its class, as alpaca-py's is."""

    CALL = "call"
    PUT = "put"


class OptionType(enum.Enum):
    """A right as tastytrade has it."""

    CALL = "C"
    PUT = "P"


class NumberedType(enum.IntEnum):
    """A right of which only the name says anything."""

    CALL = 1
    PUT = 2


class AlpacaQuote(BaseModel):
    """alpaca-py's Quote."""

    symbol: str
    timestamp: datetime
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float


class AlpacaSnapshot(BaseModel):
    """alpaca-py's OptionsSnapshot."""

    symbol: str
    latest_quote: AlpacaQuote | None
    implied_volatility: float | None


@dataclass
class IbContract:
    """ib_async's Option."""

    symbol: str
    lastTradeDateOrContractMonth: str
    strike: float
    right: str
    localSymbol: str = ""
    tradingClass: str = "AAPL"
    multiplier: str = "100"


@dataclass
class IbTicker:
    """ib_async's Ticker."""

    contract: IbContract
    bid: float
    ask: float
    bidSize: float = float("nan")
    askSize: float = float("nan")
    modelGreeks: Any = None


class TastyOption(BaseModel):
    """tastytrade's Option; it has no quote."""

    symbol: str
    root_symbol: str
    strike_price: Decimal
    expiration_date: date
    option_type: OptionType
    shares_per_contract: int = 100


class DxQuote(BaseModel):
    """tastytrade's streamed Quote."""

    event_symbol: str
    bid_price: Decimal | None
    ask_price: Decimal | None
    bid_size: Decimal | None = None


@dataclass(slots=True)
class CamelRow:
    """A row of a program of one's own."""

    strikePrice: float
    putCall: str
    bidPrice: float
    askPrice: float
    expirationDate: str = DAY.isoformat()


class PropertyRow:
    """A row whose figures are properties."""

    def __init__(self, quote: Quote) -> None:
        self._quote = quote

    @property
    def strike(self) -> float:
        return self._quote.strike

    @property
    def right(self) -> str:
        return self._quote.right

    @property
    def bid(self) -> float:
        return self._quote.bid

    @property
    def ask(self) -> float:
        return self._quote.ask


class PolarsFrame:
    """What is read of a polars DataFrame."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    @property
    def columns(self) -> list[str]:
        return list(self._rows[0])

    def __getitem__(self, name: str) -> Any:
        return SimpleNamespace(to_list=lambda: [row[name] for row in self._rows])

    def to_dicts(self) -> list[dict[str, Any]]:
        return self._rows


def plain() -> list[dict[str, Any]]:
    """Rows as mappings: strike, right, bid, ask."""
    return [dict(quote._asdict()) for quote in QUOTES]


def frame() -> Any:
    """The same as a pandas DataFrame."""
    return pandas.DataFrame(plain())


def _alpaca(quote: Quote) -> AlpacaQuote:
    return AlpacaQuote(
        symbol=quote.occ,
        timestamp=datetime(2026, 11, 30, 15, tzinfo=UTC),
        bid_price=quote.bid,
        bid_size=3,
        ask_price=quote.ask,
        ask_size=4,
    )


def _alpaca_raw() -> dict[str, Any]:
    return {
        quote.occ: {
            "latestQuote": {"bp": quote.bid, "bs": 3, "ap": quote.ask, "as": 4},
            "impliedVolatility": 0.2,
        }
        for quote in QUOTES
    }


def ib_ticker(quote: Quote) -> IbTicker:
    """A ticker as ib_async gives it."""
    contract = IbContract("AAPL", f"{DAY:%Y%m%d}", quote.strike, quote.right, quote.padded)
    return IbTicker(contract, quote.bid, quote.ask, 2, 3, SimpleNamespace(impliedVol=0.2))


def _tasty(quote: Quote) -> TastyOption:
    return TastyOption(
        symbol=quote.padded,
        root_symbol="AAPL",
        strike_price=Decimal(str(quote.strike)),
        expiration_date=DAY,
        option_type=OptionType(quote.right),
    )


def _streamed(quote: Quote) -> DxQuote:
    bid, ask = Decimal(str(quote.bid)), Decimal(str(quote.ask))
    return DxQuote(event_symbol=quote.streamer, bid_price=bid, ask_price=ask)


def schwab() -> dict[str, Any]:
    """A body of Schwab's chains endpoint."""
    maps: dict[str, dict[str, Any]] = {"C": {}, "P": {}}
    for quote in QUOTES:
        day = maps[quote.right].setdefault(f"{DAY}:45", {})
        day[str(quote.strike)] = [
            {
                "putCall": quote.word.upper(),
                "symbol": quote.padded,
                "bid": quote.bid,
                "ask": quote.ask,
                "bidSize": 1,
                "askSize": 2,
                "totalVolume": 3,
                "openInterest": 4,
                "volatility": "NaN" if quote.right == "C" else 29.5,
                "strikePrice": quote.strike,
                "expirationDate": f"{DAY}T21:00:00.000+00:00",
                "multiplier": 100.0,
                "optionDeliverablesList": [{"symbol": "AAPL", "assetType": "STOCK"}],
            }
        ]
    return {
        "symbol": "AAPL",
        "underlying": {"symbol": "AAPL", "bid": 99.9, "ask": 100.1},
        "underlyingPrice": 100.0,
        "callExpDateMap": maps["C"],
        "putExpDateMap": maps["P"],
    }


def _tradier() -> list[dict[str, Any]]:
    return [
        {
            "symbol": quote.occ,
            "type": "option",
            "bid": quote.bid,
            "ask": quote.ask,
            "strike": quote.strike,
            "bidsize": 1,
            "contract_size": 100,
            "expiration_date": DAY.isoformat(),
            "option_type": quote.word,
            "root_symbol": "AAPL",
            "greeks": {"mid_iv": 0.2},
        }
        for quote in QUOTES
    ]


def _yfinance() -> Any:
    def half(right: str) -> Any:
        return pandas.DataFrame(
            {
                "contractSymbol": quote.occ,
                "lastTradeDate": pandas.Timestamp("2026-11-27", tz="UTC"),
                "strike": quote.strike,
                "bid": quote.bid,
                "ask": quote.ask,
                "volume": float("nan"),
                "openInterest": 5,
                "impliedVolatility": 0.2,
                "contractSize": "REGULAR",
            }
            for quote in QUOTES
            if quote.right == right
        )

    both = namedtuple("both", "calls, puts, underlying")
    return both(half("C"), half("P"), {"symbol": "AAPL", "bid": 99.9, "ask": 100.1})


def _massive() -> dict[str, Any]:
    rows = [
        {
            "details": {
                "contract_type": quote.word,
                "expiration_date": DAY.isoformat(),
                "strike_price": quote.strike,
                "ticker": f"O:{quote.occ}",
            },
            "last_quote": {"bid": quote.bid, "ask": quote.ask, "bid_size": 1},
            "day": {"volume": 5},
            "underlying_asset": {"ticker": "AAPL"},
        }
        for quote in QUOTES
    ]
    return {"status": "OK", "results": rows}


def _sqlite() -> Iterator[Any]:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("create table quotes (strike, right, bid, ask)")
    database.executemany("insert into quotes values (?, ?, ?, ?)", QUOTES)
    return iter(database.execute("select * from quotes").fetchall())


def _without_names(table: Any) -> Any:
    table.index.names = [None] * table.index.nlevels
    return table


def _figures(quote: Quote) -> dict[str, float]:
    return {"bid": quote.bid, "ask": quote.ask}


_NOON: Final = datetime(2027, 1, 15, 12, tzinfo=ZoneInfo("America/New_York"))

FORMS: Final[dict[str, Callable[[], Any]]] = {
    "SpreadLegs": lambda: [
        SpreadLeg(q.strike, DAY, "call" if q.right == "C" else "put", "buy", q.bid, q.ask)
        for q in QUOTES
    ],
    "mappings": plain,
    "a generator": lambda: (row for row in plain()),
    "a column of several types": lambda: [
        dict(
            row, bid=Decimal(str(row["bid"])), ask=str(row["ask"]), strike=np.float64(row["strike"])
        )
        for row in plain()
    ],
    "enumerations with a text of their class": lambda: [
        dict(row, right=MixedType.CALL if row["right"] == "C" else MixedType.PUT) for row in plain()
    ],
    "enumerations that are texts": lambda: [
        dict(row, right=ContractType.CALL if row["right"] == "C" else ContractType.PUT)
        for row in plain()
    ],
    "enumerations by letter": lambda: [
        dict(row, right=OptionType(row["right"])) for row in plain()
    ],
    "enumerations by name": lambda: [
        dict(row, right=NumberedType.CALL if row["right"] == "C" else NumberedType.PUT)
        for row in plain()
    ],
    "zoned and naive expirations": lambda: [
        dict(row, expiration=day)
        for row, day in zip(
            plain(),
            (_NOON, _NOON.astimezone(UTC), _NOON.replace(tzinfo=None), DAY, "2027-01-15", 20270115),
            strict=True,
        )
    ],
    "alpaca snapshots by symbol": lambda: {
        q.occ: AlpacaSnapshot(symbol=q.occ, latest_quote=_alpaca(q), implied_volatility=0.2)
        for q in QUOTES
    },
    "alpaca quotes by symbol": lambda: {q.occ: _alpaca(q) for q in QUOTES},
    "alpaca body": lambda: {"snapshots": _alpaca_raw(), "next_page_token": None},
    "ib_async tickers": lambda: [ib_ticker(q) for q in QUOTES],
    "tastytrade streamed quotes": lambda: [_streamed(q) for q in QUOTES],
    "tastytrade options with their quotes": lambda: zip(
        map(_tasty, QUOTES), map(_streamed, QUOTES), strict=True
    ),
    "schwab body": schwab,
    "tradier body": lambda: {"options": {"option": _tradier()}},
    "tradier frame": lambda: pandas.json_normalize(_tradier()),
    "yfinance chain": _yfinance,
    "massive body": _massive,
    "pandas frame": frame,
    "pandas frame with an index": lambda: frame().set_index(["strike", "right"]),
    "pandas frame with unnamed levels": lambda: _without_names(
        frame().set_index(["strike", "right"])
    ),
    "pandas frame by symbol": lambda: pandas.DataFrame(
        [_figures(q) for q in QUOTES], index=[q.occ for q in QUOTES]
    ),
    "pandas to_dict": lambda: frame().to_dict(),
    "pandas to_dict of lists": lambda: frame().to_dict("list"),
    "pandas to_dict by row": lambda: frame().to_dict("index"),
    "pandas itertuples": lambda: frame().itertuples(),
    "pandas iterrows": lambda: frame().iterrows(),
    "pandas categories": lambda: frame().astype({"right": "category"}),
    "polars frame": lambda: PolarsFrame(plain()),
    "pyarrow table": lambda: pyarrow.Table.from_pylist(plain()),
    "structured array": lambda: frame().to_records(index=False),
    "objects in an array": lambda: np.array([PropertyRow(q) for q in QUOTES], dtype=object),
    "sqlite rows": _sqlite,
    "camel case objects": lambda: [CamelRow(q.strike, q.word, q.bid, q.ask) for q in QUOTES],
    "namespaces": lambda: [SimpleNamespace(**row) for row in plain()],
    "by strike and right": lambda: {(q.strike, q.right): _figures(q) for q in QUOTES},
    "by right and strike": lambda: {
        word: {q.strike: _figures(q) for q in QUOTES if q.word == word} for word in ("call", "put")
    },
    "a row a strike": lambda: [
        {"strike": strike, **{q.word: _figures(q) for q in QUOTES if q.strike == strike}}
        for strike in STRIKES
    ],
    "by expiration": lambda: {DAY: plain()},
}
"""Each form by its name, made anew at each call: some are used up by reading them."""
