"""The price of each contract of a chain, as a leg bought and as a leg sold, along the axis.

The price of a vertical separates into one figure for each leg. With `dear` the figure of a
leg that is bought and `cheap` that of one that is sold, debit(i, j) = dear_i - cheap_j and
credit(k, l) = cheap_k - dear_l. A contract that may not be traded costs infinity and brings
minus infinity, so verticals with it are never chosen, and no array ever holds NaN.

Prices are in units: ticks, or dollars where the rules do not round.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from engine.market.chain import OptionChain
from engine.pricing.contradictions import ABSURD, Bools, Contradictions
from engine.pricing.grid import Floats, Integers, StrikeGrid
from engine.pricing.rules import ScanRules
from engine.pricing.terms import Terms, constant
from engine.pricing.workspace import Workspace


class BlockedLegs(NamedTuple):
    """Contracts that may not be bought, and that may not be sold; (2, n), columns as a chain's.

    Args:
        unbought, unsold: because other pairs hold them.
        assignable: not to be sold either, because they may be exercised early at no loss.
    """

    unbought: Bools
    unsold: Bools
    assignable: Bools | None = None


def unsold_too(blocked_legs: BlockedLegs | None, assignable: Bools | None) -> BlockedLegs | None:
    """What is blocked already, and `assignable` with it; None where nothing is."""
    if assignable is None:
        return blocked_legs
    if blocked_legs is None:
        nothing = np.zeros_like(assignable)
        return BlockedLegs(nothing, nothing, assignable)
    return blocked_legs._replace(assignable=assignable)


_ON_TICK: Final = 1e-6
_EXACTLY_ON_TICK: Final = 1e-18
_ZERO: Final = constant(0.0)


class LegPrices:
    """Quotes in units and the figures of every leg, for one strike grid.

    Args:
        grid: the strikes and verticals.
        workspace: memory to share with others of the same thread.

    Attributes:
        mirror: for each flat index along the axis, the flat index in the chain's arrays.

    Attributes, after `_price_legs`:
        bid, ask: (2, n) quotes in units, along the axis.
        cheap_debit, cheap: (2, n) price of a leg sold, in a debit and in a credit, less a slack.
        drop, unsold: (2, n) contracts that may not be traded, and that may not be sold, for
            their quotes.
        blocked_legs: contracts of which one side alone may be traded, as given.
        contradicted: (2, n) contracts that other strikes contradict; None where there are none,
            or where the rules do not ask.
        on_tick: every quote is a whole number of ticks, to a billionth of one.
        off_tick: a quote lies between two ticks, or may be crossed, so that rounded limits may
            leave their market; set where the gate keeps them inside.
    """

    __slots__ = (
        "_away",
        "_away_flat",
        "_cheap_credit",
        "_contradictions",
        "_debit_dear",
        "_pads",
        "_quotes",
        "_quotes_flat",
        "_ranked_by",
        "_rules",
        "_scale",
        "_small",
        "_terms",
        "ask",
        "ask_flat",
        "bid",
        "bid_flat",
        "blocked_legs",
        "cheap",
        "cheap_debit",
        "contradicted",
        "drop",
        "grid",
        "mirror",
        "off_tick",
        "on_tick",
        "scale",
        "unsold",
        "widths",
        "widths_list",
        "workspace",
    )

    def __init__(self, grid: StrikeGrid, workspace: Workspace | None) -> None:
        self.grid = grid
        self.workspace = workspace or Workspace()
        n, take = grid.n, self.workspace.array
        legs = (2, n)
        self._quotes = take("quotes", (2, 2, n))
        self.bid, self.ask = self._quotes
        self._quotes_flat = self._quotes.ravel()
        self.bid_flat, self.ask_flat = self.bid.ravel(), self.ask.ravel()
        self._cheap_credit, self.cheap_debit = take("cheap", legs), take("cheap_debit", legs)
        self.cheap = self._cheap_credit
        self._away = take("away", (2, 2, n))
        self._small = self._away[0]
        self._away_flat = self._away.ravel()
        self.drop, self.unsold = take("drop", legs, bool), take("unsold", legs, bool)
        self.off_tick = self.on_tick = False
        calls = np.arange(n)
        self.mirror: Integers = np.concatenate((calls, 2 * n - 1 - calls))
        self._pads, self._debit_dear = self._padded(n)
        self.blocked_legs: BlockedLegs | None = None
        self._contradictions = Contradictions(grid, take)
        self.contradicted: Bools | None = None
        self._rules: ScanRules | None = None
        self._ranked_by: ScanRules | None = None
        self._terms: Terms | None = None
        self._set_scale(1.0)

    def _padded(self, n: int) -> tuple[list[Floats], list[Floats]]:
        """Figures of bought legs for debits and for credits, with infinity around them."""
        pad = len(self.grid.widths) if self.grid.regular else 1
        pads = [np.full((2, n + 2 * pad), np.inf) for _ in range(2)]
        return pads, [padded[:, pad : pad + n] for padded in pads]

    def _set_scale(self, scale: float) -> None:
        self.scale = scale
        self._scale = constant(scale)
        self._contradictions.set_scale(scale)
        self.widths = (self.grid.widths * scale)[:, None, None]
        self.widths_list: list[float] = self.widths.ravel().tolist()

    def terms(self, rules: ScanRules) -> Terms:
        """The rules' requirements in this kernel's units; kept until the rules change."""
        if self._terms is not None and (rules is self._rules or rules is self._ranked_by):
            return self._terms
        return Terms(rules, self.widths_list[-1] if self.widths_list else 0.0)

    def _price_legs(
        self,
        chain: OptionChain,
        rules: ScanRules,
        terms: Terms,
        allowed: Bools | None,
        blocked_legs: BlockedLegs | None,
    ) -> bool:
        """Price every leg; returns whether every contract is soundly quoted."""
        chain.bid.take(self.mirror, None, self.bid_flat, "clip")
        chain.ask.take(self.mirror, None, self.ask_flat, "clip")
        quotes = self._quotes_flat
        np.multiply(quotes, self._scale, quotes)
        self.on_tick = False
        # NaN is both the minimum and the maximum of an array with one, and fails these tests.
        least = quotes.item(quotes.argmin()) if quotes.size else -1.0
        sound = least >= 0.0 and quotes.item(quotes.argmax()) < ABSURD
        if terms.refuse_contradicted:
            faultless = self._contradictions.judge(self._quotes, self._small, sound)
            self.contradicted = self._contradictions.found
        else:
            faultless, self.contradicted = False, None
        whole = terms.plain and faultless and allowed is None
        if whole:
            self._price_whole(terms, least)
        else:
            with np.errstate(invalid="ignore"):
                self._price_marked(chain, rules, terms, allowed)
        self.blocked_legs = blocked_legs
        if blocked_legs is not None:
            self._block(blocked_legs, terms.mirrored)
        if terms.inside_market:
            self.off_tick = bool(quotes.size and terms.rounded) and (
                not terms.refuse_crossed or self._is_off_tick(sound)
            )
        return whole

    def _price_whole(self, terms: Terms, least: float) -> None:
        """Price the legs where every contract may be bought.

        Args:
            least: of all quotes, zero or more.
        """
        bid, ask, small, cheap = self.bid, self.ask, self._small, self.cheap_debit
        subtract = np.subtract
        subtract(ask, bid, small)
        self.drop.fill(False)
        unsold = self.unsold
        np.multiply(small, terms.buy_at, cheap)
        np.add(bid, cheap, self._debit_dear[0])
        subtract(ask, cheap, cheap)
        if terms.rounded:
            subtract(cheap, terms.leg_slack, cheap)
        self.cheap = cheap
        if not terms.mirrored:
            cheap = self.cheap = self._cheap_credit
            np.multiply(small, terms.sell_at, cheap)
            subtract(ask, cheap, self._debit_dear[1])
            np.add(bid, cheap, cheap)
            subtract(cheap, terms.leg_slack, cheap)
        if least > 0.0:
            unsold.fill(False)
            return
        np.less_equal(bid, _ZERO, unsold)
        np.putmask(self.cheap_debit, unsold, -np.inf)
        if not terms.mirrored:
            np.putmask(cheap, unsold, -np.inf)

    def _block(self, blocked_legs: BlockedLegs, mirrored: bool) -> None:
        """Price blocked legs out: too dear to buy, or too cheap to sell."""
        kept, sold, assignable = blocked_legs
        if assignable is not None:
            sold = sold | assignable
        for row, step in ((0, 1), (1, -1)):
            unbought, unsold = kept[row, ::step], sold[row, ::step]
            np.copyto(self._debit_dear[0][row], np.inf, where=unbought)
            np.copyto(self.cheap_debit[row], -np.inf, where=unsold)
            if not mirrored:
                np.copyto(self._debit_dear[1][row], np.inf, where=unbought)
                np.copyto(self.cheap[row], -np.inf, where=unsold)

    def _price_marked(
        self, chain: OptionChain, rules: ScanRules, terms: Terms, allowed: Bools | None
    ) -> None:
        """Price the legs where some may not be traded."""
        bid, ask, small = self.bid, self.ask, self._small
        np.subtract(ask, bid, out=small)
        self._mark(chain, rules, allowed)
        drop, unsold = self.drop, self.unsold
        dear, cheap = self._debit_dear[0], self.cheap_debit
        np.multiply(small, rules.buy_at, out=cheap)
        np.add(bid, cheap, out=dear)
        np.subtract(ask, cheap, out=cheap)
        np.subtract(cheap, terms.leg_slack, out=cheap)
        np.copyto(dear, np.inf, where=drop)
        np.copyto(cheap, -np.inf, where=unsold)
        self.cheap = cheap
        if terms.mirrored:
            return
        dear = self._debit_dear[1]
        self.cheap = cheap = self._cheap_credit
        np.multiply(small, rules.sell_at, out=cheap)
        np.subtract(ask, cheap, out=dear)
        np.add(bid, cheap, out=cheap)
        np.subtract(cheap, terms.leg_slack, out=cheap)
        np.copyto(dear, np.inf, where=drop)
        np.copyto(cheap, -np.inf, where=unsold)

    def _mark(self, chain: OptionChain, rules: ScanRules, allowed: Bools | None) -> None:
        """Mark the contracts that may not be traded, and those that may not be sold."""
        bid, ask, drop = self.bid, self.ask, self.drop
        keep, liquid = self.unsold, rules.liquidity
        np.less_equal(bid, ask, out=keep)
        if not liquid.refuse_crossed:
            np.logical_or(keep, bid > ask, out=keep)
        np.less(ask, ABSURD, out=drop)
        np.logical_and(keep, drop, out=keep)
        np.greater_equal(bid, 0.0, out=drop)
        np.logical_and(keep, drop, out=keep)
        if liquid.require_offer:
            np.logical_and(keep, ask > 0.0, out=keep)
        if self.contradicted is not None:
            np.logical_and(keep, ~self.contradicted, out=keep)
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

    def _is_off_tick(self, sound: bool) -> bool:
        """Whether any quote lies between two ticks, so that rounding may leave the market."""
        away, flat = self._away, self._away_flat
        if sound:
            np.rint(self._quotes_flat, flat)
            np.subtract(flat, self._quotes_flat, flat)
            self.on_tick = bool(flat.dot(flat) < _EXACTLY_ON_TICK)
            if self.on_tick:
                return False
            return bool(max(flat.item(flat.argmax()), -flat.item(flat.argmin())) > _ON_TICK)
        with np.errstate(invalid="ignore"):
            np.rint(self._quotes, out=away)
            np.subtract(away, self._quotes, out=away)
            np.abs(away, out=away)
        return bool(np.fmax.reduce(away, axis=None) > _ON_TICK)
