"""Which pair a trader buys the debit of now, and how many: the last gates, the scan, the caps."""

from __future__ import annotations

import math
from typing import Final

from engine.market.chain import OptionChain
from engine.market.legs import right_letter
from engine.market.session import Moment
from engine.orders.actions import Quotes
from engine.pricing.grid import TooManyStrikesError
from engine.pricing.leg_prices import BlockedLegs
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import ScanResult
from engine.risk.buying_power import pair_need_c
from engine.risk.gate import price_gate
from engine.risk.gates import Gate
from engine.risk.order_budget import promise
from engine.risk.worst_case import Potential
from engine.trader.blocked_contracts import BlockedContracts
from engine.trader.chain import by_the_other_objective
from engine.trader.context import TraderContext
from engine.trader.gates import EntryGates

_OF_THE_SIZE: Final = frozenset(
    {
        Gate.NO_PAIR,
        Gate.CLOSES_OTHER,
        Gate.ASSIGNMENT,
        Gate.LOSS_ROOM,
        Gate.CAPITAL_ORDER,
        Gate.CAPITAL_CHAIN,
        Gate.CAPITAL_DESK,
        Gate.CAPITAL_DAY,
    }
)
"""Gates that fewer contracts may pass."""

_ROUNDED: Final = 1e-9


_NONE: Final = frozenset({Gate.NO_PAIR, Gate.CLOSES_OTHER, Gate.ASSIGNMENT})
"""Gates of a chain that offers no pair at all."""

LONGEST_GAP_S: Final = 120.0
"""Seconds without a scan after which a row of suspect pairs begins anew."""


class SuspectRow:
    """Best pairs of a chain, one after another, that all have a floor at mid above zero.

    Were both verticals traded at mid, such a pair could not lose: where that lasts, quotes are
    stale, or as wide as the middle says nothing.

    Args:
        longest_gap_s: seconds between two quotes above which a row begins anew.

    Attributes:
        since_s, last_s: epoch seconds of the row's first and last quotes; None without a row.
        floor: at mid of the last pair, dollars a share after fees.
    """

    def __init__(self, longest_gap_s: float = LONGEST_GAP_S) -> None:
        self.longest_gap_s = longest_gap_s
        self.since_s: float | None = None
        self.last_s = -math.inf
        self.floor = 0.0

    def saw(self, chosen: TwoPartOpportunity | Gate, quoted_s: float) -> None:
        """Take what a scan of quotes of epoch second `quoted_s` chose into the row, or end it."""
        if isinstance(chosen, Gate):
            if chosen in _NONE:
                self.since_s = None
            return
        floor = chosen.mid_floor
        if floor is None or floor <= _ROUNDED:
            self.since_s = None
            return
        if self.since_s is None or quoted_s - self.last_s > self.longest_gap_s:
            self.since_s = quoted_s
        self.last_s, self.floor = quoted_s, floor

    def lasted_s(self, now_s: float) -> float:
        """Seconds that the row spans; 0 where there is none, or its last quotes are too old.

        Args:
            now_s: epoch seconds.
        """
        if self.since_s is None or now_s - self.last_s > self.longest_gap_s:
            return 0.0
        return self.last_s - self.since_s


class DebitSelector:
    """Chooses a debit from fresh quotes for one trader.

    Args:
        context: the trader's chain, size and limits.
        gates: asked again before the quotes are looked at.
        blocked: contracts that no new pair may buy, or sell.

    Attributes:
        opportunity: what the last scan chose.
        suspects: pairs in a row that quotes which are stale or mispriced would explain.
    """

    def __init__(
        self, context: TraderContext, gates: EntryGates, blocked: BlockedContracts
    ) -> None:
        self._context = context
        self._gates = gates
        self._blocked = blocked
        self.opportunity: TwoPartOpportunity | None = None
        self._fruitless: tuple[OptionChain, ScanRules, BlockedLegs | None, int | None] | None = None
        self._scanned: ScanResult | None = None
        self.suspects = SuspectRow(max(LONGEST_GAP_S, context.quote_age_limit_s))
        self._sent_last: tuple[object, ...] = ()
        self._sent_last_s = -math.inf

    def choose(
        self, quotes: Quotes, moment: Moment, fills: int, attempts: int
    ) -> tuple[TwoPartOpportunity, int] | Gate:
        """The pair whose debit goes out now and how many contracts, or the gate that is closed.

        Args:
            quotes: just fetched.
            moment: the present.
            fills, attempts: of the trader's session.
        """
        context, chain = self._context, quotes.chain
        gate = context.gate
        closed = self._gates.first_closed(moment)
        if closed is not None:
            return closed
        if chain is None:
            return Gate.QUOTES_STALE if quotes.reason else Gate.NOT_LISTED
        if not abs(moment.epoch_s - chain.confirmed_s) <= context.quote_age_limit_s:
            return Gate.QUOTES_STALE
        size = context.values.contracts or context.sizing.current_contracts
        quantity = min(size, gate.room(context.exposure))
        if quantity <= 0:
            return Gate.IMBALANCE_CHAIN
        chosen = self.scan(chain, quantity)
        if chosen in _OF_THE_SIZE and quantity > context.sizing.min_contracts:
            # A size that no pair fits inside the limits is cut: it would silence the trader.
            chosen = self.scan(chain, context.sizing.min_contracts)
            if not isinstance(chosen, Gate):
                quantity = self._affordable(chosen.debit_limit_c, quantity)
        self.suspects.saw(chosen, chain.confirmed_s)
        if isinstance(chosen, Gate):
            return chosen
        closed = gate.capital_gate(context.exposure, quantity, chosen.debit_limit_c)
        if closed is not None:
            return closed
        need_c = self._need_c(chosen)
        quantity = self._within_buying_power(need_c, quantity, moment)
        closed = self._last_gates(chosen, quantity, moment, fills, attempts)
        if closed is not None:
            return closed
        if gate.power.refuses(quantity, need_c, moment.at_ms):
            return Gate.BUYING_POWER
        same = (chosen.right, chosen.debit_long, chosen.debit_short, chosen.debit_limit_c, quantity)
        age_s = moment.now_s - self._sent_last_s
        if same == self._sent_last and age_s < gate.limits.duplicate_within_s:
            return Gate.DUPLICATE
        self._sent_last, self._sent_last_s = same, moment.now_s
        debit_c = chosen.debit_limit_c * context.exposure.multiplier
        gate.power.decide(context.key, need_c, debit_c)
        return chosen, quantity

    def _need_c(self, chosen: TwoPartOpportunity) -> int:
        """Cents that one contract of a pair can take of the account, debit and completion."""
        context = self._context
        width_c = round(abs(chosen.credit_long - chosen.credit_short) * 100)
        fee_c = context.chain.fees.pair_fee_c(1, context.chain.symbol)
        return pair_need_c(chosen.debit_limit_c, width_c, fee_c, context.exposure.multiplier)

    def _within_buying_power(self, need_c: int, most: int, moment: Moment) -> int:
        """As many contracts as the account's buying power is left for, where any are allowed."""
        fits = self._context.gate.power.fits(need_c, moment.at_ms)
        if fits is None or fits < self._context.sizing.min_contracts:
            return most
        return min(most, fits)

    def _last_gates(
        self,
        chosen: TwoPartOpportunity,
        quantity: int,
        moment: Moment,
        fills: int,
        attempts: int,
    ) -> Gate | None:
        """What is asked of the very order that would go out: prices, edge, worst case, crossing."""
        context, gate, scanned = self._context, self._context.gate, self._context.chain
        multiplier, tick_c = context.exposure.multiplier, scanned.tick_c
        debit_c, credit_c = chosen.debit_limit_c, chosen.credit_limit_c
        closed = price_gate(
            debit_c,
            round(abs(chosen.debit_long - chosen.debit_short) * 100),
            tick_c,
            (chosen.debit_bid * 100, chosen.debit_ask * 100),
        ) or price_gate(
            credit_c, round(abs(chosen.credit_long - chosen.credit_short) * 100), tick_c
        )
        if closed is not None:
            return closed
        edge_c = credit_c - debit_c - scanned.rules.fee_per_share * 100
        if edge_c < gate.limits.min_net_edge * 100 - 1e-6:
            return Gate.EDGE
        if gate.limits.enforces_order_budget:
            promised = promise(
                chosen.floor * 100 * multiplier * quantity,
                gate.exposure.cost_c,
                context.chances.chance(context.key, fills, attempts),
                context.attempt_every_s,
                context.optimal_expiry,
            )
            seconds = context.session.entry_seconds(moment.epoch_s, context.entry_hours)
            closed = gate.worth_gate(context.key, promised, seconds, moment.now_s)
            if closed is not None:
                return closed
        fee_c = scanned.fees.vertical_fee_c(1, scanned.symbol)
        right = right_letter(chosen.right)
        credit = Potential(
            right,
            chosen.credit_long,
            chosen.credit_short,
            quantity,
            credit_c * multiplier - fee_c,
        )
        debit = Potential(
            right,
            chosen.debit_long,
            chosen.debit_short,
            quantity,
            -debit_c * multiplier - fee_c,
            credit,
        )
        return gate.account_gate(context.key, context.exposure, debit)

    def scan(self, chain: OptionChain, quantity: int) -> TwoPartOpportunity | Gate:
        """The best pair of the chain that capital and loss room allow, or the gate that is closed.

        Args:
            chain: fresh quotes.
            quantity: contracts of the debit.
        """
        context, gate, scanned = self._context, self._context.gate, self._context.chain
        rules = scanned.rules_for(context.values)
        capital_c = gate.largest_debit_c(context.exposure, quantity)
        room_c = self._loss_room_c(quantity)
        if capital_c < scanned.tick_c:
            closed = gate.capital_gate(context.exposure, quantity, scanned.tick_c)
            return closed or Gate.CAPITAL_DESK
        if room_c < 2 * scanned.tick_c:
            return Gate.LOSS_ROOM
        room_for_c = self._dearest_c(quantity)
        dearest_c = room_for_c if room_for_c < rules.max_width * 100 else None
        blocked_legs = self._blocked.of_an_entry(chain)
        try:
            result = scanned.scan(chain, rules, blocked_legs, dearest_c)
        except TooManyStrikesError:
            return Gate.STRIKES
        if len(result) == 0:
            self.opportunity = None
            self._fruitless = chain, rules, blocked_legs, dearest_c
            return self._why_none(chain, blocked_legs, dearest_c)
        self._fruitless = None
        self._scanned = result
        self.opportunity = result.opportunity(0)
        return self.opportunity

    def others_choice(self) -> TwoPartOpportunity | None:
        """What the other objective would have chosen at the prices of the last scan.

        Returns:
            None for none, and where another scan has come since.
        """
        scanned, result = self._context.chain, self._scanned
        if result is None or not result.current:
            return None
        drawn = result.rules is not scanned.entry_rules
        others = by_the_other_objective(result.rules) if drawn else scanned.other_rules
        found = result.ranked_by(others)
        return found.opportunity(0) if len(found) else None

    def _why_none(
        self, chain: OptionChain, blocked_legs: BlockedLegs | None, dearest_c: int | None
    ) -> Gate:
        """The gate that leaves no pair where a scan found none."""
        scanned = self._context.chain
        rules = scanned.rules_for(self._context.values)
        if blocked_legs is None:
            return Gate.NO_PAIR
        if blocked_legs.assignable is not None:
            others = self._blocked.of_other_pairs(chain)
            if len(scanned.scan(chain, rules, others, dearest_c)):
                return Gate.ASSIGNMENT
            if others is None:
                return Gate.NO_PAIR
        found = len(scanned.scan(chain, rules, None, dearest_c))
        return Gate.CLOSES_OTHER if found else Gate.NO_PAIR

    def _loss_room_c(self, quantity: int) -> float:
        """Cents a share that an unwind of so many contracts may lose."""
        context, gate = self._context, self._context.gate
        sums, fraction = gate.exposure, context.config.ladder.unwind_fraction
        left_c = gate.loss_room_c() - fraction * (sums.legged_c + sums.working_c)
        return left_c // (quantity * context.exposure.multiplier)

    def _dearest_c(self, quantity: int) -> int:
        """The dearest debit, cents a share, that capital and loss room allow for so many."""
        context = self._context
        capital_c = context.gate.largest_debit_c(context.exposure, quantity)
        fraction = context.config.ladder.unwind_fraction
        return (
            min(capital_c, int(self._loss_room_c(quantity) / fraction)) if fraction else capital_c
        )

    def _affordable(self, debit_c: int, most: int) -> int:
        """As many contracts of a debit as the limits allow, at most `most`."""
        least = self._context.sizing.min_contracts
        fits = (n for n in range(most, least, -1) if self._dearest_c(n) >= debit_c)
        return next(fits, least)

    @property
    def exclusions(self) -> dict[str, int]:
        """Why the last scan found nothing, at the chain's present quotes; empty where it did not.

        Counted when somebody asks: it costs ten times what the scan did.
        """
        if self._fruitless is None:
            return {}
        return self._context.chain.scan(*self._fruitless).exclusions
