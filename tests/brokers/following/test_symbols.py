"""One codec of OCC symbols: what is written is read back, and nothing else is read."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.following.symbols import Contract, contract_from_occ, contract_of, occ_symbol
from engine.market.legs import SpreadLeg

contracts = st.builds(
    Contract,
    st.from_regex(r"[A-Z][A-Z0-9]{0,5}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["call", "put"]),
    st.integers(1, 99_999_999).map(lambda thousandths: thousandths / 1000),
)


@settings(max_examples=30)
@given(contracts, st.booleans())
def test_what_is_written_is_read_back(contract, padded):
    text = occ_symbol(contract, padded=padded)
    assert contract_from_occ(text) == contract
    assert len(text) == 21 if padded else " " not in text


@pytest.mark.parametrize(
    ("contract", "text"),
    [
        (Contract("AAPL", date(2027, 1, 15), "call", 150.0), "AAPL270115C00150000"),
        (Contract("SPXW", date(2026, 12, 4), "put", 6012.5), "SPXW261204P06012500"),
        (Contract("F", date(2027, 1, 15), "call", 0.5), "F270115C00000500"),
    ],
)
def test_symbols_are_those_of_the_occ(contract, text):
    assert occ_symbol(contract) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "AAPL", "AAPL270115X00150000", "AAPL271315C00150000", "AAPL270115C0015000",
        "O:AAPL270115C00150000", ".AAPL270115C150", "aapl270115C00150000", "AAPL270115C00000000",
        "TOOLONG270115C00150000", "AAPL270115C00150000\n", None, 7,
    ],
)  # fmt: skip
def test_another_text_is_no_symbol(text):
    with pytest.raises(ValueError, match=r"not an OCC symbol|no OCC symbol"):
        contract_from_occ(text)


@pytest.mark.parametrize(
    "contract",
    [
        Contract("BRK.B", date(2027, 1, 15), "call", 150.0),
        Contract("AAPL", date(2027, 1, 15), "CALL", 150.0),
        Contract("AAPL", date(2027, 1, 15), "call", 150.0005),
        Contract("AAPL", date(2027, 1, 15), "call", 0.0),
        Contract("AAPL", date(2027, 1, 15), "call", 100_000.0),
        Contract("AAPL", date(1999, 1, 15), "call", 150.0),
    ],
)
def test_what_the_occ_has_no_name_for_is_not_written(contract):
    with pytest.raises(ValueError, match="has no OCC symbol"):
        occ_symbol(contract)


def test_a_strike_that_was_computed_is_the_listed_one():
    leg = SpreadLeg(0.1 + 0.2, date(2027, 1, 15), "put", "buy", 1.0, 1.1)
    assert contract_of("$SPX", leg, date(2027, 1, 15)) == Contract(
        "SPX", date(2027, 1, 15), "put", 0.3
    )
