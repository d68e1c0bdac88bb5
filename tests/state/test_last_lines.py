"""The last event lines: packed or not, they are the lines that were told."""

from __future__ import annotations

import pickle
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.snapshot import EventLine
from engine.state import last_lines
from engine.state.desk import DeskState
from engine.state.last_lines import LINES_A_BLOCK, UNPACKED, LastLines
from engine.state.totals import plain_values
from tests.support.retained import retained_bytes

CHARACTERS = st.characters(exclude_categories=())
TEXTS = st.one_of(
    st.text(st.sampled_from("ab\n\0é\ud83d\ude00😀"), max_size=5), st.text(CHARACTERS, max_size=8)
)
TOLD = st.lists(
    st.tuples(
        st.floats(allow_nan=False), st.one_of(st.sampled_from(["eng", "op"]), TEXTS), TEXTS, TEXTS
    ),
    max_size=60,
)
"""When, by whom, what; and what is looked for then."""


def small(patch: pytest.MonkeyPatch, unpacked: int, a_block: int, own: int) -> None:
    patch.setattr(last_lines, "OF_OPERATOR", own)
    patch.setattr(last_lines, "UNPACKED", unpacked)
    patch.setattr(last_lines, "LINES_A_BLOCK", a_block)


def many(count: int, most: int = 10_000) -> LastLines:
    """So many lines like those of a hundred traders."""
    lines, chance = LastLines(most), Random(5)
    at_s = 1_795_185_000.0
    for number in range(count):
        at_s += chance.randrange(1, 1_600) / 1000
        trader = f"S{chance.randrange(10):02d} 2026-{chance.randrange(2, 12):02d}-20"
        floor = chance.randrange(40)
        lines.tell(
            at_s, "eng",
            f"{trader} cycle {number // 90} COMPLETE after {chance.uniform(6, 22):.1f} s, "
            f"floor {floor + 0.28:+.2f} LOCK*, cash {floor + 3:+.2f}",
        )  # fmt: skip
    return lines


@given(
    told=TOLD,
    unpacked=st.integers(1, 5),
    a_block=st.integers(1, 6),
    more=st.integers(0, 20),
    own=st.integers(0, 9),
    data=st.data(),
)
def test_they_are_the_last_ones_that_were_told(told, unpacked, a_block, more, own, data):
    """And before them the operator's last ones, in their order and with their numbers."""
    with pytest.MonkeyPatch.context() as patch:
        small(patch, unpacked, a_block, own)
        most = unpacked + a_block + more
        lines, every, plain = LastLines(most), list[EventLine](), list[EventLine]()
        for number, (at_s, source, text, key) in enumerate(told, 1):
            lines.tell(at_s, source, text)
            every.append(EventLine(at_s, source, text, number))
            kept = [line for line in every if line.source == "op"][-own:] if own else []
            plain = [line for line in every if line in kept or line.number > number - most]
            some = data.draw(st.integers(0, 8))
            for sought in (key, text[1:], ""):
                found = (line for line in reversed(plain) if sought in line.text)
                assert lines.holding(sought, some) == tuple(islice(found, some))
        assert len(lines) == len(plain)
        for these in (lines, pickle.loads(pickle.dumps(lines))):
            assert [*these] == [*plain]
            assert [*reversed(these)] == [*reversed(plain)]
        where = data.draw(st.slices(len(plain)))
        assert lines[where] == tuple(plain)[where]
        for place in range(-len(plain), len(plain)):
            assert lines[place] == plain[place]
        for place in (len(plain), -len(plain) - 1):
            with pytest.raises(IndexError):
                lines[place]


def test_what_the_operator_did_outlasts_the_engines_lines_and_no_more_than_a_thousand_do():
    lines = LastLines(10_000)
    for number in range(40_000):
        own = number % 20 == 0
        lines.tell(float(number), "op" if own else "eng", f"{'halt' if own else 'cycle'} {number}")
    assert len(lines) == 10_000 + 500, "of the thousand 500 are among the last lines anyway"
    numbers = [line.number for line in lines]
    assert numbers == sorted(set(numbers)) and numbers[0] == 20_001
    assert {line.source for line in lines[:500]} == {"op"}
    assert lines.holding("halt 2", 5_000)[-1].text == "halt 20000"
    for number in range(20_000):
        lines.tell(float(number), "eng", "cycle")
    assert [line.source for line in lines[:1_001]] == ["op"] * 1_000 + ["eng"]


def test_a_packed_line_takes_fewer_than_24_bytes():
    few, lot = UNPACKED + LINES_A_BLOCK, UNPACKED + 9 * LINES_A_BLOCK
    more = retained_bytes(lambda: many(lot)) - retained_bytes(lambda: many(few))
    assert more / (lot - few) < 24


def test_lines_that_go_take_no_memory():
    most = UNPACKED + 2 * LINES_A_BLOCK
    full = retained_bytes(lambda: many(most, most))
    assert retained_bytes(lambda: many(3 * most, most)) - full < LINES_A_BLOCK * 24


def test_only_the_blocks_that_are_asked_for_are_unpacked():
    lines = many(5_000)
    oldest_first = [*lines]
    for number, block in enumerate(lines._blocks):
        if number != 7:
            block._texts = block._rest = b"not to be read"
    first = 7 * LINES_A_BLOCK
    assert lines[first : first + LINES_A_BLOCK] == tuple(oldest_first[first:][:LINES_A_BLOCK])
    assert lines[-UNPACKED:] == tuple(oldest_first[-UNPACKED:])
    assert [*islice(reversed(lines), UNPACKED)] == oldest_first[: -UNPACKED - 1 : -1]
    some = [line for line in reversed(oldest_first[-UNPACKED:]) if "S03" in line.text]
    assert lines.holding("S03", 20) == tuple(some[:20])


def test_a_key_is_sought_once_in_a_block():
    lines, none = many(5_000), ()
    found = lines.holding("S03 2026-07-20", 40)
    assert len(found) == 40 and lines.holding("S99", 40) == none
    for block in lines._blocks:
        block._texts = b"not to be read"
    lines.tell(1_795_199_000.0, "op", "pause S99 confirmed")
    assert [line.text for line in lines.holding("S99", 40)] == ["pause S99 confirmed"]


def test_a_copy_goes_on_alone():
    lines = many(2_000)
    copy: LastLines = pickle.loads(pickle.dumps(lines, pickle.HIGHEST_PROTOCOL))
    before = [*lines]
    copy.tell(1_795_199_000.0, "op", "halt")
    assert [*lines] == before and copy[-1].number == 2_001
    assert [*copy] == [*before, copy[-1]]


def test_states_are_equal_where_their_lines_are_whoever_looked_at_them():
    def state(odd: int) -> DeskState:
        made = DeskState()
        for number in range(UNPACKED + 2 * LINES_A_BLOCK):
            made.notices.line(number, "odd" if number == odd else f"line {number}")
        return made

    looked_at, packed, unpacked = state(-1), state(3), state(UNPACKED + 2 * LINES_A_BLOCK - 1)
    assert looked_at.notices.lines.holding("line 3", 5_000)
    copy: DeskState = pickle.loads(pickle.dumps(looked_at))
    assert plain_values(looked_at) == plain_values(state(-1)) == plain_values(copy)
    assert plain_values(packed) != plain_values(looked_at) != plain_values(unpacked)
