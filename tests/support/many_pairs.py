"""A desk that holds many completed pairs, for tests of what looking at them costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any

from engine.book.contract_keys import ContractKey
from engine.book.pairs import PairBook
from engine.orders.events import TraderAdded
from engine.risk.gates import Gate
from engine.runtime.views.held_quotes import Quote
from engine.state.positions import label_of
from engine.state.trader_totals import TraderTotals

AT_MS = 1_732_285_800_000


class SameQuotes:
    """Each contract is quoted alike."""

    def forget(self) -> None:
        """There is nothing to forget."""

    def of(self, key: ContractKey) -> Quote:
        """The quote."""
        return 3.1, 3.2, False

    def price(self, symbol: str) -> float | None:
        """The price."""
        return 600.0


class Contracts(dict[ContractKey, int]):
    """Contracts held, as a book of contracts has them."""

    def contracts(self) -> dict[ContractKey, int]:
        """A copy of all."""
        return dict(self)

    def held(self, key: ContractKey) -> int:
        """Of one."""
        return self.get(key, 0)

    def number(self) -> int:
        """How many there are."""
        return len(self)


class ManyHeld:
    """Holdings with chains of which each has completed some pairs.

    Args:
        chains: traders' keys, such as "SPY 2026-12-04".
    """

    min_days = 5
    today = date(2026, 12, 1)

    def __init__(self, chains: Iterable[str]) -> None:
        self.book = PairBook()
        self.quotes: Any = SameQuotes()
        traders: dict[str, TraderTotals] = {}
        for number, key in enumerate(chains):
            symbol, expiration = key.rsplit(" ", 1)
            added = TraderAdded(AT_MS, key, symbol, expiration, 100, "american", "physical", 1)
            traders[key] = TraderTotals(added, number)
        self.contracts = Contracts()
        self.state: Any = SimpleNamespace(
            positions=SimpleNamespace(pairs=self.book), traders=traders, contracts=self.contracts
        )
        self.differing: set[str] = set()
        self.gates: dict[str, Gate] = {}

    def differs(self, trader: str) -> bool:
        """Whether book and broker differ on a chain."""
        return trader in self.differing

    def watched(self, trader: str) -> Gate | None:
        """Which gate a watch has closed."""
        return self.gates.get(trader)

    def external(self) -> tuple[str, ...]:
        """No orders of others."""
        return ()

    def complete(self, key: str, cycle: int, buy: float = 500.0, gain_c: int = 1_000) -> None:
        """A chain completes a butterfly; it is a risk where it gains less than its fees of 272."""
        book, at_ms = self.book, AT_MS + cycle
        book.book(key, cycle, "debit", "C", buy, buy + 5, 1, 20_000, 136, 100, at_ms)
        pair = book.book(
            key, cycle, "credit", "C", buy + 10, buy + 5, 1, 20_000 + gain_c, 136, 100, at_ms
        )
        floor_c = pair.floor_c()
        assert floor_c is not None
        label = label_of(self.state.traders[key], floor_c)
        done = pair.ended("COMPLETE", "butterfly", floor_c, label)
        book.keep(done.counted_as((floor_c, 20_000, 28)))


def many_held(symbols: Iterable[str], each: int, risky: int = 10) -> ManyHeld:
    """Every symbol completes so many pairs, of which one in `risky` is a risk."""
    held = ManyHeld(f"{symbol} 2026-12-18" for symbol in symbols)
    for cycle in range(1, each + 1):
        for number, key in enumerate(held.state.traders):
            gain_c = 1_000 if (cycle + number) % risky else 100
            held.complete(key, cycle, 500.0 + 5 * ((cycle * 7 + number) % 40), gain_c)
    return held
