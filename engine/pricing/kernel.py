"""Prices of every vertical of a chain at once, in arrays that are allocated once.

The price of a vertical separates into one figure for each leg. With `dear` the figure of a
leg that is bought and `cheap` that of one that is sold, debit(i, j) = dear_i - cheap_j and
credit(k, l) = cheap_k - dear_l. A contract that may not be traded costs infinity and fetches
minus infinity, so every vertical with it prices itself out, and no array ever holds NaN.

Prices are in units: ticks, or dollars where the rules do not round.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from engine.market.chain import OptionChain
from engine.pricing.grid import ABSENT, Floats, Integers, StrikeGrid
from engine.pricing.rules import ScanRules
from engine.pricing.terms import Terms

Bools = NDArray[np.bool_]

JUDGED_AT_ONCE: Final = 1024
_ABSURD: Final = 1e12
_ON_TICK: Final = 1e-6


class Workspace:
    """Arrays that several kernels of one thread take turns with.

    `turn` counts the scans: a reader that kept the number knows whether the arrays are still
    those of its scan.
    """

    __slots__ = ("_arrays", "turn")

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}
        self.turn = 0

    def array(self, name: str, shape: tuple[int, ...], kind: Any = np.float64) -> NDArray[Any]:
        """A contiguous array of that shape, sharing memory with others of the same name."""
        size = int(np.prod(shape))
        flat = self._arrays.get(name)
        if flat is None or flat.size < size:
            flat = self._arrays[name] = np.empty(size, kind)
        return flat[:size].reshape(shape)


class PriceKernel:
    """Debits, credits and their suffix maxima for one strike grid.

    Args:
        grid: the strikes and verticals.
        workspace: memory to share with other kernels of the same thread.

    Attributes, after `price`:
        bid, ask: (2, n) quotes in units, along the axis.
        credit: (G, 2, n) price of the vertical sold at the inner leg; -inf where refused.
        debit: (G, 2, n) price of the vertical bought, at its outer (sold) leg; inf where absent.
        reach: (G, 2, n) highest credit of that width or a narrower one at or beyond a position.
        beyond: (G, 2, n) greatest credit minus width, over that width and wider ones, at or
            beyond a position: what a wider credit leaves of its floor.
        maxima: (G + 1, 4 n) both in one table, with a row of -inf above: row g + 1 holds reach
            of width g, then beyond of the g-th widest.
        off_tick: a quote lies between two ticks, or may be crossed, so that rounded limits may
            leave their market; set where the gate keeps them inside.
        outer_leg, inner_leg, width_of: for each flat index in (G, 2, n) of a debit, the flat
            index in (2, n) of its sold and of its bought leg, and its width in units.
    """

    __slots__ = (
        "_asks",
        "_away",
        "_away_flat",
        "_bids",
        "_cheap_credit",
        "_credit_back",
        "_dear_for_credit",
        "_dear_for_debit",
        "_debit_dear",
        "_inner_index",
        "_outer_index",
        "_pads",
        "_quotes",
        "_reach_back",
        "_rules",
        "_small",
        "_small_flat",
        "_sources",
        "_steps",
        "_terms",
        "_too_high",
        "ask",
        "ask_flat",
        "beyond",
        "bid",
        "bid_flat",
        "bound",
        "cheap",
        "cheap_debit",
        "credit",
        "debit",
        "debit_flat",
        "drop",
        "grid",
        "inner_leg",
        "judged",
        "mask",
        "mask_flat",
        "maxima",
        "off_tick",
        "outer_leg",
        "positive",
        "reach",
        "scale",
        "sufficient",
        "table",
        "unsold",
        "wider",
        "width_of",
        "widths",
        "widths_list",
        "work",
        "workspace",
    )

    def __init__(self, grid: StrikeGrid, workspace: Workspace | None = None) -> None:
        self.grid = grid
        self.workspace = workspace or Workspace()
        n, rows = grid.n, len(grid.widths)
        take = self.workspace.array
        legs, full = (2, n), (rows, 2, n)
        self._quotes = take("quotes", (2, 2, n))
        self.bid, self.ask = self._quotes
        self.bid_flat, self.ask_flat = self.bid.ravel(), self.ask.ravel()
        self._cheap_credit, self.cheap_debit = take("cheap", legs), take("cheap_debit", legs)
        self.cheap = self._cheap_credit
        self._away = take("away", (2, 2, n))
        self._small, self.bound = self._away
        self._away_flat, self._small_flat = self._away.ravel(), self._small.ravel()
        self.off_tick = False
        self.drop, self.unsold = take("drop", legs, bool), take("unsold", legs, bool)
        self.credit, self.debit = take("credit", full), take("debit", full)
        self.work, self.wider = take("work", full), take("wider", full)
        self.mask, self.positive = take("mask", full, bool), take("positive", full, bool)
        self.judged = take("judged", (rows * JUDGED_AT_ONCE,))
        self.sufficient = take("sufficient", (rows * JUDGED_AT_ONCE,), bool)
        self.debit_flat, self.mask_flat = self.debit.ravel(), self.mask.ravel()
        self.maxima = take("maxima", (rows + 1, 4 * n))
        self.table = self.maxima[1:]
        by_leg = self.table.reshape(rows, 2, 2, n)
        self.reach, self.beyond = by_leg[:, 0], by_leg[::-1, 1]
        self._steps = list(zip(self.maxima[2:], self.maxima[1:], strict=False))
        self._credit_back, self._reach_back = self.credit[:, :, ::-1], self.reach[:, :, ::-1]
        at = np.arange(rows * 2 * n)
        self.outer_leg: Integers = at % max(2 * n, 1)
        if grid.inner is None:
            self.inner_leg: Integers = self.outer_leg - at // max(2 * n, 1) - 1
        else:
            self.inner_leg = (grid.inner + np.array([0, n])[None, :, None]).ravel()
        pad = rows if grid.regular else 1
        self._pads = (np.full((2, n + 2 * pad), np.inf), np.full((2, n + 2 * pad), np.inf))
        self._debit_dear = [p[:, pad : pad + n] for p in self._pads]
        self._inner_index: Integers | None = None
        self._outer_index: Integers | None = None
        self._dear_for_credit: list[Floats] = []
        self._dear_for_debit: list[Floats] = []
        self._set_views(pad)
        self._set_scale(1.0)
        self._rules: ScanRules | None = None
        self._too_high = self.widths
        self._sources: tuple[Floats, Floats] | None = None
        self._bids: tuple[Floats, Floats] = (self.bid[0], self.bid[1])
        self._asks: tuple[Floats, Floats] = (self.ask[0], self.ask[1])
        self._terms: Terms | None = None

    def _set_views(self, pad: int) -> None:
        grid = self.grid
        shape = (len(grid.widths), 2, grid.n)
        if grid.outer is not None and grid.inner is not None:
            base = np.arange(2)[None, :, None] * (grid.n + 2) + 1
            self._outer_index = np.where(grid.outer == ABSENT, 0, grid.outer + base)
            self._inner_index = np.where(grid.inner == ABSENT, 0, grid.inner + base)
            return
        for padded in self._pads:
            row, one = padded.strides
            outer = as_strided(padded[:, pad + 1 :], shape, (one, row, one))
            inner = as_strided(padded[:, pad - 1 :], shape, (-one, row, one))
            self._dear_for_credit.append(outer)
            self._dear_for_debit.append(inner)

    def _set_scale(self, scale: float) -> None:
        self.scale = scale
        self.widths = (self.grid.widths * scale)[:, None, None]
        self.widths_list: list[float] = self.widths.ravel().tolist()
        self.width_of: Floats = np.repeat(self.grid.widths * scale, 2 * self.grid.n)

    def price(self, chain: OptionChain, rules: ScanRules, allowed: Bools | None = None) -> None:
        """Price every leg, credit and debit of the chain under the rules.

        Args:
            chain: quotes on the strikes of the grid.
            allowed: (2, n) True where a contract may be traded; columns as in the chain.
        """
        self.workspace.turn += 1
        if rules is not self._rules:
            self._adopt(rules)
        with np.errstate(invalid="ignore"):
            self._price_legs(chain, rules, allowed)
            self._price_credits(rules)
        self._price_debits(rules)

    def _adopt(self, rules: ScanRules) -> None:
        """Work out what follows from the rules alone."""
        scale = rules.units_per_dollar
        if scale != self.scale:
            self._set_scale(scale)
        self._terms = Terms(rules, self.widths_list[-1] if self.widths_list else 0.0)
        self._rules = rules
        self._too_high = self.widths - rules.slack

    def terms(self, rules: ScanRules) -> Terms:
        """What the rules ask in this kernel's units; kept for the rules it last priced with."""
        if rules is self._rules and self._terms is not None:
            return self._terms
        return Terms(rules, self.widths_list[-1] if self.widths_list else 0.0)

    def _read(self, chain: OptionChain) -> None:
        """Keep views of a chain's quotes along the axis; most chains are written in place."""
        self._sources = chain.bid, chain.ask
        self._bids = chain.bid[0], chain.bid[1, ::-1]
        self._asks = chain.ask[0], chain.ask[1, ::-1]

    def _price_legs(self, chain: OptionChain, rules: ScanRules, allowed: Bools | None) -> None:
        scale, bid, ask, small = self.scale, self.bid, self.ask, self._small
        sources = self._sources
        if sources is None or sources[0] is not chain.bid or sources[1] is not chain.ask:
            self._read(chain)
        multiply, subtract = np.multiply, np.subtract
        multiply(self._bids[0], scale, out=bid[0])
        multiply(self._bids[1], scale, out=bid[1])
        multiply(self._asks[0], scale, out=ask[0])
        multiply(self._asks[1], scale, out=ask[1])
        subtract(ask, bid, out=small)
        whole = self._is_whole(rules, allowed)
        drop, unsold = self.drop, self.unsold
        if whole:
            drop.fill(False)
            np.less_equal(bid, 0.0, out=unsold)
        else:
            self._mark(chain, rules, allowed)
        slack = rules.slack if rules.tick_c else 0.0
        dear, cheap = self._debit_dear[0], self.cheap_debit
        multiply(small, rules.buy_at, out=cheap)
        np.add(bid, cheap, out=dear)
        subtract(ask, cheap, out=cheap)
        if slack:
            subtract(cheap, slack, out=cheap)
        if not whole:
            np.copyto(dear, np.inf, where=drop)
        np.copyto(cheap, -np.inf, where=unsold)
        if self.terms(rules).mirrored:
            self.cheap = cheap
        else:
            dear = self._debit_dear[1]
            self.cheap = cheap = self._cheap_credit
            multiply(small, rules.sell_at, out=cheap)
            subtract(ask, cheap, out=dear)
            np.add(bid, cheap, out=cheap)
            subtract(cheap, slack, out=cheap)
            np.copyto(dear, np.inf, where=drop)
            np.copyto(cheap, -np.inf, where=unsold)
        if rules.gate is not None and rules.gate.inside_market:
            self.off_tick = bool(rules.tick_c and small.size) and (
                not rules.liquidity.refuse_crossed or self._is_off_tick(whole)
            )

    def _is_whole(self, rules: ScanRules, allowed: Bools | None) -> bool:
        """Whether every contract may be bought, so that none needs marking.

        The extremes of quotes and of their widths say it at once; NaN makes each test fail.
        """
        if allowed is not None or not rules.liquidity.is_plain or not self.bid_flat.size:
            return False
        bid, ask, small = self.bid_flat, self.ask_flat, self._small_flat
        return bool(
            small.item(small.argmin()) >= 0.0
            and bid.item(bid.argmin()) >= 0.0
            and ask.item(ask.argmax()) < _ABSURD
        )

    def _mark(self, chain: OptionChain, rules: ScanRules, allowed: Bools | None) -> None:
        """Mark the contracts that may not be traded, and those that may not be sold."""
        bid, ask, drop = self.bid, self.ask, self.drop
        keep, liquid = self.unsold, rules.liquidity
        np.less_equal(bid, ask, out=keep)
        if not liquid.refuse_crossed:
            np.logical_or(keep, bid > ask, out=keep)
        np.less(ask, _ABSURD, out=drop)
        np.logical_and(keep, drop, out=keep)
        np.greater_equal(bid, 0.0, out=drop)
        np.logical_and(keep, drop, out=keep)
        for values, least in (
            (chain.volume, liquid.min_volume),
            (chain.open_interest, liquid.min_open_interest),
        ):
            if least > 0:
                keep[0] &= ~(values[0] < least)
                keep[1] &= ~(values[1, ::-1] < least)
        if liquid.max_quote_width < np.inf:
            keep &= ask - bid <= liquid.max_quote_width * self.scale + rules.slack
        if allowed is not None:
            keep[0] &= allowed[0]
            keep[1] &= allowed[1, ::-1]
        np.logical_not(keep, out=drop)
        if liquid.require_bid_on_sold_legs:
            np.less_equal(bid, 0.0, out=keep)
            np.logical_or(keep, drop, out=self.unsold)
        else:
            np.copyto(self.unsold, drop)

    def _price_credits(self, rules: ScanRules) -> None:
        credit, work, widths = self.credit, self.work, self.widths
        terms = self.terms(rules)
        which = 0 if terms.mirrored else 1
        if self._outer_index is None:
            np.subtract(self.cheap, self._dear_for_credit[which], out=credit)
        else:
            self._pads[which].take(self._outer_index, None, work, "clip")
            np.subtract(self.cheap, work, out=credit)
        if rules.tick_c:
            np.ceil(credit, out=credit)
        if rules.sane:
            mask = np.greater_equal(credit, self._too_high, out=self.mask)
            np.putmask(credit, mask, -np.inf)
            if terms.small:
                np.less_equal(credit, rules.slack, out=mask)
                np.putmask(credit, mask, -np.inf)
        if self.off_tick and rules.gate is not None and rules.gate.inside_market:
            self._keep_inside_market()
        self.maxima[0].fill(-np.inf)
        np.fmax.accumulate(self._credit_back, 2, out=self._reach_back)
        np.subtract(self.reach, widths, out=self.beyond)
        maximum = np.maximum
        for row, above in self._steps:
            maximum(row, above, out=row)

    def _is_off_tick(self, whole: bool) -> bool:
        """Whether any quote lies between two ticks, so that rounding may leave the market."""
        away, flat = self._away, self._away_flat
        np.rint(self._quotes, out=away)
        np.subtract(away, self._quotes, out=away)
        if whole:
            return bool(max(flat.item(flat.argmax()), -flat.item(flat.argmin())) > _ON_TICK)
        np.abs(away, out=away)
        return bool(np.fmax.reduce(away, axis=None) > _ON_TICK)

    def _keep_inside_market(self) -> None:
        """Refuse credits that rounding lifted above their natural ask."""
        ask = self.natural_credit_ask()
        self.credit[self.credit > ask + 1e-7] = -np.inf

    def natural_credit_ask(self) -> Floats:
        """(G, 2, n) natural ask of each credit vertical, in units; NaN or inf where absent."""
        grid, far = self.grid, np.full(self.credit.shape, np.nan)
        if grid.outer is None:
            for row in range(len(far)):
                far[row, :, : grid.n - row - 1] = self.bid[:, row + 1 :]
        else:
            held = grid.outer != ABSENT
            right = np.broadcast_to(np.arange(2)[None, :, None], held.shape)
            far[held] = self.bid[right[held], grid.outer[held]]
        asked: Floats = self.ask - far
        return asked

    def _price_debits(self, rules: ScanRules) -> None:
        debit = self.debit
        if self._inner_index is None:
            np.subtract(self._dear_for_debit[0], self.cheap_debit, out=debit)
        else:
            self._pads[0].take(self._inner_index, None, self.work, "clip")
            np.subtract(self.work, self.cheap_debit, out=debit)
        if rules.tick_c:
            np.floor(debit, out=debit)
