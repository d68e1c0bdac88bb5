"""What every gateway keeps, whatever calls bring: written first, sent once, looked up, agreed."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.brokers.following.order_view import OrderView, ViewState
from engine.brokers.http.call import Answer
from engine.brokers.protocol import NotSentError, RefusedOrderError, ThrottledError
from engine.gateway.books import NoAnswerError
from engine.gateway.journal import EXECUTIONS, ORDERS, GatewayJournal, JournalError
from engine.orders.transitions import OrderState
from engine.orders.types import ReportKind
from tests.support.gateway_desk import GatewayDesk

K = ReportKind
BUSY, HTML = Answer(429, None), Answer(200, None)


@pytest.fixture
def desk(tmp_path: Path) -> GatewayDesk:
    return GatewayDesk(tmp_path)


def test_an_order_is_on_the_disk_before_it_leaves(desk: GatewayDesk) -> None:
    seen: list[str] = []
    desk.broker.before_post = lambda name: seen.append((desk.folder / ORDERS).read_text())
    name, _ = desk.sent()
    (line,) = seen[0].splitlines()
    row = json.loads(line)
    assert (row["id"], row["body"]["limit_c"], row["at"]) == (name, 110, desk.clock._epoch_s)
    assert (desk.folder / ORDERS).stat().st_mode & 0o777 == 0o600


def test_an_order_that_cannot_be_written_down_does_not_leave(desk: GatewayDesk) -> None:
    (desk.folder / ORDERS).mkdir()
    with pytest.raises(NotSentError, match="cannot be written down"):
        desk.gateway.submit(desk.order())
    assert desk.broker.posts == []


def test_an_id_is_used_once(desk: GatewayDesk) -> None:
    desk.sent()
    with pytest.raises(RefusedOrderError, match="used once"):
        desk.gateway.submit(desk.order())
    desk.restart()
    with pytest.raises(RefusedOrderError, match="used once"):
        desk.gateway.submit(desk.order())
    assert len(desk.broker.posts) == 1


def test_what_the_broker_has_no_words_for_is_not_sent(desk: GatewayDesk) -> None:
    mixed = replace(desk.order(), effects=("mixed", "open"))
    with pytest.raises(NotSentError, match="no word"):
        desk.gateway.submit(mixed)
    assert desk.broker.calls == []


TAKEN_ALL_THE_SAME = ["lost", Answer(500, None), Answer(503, None), HTML, Answer(302, None)]


@pytest.mark.parametrize("fault", TAKEN_ALL_THE_SAME, ids=str)
def test_an_order_whose_answer_was_lost_is_found_and_followed(desk, fault) -> None:
    desk.broker.faults["POST"] = [fault]
    name, there = desk.sent()
    assert desk.kinds(name) == []
    desk.wait(0.5)
    assert desk.kinds(name) == [K.ACK]
    desk.fill(there, 2)
    desk.wait(3.0)
    assert desk.orders[name].state is OrderState.FILLED
    desk.agree()


def test_an_order_that_never_arrived_is_not_found_after_half_a_minute(desk: GatewayDesk) -> None:
    desk.broker.faults["POST"] = ["cut"]
    made = desk.order()
    desk.gateway.submit(made)
    looks = [call for call in desk.broker.calls if call.path == "/order"]
    assert looks == []
    desk.wait(29.0)
    assert desk.kinds(made.client_order_id) == []
    looks = [call for call in desk.broker.calls if call.path == "/order"]
    assert 10 <= len(looks) <= 20
    desk.wait(4.0)
    assert desk.kinds(made.client_order_id) == [K.NOT_FOUND]
    desk.restart()
    assert desk.gateway.looks.work() == float("inf")
    desk.agree()


def test_an_order_in_the_list_is_not_gone_although_nobody_knows_it_by_id(desk) -> None:
    desk.broker.faults["POST"] = ["lost"]
    name, _ = desk.sent()
    desk.broker.faults["GET /order"] = [Answer(404, None)] * 18
    desk.wait(120.0)
    assert K.NOT_FOUND not in desk.kinds(name)
    assert K.ACK in desk.kinds(name)


def test_what_surely_did_not_leave_is_said_at_once(desk: GatewayDesk) -> None:
    faults: list[str | Answer] = ["unsent", Answer(401, None), Answer(403, None)]
    for number, fault in enumerate(faults, 1):
        desk.broker.faults["POST"] = [fault]
        with pytest.raises(NotSentError):
            desk.gateway.submit(desk.order(number))
    assert desk.gateway.looks.work() == float("inf")
    assert desk.broker.orders == {}
    desk.gateway.query("SI1-20-1-1D1")
    assert desk.kinds("SI1-20-1-1D1") == [K.NOT_FOUND]


def test_a_429_that_took_the_order_is_adopted_and_one_that_did_not_is_no_reject(desk) -> None:
    desk.broker.faults["POST"] = [BUSY]
    with pytest.raises(ThrottledError):
        desk.gateway.submit(desk.order(1))
    assert desk.clock.waits == [1.0]
    desk.broker.faults["POST"] = ["taken and 429"]
    name, _ = desk.sent(2)
    assert desk.kinds(name) == [K.ACK]
    desk.broker.faults["POST"] = [BUSY]
    desk.broker.faults["GET"] = ["lost"]
    unclear = desk.order(3)
    desk.gateway.submit(unclear)
    desk.wait(40.0)
    assert desk.kinds(unclear.client_order_id) == [K.NOT_FOUND]
    desk.agree()


@pytest.mark.parametrize("executes", [False, True])
def test_an_order_that_a_429_took_is_ours_though_a_look_up_is_behind(desk, executes: bool) -> None:
    """Where the broker's answers differ, it is not certain that the order is not there."""
    if executes:
        desk.broker.meanwhile["/orders"] = lambda: desk.fill(*desk.broker.orders.values(), 2)
    desk.broker.faults["POST"] = ["taken and 429"]
    desk.broker.faults["GET /order"] = [Answer(404, None)]
    name, there = desk.sent()
    desk.wait(3.0)
    assert K.ACK in desk.kinds(name)
    if not executes:
        desk.fill(there, 2)
        desk.wait(3.0)
    assert desk.orders[name].filled == 2
    desk.agree()


def test_a_refusal_is_a_reject_with_its_reason(desk: GatewayDesk) -> None:
    desk.broker.refuses = "no buying power"
    made = desk.order()
    desk.gateway.submit(made)
    assert [(r.kind, r.reason) for r in desk.reports] == [(K.REJECTED, "no buying power")]
    desk.gateway.query(made.client_order_id)
    assert desk.kinds(made.client_order_id) == [K.REJECTED, K.REJECTED]


def test_a_used_id_is_an_order_that_is_there(desk: GatewayDesk) -> None:
    made = desk.order()
    desk.broker._take({"client": made.client_order_id})
    desk.gateway.submit(made)
    desk.wait(0.5)
    assert desk.kinds(made.client_order_id) == [K.ACK]


def test_a_taken_cancel_is_not_done_until_the_broker_says_so(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    desk.gateway.cancel(name)
    assert desk.kinds(name) == [K.ACK]
    assert desk.orders[name].live
    desk.fill(there)
    there.end(ViewState.CANCELED)
    desk.wait(1.0)
    assert desk.kinds(name) == [K.ACK, K.FILL, K.CANCELED]
    desk.agree()


def test_a_cancel_that_does_nothing_is_told_after_ten_seconds(desk: GatewayDesk) -> None:
    name, _ = desk.sent()
    desk.gateway.cancel(name)
    desk.wait(9.0)
    assert desk.notices == []
    desk.wait(3.0)
    assert [kind for kind, _ in desk.notices] == ["CANCEL_STUCK"]


def test_a_cancel_that_is_sent_again_and_again_is_told_as_stuck_and_looked_at_less(desk) -> None:
    name, _ = desk.sent()
    for _ in range(6):  # as a guard does
        desk.gateway.cancel(name)
        desk.wait(2.0)
    assert [kind for kind, _ in desk.notices] == ["CANCEL_STUCK"]
    before = len(desk.broker.calls)
    desk.wait(20.0)
    assert len(desk.broker.calls) - before <= 11


@pytest.mark.parametrize("kind", ["CANCEL_STUCK", "LEGS_APART", "BROKER_WORD"])
def test_what_holds_is_told_again_and_no_more_once_it_is_over(desk, kind: str) -> None:
    name, there = desk.sent()
    if kind == "CANCEL_STUCK":
        desk.gateway.cancel(name)
    elif kind == "LEGS_APART":
        there.execute(0, 295)
    else:
        there.state = ViewState.UNKNOWN
    desk.wait(2_000.0)
    told_s = {what: told_s for (what, _), told_s in desk.told_s.items()}
    assert desk.clock.now_s() - told_s[kind] <= 11.0
    if kind == "LEGS_APART":
        there.execute(1, 186)
    there.state = ViewState.WORKING
    there.end(ViewState.CANCELED)
    desk.wait(30.0)
    over_s = desk.clock.now_s()
    desk.wait(2_000.0)
    assert max(desk.told_s.values()) <= over_s


def test_a_cancel_that_comes_too_late_looks_for_the_execution(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.gateway.cancel(name)
    assert desk.kinds(name) == [K.ACK, K.CANCEL_REJECTED, K.FILL, K.FILL]
    desk.agree()


def test_an_answer_about_an_ended_order_is_not_behind_its_executions(desk: GatewayDesk) -> None:
    """The desk asks before it sells in the place of a cancelled credit."""
    name, there = desk.sent()
    there.end(ViewState.CANCELED)
    desk.gateway.looks.at_all()
    desk.wait(0.0)
    assert desk.kinds(name) == [K.ACK, K.CANCELED]
    desk.clock.meanwhile = lambda: desk.fill(there, 1)  # it crossed the cancel, and is known now
    desk.gateway.query(name)
    assert desk.orders[name].filled == 1
    waits = len(desk.clock.waits)
    desk.wait(2.0)
    desk.gateway.query(name)
    assert len(desk.clock.waits) == waits, "its end is long ago"
    desk.agree()


@pytest.mark.parametrize("fault", ["unsent", "lost", "cut", BUSY, Answer(500, None)], ids=str)
def test_a_cancel_whose_fate_is_unknown_is_said_so_and_looked_up(desk, fault) -> None:
    name, there = desk.sent()
    desk.broker.faults["DELETE"] = [fault]
    with pytest.raises(NoAnswerError):
        desk.gateway.cancel(name)
    there.end(ViewState.CANCELED)
    desk.wait(0.0)
    assert desk.kinds(name) == [K.ACK, K.CANCELED]


def test_an_order_without_a_name_is_looked_up_before_it_is_cancelled(desk: GatewayDesk) -> None:
    desk.broker.faults["POST"] = ["lost"]
    name, there = desk.sent()
    desk.gateway.cancel(name)
    assert there.state is ViewState.CANCELING
    desk.broker.faults["POST"] = ["cut"]
    missing = desk.order(2)
    desk.gateway.submit(missing)
    with pytest.raises(NoAnswerError, match="not named"):
        desk.gateway.cancel(missing.client_order_id)
    with pytest.raises(NoAnswerError, match="never sent"):
        desk.gateway.cancel("SI1-20-1-9D9")


def test_a_question_tells_everything_again_and_no_answer_is_no_answer(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    desk.fill(there)
    there.end(ViewState.CANCELED)
    desk.gateway.query(name)
    desk.gateway.query(name)
    assert desk.kinds(name)[-3:] == [K.ACK, K.FILL, K.CANCELED]
    desk.agree()
    desk.broker.faults["GET"] = ["lost"]
    with pytest.raises(NoAnswerError):
        desk.gateway.query(name)
    desk.gateway.query("SI1-20-1-9D9")
    assert desk.kinds("SI1-20-1-9D9") == [K.NOT_FOUND]


def test_events_that_are_late_twice_or_out_of_order_change_nothing(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    views: list[OrderView] = []
    for price_c in (290, 296):
        for leg, leg_c in ((0, price_c), (1, 186)):
            there.execute(leg, leg_c)
            views.append(replace(there.view(), client_id=name, broker_id="B1"))
    random.Random(3).shuffle(views)
    for view in (*views, *views):
        desk.gateway.hear(view)
    desk.agree()
    assert desk.kinds(name).count(K.FILL) == 2


@pytest.mark.parametrize("ends", [False, True])
def test_a_stream_that_is_ahead_of_the_answers_is_believed_and_nothing_is_taken_back(
    desk: GatewayDesk, *, ends: bool
) -> None:
    """Answers may lag behind events for a while: an older count is no bust."""
    name, there = desk.sent(quantity=2)
    older = desk.broker.told(name)
    desk.fill(there, 2 if ends else 1)
    desk.gateway.hear(replace(there.view(), client_id=name, broker_id="B1"))
    filled = [K.ACK, *[K.FILL] * (2 if ends else 1)]
    assert desk.kinds(name) == filled
    desk.broker.faults["GET /order"] = [Answer(200, older)] * 3
    desk.gateway.looks.at_all()
    desk.wait(12.0)
    assert desk.kinds(name) == filled, "told twice, or taken back"
    desk.broker.faults.clear()
    desk.gateway.query(name)
    desk.agree()
    assert desk.notices == []


def test_a_bust_is_asked_about_and_its_answer_counts(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    desk.fill(there, 2)
    desk.wait(3.0)
    there.bust(1)
    desk.wait(30.0)
    assert desk.orders[name].filled == 2
    desk.restart()
    assert desk.gateway.ours == {"B1", "B1-buy", "B1-sell"}
    assert desk.gateway.ask_about("B1-sell", replaces=True)
    desk.wait(0.1)
    assert desk.orders[name].filled == 1
    desk.agree()
    assert not desk.gateway.ask_about("B99", replaces=False)
    for _ in range(2):
        assert desk.journal.written.ledger.busted == ["B1:2"], "whoever reads it again knows, too"
        desk.restart()


def test_an_event_of_somebody_else_is_told_once(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    stranger = replace(there.view(), client_id="theirs", broker_id="B9")
    desk.gateway.hear(stranger)
    desk.gateway.hear(stranger)
    assert [kind for kind, _ in desk.notices] == ["FOREIGN_ORDER"], "nothing has executed of it"
    desk.fill(there)
    desk.gateway.hear(replace(there.view(), client_id="theirs", broker_id="B9"))
    assert [kind for kind, _ in desk.notices] == ["FOREIGN_ORDER", "FOREIGN_FILL"]
    assert desk.kinds(name) == [K.ACK]


def test_a_working_order_is_looked_at_less_often_while_the_stream_tells_of_it(desk) -> None:
    name, there = desk.sent()
    before = len(desk.broker.calls)
    desk.wait(20.0)
    polled = len(desk.broker.calls) - before
    desk.gateway.looks.tell_streamed(streamed=True)
    desk.wait(20.0)
    assert 8 <= polled <= 11
    assert 1 <= len(desk.broker.calls) - before - polled <= 3
    there.state = ViewState.UNKNOWN
    desk.gateway.looks.at_all()
    desk.wait(3.0)
    assert [kind for kind, _ in desk.notices] == ["BROKER_WORD"]
    assert desk.kinds(name) == [K.ACK]


def test_legs_that_stay_apart_are_told(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    there.execute(0, 295)
    desk.wait(40.0)
    assert desk.kinds(name) == [K.ACK, K.LEG_FILL]
    assert [kind for kind, _ in desk.notices] == ["LEGS_APART"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_calls_bring_and_whenever_the_process_ends_all_agree(tmp_path_factory, data):
    desk = GatewayDesk(tmp_path_factory.mktemp("account"))
    faults = st.sampled_from(["", "lost", "cut", "unsent", BUSY, HTML, Answer(500, None)])
    for number in range(1, data.draw(st.integers(1, 3)) + 1):
        for kind in ("POST", "DELETE", "GET"):
            desk.broker.faults[kind] = data.draw(st.lists(faults, max_size=3))
        made = desk.order(number)
        try:
            desk.gateway.submit(made)
        except NotSentError:
            del desk.orders[made.client_order_id]
            assert made.client_order_id not in desk.broker.orders
            continue
        there = desk.broker.orders.get(made.client_order_id)
        for step in data.draw(st.lists(st.sampled_from("fcrwe"), max_size=6)):
            if step == "f" and there is not None and there.lots < 2 and there.state in (
                ViewState.WORKING, ViewState.CANCELING
            ):  # fmt: skip
                desk.fill(there, 1, data.draw(st.integers(200, 296)))
            elif step == "c":
                with suppress(NoAnswerError):
                    desk.gateway.cancel(made.client_order_id)
            elif step == "r":
                desk.restart()
            elif step == "e" and there is not None:
                there.end(ViewState.CANCELED)
            else:
                desk.wait(data.draw(st.sampled_from([0.2, 5.0])))
    desk.broker.faults.clear()
    for there in desk.broker.orders.values():
        there.end(ViewState.EXPIRED)
    desk.wait(40.0)
    desk.agree()
    again = GatewayJournal(desk.folder)
    assert again.written.ledger.executions == desk.journal.written.ledger.executions
    assert all(order.end for order in again.written.orders.values())


def test_a_line_that_a_crash_cut_had_not_happened(desk: GatewayDesk) -> None:
    name, there = desk.sent()
    desk.fill(there)
    desk.wait(3.0)
    orders, executions = desk.folder / ORDERS, desk.folder / EXECUTIONS
    orders.write_bytes(orders.read_bytes() + b'{"id": "SI1-20-1-1D2", "bo')
    executions.write_bytes(executions.read_bytes() + b'{"execut')
    desk.restart()
    assert list(desk.journal.written.orders) == [name]
    desk.fill(there)
    desk.wait(3.0)
    desk.agree()


def test_a_damaged_file_says_where(desk: GatewayDesk) -> None:
    desk.sent()
    path = desk.folder / ORDERS
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(JournalError, match="line 1 is damaged"):
        desk.restart()
