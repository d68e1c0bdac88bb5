"""The account's calls a minute go to what matters, and nothing waits longer than a second."""

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.brokers.http.call import Priority
from engine.brokers.http.governor import LEAST_SHARE, LONGEST_WAIT_S, Governor, NoTurnError
from tests.support.waiting_clock import WaitingClock

P = Priority


def governor(limit: int = 16, ceiling: int = 20) -> tuple[Governor, WaitingClock]:
    clock = WaitingClock()
    return Governor(limit, ceiling, clock), clock


def used(rate: Governor, priority: Priority, calls: int) -> None:
    for _ in range(calls):
        rate.take_turn(priority)


@settings(max_examples=30)
@example([(P.CANCEL, gap_s) for gap_s in (16.99, 1, 11.3, 19, 0, 20, 6.03, 1, 1, 0, 0, 0)])
@given(st.lists(st.tuples(st.sampled_from(Priority), st.floats(0, 20)), max_size=60))
def test_no_minute_has_more_calls_than_the_ceiling_and_nothing_waits_long(calls):
    rate, clock = governor(limit=8, ceiling=10)
    sent: list[tuple[float, Priority]] = []
    for priority, gap_s in calls:
        clock.move(gap_s)
        asked_s = clock.now_s()
        try:
            rate.take_turn(priority)
        except NoTurnError:
            pass
        else:
            sent.append((clock.now_s(), priority))
        assert clock.now_s() - asked_s <= LONGEST_WAIT_S + 1e-2
    for begin_s, _ in sent:
        minute = [priority for at_s, priority in sent if begin_s <= at_s < begin_s + 60]
        assert len(minute) <= 10
    for place, (at_s, priority) in enumerate(sent):
        before = [each for each, _ in sent[:place] if at_s < each + 60]
        assert priority <= P.COMPLETION or len(before) < 8


def test_what_is_kept_is_for_cancels_and_completing_orders():
    rate, clock = governor(limit=2, ceiling=4)
    rate.take_turn(P.CHAIN)
    clock.move(30)
    rate.take_turn(P.DEBIT)
    with pytest.raises(NoTurnError, match="no call is free for 1 s"):
        rate.take_turn(P.DEBIT)
    used(rate, P.CANCEL, 1)
    used(rate, P.COMPLETION, 1)
    with pytest.raises(NoTurnError):
        rate.take_turn(P.CANCEL)
    clock.move(60)
    rate.take_turn(P.DEBIT)


def test_a_cancel_overtakes_what_waits():
    rate, clock = governor(limit=600, ceiling=600)
    used(rate, P.CANCEL, 301)
    order: list[str] = []

    def cancel() -> None:
        rate.take_turn(P.CANCEL)
        order.append("cancel")

    clock.meanwhile = cancel
    rate.take_turn(P.BOOKS)
    order.append("books")
    assert order == ["cancel", "books"]


def test_of_two_that_wait_the_more_important_one_leaves_first():
    rate, clock = governor()
    rate.refused(None)
    order: list[str] = []

    def cancel() -> None:
        rate.take_turn(P.CANCEL)
        order.append("cancel")

    clock.meanwhile = cancel
    rate.take_turn(P.COMPLETION)
    order.append("completion")
    assert order == ["cancel", "completion"]


@pytest.mark.parametrize("kind", [P.BOOKS, P.CHAIN])
def test_books_and_chains_have_their_share_before_debits_and_no_more(kind):
    rate, clock = governor(limit=600, ceiling=600)

    def order_beside(first: Priority) -> list[Priority]:
        order: list[Priority] = []

        def meanwhile() -> None:
            with suppress(NoTurnError):  # it waits behind the other, in this one's thread
                rate.take_turn(kind)
                order.append(kind)

        rate.refused(None)
        clock.meanwhile = meanwhile
        rate.take_turn(first)
        return [*order, first]

    share = int(LEAST_SHARE * 600)
    used(rate, kind, share - 1)
    assert order_beside(P.STATUS) == [P.STATUS]
    assert order_beside(P.DEBIT) == [kind, P.DEBIT]
    assert order_beside(P.DEBIT) == [P.DEBIT], "the share of the minute is used up"
    clock.move(60)
    assert order_beside(P.DEBIT) == [kind, P.DEBIT]


def test_calls_leave_twice_as_far_apart_when_few_are_left():
    rate, clock = governor(limit=600, ceiling=600)
    rate.take_turn(P.CANCEL)
    for left, gap_s in ((400, None), (299, 0.1), (91, 0.1), (90, 0.2)):
        rate.hear(left, 60)
        clock.waits.clear()
        rate.take_turn(P.DEBIT)
        assert clock.waits == ([] if gap_s is None else [pytest.approx(gap_s)])


def test_the_count_of_the_broker_goes_before_ours_until_it_begins_anew():
    rate, clock = governor()
    rate.take_turn(P.STATUS)
    rate.hear(0, 12)
    assert rate.rate() == (0, 20, 12.0)
    with pytest.raises(NoTurnError):
        rate.take_turn(P.CANCEL)
    clock.move(10.5)
    rate.take_turn(P.CANCEL)
    assert clock.now_s() == pytest.approx(12.0)
    assert rate.rate().left == 18
    rate.hear(None, None)
    assert rate.rate().left == 18


def test_after_a_429_the_urgent_wait_a_second_and_the_others_as_long_as_asked():
    rate, clock = governor()
    rate.refused(30)
    assert rate.rate().left == 0
    rate.take_turn(P.CANCEL)
    assert clock.now_s() == pytest.approx(1.0)
    with pytest.raises(NoTurnError):
        rate.take_turn(P.DEBIT)
    clock.move(28)
    rate.take_turn(P.DEBIT)
    rate.refused(None)
    rate.take_turn(P.DEBIT)


@pytest.mark.parametrize(("limit", "ceiling"), [(0, 10), (11, 10), (-1, 10)])
def test_a_share_that_cannot_be_is_refused(limit, ceiling):
    with pytest.raises(ValueError, match="cannot be kept"):
        Governor(limit, ceiling, WaitingClock())
