"""Client order ids, deterministic and unique for ever, and how many ended orders are remembered."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.orders.types import Part

MODE_PREFIX: Final = {"SIM": "S", "PAPER": "P", "LIVE": "L"}
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

ORDERS_KEPT: Final = 16_384
"""Ended orders that the whole desk remembers, so that a late report finds its order."""

_FIRST_START_S: Final = 1_577_836_800
"""The epoch second from which starts are counted: 2020 begins."""

_DAYS: Final = 36**3
"""Session dates that three characters tell apart: those of 127 years.

Of 100 traders ids have 15 characters then from their 1,296th cycle on. Those of 16 take 80 bytes in
place of 64 with Python 3.11 (docs/decisions/memory-of-a-session.md).
"""

SHARES: Final = "SH-"
"""With which the id of every order begins that trades shares away."""

EXECUTED_KEPT: Final = ORDERS_KEPT // 2
"""Executed orders of the whole desk after which traders and sums of risk forget one.

They need no more: of ORDERS_KEPT orders fewer than half execute, and what the desk forgot is booked
nowhere.
"""

ENDS_KEPT: Final = EXECUTED_KEPT // 2
"""Ended cycles of the whole desk after which sums forget what one came to, as it can end anew.

They need no more: of a cycle a debit and a credit executed, and traders forget those by then.
"""

FEWEST_KEPT: Final = 16
"""Executed debits, and as many executed credits, that a trader remembers however old they are."""

MOST_KEPT: Final = 256
"""Executed debits, and as many executed credits, that a trader remembers at most."""

CYCLES_SHARED: Final = 4_096
"""Numbers of cycles that are there once: those of some two days."""

_cycles: dict[int, int] = {}


def cycle_number(number: int) -> int:
    """A cycle's number, as the same object for all traders that have one of that number.

    Python has numbers up to 256 once. From a trader's 257th cycle on each would take 32 bytes of
    what a desk remembers of some ten thousand cycles, in the second hour of a session.

    Args:
        number: 1 or more.
    """
    return _cycles.setdefault(number, number) if number <= CYCLES_SHARED else number


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


def share_prefix_of(prefix: str) -> str:
    """With which the ids of an installation's orders of shares begin: `SH-P4K2Z9Q-`.

    They do not begin as those of its other orders do: what ends with a desk begins so, and an order
    that closes shares goes on.

    Args:
        prefix: of its other orders (`prefix_of`).
    """
    return f"{SHARES}{prefix}"


def start_of(epoch_s: float) -> str:
    """Six characters that tell one start of a desk on an account from every other, until 2089.

    Where a run's folder was removed its traders count from 1 again, and the account's broker and
    gateway still know the orders of before. No two desks start on an account within a second.

    Args:
        epoch_s: of the start.
    """
    return base36(max(0, int(epoch_s) - _FIRST_START_S)).rjust(6, "0")


class OrderIds:
    """Makes the ids of one trader for one session date.

    id = mode, installation, session date, trader number, cycle, part, attempt; the trader's number
    is its place in the order the desk added it, which the journal keeps. On an account that
    outlives runs the desk's start is in place of the date; where a run has an account of its own,
    as a simulated one, its ids are the same whenever it runs: `P4K2Z9Q-3M7XQ2-1-3D1`,
    `S0-UXW-1-3D1`. With 46,655 traders and as many cycles a start an id has at most 25 characters,
    digits, capitals and "-": every broker takes that.

    Args:
        mode: SIM, PAPER or LIVE.
        installation: up to six characters that tell this installation from others.
        session_date: the exchange date.
        trader_number: counts every trader of the journal from 1, whichever are traded now.
        start: of the desk on an account that outlives runs (`start_of`); "" on any other.

    Attributes:
        prefix: with which every id of this installation begins.
    """

    def __init__(
        self,
        mode: str,
        installation: str,
        session_date: date,
        trader_number: int,
        start: str = "",
    ) -> None:
        since = start or base36(session_date.toordinal() % _DAYS).rjust(3, "0")
        self.prefix = prefix_of(mode, installation)
        self._stem = f"{self.prefix}{since}-{base36(trader_number)}-"

    def make(self, cycle: int, part: Part, attempt: int) -> str:
        """The id of the given cycle's part, tried for the `attempt`-th time.

        The attempt is decimal: the last letter is the part, so no two ids read alike.
        """
        return f"{self._stem}{base36(cycle)}{part.value}{attempt}"
