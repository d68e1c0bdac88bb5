"""What is not read as quotes is refused with the row, the field and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import CreditMaximizer, ExpirationTrader, TwoPartSpreadStrategy
from engine.market.quotes.chains import NothingQuotedError, chain_from
from engine.market.quotes.rows import MOST_ROWS
from engine.market.quotes.symbols import contract_named
from tests.support.broker_quotes import DAY, pandas, plain
from tests.support.executor_world import FAR, NEAR, SPOT, as_legs, option_chain

ROW = {"strike": 100.0, "right": "C", "bid": 1.0, "ask": 2.0}


def said(options: Any, **more: Any) -> str:
    given: dict[str, Any] = {"symbol": "AAPL", "expiration": DAY, **more}
    with pytest.raises(ValueError) as refused:
        chain_from(options, **given)
    return str(refused.value)


@pytest.mark.parametrize(
    ("field", "told", "sentence"),
    [
        ("right", "x", "row 1: right is 'x'; it must be 'call' or 'put', 'C' or 'P'"),
        ("right", "precall", "row 1: right is 'precall'"),
        ("right", "ContractType.PUT", "row 1: right is 'ContractType.PUT'"),
        ("right", ["C"], "row 1: right is ['C']"),
        ("right", None, "row 1: right is missing; quotes are read from an OptionChain"),
        ("strike", 0, "row 1: strike must be positive, not 0"),
        ("strike", float("inf"), "row 1: strike must be positive, not inf"),
        ("strike", None, "row 1: strike is missing; quotes are read from"),
        ("strike", "at the money", "row 1: strike is 'at the money', which is not a number"),
        ("bid", True, "row 1: bid is True, which is not a number"),
        ("bid", 10**400, "row 1: bid is 1000"),
        ("ask", "cheap", "row 1: ask is 'cheap', which is not a number"),
        ("ask", [2.0], "row 1: ask is [2.0], which is not a number"),
        ("volume", object(), "row 1: volume is <object"),
        ("expiration", "tomorrow", "row 1: expiration is 'tomorrow', which is not a date"),
        ("expiration", 1_800_000_000, "row 1: expiration is 1800000000, which is not a date"),
        ("multiplier", 10, "row 1: a contract of 10 where those of AAPL have 100"),
        ("contract_size", "MINI", "row 1: a contract of 'MINI' where those of AAPL have 100"),
        ("symbol", "MSFT", "asked for AAPL the quotes came for MSFT (row 1)"),
        ("root", "AAPL1", "asked for AAPL the quotes came for AAPL1 (row 1)"),
        ("symbol", "AAPL270115P00100000", "row 1: right is call, and its symbol or key says put"),
        ("symbol", "AAPL270115C00101000", "row 1: strike is 100.0, and its symbol or key says 101"),
        ("symbol", "AAPL1270115C00100000", "the quotes came for AAPL1 (row 1)"),
        ("symbol", "AAPL270219C00100000", "the quotes came for 2027-02-19 (row 1)"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_field(
    field: str, told: Any, sentence: str
) -> None:
    first = ROW | {"strike": 95.0}
    assert sentence in said([first, ROW | {field: told}])


async def _later() -> list[Any]:
    return plain()


async def _stream() -> AsyncIterator[Any]:
    yield ROW


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("AAPL", "'AAPL' is not a quote; quotes are read from an OptionChain"),
        (3, "3 is not a quote"),
        (object(), "is not a quote"),
        ([(100.0, "C", 1.0, 2.0)], "100.0 is not a quote"),
        ([{"strike": 100.0, "right": "C"}], "row 0: bid is missing; quotes are read from"),
        ([{"strike": 100.0, "right": "C", "bid": 1.0}], "row 0: ask is missing"),
        ({"foo": {"bar": 1}}, "the key 'foo' names no contract, right, strike or expiration"),
        (pandas.DataFrame([[1, 2]], columns=["bid", "bid"]), "two columns 'bid'"),
        (pandas.DataFrame({("call", "bid"): [1.0]}), "is not named by one text"),
        ({"strike": [1.0, 2.0], "bid": [1.0], "ask": [2.0]}, "columns have different lengths"),
        ((ROW for _ in range(MOST_ROWS + 1)), f"more than {MOST_ROWS:,} rows came"),
        ([ROW] * (MOST_ROWS + 1), f"more than {MOST_ROWS:,} rows came"),
    ],
)
def test_what_holds_no_quotes_is_refused(options: Any, sentence: str) -> None:
    assert sentence in said(options)


def test_a_collection_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "is not a quote" in said(endless)


def test_what_must_be_awaited_is_refused_with_what_to_do() -> None:
    assert "with asyncio.run() for instance" in said(_later())
    assert "with asyncio.run() for instance" in said(_stream())


@pytest.mark.parametrize("nothing", [None, [], (), {}, iter(()), pandas.DataFrame(), [None]])
def test_no_rows_are_no_quotes(nothing: Any) -> None:
    with pytest.raises(NothingQuotedError, match="no options quoted for AAPL 2027-01-15"):
        chain_from(nothing, symbol="AAPL", expiration=DAY)


def test_rows_without_an_expiration_need_one() -> None:
    assert "pass expiration=" in said(plain(), expiration=None)


def test_roots_that_are_mixed_are_refused_where_none_is_asked_for() -> None:
    rows = [ROW | {"root": root, "strike": float(i + 1)} for i, root in enumerate(("SPX", "SPXW"))]
    assert "came for SPXW (row 1)" in said(rows, symbol="")
    assert "asked for SPX the quotes came for SPXW" in said(rows, symbol="SPX")
    rows = [ROW | {"root": root} for root in ("BRK.B", "BRK/B", "BRKB", "$BRKB")]
    assert chain_from(rows, symbol="BRK.B", expiration=DAY).told_twice == ()


# ---------------------------------------------------------------------- expirations

NEAR_LEGS, FAR_LEGS = as_legs(option_chain()), as_legs(option_chain(expiration=FAR))
DEBIT = NEAR_LEGS[7], NEAR_LEGS[8]


@pytest.mark.parametrize(
    "options",
    [
        NEAR_LEGS + FAR_LEGS,
        FAR_LEGS + NEAR_LEGS,
        FAR_LEGS,
        option_chain(expiration=FAR),
        [{"expiration": FAR, "strike": 100.0, "right": "C", "bid": 1.0, "ask": 2.0}],
    ],
    ids=["own and other", "other and own", "other", "a chain", "mappings"],
)
def test_other_expirations_are_refused_and_never_relabelled(options: Any) -> None:
    for scan in (
        lambda: CreditMaximizer().find_best_credit_spread(DEBIT, options, SPOT),
        lambda: ExpirationTrader("AAPL", NEAR).scan_opportunities(options, SPOT),
        lambda: TwoPartSpreadStrategy("AAPL", NEAR).scan_debit_opportunities(options, SPOT),
    ):
        with pytest.raises(ValueError, match=f"asked for .*{NEAR} the quotes came for {FAR}"):
            scan()


def test_a_chain_of_another_root_is_refused_where_the_root_is_known() -> None:
    other = option_chain("MSFT")
    pair = ExpirationTrader("AAPL", NEAR).scan_opportunities(option_chain(), SPOT)[0]
    for scan in (
        lambda: CreditMaximizer().find_best_credit_spread(pair, other, SPOT),
        lambda: ExpirationTrader("AAPL", NEAR).scan_opportunities(other, SPOT),
    ):
        with pytest.raises(ValueError, match="asked for AAPL the quotes came for MSFT"):
            scan()


def test_expirations_of_a_mixture_without_a_request_are_refused() -> None:
    assert f"came for {FAR} (row 34)" in said(NEAR_LEGS + FAR_LEGS, symbol="", expiration=None)


# ---------------------------------------------------------------------- symbols


@settings(max_examples=40)
@given(
    root=st.from_regex(r"[A-Z]{1,5}[1-9]?", fullmatch=True),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    right=st.sampled_from("CP"),
    thousandths=st.integers(1, 99_999_999),
    padded=st.booleans(),
)
def test_a_symbol_names_the_contract_that_it_was_made_from(
    root: str, day: date, right: str, thousandths: int, padded: bool
) -> None:
    name = f"{root:6}" if padded else root
    found = contract_named(f"{name}{day:%y%m%d}{right}{thousandths:08d}")
    assert found == (root, day, "CP".index(right), thousandths / 1000)


@pytest.mark.parametrize(
    "told", ["AAPL", "", "AAPL271315C00100000", "AAPL270115X00100000", None, 7]
)
def test_other_texts_name_no_contract(told: Any) -> None:
    assert contract_named(told) is None
