"""Array arithmetic on a whole chain: values at a forward, and quotes rounded to the tick.

Chains have 30 to 120 strikes, so the cost is the number of NumPy calls, not their length. Hence all
memory is allocated once, and the operands of a call have one shape or no dimension: a Python number
or a broadcast row doubles the cost of a call.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final, cast

import numpy as np

from engine.exchange.quotes.universe import UnderlyingSpec
from engine.exchange.quotes.values import NODES, ValueTables
from engine.market.chain import CALL, PUT, Floats, OptionChain
from engine.market.ticks import contract_terms, leg_tick_c

_HIGHEST_CHANGE_C: Final = 1_000_000


def flat(array: Floats) -> memoryview[float]:
    """Return an array flattened, to be read and written as Python floats."""
    return cast("memoryview[float]", array.reshape(-1).data)


def number(value: float = 0.0) -> tuple[Floats, memoryview[float]]:
    """Return a float as an array without dimensions, and the cell that sets it."""
    cell = np.array([value])
    return cell.reshape(()), flat(cell)


_ZERO: Final[Floats] = np.array(0.0)


class Scratch:
    """Memory for the intermediate results of a requote, for chains of n strikes.

    Args:
        n: strikes.
        memory: shared with other chains, which use it in turn; its own by default.
    """

    __slots__ = ("centre", "dollars", "forward", "index", "per", "scale", "u")

    def __init__(self, n: int, memory: Memory | None = None) -> None:
        memory = memory or Memory(n)
        floats, integers = memory.floats, memory.integers
        if n > memory.strikes:
            raise ValueError(f"{n} strikes do not fit into memory for {memory.strikes}")
        self.scale, self.forward = memory.scale, memory.forward
        self.u = floats[:n]
        self.centre = floats[n : 3 * n].reshape(2, n)
        self.per = floats[3 * n : 7 * n].reshape(2, 2, n)
        self.index = integers[:n]
        self.dollars = integers[n : 5 * n].reshape(2, 2, n)


class Memory:
    """Memory that the chains of one thread use in turn, so that it stays in the processor's cache.

    Args:
        strikes: of the longest chain.
    """

    __slots__ = ("floats", "forward", "integers", "scale", "strikes")

    def __init__(self, strikes: int) -> None:
        self.strikes = strikes
        self.floats = np.empty(7 * strikes)
        self.integers = np.empty(5 * strikes, dtype=np.intp)
        self.scale, self.forward = number(), number()


class ValueSheet:
    """The values of a chain's contracts, without mispricings, at the volatility level set last.

    Args:
        strikes: (n,) ascending.
        tables: of the expiration.
        scratch: memory for n strikes.

    Attributes:
        nodes: (NODES,) values of calls as fractions of the forward.
    """

    __slots__ = ("_centre", "_tables", "_work", "nodes", "offset", "per_step")

    def __init__(self, strikes: Floats, tables: ValueTables, scratch: Scratch) -> None:
        self.per_step, self.offset = tables.per_step, tables.offset
        self.nodes: Floats = np.zeros(NODES)
        self._tables = tables
        self._centre = centre = scratch.centre
        self._work = (
            strikes,
            np.array(tables.offset),
            *scratch.scale,
            *scratch.forward,
            scratch.u,
            scratch.index,
            self.nodes.take,
            self.nodes[1:].take,
            centre[CALL],
            centre[PUT],
        )

    def set_level(self, level: float) -> None:
        """Take the smile at a volatility level, relative to the root's own."""
        self._tables.write(level, self.nodes)

    def write(self, forward: float) -> Floats:
        """Return the values (2, n) at a forward, in memory that the next call overwrites.

        The scalar code of `ChainQuotes` repeats this arithmetic.
        """
        (
            strikes, offset, scale, scale_cell, at_forward, forward_cell,
            u, index, take, take_next, call, put,
        ) = self._work  # fmt: skip
        scale_cell[0] = self.per_step / forward
        forward_cell[0] = forward
        np.multiply(strikes, scale, u)
        np.subtract(u, offset, u)
        index[:] = u
        np.floor(u, put)
        np.subtract(u, put, u)
        take(index, None, call, "clip")
        take_next(index, None, put, "clip")
        np.subtract(put, call, put)
        np.multiply(put, u, put)
        np.add(call, put, call)
        np.multiply(call, at_forward, call)
        np.subtract(strikes, at_forward, put)
        np.add(put, call, put)
        return self._centre


class TickGrid:
    """The prices that quotes of a root may have: one tick, or a coarser one from a price on.

    Args:
        root: the option root.
        scratch: memory for the chain's strikes.

    Attributes:
        per_dollar, per_dollar_above: ticks in a dollar below the change of tick and from it on.
        changes_at: dollars at which the tick changes; infinite where it never does.
    """

    __slots__ = ("_by_dollar", "_fine", "_scratch", "changes_at", "per_dollar", "per_dollar_above")

    def __init__(self, root: str, scratch: Scratch) -> None:
        fine_c, coarse_c = leg_tick_c(root, 0), leg_tick_c(root, _HIGHEST_CHANGE_C)
        self.per_dollar = 100.0 / fine_c
        self.per_dollar_above = 100.0 / coarse_c
        self.changes_at = math.inf
        self._scratch = scratch
        self._fine: Floats = np.array(self.per_dollar)
        self._by_dollar: Floats | None = None
        if fine_c != coarse_c:
            changes = (c for c in range(1, _HIGHEST_CHANGE_C) if leg_tick_c(root, c) != fine_c)
            changes_c = next(changes)
            self.changes_at = changes_c / 100
            dollars, rest = divmod(changes_c, 100)
            assert not rest, f"the tick of {root} changes at {changes_c} cents, not a whole dollar"
            self._by_dollar = np.array([self.per_dollar] * dollars + [self.per_dollar_above])

    def round_outward(self, quotes: Floats, bid: Floats, ask: Floats) -> None:
        """Round bids down and asks up, bids not below zero, in place.

        Asks are above zero. A bid below zero may take either tick: it ends at zero.

        Args:
            quotes: (2, 2, n) of bids and asks.
            bid, ask: its two rows.
        """
        per = self._fine
        if self._by_dollar is not None:
            dollars, per = self._scratch.dollars, self._scratch.per
            dollars[:] = quotes
            self._by_dollar.take(dollars, None, per, "clip")
        np.multiply(quotes, per, quotes)
        np.floor(bid, bid)
        np.ceil(ask, ask)
        np.divide(quotes, per, quotes)
        np.maximum(bid, _ZERO, out=bid)


def empty_chain(
    spec: UnderlyingSpec,
    expiration: date,
    strikes: Floats,
    quotes: Floats,
    sizes: Floats,
    quoted_s: Floats,
) -> OptionChain:
    """Return a chain that shares the memory of its quotes and sizes.

    Args:
        spec: the root.
        expiration: exchange date.
        strikes: (n,) ascending.
        quotes, sizes: (2, 2, n) of bids and asks.
        quoted_s: (1,) epoch seconds of every contract's last quote.
    """
    terms = contract_terms(spec.symbol)
    shape = (2, len(strikes))
    return OptionChain(
        spec.symbol,
        expiration,
        strikes,
        multiplier=terms.multiplier,
        style=terms.style,
        settlement=terms.settlement,
        bid=quotes[0],
        ask=quotes[1],
        bid_size=sizes[0],
        ask_size=sizes[1],
        volume=np.empty(shape),
        open_interest=np.empty(shape),
        iv=np.empty(shape),
        quoted_s=np.broadcast_to(quoted_s, shape),
    )
