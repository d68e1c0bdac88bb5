"""Counts of everything that a scan excluded, by reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.market.chain import OptionChain
from engine.pricing.kernel import PriceKernel
from engine.pricing.rules import ScanRules
from engine.pricing.search import highest_credits, needs_of, passes_gate


def count_exclusions(kernel: PriceKernel, chain: OptionChain, rules: ScanRules) -> dict[str, int]:
    """Contracts, verticals and pairs that the rules refused at the kernel's last prices.

    Keys that begin with `contract_` count contracts (one may fail several tests), with `debit_`
    debit verticals (each at the first test it fails), with `unknown_` contracts that passed
    because the chain does not know the figure. Zero counts are left out.
    """
    with np.errstate(invalid="ignore"):
        counts = _contracts(kernel, chain, rules)
    counts.update(_verticals(kernel, rules))
    return {name: count for name, count in counts.items() if count}


def _contracts(kernel: PriceKernel, chain: OptionChain, rules: ScanRules) -> dict[str, int]:
    bid, ask, liquid = kernel.bid, kernel.ask, rules.liquidity
    quoted = ~(np.isnan(bid) | np.isnan(ask))
    refused = kernel.drop.copy()
    counts = {
        "contract_not_quoted": int(np.count_nonzero(~quoted)) - len(chain.told_twice),
        "contract_told_twice": len(chain.told_twice),
        "contract_crossed": int(np.count_nonzero(bid > ask)) if liquid.refuse_crossed else 0,
        "contract_absurd_quote": int(np.count_nonzero(quoted & ((bid < 0) | ~(ask < 1e12)))),
    }
    if liquid.require_offer:
        unoffered = quoted & (ask == 0)
        counts["contract_without_offer"] = int(np.count_nonzero(unoffered))
        refused &= ~unoffered
    if kernel.contradicted is not None:
        counts["contract_contradicted"] = int(np.count_nonzero(kernel.contradicted))
        refused &= ~kernel.contradicted
    refused &= quoted & (bid >= 0)
    if liquid.refuse_crossed:
        refused &= bid <= ask
    for name, values, least in (
        ("volume", chain.volume, liquid.min_volume),
        ("open_interest", chain.open_interest, liquid.min_open_interest),
    ):
        if least > 0:
            low = values < least
            counts[f"contract_low_{name}"] = int(np.count_nonzero(low))
            counts[f"unknown_{name}"] = int(np.count_nonzero(np.isnan(values)))
            refused &= ~along_axis(low)
    wide = ask - bid > liquid.max_quote_width * kernel.scale + rules.slack
    counts["contract_quoted_wide"] = int(np.count_nonzero(wide))
    refused &= ~wide
    counts["contract_masked"] = int(np.count_nonzero(refused & (ask < 1e12)))
    counts["contract_sold_without_bid"] = int(np.count_nonzero(kernel.unsold & ~kernel.drop))
    if kernel.blocked_legs is not None:
        unbought, unsold, assignable = kernel.blocked_legs
        counts["contract_of_another_pair"] = int(np.count_nonzero(unbought | unsold))
        if assignable is not None:
            counts["contract_assignable"] = int(np.count_nonzero(assignable))
    return counts


def along_axis(
    by_column: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """A (2, n) array in the chain's columns, turned to run along the kernel's axis."""
    return np.stack((by_column[0], by_column[1, ::-1]))


def _verticals(kernel: PriceKernel, rules: ScanRules) -> dict[str, int]:
    if not kernel.debit.size:
        return {"chain_without_verticals": 1}
    at = np.isfinite(kernel.debit).ravel().nonzero()[0]
    paid, leg = kernel.debit.take(at), kernel.outer_leg.take(at)
    width = kernel.width_of.take(at)
    left = np.ones(len(at), dtype=bool)
    counts: dict[str, int] = {}

    def refuse(name: str, failed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
        counts[name] = int(np.count_nonzero(left & failed))
        np.logical_and(left, ~failed, out=left)

    if rules.sane:
        slack = rules.slack
        refuse("debit_outside_its_width", (paid <= slack) | (paid >= width - slack))
    if rules.gate is not None:
        refuse("debit_denied_by_gate", ~passes_gate(kernel, rules, rules.gate, at))
    if rules.rule == "any":
        return counts
    needs = needs_of(kernel, rules)
    best = kernel.top.take(leg)
    refuse("debit_without_credit", best == -np.inf)
    least = needs_of(kernel, replace(rules, rule="otm", max_loss=None)).net
    refuse("debit_net_too_low", best < paid + least)
    highest = highest_credits(kernel, needs, at, paid, width)
    refuse("debit_floor_too_low", highest < paid + needs.net)
    return counts
