"""What the desk's own alarms say, by code, and which of them come and go by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """What every alarm of a code says; `{}` in the texts is the detail given when it is raised.

    Args:
        recurs: whether its objects come and go in the ordinary course of a large desk or a bad
            connection, so that one who acknowledged it has also seen those that follow, as long
            as they are not more than twice as many at once.
    """

    priority: int
    what: str
    consequence: str
    response: str
    recurs: bool = False


OF_THE_DAY: Final = ("DAY_LOSS", "DAY_LOSS_HALT", "CLOCK_SET", "STOOD_STILL")
"""Alarms that last until the next session."""

DESK_KINDS: Final[dict[str, AlarmKind]] = {
    "UNHEDGED": AlarmKind(
        1,
        "debit filled, credit not for {}",
        "the chain enters nothing until it is completed",
        "watch the ladder, or decide in the open units (h)",
        recurs=True,
    ),
    "UNDECIDED": AlarmKind(
        1,
        "nobody takes the credit at its cost for {}: yours to decide",
        "left alone it is sold back, its loss bounded",
        "choose in the open units (h): concede, sell back, hold",
    ),
    "PARKED": AlarmKind(
        1,
        "unit parked: {}",
        "nothing automatic happens to it but a resting credit",
        "decide in the open units (h), or at the broker",
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
        recurs=True,
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
        "look it up; report orders by the names we gave",
    ),
    "BOOK_DIFFERS": AlarmKind(
        1,
        "book and broker differ: {}",
        "the chains named are blocked",
        "compare with the broker, then (:Accept positions)",
    ),
    "LEDGER_LACKS": AlarmKind(
        1,
        "the broker's record has lost executions that are booked: {}",
        "the book keeps them; the chain is blocked",
        "compare with the broker, then (:Accept positions)",
    ),
    "BASELINE": AlarmKind(
        1,
        "the account held this before the desk came: {}",
        "nothing is traded until somebody says what it is",
        "if it is not the desk's: EXTERNAL (:Accept positions)",
    ),
    "BASELINE_CHANGED": AlarmKind(
        1,
        "what is external has changed: {}",
        "the chains named are blocked",
        "leave blocked, or EXTERNAL (:Accept positions)",
    ),
    "ASSIGNED": AlarmKind(
        1,
        "assigned early: {}",
        "a short leg is gone and its shares have changed hands",
        "close its shares and long leg together (i)",
    ),
    "SHARES": AlarmKind(
        1,
        "{} shares held after exercise or assignment",
        "their price moves the account; the chains of the symbol enter nothing",
        "trade them away (:Close shares), a pair's with its leg",
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
    "EXPIRED": AlarmKind(
        2,
        "expired and still in the book: {}",
        "what became of it is not booked",
        "look its settlement up at the broker",
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
        recurs=True,
    ),
    "JOURNAL": AlarmKind(
        1,
        "the journal cannot be written: {}",
        "no new order is sent",
        "free the disk or mend its rights, then restart",
    ),
    "RUN_BEFORE": AlarmKind(
        3,
        "{}",
        "trials and kept changes of earlier sessions are not in force",
        "restore that run from a copy, or go on without",
    ),
    "EVENTS_LOST": AlarmKind(
        1,
        "the journal lacks events: {}",
        "what they said of orders, positions and money is not in the book",
        "compare with the broker before you resume a trader",
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
        2,
        "quotes are stale{}",
        "no entries there",
        "check the feed; p pauses a trader",
        recurs=True,
    ),
    "NOT_QUOTED": AlarmKind(
        2,
        "never quoted{}",
        "no entries there",
        "look what is listed and what the callback returns",
        recurs=True,
    ),
    "CLOCK": AlarmKind(2, "{}", "no new debit; credits go on", "mend the host's time"),
    "CLOCK_SET": AlarmKind(
        2,
        "{}",
        "phases, close and dates go by it",
        "if it is wrong: halt, mend the host's time",
    ),
    "STOOD_STILL": AlarmKind(
        2,
        "the desk stood still for {}",
        "what worked went on without it; timers were late",
        "compare orders and open units with the broker",
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
    "GATEWAY_GONE": AlarmKind(
        1,
        "the broker's process does not answer: {}",
        "no debits; what works there goes on unseen",
        "see the orders at the broker; mend what it says",
    ),
    "LINK_DOWN": AlarmKind(  # 1 while orders may execute
        2,
        "no orders get through to the broker: {}",
        "no debits; completing orders and cancels wait",
        "see the orders at the broker; mend what is named",
    ),
    "FEED_OLD": AlarmKind(
        2,
        "no quotes come from the broker: {}",
        "no debits on old quotes",
        "mend what is named; see the feed's status page",
    ),
    "FEED_NOT_LIVE": AlarmKind(
        2,
        "the feed is not live: {}",
        "no debits in mode LIVE; completing orders go on",
        "subscribe to a live feed; set broker.feed to it",
    ),
    "RATE_LOW": AlarmKind(
        2,
        "few calls are left this minute: {}",
        "debits wait; cancels and completing orders go first",
        "pause chains; stop other programs on these keys",
    ),
    "BROKER_CLOCK": AlarmKind(
        2,
        "the broker's time differs: {}",
        "no debits; what is timed by the clock is wrong",
        "mend the host's time, then restart gateway and desk",
    ),
    "TOKEN_ENDS": AlarmKind(
        2,
        "the login ends in {}",
        "then the broker takes neither orders nor cancels",
        "log in again before",
    ),
    "FEE_DIFFERS": AlarmKind(
        2,
        "the broker charges other fees than the settings: {}",
        "what has filled is booked right; new pairs are chosen by the settings",
        "write the [fees] it names, and start again",
    ),
    "BROKER_ERROR": AlarmKind(
        2,
        "the broker call failed: {}",
        "the order counts as unknown",
        "check the connection",
        recurs=True,
    ),
    "CALLS_HANG": AlarmKind(
        2,
        "calls do not return: {}",
        "other threads go on; what hangs is counted and left behind at the end",
        "find what hangs; give its calls a time limit",
    ),
    "GARBLED": AlarmKind(
        2,
        "a report made no sense: {}",
        "nothing was booked from it; its order is looked up",
        "none if book and broker agree; check the connection",
        recurs=True,
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
        "translate the word in the status callback",
    ),
    "TOLD_TWICE": AlarmKind(
        3,
        "contracts told twice with different quotes: {}",
        "they are left out; neither quote is believed",
        "have the feed give each contract once",
        recurs=True,
    ),
    "POLICY": AlarmKind(
        3,
        "the approval policy failed: {}",
        "it approves nothing any more",
        "mend it, and give it to approve_by again",
    ),
    "STALE_OR_MISPRICED": AlarmKind(
        3,
        "quotes promise a floor above 0 at mid{}",
        "what they promise is counted, and traded as any other",
        "compare with another feed; p pauses a trader",
        recurs=True,
    ),
    "REJECT": AlarmKind(
        3, "order rejected: {}", "the trader backs off", "none if it stays single", recurs=True
    ),
    "CALENDAR": AlarmKind(
        3, "the calendar table ends in {} days", "then no day is a session", "update legdesk"
    ),
}
