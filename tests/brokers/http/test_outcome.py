"""Each row of the table of outcomes."""

from typing import Any

import pytest

from engine.brokers.http.call import Answer, Failure, Lost
from engine.brokers.http.outcome import Outcome, Refusal, of_cancel, of_look_up, of_submit

TO = Outcome


class Reader:
    """Reads answers of a broker that is easily read."""

    def taken(self, body: Any) -> str | None:
        return body.get("id") if isinstance(body, dict) else None

    def refusal(self, status: int, body: Any) -> Refusal | None:
        if not isinstance(body, dict) or "code" not in body:
            return None
        code = body["code"]
        return Refusal(f"code {code}", used_before=code == 1, too_late=code == 2)


ORDER, REFUSAL, USED, LATE = {"id": "B1"}, {"code": 7}, {"code": 1}, {"code": 2}

SUBMIT = [
    (Lost(Failure.NOT_CONNECTED), TO.NOT_SENT, False),
    (Lost(Failure.CONNECT_TIMEOUT), TO.NOT_SENT, False),
    (Lost(Failure.NO_FREE_CONNECTION), TO.NOT_SENT, False),
    (Lost(Failure.NO_TURN), TO.THROTTLED, False),
    (Lost(Failure.NOT_WRITTEN), TO.UNKNOWN, True),
    (Lost(Failure.NO_ANSWER), TO.UNKNOWN, True),
    (Lost(Failure.BROKEN), TO.UNKNOWN, True),
    (Lost(Failure.NOT_READABLE), TO.UNKNOWN, True),
    (Answer(401, None), TO.NOT_SENT, False),
    (Answer(403, {"message": "forbidden"}), TO.NOT_SENT, False),
    (Answer(403, REFUSAL), TO.REFUSED, True),
    (Answer(429, None), TO.THROTTLED, True),
    (Answer(429, REFUSAL), TO.THROTTLED, True),
    (Answer(200, ORDER), TO.TAKEN, True),
    (Answer(201, ORDER), TO.TAKEN, True),
    (Answer(200, REFUSAL), TO.REFUSED, True),
    (Answer(422, REFUSAL), TO.REFUSED, True),
    (Answer(422, USED), TO.USED_BEFORE, True),
    (Answer(422, {"message": "no"}), TO.UNKNOWN, True),
    (Answer(404, None), TO.UNKNOWN, True),
    (Answer(500, REFUSAL), TO.UNKNOWN, True),
    (Answer(503, None), TO.UNKNOWN, True),
    (Answer(302, ORDER), TO.UNKNOWN, True),
    (Answer(200, None), TO.UNKNOWN, True),
    (Answer(200, []), TO.UNKNOWN, True),
    (Answer(200, {"id": None}), TO.UNKNOWN, True),
]


@pytest.mark.parametrize(("result", "outcome", "sent"), SUBMIT)
def test_what_became_of_an_order(result, outcome, sent):
    told = of_submit(result, Reader())
    assert (told.outcome, told.sent) == (outcome, sent)
    assert (told.found == "B1") == (outcome is TO.TAKEN)
    assert bool(told.reason) == (outcome is not TO.TAKEN)


CANCEL = [
    (Answer(204, None), TO.TAKEN),
    (Answer(200, ORDER), TO.TAKEN),
    (Answer(422, LATE), TO.TOO_LATE),
    (Answer(422, REFUSAL), TO.REFUSED),
    (Answer(404, None), TO.ABSENT),
    (Answer(429, None), TO.THROTTLED),
    (Answer(401, None), TO.NOT_SENT),
    (Answer(500, LATE), TO.UNKNOWN),
    (Answer(502, None), TO.UNKNOWN),
    (Lost(Failure.NO_ANSWER), TO.UNKNOWN),
    (Lost(Failure.NOT_CONNECTED), TO.NOT_SENT),
]


@pytest.mark.parametrize(("result", "outcome"), CANCEL)
def test_what_became_of_a_cancel(result, outcome):
    assert of_cancel(result, Reader()).outcome is outcome


LOOK_UP = [
    (Answer(200, ORDER), TO.TAKEN),
    (Answer(404, {"code": 7}), TO.ABSENT),
    (Answer(200, None), TO.UNKNOWN),
    (Answer(200, {}), TO.UNKNOWN),
    (Answer(401, None), TO.UNKNOWN),
    (Answer(429, None), TO.UNKNOWN),
    (Answer(500, ORDER), TO.UNKNOWN),
    (Lost(Failure.NOT_CONNECTED), TO.UNKNOWN),
]


@pytest.mark.parametrize(("result", "outcome"), LOOK_UP)
def test_what_a_look_up_told(result, outcome):
    told = of_look_up(result, Reader())
    assert told.outcome is outcome
    assert (told.found == "B1") == (outcome is TO.TAKEN)
