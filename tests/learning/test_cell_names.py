"""Numbers of cells: equal where everything that two attempts must share is equal."""

from __future__ import annotations

import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.evidence.cell_names import CellNames, parts_of
from engine.learning.evidence.cells import width_class
from tests.support.attempt_rows import SETTINGS, AttemptRow, result

WIDTHS = st.floats(0.0, sys.float_info.max, allow_subnormal=False)

ROWS = st.lists(
    st.tuples(
        st.sampled_from([f"T{number}" for number in range(300)]),
        st.sampled_from(("OPEN", "MORNING", "MIDDAY", "CLOSE")),
        st.one_of(WIDTHS, st.sampled_from((0.0, 1.0, 20.0, 23.0, sys.float_info.max))),
        st.integers(1, 3),
    ),
    max_size=60,
)


@given(ROWS)
def test_a_cell_is_told_by_trader_phase_width_class_and_settings(rows):
    names = CellNames()
    seen: dict[tuple[str, str, int, int], int] = {}
    for trader, phase, width_c, contracts in rows:
        row = AttemptRow(1, 600, trader, phase, width_c, contracts, 5.0, 10.0)
        number = names.of(result(row))
        told = trader, phase, width_class(width_c), contracts
        assert seen.setdefault(told, number) == number
    assert len(set(seen.values())) == len(seen)
    strata, arms = parts_of(np.array(list(seen.values()), np.uint64))
    trader_of, width_of = names.strata()
    for (trader, _, width, contracts), stratum, arm in zip(seen, strata, arms, strict=True):
        assert names.traders.values[trader_of[stratum]] == trader
        assert width_of[stratum] == width
        assert names.settings.values[arm] == SETTINGS._replace(contracts=contracts)
    assert len(trader_of) == len({told[:3] for told in seen})
