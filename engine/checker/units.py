"""Invariants about contracts at stake: their limits, their cover, and their end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.checker.history import History, Row
from engine.checker.violation import Violation

LADDER_SLACK_S = 300
"""Allowed beyond the ladder's time, for cancels, queries and back-offs between its steps."""

Key = tuple[str, int]
"""A trader and its cycle."""


def _key(intent: Row) -> Key:
    return str(intent["trader"]), int(intent["cycle"])


def settings_of(row: Row, section: str) -> dict[str, Any]:
    """A section of the settings in a session's row; empty where it has none."""
    values = row["settings"].get(section)
    return values if isinstance(values, dict) else {}


@dataclass(slots=True)
class _Stake:
    """Unhedged contracts if every debit that may still execute does, unknown ones included."""

    net: Counter[Key] = field(default_factory=Counter)
    leaves: dict[str, int] = field(default_factory=dict)
    legged: Counter[str] = field(default_factory=Counter)
    working: Counter[str] = field(default_factory=Counter)

    def move(self, key: Key, quantity: int) -> None:
        before = max(0, self.net[key])
        self.net[key] += quantity
        self.legged[key[0]] += max(0, self.net[key]) - before

    def work(self, trader: str, order: str, quantity: int) -> None:
        self.leaves[order] = self.leaves.get(order, 0) + quantity
        self.working[trader] += quantity

    def apply(self, history: History, row: Row) -> None:
        if row["kind"] == "PairSettled":
            key = (str(row["trader"]), int(row["cycle"]))
            self.move(key, -max(0, self.net[key]))
            return
        if row["kind"] == "OrderIntended":
            if row["part"] == "D":
                self.work(row["trader"], row["order"], row["quantity"])
            return
        intent = history.story(row["order"]).intent
        if intent is None:
            return
        trader, left = intent["trader"], self.leaves.get(row["order"])
        if row["kind"] == "OrderEnded":
            if left is not None:
                self.work(trader, row["order"], -left)
                del self.leaves[row["order"]]
            return
        quantity = row["quantity"]
        if intent["part"] != "D":
            self.move(_key(intent), -quantity)
            return
        self.move(_key(intent), quantity)
        if left is not None:
            self.work(trader, row["order"], -min(quantity, left))

    def chain(self, trader: str) -> int:
        return self.legged[trader] + self.working[trader]

    def desk(self) -> int:
        return self.legged.total() + self.working.total()


def invariant_7_imbalance(history: History) -> Iterator[Violation]:
    """No debit is sent that could bring a chain or the desk beyond its limits.

    Late executions and corrections apart, only a debit's intent raises what is at stake; limits
    that hold after every intent hold at every row.
    """
    stake, limits, tightened = _Stake(), dict[str, Any](), dict[str, Any]()
    kinds = (
        "SessionStarted", "LimitChanged", "OrderIntended", "Executed", "OrderEnded", "PairSettled"
    )  # fmt: skip
    for row in history.of(*kinds):
        if row["kind"] == "SessionStarted":
            limits = dict(settings_of(row, "limits"))
            tightened = {k: v for k, v in tightened.items() if v < limits.get(k, v)}
            limits |= tightened
            continue
        if row["kind"] == "LimitChanged":
            limits[row["limit"]] = tightened[row["limit"]] = row["after"]
            continue
        stake.apply(history, row)
        if row["kind"] == "OrderIntended" and row["part"] == "D":
            for text in _beyond(history, row, stake, limits):
                yield Violation(7, "imbalance", row["at"], row["order"], text)


def _beyond(history: History, row: Row, stake: _Stake, limits: dict[str, Any]) -> Iterator[str]:
    trader = row["trader"]
    dollars = row["quantity"] * row["limit_c"] * history.multiplier(trader) / 100
    for what, amount, limit in (
        (f"contracts at stake on {trader}", stake.chain(trader), "max_imbalance_chain"),
        ("contracts at stake on the desk", stake.desk(), "max_imbalance_desk"),
        ("contracts in one order", row["quantity"], "max_contracts"),
        ("dollars in one debit", dollars, "max_debit_usd_order"),
    ):
        if limit in limits and amount > limits[limit]:
            yield f"{amount:.12g} {what}; {limit} is {limits[limit]:.12g}"


@dataclass(slots=True)
class _Cover:
    """One cycle: contracts bought, sold, and still offered."""

    right: str = ""
    bought: int = 0
    most: int = 0
    sold: int = 0
    leaves: dict[str, int] = field(default_factory=dict)

    def selling(self) -> int:
        return self.sold + sum(self.leaves.values())


def invariant_8_credits_covered(history: History) -> Iterator[Violation]:
    """Never more sold than bought in a cycle; never a short option without a long one."""
    cycles: defaultdict[Key, _Cover] = defaultdict(_Cover)
    for row in history.of("OrderIntended", "Executed", "OrderEnded"):
        intent = history.story(row["order"]).intent
        if intent is None:
            continue
        cover, debit = cycles[_key(intent)], intent["part"] == "D"
        where = "/".join(map(str, _key(intent)))
        if row["kind"] == "OrderIntended":
            if debit:
                cover.right = row["right"]
                continue
            cover.leaves[row["order"]] = row["quantity"]
            if row["right"] != cover.right:
                text = f"{row['right']} sold against a debit of {cover.right or 'nothing'}"
                yield Violation(8, "credits covered", row["at"], row["order"], text)
            if cover.selling() > cover.bought:
                text = f"could sell {cover.selling()} of {cover.bought} bought in {where}"
                yield Violation(8, "credits covered", row["at"], row["order"], text)
        elif row["kind"] == "OrderEnded":
            cover.leaves.pop(row["order"], None)
        elif debit:
            cover.bought += row["quantity"]
            cover.most = max(cover.most, cover.bought)
        else:
            cover.sold += row["quantity"]
            if row["order"] in cover.leaves:
                cover.leaves[row["order"]] -= row["quantity"]
            if cover.sold > cover.most:
                text = f"{cover.sold} sold of {cover.most} bought in {where}"
                yield Violation(8, "credits covered", row["at"], row["order"], text)
    yield from _naked(history)


def _naked(history: History) -> Iterator[Violation]:
    """Short options without long ones of the same right and expiration, in the exchange's books."""
    held: Counter[tuple[str, str, str]] = Counter()
    for row in history.executions:
        for right, _, quantity, _ in row["legs"]:
            held[row["symbol"], row["expiration"], right] += quantity
        for right in {leg[0] for leg in row["legs"]}:
            net = held[row["symbol"], row["expiration"], right]
            if net < 0:
                text = f"{-net} short {right} options have no long one in {row['expiration']}"
                at_ms = round(row["at_s"] * 1000)
                yield Violation(8, "credits covered", at_ms, row["order"], text)


@dataclass(slots=True)
class _Fate:
    """One cycle with filled debit contracts."""

    bought: int = 0
    sold: int = 0
    last_debit_ms: int = 0
    last_ms: int = 0
    last_seq: int = 0
    stage: str = ""
    end: Row | None = None
    expired: bool = False
    over_ms: int = 0


def invariant_10_every_debit_settled(history: History) -> Iterator[Violation]:
    """A complete session leaves no debit open: completed, sold back, expired or parked."""
    if not history.complete:
        return
    for name, story in history.orders.items():
        if story.intents and not story.ended:
            text = "the session is settled and the order has no end"
            yield Violation(10, "debits settled", history.end_ms, name, text)
    longest_ms = _ladder_ms(history)
    for key, fate in _fates(history).items():
        where = f"{key[0]}/{key[1]}"
        for text in _left_open(history, where, fate, longest_ms):
            yield Violation(10, "debits settled", fate.last_ms, where, text)


def _fates(history: History) -> dict[Key, _Fate]:
    fates: defaultdict[Key, _Fate] = defaultdict(_Fate)
    for row in history.of("Executed", "LadderMoved", "UnitDecided", "CycleEnded", "PairSettled"):
        if row["kind"] == "Executed":
            intent = history.story(row["order"]).intent
            if intent is None:
                continue
            fate = fates[_key(intent)]
            fate.last_ms, fate.last_seq = row["at"], row["seq"]
            if intent["part"] == "D":
                if fate.bought == fate.sold:
                    fate.stage, fate.over_ms = "", 0
                fate.bought += row["quantity"]
                fate.last_debit_ms = row["at"]
            else:
                fate.sold += row["quantity"]
            if fate.bought == fate.sold:
                fate.over_ms = row["at"]
            continue
        fate = fates[row["trader"], row["cycle"]]
        if row["kind"] == "UnitDecided":
            if row["by"] == "operator":  # the ladder's time starts again
                fate.last_debit_ms, fate.over_ms = row["at"], 0
        elif row["kind"] == "LadderMoved":
            fate.stage = row["stage"]
            if fate.stage == "H7" and not fate.over_ms:
                fate.over_ms = row["at"]
        elif row["kind"] == "PairSettled":
            fate.expired = True
        else:
            fate.end = row
    return fates


def _left_open(history: History, where: str, fate: _Fate, longest_ms: int) -> Iterator[str]:
    left = fate.bought - fate.sold
    if left < 0:
        if history.alarm_about("OVERSOLD", where) is None:
            yield f"{-left} contracts sold beyond the debit, and no alarm stands"
    elif left > 0:
        parked = fate.stage == "H7" or (fate.end is not None and fate.end["outcome"] == "PARKED")
        if not parked and not fate.expired:
            yield f"{left} of {fate.bought} contracts are open and not parked"
        if not fate.expired and history.alarm_about("PARKED", where) is None:
            yield f"{left} of {fate.bought} contracts are open and no alarm stands"
    elif fate.bought and (
        fate.end is None or fate.end["seq"] < fate.last_seq or fate.end["outcome"] == "PARKED"
    ):
        yield "nothing is open and no row says how the cycle ended"
    if longest_ms and left >= 0 and fate.over_ms - fate.last_debit_ms > longest_ms:
        took_s = (fate.over_ms - fate.last_debit_ms) / 1000
        yield f"{took_s:.0f} s from its debit to its end; the ladder has {longest_ms / 1000:.0f} s"


def _ladder_ms(history: History) -> int:
    """The longest time before a unit is sold back or parked; 0 where the settings do not say."""
    longest_s = 0.0
    for row in history.of("SessionStarted"):
        ladder = settings_of(row, "ladder")
        if {"operator_until_s", "unwind_steps", "unwind_step_s"} <= ladder.keys():
            steps_s = ladder["unwind_steps"] * ladder["unwind_step_s"]
            longest_s = max(longest_s, ladder["operator_until_s"] + steps_s + LADDER_SLACK_S)
    return round(longest_s * 1000)
