"""Which pair a trader buys the debit of now, and how many: the last gates, the scan, the caps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.market.chain import OptionChain
from engine.market.session import Moment
from engine.orders.actions import Quotes
from engine.pricing.leg_prices import BlockedLegs
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules
from engine.risk.gate import Gate, price_gate
from engine.risk.worst_case import Potential

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader


class DebitSelector:
    """Chooses from fresh quotes for one trader.

    Attributes:
        opportunity: what the last scan chose.
    """

    def __init__(self, trader: ExpirationTrader) -> None:
        self.trader = trader
        self.opportunity: TwoPartOpportunity | None = None
        self._fruitless: tuple[OptionChain, ScanRules, BlockedLegs | None, int | None] | None = None
        self._sent_last: tuple[object, ...] = ()
        self._sent_last_s = -math.inf

    def choose(self, quotes: Quotes, moment: Moment) -> tuple[TwoPartOpportunity, int] | Gate:
        """The pair whose debit goes out now and how many contracts, or the gate that is closed."""
        trader = self.trader
        chain = quotes.chain
        closed = trader.entry_gate(moment)
        if closed is not None:
            return closed
        if chain is None:
            return Gate.NOT_LISTED
        limit_s = trader.bar_s or trader.gate.limits.max_quote_age_s
        if not abs(moment.epoch_s - chain.confirmed_s) <= limit_s:
            return Gate.QUOTES_STALE
        quantity = min(trader.sizing.current_contracts, trader.gate.room(trader.exposure))
        if quantity <= 0:
            return Gate.IMBALANCE_CHAIN
        chosen = self._scan(chain, quantity)
        if isinstance(chosen, Gate):
            return chosen
        closed = trader.gate.capital_gate(trader.exposure, quantity, chosen.debit_limit_c)
        if closed is not None:
            return closed
        closed = self._last_gates(chosen, quantity, moment)
        if closed is not None:
            return closed
        same = (chosen.right, chosen.debit_long, chosen.debit_short, chosen.debit_limit_c, quantity)
        age_s = moment.now_s - self._sent_last_s
        if same == self._sent_last and age_s < trader.gate.limits.duplicate_within_s:
            return Gate.DUPLICATE
        self._sent_last, self._sent_last_s = same, moment.now_s
        return chosen, quantity

    def _last_gates(self, chosen: TwoPartOpportunity, quantity: int, moment: Moment) -> Gate | None:
        """What is asked of the very order that would go out: prices, edge, worst case, crossing."""
        trader, gate = self.trader, self.trader.gate
        multiplier, tick_c = trader.exposure.multiplier, trader.tick_c
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
        edge_c = credit_c - debit_c - trader.rules.fee_per_share * 100
        if edge_c < gate.limits.min_net_edge * 100 - 1e-6:
            return Gate.EDGE
        net_c = edge_c * multiplier * quantity
        debits = trader.debits
        closed = gate.worth_gate(trader.key, net_c, debits.fills, debits.attempts, moment.now_s)
        if closed is not None:
            return closed
        fee_c = trader.fees.vertical_fee_c(1, trader.symbol)
        right = chosen.right[0].upper()
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
        return gate.account_gate(trader.key, trader.exposure, debit)

    def _scan(self, chain: OptionChain, quantity: int) -> TwoPartOpportunity | Gate:
        trader = self.trader
        rules = trader.entry_rules
        capital_c = trader.gate.largest_debit_c(trader.exposure, quantity)
        fraction = trader.config.ladder.unwind_fraction
        sums = trader.gate.exposure
        left_c = trader.gate.loss_room_c() - fraction * (sums.legged_c + sums.working_c)
        room_c = left_c // (quantity * trader.exposure.multiplier)
        if capital_c < trader.tick_c:
            closed = trader.gate.capital_gate(trader.exposure, quantity, trader.tick_c)
            return closed or Gate.CAPITAL_DESK
        if room_c < 2 * trader.tick_c:
            return Gate.LOSS_ROOM
        room_for_c = min(capital_c, int(room_c / fraction)) if fraction else capital_c
        dearest_c = room_for_c if room_for_c < rules.max_width * 100 else None
        blocked_legs = trader.held_pairs.blocked(chain)
        result = trader.scan(chain, rules, blocked_legs, dearest_c)
        if len(result) == 0:
            self.opportunity = None
            self._fruitless = chain, rules, blocked_legs, dearest_c
            found = blocked_legs is not None and len(trader.scan(chain, rules, dearest_c=dearest_c))
            return Gate.CLOSES_OTHER if found else Gate.NO_PAIR
        self._fruitless = None
        self.opportunity = result.opportunity(0)
        return self.opportunity

    @property
    def exclusions(self) -> dict[str, int]:
        """Why the last scan found nothing, at the chain's present quotes; empty where it did not.

        Counted when somebody asks: it costs ten times what the scan did.
        """
        if self._fruitless is None:
            return {}
        return self.trader.scan(*self._fruitless).exclusions
