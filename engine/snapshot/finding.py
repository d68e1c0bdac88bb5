"""How rows are written where a person looks for them, and how a list is asked for some of them.

The engine leaves out what cannot have the words of a filter; which rows pass, the screen decides.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

SEARCH: Final = ":"
"""How that begins which the rows of a list are to have: "pairs@:AAPL 04DEC26".

No option root begins so: "orders@/ES 2026-12-04/7" are those of a pair.
"""

MOST: Final = 48
"""Characters of the words that are looked for; further ones are left to the screen."""

_MONTHS: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip
_PARTS: Final = {"D": "DB", "C": "CR", "U": "UN", "S": "SH"}
_PLAIN: Final = re.compile(r"[A-Z0-9./^$_:*+#-]+")


def searched(text: str) -> str:
    """The words of a filter that the engine can look for, in capitals; "" for none.

    Rows that have all words have these, too. What a filter excludes is in most rows: nothing is
    looked for then, nor a word with characters that a screen may have put in place of others.

    Args:
        text: of a filter, such as "aapl 04dec26" or "!risk".
    """
    if text.startswith("!"):
        return ""
    words, room = [], MOST
    for word in dict.fromkeys(text.upper().split()):
        if _PLAIN.fullmatch(word) and len(word) < room:
            words.append(word)
            room -= len(word) + 1
    return " ".join(words)


def traders_date(day: date) -> str:
    """A date as traders and screens write it, such as 17JAN25."""
    return f"{day.day:02d}{_MONTHS[day.month - 1]}{day.year % 100:02d}"


def part_letters(part: str) -> str:
    """Which part of a cycle an order trades, in two letters; what is no part stays as it is.

    Args:
        part: D, C or U, or S for shares.
    """
    return _PARTS.get(part, part)


def closing_trade(quantity: int) -> str:
    """The trade that closes a position of that quantity."""
    return "sell to close" if quantity > 0 else "buy to close"


def strikes_together(debit: str, credit: str) -> str:
    """Strikes of a pair's debit and credit; one that both sell, as in a butterfly, once.

    Args:
        debit, credit: such as "590/595" and "600/595"; "" for none.
    """
    short, far = debit.rpartition("/")[2], credit.partition("/")
    if short and far[0] == short:
        return f"{debit}/{far[2]}"
    return f"{debit} {credit}".strip() or "-"
