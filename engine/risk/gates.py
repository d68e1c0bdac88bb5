"""Every gate of a debit in one table: its code, sentence, and place in the order of asking.

The trader's own stops come first, then the desk's, the session's and the chain's; then, with quotes
in hand, what the very order would do. The first that is closed is what the trader shows. Completing
orders and cancels never ask. Three codes are asked again further down, for another reason:
UNKNOWN_ORDER of the desk, then of the trader's own legs; UNHEDGED of the trader's units, then of
the chain's exposure; RECONCILE of the books, then of settlements that the broker still owes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final


class Gate(StrEnum):
    """Reason codes of a refused debit, in the order in which they are asked."""

    FAULT = "FAULT"
    ENDED = "ENDED"
    KILLED = "KILLED"
    HALTED = "HALTED"
    EXIT_ONLY = "EXIT_ONLY"
    JOURNAL = "JOURNAL"
    CLOCK = "CLOCK"
    LINK = "LINK"
    FEED = "FEED"
    BASELINE = "BASELINE"
    UNARMED = "UNARMED"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    HUNG_DESK = "HUNG_DESK"
    IMBALANCE_DESK = "IMBALANCE_DESK"
    DAY_LOSS = "DAY_LOSS"
    UNWINDS = "UNWINDS"
    BUDGET = "BUDGET"
    PHASE = "PHASE"
    CLOSE_NEAR = "CLOSE_NEAR"
    REMOVED = "REMOVED"
    PAUSED = "PAUSED"
    HELD = "HELD"
    REJECTS = "REJECTS"
    HOURS = "HOURS"
    EXPIRY_NEAR = "EXPIRY_NEAR"
    UNHEDGED = "UNHEDGED"
    RECONCILE = "RECONCILE"
    UNCOVERED = "UNCOVERED"
    SHARES = "SHARES"
    EX_DATE = "EX_DATE"
    IMBALANCE_CHAIN = "IMBALANCE_CHAIN"
    RATE = "RATE"
    NOT_LISTED = "NOT_LISTED"
    QUOTES_STALE = "QUOTES_STALE"
    CAPITAL_ORDER = "CAPITAL_ORDER"
    CAPITAL_CHAIN = "CAPITAL_CHAIN"
    CAPITAL_DESK = "CAPITAL_DESK"
    CAPITAL_DAY = "CAPITAL_DAY"
    LOSS_ROOM = "LOSS_ROOM"
    STRIKES = "STRIKES"
    NO_PAIR = "NO_PAIR"
    CLOSES_OTHER = "CLOSES_OTHER"
    ASSIGNMENT = "ASSIGNMENT"
    PRICE = "PRICE"
    EDGE = "EDGE"
    WORTH = "WORTH"
    CROSS = "CROSS"
    WORST_CASE = "WORST_CASE"
    BUYING_POWER = "BUYING_POWER"
    DUPLICATE = "DUPLICATE"


class Asked(Enum):
    """When a gate is asked."""

    BEFORE_QUOTES = auto()
    """At every timer: it may have opened since the trader's last look."""

    AT_QUOTES = auto()
    """With quotes in hand: what the last look met holds until the next."""

    TWICE = auto()
    """Before quotes, and again when the size of the order is known."""

    AS_HOLD = auto()
    """Never by itself: it is the reason of a hold, which HELD shows."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """What is known of one gate.

    Args:
        sentence: why a debit does not go out.
        asked: before quotes are fetched, or with them in hand.
        look_again_s: seconds after which a trader looks whether it has opened.
        passing: whether a trader that meets it still counts as running.
    """

    sentence: str
    asked: Asked = Asked.BEFORE_QUOTES
    look_again_s: float = 2.0
    passing: bool = False


_AT_QUOTES: Final = Asked.AT_QUOTES

TABLE: Final[dict[Gate, GateRow]] = {
    Gate.FAULT: GateRow("the trader's own code failed; see the alarm"),
    Gate.ENDED: GateRow("the session is over and settled; nothing trades any more"),
    Gate.KILLED: GateRow("kill is latched; resume needs a clean comparison and a typed word"),
    Gate.HALTED: GateRow("entries are halted; completing orders go on; resume all to lift it"),
    Gate.EXIT_ONLY: GateRow("the desk only completes and closes what is open"),
    Gate.JOURNAL: GateRow("the journal cannot be written; no order without its record"),
    Gate.CLOCK: GateRow("the time is in doubt, see the alarm; mend the host's time"),
    Gate.LINK: GateRow("the broker cannot be reached; debits wait until it can"),
    Gate.FEED: GateRow("live trading needs a live feed"),
    Gate.BASELINE: GateRow("what the account held before is not confirmed (:Accept positions)"),
    Gate.UNARMED: GateRow("not armed: resume, and type the last characters of the account"),
    Gate.UNKNOWN_ORDER: GateRow("an order has shown no definite answer; nothing new until it has"),
    Gate.HUNG_DESK: GateRow("as many hung units as the desk allows"),
    Gate.IMBALANCE_DESK: GateRow("the desk's imbalance limit is reached"),
    Gate.DAY_LOSS: GateRow("the day's loss limit is reached"),
    Gate.UNWINDS: GateRow("as many unwinds as a day allows"),
    Gate.BUDGET: GateRow("the day's order budget is spent"),
    Gate.PHASE: GateRow("the exchange is not in a trading phase"),
    Gate.CLOSE_NEAR: GateRow("too near the close for a new debit", look_again_s=60.0),
    Gate.REMOVED: GateRow("the chain is being removed; what is open completes, then it is gone"),
    Gate.PAUSED: GateRow("paused by the operator; resume to trade"),
    Gate.HELD: GateRow("on automatic hold"),
    Gate.REJECTS: GateRow("orders were rejected in a row; check the reason", Asked.AS_HOLD),
    Gate.HOURS: GateRow("outside the hours in force for entries", look_again_s=30.0),
    Gate.EXPIRY_NEAR: GateRow("fewer days to expiration than the minimum", look_again_s=60.0),
    Gate.UNHEDGED: GateRow("an unhedged unit is being completed on this chain", look_again_s=1.0),
    Gate.RECONCILE: GateRow("book and broker differ on this chain, or are not compared yet"),
    Gate.UNCOVERED: GateRow("a short contract is held without a long one of its right"),
    Gate.SHARES: GateRow("shares of the underlying are held; trade them away first"),
    Gate.EX_DATE: GateRow("a short leg is in the money and the ex-date is the next session"),
    Gate.IMBALANCE_CHAIN: GateRow("the chain's imbalance limit is reached", Asked.TWICE),
    Gate.RATE: GateRow(
        "the broker's order rate is used up for the moment", look_again_s=0.5, passing=True
    ),
    Gate.NOT_LISTED: GateRow("the expiration is not listed", _AT_QUOTES),
    Gate.QUOTES_STALE: GateRow("the quotes are too old", _AT_QUOTES, 1.0),
    Gate.CAPITAL_ORDER: GateRow("the order would cost more than one order may", _AT_QUOTES),
    Gate.CAPITAL_CHAIN: GateRow("the chain's open debit money is at its limit", _AT_QUOTES),
    Gate.CAPITAL_DESK: GateRow("the desk's open debit money is at its limit", _AT_QUOTES),
    Gate.CAPITAL_DAY: GateRow("the debits that were armed for the day are bought", _AT_QUOTES),
    Gate.LOSS_ROOM: GateRow(
        "a possible unwind would use more than half of the loss allowance left", _AT_QUOTES
    ),
    Gate.STRIKES: GateRow(
        "the chain has more verticals than a scan looks at; set a smaller max_spread_width",
        _AT_QUOTES,
        60.0,
    ),
    Gate.NO_PAIR: GateRow("no pair passes the price rules now", _AT_QUOTES, 3.0, passing=True),
    Gate.CLOSES_OTHER: GateRow(
        "every pair found would close a leg of another pair of the chain",
        _AT_QUOTES,
        3.0,
        passing=True,
    ),
    Gate.ASSIGNMENT: GateRow(
        "every pair found would sell a contract that may be exercised early at no loss",
        _AT_QUOTES,
        3.0,
        passing=True,
    ),
    Gate.PRICE: GateRow(
        "the limit is off its tick, or not inside its width and market", _AT_QUOTES
    ),
    Gate.EDGE: GateRow("net edge after fees is below the minimum", _AT_QUOTES, passing=True),
    Gate.WORTH: GateRow(
        "orders are scarce, and go where they promise more guaranteed dollars",
        _AT_QUOTES,
        10.0,
        passing=True,
    ),
    Gate.CROSS: GateRow("an order of the account works on the other side of a leg", _AT_QUOTES),
    Gate.WORST_CASE: GateRow(
        "the chain could lose more than allowed if everything at work went wrong", _AT_QUOTES
    ),
    Gate.BUYING_POWER: GateRow(
        "the account has too little buying power for the debit and its completion", _AT_QUOTES, 5.0
    ),
    Gate.DUPLICATE: GateRow("the same order went out a moment ago", _AT_QUOTES, passing=True),
}
"""The gates in the order in which they are asked; PHASE is looked at again when it opens."""

BEFORE_QUOTES: Final = frozenset(
    gate for gate, row in TABLE.items() if row.asked in (Asked.BEFORE_QUOTES, Asked.TWICE)
)
AT_QUOTES: Final = frozenset(
    gate for gate, row in TABLE.items() if row.asked in (Asked.AT_QUOTES, Asked.TWICE)
)
OF_A_CYCLE: Final = frozenset({Gate.UNKNOWN_ORDER, Gate.UNHEDGED, Gate.RATE})
"""Gates that a chain's own cycle closes for a moment, in the ordinary course."""

STOPS: Final = frozenset(
    {
        Gate.KILLED,
        Gate.HALTED,
        Gate.EXIT_ONLY,
        Gate.JOURNAL,
        Gate.CLOCK,
        Gate.LINK,
        Gate.FEED,
        Gate.BASELINE,
        Gate.UNARMED,
    }
)
"""Gates that stop the whole desk, whatever its attempts do: no attempt waits for them."""

PASSING: Final = frozenset(gate for gate, row in TABLE.items() if row.passing)


def look_again_s(gate: Gate) -> float:
    """Seconds after which a closed gate is looked at again, soon enough for its kind."""
    return TABLE[gate].look_again_s


def sentence(gate: Gate) -> str:
    """Why a closed gate lets no debit out."""
    return TABLE[gate].sentence
