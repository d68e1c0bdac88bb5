"""Whether orders count as up: what the broker answered last says so."""

from __future__ import annotations

import pytest

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.http.call import Answer, Call, Priority
from engine.gateway.links import LinkAge
from engine.market.clock import SystemClock

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
