"""Client order ids: deterministic, unique for ever, at most 32 characters."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.orders.types import Part

MODE_PREFIX: Final = {"SIM": "S", "PAPER": "P", "LIVE": "L"}
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def base36(number: int) -> str:
    """A non-negative number in digits and capitals."""
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
        if number == 0:
            return text


class OrderIds:
    """Makes the ids of one trader for one session date.

    id = mode, installation, session date, trader number, cycle, part, attempt; the trader's
    number is its place in the order the desk added it, which the journal keeps.

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
        self.prefix = f"{MODE_PREFIX[mode]}{installation[:6]}-"
        self._stem = f"{self.prefix}{day}-{base36(trader_number)}-"

    def make(self, cycle: int, part: Part, attempt: int) -> str:
        """The id of the given cycle's part, tried for the `attempt`-th time.

        The attempt is decimal: the last letter is the part, so no two ids read alike.
        """
        return f"{self._stem}{base36(cycle)}{part.value}{attempt}"
