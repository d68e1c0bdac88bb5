"""Invariants about what desk and exchange booked: the same, each once, to the cent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from engine.checker.history import History, OrderStory, Row
from engine.checker.sums import cash_of, floor_of, journal_sums, ledger_sums
from engine.checker.violation import Violation


def invariant_3_executions_once(history: History) -> Iterator[Violation]:
    """Each execution applied once, never more than ordered, and the same at desk and exchange."""
    seen: set[str] = set()
    for row in history.executions:
        if row["quantity"] > 0 and row["execution"] in seen:
            text = f"the exchange booked execution {row['execution']} twice"
            yield Violation(3, "executions once", _ms(row), row["order"], text)
        seen.add(row["execution"])
    for name, story in history.orders.items():
        ordered = story.intent["quantity"] if story.intent else 0
        for side, rows, key in (
            ("the journal", story.executed, "at"),
            ("the exchange", story.booked, "at_s"),
        ):
            for at, text in _overfilled(rows, ordered, key):
                yield Violation(3, "executions once", at, name, f"{text} in {side}")
        yield from _same_executions(history, name, story)


def _ms(row: Row) -> int:
    return round(float(row["at_s"]) * 1000)


def _overfilled(rows: list[Row], ordered: int, key: str) -> Iterator[tuple[int, str]]:
    filled, seen = 0, set()
    for row in rows:
        at_ms = row["at"] if key == "at" else _ms(row)
        filled += row["quantity"]
        if not 0 <= filled <= ordered:
            yield at_ms, f"{filled} of {ordered} contracts are filled"
        if row["quantity"] > 0 and row["execution"] in seen:
            yield at_ms, f"execution {row['execution']} is applied twice"
        seen.add(row["execution"])


def _same_executions(history: History, name: str, story: OrderStory) -> Iterator[Violation]:
    if name in history.in_flight or not (story.executed or story.booked):
        return
    if story.booked and not story.submits:
        yield Violation(
            3, "executions once", _ms(story.booked[0]), name, "executed and was never received"
        )
    ours = _facts(story.executed, "fee_c", story.more_fees_c)
    theirs = _facts(story.booked, "fees_c")
    named = bool(ours[3] and theirs[3])
    same = ours == theirs if named else ours[:3] == theirs[:3]
    if same or story.trader in history.adjusted or excused(history, story.trader):
        return
    at_ms = story.executed[-1]["at"] if story.executed else _ms(story.booked[-1])
    text = f"the journal has {_facts_text(ours)}, the exchange {_facts_text(theirs)}"
    yield Violation(3, "executions once", at_ms, name, text)


def _facts(
    rows: Iterable[Row], fee: str, more_fees_c: int = 0
) -> tuple[int, int, int, frozenset[str]]:
    """Contracts, cents a share, fees and ids; no ids where parts or corrections rename them."""
    rows = list(rows)
    plain = all(row["quantity"] > 0 and not {"/", "~"} & set(str(row["execution"])) for row in rows)
    return (
        sum(row["quantity"] for row in rows),
        sum(row["quantity"] * row["price_c"] for row in rows),
        sum(row[fee] for row in rows) + more_fees_c,
        frozenset(str(row["execution"]) for row in rows) if plain else frozenset(),
    )


def _facts_text(facts: tuple[int, int, int, frozenset[str]]) -> str:
    contracts, price_c, fees_c, names = facts
    named = f" ({', '.join(sorted(names))})" if names else ""
    return f"{contracts} contracts for {price_c} c and fees of {fees_c} c{named}"


def excused(history: History, trader: str) -> bool:
    """Whether an alarm is active for the chain's difference, with no debit intended since."""
    alarm = history.alarm_about("BOOK_DIFFERS", trader) if trader else None
    if alarm is None:
        return False
    return not any(
        row["trader"] == trader and row["part"] == "D" and row["seq"] > alarm["seq"]
        for row in history.of("OrderIntended")
    )


def invariant_4_books_agree(history: History) -> Iterator[Violation]:
    """At the end both hold the same, or an alarm is active for the chain and it is blocked."""
    without = history.in_flight
    ours, theirs = journal_sums(history, without), ledger_sums(history, without)
    mine, yours = ours.held(), theirs.held()
    for contract in sorted(mine.keys() | yours.keys()):
        book, exchange = mine.get(contract, 0), yours.get(contract, 0)
        symbol, expiration, right, strike = contract
        trader = f"{symbol} {expiration}"
        if book != exchange and not excused(history, trader):
            text = f"{strike:.12g} {right}: the journal holds {book:+d}, the exchange {exchange:+d}"
            yield Violation(4, "books agree", history.end_ms, trader, text)
    if any(row["code"] == "BOOK_DIFFERS" for row in history.raised.values()):
        return
    for symbol in sorted(ours.shares.keys() | theirs.shares.keys()):
        book, exchange = ours.shares[symbol], theirs.shares[symbol]
        if book != exchange:
            text = f"shares: the journal holds {book:+d}, the exchange {exchange:+d}"
            yield Violation(4, "books agree", history.end_ms, symbol, text)
    if history.adjusted:
        return  # adopted positions have no price
    for what, book, exchange in (
        ("cash", ours.cash_c, theirs.cash_c),
        ("fees", ours.fees_c, theirs.fees_c),
    ):
        if book != exchange:
            text = f"{what}: the journal has {book} c, the exchange {exchange} c"
            yield Violation(4, "books agree", history.end_ms, "desk", text)


def invariant_6_money_exact(history: History) -> Iterator[Violation]:
    """Money is exact: legs, cycles, and the desk's cash against the exchange's."""
    for row in history.executions:
        legs_c = -sum(quantity * price_c for _, _, quantity, price_c in row["legs"])
        whole_c = row["quantity"] * row["price_c"] * (-1 if row["pays"] else 1)
        if legs_c != whole_c:
            text = f"{row['execution']}: its legs move {legs_c} c a share, the whole {whole_c} c"
            yield Violation(6, "money exact", _ms(row), row["order"], text)
    differs = any(row["code"] == "BOOK_DIFFERS" for row in history.raised.values())
    if not (differs or history.adjusted):
        ours = journal_sums(history, history.in_flight)
        other_side_c = -ledger_sums(history, history.in_flight).cash_c
        if ours.cash_c + other_side_c:
            text = f"the desk's and the exchange's cash sum to {ours.cash_c + other_side_c} c"
            yield Violation(6, "money exact", history.end_ms, "desk", text)
    yield from _cycles(history)


def _cycles(history: History) -> Iterator[Violation]:
    """Each CycleEnded row agrees with the executions before it."""
    net_c: Counter[tuple[str, int]] = Counter()
    fees_c: Counter[tuple[str, int]] = Counter()
    bought: Counter[tuple[str, int]] = Counter()
    legs: defaultdict[tuple[str, int], list[tuple[int, str, float]]] = defaultdict(list)
    for row in history.of("Executed", "FeeCorrected", "CycleEnded"):
        if row["kind"] == "FeeCorrected":
            fees_c[row["trader"], row["cycle"]] += row["fee_c"] - row["before_c"]
            continue
        if row["kind"] == "Executed":
            intent = history.story(row["order"]).intent
            if intent is None:
                continue
            key = (intent["trader"], intent["cycle"])
            net_c[key] += cash_of(history, intent, row)
            fees_c[key] += row["fee_c"]
            bought[key] += row["quantity"] if intent["part"] == "D" else 0
            legs[key].append((row["quantity"], intent["right"], intent["buy_strike"]))
            legs[key].append((-row["quantity"], intent["right"], intent["sell_strike"]))
            continue
        key = (row["trader"], row["cycle"])
        floor_c = net_c[key] - fees_c[key] + floor_of(legs[key], history.multiplier(key[0]))
        for what, claimed, actual in (
            ("contracts", row["contracts"], bought[key]),
            ("net_c", row["net_c"], net_c[key]),
            ("fees_c", row["fees_c"], fees_c[key]),
            ("floor_c", row["floor_c"], floor_c),
        ):
            if claimed != actual:
                text = f"{row['outcome']} says {what} {claimed}, its executions make {actual}"
                yield Violation(6, "money exact", row["at"], f"{key[0]}/{key[1]}", text)
