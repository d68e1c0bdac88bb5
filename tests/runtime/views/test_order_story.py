"""An order's full event history, with our state and the broker's word after every event."""

from __future__ import annotations

from engine.orders import events as ev
from engine.runtime.views.rows import order_story
from engine.state.desk import DeskState
from engine.state.order_record import STORY_KEPT
from engine.state.orders import SHOWN

A = "AAPL 2026-02-20"


def folded(*events):
    state = DeskState()
    state.apply(ev.TraderAdded(0, A, "AAPL", "2026-02-20", 100, "american", "physical", 1))
    for event in events:
        state.apply(event)
    return state


def intended(order, quantity=2, at_ms=1_000):
    return ev.OrderIntended(
        at_ms, A, order, 1, "D", 1, "C", 100, 105, quantity, 155, 1, 2, 0, 0, ""
    )


def test_every_event_is_told_with_its_time_and_both_states():
    state = folded(
        intended("d"),
        ev.OrderSent(1_001, A, "d"),
        ev.OrderUnknown(3_001, A, "d", "no answer"),
        ev.OrderWorking(3_050, A, "d", "B7"),
        ev.Executed(3_100, A, "d", "x1", 1, 154, 136, False),
        ev.CancelSent(3_101, A, "d", "rest after a partial fill"),
        ev.OrderEnded(3_200, A, "d", "canceled", ""),
        ev.Executed(3_300, A, "d", "x2", 1, 155, 136, True),
    )
    story = order_story(state.orders.known["d"])
    assert [(round(s.at_s * 1000), s.what, s.local, s.broker) for s in story.lines] == [
        (1_000, "intended", "recorded", "-"),
        (1_001, "sent", "sent", "-"),
        (3_001, "no answer", "unknown", "-"),
        (3_050, "acknowledged", "working", "working"),
        (3_100, "executed", "partial", "filled 1/2"),
        (3_101, "cancel sent", "canceling", "filled 1/2"),
        (3_200, "ended", "canceled", "canceled"),
        (3_300, "executed", "filled", "filled 2/2"),
    ]
    assert story.lines[-1].text == "+1 at 1.55, late, x2"
    assert story == order_story(state.orders.known["d"])


def test_a_story_is_bounded_for_one_order_and_for_those_that_ended():
    events = [intended("d", 1)]
    events += [ev.OrderUnknown(2_000 + n, A, "d", "no answer") for n in range(STORY_KEPT + 5)]
    story = order_story(folded(*events).orders.known["d"])
    assert (len(story.lines), story.left_out) == (STORY_KEPT + 1, 5)
    events = []
    for number in range(SHOWN + 3):
        name = f"d{number}"
        events += [intended(name), ev.OrderEnded(2_000, A, name, "canceled", "timeout")]
    known = folded(*events).orders.known
    kept = [name for name, record in known.items() if record.events]
    assert len(kept) == SHOWN and f"d{SHOWN + 2}" in kept and "d0" not in kept
