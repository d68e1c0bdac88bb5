"""A filter of many pairs forms what may pass it first, and finds all that the screen would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.book.contract_keys import ContractKey
from engine.book.held_pair import leg_of
from engine.book.pairs import FOREIGN
from engine.risk.gates import Gate
from engine.runtime.views import pages as whole
from engine.runtime.views.pages import PageWalks
from engine.runtime.views.positions import PositionsBuilder
from engine.runtime.views.search import Search
from engine.snapshot import ListPage, searched, traders_date
from tests.support.many_pairs import AT_MS, ManyHeld, many_held
from tui.lists.declared import passing
from tui.lists.whole import WholeLists
from tui.text import formats
from tui.viewmodel import pairs, positions

SYMBOLS = [*(f"S{number:02d}" for number in range(39)), "AAPL"]
KEYS = ("AAPL 2026-12-04", "AAPL 2026-12-18", "BRK/B 2026-12-02", "ßX漢 2027-01-15")


@pytest.fixture
def formed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of the pairs whose rows were formed."""
    keys: list[str] = []
    make = PositionsBuilder._pair

    def counted(builder: PositionsBuilder, pair: Any) -> Any:
        row = make(builder, pair)
        keys.append(row.key)
        return row

    monkeypatch.setattr(PositionsBuilder, "_pair", counted)
    return keys


def walks(held: ManyHeld) -> PageWalks:
    builder = PositionsBuilder(held)
    state: Any = held.state
    return PageWalks(
        lambda: state,
        lambda: 0.0,
        {},
        builder.page,
        builder.contract_page,
        builder.searches(),
    )


def drained(search: Search, room: float = 1e9) -> list[Any]:
    """All rows that a search finds."""
    rows: list[Any] = []
    while not search.ended:
        rows += search.next(room)[1]
    return rows


@pytest.mark.parametrize(
    ("words", "found"),
    [("AAPL", 50), ("aapl 18dec", 50), ("risk", 200), ("S07 risk", 5), ("S07 37", 1), ("no", 0)],
)
def test_a_filter_is_whole_once_what_passes_it_is_formed(words, found, formed):
    engine, lists = walks(many_held(SYMBOLS, 50)), WholeLists()
    search = f":{searched(words)}"
    wanted = f"pairs,pairs@{search}"
    engine.watch(wanted)
    lists.look_at(wanted)
    snapshots = 0
    while lists.missing("pairs", search):
        before = len(formed)
        lists.take(engine.next())
        snapshots += 1
        assert len(formed) - before <= whole.ROWS
    assert snapshots <= 2
    passes = passing(words)
    shown = [row for row in lists.rows("pairs", (), search) if passes(pairs.LIST.text(row).upper())]
    assert len(shown) == found


def test_the_whole_list_goes_on_beside_a_search_and_has_all_of_the_page_while_that_rests(formed):
    engine = walks(many_held(SYMBOLS, 50))
    engine.watch("pairs,pairs@:AAPL")
    starts, costs = [], []
    for _ in range(6):
        before, pages = len(formed), engine.next()
        starts.append([page.start for page in pages if not page.within][-1])
        costs.append(len(formed) - before)
    assert max(costs) <= whole.ROWS
    assert costs[1:4] == [whole.ROWS] * 3, "a second of rest"
    assert starts == sorted(starts) and len({*starts}) == 6


def test_other_words_and_none_leave_the_whole_list_where_it_is():
    engine, lists = walks(many_held(SYMBOLS, 50)), WholeLists()
    count = 0
    for wanted in ("pairs", "pairs,pairs@:A", "pairs,pairs@:AAPL", "pairs"):
        engine.watch(wanted)
        lists.look_at(wanted)
        lists.take(engine.next())
        assert len(lists.rows("pairs", ())) > count
        count = len(lists.rows("pairs", ()))
    assert next(page.start for page in engine.next() if page.name == "pairs") == 0, "none is lost"


@pytest.mark.parametrize("words", ["BUTTERFLY", "18DEC26", "RISK"])
def test_rows_that_pass_come_as_fast_as_the_list_does_however_many_they_are(words, formed):
    engine, lists = walks(many_held(SYMBOLS, 100, risky=4)), WholeLists()
    wanted, search = f"pairs,pairs@:{words}", f":{words}"
    engine.watch(wanted)
    lists.look_at(wanted)
    snapshots = 0
    while not lists.has_found("pairs", search):
        lists.take(engine.next())
        snapshots += 1
    found = len(lists.rows("pairs", (), search))
    assert found * 1.2 / whole.ROWS + 3 > snapshots


def test_a_page_looks_at_so_many_pairs_of_one_chain_and_no_more(monkeypatch):
    held = many_held(["SPY"], 3_000)
    search = PositionsBuilder(held).searches()["pairs"]("98765")
    looks = []
    while not search.ended:
        start, rows, total = search.next(40.0)
        assert (start, rows) == (0, ())
        assert bool(total) != search.ended, "nobody is told that there is none before it is sure"
        looks.append(search.spent)
    assert len(looks) > 2 and max(looks) < 41.0


def test_pairs_of_which_no_two_are_alike_cost_a_page_no_more():
    held = many_held(["SPY"], 0)
    for cycle in range(1, 400):
        held.complete("SPY 2026-12-18", cycle, 500.0 + cycle)
    search, pages = PositionsBuilder(held).searches()["pairs"]("RISK"), 0
    while not search.ended:
        search.next(30.0)
        assert search.spent < 31.0
        pages += 1
    assert pages >= 2


def test_pairs_that_come_and_go_between_pages_are_found_and_left_out():
    held = many_held(SYMBOLS, 20)
    engine, lists = walks(held), WholeLists()
    wanted, search = "pairs,pairs@:RISK", ":RISK"
    engine.watch(wanted)
    lists.look_at(wanted)
    key = "S00 2026-12-18"
    gone = next(p for p in held.book.of_chain(key) if p.label == "RISK")
    for step in range(60):
        lists.take(engine.next())
        if step == 10:
            held.book.close(gone)
            held.complete(key, 99, gain_c=100)
    shown = {row.key for row in lists.rows("pairs", (), search) if row.label == "RISK"}
    held_now = {f"{p.trader}/{p.cycle}" for p in held.book.held() if p.label == "RISK"}
    assert shown == held_now and f"{key}/99" in shown and f"{key}/{gone.cycle}" not in shown


def test_a_pair_that_is_taken_out_again_while_one_looks_is_found():
    held = many_held(SYMBOLS, 20)
    search = PositionsBuilder(held).searches()["pairs"]("SHARES")
    search.next(2.0)
    pair = held.book.of_chain("AAPL 2026-12-18")[0]
    held.book.keep(pair.moved(leg_of("C", 500.0), 0, shares=100))
    assert [row.cycle for row in drained(search, 2.0)] == [pair.cycle]


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("aapl 04dec26", "AAPL 04DEC26"),
        ("risk RISK lock*", "RISK LOCK*"),
        ("a,b x@y ? … ß spy", "SS SPY"),
        ("!risk", ""),
        (f"{'A' * 60} {'B' * 40} cd {'E' * 9}", f"{'B' * 40} CD"),
    ],
)
def test_words_are_looked_for_that_are_written_alike_on_every_screen(typed, looked_for):
    assert searched(typed) == looked_for


@given(st.dates())
def test_a_date_is_written_as_the_screen_writes_it(day):
    assert traders_date(day) == formats.expiry(day)


# ------------------------------------------------------------------ the same rows


TRADES = st.tuples(
    st.sampled_from(["debit", "credit", "unwind"]),
    st.sampled_from([230.0, 232.5, 600.0, 12005.125]),
    st.sampled_from([5.0, 2.5, -5.0, 10.0]),
    st.integers(1, 3),
    st.integers(10_000, 60_000),
)
PAIRS = st.tuples(
    st.sampled_from(KEYS),
    st.integers(0, 140),
    st.sampled_from("CP"),
    st.lists(TRADES, min_size=1, max_size=5),
    st.sampled_from(["", "PARKED", "COMPLETE", "COMPLETE", "COMPLETE"]),
    st.sampled_from(["", "long butterfly", "long condor", "ŝtrange漢"]),
    st.sampled_from([0, 0, 0, -100]),
)
CALM = st.tuples(
    st.sampled_from(KEYS), st.integers(141, 300), st.sampled_from([0, 230, 600]),
    st.sampled_from([-500, 100, 1_000]),
)  # fmt: skip
FIXED = st.sampled_from(
    ["RISK", "risk", "lock*", "ARB", "unhedged", "parked,", "!RISK", "04DEC26", "cycle", "#12",
     "1", "C", "P", "?", "…", "differs", "ex-date", "days", "assigned", "vertical", "+1", "/", "SS"]
)  # fmt: skip


def book_of(drawn: list[Any], calm: list[Any]) -> ManyHeld:
    held = ManyHeld(KEYS)
    held.differing = {KEYS[0]}
    held.gates = {KEYS[1]: Gate.EX_DATE, KEYS[3]: Gate.UNCOVERED}
    for key, cycle, right, trades, outcome, shape, shares in drawn:
        for kind, near, width, contracts, money_c in trades:
            pair = held.book.book(
                key, cycle, kind, right, near, near + width, contracts, money_c, 136, 100, AT_MS
            )
        if outcome and not pair.flat:
            pair = pair.ended(outcome, shape, pair.floor_c() or 0, "LOCK*")
            pair = pair.moved(leg_of(right, 230.0), 0, shares=shares)
            held.book.keep(pair if cycle != FOREIGN else pair._replace(outcome="FOREIGN"))
    for key, cycle, buy, gain_c in calm:
        if held.book.find(key, cycle) is None:
            held.complete(key, cycle, float(buy) + 5.0, gain_c)
    return held


def words_of(data: st.DataObject, texts: list[str]) -> str:
    """What somebody types: parts of what rows have, and other words."""
    tokens = sorted({token for text in texts for token in text.split()}) or ["X"]
    parts = []
    for _ in range(data.draw(st.integers(1, 3))):
        token = data.draw(st.sampled_from(tokens))
        begins = data.draw(st.integers(0, len(token) - 1))
        ends = data.draw(st.integers(begins + 1, len(token)))
        parts.append(data.draw(FIXED | st.just(token[begins:ends]) | st.just(token)))
    typed = " ".join(parts)
    return data.draw(st.sampled_from([typed, typed.lower(), typed.upper()]))


@settings(max_examples=200, deadline=None)
@given(st.lists(PAIRS, max_size=8), st.lists(CALM, max_size=12), st.data())
def test_what_a_search_forms_and_the_screen_lets_pass_is_what_passes_of_all_rows(drawn, calm, data):
    held = book_of(drawn, calm)
    builder = PositionsBuilder(held)
    every, total = builder.page(0, 10_000)
    assert len(every) == total
    typed = words_of(data, [pairs.LIST.text(row) for row in every])
    words = searched(typed)
    found = drained(builder.searches()["pairs"](words)) if words else every
    passes = passing(typed)

    def passed(rows: Any) -> dict[str, Any]:
        return {row.key: row for row in rows if passes(pairs.LIST.text(row).upper())}

    assert passed(found) == passed(every)
    if words and not typed.startswith("!"):
        assert len({row.key for row in found}) == len(found)


CONTRACTS = st.dictionaries(
    st.builds(
        lambda key, right, strike: ContractKey(key[:-11], key[-10:], right, strike),
        st.sampled_from(KEYS),
        st.sampled_from("CP"),
        st.sampled_from([230.0, 232.5, 12005.125]),
    ),
    st.sampled_from([-3, 1, 7]),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(CONTRACTS, st.data())
def test_the_same_holds_of_contracts(drawn, data):
    held = ManyHeld(KEYS)
    held.differing = {KEYS[0]}
    held.contracts.update(drawn)
    builder = PositionsBuilder(held)
    every, _ = builder.contract_page(0, 10_000)
    typed = words_of(data, [positions.LIST.text(row) for row in every])
    words = searched(typed)
    found = drained(builder.searches()["contracts"](words)) if words else every
    passes = passing(typed)

    def passed(rows: Any) -> dict[str, Any]:
        return {row.key: row for row in rows if passes(positions.LIST.text(row).upper())}

    assert passed(found) == passed(every)


def test_a_page_that_says_how_far_a_search_is_says_it_of_what_may_still_be_found():
    lists = WholeLists()
    lists.look_at("pairs,pairs@:RISK")
    lists.take((ListPage(1, "pairs", ":RISK", 0, 900, 0.0, ()),))
    assert lists.missing("pairs", ":RISK") == "0 found, 900 to look through"
