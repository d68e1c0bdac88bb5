"""Whole lists come page after page, only while somebody looks, and nothing is missed."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from engine.book.pairs import PairBook
from engine.commands import Ask
from engine.runtime.views import pages as whole
from engine.snapshot import EngineSnapshot, OrderView
from engine.state.last_lines import LINES_A_BLOCK, UNPACKED
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


@pytest.fixture(scope="module")
def desk() -> Operated:
    operated = Operated(simulated(settings(9), until=time(15, 55)))
    operated.run(600)
    return operated


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(whole, "ROWS", 29)
    return 29


def gathered(desk: Operated, rounds: int) -> dict[str, set[str]]:
    """What a reader has after so many snapshots that hold page after page."""
    found: dict[str, set[str]] = {name: set() for name in ("orders", "pairs", "alarms", "events")}
    for _ in range(rounds):
        for page in desk.snapshot().pages:
            found[page.name] |= {key_of(row) for row in page.rows}
    return found


def key_of(row: object) -> str:
    return str(getattr(row, "number", 0) or getattr(row, "id", "") or getattr(row, "key", ""))


def test_nobody_looks_and_no_snapshot_holds_a_page(desk: Operated) -> None:
    assert desk.snapshot().pages == ()
    desk.ask(Ask.WATCH, "list:orders")
    assert desk.snapshot().pages
    desk.ask(Ask.WATCH, "list:")
    assert desk.snapshot().pages == ()


def test_every_order_pair_alarm_and_event_is_reached(desk: Operated, small_pages: int) -> None:
    state = desk.context.state
    desk.ask(Ask.WATCH, "positions:")
    desk.ask(Ask.WATCH, "list:orders,pairs,alarms,events")
    rounds = 2 + max(len(state.orders.known), len(state.notices.lines)) // small_pages
    assert len(state.orders.known) > 4 * small_pages
    read = gathered(desk, rounds)
    assert read["orders"] == set(state.orders.known)
    assert read["pairs"] == {
        f"{p.trader}/{p.cycle}" for p in state.positions.pairs.held() if not p.flat
    }
    notices = state.notices
    records = [*notices.alarms.values(), *notices.cleared]
    assert read["alarms"] == {record.raised.alarm for record in records}
    assert read["events"] == {str(line.number) for line in notices.lines}
    desk.ask(Ask.WATCH, "list:")
    desk.ask(Ask.WATCH, "")


def test_more_contracts_than_a_snapshot_forms_come_page_by_page(
    desk: Operated, small_pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = desk.context.state.contracts
    monkeypatch.setattr("engine.runtime.views.positions.SHOWN", book.number() - 1)
    desk.ask(Ask.WATCH, "positions:")
    view = desk.snapshot().positions
    assert view is not None
    assert (view.contracts, view.more_contracts) == ((), book.number())
    desk.ask(Ask.WATCH, "list:contracts")
    rounds = 1 + book.number() // small_pages
    pages = {page.serial: page for _ in range(rounds) for page in desk.snapshot().pages}
    rows = {row.key: row.quantity for page in pages.values() for row in page.rows}
    assert len(rows) == book.number()
    assert sorted(rows.values()) == sorted(book.contracts().values())
    monkeypatch.undo()
    monkeypatch.setattr("engine.runtime.views.positions.SHOWN", book.number())
    view = desk.snapshot().positions
    assert view is not None
    assert {row.key: row.quantity for row in view.contracts} == rows
    assert view.more_contracts == 0
    desk.ask(Ask.WATCH, "list:")
    desk.ask(Ask.WATCH, "")


def test_a_look_at_many_positions_forms_and_sorts_no_more_than_it_shows(
    desk: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = desk.context.state
    asked: list[str] = []
    for name in ("labels_put_away", "holders", "places"):
        make = getattr(PairBook, name)

        def counted(book: PairBook, name: str = name, make: Any = make) -> Any:
            asked.append(name)
            return make(book)

        monkeypatch.setattr(PairBook, name, counted)
    monkeypatch.setattr("engine.runtime.views.positions.SHOWN", 5)
    monkeypatch.setattr("engine.runtime.views.positions.SORTED", 5)
    desk.ask(Ask.WATCH, "positions:")
    desk.snapshot()
    asked.clear()
    for _ in range(20):
        view = desk.snapshot().positions
        assert view is not None and len(view.pairs) == 5
        assert view.more == sum(not pair.flat for pair in state.positions.pairs.held()) - 5
    assert asked == []
    desk.ask(Ask.WATCH, "list:pairs,contracts")
    desk.snapshot()
    assert sorted(asked) == ["holders", "places"]
    desk.ask(Ask.WATCH, "list:")
    desk.ask(Ask.WATCH, "")


def test_the_orders_of_one_cycle_come_at_once_and_no_others(desk: Operated) -> None:
    some = desk.context.state.orders.known
    wanted = next(o for o in reversed(some.values()) if o.intent.part == "C").intent
    desk.ask(Ask.WATCH, f"list:orders@{wanted.trader}/{wanted.cycle}")
    (page,) = desk.snapshot().pages
    rows: tuple[OrderView, ...] = page.rows
    assert {"D", "C"} <= {row.part for row in rows}
    assert {(row.trader, row.cycle) for row in rows} == {(wanted.trader, wanted.cycle)}
    assert page.total == len(rows)
    desk.ask(Ask.WATCH, "list:")


def test_orders_that_work_come_at_once_and_with_them_those_that_ended_last(
    desk: Operated, small_pages: int
) -> None:
    orders = desk.context.state.orders
    assert orders.live and len(orders.known) > len(orders.live) + small_pages
    desk.ask(Ask.WATCH, f"list:orders@{whole.OPEN}")
    (page,) = desk.snapshot().pages
    assert {row.id for row in page.rows} == set(orders.live)
    assert page.total == len(orders.live)
    desk.ask(Ask.WATCH, f"list:orders,orders@{whole.CHANGED}")
    pages = desk.snapshot().pages
    assert [(p.name, p.within) for p in pages] == [("orders", ""), ("orders", whole.CHANGED)]
    changed = [row.id for row in pages[1].rows]
    ended = [record.intent.order for record in reversed(orders.ended)]
    assert set(changed[: len(orders.live)]) == set(orders.live)
    assert changed[len(orders.live) :] == ended[: len(changed) - len(orders.live)]
    assert pages[1].total == len(orders.live) + min(whole.LATELY, len(ended))
    desk.ask(Ask.WATCH, "list:")


def test_an_order_without_an_answer_is_in_every_snapshot_however_many_work(
    desk: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = desk.context.state.orders.live
    while len(live) < 2:
        desk.run(0.5)
    monkeypatch.setattr("engine.runtime.views.snapshot_builder.TAIL", 1)
    oldest = min(live.values(), key=lambda record: record.intent.at_ms)
    before, oldest.status = oldest.status, "unknown"
    assert [row.id for row in desk.snapshot().orders] == [oldest.intent.order]
    oldest.status = before


def test_what_has_happened_goes_by_for_observers_and_costs_one_page_a_second(
    desk: Operated, small_pages: int
) -> None:
    state, snapshots = desk.context.state, desk.executor.snapshots
    found: dict[str, set[str]] = {"orders": set(), "alarms": set(), "events": set()}
    serials: set[int] = set()
    desk.snapshot()  # nobody looks any more at what another test looked at
    snapshots.tell_observed(lambda: (True, ()))
    most = max(len(state.orders.known), len(state.notices.lines))
    rounds = 3 * (2 + most // small_pages)
    for _ in range(rounds * whole.OBSERVED_EVERY):
        for page in desk.snapshot().looked_pages:
            found[page.name] |= {key_of(row) for row in page.rows}
            serials.add(page.serial)
    assert len(serials) == rounds
    assert found["orders"] == set(state.orders.known)
    assert found["events"] == {str(line.number) for line in state.notices.lines}
    assert found["alarms"] >= set(state.notices.alarms)
    snapshots.tell_observed(lambda: (False, ()))
    assert desk.snapshot().looked_pages == ()


def test_what_the_desk_looks_at_and_what_goes_by_do_not_meet(
    desk: Operated, small_pages: int
) -> None:
    desk.ask(Ask.WATCH, "list:orders")
    alone = [[page.start for page in desk.snapshot().pages] for _ in range(6)]
    desk.ask(Ask.WATCH, "list:")
    desk.ask(Ask.WATCH, "list:orders")
    desk.executor.snapshots.tell_observed(lambda: (True, ()))
    seen = [desk.snapshot() for _ in range(6)]
    assert [[page.start for page in each.pages] for each in seen] == alone
    assert {page.name for each in seen for page in each.pages} == {"orders"}
    assert any(each.looked_pages for each in seen)
    desk.executor.snapshots.tell_observed(lambda: (False, ()))
    desk.ask(Ask.WATCH, "list:")


def test_the_same_request_again_goes_on_and_another_begins_anew(
    desk: Operated, small_pages: int
) -> None:
    def starts(snapshot: EngineSnapshot) -> list[int]:
        return [page.start for page in snapshot.pages]

    desk.ask(Ask.WATCH, "list:orders")
    desk.snapshot()
    first = starts(desk.snapshot())
    desk.ask(Ask.WATCH, "list:orders")
    assert starts(desk.snapshot())[: len(first)] == first
    desk.ask(Ask.WATCH, "list:orders,events")
    assert starts(desk.snapshot())[:2] == [0, 0]
    desk.ask(Ask.WATCH, "list:")


def test_a_chosen_pair_is_in_the_view_wherever_it_stands(
    desk: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runtime.views.positions.SHOWN", 1)
    desk.ask(Ask.WATCH, "positions:")
    view = desk.snapshot().positions
    assert view is not None and view.more
    desk.ask(Ask.WATCH, "list:pairs")
    (page,) = desk.snapshot().pages
    calm = next(row.key for row in page.rows if row.key != view.pairs[0].key)
    desk.ask(Ask.WATCH, f"positions:{calm}")
    view = desk.snapshot().positions
    assert view is not None
    assert (view.chosen, view.pairs[-1].key) == (calm, calm)
    assert len(view.pairs) + view.more == page.total
    desk.ask(Ask.WATCH, "list:")
    desk.ask(Ask.WATCH, "")


def test_a_page_of_events_is_the_newest_first_from_where_it_starts(desk: Operated) -> None:
    lines = desk.context.state.notices.lines
    for number in range(2 * (UNPACKED + LINES_A_BLOCK)):
        desk.context.state.notices.line(1_732_285_800_000 + number, f"line {number}")
    newest_first = [*lines][::-1]
    desk.ask(Ask.WATCH, "list:events")
    pages = [desk.snapshot().pages[-1] for _ in range(2 + len(lines) // whole.ROWS)]
    assert [page.start for page in pages[1:]] == [*range(whole.ROWS, len(lines), whole.ROWS), 0]
    for page in pages:
        assert [*page.rows] == newest_first[page.start : page.start + whole.ROWS]
        assert page.total == len(lines)
    desk.ask(Ask.WATCH, "list:")
