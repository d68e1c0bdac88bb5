"""Alpaca's non-trade activities: how contracts ended otherwise than by trades, and fees.

The words and their signs are those of Alpaca's page on non-trade activities for option events. An
assignment or exercise comes with an activity of the trade in shares (`OPTRD`) or of the cash
(`OPCSH`) that it brought; both have one group, or one id.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from engine.brokers.alpaca.reading import cents_of, text_of, whole_of
from engine.brokers.dialect import DialectError
from engine.brokers.following.charges import Charge, Traded
from engine.brokers.following.option_events import OptionEvent
from engine.brokers.following.order_view import exact
from engine.brokers.following.symbols import contract_from_occ, is_occ_symbol
from engine.orders.settlements import SettlementKind
from engine.orders.soundness import cleaned

_ENDED: Final = {
    "OPASN": SettlementKind.ASSIGNED,
    "OPEXC": SettlementKind.EXERCISED,
    "OPEXP": SettlementKind.EXPIRED,
}
_BROUGHT: Final = ("OPTRD", "OPCSH")
_CHANGED: Final = "OPCA"
"""A corporate action changed contracts: what they are then is no contract that is traded here."""

END_WORDS: Final = (*_ENDED, *_BROUGHT, _CHANGED)

_OF_OPTIONS: Final = ("ORF", "OCC")
"""Kinds of fees that are charged for options alone."""

_DAY: Final = re.compile(r"\bon (\d{4}-\d\d-\d\d)\b")

Row = dict[str, Any]


def read_ends(rows: Sequence[Row]) -> tuple[tuple[OptionEvent, ...], tuple[str, ...]]:
    """The ends of contracts among activities, and what is wrong with each row left out.

    Args:
        rows: of pages that follow one another.
    """
    brought: dict[str, list[Row]] = defaultdict(list)
    ended: dict[str, int] = defaultdict(int)
    for row in rows:
        if _word(row) in _BROUGHT:
            brought[_group(row)].append(row)
        elif _word(row) in _ENDED:
            ended[_group(row)] += 1
    events: list[OptionEvent] = []
    odd: list[str] = []
    for row in rows:
        group = _group(row)
        try:
            if _word(row) not in _BROUGHT:
                whole = brought[group] if ended[group] == 1 else []
                events.append(_event(row, whole))
        except ValueError as error:
            odd.append(cleaned(f"activity {row.get('id')}: {error}", 120))
    return tuple(events), tuple(odd)


def _word(row: Row) -> str:
    return str(row.get("activity_type"))


def _group(row: Row) -> str:
    return str(row.get("group_id") or row.get("id"))


def _event(row: Row, brought: Sequence[Row]) -> OptionEvent:
    word, name = text_of(row, "activity_type"), text_of(row, "id")
    symbol = cleaned(row.get("symbol") or "", 24)
    if word == _CHANGED:
        raise DialectError(f"a corporate action changes {symbol or 'contracts'}; see it at Alpaca")
    if word not in _ENDED:
        raise DialectError(f"{word[:20]!r} is not an end of options")
    quantity = abs(whole_of(row, "qty"))
    if not quantity:
        raise DialectError("it ends no contract")
    day = date.fromisoformat(text_of(row, "date")[:10])
    contract = contract_from_occ(text_of(row, "symbol"))
    amounts = [cents_of(each, "net_amount") or 0 for each in (row, *brought)]
    shares = sum(whole_of(each, "qty") for each in brought if each["activity_type"] == "OPTRD")
    told = any(amounts)
    return OptionEvent(
        f"{word}.{name}.{symbol}",
        _ENDED[word],
        day,
        contract,
        quantity,
        sum(amounts) if told else None,
        shares if told else None,
        row.get("status") == "canceled",
    )


def read_fees(rows: Sequence[Row]) -> tuple[tuple[Charge, ...], tuple[str, ...]]:
    """The fees among activities, and what is wrong with each row left out.

    Alpaca charges regulatory fees by the day and kind. Where the description names the day of the
    trades it counts, else the activity's own date. It may say what was traded, too: `ORF fee for
    proceed of 2 contracts on ...`, `TAF fee for proceed of 100 shares ...`; a `CAT` fee, of so many
    trades, and a `REG` fee, of so many dollars, do not.

    Args:
        rows: of one page.
    """
    charges: list[Charge] = []
    odd: list[str] = []
    for row in rows:
        try:
            if row.get("status") != "canceled":
                charges.append(_charge(row))
        except ValueError as error:
            odd.append(cleaned(f"activity {row.get('id')}: {error}", 120))
    return tuple(charges), tuple(odd)


def _charge(row: Row) -> Charge:
    word, name = text_of(row, "activity_type"), text_of(row, "id")
    if word != "FEE":
        raise DialectError(f"{word[:20]!r} is no fee")
    told = _DAY.search(str(row.get("description") or ""))
    day = date.fromisoformat(told[1] if told else text_of(row, "date")[:10])
    return Charge(name, day, -exact(text_of(row, "net_amount")) * 100, _traded(row))


def _traded(row: Row) -> Traded:
    """What was traded where a fee is charged, as far as its symbol, words or kind say."""
    words = set(re.findall(r"[a-z]+", str(row.get("description") or "").lower()))
    symbol, kind = str(row.get("symbol") or ""), str(row.get("activity_sub_type") or "")
    if symbol:
        return Traded.OPTIONS if is_occ_symbol(symbol) else Traded.SHARES
    shares, options = words & {"share", "shares"}, words & {"contract", "contracts", "opt"}
    if shares and options:
        return Traded.EITHER
    if shares:
        return Traded.SHARES
    return Traded.OPTIONS if options or kind in _OF_OPTIONS else Traded.EITHER
