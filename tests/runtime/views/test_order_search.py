"""A filter of many orders forms what may pass it first, and finds all that the screen would."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.orders.types import Part
from engine.runtime.views import order_search
from engine.runtime.views import pages as whole
from engine.runtime.views import search as searching
from engine.runtime.views.order_search import OrderSearch
from engine.runtime.views.pages import Page, PageWalks
from engine.runtime.views.rows import order_view
from engine.runtime.views.search import PACES, Pace, Search
from engine.snapshot import SEARCH, OrderView, searched
from engine.state.order_record import OrderRecord
from tests.support.many_orders import ManyOrders, many_orders
from tui.lists.declared import passing
from tui.lists.whole import WholeLists
from tui.viewmodel import orders

SYMBOLS = [*(f"S{number:03d}" for number in range(127)), "SPY"]
KEYS = ("AAPL 2026-12-04", "AAPL 2026-12-18", "BRK/B 2026-12-02", "ßX漢 2027-01-15")


def nothing(start: int, rows: int) -> Page:
    return (), 0


def walks(desk: ManyOrders) -> PageWalks:
    return PageWalks(lambda: desk.state, lambda: 0.0, {}, nothing, nothing, {})


@pytest.fixture(scope="module")
def full() -> ManyOrders:
    """As many orders as a desk remembers."""
    desk = many_orders(SYMBOLS, 128)
    assert len(desk.orders.known) == 16_384
    return desk


@pytest.fixture
def formed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the orders whose rows were formed."""
    ids: list[str] = []

    def counted(walk: PageWalks, record: OrderRecord) -> OrderView:
        ids.append(record.intent.order)
        return order_view(record)

    monkeypatch.setattr(PageWalks, "_order", counted)
    return ids


def looking(desk: ManyOrders, words: str) -> tuple[PageWalks, WholeLists, str]:
    """A blotter with a filter, before its first snapshot."""
    engine, lists, search = walks(desk), WholeLists(), f"{SEARCH}{searched(words)}"
    wanted = f"orders,orders@changed,orders@{search}"
    engine.watch(wanted)
    lists.look_at(wanted)
    return engine, lists, search


def shown(lists: WholeLists, search: str, words: str) -> dict[str, OrderView]:
    passes = passing(words)
    rows = lists.rows("orders", (), search)
    return {row.id: row for row in rows if passes(orders.LIST.text(row).upper())}


def test_the_orders_of_a_pair_are_no_words_that_are_looked_for_whatever_its_root_begins_with():
    for root in ("/ES", "./ES", "^VIX", "$SPX", "SPY"):
        key = f"{root} 2026-12-18"
        desk = ManyOrders([key])
        ids = [desk.intend(key, cycle).intent.order for cycle in (7, 7, 8)]
        engine = walks(desk)
        engine.watch(f"orders@{key}/7")
        assert {row.id for page in engine.next() for row in page.rows} == set(ids[:2])


@pytest.mark.parametrize(
    ("words", "found", "snapshots"),
    [
        ("spy", 128, 3),
        ("spy 18dec26", 128, 3),
        ("spy reprice", 21, 3),
        ("S0-FUY7-2A-3-D", 0, 3),
        ("FILLED", 5461, 10),
        ("reprice", 2731, 7),
        ("590/595C", 410, 8),
        ("cycle", 16_384, 24),
    ],
)
def test_a_filter_is_whole_once_what_passes_it_is_formed(words, found, snapshots, full, formed):
    engine, lists, search = looking(full, words)
    took = 0
    while lists.missing("orders", search):
        before = len(formed)
        lists.take(engine.next())
        took += 1
        pace = PACES["orders"].first + 1 - PACES["orders"].later
        assert len(formed) - before <= whole.ROWS * pace + whole.LATELY
    assert took <= snapshots
    assert len(shown(lists, search, words)) == found


def test_one_order_of_all_is_found_by_its_id_at_once(full):
    wanted = list(full.orders.known)[5_000]
    engine, lists, search = looking(full, wanted.lower())
    for _ in range(3):
        lists.take(engine.next())
    assert lists.has_found("orders", search)
    assert list(shown(lists, search, wanted)) == [wanted]


def test_after_its_first_round_a_search_costs_no_more_than_a_page_of_the_list(full, formed):
    engine, lists, search = looking(full, "spy")
    while not lists.has_found("orders", search):
        lists.take(engine.next())
    for _ in range(20):
        before = len(formed)
        pages = {page.serial: page for page in engine.next()}
        (walked,) = [page for page in list(pages.values())[-3:] if not page.within]
        assert len(formed) - before <= whole.ROWS + whole.LATELY
        assert len(walked.rows) >= whole.ROWS // 2, "the whole list goes on"


def test_what_has_changed_comes_whole_in_each_snapshot_while_one_looks(full):
    engine, lists, search = looking(full, "canceled")
    while not lists.has_found("orders", search):
        *_, changed = engine.next()
        assert (changed.within, len(changed.rows)) == ("changed", whole.LATELY)
        lists.take((changed,))
        lists.take(engine.next())


def test_however_many_end_between_two_snapshots_none_of_them_goes_on_as_one_that_works():
    desk = ManyOrders(KEYS)
    working = [desk.intend(KEYS[number % 4], number) for number in range(390)]
    for record in working:
        desk.work(record)
    engine, lists, search = looking(desk, "working")
    for _ in range(4):
        lists.take(engine.next())
    assert len(shown(lists, search, "working")) == 390 > whole.ROWS
    for record in working[:-1]:
        desk.end(record)
    lists.take(engine.next())
    assert list(shown(lists, search, "working")) == [working[-1].intent.order]
    *_, changed = engine.next()
    assert len(changed.rows) == 1 + whole.LATELY, "and no more than ever where few end"


def test_a_page_looks_at_so_many_orders_and_no_more(full):
    search, looks = OrderSearch(full.orders.known, ("98765",), order_view).begin(), []
    while not search.ended:
        start, rows, total = search.next(270.0)
        assert (start, rows) == (0, ())
        assert bool(total) != search.ended, "nobody is told that there is none before it is sure"
        looks.append(search.spent)
    assert len(looks) > 5 and max(looks) < 270.0 + 64 * 0.4


def test_orders_that_come_while_one_looks_are_found_and_forgotten_ones_are_not():
    desk = ManyOrders(KEYS, kept=6)
    for cycle in range(1, 7):
        desk.end(desk.intend(KEYS[0], cycle))
    search = OrderSearch(desk.orders.known, ("AAPL",), order_view).begin()
    first = search.next(1.0)[1]
    assert [row.cycle for row in first] == [6]
    desk.end(desk.intend(KEYS[1], 7))
    assert [row.cycle for row in drained(search)] == [5, 4, 3, 2, 7]


# ------------------------------------------------------------------ the same rows

WORDS = st.sampled_from(
    ["timeout", "reprice", "price protection: outside the band", "rest after a partial fill",
     "ŝtrange漢 reason\t(x)", "ΑΣ ﬁll", "", "x" * 500 + " spy"]
)  # fmt: skip
RECORDS = st.tuples(
    st.sampled_from(KEYS),
    st.integers(1, 140),
    st.sampled_from(Part),
    st.sampled_from("CP"),
    st.sampled_from([230.0, 232.5, 600.0, 12005.125]),
    st.sampled_from([5.0, 2.5, -5.0]),
    st.sampled_from(["", "H0", "H3"]),
    st.sampled_from(
        ["intended", "working", "unknown", "partial", "canceling", "canceled", "filled", "rejected"]
    ),
    st.sampled_from(["", "1f3c-9a", "SIM.S0-X-1", "Ünïque-Ω"]),
    WORDS,
)
FIXED = st.sampled_from(
    ["spy", "FILLED", "reprice", "!filled", "04DEC26", "2026-12-04", "cycle", "DB", "cr", "u", "D",
     "C", "1", "-", "/", "H", "?", "…", "(x)", "600/605c", "X", "working", "1.55", "SS", "sim."]
)  # fmt: skip


def drained(search: Search, room: float = 1e9) -> list[Any]:
    """All rows that a search finds."""
    rows: list[Any] = []
    while not search.ended:
        rows += search.next(room)[1]
    return rows


def come_to(desk: ManyOrders, record: OrderRecord, status: str, broker: str, text: str) -> None:
    """Let an order become that."""
    if status != "intended":
        desk.work(record, broker)
    if status == "partial":
        desk.fill(record, 1)
    elif status == "unknown":
        desk.leave_open(record, text)
    elif status == "canceling":
        desk.cancel(record, text)
    elif status in ("canceled", "rejected", "filled"):
        desk.fill(record, 2 if status == "filled" else 0)
        desk.end(record, status, text)


def typed_of(data: st.DataObject, texts: list[str]) -> str:
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


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=20), st.data())
def test_what_a_search_forms_and_the_screen_lets_pass_is_what_passes_of_all_rows(drawn, data):
    desk = ManyOrders(KEYS)
    for key, cycle, part, right, near, width, stage, status, broker, text in drawn:
        record = desk.intend(
            key, cycle, part, right=right, buy=near, sell=near + width, stage=stage
        )
        come_to(desk, record, status, broker, text)
    every = [order_view(record) for record in desk.orders.known.values()]
    typed = typed_of(data, [orders.LIST.text(row) for row in every])
    words = searched(typed)
    known, room = desk.orders.known, data.draw(st.sampled_from([0.5, 5.0, 1e9]))
    found = every
    if words:
        found = drained(OrderSearch(known, tuple(words.split()), order_view).begin(), room)
        assert not [row for row, times in Counter(row.id for row in found).items() if times > 1]
    passes = passing(typed)

    def passed(rows: list[OrderView]) -> dict[str, OrderView]:
        return {row.id: row for row in rows if passes(orders.LIST.text(row).upper())}

    assert passed(found) == passed(every)


MOVES = st.tuples(
    st.sampled_from(["intend", "work", "cancel", "fill", "unfill", "end", "fail", "look", "look"]),
    st.integers(0, 30),
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(MOVES, max_size=60),
    st.sampled_from(["filled", "working", "AAPL filled", "timeout", "canceling", "BRK", "DB"]),
    st.integers(4, 40),
)
def test_what_is_shown_is_at_every_moment_what_passes_just_then(moves, words, kept):
    desk = ManyOrders(KEYS, kept)
    for cycle in range(1, 13):
        come_to(desk, desk.intend(KEYS[cycle % 4], cycle), "filled", "", "")
    engine, lists, search = looking(desk, words)
    passes = passing(words)
    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(order_search, "AT_ONCE", 1)
        slow.setattr(order_search, "LOOK", 3.0)
        slow.setitem(searching.PACES, "orders", Pace(0.03, 0.01))
        for move, number in [*moves, *[("look", 0)] * 140]:
            known = list(desk.orders.known.values())
            record = known[number % len(known)]
            if move == "intend":
                desk.intend(KEYS[number % 4], 20 + number)
            elif move == "fill":
                desk.fill(record, 1)
            elif move == "unfill":
                desk.fill(record, -1)
            elif move == "end" and record.live:
                desk.end(record, "canceled", "timeout")
            elif move == "work" and record.sent_ms is None:
                desk.work(record)
            elif move == "cancel" and record.live:
                desk.cancel(record)
            elif move == "fail" and record.live:
                desk.leave_open(record)
            elif move == "look":
                lists.take(engine.next())
                if not lists.has_found("orders", search):
                    continue
                there = [*desk.orders.ended, *known]  # what ended lately is there anyway
                rows = {record.intent.order: order_view(record) for record in there}
                wanted = {
                    key: row for key, row in rows.items() if passes(orders.LIST.text(row).upper())
                }
                told = shown(lists, search, words)
                assert {key: row for key, row in told.items() if key in rows} == wanted
    assert lists.has_found("orders", search)
    assert shown(lists, search, words) == wanted
