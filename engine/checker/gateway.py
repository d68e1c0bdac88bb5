"""A broker's gateway held against its broker: what it wrote down, sent and booked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from engine.checker.history import CheckError, Row
from engine.checker.violation import Violation

_ENDED_FILLED = "filled"


def check_gateway(
    orders: Iterable[Row], executions: Iterable[Row], exchange: Iterable[Row], wire: Iterable[Row]
) -> list[Violation]:
    """Every way in which a gateway and its broker differ after a session that ended in order.

    Args:
        orders: rows of the gateway's `orders.jsonl`, oldest first.
        executions: of the gateway's own ledger, from `executions_of`.
        exchange: of the exchange's ledger, from `executions_of`.
        wire: what left the gateway, oldest first; rows as in `wire.jsonl`.

    Raises:
        CheckError: a row is malformed.
    """
    orders, executions, exchange = list(orders), list(executions), list(exchange)
    try:
        return [
            *_written_before_sent(orders, list(wire)),
            *_ledgers_agree(executions, exchange),
            *_ends_agree(orders, exchange),
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckError(f"a row of the gateway cannot be read: {error!r}") from None


def _written_before_sent(orders: list[Row], wire: list[Row]) -> Iterator[Violation]:
    """Each order that left was written down before, once, as it left; and it left once."""
    written: defaultdict[str, list[Row]] = defaultdict(list)
    for row in orders:
        if "body" in row:
            written[row["id"]].append(row)
    left = Counter(row["order"] for row in wire if row["what"] == "submit")

    def wrong(row: Row, text: str) -> Violation:
        return Violation(22, "written, then sent once", row["at_ms"], row["order"], text)

    for row in wire:
        name = row["order"]
        if row["what"] != "submit":
            continue
        if left[name] > 1:
            yield wrong(row, f"left the gateway {left[name]} times")
        if len(written[name]) != 1:
            yield wrong(row, f"left the gateway and was written down {len(written[name])} times")
            continue
        (row_before,) = written[name]
        if round(float(row_before["at"]) * 1000) > row["at_ms"]:
            yield wrong(row, "left the gateway before it was written down")
        for key, value in _as_on_the_wire(row_before["body"]).items():
            if row[key] != value:
                yield wrong(row, f"{key} was {row[key]} on the wire and {value} where written down")


def _as_on_the_wire(body: Row) -> dict[str, Any]:
    bought, sold = body["legs"]
    return {
        "symbol": body["symbol"],
        "expiration": body["expiration"],
        "part": body["part"],
        "right": bought[1],
        "buy_strike": float(bought[0]),
        "sell_strike": float(sold[0]),
        "quantity": body["quantity"],
        "limit_c": body["limit_c"],
    }


def _ledgers_agree(executions: list[Row], exchange: list[Row]) -> Iterator[Violation]:
    """Order by order the same contracts, cents of each leg, and fees."""
    ours, theirs = _by_order(executions), _by_order(exchange)
    for name in sorted(ours.keys() | theirs.keys()):
        mine, yours = ours.get(name), theirs.get(name)
        if mine != yours:
            text = f"the gateway booked {_text(mine)}, the exchange {_text(yours)}"
            yield Violation(23, "ledgers agree", 0, name, text)
    names = Counter(row["execution"] for row in executions)
    for execution, count in names.items():
        if count > 1:
            text = f"the gateway booked {execution} {count} times"
            yield Violation(23, "ledgers agree", 0, execution, text)


Booked = tuple[int, int, tuple[tuple[str, float, int, int], ...]]
"""Combinations, cents of fees, and of each leg: right, strike, signed contracts, signed cents."""


def _by_order(rows: Iterable[Row]) -> dict[str, Booked]:
    counts: Counter[str] = Counter()
    fees: Counter[str] = Counter()
    legs: defaultdict[str, dict[tuple[str, float], tuple[int, int]]] = defaultdict(dict)
    for row in rows:
        name = row["order"]
        counts[name] += row["quantity"]
        fees[name] += row["fees_c"]
        for right, strike, quantity, price_c in row["legs"]:
            key = (right, float(strike))
            held, paid_c = legs[name].get(key, (0, 0))
            legs[name][key] = held + quantity, paid_c + quantity * price_c * row["multiplier"]
    return {
        name: (
            count,
            fees[name],
            tuple((*key, *sums) for key, sums in sorted(legs[name].items())),
        )
        for name, count in counts.items()
    }


def _text(booked: Booked | None) -> str:
    if booked is None:
        return "nothing"
    count, fees_c, legs = booked
    sums = ", ".join(f"{held:+d} {strike:g} {right} {c:+d} c" for right, strike, held, c in legs)
    return f"{count} ({sums}; fees {fees_c} c)"


def _ends_agree(orders: list[Row], exchange: list[Row]) -> Iterator[Violation]:
    """Every order has an end, and one that the exchange executed whole ended as filled."""
    ordered: dict[str, int] = {}
    ends: dict[str, str] = {}
    for row in orders:
        if "body" in row:
            ordered[row["id"]] = row["body"]["quantity"]
        elif "end" in row:
            ends[row["id"]] = row["end"]
    executed: Counter[str] = Counter()
    for row in exchange:
        executed[row["order"]] += row["quantity"]
    for name, quantity in ordered.items():
        end = ends.get(name, "")
        if not end:
            yield Violation(24, "ends agree", 0, name, "has no end at the gateway")
        elif end == _ENDED_FILLED and executed[name] < quantity:
            text = f"ended as filled, and the exchange executed {executed[name]} of {quantity}"
            yield Violation(24, "ends agree", 0, name, text)
    for name in executed.keys() - ordered.keys():
        yield Violation(24, "ends agree", 0, name, "was executed and never written down")
