"""The prices of one scan serve both objectives: what is ranked again is what a new scan finds."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import Scanner
from tests.support.brute_force_scan import chains, rule_sets, smooth_chain


def the_other(rules: ScanRules) -> ScanRules:
    return replace(rules, objective="credit" if rules.objective == "floor" else "floor")


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(chains(), rule_sets, st.none() | st.integers(1, 400), st.booleans())
def test_prices_ranked_again_are_what_a_scan_by_the_other_objective_finds(
    chain: OptionChain, rules: ScanRules, dearest_c: int | None, read_first: bool
) -> None:
    others = the_other(rules)
    scanner = Scanner(chain.strikes)
    first = scanner.scan(chain, rules, dearest_c=dearest_c)
    if read_first and len(first):
        first.opportunity(0)
    again = first.ranked_by(others).top()
    assert again == Scanner(chain.strikes).scan(chain, others, dearest_c=dearest_c).top()
    # The next scan by either is that of a scanner which never ranked by the other.
    fresh = Scanner(chain.strikes).scan(chain, rules, dearest_c=dearest_c).top()
    assert scanner.scan(chain, rules, dearest_c=dearest_c).top() == fresh
    assert scanner.scan(chain, others, dearest_c=dearest_c).top() == again


def test_prices_are_ranked_again_by_the_objective_alone_and_only_while_they_are_there() -> None:
    chain, rules = smooth_chain(20), ScanRules(top=1)
    scanner = Scanner(chain.strikes)
    result = scanner.scan(chain, rules)
    before = result.current
    with pytest.raises(ValueError, match="price otherwise"):
        result.ranked_by(replace(the_other(rules), buy_at=0.5))
    scanner.scan(chain, rules)
    assert (before, result.current) == (True, False)
    with pytest.raises(RuntimeError, match="later scan"):
        result.ranked_by(the_other(rules))
