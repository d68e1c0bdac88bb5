"""What a chain's attempts are expected to do: its own, and what others lend where they are few.

These estimates say what an order promises and what a screen expects. They are no evidence for a
change: advice is judged by blocks of attempts alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from engine.learning.borrowing.beta import exact_interval
from engine.learning.borrowing.fill_dollars import borrowed_means, own_means, scatter_of_a_fill
from engine.learning.borrowing.fill_rates import believed_rates
from engine.learning.borrowing.spells import Chain, spells_of
from engine.learning.estimators import FIRST_LOOK, Difference

SESSIONS_LENT: Final = 5
"""Sessions from which chains borrow: an earlier day of a chain is one more chain of its symbol."""

DESK: Final = "the desk"


class ChainDay(NamedTuple):
    """A chain on one day, which fills as chains of its symbol do and not as it did before.

    Args:
        session: ordinal of the exchange date.
        trader: its key.
    """

    session: int
    trader: str


class Estimate(NamedTuple):
    """What a chain's attempts are expected to do.

    Args:
        attempts, fills: its own of the session.
        rate, low, high: share of attempts that fill, with its 95 % interval.
        lender: of whom it borrows, a symbol or "the desk"; "" where nobody lends.
        dollars: what a fill makes, with its 95 % interval; None where too little filled.
    """

    attempts: int
    fills: int
    rate: float
    low: float
    high: float
    lender: str
    dollars: Difference | None

    @property
    def thin(self) -> bool:
        """Whether its own attempts are too few to be judged by themselves."""
        return self.attempts < FIRST_LOOK

    def told(self) -> str:
        """A sentence: what is expected, and of whom it is borrowed."""
        own = f"{'thin, ' if self.thin else ''}{_count(self.attempts)}: "
        text = f"{own}{self.rate:.0%} [{self.low:.0%}, {self.high:.0%}] of attempts fill"
        if self.dollars is not None:
            made = self.dollars
            text += f", a fill makes {made.effect:+,.2f} $ [{made.low:+,.2f}, {made.high:+,.2f}]"
        return f"{text}; borrows from {self.lender}" if self.lender else text


def estimates(
    days: Mapping[ChainDay, Chain], symbols: Mapping[str, str], session: int, traders: Iterable[str]
) -> dict[str, Estimate]:
    """What the attempts of each trader's chain are expected to do in this session.

    Args:
        days: sums of each chain and day by block.
        symbols: of every trader that is named.
        session: ordinal of today's exchange date.
        traders: whose chains are asked about; those without attempts borrow everything.
    """
    today = {trader: ChainDay(session, trader) for trader in traders}
    chains: dict[ChainDay, Chain] = {**{day: {} for day in today.values()}, **days}
    of = {day: symbols[day.trader] for day in chains}
    spells = spells_of(chains.values())
    worth = {day: spells.worth(blocks.values()) for day, blocks in chains.items()}
    told = {day: spells.lent(counts) for day, counts in worth.items()}
    believed = believed_rates({day: worth[day] for day in today.values()}, told, of)
    scatter = scatter_of_a_fill(chains.values())
    made = {} if scatter is None else borrowed_means(own_means(chains), of, scatter)
    found: dict[str, Estimate] = {}
    for trader, day in today.items():
        others = {of[each] for each, counts in worth.items() if each != day and counts.attempts > 0}
        lender = "" if not others else of[day] if of[day] in others else DESK
        counts, blocks = worth[day], chains[day].values()
        low, high = believed[day].interval() if lender else exact_interval(*counts)
        found[trader] = Estimate(
            round(sum(block.attempts for block in blocks)),
            round(sum(block.fills for block in blocks)),
            believed[day].mean,
            low,
            high,
            lender,
            made.get(day),
        )
    return found


def _count(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts:,} attempts"
