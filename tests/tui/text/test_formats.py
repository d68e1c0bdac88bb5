"""Figures as text keep every digit, mark what is unknown, and let nothing harmful through."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.lists.selection import Selection
from tui.output import in_ascii
from tui.state import ScreenState
from tui.text import bars, formats
from tui.text.glyphs import ASCII, UNICODE, allowed, choose_glyphs
from tui.text.lines import fit, text_of, width_of
from tui.viewmodel.phase import day_lines
from tui.viewmodel.view import View


@given(st.integers(-(10**9), 10**9))
def test_money_reads_back_as_the_same_cents(cents):
    text = formats.money(cents)
    assert round(float(text.replace(",", "")) * 100) == cents
    assert text.startswith(("+", "-")) == (cents != 0)


@given(st.integers(-(10**12), 10**12))
def test_thousands_have_commas_of_money_and_of_counts_alike(number):
    whole = f"{abs(number) // 100:,}"
    assert whole in formats.money(number)
    assert whole in formats.price(abs(number))
    assert f"{number:,}" == formats.count(number)
    assert formats.ratio(abs(number), abs(number) + 1) == f"{abs(number):,}/{abs(number) + 1:,}"
    assert f"{abs(number):,}" in formats.signed(number)
    assert formats.plural(number, "order").startswith(f"{number:,} order")
    for text in (formats.money(number), formats.dollars(number), formats.whole(number)):
        assert re.fullmatch(r"[+-]?\d{1,3}(,\d{3})*(\.\d\d)?", text), text


@given(st.integers(-(10**12), 10**12), st.integers(1, 16))
def test_where_room_is_scarce_commas_go_before_any_digit(number, width):
    text = formats.count(number)
    shown = formats.right(text, width)
    assert len(shown) == width
    if len(text) <= width:
        assert shown.strip() == text
    elif len(str(number)) <= width:
        assert shown.strip() == str(number)
    else:
        assert set(shown) == {"#"}


def test_memory_is_told_in_megabytes_and_gigabytes():
    assert [formats.size(n) for n in (None, 118_400_000, 999_000_000, 3_840_000_000)] == [
        "?", "118 MB", "999 MB", "3.8 GB",
    ]  # fmt: skip


@given(st.text(st.characters(codec="ascii", categories=["Nd"]), max_size=12), st.integers(1, 12))
def test_a_figure_is_whole_or_hashes(text, width):
    shown = formats.right(text, width)
    assert len(shown) == width
    assert shown.strip() == text or set(shown) == {"#"}


@given(st.text(max_size=60))
def test_outside_text_becomes_one_printable_cell_a_character(text):
    shown = formats.clean(text)
    assert len(shown) == len(text)
    assert shown.isprintable()
    assert "\x1b" not in shown


def test_long_outside_text_is_bounded():
    assert len(formats.clean("x" * 10_000)) == formats.MOST_OUTSIDE


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "?"),
        (0.04, "0.0"),
        (7.2, "7.2"),
        (9.96, "10"),
        (99.4, "99"),
        (420, "7m"),
        (10_800, "3h"),
    ],
)
def test_an_age_has_at_most_three_characters(seconds, shown):
    assert formats.age(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "?"), (-3, "0.0"), (4.1, "4.1"), (41.6, "0:41"), (2863, "47:43"), (3723, "1:02:03")],
)
def test_a_countdown_grows_with_what_is_left(seconds, shown):
    assert formats.countdown(seconds) == shown


def test_nothing_tried_is_unknown_and_not_zero_per_cent():
    assert formats.percent(0, 0) == formats.ratio(0, 0) == formats.interval(None, None) == "?"
    assert formats.percent(0, 5) == "0.0"
    assert formats.percent(5, 5) == "100"


def test_an_interval_is_never_shown_as_a_certainty() -> None:
    assert formats.interval(0.0, 0.0039) == "0-1"
    assert formats.interval(0.402, 0.404) == "40-41"
    assert formats.interval(0.334, 0.436) == "33-44"


def test_all_and_nothing_are_said_only_where_they_are_true():
    assert formats.percent(9_999, 10_000) == "99.9"
    assert formats.percent(1, 10_000) == "0.1"


def test_dates_of_the_engine_are_shown_as_traders_write_them_and_nothing_else_is_touched():
    assert formats.displayed("SPY 2026-12-04/3 held") == "SPY 04DEC26/3 held"
    assert formats.displayed("sim-2026-11-20-seed22") == "sim-2026-11-20-seed22"
    assert formats.displayed("2026-13-40 \x1b[31m") == "2026-13-40 ?[31m"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "H2 ?"), (0.4, "H2 0s"), (34.2, "H2 34s"), (840, "H2 14m")]
)
def test_a_rung_tells_stage_and_age_in_six_cells(seconds, shown):
    assert formats.rung("H2", seconds) == shown
    assert len(shown) <= 6


def test_exposure_is_never_rounded_down():
    assert formats.dollars(32_801) == "329"
    assert formats.dollars(None) == "?"


def test_clock_times_are_new_york_in_winter_and_summer():
    assert formats.clock(views.at(10, 42, 17.4)) == "10:42:17"
    assert formats.clock(1_720_000_000) == "05:46:40"
    assert formats.clock(views.at(9, 30, 0.25), 3) == "09:30:00.250"


def test_expirations_are_written_as_traders_write_them():
    assert formats.expiry(date(2025, 1, 17)) == "17JAN25"


@given(st.lists(st.integers(0, 10**6), max_size=20), st.integers(1, 15))
def test_a_sparkline_has_its_width_and_shows_zero_as_nothing(values, width):
    for glyphs in (UNICODE, ASCII):
        line = bars.sparkline(values, width, glyphs)
        assert len(line) == width
        shown = values[-width:]
        drawn = line[width - len(shown) :]
        assert all((cell == " ") == (value == 0) for cell, value in zip(drawn, shown, strict=True))


@given(st.integers(-20, 20), st.integers(1, 8))
def test_the_diverging_bar_leans_to_the_side_of_the_sign(net, half):
    text = text_of(bars.diverging(net, 5, half, UNICODE))
    left, right = text[:half], text[half + 1 :]
    assert len(text) == 2 * half + 1 and text[half] == UNICODE.axis
    assert (UNICODE.bar in right) == (net > 0)
    assert (UNICODE.bar in left) == (net < 0)


@given(st.floats(0, 1), st.integers(0, 80))
def test_a_share_bar_is_as_long_as_asked(fraction, width):
    assert width_of(bars.share(fraction, width, UNICODE)) == width


@pytest.mark.parametrize("hour", [4, 9.5, 10.7, 12, 15.9, 20])
@pytest.mark.parametrize("early", [False, True])
def test_the_day_is_drawn_to_scale_at_any_hour(hour, early):
    now_s = views.at(0) + 3600 * hour
    phase = views.phase(early=early, closes_s=views.at(13 if early else 16))
    lines = day_lines(phase, now_s, 40, View(desks.normal(), ScreenState(), UNICODE))
    assert [width_of(line) for line in lines] == [40, 40, 40]
    inside = 9.5 <= hour < (13 if early else 16)
    assert (UNICODE.here in text_of(lines[1])) == inside


def test_a_closed_day_says_why():
    phase = views.phase(opens_s=None, closes_s=None, reason="Thanksgiving")
    lines = day_lines(phase, views.NOW, 40, View(desks.normal(), ScreenState(), UNICODE))
    assert text_of(lines[0]) == "Thanksgiving"


@given(st.lists(st.tuples(st.text(max_size=9), st.just("text")), max_size=6), st.integers(0, 30))
def test_a_fitted_line_has_its_width(spans, width):
    assert width_of(fit(tuple(spans), width)) == width


def test_glyphs_are_narrow_and_have_an_ascii_twin():
    from unicodedata import east_asian_width

    assert all(east_asian_width(g) not in "WF" for g in allowed(UNICODE))
    assert allowed(ASCII) == frozenset()
    assert len(UNICODE.spark) == len(ASCII.spark)
    assert in_ascii("×1 → …") == "x1 > ~"


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, UNICODE),
        ({"LANG": "en_US.UTF-8"}, UNICODE),
        ({"LANG": "C"}, ASCII),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, ASCII),
        ({"LEGDESK_ASCII": "1"}, ASCII),
        ({"LEGDESK_ASCII": "0"}, UNICODE),
        ({"TERM": "linux"}, ASCII),
    ],
)
def test_the_glyph_set_follows_the_terminal(environment, wanted):
    assert choose_glyphs(environment) is wanted


@given(st.lists(st.integers(0, 30).map(str), unique=True, min_size=1), st.data())
def test_the_cursor_stays_on_its_key_and_in_view(keys, data):
    selection = Selection(key=data.draw(st.sampled_from(keys)))
    chosen = selection.key
    height = data.draw(st.integers(1, 12))
    for _ in range(4):
        keys = data.draw(st.permutations(keys))
        at = selection.follow(keys, height)
        assert keys[at] == selection.key == chosen
        assert selection.top <= at < selection.top + height


@given(st.integers(0, 999_000_000), st.integers(0, 999_000_000), st.integers(9, 12))
def test_fills_of_attempts_are_never_hashes_and_exact_where_they_fit(first, second, room):
    k, n = min(first, second), max(first, second, 1)
    text = formats.ratio(k, n, room)
    shown = formats.right(text, room).strip()
    assert "#" not in shown
    if len(f"{k}/{n}") <= room:
        assert shown.replace(",", "") == f"{k}/{n}"
    else:
        told = [_number(part) for part in shown.split("/")]
        assert told[0] == pytest.approx(k, rel=0.06, abs=0.5)
        assert told[1] == pytest.approx(n, rel=0.06)


@given(st.integers(0, 999_000_000))
def test_a_count_is_told_in_thousands_only_where_its_digits_do_not_fit(number):
    shown = formats.right(formats.count_in(number, 4), 4).strip()
    assert "#" not in shown
    if number < 10_000:
        assert shown.replace(",", "") == str(number)
    else:
        assert _number(shown) == pytest.approx(number, rel=0.06)


def _number(text):
    return float(text.rstrip("kM")) * {"k": 1_000, "M": 1_000_000}.get(text[-1], 1)


@given(st.integers(-(10**6), 10**6), st.integers(3, 6))
def test_a_number_with_its_sign_is_whole_or_says_what_it_is_beyond(number, room):
    shown = formats.right(formats.signed_in(number, room), room).strip().replace(",", "")
    assert "#" not in shown
    if len(f"{number:+}") <= room or not number:
        assert int(shown) == number
    else:
        assert (shown[0] == ">" and number > int(shown[1:])) or (
            shown[0] == "<" and number < int(shown[1:])
        )


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "0 %"), (0.0001, "<0.1 %"), (0.004, "0.4 %"), (0.0099, "1 %"), (0.126, "13 %")],
)
def test_a_small_share_is_not_told_as_none(share, told):
    assert formats.part(share) == told
