"""Executions as Alpaca tells them: those of options, told apart from those of shares and coins."""

from __future__ import annotations

from typing import Any, Final

from engine.brokers.alpaca.reading import cents_of, moment_of, side_of, text_of, whole_of
from engine.brokers.dialect import DialectError
from engine.brokers.following.replay import FillRow, OddFill
from engine.brokers.following.symbols import contract_from_occ, is_occ_symbol
from engine.orders.soundness import cleaned

_LONGEST_ROOT: Final = 8


def read_executions(
    rows: list[dict[str, Any]],
) -> tuple[tuple[FillRow, ...], tuple[OddFill, ...]]:
    """The executions of options among rows, and those that are not in Alpaca's form."""
    fills: list[FillRow] = []
    odd: list[OddFill] = []
    for row in rows:
        try:
            if _is_option(row):
                fills.append(_fill_row(row))
            elif _is_nameless(row):
                raise DialectError(f"{text_of(row, 'symbol')[:24]!r} is no symbol of an option")
        except ValueError as error:
            odd.append(_odd_fill(row, str(error)))
    return tuple(fills), tuple(odd)


def _is_option(row: dict[str, Any]) -> bool:
    """Whether a row is of an option: by its class where that is told, else by its symbol.

    Which class options on an index have is not documented: a contract's name is one of an option
    whatever else the class `us_index` holds.

    Raises:
        DialectError: it has no symbol.
    """
    kind = row.get("asset_class")
    if isinstance(kind, str) and kind not in ("", "us_index"):
        return kind == "us_option"
    return is_occ_symbol(text_of(row, "symbol"))


def _is_nameless(row: dict[str, Any]) -> bool:
    """Whether a row that is of no option is of no share and no coin either, such as a bond's.

    Coins are pairs such as `AAVE/USDT`; a bond has nine or twelve letters and digits.
    """
    symbol = text_of(row, "symbol")
    return not row.get("asset_class") and len(symbol) > _LONGEST_ROOT and "/" not in symbol


def _fill_row(row: dict[str, Any]) -> FillRow:
    price_c = cents_of(row, "price")
    if price_c is None or price_c < 0:
        raise DialectError("an execution has no price")
    contract, quantity = contract_from_occ(text_of(row, "symbol")), abs(whole_of(row, "qty"))
    if not quantity:
        raise DialectError("an execution of no contract")
    return FillRow(
        text_of(row, "id"),
        text_of(row, "order_id"),
        moment_of(row, "transaction_time"),
        contract,
        side_of(row),
        quantity,
        price_c,
    )


def _odd_fill(row: dict[str, Any], wrong: str) -> OddFill:
    symbol, name, order = (row.get(field) for field in ("symbol", "id", "order_id"))
    return OddFill(
        cleaned(name if isinstance(name, str) and name else wrong, 80),
        cleaned(order, 64) if isinstance(order, str) else "",
        cleaned(wrong, 80),
        row.get("asset_class") == "us_option"
        or (isinstance(symbol, str) and is_occ_symbol(symbol)),
    )
