"""The best credit for each debit of a chain, ranked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.market.chain import OptionChain
from engine.pricing.assembly import assemble
from engine.pricing.choice import Debit, best_credit
from engine.pricing.explain import count_exclusions
from engine.pricing.foremost import foremost
from engine.pricing.grid import Floats, Integers, StrikeGrid
from engine.pricing.kernel import BlockedLegs, Bools, PriceKernel, Workspace
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.ranking import Ranked, Winner
from engine.pricing.rules import ScanRules
from engine.pricing.search import count_served, search


class ScanResult:
    """The result of one scan, best first.

    By net credit, floor, then fill estimate; where the floor is the objective, by floor, nearness
    of the debit's short strike, the debit's tighter market, net credit, then fill estimate.

    The arrays have one entry a row, at most `rules.top` rows, and stay as they are. Opportunities
    and exclusions read the scanner's work arrays: read them before the next scan that shares these.

    Attributes:
        rules: the rules in force.
    """

    __slots__ = ("_best", "_chain", "_kernel", "_turn", "rules")

    def __init__(
        self, kernel: PriceKernel, chain: OptionChain, rules: ScanRules, best: Ranked | Winner
    ) -> None:
        self._kernel, self._chain, self._best, self.rules = kernel, chain, best, rules
        self._turn = kernel.workspace.turn

    def __len__(self) -> int:
        best = self._best
        return 1 if isinstance(best, Winner) else len(best.at)

    @property
    def _ranked(self) -> Ranked:
        best = self._best
        if isinstance(best, Winner):
            best = self._best = best.ranked()
        return best

    def __iter__(self) -> Iterator[TwoPartOpportunity]:
        return (self.opportunity(row) for row in range(len(self)))

    @property
    def right(self) -> Integers:
        """0 calls, 1 puts."""
        return self._kernel.outer_leg.take(self._ranked.at) // self._kernel.grid.n

    @property
    def debit_short(self) -> Floats:
        """Strikes sold in the debit."""
        return self._kernel.grid.strikes_at(self._kernel.outer_leg.take(self._ranked.at))

    @property
    def debit_long(self) -> Floats:
        """Strikes bought in the debit."""
        return self._kernel.grid.strikes_at(self._kernel.inner_leg.take(self._ranked.at))

    @property
    def debit(self) -> Floats:
        """Debit prices, dollars a share."""
        return self._ranked.paid / self.rules.units_per_dollar

    @property
    def credit(self) -> Floats:
        """Prices of the best credits, dollars a share."""
        return self._ranked.credit / self.rules.units_per_dollar

    @property
    def net(self) -> Floats:
        """Best net credits after fees, dollars a share."""
        return self._ranked.net / self.rules.units_per_dollar

    @property
    def floor(self) -> Floats:
        """Payoff floors after fees with the best credit, dollars a share."""
        return self._ranked.floor / self.rules.units_per_dollar

    @property
    def fill_estimate(self) -> Floats:
        """Debits as fractions of their natural ask."""
        return self._ranked.fill

    def opportunity(self, row: int) -> TwoPartOpportunity:
        """The pair in a row, with its legs.

        With `prefer_atm` its net credit may be below the row's: by one tick at most, or, where the
        floor is the objective, by what makes no difference to the floor.

        Raises:
            IndexError: no such row.
            RuntimeError: the scanner has scanned again since.
            ValueError: prices were not rounded (`tick_c` is 0), so there is no limit price.
        """
        self._still_there()
        kernel, chain, ranked = self._kernel, self._chain, self._best
        if isinstance(ranked, Winner):
            if row not in (0, -1):
                raise IndexError(f"the scan found one pair; there is no row {row}")
            at, paid, highest, by_width = ranked.at, ranked.paid, ranked.credit, ranked.highest
            if self.rules.objective == "floor":
                highest -= ranked.excess
        else:
            at, paid, by_width = int(ranked.at[row]), float(ranked.paid[row]), None
            highest = float(ranked.credit[row])
            if self.rules.objective == "floor":
                highest -= float(ranked.net[row] - ranked.floor[row])
        n = kernel.grid.n
        width_row, leg = divmod(at, 2 * n)
        right, short = divmod(leg, n)
        long = kernel.inner_leg.item(at) - right * n
        debit = Debit(right, long, short, kernel.widths_list[width_row], paid)
        credit = best_credit(
            kernel,
            self.rules,
            debit,
            chain.underlying_price,
            highest=highest,
            by_width=by_width,
        )
        if credit is None:
            raise RuntimeError(f"{chain.symbol}: the best credit of a debit has vanished")
        return assemble(kernel, chain, self.rules, debit, credit)

    def top(self) -> list[TwoPartOpportunity]:
        """Every row as an opportunity, best first."""
        return list(self)

    @property
    def current(self) -> bool:
        """Whether the scanner's work arrays still hold this scan."""
        return self._kernel.workspace.turn == self._turn

    def ranked_by(self, rules: ScanRules) -> ScanResult:
        """What other rules find at this scan's prices; they differ in the objective alone.

        Raises:
            RuntimeError: the scanner has scanned again since.
            ValueError: the rules differ in more.
        """
        self._still_there()
        self._kernel.rank_by(rules)
        return _ranked(self._kernel, self._chain, rules)

    @property
    def found(self) -> int:
        """Debits that have a credit, before the cut to `rules.top`.

        Raises:
            RuntimeError: the scanner has scanned again since.
        """
        if len(self) < self.rules.top:
            return len(self)
        self._still_there()
        return count_served(self._kernel, self.rules)

    @property
    def exclusions(self) -> dict[str, int]:
        """Counts of what the scan excluded, by reason; zeros are left out.

        Raises:
            RuntimeError: the scanner has scanned again since.
        """
        self._still_there()
        return count_exclusions(self._kernel, self._chain, self.rules)

    def _still_there(self) -> None:
        if not self.current:
            raise RuntimeError(
                "this scan's work arrays hold a later scan; read its opportunities before scanning"
            )


class Scanner:
    """Scans chains with one list of strikes, in arrays allocated once.

    Not for use by two threads at a time.

    Args:
        strikes: n strikes, ascending; every chain scanned must have the same.
        workspace: work arrays to share with other scanners of the same thread.
    """

    __slots__ = ("_kernel", "_strikes", "_workspace")

    def __init__(self, strikes: NDArray[np.float64], workspace: Workspace | None = None) -> None:
        self._strikes = np.array(strikes, dtype=np.float64)
        self._workspace = workspace or Workspace()
        self._kernel: PriceKernel | None = None

    def fits(self, chain: OptionChain) -> bool:
        """Whether the chain has this scanner's strikes."""
        return chain.strikes is self._strikes or bool(np.array_equal(chain.strikes, self._strikes))

    def kernel(self, chain: OptionChain, rules: ScanRules) -> PriceKernel:
        """The kernel for the chain's strikes and the rules' widths.

        Raises:
            ValueError: the chain has other strikes.
        """
        if chain.strikes is not self._strikes:
            if not self.fits(chain):
                raise ValueError(
                    f"{chain.symbol} {chain.expiration} has other strikes than this scanner"
                )
            self._strikes = chain.strikes
        if self._kernel is None or self._kernel.grid.max_width != rules.max_width:
            grid = StrikeGrid(self._strikes, rules.max_width)
            self._kernel = PriceKernel(grid, self._workspace)
        return self._kernel

    def scan(
        self,
        chain: OptionChain,
        rules: ScanRules,
        allowed: Bools | None = None,
        blocked_legs: BlockedLegs | None = None,
        dearest_c: int | None = None,
    ) -> ScanResult:
        """The best credit for each debit of the chain, ranked.

        Args:
            chain: quotes, dollars a share, shape (2, n).
            rules: prices, filters and gates; all applied before ranking.
            allowed: (2, n) False where a contract must not be traded, such as a silent one.
            blocked_legs: contracts that may be traded on one side only, as other pairs hold them.
            dearest_c: highest debit, cents a share, such as a budget's rest; None for no limit.

        Raises:
            ValueError: the chain has other strikes.
        """
        kernel = self.kernel(chain, rules)
        kernel.price(chain, rules, allowed, blocked_legs, dearest_c)
        return _ranked(kernel, chain, rules)


def _ranked(kernel: PriceKernel, chain: OptionChain, rules: ScanRules) -> ScanResult:
    """What the rules put first of what is priced."""
    find = foremost if rules.top == 1 else search
    return ScanResult(kernel, chain, rules, find(kernel, rules, chain.underlying_price))


def scan(chain: OptionChain, rules: ScanRules, allowed: Bools | None = None) -> ScanResult:
    """Scan a chain once, with work arrays of its own."""
    return Scanner(chain.strikes).scan(chain, rules, allowed)
