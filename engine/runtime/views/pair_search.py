"""Held pairs that may have some words, found before a row is formed.

What a screen filters by is made of few parts: those of a chain, those of the pairs of one shape,
contracts and strikes, the label and the cycle. A word has no blank, so it is within one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from engine.book.alike import Like
from engine.book.held_pair import HeldPair
from engine.book.pairs import FOREIGN, PairBook
from engine.market.legs import strike_text, strikes_text
from engine.runtime.views.holdings import Holdings
from engine.runtime.views.pair_warnings import PairWarnings
from engine.runtime.views.search import Step, of_strikes
from engine.snapshot import strikes_together, traders_date
from engine.state.positions import label_of
from engine.state.trader_totals import TraderTotals

CHAIN: Final = 0.1
"""What a look at a chain costs, in rows formed."""

PUT_AWAY: Final = 0.04
"""What a look at a pair that is put away costs."""

ALIKE: Final = 0.15
"""What it costs to know pairs that are alike."""

OUT: Final = 0.3
"""What a look at another pair costs."""

_LABELS: Final = ("RISK", "LOCK*", "ARB")


def strikes_of(pair: HeldPair, kind: str) -> str:
    """Strikes from the dearer to the cheaper leg of a pair's debits or credits.

    Bought and sold of a debit, the other way of a credit; how many further verticals there are
    behind a plus.
    """
    traded = [each for each in pair.traded() if each.kind == kind]
    if not traded:
        return ""
    first = traded[0]
    near, far = (first.buy, first.sell) if kind == "debit" else (first.sell, first.buy)
    more = f" +{len(traded) - 1}" if len(traded) > 1 else ""
    return f"{strikes_text(near, far)}{more}"


def kind_of(pair: HeldPair) -> str:
    """What a pair is called."""
    return pair.shape or ("foreign" if pair.cycle == FOREIGN else "vertical")


def shown_label(pair: HeldPair, floor_c: int | None, totals: TraderTotals) -> str:
    """The label of a pair at its floor, in cents; "" while nothing is settled by it."""
    if floor_c is None:
        return "RISK"
    if pair.unhedged and floor_c >= 0:
        return ""
    return label_of(totals, floor_c)


class PairSearch:
    """Looks for words in all pairs held.

    Args:
        holdings: whose they are.
        words: in capitals, without blanks.
        form: makes the row of a pair.
    """

    def __init__(
        self, holdings: Holdings, words: tuple[str, ...], form: Callable[[HeldPair], Any]
    ) -> None:
        self._holdings = holdings
        self._words = frozenset(words)
        self._form = form
        self._warnings = PairWarnings(holdings)
        self._in_shapes: frozenset[str] = frozenset()
        self._in_labels = frozenset(
            word for word in words if any(word in label for label in _LABELS)
        )
        self._of_shape: dict[Like, frozenset[str]] = {}
        self._worst_c: dict[Like, int] = {}
        self._chains: dict[str, frozenset[str]] = {}

    def number(self) -> int:
        """How many pairs there are to look at."""
        return len(self._pairs)

    def steps(self) -> Iterator[Step]:
        """What is looked at, one after the other: the chains that have most of the words first."""
        looked = 0
        seen = set()
        for pair in self._pairs.out():
            looked += 1
            seen.add((pair.trader, pair.cycle))
            yield Step(OUT, looked, self._formed(pair))
        there = self._pairs.put_away()
        for trader in there:
            self._lacks(trader)
            yield Step(CHAIN, looked)
        shapes = [shape.upper() for shape in (*self._pairs.shapes_put_away(), "vertical")]
        self._in_shapes = frozenset(
            word
            for word in self._words
            if of_strikes(word) or any(word in shape for shape in shapes)
        )
        anywhere = self._in_shapes | self._in_labels
        for trader in sorted(there, key=lambda each: len(self._lacks(each))):
            lacks = self._lacks(trader)
            if lacks <= anywhere:
                known = self._known()
                for number, cycle in enumerate(self._cycles(trader, lacks), looked + 1):
                    found = None if cycle is None else self._pairs.find(trader, cycle)
                    held = found is not None and not found.flat
                    before, known = known, self._known()
                    cost = PUT_AWAY + ALIKE * (known - before)
                    yield Step(cost, number, self._form(found) if found and held else None)
            looked += there[trader]
            yield Step(0.0, looked)
        for pair in self._pairs.out():  # what was put away and is so no longer
            if (pair.trader, pair.cycle) not in seen:
                yield Step(OUT, looked, self._formed(pair))

    def _formed(self, pair: HeldPair) -> Any:
        """The row of a pair that has the words and of which something is held; else None."""
        return None if pair.flat or self._missing(pair) else self._form(pair)

    def _known(self) -> int:
        return len(self._of_shape) + len(self._worst_c)

    def _cycles(self, trader: str, lacks: frozenset[str]) -> Iterator[int | None]:
        """Cycles of a chain that have the words which the chain lacks; None for each other one."""
        totals = self._holdings.state.traders[trader]
        of_shape, of_label = bool(lacks & self._in_shapes), bool(lacks & self._in_labels)
        for cycle, money_c, like in self._pairs.glances(trader):
            left = lacks
            if of_shape:
                left = left - self._words_of(like)
            if left and of_label:
                worst_c = self._worst_c.get(like)
                if worst_c is None:
                    worst_c = self._worst_c[like] = self._pairs.alike(like).worst_c()
                label = label_of(totals, worst_c + money_c)
                left = frozenset(word for word in left if word not in label)
            if left:
                number = str(cycle)
                left = frozenset(word for word in left if word not in number)
            yield None if left else cycle

    @property
    def _pairs(self) -> PairBook:
        return self._holdings.state.positions.pairs

    def _missing(self, pair: HeldPair) -> frozenset[str]:
        """The words that a pair has nowhere."""
        left = self._lacks(pair.trader)
        if not left:
            return left
        totals = self._holdings.state.traders[pair.trader]
        text = (
            f"{_shape_text(pair)} {shown_label(pair, pair.floor_c(), totals)} {pair.cycle} "
            f"{', '.join(self._warnings.of(pair))}"
        ).upper()
        return frozenset(word for word in left if word not in text)

    def _lacks(self, trader: str) -> frozenset[str]:
        """The words that a chain does not have itself."""
        known = self._chains.get(trader)
        if known is None:
            totals = self._holdings.state.traders[trader]
            warned = ", ".join(self._warnings.of_chain(trader))
            text = f"{totals.symbol} {traders_date(totals.expires)} cycle {warned}".upper()
            known = frozenset(word for word in self._words if word not in text)
            self._chains[trader] = known
        return known

    def _words_of(self, like: Like) -> frozenset[str]:
        """The words that all pairs have which are like this."""
        known = self._of_shape.get(like)
        if known is None:
            pair = self._pairs.alike(like)
            strikes = strikes_together(
                strikes_text(pair.buy, pair.sell), strikes_text(pair.credit_sell, pair.credit_buy)
            )
            legs = " ".join(f"{strike_text(strike)}{pair.right}" for strike in pair[4:])
            text = f"{strikes}{pair.right} {legs} {pair.shape or 'vertical'}".upper()
            known = self._of_shape[like] = frozenset(word for word in self._words if word in text)
        return known


def _shape_text(pair: HeldPair) -> str:
    legs = " ".join(f"{strike_text(leg.strike)}{leg.right}" for leg in pair.legs)
    strikes = strikes_together(strikes_of(pair, "debit"), strikes_of(pair, "credit"))
    return f"{strikes}{pair.right} {legs} {kind_of(pair)}"
