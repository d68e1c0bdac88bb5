"""Spoilt copies of a chain: what a broken feed would say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from engine.exchange.faults.kinds import Fault
from engine.market.chain import OptionChain

AHEAD_S: Final = 3600.0
"""How far in the future a future-dated chain claims to be."""

Spoil = Callable[[OptionChain], None]


def copy_of(chain: OptionChain) -> OptionChain:
    """The chain with quotes of its own; the strikes are shared, they never change."""
    return replace(
        chain,
        bid=chain.bid.copy(),
        ask=chain.ask.copy(),
        bid_size=chain.bid_size.copy(),
        ask_size=chain.ask_size.copy(),
        quoted_s=chain.quoted_s.copy(),
    )


def _crossed(chain: OptionChain) -> None:
    chain.bid, chain.ask = chain.ask + 0.05, chain.bid.copy()


def _locked(chain: OptionChain) -> None:
    middle = np.round((chain.bid + chain.ask) / 2, 2)
    chain.bid, chain.ask = middle, middle.copy()


def _nan(chain: OptionChain) -> None:
    chain.bid[:, ::2] = np.nan
    chain.ask[:, 1::3] = np.nan
    chain.underlying_price = float("nan")


def _infinite(chain: OptionChain) -> None:
    chain.ask[:, ::2] = np.inf
    chain.bid[:, 1::3] = -np.inf
    chain.bid[:, 2::5] = 1e300


def _zero(chain: OptionChain) -> None:
    chain.bid[:] = 0.0
    chain.ask[:] = 0.0


def _negative(chain: OptionChain) -> None:
    chain.bid[:, ::2] *= -1.0
    chain.ask[:, ::3] *= -1.0


def _future(chain: OptionChain) -> None:
    chain.confirmed_s += AHEAD_S
    chain.quoted_s += AHEAD_S


def _half_missing(chain: OptionChain) -> None:
    chain.ask[0, :] = np.nan
    chain.bid[1, ::2] = np.nan


def _off_tick(chain: OptionChain) -> None:
    chain.bid += 0.0033
    chain.ask += 0.0047


def _wide(chain: OptionChain) -> None:
    middle = (chain.bid + chain.ask) / 2
    chain.bid = np.round(middle * 0.5, 2)
    chain.ask = np.round(middle * 1.5, 2)


SPOIL: Final[dict[Fault, Spoil]] = {
    Fault.QUOTES_CROSSED: _crossed,
    Fault.QUOTES_LOCKED: _locked,
    Fault.QUOTES_NAN: _nan,
    Fault.QUOTES_INFINITE: _infinite,
    Fault.QUOTES_ZERO: _zero,
    Fault.QUOTES_NEGATIVE: _negative,
    Fault.QUOTES_FUTURE: _future,
    Fault.QUOTES_HALF_MISSING: _half_missing,
    Fault.QUOTES_OFF_TICK: _off_tick,
    Fault.QUOTES_WIDE: _wide,
}
"""What each fault of the quotes does to a copy; frozen ones are a copy that stays."""
