"""Each root has its tick, its terms and its fees."""

import pytest

from engine.market.fees import NO_FEES, FeeSchedule, LegFee
from engine.market.ticks import (
    ContractTerms,
    canonical_root,
    combination_tick_c,
    contract_terms,
    leg_tick_c,
)


@pytest.mark.parametrize(
    ("root", "tick_c"), [("AAPL", 1), ("SPX", 5), ("spxw", 5), ("ES202003", 5), ("NEWCO", 1)]
)
def test_a_combination_has_its_roots_tick(root: str, tick_c: int) -> None:
    assert combination_tick_c(root) == tick_c


@pytest.mark.parametrize(
    ("root", "price_c", "tick_c"),
    [
        ("SPY", 1250, 1),
        ("AAPL", 299, 1),
        ("AAPL", 300, 5),
        ("SPX", 295, 5),
        ("SPX", 300, 10),
        ("NEWCO", 299, 5),
        ("NEWCO", 300, 10),
        ("ES202006", 495, 5),
        ("ES202006", 500, 25),
    ],
)
def test_a_leg_has_the_tick_of_its_root_and_price(root: str, price_c: int, tick_c: int) -> None:
    assert leg_tick_c(root, price_c) == tick_c


@pytest.mark.parametrize(
    ("root", "terms"),
    [
        ("AAPL", ContractTerms("american", "physical", 100)),
        ("SPX", ContractTerms("european", "cash", 100, "open")),
        ("SPXW", ContractTerms("european", "cash", 100)),
        ("OEX", ContractTerms("american", "cash", 100)),
        ("ES202003", ContractTerms("american", "physical", 50)),
    ],
)
def test_a_root_knows_its_contract(root: str, terms: ContractTerms) -> None:
    assert contract_terms(root) == terms


def test_a_futures_month_is_not_part_of_the_root_but_an_adjusted_digit_is() -> None:
    assert canonical_root(" es202003 ") == "ES"
    assert canonical_root("AAPL7") == "AAPL7"


def test_a_pair_costs_two_dollars_seventy_two_at_the_default_fees() -> None:
    fees = FeeSchedule()
    assert fees.leg_c() == 68
    assert fees.vertical_fee_c(1) == 136
    assert fees.pair_fee_c(1) == 272
    assert fees.pair_fee_c(3) == 816
    assert fees.pair_fee_per_share() == pytest.approx(0.0272)
    assert fees.pair_fee_per_share("ES", 50) == pytest.approx(0.0544)


def test_a_root_may_have_fees_of_its_own() -> None:
    fees = FeeSchedule(by_root={"SPX": LegFee(65, 60)})
    assert fees.pair_fee_c(1, "spx") == 500
    assert fees.pair_fee_c(1, "AAPL") == 272
    assert NO_FEES.pair_fee_c(10, "SPX") == 0
