"""Trials on the screen: who is in one, where it stands, what it costs, how it is ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.snapshot import TrialNeeds
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts
from tui.state import ScreenState
from tui.text.glyphs import ASCII, UNICODE
from tui.text.lines import text_of
from tui.viewmodel import recommendations, trials
from tui.viewmodel.view import View

SIZES = [(80, 24), (120, 40), (200, 60)]


def everything(app) -> str:
    return "\n".join(texts(app, "chosen"))


@pytest.mark.parametrize("size", SIZES)
async def test_the_main_screen_marks_the_trader_that_is_in_a_trial(open_app, size):
    app, _ = open_app(desks.trying())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        rows = texts(app, "traders")
        assert "t:T3" in rows[0]
        assert [row for row in rows if "tWRK AAPL" in row]
        assert sum("tRUN" in row or "tWRK" in row for row in rows) == 1
        assert any("T3 352 pairs" in row for row in texts(app, "recommendations"))


async def test_the_detail_of_a_trader_in_a_trial_names_the_arm_of_its_next_attempt(open_app):
    app, _ = open_app(desks.trying())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("enter")
        assert any("T3 before is next" in row for row in texts(app, "body"))


@pytest.mark.parametrize("size", SIZES)
async def test_a_running_trial_tells_its_difference_cost_end_and_ledger(open_app, size):
    app, desk = open_app(desks.trying())
    async with app.run_test(size=size) as pilot:
        await pilot.press("e")
        shown = everything(app)
        for _ in range(6):
            await pilot.press("tab", "pagedown", "tab")
            shown += "\n" + everything(app)
        for words in (
            "TRIAL T3  running", "not in force in its next attempt", "352 of about 1,240",
            "+13.10 [-8.20,+34.40]", "15.80 $ earned so far", "harm at once", "X ends the trial",
            "LEDGER OF ADVICE", "promised +21.00", "1 of 2 trials kept",
        ):  # fmt: skip
            assert words in " ".join(shown.split()) or words in shown, words
        assert desk.asked == []
        await pilot.press("X")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.STOP_TRIAL, "T3")]


async def test_where_no_trial_runs_the_key_stops_nothing(open_app):
    app, desk = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e", "X")
        assert desk.asked == []
        assert "no trial runs" in texts(app, "status")[0]


async def test_the_card_says_before_the_key_what_a_trial_takes_and_why_not(open_app):
    base = desks.trying()
    long = TrialNeeds(9_000_000, 45, 1.0, "a verdict takes 9,000,000 attempts, 45 sessions")
    asked = tuple(replace(r, needs=long) if r.id == "R7" else r for r in base.recommendations)
    for snapshot, words in (
        (base, ("about 73,760 attempts, 9 sessions",)),
        (replace(base, recommendations=asked), ("not now", "45 sessions")),
    ):
        app, _ = open_app(snapshot)
        async with app.run_test(size=(200, 60)) as pilot:
            await pilot.press("e", "j")
            shown = " ".join(everything(app).replace("│", " ").split())
            assert all(word in shown for word in words)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("width", [40, 72, 100])
def test_the_course_narrows_about_zero_and_the_smallest_gain(glyphs, width):
    view = View(desks.trying(), ScreenState(), glyphs)
    trial = views.trial()
    *rows, scale = (text_of(line) for line in trials.course(trial, view, width))
    assert len(rows) == len(trial.points)
    zero = scale.index("0")
    drawn = [row[8:] for row in rows]
    widths = [len(row.strip()) for row in drawn]
    assert widths == sorted(widths, reverse=True)
    for point, row in zip(trial.points, rows, strict=True):
        assert row[zero] in (glyphs.axis, glyphs.here)
        assert row.startswith(f"{point.pairs:>7,}")
        assert (row.index(glyphs.here) > zero) == (point.effect > 0)
    assert all(len(row) <= width for row in (*rows, scale))


def test_what_excludes_nothing_yet_reaches_to_the_end_of_the_scale():
    view = View(desks.trying(), ScreenState(), UNICODE)
    point = replace(views.trial().points[0], low=None, high=None)
    (row, _) = trials.course(views.trial(points=(point,)), view, 60)
    assert len(text_of(row).rstrip()) == 59


def test_approved_and_not_in_force_is_said_of_blocks_and_sessions():
    for changes, words in (
        ({"waiting": True, "arms": ()}, "approved, not in force in this block"),
        ({"design": "block", "block": 4}, "approved, not in force in this block"),
        ({"arms": (("A", True), ("B", False))}, "next on 1 of 2 traders"),
        ({"end": "REVERTED", "arms": ()}, "the former value"),
    ):
        view = View(desks.trying(), ScreenState(), UNICODE)
        lines = trials.in_full(views.trial(**changes), view, 90)
        assert any(words in text_of(line) for line in lines), words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("kept", "the value after: it stays, until u takes it back"),
        ("undone", "the former value: it was taken back"),
        ("not kept", "the former value: it was not put in force"),
    ],
)
def test_what_a_trial_kept_is_in_force_until_it_is_taken_back(state: str, words: str):
    desk = desks.trying()
    (row,) = [r for r in desk.recommendations if r.state == "kept"]
    rest = tuple(r for r in desk.recommendations if r is not row)
    told = replace(desk, recommendations=(replace(row, state=state), *rest))
    (kept,) = [t for t in desk.trials if t.end == "KEPT"]
    lines = trials.in_full(kept, View(told, ScreenState(), UNICODE), 90)
    assert any(words in text_of(line) for line in lines)


def test_an_ended_trial_tells_what_it_measured_and_what_of_that_is_believed():
    ended = views.trial(end="KEPT", effect=190.53, shrunk=8.23, cost_usd=12.5)
    view = View(desks.trying(), ScreenState(), UNICODE)
    shown = " ".join(text_of(line) for line in trials.in_full(ended, view, 120))
    for words in (
        "352; a verdict was expected in about 1,240",
        "12.50 $ lost against the arm before",
        "measured +190.53, shrunk for having stopped +8.23",
    ):
        assert words in shown, words
    assert "so far" not in shown
    view = View(replace(desks.trying(), trials=(ended,)), ScreenState(), UNICODE)
    told = " ".join(text_of(line) for line in trials.ledger(view, 120))
    assert "measured +190.53, shrunk +8.23" in told


@pytest.mark.parametrize(
    ("setting", "before", "after", "told"),
    [
        ("rests", False, True, "trades → rests"),
        ("optimal_cancel_ms", 2500, 5000, "2,500 → 5,000 ms"),
        ("current_contracts", 3, 2, "3 → 2 lots"),
    ],
)
def test_a_change_is_told_in_words_and_counts(setting, before, after, told):
    desk = desks.normal()
    proposed = replace(desk.recommendations[0], setting=setting, before=before, after=after)
    assert recommendations.change(proposed, View(desk, ScreenState(), UNICODE)) == told


@pytest.mark.parametrize(("end", "label"), [("", "promised"), ("TIME UP", None)])
def test_what_was_promised_is_never_called_the_effect_once_it_is_tried(end, label):
    desk = desks.trying()
    tried = replace(desk.trials[0], end=end)
    view = View(replace(desk, trials=(tried,)), ScreenState(), UNICODE)
    recommendation = next(r for r in desk.recommendations if r.id == tried.recommendation)
    heads = [
        text_of(line).split()[:1] for line in recommendations.in_full(recommendation, view, 90)
    ]
    heads = heads[: heads.index(["TRIAL"])]
    assert ["effect"] not in heads
    assert (["promised"] in heads) is (label == "promised")
