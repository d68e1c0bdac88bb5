"""An observer's side of looks: what screens ask for is told to the desk, and found where they look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.commands import Ask, Command, TicketState
from engine.observers.client import Found, ObservedDesk
from engine.observers.looking import LATE, Looker, Looks, looked_at
from engine.snapshot import (
    EngineSnapshot,
    ListPage,
    Look,
    LookKind,
    LookState,
    LookView,
    ObserverView,
    OrderStory,
    PayoffView,
    StoryLine,
)
from tests.observers.test_server_and_client import Shown
from tests.support import sample_snapshots as samples
from tests.support import sample_views as views
from tests.support.held_positions import held, positions

TROUBLED = replace(samples.troubled(), observer=ObserverView(), detail=None, version=50)
KEY = TROUBLED.traders[0].key
TRADER = Look(LookKind.TRADER, KEY)
POSITIONS = Look(LookKind.POSITIONS)
ORDER = Look(LookKind.ORDER, "S0-A")
STORY = OrderStory("S0-A", (StoryLine(1.0, "sent", "sent", "-", ""),))


def watch(looker: Any, *targets: str) -> None:
    for target in targets:
        assert looker.submit(Command(Ask.WATCH, target)).state is TicketState.REQUESTED


def shown(look: Look, version: int = 50, **parts: Any) -> LookView:
    return LookView(look, LookState.SHOWN, version, TROUBLED.now_s - 0.5, **parts)


def seen(*rows: LookView, **own: Any) -> EngineSnapshot:
    return looked_at(replace(TROUBLED, looks=rows, **own), tuple(row.look for row in rows))


def told(snapshot: EngineSnapshot) -> list[tuple[LookState, float, bool]]:
    assert snapshot.observer is not None
    return [(look.state, look.at_s, look.late) for look in snapshot.observer.looks]


# ---------------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("targets", "wanted"),
    [
        ((), ()),
        ((KEY,), (TRADER,)),
        ((KEY, ""), ()),
        ((KEY, "order:S0-A"), (TRADER, ORDER)),
        (("positions:",), (POSITIONS,)),
        (
            ("order:S0-A", f"positions:{KEY}/3"),
            (POSITIONS, Look(LookKind.PAYOFF, f"{KEY}/3"), ORDER),
        ),
        (("list:orders,orders@changed",), (Look(LookKind.LIST, "orders@changed"),)),
        (("list:pairs", "list:alarms,events"), ()),
        (("order:S0-A", "order:"), ()),
    ],
)
def test_what_screens_ask_for_is_looked_at(
    targets: tuple[str, ...], wanted: tuple[Look, ...]
) -> None:
    looks = Looks()
    for target in targets:
        looks.watch(target)
    assert looks.wanted == wanted


# ---------------------------------------------------------------------- where it is found


def test_a_look_is_where_the_desks_own_screen_has_its_own() -> None:
    detail = replace(views.detail_of(TROUBLED.traders[0]), key=KEY)
    view = seen(shown(TRADER, detail=detail), shown(ORDER, 50 - LATE - 1, story=STORY))
    assert view.detail is detail and view.story is STORY
    at_s = TROUBLED.now_s - 0.5
    assert told(view) == [(LookState.SHOWN, at_s, False), (LookState.SHOWN, at_s, True)]


def test_what_the_desks_own_screen_shows_as_well_is_fresh() -> None:
    fresh = replace(views.detail_of(TROUBLED.traders[0]), key=KEY)
    old = replace(fresh, cycle="of before")
    view = seen(shown(TRADER, 1, detail=old), detail=fresh)
    assert view.detail is fresh and told(view) == [(LookState.SHOWN, TROUBLED.now_s, False)]


def test_another_trader_on_the_desks_own_screen_is_not_shown_for_this_one() -> None:
    other = replace(views.detail_of(TROUBLED.traders[0]), key="other")
    view = seen(LookView(TRADER, LookState.FULL), detail=other)
    assert view.detail is None and told(view) == [(LookState.FULL, 0.0, False)]
    view = looked_at(replace(TROUBLED, looks=()), (TRADER,))
    assert told(view) == [(LookState.COMING, 0.0, False)]


def test_a_pair_and_its_payoff_are_put_into_the_positions() -> None:
    first, far = held(1), held(2)
    base = positions(pairs=(first,), chosen=first.key, more=7)
    payoff = PayoffView(far, ((1.0, 2.0), (3.0, 4.0)), 1.5)
    look = Look(LookKind.PAYOFF, far.key)
    view = seen(shown(POSITIONS, positions=base), shown(look, payoff=payoff)).positions
    assert view is not None and view.pairs == (first, far) and view.more == 6
    assert (view.chosen, view.curve, view.underlying) == (far.key, payoff.curve, 1.5)
    view = seen(shown(POSITIONS, positions=base), LookView(look, LookState.COMING)).positions
    assert view is not None and view.pairs == (first,)
    assert (view.chosen, view.curve) == (far.key, ((), ()))


def test_pages_are_those_that_came_for_observers() -> None:
    own, came = (ListPage(n, "orders", "", 0, 0, 1.0, ()) for n in (1, 2))
    snapshot = replace(TROUBLED, pages=(own,), looked_pages=(came,))
    assert looked_at(snapshot, ()).pages == (came,)


# ---------------------------------------------------------------------- the way to the desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Shown]:
    made = Shown(tmp_path / "run-1")
    yield made
    made.server.stop()


def wanted(desk: Shown) -> tuple[Look, ...]:
    return desk.server.looked_at()[1]


def test_looks_reach_the_desk_change_there_and_go_with_their_observer(desk: Shown) -> None:
    observed = ObservedDesk(lambda before: Found(desk.folder), "1.2")
    observed.start()
    desk.until(lambda: observed.wait(0))
    visitor = observed.looker()
    watch(observed, KEY)
    desk.until(lambda: wanted(desk) == (TRADER,))
    watch(visitor, KEY, "order:S0-A")
    desk.until(lambda: wanted(desk) == (TRADER, ORDER))
    watch(observed, "", "list:pairs")
    desk.until(lambda: Look(LookKind.LIST, "pairs") in wanted(desk) and len(wanted(desk)) == 3)
    desk.next(looks=(shown(ORDER, story=STORY),))
    desk.until(lambda: observed.snapshot().looks != ())
    assert visitor.seen(observed.snapshot()).story == STORY
    assert observed.snapshot().story != STORY
    visitor.stop()
    desk.until(lambda: wanted(desk) == (Look(LookKind.LIST, "pairs"),))
    observed.stop()
    desk.until(lambda: len(desk.server.lookers) == 0 and wanted(desk) == ())


def test_who_was_closed_tells_the_desk_again(desk: Shown) -> None:
    observed = ObservedDesk(lambda before: Found(desk.folder), "1.2")
    observed.start()
    desk.until(lambda: observed.wait(0))
    watch(observed, KEY)
    desk.until(lambda: wanted(desk) == (TRADER,))
    desk.server.lookers.drop_all()
    assert desk.server.lookers.wanted == ()
    desk.until(lambda: wanted(desk) == (TRADER,))
    observed.stop()


def test_a_cursor_that_runs_through_a_list_is_not_closed(desk: Shown) -> None:
    observed = ObservedDesk(lambda before: Found(desk.folder), "1.2")
    observed.start()
    desk.until(lambda: observed.wait(0))
    for number in range(60):
        watch(observed, f"positions:{KEY}/{number}")
        desk.turn()
    last = (POSITIONS, Look(LookKind.PAYOFF, f"{KEY}/59"))
    desk.until(lambda: wanted(desk) == last)
    assert len(desk.server.lookers) == 1
    observed.stop()


def test_nothing_looked_at_opens_nothing_and_a_desk_that_is_not_there_is_no_error() -> None:
    looker = Looker(lambda: None)
    watch(looker, "")
    assert looker._link is None
    watch(looker, KEY)
    assert looker.submit(Command(Ask.KILL)).state is TicketState.REFUSED
    looker.stop()
    watch(looker, "order:x")
    looker.stop()
