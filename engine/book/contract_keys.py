"""What an option contract is known by: as a rule one object for all who name the contract."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from engine.market.expirations import expiration_date
from engine.market.legs import strike_text
from engine.market.quotes.values import right_of


class ContractKey(NamedTuple):
    """One option contract: root, ISO expiration, right "C" or "P", strike per share."""

    symbol: str
    expiration: str
    right: str
    strike: float


class _KeysByStrike(dict[float, ContractKey]):
    """The keys of a chain's calls or puts, by strike; one that is missing is made.

    Args:
        symbol, expiration, right: as a key has them.
    """

    def __init__(self, symbol: str, expiration: str, right: str) -> None:
        self._of = symbol, expiration, right

    def __missing__(self, strike: float) -> ContractKey:
        key = ContractKey(*self._of, float(strike))
        return self.setdefault(key.strike, key)  # another thread's, where that was first


@lru_cache(maxsize=1 << 12)
def _keys_of(symbol: str, expiration: date | datetime | str, right: str) -> _KeysByStrike:
    """The keys of a chain's calls or puts: the same object however these are spelled."""
    iso = expiration if isinstance(expiration, str) else expiration_date(expiration).isoformat()
    try:
        known = right_of(right)
    except ValueError as error:
        raise ValueError(f"right {error}") from None
    if known is None:
        raise ValueError("right is missing; it must be 'call' or 'put', 'C' or 'P'")
    letter = "CP"[known]
    if (iso, letter) != (expiration, right):
        return _keys_of(symbol, iso, letter)
    return _KeysByStrike(symbol, iso, letter)


def contract_key(
    symbol: str, expiration: date | datetime | str, right: str, strike: float
) -> ContractKey:
    """Return the key of a contract: as a rule the same object for all who ask.

    A dozen tables of a desk name each contract that it trades.

    Args:
        symbol: option root.
        expiration: exchange date, or its ISO text.
        right: "call", "put", "C" or "P".
        strike: per share.

    Raises:
        ValueError: right is none of these.
    """
    return _keys_of(symbol, expiration, right)[strike]


def name_of(key: ContractKey) -> str:
    """A contract as a journal's row names it: "SPY 2026-12-04 C 585"."""
    return f"{key.symbol} {key.expiration} {key.right} {strike_text(key.strike)}"


def key_of(name: str) -> ContractKey:
    """The contract that `name_of` named.

    Raises:
        ValueError: it is no such name.
    """
    symbol, expiration, right, strike = name.rsplit(" ", 3)
    return contract_key(symbol, expiration, right, float(strike))
