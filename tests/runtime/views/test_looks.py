"""What observers look at is formed as for the desk's own screen, in a budget, and apart from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, time
from itertools import pairwise
from typing import Any

import pytest

from engine.commands import Ask
from engine.orders import events as ev
from engine.runtime.views import looks as observed
from engine.runtime.views import search as searching
from engine.runtime.views.looks import A_SNAPSHOT, EVERY, MOST, PAIRS_A_PAGE
from engine.runtime.views.order_stories import OrderStories
from engine.runtime.views.search import Pace
from engine.snapshot import EngineSnapshot, Look, LookKind, LookState, LookView, traders_date
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

POSITIONS = Look(LookKind.POSITIONS)


class Watched:
    """A desk and what its observers want."""

    def __init__(self, desk: Operated) -> None:
        self.desk = desk
        self.wanted: tuple[Look, ...] = ()
        desk.executor.snapshots.tell_observed(lambda: (bool(self.wanted), self.wanted))

    def look(self, *wanted: Look) -> EngineSnapshot:
        self.wanted = wanted
        return self.desk.snapshot()

    def snapshots(self, number: int) -> list[EngineSnapshot]:
        return [self.desk.snapshot() for _ in range(number)]

    def orders(self) -> list[Look]:
        known = self.desk.context.state.orders.known
        return [Look(LookKind.ORDER, order) for order in list(known)[::-1]]

    def traders(self) -> list[Look]:
        return [Look(LookKind.TRADER, key) for key in self.desk.executor.traders]

    def pairs(self) -> list[Look]:
        view = self.desk.executor.snapshots._positions.view("positions")
        return [Look(LookKind.PAYOFF, pair.key) for pair in view.pairs]


@pytest.fixture(scope="module")
def operated() -> Operated:
    desk = Operated(simulated(settings(9), until=time(15, 55)))
    desk.run(900)
    return desk


@pytest.fixture
def watched(operated: Operated) -> Iterator[Watched]:
    yield Watched(operated)
    operated.executor.snapshots.tell_observed(lambda: (False, ()))
    operated.ask(Ask.WATCH, "")
    operated.ask(Ask.WATCH, "order:")
    operated.snapshot()


def row(snapshot: EngineSnapshot, look: Look) -> LookView:
    return next(each for each in snapshot.looks if each.look == look)


def test_a_look_shows_what_the_desks_own_screen_would_show(watched: Watched) -> None:
    desk = watched.desk
    trader, order, pair = watched.traders()[1], watched.orders()[0], watched.pairs()[-1]
    desk.ask(Ask.WATCH, trader.name)
    desk.ask(Ask.WATCH, f"order:{order.name}")
    both = watched.look(trader, order)
    assert both.detail is not None and both.detail == row(both, trader).detail
    assert both.story is not None and both.story.lines and both.story == row(both, order).story
    desk.ask(Ask.WATCH, f"positions:{pair.name}")
    both = watched.look(POSITIONS, pair)
    held, found = both.positions, row(both, pair).payoff
    seen = row(both, POSITIONS).positions
    assert held is not None and seen is not None and found is not None
    assert seen.pairs == held.pairs and seen.contracts == held.contracts
    assert (found.curve, found.underlying) == (held.curve, held.underlying) and found.curve[0]
    assert found.pair in held.pairs


def test_observers_change_nothing_of_what_the_desks_own_screen_shows(watched: Watched) -> None:
    desk, own = watched.desk, watched.traders()[0]

    def shown(wanted: Sequence[Look]) -> list[EngineSnapshot]:
        desk.ask(Ask.WATCH, "list:")
        desk.ask(Ask.WATCH, f"positions:{watched.pairs()[0].name}")
        desk.ask(Ask.WATCH, "list:pairs,orders")
        watched.wanted = tuple(wanted)
        seen = watched.snapshots(3)
        desk.ask(Ask.WATCH, own.name)
        seen += watched.snapshots(3)
        return [replace(each, looks=(), looked_pages=(), version=0, tickets=()) for each in seen]

    def told(snapshots: list[EngineSnapshot]) -> list[object]:
        return [
            (
                each.detail,
                each.story,
                each.positions,
                [(p.name, p.start, p.rows) for p in each.pages],
            )
            for each in snapshots
        ]

    lists = [Look(LookKind.LIST, name) for name in ("pairs", "contracts", "orders@changed")]
    alone = told(shown(()))
    beside = told(shown([*lists, POSITIONS, *watched.pairs()[1:3], *watched.orders()[:4]]))
    assert beside == alone
    desk.ask(Ask.WATCH, "list:")


def test_a_look_is_formed_once_a_second_and_says_when(watched: Watched) -> None:
    trader = watched.traders()[0]
    watched.look(trader)
    rows = [row(each, trader) for each in watched.snapshots(4 * EVERY)]
    versions = sorted({each.version for each in rows})
    assert {b - a for a, b in pairwise(versions)} == {EVERY}
    assert len({id(each) for each in rows}) == len(versions)  # what is the same is not sent again
    assert rows[-1].at_s == watched.desk.context.moment.epoch_s


def test_so_many_are_formed_a_snapshot_and_so_many_at_a_time(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    formed: list[Look] = []
    view = observed.ObservedLooks._view

    def counted(self: observed.ObservedLooks, look: Look, version: int, at_s: float) -> LookView:
        formed.append(look)
        return view(self, look, version, at_s)

    monkeypatch.setattr(observed.ObservedLooks, "_view", counted)
    lists = [Look(LookKind.LIST, name) for name in ("pairs", "contracts")]
    wanted = [*lists, POSITIONS, *watched.traders(), *watched.orders()][: MOST + 4]
    watched.wanted = tuple(wanted)
    late = 0
    for _ in range(4 * EVERY):
        formed.clear()
        seen = watched.desk.snapshot()
        assert len(formed) <= A_SNAPSHOT
        assert sum(look in (*lists, POSITIONS) for look in formed) <= 1
        late = max(late, *(seen.version - each.version for each in seen.looks if each.version))
    assert [each.look for each in seen.looks] == wanted
    assert [each.state for each in seen.looks] == [LookState.SHOWN] * MOST + [LookState.FULL] * 4
    assert late <= EVERY
    seen = watched.look(*wanted[4:])  # four have gone: there is room
    watched.snapshots(EVERY)
    assert {each.state for each in watched.desk.snapshot().looks} == {LookState.SHOWN}


def test_the_journal_is_read_for_one_order_a_snapshot(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def begin(self: OrderStories, wanted: Any, record: Any) -> None:
        begun.append(wanted.order)

    monkeypatch.setattr(OrderStories, "_begin", begin)
    known = watched.desk.context.state.orders.known
    old = [look for look in watched.orders() if known[look.name].left_out][:MOST]
    assert len(old) > 4
    watched.wanted = tuple(old)
    for turn in range(1, 5):
        watched.desk.snapshot()
        assert len(begun) == turn
    assert len(set(begun)) > 1  # and no order waits for another one's journal


def test_whoever_changes_looks_all_the_time_keeps_nobody_from_his_own(watched: Watched) -> None:
    mine, others = watched.traders()[0], watched.orders()
    for turn in range(6 * EVERY):
        restless = others[3 * turn : 3 * turn + 5]
        seen = watched.look(mine, *restless)
        found = row(seen, mine)
        assert found.state is LookState.SHOWN and seen.version - found.version <= 2 * EVERY


@pytest.mark.parametrize(
    "look",
    [
        Look(LookKind.TRADER, "NONE 2026-12-04"),
        Look(LookKind.ORDER, "no-order"),
        Look(LookKind.PAYOFF, "no/pair"),
        Look(LookKind.PAYOFF, "SPY 2026-12-04/" + "9" * 40),
        Look(LookKind.LIST, "pairs@SPY"),
        Look(LookKind.LIST, "orders@no/1"),
        Look(LookKind.LIST, "alarms"),
        Look(LookKind.LIST, "rows"),
    ],
)
def test_what_there_is_not_takes_no_room_and_says_so(watched: Watched, look: Look) -> None:
    trader = watched.traders()[0]
    seen = watched.look(look, trader)
    assert row(seen, look).state is LookState.GONE and row(seen, trader).detail is not None
    assert row(watched.desk.snapshot(), look) is row(seen, look) or look.kind is LookKind.PAYOFF


def test_what_cannot_be_formed_ends_no_desk(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError

    trader, order = watched.traders()[0], watched.orders()[0]
    monkeypatch.setattr(observed, "trader_detail", broken)
    seen = watched.look(trader, order)
    assert row(seen, trader).state is LookState.FAILED and row(seen, order).story is not None


def test_nobody_looks_and_nothing_is_formed_or_kept(watched: Watched) -> None:
    watched.look(POSITIONS, Look(LookKind.LIST, "pairs"), *watched.traders())
    watched.snapshots(EVERY)
    seen = watched.look()
    assert seen.looks == () and seen.looked_pages == ()
    looks = watched.desk.executor.snapshots._looks
    assert not looks._rows and not looks._due and not looks._positions._known


def test_pairs_come_a_hundred_a_second(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observed, "PAIRS_A_PAGE", 3)
    pairs = Look(LookKind.LIST, "pairs")
    watched.look(pairs)
    starts = {
        page.serial: page.start
        for each in watched.snapshots(5 * EVERY)
        for page in each.looked_pages
        if page.name == "pairs"
    }
    total = len(watched.pairs())
    assert total > 3 and list(starts.values())[:2] == [0, 3] and PAIRS_A_PAGE == 100
    assert all(start < total for start in starts.values())


def test_words_are_looked_for_among_the_pairs_and_a_search_that_fails_begins_anew(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = watched.desk.context.state.positions.pairs
    (most, _), *_ = Counter(pair.trader for pair in held.held() if not pair.flat).most_common(1)
    symbol, day = most.split(" ")
    words = f"{symbol} {traders_date(date.fromisoformat(day))}"
    search = Look(LookKind.LIST, f"pairs@:{words}")

    def found() -> tuple[set[str], bool]:
        pages = {
            page.serial: page
            for snapshot in [watched.look(search), *watched.snapshots(3 * EVERY)]
            for page in snapshot.looked_pages
            if page.within == f":{words}"
        }
        ended = any(page.start + len(page.rows) >= page.total for page in pages.values())
        return {row.key for page in pages.values() for row in page.rows}, ended

    def failing(search: object, pair: object) -> None:
        raise ValueError("a fault")

    with monkeypatch.context() as patched:
        patched.setattr("engine.runtime.views.pair_search.PairSearch._lacks", failing)
        assert found() == (set(), False)
        assert row(watched.desk.snapshot(), search).state is LookState.FAILED
    wanted = {f"{p.trader}/{p.cycle}" for p in held.held() if p.trader == most and not p.flat}
    keys, ended = found()
    assert keys == wanted and ended


def test_the_orders_with_some_words_come_in_each_snapshot_until_all_have_been_looked_through(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(searching.PACES, "orders", Pace(0.06, 0.02))
    monkeypatch.setattr(observed, "A_SNAPSHOT", 2)
    known = watched.desk.context.state.orders.known
    filled = {order for order, record in known.items() if record.status == "filled"}
    search, found, ended_at = Look(LookKind.LIST, "orders@:FILLED"), set(), 0
    trader = watched.traders()[0]
    snapshots = [watched.look(search, trader), *watched.snapshots(len(known))]
    at = {row(each, search).version for each in snapshots}
    for number, each in enumerate(snapshots):
        for page in each.looked_pages:
            if page.within == ":FILLED" and not ended_at:
                found |= {order.id for order in page.rows}
                ended_at = number if page.start + len(page.rows) >= page.total else 0
    assert found >= filled and ended_at > 4
    first = snapshots[0].version
    assert at >= set(range(first, first + ended_at)), "in each one, as nobody else waits"
    assert {b - a for a, b in pairwise(sorted(at)) if a > first + ended_at} == {EVERY}
    looked = {row(each, trader).version for each in snapshots}
    assert max(b - a for a, b in pairwise(sorted(looked))) == EVERY, "and a trader as ever"


def test_of_looks_for_words_among_all_orders_one_is_formed_in_a_snapshot(watched: Watched) -> None:
    words = ("FILLED", "REPRICE", "TIMEOUT", "C", "D")
    searches = [Look(LookKind.LIST, f"orders@:{each}") for each in words]
    seen = watched.look(*searches)
    for _ in range(3):
        formed = [each for each in searches if row(seen, each).version == seen.version]
        assert len(formed) == 1
        seen = watched.desk.snapshot()


def test_looks_are_not_journaled_and_answer_nothing(watched: Watched) -> None:
    before = len(watched.desk.events), watched.desk.context.journal.seq
    watched.look(POSITIONS, *watched.traders(), *watched.orders()[:3])
    watched.snapshots(2 * EVERY)
    assert before == (len(watched.desk.events), watched.desk.context.journal.seq)
    assert not watched.desk.of(ev.OperatorActed)
