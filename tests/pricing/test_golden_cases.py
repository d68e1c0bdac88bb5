"""The two-part search agrees with every golden case of the recorded sessions."""

import gzip
import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.market.chain import OptionChain
from engine.market.legs import OptionType
from engine.pricing.choice import Debit, best_credit
from engine.pricing.kernel import PriceKernel
from engine.pricing.payoff import pair_kind
from engine.pricing.rules import LiquidityFilter, Objective, ScanRules
from engine.pricing.scanner import Scanner

ANYTHING = LiquidityFilter(
    require_bid_on_sold_legs=False,
    refuse_crossed=False,
    require_offer=False,
    refuse_contradicted=False,
)


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[dict[str, Any]]:
    """Return the golden cases, or skip where they are absent."""
    path = shared_data / "golden_two_part.jsonl.gz"
    if not path.is_file():
        pytest.skip("the golden cases are not on this machine")
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def chain_of(case: dict[str, Any]) -> OptionChain:
    """Return the quotes of a case as a chain; the other right stays unknown."""
    strikes, bid, ask = np.array(case["quotes"]).T
    chain = OptionChain(case["symbol"], date.fromisoformat(case["expiration"]), strikes)
    right = 0 if case["right"] == "C" else 1
    chain.bid[right], chain.ask[right] = bid, ask
    return chain


def rules_of(case: dict[str, Any], *, sane: bool, objective: Objective = "credit") -> ScanRules:
    """Return a case's rule: no fee, no rounding, no filter beyond sanity."""
    return ScanRules(
        buy_at=case["f_buy"],
        sell_at=case["f_sell"],
        max_width=case["max_w"],
        min_net_credit=-1e9,
        rule=case["rule"],
        objective=objective,
        sane=sane,
        prefer_atm=False,
        tick_c=0,
        top=10**9,
        liquidity=ANYTHING,
    )


def chosen(case: dict[str, Any], rules: ScanRules) -> tuple[float, float, float, float] | None:
    """Return short strike, long strike, net and floor of the best credit of the case's debit."""
    chain = chain_of(case)
    kernel: PriceKernel = Scanner(chain.strikes).kernel(chain, rules)
    kernel.price(chain, rules)
    right = 0 if case["right"] == "C" else 1
    long, short = (kernel.grid.column(right, chain.index(k)) for k in case["debit"])
    width = round(abs(case["debit"][0] - case["debit"][1]), 6)
    paid = case["debit_price"]
    if rules.sane and not 0 < paid < width:
        return None
    credit = best_credit(kernel, rules, Debit(right, long, short, width, paid), math.nan)
    if credit is None:
        return None
    sold, bought = (kernel.grid.strike(right, at) for at in (credit.short, credit.long))
    return sold, bought, credit.net, credit.floor


@pytest.mark.parametrize("sane", [False, True], ids=["unfiltered", "sane"])
def test_the_best_credit_of_a_debit_is_one_of_the_golden_answers(
    cases: list[dict[str, Any]], sane: bool
) -> None:
    name = "best_sane" if sane else "best"
    for number, case in enumerate(cases):
        found = chosen(case, rules_of(case, sane=sane))
        if case[f"{name}_net"] is None:
            assert found is None, (number, found)
            continue
        assert found is not None, number
        short, long, net, floor = found
        assert abs(net - case[f"{name}_net"]) < 1e-7, number
        floors = {(pair["short"], pair["long"]): pair["floor"] for pair in case[name]}
        assert (short, long) in floors, number
        assert abs(floor - floors[short, long]) < 1e-7, number


@pytest.mark.parametrize("sane", [False, True], ids=["unfiltered", "sane"])
@pytest.mark.parametrize("rule", ["any", "otm", "safe"])
def test_the_scan_of_a_whole_chain_gives_each_debit_its_golden_net(
    cases: list[dict[str, Any]], sane: bool, rule: str
) -> None:
    name = "best_sane_net" if sane else "best_net"
    scanned: dict[str, dict[tuple[float, float], float]] = {}
    for number, case in enumerate(cases):
        if case["rule"] != rule:
            continue
        key = json.dumps([case["quotes"], case["right"], case["max_w"], case["f_buy"]])
        if key not in scanned:
            chain, rules = chain_of(case), rules_of(case, sane=sane)
            result = Scanner(chain.strikes).scan(chain, rules)
            debits = zip(result.debit_long.tolist(), result.debit_short.tolist(), strict=True)
            scanned[key] = dict(zip(debits, result.net.tolist(), strict=True))
        net = scanned[key].get(tuple(case["debit"]))
        if case[name] is None:
            assert net is None, number
        else:
            assert net is not None, number
            assert abs(net - case[name]) < 1e-7, number


def floors_by_payoff(case: dict[str, Any], *, sane: bool) -> dict[tuple[float, float], float]:
    """Return the floor of every credit against a case's debit: short and long strike to floor.

    From the quotes and the payoff at every strike; beyond the last the payoff of calls is flat.
    """
    strikes, bid, ask = np.array(case["quotes"]).T
    call, debit = case["right"] == "C", case["debit"]
    near, far = np.triu_indices(len(strikes), 1)
    if not call:
        near, far = far, near
    width = np.abs(strikes[far] - strikes[near])
    natural_bid, natural_ask = bid[near] - ask[far], ask[near] - bid[far]
    price = natural_bid + case["f_sell"] * (natural_ask - natural_bid)
    short, long = strikes[near], strikes[far]
    kept = (width <= case["max_w"] + 1e-9) & ((short != debit[0]) | (long != debit[1]))
    if case["rule"] != "any":
        kept &= (short >= debit[1]) if call else (short <= debit[1])
    if sane:
        kept &= (price > 1e-9) & (price < width - 1e-9)
    ends = np.concatenate(([0.0], strikes))

    def payoff(strike: Any) -> Any:
        return np.maximum(ends - strike if call else strike - ends, 0)

    bought = payoff(debit[0]) - payoff(debit[1])
    least = (bought + payoff(long[:, None]) - payoff(short[:, None])).min(axis=1)
    floor = price - case["debit_price"] + least
    if case["rule"] == "safe":
        kept &= floor >= -1e-9
    rows = zip(short[kept].tolist(), long[kept].tolist(), floor[kept].tolist(), strict=True)
    return {(sold, bought): worst for sold, bought, worst in rows}


@pytest.mark.parametrize("sane", [False, True], ids=["unfiltered", "sane"])
def test_the_credit_with_the_highest_floor_is_the_one_its_payoff_gives(
    cases: list[dict[str, Any]], sane: bool
) -> None:
    for number, case in enumerate(cases[::2]):
        rules = rules_of(case, sane=sane, objective="floor")
        found = chosen(case, rules)
        width = abs(case["debit"][0] - case["debit"][1])
        floors = floors_by_payoff(case, sane=sane)
        if not floors or (sane and not 0 < case["debit_price"] < round(width, 6)):
            assert found is None, (number, found)
            continue
        assert found is not None, number
        short, long, _, floor = found
        assert abs(floor - max(floors.values())) < 1e-7, number
        assert abs(floor - floors[short, long]) < 1e-7, number


def test_the_name_of_a_pair_is_the_golden_one(cases: list[dict[str, Any]]) -> None:
    ours = {
        "two stacked verticals (same direction)": "stacked verticals",
        "vertical short": "short vertical",
        "vertical long": "long vertical",
    }
    named = 0
    for case in cases:
        right: OptionType = "call" if case["right"] == "C" else "put"
        long, short = case["debit"]
        for pair in case["best"]:
            name = pair_kind(right, long, short, pair["short"], pair["long"])
            assert name == ours.get(pair["kind"], pair["kind"])
            named += 1
    assert named > 1000
