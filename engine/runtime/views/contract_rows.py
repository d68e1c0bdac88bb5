"""The rows of contracts held, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from engine.book.contract_keys import ContractKey
from engine.market.legs import strike_text
from engine.runtime.views.holdings import Holdings
from engine.runtime.views.search import Step
from engine.snapshot import ContractView, closing_trade, traders_date

LOOK: Final = 0.1
"""What a look at a contract costs, in rows formed."""


class ContractRows:
    """Makes ContractViews; which contracts there are is asked at the first page of a round.

    Args:
        holdings: whose contracts they are.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self.rest()

    def rest(self) -> None:
        """Nobody looks: what was kept for the next page is let go."""
        self._keys: list[ContractKey] = []
        self._holders: Mapping[tuple[str, str, float], int] = {}

    def page(self, start: int, rows: int) -> tuple[tuple[ContractView, ...], int]:
        """So many rows behind the first `start` contracts, and how many contracts there are.

        One that is held no longer has no row.
        """
        state = self._holdings.state
        if not start:
            self._keys = sorted(state.contracts.contracts())
            self._holders = state.positions.pairs.holders()
        keys = self._keys[start : start + rows]
        held = ((key, state.contracts.held(key)) for key in keys)
        return tuple(self._row(key, n) for key, n in held if n), len(self._keys)

    def steps(self, words: tuple[str, ...]) -> Iterator[Step]:
        """A look at each contract, and the rows of those that may have these words.

        Args:
            words: in capitals, without blanks.
        """
        state = self._holdings.state
        if not self._keys:
            self._holders = state.positions.pairs.holders()
        lacks: dict[tuple[str, str], list[str]] = {}
        for looked, key in enumerate(state.contracts.contracts(), 1):
            chain = key.symbol, key.expiration
            if chain not in lacks:
                lacks[chain] = _without(words, self._chain_text(*chain))
            quantity = state.contracts.held(key)
            left = lacks[chain] and _without(lacks[chain], _text(key, quantity))
            has = quantity and not left
            yield Step(LOOK, looked, self._row(key, quantity) if has else None)

    def _chain_text(self, symbol: str, expiration: str) -> str:
        """What a screen filters by of all contracts of a chain."""
        warned = ", ".join(self._warnings(f"{symbol} {expiration}"))
        return f"{symbol} {traders_date(date.fromisoformat(expiration))} {warned}"

    def _warnings(self, trader: str) -> tuple[str, ...]:
        return ("book differs",) if self._holdings.differs(trader) else ()

    def _row(self, key: ContractKey, quantity: int) -> ContractView:
        holdings = self._holdings
        expiration = date.fromisoformat(key.expiration)
        trader = f"{key.symbol} {key.expiration}"
        bid, ask, stale = holdings.quotes.of(key)
        price = bid if quantity > 0 else ask
        totals = holdings.state.traders.get(trader)
        multiplier = 100 if totals is None else totals.multiplier
        return ContractView(
            key=f"{trader} {key.right}{strike_text(key.strike)}",
            symbol=key.symbol,
            expiration=expiration,
            dte=(expiration - holdings.today).days,
            right=key.right,
            strike=key.strike,
            quantity=quantity,
            pairs=self._holders.get((trader, key.right, key.strike), 0),
            bid=bid,
            ask=ask,
            value_c=None if price is None else round(quantity * price * multiplier * 100),
            stale=stale,
            warnings=self._warnings(trader),
        )


def _text(key: ContractKey, quantity: int) -> str:
    """What a screen filters by of one contract of a chain."""
    return f"{strike_text(key.strike)}{key.right} {closing_trade(quantity)}"


def _without(words: Iterable[str], text: str) -> list[str]:
    """The words, in capitals, that a text does not have."""
    capitals = text.upper()
    return [word for word in words if word not in capitals]
