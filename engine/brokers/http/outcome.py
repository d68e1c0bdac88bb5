"""What became of a call: one table for every broker.

| seen | is |
| --- | --- |
| no turn, no connection, 401 or 403 that refuses no order | not sent |
| 429 | throttled: whether it was taken is looked up once; unknown while any answer may differ |
| 2xx with an order | taken |
| a refusal in the broker's own form | refused, or taken before where it says that our id is used |
| anything else: no answer, 5xx, redirects, 2xx without an order, 4xx in no known form | unknown |

An unknown order is looked up by our id. A POST is never repeated.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from engine.brokers.http.call import Answer, Failure, Lost

Found_co = TypeVar("Found_co", covariant=True)
Taken = TypeVar("Taken")

LOOK_UPS_S: Final = (0.3, 1.0, 3.0)
"""Seconds after an unknown outcome at which the order is looked up; the last gap from then on."""

ABSENT_S: Final = 30.0
"""Seconds after which an order that is in no list has surely not arrived."""

THROTTLED_LOOK_UP_S: Final = 1.0
CANCEL_POLLS_S: Final = (0.5, 1.0, 2.0)
"""Seconds after a cancel at which its order is asked about; the last gap from then on."""

CANCEL_STUCK_S: Final = 10.0
BEHIND_S: Final = 1.5
"""Seconds after an order's end for which a broker's answers may not know what executed before it.

No broker says; less than the two seconds after which a call of a desk counts as hung."""


class Refusal(NamedTuple):
    """A broker's own words of refusal.

    Attributes:
        reason: cleaned, with its code.
        used_before: it says that our id of the order is used already.
        too_late: it says that the order can no more be cancelled.
    """

    reason: str
    used_before: bool = False
    too_late: bool = False


class Reader(Protocol[Found_co]):
    """What a dialect reads in answers; it raises ValueError for what is not in its form."""

    def taken(self, body: Any) -> Found_co | None:
        """The order that a body tells, with the broker's id; None where it tells none."""
        ...

    def refusal(self, status: int, body: Any) -> Refusal | None:
        """The refusal that an answer is, in the broker's own form; None where it is none."""
        ...


class Outcome(StrEnum):
    """What became of an order, a cancel or a look-up."""

    TAKEN = "taken"
    USED_BEFORE = "used before"
    REFUSED = "refused"
    TOO_LATE = "too late"
    NOT_SENT = "not sent"
    THROTTLED = "throttled"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Result(NamedTuple, Generic[Taken]):
    """An outcome with what was told of it.

    Attributes:
        outcome: as the table says.
        found: the order, where it was told.
        reason: for people.
        sent: whether anything may have left.
    """

    outcome: Outcome
    found: Taken | None = None
    reason: str = ""
    sent: bool = True


def of_submit(result: Answer | Lost, reader: Reader[Taken]) -> Result[Taken]:
    """What became of a new order."""
    if isinstance(result, Lost):
        return _lost(result)
    status, body = result.status, result.body
    if status == 429:
        return Result(Outcome.THROTTLED, reason="too many calls (429)")
    if status >= 500 or 300 <= status < 400:
        return Result(Outcome.UNKNOWN, reason=f"the broker answered {status}")
    refusal = _refusal(reader, result)
    if refusal is not None:
        outcome = Outcome.USED_BEFORE if refusal.used_before else Outcome.REFUSED
        return Result(outcome, reason=refusal.reason)
    if status in (401, 403):
        text = f"the broker does not accept our keys ({status}); log in again"
        return Result(Outcome.NOT_SENT, reason=text, sent=False)
    found = _found(reader, body) if 200 <= status < 300 else None
    if found is not None:
        return Result(Outcome.TAKEN, found)
    return Result(Outcome.UNKNOWN, reason=f"the broker answered {status} in no known form")


def of_cancel(result: Answer | Lost, reader: Reader[Taken]) -> Result[Taken]:
    """What became of a cancel: TAKEN is asked, and not yet done."""
    told = of_submit(result, reader)
    if isinstance(result, Lost):
        return told
    if 200 <= result.status < 300 and told.outcome is not Outcome.REFUSED:
        return Result(Outcome.TAKEN, told.found)
    if result.status == 404:
        return Result(Outcome.ABSENT, reason="the broker does not know the order")
    if told.outcome is Outcome.REFUSED:
        refusal = _refusal(reader, result)
        if refusal is not None and refusal.too_late:
            return told._replace(outcome=Outcome.TOO_LATE)
    return told


def of_look_up(result: Answer | Lost, reader: Reader[Taken]) -> Result[Taken]:
    """What a look-up told: TAKEN with the order, ABSENT, or UNKNOWN, which is no answer."""
    if isinstance(result, Lost):
        return Result(Outcome.UNKNOWN, reason=result.text or result.failure.value)
    if result.status == 404:
        return Result(Outcome.ABSENT, reason="the broker does not know the order")
    if not 200 <= result.status < 300:
        return Result(Outcome.UNKNOWN, reason=f"the broker answered {result.status}")
    found = _found(reader, result.body)
    if found is None:
        return Result(Outcome.UNKNOWN, reason="the broker answered in no known form")
    return Result(Outcome.TAKEN, found)


def _found(reader: Reader[Taken], body: Any) -> Taken | None:
    """The order that a body tells; one that is not in the broker's form tells none."""
    try:
        return reader.taken(body)
    except ValueError:
        return None


def _refusal(reader: Reader[Any], answer: Answer) -> Refusal | None:
    try:
        return reader.refusal(answer.status, answer.body)
    except ValueError:
        return None


def _lost(result: Lost) -> Result[Any]:
    reason = f"{result.failure.value}: {result.text}" if result.text else result.failure.value
    if result.failure is Failure.NO_TURN:
        return Result(Outcome.THROTTLED, reason=reason, sent=False)
    if result.unsent:
        return Result(Outcome.NOT_SENT, reason=reason, sent=False)
    return Result(Outcome.UNKNOWN, reason=reason)
