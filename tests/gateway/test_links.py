"""Whether orders count as up: what the broker answered last says so."""

from __future__ import annotations

import pytest

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.http.call import Answer, Call, Failure, Lost, Priority
from engine.gateway.links import STREAM_S, LinkAge, Stream, stream_words
from engine.market.clock import SystemClock
from tests.support.waiting_clock import WaitingClock

REFUSED = {"code": 40310000, "message": "insufficient buying power"}


@pytest.mark.parametrize(
    ("status", "body", "up"),
    [
        (200, {}, True), (404, None, True), (422, REFUSED, True), (429, None, True),
        (403, REFUSED, True), (403, None, False), (403, {"message": "forbidden."}, False),
        (401, None, False), (500, None, False), (503, {"message": "maintenance"}, False),
    ],
)  # fmt: skip
def test_a_broker_that_cannot_or_does_not_take_our_keys_is_not_up(
    status: int, body: object, up: bool
) -> None:
    link = LinkAge(lambda call: Answer(status, body), SystemClock(), AlpacaDialect())
    link.send(Call("GET", "/v2/account", Priority.BOOKS))
    assert link.up is up
    assert link.age_s < 60.0


CALL = Call("GET", "/v2/account", Priority.BOOKS)
TLS = "ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed"


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (Answer(503, None), "it answers 503"),
        (Answer(401, None), "it does not accept the keys (401)"),
        (Lost(Failure.NO_ANSWER, "ReadTimeout: timed out"), "no answer in time"),
        (
            Lost(Failure.NOT_CONNECTED, "ConnectError: api.test is not known: no such name"),
            "no connection (api.test is not known: no such name)",
        ),
        (Lost(Failure.NOT_CONNECTED, "ConnectError"), "no connection"),
        (Lost(Failure.CONNECT_TIMEOUT, "ConnectTimeout: timed out"), "no connection in time"),
        (
            Lost(Failure.CONNECT_TIMEOUT, "ConnectTimeout: the name api.test was not resolved"),
            "no connection in time (the name api.test was not resolved)",
        ),
        (
            Lost(Failure.NOT_CONNECTED, TLS),
            "no trusted connection: certificate verify failed: self-signed",
        ),
        (Lost(Failure.NO_TURN, "no call is free for 1 s"), ""),
    ],
)
def test_a_link_says_what_is_wrong_with_it_and_since_when(result: Answer | Lost, why: str) -> None:
    answers: list[Answer | Lost] = [Answer(200, {}), result, Answer(200, {})]
    clock = WaitingClock()
    link = LinkAge(lambda call: answers.pop(0), clock, AlpacaDialect())
    link.send(CALL)
    clock.move(40.0)
    link.send(CALL)
    assert (link.why, link.up) == (why, not why)
    assert link.good_age_s == 40.0, "an error is no good answer"
    link.send(CALL)
    assert (link.why, link.up, link.good_age_s) == ("", True, 0.0)


def test_a_stream_that_is_down_for_a_while_is_told_with_its_reason() -> None:
    assert stream_words(Stream(False, STREAM_S - 1, "refused")) == ""
    told = stream_words(Stream(True, STREAM_S, "the broker does not take us: another one"))
    assert told.startswith("order events do not come (the broker does not take us: another one);")
    assert len(stream_words(Stream(False, STREAM_S, "x" * 500))) <= 200
