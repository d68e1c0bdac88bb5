"""How often a trader's next attempts are expected to fill, where somebody knows more than it."""

from __future__ import annotations

from typing import Final, Protocol

from engine.risk.order_budget import chance_to_fill


class FillChances(Protocol):
    """Asked by a trader before it promises dollars for an order."""

    def chance(self, trader: str, fills: int, attempts: int) -> float:
        """The share of the trader's next attempts that are expected to fill.

        Args:
            trader: its key.
            fills, attempts: of its session so far.
        """

    def lender(self, trader: str) -> str:
        """Of whom a thin chain borrows, a symbol or "the desk"; "" where it stands by itself."""

    def told(self, trader: str) -> str:
        """What its attempts are expected to do, as a sentence; "" where nothing tells."""


class OwnChances:
    """A trader that nobody lends a history, as where a library's user runs it alone."""

    def chance(self, trader: str, fills: int, attempts: int) -> float:
        """From its own attempts."""
        return chance_to_fill(fills, attempts)

    def lender(self, trader: str) -> str:
        """Nobody lends."""
        return ""

    def told(self, trader: str) -> str:
        """Its own counts are told elsewhere."""
        return ""


OWN_CHANCES: Final = OwnChances()
