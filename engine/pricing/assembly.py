"""A chosen debit and credit as an opportunity, with strikes, markets and legs."""

from __future__ import annotations

from engine.market.chain import RIGHTS, OptionChain
from engine.market.legs import Side, SpreadLeg
from engine.pricing.choice import Credit, Debit
from engine.pricing.kernel import PriceKernel
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules


def leg_at(
    kernel: PriceKernel, chain: OptionChain, right: int, position: int, side: Side
) -> SpreadLeg:
    """A contract as a leg, with the quote that the kernel priced."""
    n, scale = kernel.grid.n, kernel.scale
    column = n - 1 - position if right else position
    of_axis, of_chain = right * n + position, right * n + column
    volume, interest = chain.volume.item(of_chain), chain.open_interest.item(of_chain)
    iv = chain.iv.item(of_chain)
    return SpreadLeg(
        chain.strikes.item(column),
        chain.expiration,
        RIGHTS[right],
        side,
        round(kernel.bid_flat.item(of_axis) / scale, 8),
        round(kernel.ask_flat.item(of_axis) / scale, 8),
        None if volume != volume else int(volume),
        None if interest != interest else int(interest),
        None if iv != iv else iv,
    )


def assemble(
    kernel: PriceKernel, chain: OptionChain, rules: ScanRules, debit: Debit, credit: Credit
) -> TwoPartOpportunity:
    """The opportunity that a debit and a credit on the kernel's axis make.

    Raises:
        ValueError: prices were not rounded, so there is no limit price.
    """
    if not rules.tick_c:
        raise ValueError("prices were not rounded to a tick; set tick_c to 1 or more")
    right = debit.right
    bought = leg_at(kernel, chain, right, debit.long, "buy")
    sold = leg_at(kernel, chain, right, debit.short, "sell")
    credit_sold = leg_at(kernel, chain, right, credit.short, "sell")
    credit_bought = leg_at(kernel, chain, right, credit.long, "buy")
    pay_c = round(debit.paid * rules.tick_c)
    receive_c = round(credit.price * rules.tick_c)
    debit_ask = bought.ask - sold.bid
    fee_c = round(rules.fee_per_share * chain.multiplier * 100)
    return TwoPartOpportunity(
        chain.symbol,
        chain.expiration,
        RIGHTS[right],
        bought.strike,
        sold.strike,
        credit_sold.strike,
        credit_bought.strike,
        pay_c,
        receive_c,
        round(bought.bid - sold.ask, 8),
        round(debit_ask, 8),
        round(credit_sold.bid - credit_bought.ask, 8),
        round(credit_sold.ask - credit_bought.bid, 8),
        receive_c - pay_c,
        fee_c,
        round(credit.net / kernel.scale, 8),
        round(credit.floor / kernel.scale, 8),
        min(1.0, max(0.0, pay_c / 100 / debit_ask)) if debit_ask > 0 else None,
        (bought, sold),
        (credit_bought, credit_sold),
        chain.multiplier,
        chain.style,
        chain.settlement,
    )
