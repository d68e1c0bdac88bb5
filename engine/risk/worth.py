"""Which attempts are worth an order while orders are scarce: those that promise most for one.

EXECUTION, section 3: the budget is spent where expected net dollars an order are highest.
"""

from __future__ import annotations

from statistics import median
from typing import Final

KEPT_S: Final = 300.0
"""So long a chain that is not looked at again counts among those that want orders."""

CREDITS_A_FILL: Final = 1.8
"""Orders that a filled debit costs beside its own: the credit, walked or replaced now and then."""

_PRIOR_FILLS, _PRIOR_ATTEMPTS = 1, 3
"""What a chain without a history is taken for, worth three attempts."""


def expected_net_c(net_c: float, fills: int, attempts: int) -> float:
    """Cents that an attempt is expected to bring for each order that it is expected to cost.

    Args:
        net_c: cents of account money after fees where the pair is completed as planned.
        fills, attempts: of the trader's session so far.
    """
    chance = (fills + _PRIOR_FILLS) / (attempts + _PRIOR_ATTEMPTS)
    return chance * net_c / (1 + chance * CREDITS_A_FILL)


class Worth:
    """What each chain promised when it was last looked at, and which of them come first."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[float, float]] = {}

    def admits(self, trader: str, value_c: float, now_s: float, scarce: bool) -> bool:
        """Whether an attempt may have an order; what it promises is remembered either way.

        Args:
            trader: whose attempt it is.
            value_c: from `expected_net_c`.
            now_s: engine seconds.
            scarce: whether orders are; if so it takes at least the median of the chains that were
                looked at in the last KEPT_S seconds, itself among them.
        """
        self._latest[trader] = value_c, now_s
        if not scarce:
            return True
        values = [value for value, at_s in self._latest.values() if now_s - at_s <= KEPT_S]
        return value_c >= median(values)
