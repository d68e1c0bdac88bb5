"""Where a broker's answer differs from the book, chain by chain, and what it leaves unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.book.contract_keys import ContractKey
from engine.book.contracts import ContractBook
from engine.market.legs import strike_text
from engine.runtime.watch.broker_books import Held


class Differences(NamedTuple):
    """What differs between a book and what the broker says is held.

    Attributes:
        rows: what differs or is unknown, a text by chain; shares are of every chain of their root.
        contracts: those that differ or are unread.
        changed: chains of which something differs that is external: held by the account, not ours.
        unread: chains with a contract, or of a root with shares, of which the broker did not say
            how many are held.
    """

    rows: dict[str, str]
    contracts: frozenset[ContractKey]
    changed: frozenset[str]
    unread: frozenset[str]


def differences(book: ContractBook, symbols: Mapping[str, str], told: Held) -> Differences:
    """Compare a book with what the broker says.

    Args:
        book: the desk's.
        symbols: the symbol of each chain.
        told: what the broker says is held.
    """

    def chains_of(symbol: str) -> list[str]:
        """Those that shares of a root belong to; a name of their own where there is none."""
        own = [key for key, each in symbols.items() if each == symbol]
        return own or [f"{symbol} shares"]

    positions, shares, unread, unread_shares = told
    rows: dict[str, str] = {}
    every = book.difference(book.without_external(positions))
    contracts = [row for row in every if row.key not in unread]
    external, external_shares = book.external()
    changed: set[str] = set()
    for row in contracts:
        chain = f"{row.key.symbol} {row.key.expiration}"
        rows.setdefault(chain, row.text)
        if row.key in external:
            changed.add(chain)
    held_here = book.contracts()
    for contract in sorted(unread):
        symbol, expiration, right, strike = contract
        rows.setdefault(
            f"{symbol} {expiration}",
            f"{symbol} {expiration} {strike_text(strike)}{right}: book "
            f"{held_here.get(contract, 0):+d}, broker ?: it does not say how many are held",
        )
    ours = book.shares()
    theirs = book.shares_without_external({row.symbol: row.quantity for row in shares})
    for symbol in sorted(unread_shares):
        text = (
            f"{symbol} shares: book {ours.get(symbol, 0):+d}, broker ?: it does not say how "
            "many are held"
        )
        rows |= {key: text for key in chains_of(symbol) if key not in rows}
    for symbol in sorted((ours.keys() | theirs.keys()) - unread_shares):
        held, there = ours.get(symbol, 0), theirs.get(symbol, 0)
        if held != there:
            text = (
                f"{symbol} shares: book {held:+d}, broker {there:+d}, difference {there - held:+d}"
            )
            for key in chains_of(symbol):
                rows.setdefault(key, text)
                if symbol in external_shares:
                    changed.add(key)
    unread_chains = {f"{each.symbol} {each.expiration}" for each in unread}
    unread_chains.update(*map(chains_of, unread_shares))
    return Differences(
        rows,
        frozenset(row.key for row in contracts) | unread,
        frozenset(changed),
        frozenset(unread_chains),
    )


def held_text(told: Held) -> str:
    """What the broker says is held, of contracts first, as one line; "" for nothing."""
    return "; ".join(_held(told))


def _held(told: Held) -> Iterable[str]:
    by_contract = sorted(told.positions, key=lambda row: (row.symbol, row.expiration, row.strike))
    for row in by_contract:
        if row.quantity:
            strike = strike_text(row.strike)
            yield f"{row.symbol} {row.expiration} {strike} {row.right} {row.quantity:+d}"
    for key in sorted(told.unread):
        yield f"{key.symbol} {key.expiration} {strike_text(key.strike)} {key.right} ?"
    for share in told.shares:
        if share.quantity:
            yield f"{share.symbol} shares {share.quantity:+d}"
    for root in sorted(told.unread_shares):
        yield f"{root} shares ?"
