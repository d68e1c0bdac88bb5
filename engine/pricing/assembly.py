"""A chosen debit and credit as an opportunity, with strikes, markets and legs."""

from __future__ import annotations

from typing import Any

from engine.market.chain import RIGHTS, OptionChain
from engine.market.legs import Side, SpreadLeg
from engine.pricing.choice import Credit, Debit
from engine.pricing.kernel import PriceKernel
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules

_PLACES = 8


def leg_at(
    kernel: PriceKernel, chain: OptionChain, right: int, position: int, side: Side
) -> SpreadLeg:
    """A contract as a leg, with the quote that the kernel priced."""
    at, scale = right * kernel.grid.n + position, kernel.scale
    bid = round(kernel.bid_flat.item(at) / scale, _PLACES)
    ask = round(kernel.ask_flat.item(at) / scale, _PLACES)
    return SpreadLeg(*_leg(kernel, chain, right, at, side, bid, ask))


def _leg(
    kernel: PriceKernel,
    chain: OptionChain,
    right: int,
    at: int,
    side: Side,
    bid: float,
    ask: float,
) -> tuple[Any, ...]:
    """The parts of a leg, from a flat index along the axis and its quote."""
    of_chain = kernel.mirror.item(at)
    volume, interest = chain.volume.item(of_chain), chain.open_interest.item(of_chain)
    iv = chain.iv.item(of_chain)
    return (
        chain.strike_list[of_chain - right * kernel.grid.n],
        chain.expiration,
        RIGHTS[right],
        side,
        bid,
        ask,
        None if volume != volume else int(volume),
        None if interest != interest else int(interest),
        None if iv != iv else iv,
    )


def assemble(
    kernel: PriceKernel, chain: OptionChain, rules: ScanRules, debit: Debit, credit: Credit
) -> TwoPartOpportunity:
    """Assemble an opportunity from a debit and a credit on the kernel's axis.

    Raises:
        ValueError: prices were not rounded, so there is no limit price.
    """
    tick_c = rules.tick_c
    if not tick_c:
        raise ValueError("prices were not rounded to a tick; set tick_c to 1 or more")
    right, scale = debit.right, kernel.scale
    first, bids, asks = right * kernel.grid.n, kernel.bid_flat.item, kernel.ask_flat.item
    inner, outer = first + debit.long, first + debit.short
    near, far = first + credit.short, first + credit.long
    bid_1, bid_2, bid_3, bid_4 = bids(inner), bids(outer), bids(near), bids(far)
    ask_1, ask_2, ask_3, ask_4 = asks(inner), asks(outer), asks(near), asks(far)
    if kernel.on_tick:
        # Whole ticks are whole cents, and cents / 100 is the nearest float to the price.
        bid_1, bid_2, bid_3, bid_4 = round(bid_1), round(bid_2), round(bid_3), round(bid_4)
        ask_1, ask_2, ask_3, ask_4 = round(ask_1), round(ask_2), round(ask_3), round(ask_4)
        debit_bid, debit_ask = (bid_1 - ask_2) * tick_c / 100, (ask_1 - bid_2) * tick_c / 100
        credit_bid, credit_ask = (bid_3 - ask_4) * tick_c / 100, (ask_3 - bid_4) * tick_c / 100
        bid_1, bid_2 = bid_1 * tick_c / 100, bid_2 * tick_c / 100
        bid_3, bid_4 = bid_3 * tick_c / 100, bid_4 * tick_c / 100
        ask_1, ask_2 = ask_1 * tick_c / 100, ask_2 * tick_c / 100
        ask_3, ask_4 = ask_3 * tick_c / 100, ask_4 * tick_c / 100
    else:
        bid_1, bid_2, bid_3, bid_4, ask_1, ask_2, ask_3, ask_4 = (
            round(units / scale, _PLACES)
            for units in (bid_1, bid_2, bid_3, bid_4, ask_1, ask_2, ask_3, ask_4)
        )
        debit_bid, debit_ask = round(bid_1 - ask_2, _PLACES), round(ask_1 - bid_2, _PLACES)
        credit_bid, credit_ask = round(bid_3 - ask_4, _PLACES), round(ask_3 - bid_4, _PLACES)
    bought = _leg(kernel, chain, right, inner, "buy", bid_1, ask_1)
    sold = _leg(kernel, chain, right, outer, "sell", bid_2, ask_2)
    credit_sold = _leg(kernel, chain, right, near, "sell", bid_3, ask_3)
    credit_bought = _leg(kernel, chain, right, far, "buy", bid_4, ask_4)
    pay_c, receive_c = round(debit.paid * tick_c), round(credit.price * tick_c)
    asked = ask_1 - bid_2
    return TwoPartOpportunity(
        chain.symbol,
        chain.expiration,
        RIGHTS[right],
        bought[0],
        sold[0],
        credit_sold[0],
        credit_bought[0],
        pay_c,
        receive_c,
        debit_bid,
        debit_ask,
        credit_bid,
        credit_ask,
        receive_c - pay_c,
        round(rules.fee_per_share * chain.multiplier * 100),
        round(credit.net / scale, _PLACES),
        round(credit.floor / scale, _PLACES),
        min(1.0, max(0.0, pay_c / 100 / asked)) if asked > 0 else None,
        (SpreadLeg(*bought), SpreadLeg(*sold)),
        (credit_bought, credit_sold),
        chain.multiplier,
        chain.style,
        chain.settlement,
    )
