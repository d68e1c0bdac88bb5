"""What a quote callback returned as a chain."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.market.chain import OptionChain
from engine.market.expirations import expiration_date
from engine.market.quotes.columns import Columns, columns_of
from engine.market.quotes.contracts import Contracts, contracts_of
from engine.market.quotes.names import FIGURES
from engine.market.quotes.rows import FORMS, rows_in
from engine.market.quotes.symbols import bare_root
from engine.market.quotes.values import numbers_of
from engine.market.ticks import ContractTerms, contract_terms

ChainLike = Any
"""An OptionChain, or quotes in any form that `chain_from` reads."""

_PRICES: Final = ("bid", "ask")
_MOST: Final = 1e12
"""Contracts beyond which a size says nothing."""


class NothingQuotedError(ValueError):
    """The answer holds no row at all."""


def chain_from(
    options: ChainLike,
    *,
    symbol: str = "",
    expiration: date | datetime | None = None,
    underlying_price: float = math.nan,
    confirmed_s: float = math.nan,
    terms: ContractTerms | None = None,
) -> OptionChain:
    """Turn what a quote callback returned into an OptionChain.

    A contract that came twice with different quotes is unknown: neither counts, and the chain's
    `told_twice` names it.

    Args:
        options: an OptionChain (returned as it is) or quotes in any form: SpreadLegs; mappings,
            named tuples or objects with strike, right, bid and ask, or with a contract's symbol in
            place of the first two; a table of them; mappings by contract, right, strike or
            expiration. The guide to the engine has an example of each.
        symbol, expiration: of the request; taken from the rows where not given.
        underlying_price: dollars a share; NaN where unknown.
        confirmed_s: epoch seconds at which the answer arrived.
        terms: what the contracts are; where not given those of the root, or of an OptionChain.

    Raises:
        NothingQuotedError: there is not one row.
        ValueError: a row cannot be read, or is of another root, expiration or deliverable than
            asked for; names the row and the field.
    """
    wanted = None if expiration is None else expiration_date(expiration)
    if isinstance(options, OptionChain):
        _same(options, symbol, wanted, terms)
        return options
    rows, keys = rows_in(options)
    if not rows:
        raise NothingQuotedError(
            f"no options quoted for {symbol or 'the chain'} {wanted or ''}".strip()
        )
    columns = columns_of(rows)
    terms = terms or contract_terms(symbol)
    contracts = contracts_of(columns, keys, symbol, wanted, terms.multiplier)
    if contracts.expiration is None:
        raise ValueError("the options name no expiration; pass expiration=")
    return _chain(contracts, _figures(columns), symbol, underlying_price, confirmed_s, terms)


def _same(
    chain: OptionChain, symbol: str, expiration: date | None, terms: ContractTerms | None
) -> None:
    """Raise where a chain is not the one that was asked for."""
    if symbol and chain.symbol and bare_root(chain.symbol) != bare_root(symbol):
        quoted = ascii(chain.symbol)[1:-1][:24]
        raise ValueError(f"asked for {symbol} the quotes came for {quoted}")
    day = expiration_date(chain.expiration)
    if expiration is not None and day != expiration:
        raise ValueError(
            f"asked for {symbol or chain.symbol} {expiration} the quotes came for {day}; "
            "the quote callback must return the expiration it is given"
        )
    if terms is not None and chain.multiplier != terms.multiplier:
        raise ValueError(
            f"the quotes of {symbol or chain.symbol} are of contracts of {chain.multiplier} and "
            f"{terms.multiplier} are traded; add the symbol with their terms"
        )


def _figures(columns: Columns) -> dict[str, NDArray[np.float64]]:
    """The figures that rows tell, NaN where unknown.

    Raises:
        ValueError: a figure is not a number, or no row has a bid and an ask.
    """
    for field in _PRICES:
        if field not in columns:
            raise ValueError(f"row 0: {field} is missing; quotes are read from {FORMS}")
    found: dict[str, NDArray[np.float64]]
    found = {name: numbers_of(name, columns[name]) for name in FIGURES if name in columns}
    if "iv" not in found and "iv_percent" in columns:
        found["iv"] = numbers_of("volatility", columns["iv_percent"]) / 100
    for name, values in found.items():
        if name in _PRICES:
            values[values == -1.0] = np.nan  # how IBKR and others say that there is none
        else:
            values[~((values >= 0) & (values <= _MOST))] = np.nan
    return found


def _chain(
    contracts: Contracts,
    figures: dict[str, NDArray[np.float64]],
    symbol: str,
    underlying_price: float,
    confirmed_s: float,
    terms: ContractTerms,
) -> OptionChain:
    assert contracts.expiration is not None
    strikes, column = np.unique(contracts.strikes, return_inverse=True)
    chain = OptionChain(
        symbol,
        contracts.expiration,
        strikes,
        underlying_price=underlying_price,
        confirmed_s=confirmed_s,
    )
    chain.take_terms(terms)
    at = (contracts.rights, column)
    for name, values in figures.items():
        getattr(chain, name)[at] = values
    chain.quoted_s[at] = confirmed_s
    cells = (contracts.rights * len(strikes) + column).tolist()
    if len(set(cells)) < len(cells):
        _leave_out_contradicting(chain, cells, figures)
    return chain


def _leave_out_contradicting(
    chain: OptionChain, cells: list[int], figures: dict[str, NDArray[np.float64]]
) -> None:
    """Make unknown what several rows of one contract say differently."""
    rows_of: dict[int, list[int]] = {}
    for row, cell in enumerate(cells):
        rows_of.setdefault(cell, []).append(row)
    twice: list[tuple[int, int]] = []
    for cell, rows in rows_of.items():
        if len(rows) == 1:
            continue
        at = divmod(cell, len(chain.strikes))
        differing = [
            name
            for name, values in figures.items()
            if not np.array_equal(values[rows], np.repeat(values[rows[0]], len(rows)), True)
        ]
        if {"bid", "ask"} & set(differing):
            differing = list(figures)
            twice.append(at)
        for name in differing:
            getattr(chain, name)[at] = np.nan
    chain.leave_out(tuple(sorted(twice)))
