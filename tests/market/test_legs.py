"""How a strike is spelt in names, ids and sentences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.market.legs import right_letter, strike_text, strikes_text
from tui.text import formats

THOUSANDTHS = st.integers(1, 10**9)
"""Up to strikes of a million dollars, as fine as listed contracts have them."""


@given(THOUSANDTHS, THOUSANDTHS)
def test_two_strikes_never_share_a_text_and_each_text_reads_as_its_strike(one, other):
    texts = strike_text(one / 1000), strike_text(other / 1000)
    assert (texts[0] == texts[1]) is (one == other)
    assert [float(text) for text in texts] == [one / 1000, other / 1000]


@given(st.integers(1, 999_999), st.sampled_from([1, 10, 100, 1000]))
def test_a_strike_of_six_digits_or_fewer_is_spelt_as_it_always_was(digits, scale):
    assert strike_text(digits / scale) == f"{digits / scale:g}"


@given(THOUSANDTHS, st.integers(1, 50))
def test_a_strike_computed_by_steps_is_the_strike_that_was_read(thousandths, steps):
    step = thousandths / 1000 / steps
    assert strike_text(sum([step] * steps)) == strike_text(thousandths / 1000)


@given(THOUSANDTHS)
def test_the_screen_spells_a_strike_as_the_engine_does(thousandths):
    assert formats.strike(thousandths / 1000) == strike_text(thousandths / 1000)


def test_a_vertical_is_its_two_strikes_in_the_order_given():
    assert strikes_text(12005.125, 12005.1) == "12005.125/12005.1"


def test_the_letter_of_a_right_is_one_object_however_the_right_is_spelled():
    for letter, spellings in (("C", ("call", "Call", "C", "c")), ("P", ("put", "PUT", "P", "p"))):
        found = [right_letter(spelling) for spelling in spellings]
        assert found == [letter] * len(found)
        assert len({id(each) for each in found}) == 1
