"""The map of a table's columns as their names suggest it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from engine.brokers.imports.formats.mapped import VALUE_NAMES, ColumnMap

_SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "time": (
        *("ts", "timestamp", "datetime", "quote_datetime", "quote_time", "quote_readtime", "time"),
        *("date_time", "ts_recv", "snapshot_time", "quotetime", "updatedat", "quotedate"),
    ),
    "date": ("quote_date", "trade_date", "tradedate", "date", "data_date"),
    "contract": (
        *("contractsymbol", "contract_symbol", "option_symbol", "optionsymbol", "occ_symbol"),
        *("contractid", "contract", "osi", "ticker"),
    ),
    "symbol": (
        *("root", "option_root", "symbol", "underlying_symbol", "underlying", "act_symbol"),
        "ticker",
    ),
    "expiration": (
        *("expiration", "expiration_date", "expirationdate", "expiry", "expiry_date"),
        *("expire_date", "expirdate", "exdate", "exp_date"),
    ),
    "right": (
        *("right", "option_type", "optiontype", "type", "call_put", "cp_flag", "put_call"),
        *("putcall", "cp", "callput", "option_right"),
    ),
    "strike": ("strike", "strike_price", "strikeprice"),
    "bid": ("bid", "bid_price", "best_bid", "bidprice", "bid_close"),
    "ask": ("ask", "ask_price", "best_offer", "best_ask", "askprice", "offer", "ask_close"),
    "bid_size": ("bid_size", "bidsize", "bid_sz"),
    "ask_size": ("ask_size", "asksize", "ask_sz", "offer_size"),
    "volume": ("volume", "trade_volume", "vol"),
    "open_interest": ("open_interest", "openinterest", "oi"),
    "iv": ("iv", "implied_volatility", "impliedvolatility", "impl_volatility", "implied_vol"),
    "underlying_price": (
        *("underlying_price", "underlyingprice", "underlying_last", "stock_price", "stkpx"),
        *("spot_px", "spot", "spot_price", "stockprice", "underlying_close"),
    ),
}
_WIDE: Final[dict[str, tuple[str, str]]] = {
    "bid": ("{}bidpx", "{}_bid"),
    "ask": ("{}askpx", "{}_ask"),
    "volume": ("{}volu", "{}_volume"),
    "open_interest": ("{}oi", "{}_oi"),
    "bid_size": ("{}bidsize", "{}_bid_size"),
    "ask_size": ("{}asksize", "{}_ask_size"),
    "iv": ("{}midiv", "{}_iv"),
}
_OURS: Final = frozenset({"ts", "symbol", "expiration", "right", "strike", "bid", "ask"})


def guessed_map(names: Sequence[str]) -> ColumnMap:
    """What a header's names say; what nothing is known of stays empty.

    Args:
        names: clean names.
    """
    left = set(names)

    def find(key: str) -> str:
        for name in _SYNONYMS[key]:
            if name in left:
                left.discard(name)
                return name
        return ""

    ours = left >= _OURS
    calls, puts = (_wide_side(names, side) for side in (("c", "call"), ("p", "put")))
    wide = "bid" in calls and "ask" in calls and "bid" in puts and "ask" in puts
    contract = "" if wide or ours else find("contract")
    apart = not contract or not {"expiration", "strike", "right"}.isdisjoint(left)
    parts = {
        key: "" if contract and not apart else find(key)
        for key in ("symbol", "expiration", "right", "strike")
    }
    if contract == "ticker" and parts["expiration"]:
        contract, parts["symbol"] = "", parts["symbol"] or "ticker"
    if contract:
        parts = dict.fromkeys(parts, "")
    time = find("time")
    date = "" if time and time != "time" else find("date")
    if date and not time:
        time, date = date, ""
    values = {} if wide else {key: find(key) for key in VALUE_NAMES}
    if wide:
        values = {"underlying_price": find("underlying_price")}
    return ColumnMap(
        time=time,
        date=date,
        zone=ZoneInfo("America/New_York"),
        contract=contract,
        symbol=parts["symbol"],
        expiration=parts["expiration"],
        right=parts["right"],
        strike=parts["strike"],
        values={key: column for key, column in values.items() if column},
        calls=calls if wide else {},
        puts=puts if wide else {},
    )


def _wide_side(names: Sequence[str], side: tuple[str, str]) -> dict[str, str]:
    """The columns of the call, or of the put, in a row that has both."""
    short, long = side
    found: dict[str, str] = {}
    for key, (short_form, long_form) in _WIDE.items():
        plain = f"{long}{key.replace('_', '')}"
        forms = (
            *(short_form.format(short), long_form.format(short), long_form.format(long)),
            *(plain, f"{plain}price"),
        )
        column = next((name for name in forms if name in names), "")
        if column:
            found[key] = column
    return found
