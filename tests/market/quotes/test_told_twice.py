"""A contract told twice: neither of two quotes wins, and equal ones are one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.market.chain import CALL
from engine.market.quotes.chains import chain_from
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import scan
from tests.support.executor_world import NEAR, as_mappings, option_chain

ROWS = as_mappings(option_chain())
AT_THE_MONEY = 8


def read(*more: dict[str, Any]) -> Any:
    return chain_from([*ROWS, *more], symbol="AAPL", expiration=NEAR)


def again(**changed: Any) -> dict[str, Any]:
    return ROWS[AT_THE_MONEY] | changed


@pytest.mark.parametrize("changed", [{"bid": 0.5}, {"ask": 9.9}, {"bid": None}, {"ask": None}])
def test_a_contract_told_twice_with_different_quotes_is_unknown_whichever_came_last(
    changed: dict[str, Any],
) -> None:
    first = chain_from([again(**changed), *ROWS], symbol="AAPL", expiration=NEAR)
    for chain in (read(again(**changed)), first, read(again(**changed), again())):
        assert chain.told_twice == ((CALL, AT_THE_MONEY),)
        assert np.isnan(chain.bid[CALL, AT_THE_MONEY])
        assert np.isnan(chain.ask[CALL, AT_THE_MONEY])
        assert np.isnan(chain.bid).sum() == 1
        assert len(chain.strikes) == 17, "its strike stays on the chain"


def test_equal_rows_are_one() -> None:
    chain = read(again(), *ROWS)
    assert chain.told_twice == ()
    assert chain.bid.tolist() == option_chain().bid.tolist()
    unknown = [row | {"bid": None, "ask": float("nan")} for row in ROWS]
    assert chain_from(unknown * 2, symbol="AAPL", expiration=NEAR).told_twice == ()


def test_figures_beside_the_quote_that_differ_are_unknown_alone() -> None:
    chain = read(again(volume=3), again(volume=4))
    assert chain.told_twice == ()
    assert chain.bid.tolist() == option_chain().bid.tolist()
    assert np.isnan(chain.volume).all()


def test_what_was_told_twice_is_counted_among_what_a_scan_leaves_out() -> None:
    counts = scan(read(again(bid=0.5)), ScanRules()).exclusions
    assert counts["contract_told_twice"] == 1
    assert "contract_not_quoted" not in counts
    assert "contract_told_twice" not in scan(read(again()), ScanRules()).exclusions
