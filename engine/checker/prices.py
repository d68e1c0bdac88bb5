"""Invariants about limit prices: credits at their stage, sell-backs, and the shape of orders."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from engine.checker.history import History, Row
from engine.checker.units import settings_of
from engine.checker.violation import Violation

_NICKEL_ROOTS: Final = ("SPX", "SPXW", "SPXPM", "ES")
_LOWEST: Final = {
    "H0": "F1", "H1": "F1", "H2": "F1", "H3": "F1", "H4": "F2", "H5": "F2", "H6": "F2", "H7": "F1",
}  # fmt: skip
_ROUNDING_MS: Final = 2


def tick_c(symbol: str) -> int:
    """The increment of a combination's price, in cents per share."""
    root = symbol.upper()
    nickel = root in _NICKEL_ROOTS or (root.startswith("ES") and root[2:].isdigit())
    return 5 if nickel else 1


@dataclass(slots=True)
class _Debit:
    """A cycle's debit: contracts, quantity x price in cents, fees, first execution, width."""

    contracts: int = 0
    paid_c: int = 0
    fees_c: int = 0
    first_ms: int = 0
    width_c: float = 0.0


@dataclass(slots=True)
class _Prices:
    """Debits and settings as they are at each row."""

    history: History
    debits: defaultdict[tuple[str, int], _Debit] = field(
        default_factory=lambda: defaultdict(_Debit)
    )
    ladder: dict[str, Any] = field(default_factory=dict)
    rule: str = ""
    phase: str = ""
    choices: dict[tuple[str, int], str] = field(default_factory=dict)

    def apply(self, row: Row) -> None:
        kind = row["kind"]
        if kind == "SessionStarted":
            self.ladder = settings_of(row, "ladder")
            self.rule = settings_of(row, "spreads").get("rule", "")
        elif kind == "PhaseChanged":
            self.phase = row["phase"]
        elif kind == "UnitDecided":
            self.choices[row["trader"], row["cycle"]] = row["choice"]
        elif kind == "Executed":
            intent = self.history.story(row["order"]).intent
            if intent is not None and intent["part"] == "D":
                debit = self.debits[intent["trader"], intent["cycle"]]
                debit.first_ms = debit.first_ms or row["at"]
                debit.contracts += row["quantity"]
                debit.paid_c += row["quantity"] * row["price_c"]
                debit.fees_c += row["fee_c"]
                debit.width_c = _width_c(intent)

    def walk(self, part: str) -> Iterator[tuple[Row, _Debit]]:
        """Every intent of a part (C or U) with the debit of its cycle."""
        kinds = ("SessionStarted", "PhaseChanged", "UnitDecided", "Executed", "OrderIntended")
        for row in self.history.of(*kinds):
            if row["kind"] != "OrderIntended":
                self.apply(row)
            elif row["part"] == part:
                yield row, self.debits[row["trader"], row["cycle"]]


def _width_c(row: Row) -> float:
    return abs(float(row["buy_strike"]) - float(row["sell_strike"])) * 100


def _up(cents: float, tick: int) -> int:
    return max(tick, math.ceil(round(cents / tick, 9)) * tick)


def invariant_17_credit_at_its_stage(history: History) -> Iterator[Violation]:
    """No credit is offered below what its stage of the hung-leg ladder accepts.

    F1 = paid + fees of both spreads + 1 cent, F2 = paid, F3 = paid - min(concede_max,
    concede_fraction x paid), F3 only where an operator conceded. Where pairs must not lose (rule
    safe), a credit wider than its debit asks for the difference of the widths on top, in every
    stage. A credit is always below the width of its strikes.
    """
    name = "credit at its stage"
    prices = _Prices(history)
    for row, debit in prices.walk("C"):
        stage = row["stage"]
        rule = _LOWEST.get(stage)
        if rule is None or debit.contracts <= 0:
            text = f"a credit in stage {stage or 'none'} against {debit.contracts} contracts"
            yield Violation(17, name, row["at"], row["order"], text)
            continue
        conceding = prices.choices.get((row["trader"], row["cycle"])) == "concede"
        if stage == "H5" and conceding:
            rule = "F3"
        tick = tick_c(history.chain(row["trader"])[0])
        lowest = _lowest(rule, debit, history.multiplier(row["trader"]), tick, prices.ladder)
        if prices.rule == "safe":
            lowest += max(0, round(_width_c(row) - debit.width_c))
        lowest = min(lowest, _up(_width_c(row), tick) - tick)
        if row["limit_c"] < lowest:
            text = f"{row['limit_c']} c in stage {stage}, the lowest is {lowest} c ({rule})"
            yield Violation(17, name, row["at"], row["order"], text)
        age_ms = row["at"] - debit.first_ms + _ROUNDING_MS
        early = age_ms < 1000 * prices.ladder.get("rescan_until_s", 0)
        forced = prices.phase == "CLOSE_AUCTION" or (stage == "H5" and conceding)
        if stage in ("H4", "H5") and early and not forced:
            text = f"stage {stage} {age_ms / 1000:.1f} s after the debit, long before its time"
            yield Violation(17, name, row["at"], row["order"], text)


def _lowest(rule: str, debit: _Debit, multiplier: int, tick: int, ladder: dict[str, Any]) -> int:
    paid_c = debit.paid_c / debit.contracts
    if rule == "F1":
        fees_c = 2 * debit.fees_c / debit.contracts / multiplier
        return _up(paid_c + fees_c + 1, tick)
    if rule == "F2":
        return _up(paid_c, tick)
    given = min(ladder.get("concede_max", 0) * 100, ladder.get("concede_fraction", 0) * paid_c)
    return _up(paid_c - given, tick)


def invariant_18_unwind_loss(history: History) -> Iterator[Violation]:
    """A debit is sold back in stage H6 only, and never for a larger loss than the ladder allows."""
    name = "unwind loss"
    prices = _Prices(history)
    for row, debit in prices.walk("U"):
        if row["stage"] != "H6" or debit.contracts <= 0:
            text = f"an unwind in stage {row['stage'] or 'none'} of {debit.contracts} contracts"
            yield Violation(18, name, row["at"], row["order"], text)
            continue
        if not {"unwind_fraction", "unwind_cap"} <= prices.ladder.keys():
            continue
        paid_c = debit.paid_c / debit.contracts
        tick = tick_c(history.chain(row["trader"])[0])
        allowed = max(2 * tick, prices.ladder["unwind_fraction"] * paid_c)
        allowed = math.floor(round(min(allowed, prices.ladder["unwind_cap"] * paid_c), 9))
        least = min(_up(paid_c - allowed, tick), _up(_width_c(row), tick) - tick)
        if row["limit_c"] < least:
            text = f"offered at {row['limit_c']} c after {paid_c:g} c; the least is {least} c"
            yield Violation(18, name, row["at"], row["order"], text)


def invariant_19_order_shape(history: History) -> Iterator[Violation]:
    """An exchange would accept every order: dear and cheap leg, price inside the width."""
    for row in history.of("OrderIntended"):
        for text in _misshapen(history, row):
            yield Violation(19, "order shape", row["at"], row["order"], text)


def invariant_20_no_price_worse_than_the_limit(history: History) -> Iterator[Violation]:
    """An order executes at its limit or better, and what comes after its end is marked late.

    What a broker tells beyond is booked at the limit until it is explained; an order that the
    broker corrected itself may have any price.
    """
    booked: defaultdict[str, list[Row]] = defaultdict(list)
    ended: set[str] = set()
    for row in history.of("Executed", "OrderEnded"):
        order = row["order"]
        if row["kind"] == "OrderEnded":
            if row["status"] in ("canceled", "rejected", "expired"):
                ended.add(order)
            continue
        booked[order].append(row)
        if order in ended and row["quantity"] > 0 and not row["late"]:
            text = f"{row['execution']} came after the order's end and is not marked late"
            yield Violation(20, "no worse price", row["at"], order, text)
    for order, rows in booked.items():
        intent = history.story(order).intent
        if intent is None or any(row["quantity"] < 0 for row in rows):
            continue
        contracts = sum(row["quantity"] for row in rows)
        value_c = sum(row["quantity"] * row["price_c"] for row in rows)
        limit_c = intent["limit_c"] * contracts
        if value_c > limit_c if intent["part"] == "D" else value_c < limit_c:
            text = f"{contracts} at {value_c / contracts:g} c, the limit is {intent['limit_c']} c"
            yield Violation(20, "no worse price", rows[-1]["at"], order, text)


def _misshapen(history: History, row: Row) -> Iterator[str]:
    if not 0 < row["limit_c"] < _width_c(row):
        yield f"{row['limit_c']} c is not inside 0 and the width of {_width_c(row):g} c"
    tick = tick_c(history.chain(row["trader"])[0])
    if row["limit_c"] % tick:
        yield f"{row['limit_c']} c is not on the tick of {tick} c"
    if row["quantity"] < 1:
        yield f"{row['quantity']} contracts"
    buys_lower = row["buy_strike"] < row["sell_strike"]
    pays = row["part"] == "D"
    if buys_lower != (pays == (row["right"] == "C")):
        dear = "sold" if pays else "bought"
        yield f"the dear leg is {dear} in part {row['part']}"
