"""The alarms of a desk: raised once per place, cleared when the condition is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from engine.orders import events as ev
from engine.orders.soundness import cleaned

LONGEST_DETAIL: Final = 400
"""Characters kept of a text from outside that had to be cleaned."""


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """What every alarm of a code says; `{}` in the texts is the detail given when it is raised."""

    priority: int
    what: str
    consequence: str
    response: str


OF_THE_DAY: Final = ("DAY_LOSS", "DAY_LOSS_HALT")
"""Alarms of limits that last until the next session."""

KINDS: Final[dict[str, AlarmKind]] = {
    "UNHEDGED": AlarmKind(
        1,
        "debit filled, credit not for 30 s",
        "the chain enters nothing until it is completed",
        "watch the ladder, or decide in the open units (h)",
    ),
    "PARKED": AlarmKind(
        1,
        "unit parked: {}",
        "nothing automatic happens to it but a resting credit",
        "decide in the open units (h), or close it at the broker",
    ),
    "OVERSOLD": AlarmKind(
        1,
        "more credit contracts filled than debit contracts",
        "the chain is blocked with a short position",
        "buy the extra credit vertical back at the broker",
    ),
    "ORDER_UNKNOWN": AlarmKind(
        1,
        "order {} shows no definite answer",
        "it counts as the worse outcome; the chain waits",
        "look the order up at the broker",
    ),
    "PRICE_UNKNOWN": AlarmKind(
        1,
        "executed at no usable price: {}",
        "booked at its limit as the worst case; the chain enters nothing",
        "look up at the broker what it executed at",
    ),
    "NO_ORDER": AlarmKind(
        1,
        "an execution that belongs to none of the desk's orders: {}",
        "nothing was booked from it; book and broker may differ",
        "look its order up at the broker, and name orders as the order callback does",
    ),
    "BOOK_DIFFERS": AlarmKind(
        1,
        "book and broker differ: {}",
        "the chains named are blocked",
        "compare with the broker's positions",
    ),
    "ASSIGNED": AlarmKind(
        1,
        "assigned early: {}",
        "a short leg is gone and its shares have changed hands",
        "look at the pair (i): close its shares and its long leg together, at the broker",
    ),
    "SHARES": AlarmKind(
        1,
        "{} shares held after exercise or assignment",
        "their price moves the account; the chains of the symbol enter nothing",
        "trade them away: Close shares in the palette; a pair's only with its long leg",
    ),
    "UNCOVERED": AlarmKind(
        1,
        "short contracts without a long of their right: {}",
        "the loss is not bounded; the chain enters nothing",
        "buy them back at the broker",
    ),
    "SETTLEMENT": AlarmKind(
        1,
        "a settlement does not fit the book: {}",
        "money or contracts differ from the broker's",
        "compare with the broker's statement",
    ),
    "EX_DATE": AlarmKind(
        2,
        "ex-dividend next session, short in the money: {}",
        "it may be assigned tonight; the chain enters nothing",
        "close the pair today, or accept the assignment",
    ),
    "EXPIRES": AlarmKind(
        2,
        "last trading day, {}",
        "what is held is settled; shares of stock options change hands",
        "close what must not be settled before the close",
    ),
    "EXPIRY": AlarmKind(
        2,
        "few days left, {}",
        "the chains enter nothing new; early assignment grows likelier",
        "hold to expiration, or close by hand",
    ),
    "NOT_COMPARED": AlarmKind(
        2,
        "positions could not be read: {}",
        "book and broker are not compared; no position is assumed",
        "check the connection to the broker",
    ),
    "JOURNAL": AlarmKind(
        1,
        "the journal cannot be written: {}",
        "no new order is sent",
        "free the disk or mend its rights, then restart",
    ),
    "EVENTS_LOST": AlarmKind(
        1,
        "the journal lacks events: {}",
        "what they said of orders, positions and money is not in the book",
        "compare positions and orders with the broker's before you resume a trader",
    ),
    "KILL_OPEN": AlarmKind(
        1,
        "orders still open after kill: {}",
        "they may still execute",
        "cancel them at the broker",
    ),
    "LATCH": AlarmKind(
        1,
        "the kill latch could not be written: {}",
        "the kill holds now but would not survive a restart",
        "free the disk or mend its rights, then kill again",
    ),
    "DAY_LOSS": AlarmKind(
        1,
        "a loss limit is reached: {}",
        "no new entries today; open units complete",
        "review the session report",
    ),
    "DAY_LOSS_HALT": AlarmKind(
        1,
        "the day's loss halts the desk: {}",
        "no new entries today; open units are sold back",
        "review the session report before the next session",
    ),
    "REJECTS_HALT": AlarmKind(
        1, "{}", "entries are halted", "read the reasons in the blotter, then resume all"
    ),
    "DESK_FAULT": AlarmKind(
        1,
        "the desk's own code failed: {}",
        "entries are halted; completing orders go on",
        "open the log; resume all when it is understood",
    ),
    "FAULT": AlarmKind(
        2, "the trader's code failed: {}", "it alone is stopped", "open the log; resume with r"
    ),
    "REJECTS": AlarmKind(2, "{}", "the trader is held", "mend the cause, then resume with r"),
    "STALE": AlarmKind(
        2, "quotes are stale {}", "no entries there", "check the feed; p pauses a trader"
    ),
    "NOT_QUOTED": AlarmKind(
        2,
        "never quoted: {}",
        "no entries there",
        "look whether the expiration is listed and what the quote callback returns",
    ),
    "CLOCK": AlarmKind(
        2, "our clock and the broker's differ by {}", "no new debit", "mend the host's time"
    ),
    "ORDERS": AlarmKind(
        2,
        "the order budget is running out: {}",
        "completing orders and cancels go on",
        "slow down, or pause chains that seldom fill",
    ),
    "ORDER_DAYS": AlarmKind(
        2,
        "{}",
        "the month's orders are not kept for the next session",
        "free the disk or mend its rights",
    ),
    "BROKER_ERROR": AlarmKind(
        2, "the broker call failed: {}", "the order counts as unknown", "check the connection"
    ),
    "CALLS_HANG": AlarmKind(
        2,
        "calls do not return: {}",
        "other threads go on; what hangs is counted and left behind at the end",
        "look why the feed or the broker's client hangs; give its calls a time limit",
    ),
    "GARBLED": AlarmKind(
        2,
        "a report made no sense: {}",
        "nothing was booked from it; its order is looked up",
        "none if book and broker agree; check the connection",
    ),
    "NO_CANCEL": AlarmKind(
        2,
        "no way to cancel or look up orders",
        "one order at a time in the whole desk",
        "pass cancel_callback or order_status_callback",
    ),
    "STATUS_WORD": AlarmKind(
        3,
        "an order status that nobody knows: {}",
        "the order counts as still at work; what executed is booked",
        "translate it in the status callback if the order has ended",
    ),
    "TOLD_TWICE": AlarmKind(
        3,
        "contracts told twice with different quotes: {}",
        "they are left out; neither quote is believed",
        "have the feed give each contract once, adjusted ones under their own root",
    ),
    "REJECT": AlarmKind(3, "order rejected: {}", "the trader backs off", "none if it stays single"),
    "CALENDAR": AlarmKind(
        3, "the calendar table ends in {} days", "then no day is a session", "update legdesk"
    ),
}


class Alarms:
    """The alarms that are raised now.

    Args:
        emit: writes an event to the journal.
    """

    def __init__(self, emit: Callable[[ev.Event], None]) -> None:
        self._emit = emit
        self._count = 0
        self._raised: dict[tuple[str, str], str] = {}

    def remember(self, events: Iterable[ev.Event]) -> None:
        """After a restart: know what the journal raised, so that it can be cleared, and only once.

        Args:
            events: the whole journal, oldest first.
        """
        places: dict[str, tuple[str, str]] = {}
        for event in events:
            if isinstance(event, ev.AlarmRaised):
                self._count += 1
                places[event.alarm] = event.code, event.where
            elif isinstance(event, ev.AlarmRestated) and event.alarm in places:
                places[event.alarm] = places[event.alarm][0], event.where
            elif isinstance(event, ev.AlarmCleared):
                places.pop(event.alarm, None)
        self._raised = {place: name for name, place in places.items()}

    def is_raised(self, code: str, where: str) -> bool:
        """Whether this alarm is raised."""
        return (code, where) in self._raised

    def places(self, code: str) -> tuple[str, ...]:
        """Where alarms of this code are raised."""
        return tuple(where for each, where in self._raised if each == code)

    def raise_(self, at_ms: int, code: str, where: str, detail: str = "") -> None:
        """Raise `code` at `where` once; one that is raised is left as it is."""
        if (code, where) in self._raised:
            return
        kind = KINDS[code]
        self._count += 1
        name = f"A{self._count:02d}"
        self._raised[code, where] = name
        self._emit(
            ev.AlarmRaised(
                at_ms,
                name,
                kind.priority,
                code,
                where,
                _what(code, detail),
                kind.consequence,
                kind.response,
            )
        )

    def restate(self, at_ms: int, code: str, where: str, now_where: str, detail: str) -> None:
        """Say of an alarm that is raised at `where` what is so now, and where."""
        name = self._raised.pop((code, where))
        self._raised[code, now_where] = name
        self._emit(ev.AlarmRestated(at_ms, name, now_where, _what(code, detail)))

    def clear(self, at_ms: int, code: str, where: str) -> None:
        """The condition is gone; nothing happens where it was not raised."""
        name = self._raised.pop((code, where), None)
        if name is not None:
            self._emit(ev.AlarmCleared(at_ms, name))


def _what(code: str, detail: str) -> str:
    """What an alarm says, with its detail in place."""
    text = detail if detail.isprintable() else cleaned(detail, LONGEST_DETAIL)
    return KINDS[code].what.replace("{}", text)
