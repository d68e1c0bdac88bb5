"""Bad quotes of a chain: what each fault of the feed makes of the true ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from engine.exchange.faults.kinds import Fault
from engine.market.chain import OptionChain

AHEAD_S: Final = 3600.0
"""How far in the future a future-dated chain claims to be."""

MakeBad = Callable[[OptionChain], OptionChain]


def copy_of(chain: OptionChain, **changed: Any) -> OptionChain:
    """A copy of the chain with quotes of its own; the strikes are shared, they never change.

    Args:
        chain: the original, written in place by its feed.
        changed: fields that are different in the copy.
    """
    copied = {name: getattr(chain, name).copy() for name in _QUOTES if name not in changed}
    return replace(chain, **copied, **changed)


_QUOTES: Final = ("bid", "ask", "bid_size", "ask_size", "quoted_s")


def _crossed(chain: OptionChain) -> OptionChain:
    return copy_of(chain, bid=chain.ask + 0.05, ask=chain.bid.copy())


def _locked(chain: OptionChain) -> OptionChain:
    middle = np.round((chain.bid + chain.ask) / 2, 2)
    return copy_of(chain, bid=middle, ask=middle.copy())


def _nan(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain, underlying_price=float("nan"))
    bad.bid[:, ::2] = np.nan
    bad.ask[:, 1::3] = np.nan
    return bad


def _infinite(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain)
    bad.ask[:, ::2] = np.inf
    bad.bid[:, 1::3] = -np.inf
    bad.bid[:, 2::5] = 1e300
    return bad


def _zero(chain: OptionChain) -> OptionChain:
    return copy_of(chain, bid=np.zeros_like(chain.bid), ask=np.zeros_like(chain.ask))


def _negative(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain)
    bad.bid[:, ::2] *= -1.0
    bad.ask[:, ::3] *= -1.0
    return bad


def _future(chain: OptionChain) -> OptionChain:
    return copy_of(
        chain, confirmed_s=chain.confirmed_s + AHEAD_S, quoted_s=chain.quoted_s + AHEAD_S
    )


def _half_missing(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain)
    bad.ask[0, :] = np.nan
    bad.bid[1, ::2] = np.nan
    return bad


def _off_tick(chain: OptionChain) -> OptionChain:
    return copy_of(chain, bid=chain.bid + 0.0033, ask=chain.ask + 0.0047)


def _wide(chain: OptionChain) -> OptionChain:
    middle = (chain.bid + chain.ask) / 2
    return copy_of(chain, bid=np.round(middle * 0.5, 2), ask=np.round(middle * 1.5, 2))


BAD_QUOTES: Final[dict[Fault, MakeBad]] = {
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
"""By fault, the bad copy of a chain; frozen quotes are a plain copy that stays as it is."""
