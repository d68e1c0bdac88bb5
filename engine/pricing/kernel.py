"""Prices of every vertical of a chain at once, in arrays that are allocated once.

`leg_prices` has the figures of the legs; here every credit and debit is one subtraction of them.
Prices are in units: ticks, or dollars where the rules do not round.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.market.chain import OptionChain
from engine.pricing.grid import ABSENT, Floats, Integers, StrikeGrid
from engine.pricing.leg_prices import Bools, LegPrices, Workspace
from engine.pricing.rules import ScanRules
from engine.pricing.terms import Terms

__all__ = ["JUDGED_AT_ONCE", "Bools", "PriceKernel", "Workspace"]

JUDGED_AT_ONCE: Final = 1024
_ROUNDED_WIDTHS: Final = 1e-9


class PriceKernel(LegPrices):
    """Debits, credits and their suffix maxima for one strike grid.

    Args:
        grid: the strikes and verticals.
        workspace: memory to share with other kernels of the same thread.

    Attributes, after `price`:
        credit: (G, 2, n) price of the vertical sold at the inner leg; -inf where refused.
        debit: (G, 2, n) price of the vertical bought, at its outer (sold) leg; inf where absent.
        spare: (G, 2, n) greatest credit minus width, of that width alone, at or beyond a
            position.
        in_ticks: prices and widths are whole numbers, and every credit in `spare` lies below
            its width; otherwise `spare` is not set.

        refused: credits that are not below their width are -inf; if not, they wait for
            `refuse_insane`.

    After `cumulate`:
        reach: (G, 2, n) highest credit of that width or a narrower one at or beyond a position.
        beyond: (G, 2, n) greatest credit minus width, over that width and wider ones, at or
            beyond a position: what a wider credit leaves of its floor.
        maxima: (G + 1, 4 n) both in one table, with a row of -inf above: row g + 1 holds reach
            of width g, then beyond of the g-th widest.
        outer_leg, inner_leg, width_of: for each flat index in (G, 2, n) of a debit, the flat
            index in (2, n) of its sold and of its bought leg, and its width in units.
    """

    __slots__ = (
        "_cumulated",
        "_dear_for_credit",
        "_dear_for_debit",
        "_inner_index",
        "_left",
        "_left_whole",
        "_outer_index",
                "_spare_whole",
        "_steps",
        "_too_high",
        "_whole_widths",
        "beyond",
        "bound",
        "credit",
        "debit",
        "debit_flat",
        "debit_rows",
        "in_ticks",
        "inner_leg",
        "judged",
        "mask",
        "mask_flat",
        "mask_rows",
        "maxima",
        "outer_leg",
        "positive",
        "reach",
        "refused",
        "spare",
        "spare_rows",
        "sufficient",
        "table",
        "too_high",
        "too_high_rows",
        "wider",
        "width_of",
        "work",
        "work_rows",
    )

    def __init__(self, grid: StrikeGrid, workspace: Workspace | None = None) -> None:
        n, rows = grid.n, len(grid.widths)
        super().__init__(grid, workspace)
        take = self.workspace.array
        full, by_row = (rows, 2, n), (rows, 2 * n)
        self.bound = take("bound", (2 * n,))
        self.credit, self.debit = take("credit", full), take("debit", full)
        self.work, self.wider = take("work", full), take("wider", full)
        self.spare = take("spare", full)
        self.mask, self.positive = take("mask", full, bool), take("positive", full, bool)
        self.judged = take("judged", (rows * JUDGED_AT_ONCE,))
        self.sufficient = take("sufficient", (rows * JUDGED_AT_ONCE,), bool)
        self.debit_flat, self.mask_flat = self.debit.ravel(), self.mask.ravel()
        self.debit_rows, self.mask_rows = self.debit.reshape(by_row), self.mask.reshape(by_row)
        self.spare_rows, self.work_rows = self.spare.reshape(by_row), self.work.reshape(by_row)
        self.maxima = take("maxima", (rows + 1, 4 * n))
        self.table = self.maxima[1:]
        by_leg = self.table.reshape(rows, 2, 2, n)
        self.reach, self.beyond = by_leg[:, 0], by_leg[::-1, 1]
        self._steps = list(zip(self.maxima[2:], self.maxima[1:], strict=False))
        self._left = self.work
        self._left_whole = self.work.view(np.int64)[:, :, ::-1]
        self._spare_whole = self.spare.view(np.int64)[:, :, ::-1]
        at = np.arange(rows * 2 * n)
        self.outer_leg: Integers = at % max(2 * n, 1)
        if grid.inner is None:
            self.inner_leg: Integers = self.outer_leg - at // max(2 * n, 1) - 1
        else:
            self.inner_leg = (grid.inner + np.array([0, n])[None, :, None]).ravel()
        self._inner_index: Integers | None = None
        self._outer_index: Integers | None = None
        self._dear_for_credit: list[Floats] = []
        self._dear_for_debit: list[Floats] = []
        self._set_views()
        self.in_ticks = self._cumulated = self.refused = False

    def _set_views(self) -> None:
        grid = self.grid
        shape = (len(grid.widths), 2, grid.n)
        if grid.outer is not None and grid.inner is not None:
            base = np.arange(2)[None, :, None] * (grid.n + 2) + 1
            self._outer_index = np.where(grid.outer == ABSENT, 0, grid.outer + base)
            self._inner_index = np.where(grid.inner == ABSENT, 0, grid.inner + base)
            return
        pad = shape[0]
        for padded in self._pads:
            row, one = padded.strides
            outer = as_strided(padded[:, pad + 1 :], shape, (one, row, one))
            inner = as_strided(padded[:, pad - 1 :], shape, (-one, row, one))
            self._dear_for_credit.append(outer)
            self._dear_for_debit.append(inner)

    def _set_scale(self, scale: float) -> None:
        super()._set_scale(scale)
        legs = 2 * self.grid.n
        self.width_of: Floats = np.repeat(self.grid.widths * scale, legs)
        rounded = np.rint(self.widths)
        self._whole_widths = bool(np.all(np.abs(self.widths - rounded) < _ROUNDED_WIDTHS))
        self.too_high = np.repeat(rounded, legs).reshape(len(rounded), 2, self.grid.n)
        self.too_high_rows = self.too_high.reshape(len(rounded), legs)

    def price(self, chain: OptionChain, rules: ScanRules, allowed: Bools | None = None) -> None:
        """Price every leg, credit and debit of the chain under the rules.

        Args:
            chain: quotes on the strikes of the grid.
            allowed: (2, n) True where a contract may be traded; columns as in the chain.
        """
        self.workspace.turn += 1
        terms = self._terms
        if terms is None or rules is not self._rules:
            terms = self._adopt(rules)
        self._price_legs(chain, rules, terms, allowed)
        self._price_credits(terms)
        self._price_debits(terms)

    def _adopt(self, rules: ScanRules) -> Terms:
        """Work out what follows from the rules alone."""
        scale = rules.units_per_dollar
        if scale != self.scale:
            self._set_scale(scale)
        terms = Terms(rules, self.widths_list[-1] if self.widths_list else 0.0)
        self._rules, self._terms = rules, terms
        self._too_high = self.widths - rules.slack
        self.in_ticks = terms.in_ticks and self._whole_widths
        return terms

    def _price_credits(self, terms: Terms) -> None:
        credit = self.credit
        which = 0 if terms.mirrored else 1
        if self._outer_index is None:
            np.subtract(self.cheap, self._dear_for_credit[which], credit)
        else:
            self._pads[which].take(self._outer_index, None, self.work, "clip")
            np.subtract(self.cheap, self.work, credit)
        if terms.rounded:
            np.ceil(credit, credit)
        if self.off_tick and terms.inside_market:
            self._keep_inside_market()
        self._cumulated = False
        self.refused = not self.in_ticks
        if self.in_ticks:
            # The least of the bit patterns is the greatest of the negative numbers: a credit
            # not below its width is passed over. The last of each row is minus infinity.
            np.subtract(credit, self.too_high, self._left)
            np.minimum.accumulate(self._left_whole, 2, None, self._spare_whole)
            return
        if terms.sane:
            mask = np.greater_equal(credit, self._too_high, out=self.mask)
            np.putmask(credit, mask, -np.inf)
            if terms.small:
                np.less_equal(credit, terms.slack, out=mask)
                np.putmask(credit, mask, -np.inf)

    def cumulate(self) -> None:
        """Bring the highest credits over all widths up to date with the last prices."""
        if self._cumulated:
            return
        self._cumulated = True
        if self.in_ticks:
            np.add(self.spare, self.too_high, self.reach)
            np.copyto(self.beyond, self.spare)
        else:
            np.fmax.accumulate(self.credit[:, :, ::-1], 2, out=self.reach[:, :, ::-1])
            np.subtract(self.reach, self.widths, out=self.beyond)
        self.maxima[0].fill(-np.inf)
        maximum = np.maximum
        for row, above in self._steps:
            maximum(row, above, out=row)

    def refuse_insane(self) -> None:
        """Mark the credits that are not below their width, where that has been put off."""
        if self.refused:
            return
        self.refused = True
        np.putmask(self.credit, self.credit >= self.too_high, -np.inf)

    def _keep_inside_market(self) -> None:
        """Refuse credits that rounding lifted above their natural ask."""
        with np.errstate(invalid="ignore"):
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

    def _price_debits(self, terms: Terms) -> None:
        debit = self.debit
        if self._inner_index is None:
            np.subtract(self._dear_for_debit[0], self.cheap_debit, debit)
        else:
            self._pads[0].take(self._inner_index, None, self.work, "clip")
            np.subtract(self.work, self.cheap_debit, debit)
        if terms.rounded:
            np.floor(debit, debit)
