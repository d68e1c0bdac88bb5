"""Invariants about what was sent to the exchange, and about the order of the journal's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from engine.checker.history import History, OrderStory, Row
from engine.checker.violation import Violation

LONGEST_ID: Final = 32

_ABOUT_ORDERS: Final = frozenset(
    {"OrderSent", "OrderWorking", "OrderUnknown", "CancelSent", "Executed", "OrderEnded"}
)


def invariant_1_intent_before_wire(history: History) -> Iterator[Violation]:
    """Every submit that reached the exchange has an earlier intent with the same values."""
    for name, story in history.orders.items():
        for row in story.submits:
            for text in _unlike(history, story, row):
                yield Violation(1, "intent before submit", row["at_ms"], name, text)


def _unlike(history: History, story: OrderStory, row: Row) -> Iterator[str]:
    intent = story.intent
    if intent is None:
        yield "reached the exchange and no intent of it is in the journal"
        return
    if intent["at"] > row["at_ms"]:
        yield f"reached the exchange {intent['at'] - row['at_ms']} ms before its intent"
    if history.complete and not story.sent:
        yield "reached the exchange and no row says that it was sent"
    added = history.traders.get(intent["trader"])
    if added is None:
        yield f"belongs to {intent['trader']}, which was never added"
        return
    intended = {
        "symbol": added["symbol"],
        "expiration": added["expiration"],
        "multiplier": added["multiplier"],
        "right": "call" if intent["right"] == "C" else "put",
        **{
            key: intent[key] for key in ("part", "buy_strike", "sell_strike", "quantity", "limit_c")
        },
    }
    for key, value in intended.items():
        if row[key] != value:
            yield f"{key} was {row[key]} on the wire and {value} in the intent"


def invariant_2_one_submit(history: History) -> Iterator[Violation]:
    """A client order id is intended once, sent once, received once, and short enough."""
    for name, story in history.orders.items():
        for what, rows in (("intended", story.intents), ("sent", story.sent)):
            if len(rows) > 1:
                yield Violation(
                    2, "one submit an id", rows[1]["at"], name, f"was {what} {len(rows)} times"
                )
        if len(story.submits) > 1:
            count = len(story.submits)
            yield Violation(
                2,
                "one submit an id",
                story.submits[1]["at_ms"],
                name,
                f"reached the exchange {count} times",
            )
        if len(name) > LONGEST_ID:
            at_ms = story.intents[0]["at"] if story.intents else 0
            text = f"the id has {len(name)} characters, at most {LONGEST_ID} are allowed"
            yield Violation(2, "one submit an id", at_ms, name, text)


def invariant_5_rows_in_order(history: History) -> Iterator[Violation]:
    """No gap in the sequence, no time that runs backwards, no row before the one it refers to."""

    def wrong(row: Row, text: str) -> Violation:
        subject = str(row.get("order") or row.get("trader") or "desk")
        return Violation(5, "rows in order", row["at"], subject, text)

    seq, at_ms = 0, 0
    filled: defaultdict[str, int] = defaultdict(int)
    state: dict[str, str] = {}
    traders: set[str] = set()
    for row in history.journal:
        kind = row["kind"]
        if row["seq"] != seq + 1:
            yield wrong(row, f"row {row['seq']} came where row {seq + 1} was due")
        if row["at"] < at_ms:
            yield wrong(row, f"row {row['seq']} is {at_ms - row['at']} ms before the one above it")
        seq, at_ms = row["seq"], row["at"]
        if kind == "TraderAdded":
            traders.add(row["trader"])
        elif row.get("trader", "*") not in ("*", "") and row["trader"] not in traders:
            yield wrong(row, f"row {seq} names trader {row['trader']}, which was not added before")
        if kind == "OrderIntended":
            state[row["order"]] = "intended"
        elif kind in _ABOUT_ORDERS:
            was = state.get(row["order"])
            if was is None:
                yield wrong(row, f"{kind} in row {seq} comes before the order's intent")
            elif kind == "OrderEnded":
                if was == "ended":
                    yield wrong(row, f"ended again in row {seq}")
                state[row["order"]] = "ended"
            elif kind in ("OrderSent", "OrderUnknown") and was == "ended":
                yield wrong(row, f"{kind} in row {seq} comes after the order's end")
            elif kind == "Executed":
                filled[row["order"]] += row["quantity"]
        elif kind == "AttemptEnded" and row["filled"] != filled[row["order"]]:
            count = filled[row["order"]]
            yield wrong(row, f"its attempt says {row['filled']} filled, its executions {count}")
