"""An answer that is kept is read again as it was read then, and has no secret in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.http.call import Answer, Call, Failure, Lost, Priority
from engine.brokers.http.raw import Raw, RawAnswer, RawFrame, RawGap, raw_of, raw_plain, read_again
from engine.brokers.http.redaction import Redactor

SECRET, NUMBER = "canary/secret", "PA3CANARY4821"
REDACTOR = Redactor([SECRET], [NUMBER])
CALL = Call("POST", "/v2/orders", Priority.STATUS, (("nested", "true"),), {"qty": "1"})


def again(raw: Raw) -> Raw:
    row = json.loads(json.dumps(raw_plain(raw, REDACTOR)))
    assert SECRET not in str(row) and NUMBER not in str(row)
    return raw_of(row)


@given(st.binary(max_size=60))
@settings(max_examples=60)
def test_bytes_come_back_as_they_were(data: bytes) -> None:
    raw = RawAnswer(CALL, 200, {"date": "now"}, data, 1.0, 2.0)
    if b"\\" not in data:
        assert again(raw) == raw
        assert again(RawFrame(data, 2.0)) == RawFrame(data, 2.0)
    both = [read_again(raw), read_again(again(raw))]  # type: ignore[arg-type]
    assert both[0] == both[1]


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"message": f"no {SECRET} of {NUMBER}", NUMBER: [SECRET]}).encode(),
        b'{"message": "canary\\/secret", "\\u0050A3CANARY4821": 1}',
        b"<html>canary/secret PA3CANARY4821</html>",
        b'{"half": "canary\\/secret \\u0050A3CANARY4821',
    ],
)
def test_no_secret_is_kept_however_its_letters_are_escaped(data: bytes) -> None:
    for raw in (RawAnswer(CALL, 422, {}, data, 1.0, 2.0), RawFrame(data, 2.0)):
        kept = json.dumps(raw_plain(raw, REDACTOR))
        for form in (SECRET, NUMBER, SECRET.replace("/", "\\\\/"), "\\\\u0050A3"):
            assert form not in kept


def test_what_had_no_answer_and_what_was_not_kept_come_back() -> None:
    lost = RawAnswer(CALL, 0, {}, b"", 1.0, 2.0, Failure.NO_ANSWER)
    assert again(lost) == lost
    assert read_again(lost) == Lost(Failure.NO_ANSWER)
    assert again(RawGap(7, 2.0)) == RawGap(7, 2.0)
    page = RawAnswer(CALL, 200, {}, b"<html>", 1.0, 2.0)
    assert isinstance(read_again(page), Lost)
    refused = read_again(RawAnswer(CALL, 422, {}, b"<html>", 1.0, 2.0))
    assert isinstance(refused, Answer) and refused.body is None
    for wrong in (
        {},
        {"at": 1, "call": "PATCH"},
        {"at": "x"},
        {"at": 1, "failure": "NO", "call": 1},
    ):
        with pytest.raises(ValueError, match=r"kept|float|path"):
            raw_of(wrong)


def test_an_account_that_is_told_as_a_number_has_no_more_than_its_tail() -> None:
    redactor = Redactor([], ["123454821"])
    data = b'{"message": "\\u0041", "account": 123454821, "at": 11234548210, "open": true}'
    raw = RawAnswer(CALL, 200, {}, data, 1.0, 2.0)
    body = {
        "message": "A",
        "account": "\N{HORIZONTAL ELLIPSIS}4821",
        "at": 11234548210,
        "open": True,
    }
    assert ": 123454821" not in raw_plain(raw, redactor)["body"]
    answer = read_again(raw, redactor)
    assert isinstance(answer, Answer) and answer.body == body
