"""Client order ids, deterministic and unique for ever, and how many ended orders are remembered."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.orders.types import Part

MODE_PREFIX: Final = {"SIM": "S", "PAPER": "P", "LIVE": "L"}
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

ORDERS_KEPT: Final = 16_384
"""Ended orders that the whole desk remembers, so that a late report finds its order."""

_FEWEST: Final = 32
_MOST: Final = 256


def base36(number: int) -> str:
    """A non-negative number in digits and capitals."""
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
        if number == 0:
            return text


def prefix_of(mode: str, installation: str) -> str:
    """With which every order id of an installation begins in a mode: `P4K2Z9Q-`.

    Args:
        mode: SIM, PAPER or LIVE.
        installation: up to six digits and capitals.
    """
    return f"{MODE_PREFIX[mode]}{installation[:6]}-"


class OrderIds:
    """Makes the ids of one trader for one session date.

    id = mode, installation, session date, trader number, cycle, part, attempt; the trader's
    number is its place in the order the desk added it, which the journal keeps. With 46,655 traders
    and as many cycles a day an id has at most 23 characters, digits, capitals and "-": every broker
    takes that.

    Args:
        mode: SIM, PAPER or LIVE.
        installation: up to six characters that tell this installation from others.
        session_date: the exchange date.
        trader_number: counts every trader of the journal from 1, whichever are traded now.

    Attributes:
        prefix: with which every id of this installation begins.
    """

    def __init__(
        self, mode: str, installation: str, session_date: date, trader_number: int
    ) -> None:
        day = base36(session_date.toordinal())
        self.prefix = prefix_of(mode, installation)
        self._stem = f"{self.prefix}{day}-{base36(trader_number)}-"

    def make(self, cycle: int, part: Part, attempt: int) -> str:
        """The id of the given cycle's part, tried for the `attempt`-th time.

        The attempt is decimal: the last letter is the part, so no two ids read alike.
        """
        return f"{self._stem}{base36(cycle)}{part.value}{attempt}"


def executed_kept(traders: int) -> int:
    """Executed debits, and as many executed credits, that each of so many traders remembers.

    An execution may be repeated, corrected or busted hours later. Together they are no more than
    the desk remembers: a report about an order that the desk forgot is booked nowhere.
    """
    return max(_FEWEST, min(_MOST, ORDERS_KEPT // (2 * max(1, traders))))
