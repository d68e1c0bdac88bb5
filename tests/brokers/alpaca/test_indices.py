"""Values of indices: those of now alone."""

from __future__ import annotations

from typing import Any

import pytest

from engine.brokers.alpaca.indices import OLDEST_S, read_values, values_call
from engine.brokers.dialect import DialectError

NOW_S = 1_799_074_800.0
AT = "2027-01-04T15:00:00Z"


def test_all_indices_are_asked_for_in_one_call() -> None:
    call = values_call(["SPX", "XSP"])
    assert call.path == "/v1beta1/indices/latest/values"
    assert call.query == (("index_symbols", "SPX,XSP"),)


def test_a_value_of_now_is_a_price_and_an_odd_or_old_one_is_none() -> None:
    told = {
        "SPX": {"v": 6012.25, "t": AT}, "XSP": {"v": 601, "t": AT}, "VIX": {"v": "17", "t": AT},
        "NDX": {"v": True, "t": AT}, "RUT": {"v": 0, "t": AT}, "DJX": {"v": 1e9, "t": AT},
    }  # fmt: skip
    assert read_values({"values": told}, NOW_S) == {"SPX": 6012.25, "XSP": 601.0}
    assert read_values({"values": told}, NOW_S + OLDEST_S + 1) == {}
    assert read_values({"values": told}, NOW_S - OLDEST_S - 1) == {}


@pytest.mark.parametrize(
    "body", [[], {}, {"values": []}, {"values": {"SPX": 7}}, {"values": {"SPX": {"v": 6012.25}}}]
)
def test_another_form_is_refused(body: Any) -> None:
    with pytest.raises(DialectError):
        read_values(body, NOW_S)
