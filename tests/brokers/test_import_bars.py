"""Bars: the grid that times lie on, rows told twice, standing quotes, volumes of a day."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.imports.bars import (
    REPEAT_BARS,
    DayVolumes,
    StandingQuotes,
    bar_of_grid,
    ends_of_bars,
    last_of_bars,
    settled,
)
from engine.brokers.imports.spill import Records, Spill, record_type

KIND = record_type(("bid", "ask"), ticks=False)
TICKS = record_type(("bid", "ask"), ticks=True)
OPENS_MS = 1_795_185_000_000
BAR_MS = 60_000
ROW = st.tuples(st.integers(0, 8), st.integers(0, 3), st.sampled_from([1.0, 2.0, float("nan")]))


def records(rows: list[tuple[int, int, float]]) -> Records:
    """Rows of (bar, contract, bid); the ask is one above."""
    return np.array(
        [(OPENS_MS + bar * BAR_MS, contract, bid, bid + 1) for bar, contract, bid in rows],
        dtype=KIND,
    )


def test_the_grid_is_the_commonest_distance_within_a_day() -> None:
    day = [OPENS_MS + n * BAR_MS for n in range(10)]
    next_day = [each + 86_400_000 for each in day[:5]]
    assert bar_of_grid([*day, *next_day]) == 60
    assert bar_of_grid([each for each in day if each != day[4]]) == 60
    assert bar_of_grid([day[0], next_day[0]]) is None
    assert bar_of_grid([day[0]]) is None
    assert bar_of_grid(OPENS_MS + n * n * 1000 for n in range(9)) is None
    assert bar_of_grid(OPENS_MS + n * 500 for n in range(9)) is None


@settings(max_examples=30)
@given(st.integers(1, 4_000_000_000_000), st.integers(1, 86_400))
def test_a_moment_belongs_to_the_bar_that_ends_at_or_after_it(ms: int, bar_s: int) -> None:
    (end,) = ends_of_bars(np.array([ms]), bar_s).tolist()
    assert end % (bar_s * 1000) == 0
    assert ms <= end < ms + bar_s * 1000


@settings(max_examples=30)
@given(st.lists(ROW, max_size=30))
def test_a_contract_has_one_row_a_bar_and_none_where_its_rows_contradict(
    rows: list[tuple[int, int, float]],
) -> None:
    kept, equal, contradicting = settled(records(rows))
    told: dict[tuple[int, int], set[str]] = {}
    for bar, contract, bid in rows:
        told.setdefault((bar, contract), set()).add(str(bid))
    sound = {key for key, values in told.items() if len(values) == 1}
    keys = [((int(row["ts"]) - OPENS_MS) // BAR_MS, int(row["contract"])) for row in kept]
    assert sorted(keys) == sorted(sound)
    assert len(contradicting) == len(told) - len(sound)
    assert equal == sum((bar, contract) in sound for bar, contract, _ in rows) - len(sound)
    assert kept["ts"].tolist() == sorted(kept["ts"].tolist())


@settings(max_examples=30)
@given(st.permutations([(1, 5), (1, 7), (2, 9), (3, 1), (3, 2)]))
def test_the_last_tick_of_a_bar_counts_in_whatever_order_they_came(
    ticks: list[tuple[int, int]],
) -> None:
    rows = np.array(
        [(OPENS_MS + bar * BAR_MS, 0, order, 0, float(order), 9.0) for bar, order in ticks],
        dtype=TICKS,
    )
    assert rows[last_of_bars(rows)]["bid"].tolist() == [7.0, 9.0, 2.0]


def test_ticks_of_one_nanosecond_are_told_apart_by_their_sequence() -> None:
    rows = np.array([(OPENS_MS, 0, 5, 2, 1.0, 9.0), (OPENS_MS, 0, 5, 1, 2.0, 9.0)], dtype=TICKS)
    assert rows[last_of_bars(rows)]["bid"].tolist() == [1.0]


def repeated(rows: list[tuple[int, int, float]], last: int) -> list[tuple[int, int, float]]:
    """All rows of a day that ends with a bar, as (bar, contract, bid)."""
    standing = StandingQuotes(60, KIND)
    end_ms = OPENS_MS + last * BAR_MS
    kept, _, _ = settled(records(rows))
    out: list[Records] = []
    if len(kept):
        half = len(kept) // 2  # two slices, cut between bars
        while 0 < half < len(kept) and kept["ts"][half] == kept["ts"][half - 1]:
            half += 1
        for part in (kept[:half], kept[half:]):
            if len(part):
                out += standing.bars(part, end_ms)
    out += standing.rest_of_day(end_ms)
    return [
        ((int(r["ts"]) - OPENS_MS) // BAR_MS, int(r["contract"]), float(r["bid"]))
        for rows in out
        for r in rows
    ]


@settings(max_examples=30)
@given(st.lists(ROW, max_size=12, unique_by=lambda row: row[:2]))
def test_a_standing_quote_is_told_often_enough_and_never_as_another(
    rows: list[tuple[int, int, float]],
) -> None:
    last = 25
    told = repeated(rows, last)
    own = {(bar, contract): bid for bar, contract, bid in rows}
    assert len({row[:2] for row in told}) == len(told)
    assert [row[0] for row in told] == sorted(row[0] for row in told)
    for contract in {row[1] for row in rows}:
        mine = {bar: bid for bar, each, bid in told if each == contract}
        state, heard = float("nan"), None
        for bar in range(last + 1):
            if (bar, contract) in own:
                state = own[bar, contract]
                assert bar in mine, "every row of the file is there"
            if bar in mine:
                assert np.array_equal(mine[bar], state, equal_nan=True)
                heard = bar
            if state == state and heard is not None:
                assert bar - heard < REPEAT_BARS
            elif heard is not None and (heard, contract) not in own:
                raise AssertionError("an unknown quote was repeated")
    standing_from = min((bar for bar, _, bid in rows if bid == bid), default=None)
    if rows and all(bid == bid for *_, bid in rows) and standing_from is not None:
        assert {row[0] for row in told} == set(range(standing_from, last + 1)), "each bar is there"


def test_nothing_is_repeated_after_the_sessions_end() -> None:
    assert [row[0] for row in repeated([(0, 0, 1.0), (12, 1, 2.0)], 7)] == [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        12,
    ]


def test_volumes_of_intervals_become_those_of_the_day() -> None:
    kind = record_type(("volume",), ticks=False)

    def rows(*given: tuple[int, int, float]) -> Records:
        return np.array(list(given), dtype=kind)

    volumes, nan = DayVolumes(), float("nan")
    first = rows((1, 0, 2.0), (1, 1, 5.0), (2, 0, 3.0), (2, 1, nan))
    second = rows((3, 1, 1.0), (3, 0, 1.0))
    volumes.add(1, first)
    volumes.add(1, second)
    assert first["volume"].tolist()[:3] == [2.0, 5.0, 5.0]
    assert np.isnan(first["volume"][3])
    assert second["volume"].tolist() == [6.0, 6.0]
    tomorrow = rows((4, 0, 4.0))
    volumes.add(2, tomorrow)
    assert tomorrow["volume"].tolist() == [4.0]


def test_rows_come_back_from_disk_by_time_and_a_large_file_moment_by_moment(
    tmp_path: Any, monkeypatch: Any
) -> None:
    from engine.brokers.imports import spill as module

    rows = [(bar, contract, float(bar)) for contract in range(3) for bar in (9, 1, 4, 2)]
    for at, most in enumerate((module._MOST_AT_ONCE, 40)):
        monkeypatch.setattr(module, "_MOST_AT_ONCE", most)
        folder = tmp_path / str(at)
        folder.mkdir()
        spill = Spill(folder, KIND)
        for part in (rows[:5], rows[5:]):
            spill.add(np.zeros(len(part), dtype=np.int64), records(part))
        slices = list(spill.slices(0))
        bars = [(each["ts"] - OPENS_MS) // BAR_MS for each in slices]
        assert all(a.max() < b.min() for a, b in pairwise(bars))
        back = sorted(map(str, np.concatenate(slices)))
        assert back == sorted(map(str, records(rows)))
        assert list(folder.iterdir()) == []
        assert len(slices) == (2 if most > 40 else 4)
