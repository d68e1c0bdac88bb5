"""Pages need nothing else, every plot is sound, and what made a figure stands beside it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.orders import events as ev
from engine.report import figures
from engine.report.plots.curves import Curve, curves_plot
from engine.report.plots.scale import Scale
from engine.report.session import session_report
from engine.report.session_page import session_page
from engine.report.span import span_report
from engine.report.span_page import span_page
from engine.state.desk import DeskState
from tests.support.hand_written_runs import day
from tests.support.sessions import began, report, state_of, told

FIGURES = st.floats(-1e9, 1e9).map(lambda each: round(each, 2))


def plots_of(page: str) -> list[ElementTree.Element]:
    pieces = [part.partition("</svg>")[0] for part in page.split("<svg")[1:]]
    return [ElementTree.fromstring(f"<svg{piece}</svg>") for piece in pieces]


def busy() -> str:
    state = DeskState()
    story = day(9, 300)
    story.add(ev.GatesLookedAt(story.later(1), {"OPEN": 30, "NO_PAIR": 10}))
    story.add(ev.AlarmRaised(story.later(1), "A1", 1, "HUNG", "SYM0", "unhedged", "c", "r"))
    for event in story.events:
        state.apply(event)
    return session_page(session_report(state))


@pytest.mark.parametrize(
    "page",
    [
        busy(),
        span_page(span_report("2024-11-22", "2024-11-25", [report(), report("2024-11-25")])),
    ],
    ids=["session", "range"],
)
def test_a_page_stands_alone_and_names_what_filled_its_orders_beside_every_figure(page: str):
    for outside in ("http", "<script", "src=", "@import", "url("):
        assert outside not in page, outside
    assert "prefers-color-scheme: dark" in page
    titles = re.findall(r"<h3>.*?</h3>", page)
    assert len(titles) > 8
    assert all('<span class="note">fill model assumed</span>' in title for title in titles)
    plots = plots_of(page)
    assert len(plots) >= 6
    for plot in plots:
        width, height = map(float, (plot.get("viewBox") or "").split()[2:])
        for mark in plot.iter():
            for name, most in (("x1", width), ("x2", width), ("y1", height), ("y2", height)):
                assert 0 <= float(mark.get(name, "0")) <= most
            assert float(mark.get("width", "0")) >= 0


def test_a_session_in_which_nothing_happened_has_no_plot_and_says_so():
    page = session_page(session_report(DeskState()))
    assert "<svg" not in page
    for sentence in (
        "no cycle has finished",
        "no attempt yet",
        "no attempt filled at a known time",
        "not recorded: no look at the gates is in the journal",
        "no order was sent",
        "none was raised",
    ):
        assert sentence in page
    assert "nan" not in page.lower().replace("nant", "")


def test_texts_from_outside_are_never_markup():
    page = session_page(report(account="<b>&", source="<i>", fill_model="<u>"))
    for markup in ("<b>&", "<i>", "<u>"):
        assert markup not in page
    assert "&lt;b&gt;&amp;" in page and "fill model &lt;u&gt;" in page


def test_a_mixed_session_names_both_models_beside_every_figure():
    story = told()
    story.add(began("2024-11-22", at_ms=story.later(1000), fill_model="crossing"))
    page = session_page(session_report(state_of(story)))
    assert "Figures of this session are mixed" in page
    assert page.count("fill model assumed and fill model crossing") >= page.count("<h3>")


def heights(page: str) -> list[float]:
    """Where the only curve of a page goes to: pixels from above."""
    (path,) = re.findall(r'<path d="([^"]*)"', page)
    return [float(each) for each in re.findall(r"[MV][\d.]* ?([\d.]+)", path)]


def test_the_curve_of_dollars_is_their_running_sum_and_ends_with_the_sum():
    stretches = [(0, 50_000), (300_000, -20_000), (900_000, 70_000)]
    page = "".join(figures.results_over_day(stretches, 300, "m"))
    scale = Scale.around([0, 500, 300, 1000], 260 - 44, 12)
    assert heights(page.replace("V", "V ")) == [scale.at(each) for each in (0, 500, 300, 1000)]


def test_orders_are_drawn_against_the_budget_where_it_is_near_and_told_where_it_is_far():
    near = "".join(figures.orders_over_day([(0, 300)], 300, 351, True, "m"))
    assert 'class="limit"' in near and "300 of 351 orders" in near and "enforced." in near
    far = "".join(figures.orders_over_day([(0, 300)], 300, 35_100, False, "m"))
    assert 'class="limit"' not in far and "300 of 35,100 orders" in far
    assert "not enforced here" in far
    unknown = "".join(figures.orders_over_day([(0, 300)], 300, None, False, "m"))
    assert "on a month's average" not in unknown


def test_the_curve_of_fills_ends_where_hardly_an_attempt_is_still_at_work():
    """A fill in the race with a cancel would lift the curve to all, of a handful of attempts."""
    fills = ((0.5, 20), (1.0, 20), (2.52, 3))
    page = "".join(figures.time_to_fill(fills, ((2.5, 157),), "m"))
    (plot,) = plots_of(page)
    ticks = [mark.text for mark in plot.iter("text")]
    assert "20" in ticks and "100" not in ticks
    assert "Kaplan-Meier of 200 timed attempts, 157 of them cancelled" in page
    assert "THIN" not in page
    assert "THIN" in "".join(figures.time_to_fill(((0.5, 2),), ((2.5, 9),), "m"))


def test_thin_hours_are_called_thin_beside_their_interval():
    page = "".join(figures.fills_by_hour(report(credits_c=(160,)).hours, "m"))
    assert "1 of 1 THIN" in page


@settings(max_examples=30)
@given(st.lists(FIGURES, min_size=1, max_size=8))
def test_a_scale_holds_every_figure_on_few_round_ticks(values: list[float]):
    scale = Scale.around(values, 200, 10)
    assert all(scale.low - 1e-6 <= each <= scale.high + 1e-6 for each in [0, *values])
    assert 2 <= len(scale.ticks()) <= 9
    assert all(10 - 0.1 <= scale.at(each) <= 200 + 0.1 for each in values)


def test_several_curves_have_names_and_one_needs_none():
    one = Curve("a", [(0.0, 1.0), (1.0, 2.0)])
    assert 'class="key"' not in curves_plot([one], "x", "y")
    two = curves_plot([one, Curve("b", [(0.0, 3.0)], steps=False)], "x", "y")
    assert two.count('class="key"') == 2
