"""Whose options a root names, and what is an index."""

from __future__ import annotations

import pytest

from engine.market.ticks import contract_terms, is_index, underlying_of


@pytest.mark.parametrize(
    ("root", "underlying", "index"),
    [
        ("SPX", "SPX", True), ("SPXW", "SPX", True), ("SPXPM", "SPX", True), ("XSP", "XSP", True),
        ("NDXP", "NDX", True), ("RUTW", "RUT", True), ("VIXW", "VIX", True), ("XEO", "OEX", True),
        ("spxw", "SPX", True), ("SPY", "SPY", False), ("AAPL", "AAPL", False), ("ES", "ES", False),
    ],
)  # fmt: skip
def test_a_root_has_an_underlying(root: str, underlying: str, index: bool) -> None:
    assert (underlying_of(root), is_index(root)) == (underlying, index)
    assert contract_terms(root).settlement == ("cash" if index else "physical")
