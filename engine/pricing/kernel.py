"""Prices of every vertical of a chain at once, in arrays that are allocated once.

`leg_prices` has the figures of the legs; here every credit and debit is one subtraction of them.
Prices are in units: ticks, or dollars where the rules do not round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.market.chain import OptionChain
from engine.pricing.contradictions import Bools
from engine.pricing.grid import ABSENT, Floats, Integers, StrikeGrid
from engine.pricing.leg_prices import BlockedLegs, LegPrices
from engine.pricing.rules import ScanRules
from engine.pricing.terms import Terms
from engine.pricing.workspace import Workspace

__all__ = ["BlockedLegs", "Bools", "PriceKernel", "Workspace"]

_ROUNDED_WIDTHS: Final = 1e-9


class PriceKernel(LegPrices):
    """Debits, credits and their suffix maxima for one strike grid.

    Args:
        grid: the strikes and verticals.
        workspace: memory to share with other kernels of the same thread.

    Attributes, after `price`:
        credit: (G, 2, n) price of the vertical sold at the inner leg; -inf where refused.
        debit: (G, 2, n) price of the vertical bought, at its outer (sold) leg; inf where absent.
        highest: (G, 2, n) highest credit of each width at or beyond a position.
        spare: (G, 2, n) the same less the width, which is what the credit adds to the floor.
        floor_rows: (G, 2 n) memory of `engine.pricing.floors`, unknown until that has filled it.
        top: (2 n,) highest credit of any width at or beyond a position.
        dearest: the highest debit allowed, in units, with the slack; None for no limit.
        in_ticks: prices and widths are whole numbers.
        refused: credits that are not below their width are -inf; if not, they wait for
            `refuse_insane`. `highest`, and all that follows from it, always leaves them out.
        strike_of_leg: strike of each flat index in (2, n), dollars.
        outer_leg, inner_leg, width_of: for each flat index in (G, 2, n) of a debit, the flat
            index in (2, n) of its sold and of its bought leg, and its width in units.
    """

    __slots__ = (
        "_dear_for_credit",
        "_dear_for_debit",
        "_inner_index",
        "_left_back",
        "_outer_index",
        "_spare_back",
        "_too_high",
        "_whole_widths",
        "bound",
        "credit",
        "dearest",
        "debit",
        "debit_flat",
        "debit_rows",
        "floor_rows",
        "highest",
        "highest_rows",
        "in_ticks",
        "inner_leg",
        "mask",
        "mask_flat",
        "mask_rows",
        "outer_leg",
        "positive",
        "refused",
        "spare",
        "spare_rows",
        "strike_of_leg",
        "too_high",
        "top",
        "width_of",
        "work",
        "work_rows",
    )

    def __init__(self, grid: StrikeGrid, workspace: Workspace | None = None) -> None:
        n, rows = grid.n, len(grid.widths)
        super().__init__(grid, workspace)
        take = self.workspace.array
        full, by_row = (rows, 2, n), (rows, 2 * n)
        self.bound, self.top = take("bound", (2 * n,)), take("top", (2 * n,))
        self.credit, self.debit = take("credit", full), take("debit", full)
        self.work, self.spare = take("work", full), take("spare", full)
        self.highest = take("highest", full)
        self.floor_rows = take("floors", by_row)
        self.work_rows = self.work.reshape(by_row)
        self.mask, self.positive = take("mask", full, bool), take("positive", full, bool)
        self.debit_flat, self.mask_flat = self.debit.ravel(), self.mask.ravel()
        self.debit_rows, self.mask_rows = self.debit.reshape(by_row), self.mask.reshape(by_row)
        self.spare_rows = self.spare.reshape(by_row)
        self.highest_rows = self.highest.reshape(by_row)
        self._left_back = self.work.view(np.int64)[:, :, ::-1]
        self._spare_back = self.spare.view(np.int64)[:, :, ::-1]
        self.strike_of_leg = grid.strikes_at(np.arange(2 * n))
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
        self.in_ticks = self.refused = False
        self.dearest: float | None = None

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

    def price(
        self,
        chain: OptionChain,
        rules: ScanRules,
        allowed: Bools | None = None,
        blocked_legs: BlockedLegs | None = None,
        dearest_c: int | None = None,
    ) -> None:
        """Price every leg, credit and debit of the chain under the rules.

        Args:
            chain: quotes on the strikes of the grid.
            allowed: (2, n) True where a contract may be traded; columns as in the chain.
            blocked_legs: contracts that may not be bought, and that may not be sold.
            dearest_c: highest debit allowed, cents a share; None for no limit.
        """
        self.workspace.begin()
        terms = self._terms
        if terms is None or rules is not self._rules:
            terms = self._adopt(rules)
        self.dearest = None if dearest_c is None else dearest_c / 100 * terms.scale + terms.slack
        if self._price_legs(chain, rules, terms, allowed, blocked_legs):
            self._price_credits(terms)
            self._price_debits(terms)
            return
        # Where crossed quotes are allowed, an infinite bid makes prices of verticals NaN.
        with np.errstate(invalid="ignore"):
            self._price_credits(terms)
            self._price_debits(terms)

    def _adopt(self, rules: ScanRules) -> Terms:
        """Work out the figures that depend on the rules alone."""
        scale = rules.units_per_dollar
        if scale != self.scale:
            self._set_scale(scale)
        terms = Terms(rules, self.widths_list[-1] if self.widths_list else 0.0)
        self._rules, self._ranked_by, self._terms = rules, None, terms
        self._too_high = self.widths - rules.slack
        self.in_ticks = terms.in_ticks and self._whole_widths
        return terms

    def rank_by(self, rules: ScanRules) -> None:
        """Rank what is priced by other rules, which price alike.

        Raises:
            ValueError: they differ from those of the prices in more than the objective.
        """
        priced = self._rules
        if rules is priced or rules is self._ranked_by:
            return
        if priced is None or replace(rules, objective=priced.objective) != priced:
            raise ValueError(f"{rules} price otherwise than {priced}: scan by them")
        self._ranked_by = rules

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
        self.refused = not self.in_ticks
        if not len(credit):
            return
        if self.in_ticks:
            # Among negative floats the smallest bit pattern is the greatest number; credits
            # not below their width are positive and lose. The last of each row is -inf.
            np.subtract(credit, self.too_high, self.work)
            np.minimum.accumulate(self._left_back, 2, None, self._spare_back)
            np.add(self.spare, self.too_high, self.highest)
        else:
            self._refuse(terms)
            np.fmax.accumulate(credit[:, :, ::-1], 2, out=self.highest[:, :, ::-1])
            np.subtract(self.highest, self.widths, out=self.spare)
        np.maximum.reduce(self.highest_rows, 0, out=self.top)

    def _refuse(self, terms: Terms) -> None:
        """Refuse the credits outside (0, width), where the rules say so."""
        credit, mask = self.credit, self.mask
        if not terms.sane:
            return
        np.greater_equal(credit, self._too_high, out=mask)
        np.putmask(credit, mask, -np.inf)
        if terms.small:
            np.less_equal(credit, terms.slack, out=mask)
            np.putmask(credit, mask, -np.inf)

    def refuse_insane(self) -> None:
        """Refuse the credits that are not below their width, if that has been put off."""
        if self.refused:
            return
        self.refused = True
        np.putmask(self.credit, self.credit >= self.too_high, -np.inf)

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

    def _price_debits(self, terms: Terms) -> None:
        debit = self.debit
        if self._inner_index is None:
            np.subtract(self._dear_for_debit[0], self.cheap_debit, debit)
        else:
            self._pads[0].take(self._inner_index, None, self.work, "clip")
            np.subtract(self.work, self.cheap_debit, debit)
        if terms.rounded:
            np.floor(debit, debit)
