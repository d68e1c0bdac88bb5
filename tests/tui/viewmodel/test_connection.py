"""The connection's checklist: ok, warn, fail or unknown, with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.snapshot import AlarmView, EngineState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of, width_of
from tui.viewmodel import connection, header, header_figures
from tui.viewmodel.view import View


def view(mode: str = "LIVE", **changes: Any) -> View:
    found = replace(desks.live(), mode=mode, connection=views.connection(**changes))
    return View(found, ScreenState(), UNICODE)


def verdicts(shown: View) -> dict[str, str]:
    return {check.name: check.verdict for check in connection.checks(shown)}


def test_what_first_orders_still_lack_is_told_attempts_and_pairs() -> None:
    shown = view(first_contracts=1, first_of=20, first_well=23, first_pairs_of=5, first_pairs=2)
    (arming,) = [check.text for check in connection.checks(shown) if check.name == "arming"]
    assert arming == (
        "armed; orders of 1 until 20 have ended well, 5 with a pair; 23 have, 2 with one"
    )


def test_a_connection_that_is_well_is_ok_point_by_point() -> None:
    assert set(verdicts(view()).values()) == {"ok"}


@pytest.mark.parametrize(
    ("name", "verdict", "changes"),
    [
        ("link", "fail", {"connected": False}),
        ("link", "warn", {"data_up": False}),
        ("events", "warn", {"events_up": False, "events_down_s": 90.0}),
        ("keys", "?", {"orders_up": None}),
        ("keys", "fail", {"orders_up": True, "troubles": ("KEYS_REFUSED log in again",)}),
        ("account", "fail", {"blocked": ("trading_blocked",)}),
        ("level", "fail", {"level": 2}),
        ("level", "?", {"level": None}),
        ("feed", "fail", {"feed_quality": "delayed"}),
        ("feed", "fail", {"feed_quality": "refused", "data_up": False}),
        ("clock", "warn", {"clock_ahead_s": 0.5}),
        ("clock", "fail", {"clock_ahead_s": -1.2}),
        ("clock", "?", {"clock_ahead_s": None}),
        ("positions", "fail", {"difference": "SPY"}),
        ("positions", "?", {"compared_s": None}),
        ("positions", "warn", {"unsure": "SPY"}),
        ("baseline", "fail", {"baseline": "SPY +2", "difference": "SPY +2"}),
        ("fees", "warn", {"fees_differ": "SPY"}),
        ("calls", "warn", {"calls_left": 29}),
        ("power", "warn", {"left_c": 100, "next_c": 200}),
        ("power", "fail", {"left_c": None}),
        ("arming", "warn", {"unarmed": True}),
    ],
)
def test_each_point_has_its_verdict_and_what_to_do(
    name: str, verdict: str, changes: dict[str, Any]
) -> None:
    shown = view(**changes)
    expected = dict.fromkeys(verdicts(view()), "ok") | {name: verdict}
    if not connection.is_up(shown.snapshot.connection):
        expected["power"] = "warn"
    assert verdicts(shown) == expected
    check = next(each for each in connection.checks(shown) if each.name == name)
    assert check.text and (check.remedy or verdict == "?")


@pytest.mark.parametrize("heard_s", [None, views.NOW - 7.0])
def test_what_nobody_tells_any_more_is_not_called_well(heard_s: float | None) -> None:
    """A gateway that is connected and silent: its link was ok, and so was all that it had told."""
    shown = view(
        gone="silent for 7 s", heard_s=heard_s, orders_up=None, clock_ahead_s=None, calls_left=None
    )
    found = {each.name: each for each in connection.checks(shown)}
    assert found["link"].verdict == "fail" and "silent for 7 s" in found["link"].text
    for name in ("keys", "feed", "clock", "calls"):
        assert found[name].verdict == "?"
    assert found["feed"].text.endswith("as it was told before")
    assert {found[name].text for name in ("clock", "calls")} == {"nobody tells it now"}


def test_paper_takes_any_feed_with_a_warning_and_is_never_armed() -> None:
    assert verdicts(view("PAPER", feed_quality="delayed"))["feed"] == "warn"
    assert "arming" not in verdicts(view("PAPER", unarmed=True))


@pytest.mark.parametrize("width", [60, 76, 116, 196])
def test_no_line_is_wider_than_its_page(width: int) -> None:
    for made in (desks.paper, desks.first_start, desks.unarmed):
        shown = View(made(), ScreenState(), UNICODE)
        assert all(width_of(line) <= width for line in connection.lines(shown, width))


@pytest.mark.parametrize("width", [80, 120, 160, 200])
def test_the_header_marks_a_feed_that_is_not_live_and_shows_the_accounts_tail(width: int) -> None:
    shown = View(desks.paper(), ScreenState(), UNICODE)
    line = header.first(shown, width)
    assert "…4821" in text_of(line) and "main" not in text_of(line)
    assert any("!" in text and style == "p2" for text, style in line)
    assert width_of(line) == width
    calm = header.first(view("PAPER"), width)
    assert not any("!" in text for text, _ in calm)


WIDTHS = (80, 120, 160, 200)
WRONG: dict[str, dict[str, Any]] = {
    "Link DOWN": {"orders_up": False},
    "Calls 10/200": {"calls_left": 10},
    "Clock -1.6s": {"clock_ahead_s": -1.6},
    "Power 310": {"left_c": 31_000},
}
"""What rings of a connection, and what it is made of."""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("figure", WRONG)
def test_what_rings_of_the_connection_is_in_the_header_at_every_width(
    figure: str, width: int
) -> None:
    line = header_figures.second(view("PAPER", **WRONG[figure]), width)
    text = text_of(line)
    assert figure in text and len(text) == width
    style = "p1" if figure == "Link DOWN" else "p2"
    assert (figure.split()[1], style) in line
    for word in ("Floor +93", "Unh", "Cash", "Wrk 1" if width < 150 else "Working 1", "/500"):
        assert word in text, "what is dim gives way, no money and no limit"
    assert figure not in text_of(header_figures.second(view("PAPER"), width))


@pytest.mark.parametrize("width", WIDTHS)
def test_all_that_rings_at_once_comes_before_all_that_does_not(width: int) -> None:
    changes = {name: value for each in WRONG.values() for name, value in each.items()}
    shown = view("PAPER", **changes)
    full = replace(shown.snapshot.totals, day_loss_c=41_000, unknown=2, unhedged=2)
    shown = replace(shown, snapshot=replace(shown.snapshot, totals=full))
    text = text_of(header_figures.second(shown, width))
    for figure in ("Floor", "Link DOWN", "UNKNOWN 2", "410/500"):
        assert figure in text
    assert ("Next" in text) <= all(figure in text for figure in WRONG)
    assert text.index("Unh") < text.index("Link DOWN") < text.index("UNKNOWN")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_feed_has_its_name_in_the_header_and_an_unarmed_account_its_word(width: int) -> None:
    indicative = {"feed": "indicative", "feed_quality": "indicative"}
    line = header.first(view("PAPER", **indicative), width)
    assert (" indicative!", "p2") in line
    assert " opra" in text_of(header.first(view("PAPER"), width))
    unarmed = header.first(view("LIVE", unarmed=True), width)
    assert (" UNARMED", "p2") in unarmed and width_of(unarmed) == width
    assert "UNARMED" not in text_of(header.first(view("LIVE"), width))


def test_the_header_has_link_power_calls_and_a_clock_that_is_off() -> None:
    text = text_of(header_figures.second(View(desks.paper(), ScreenState(), UNICODE), 240))
    for figure in ("Link 0.4s", "Power 310", "Next 502", "Calls 22/200", "Clock -0.6s"):
        assert figure in text
    assert "Clock" not in text_of(header_figures.second(view(), 240))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("mode", ["LIVE", "PAPER"])
def test_capital_and_buying_power_are_in_the_header_at_every_width(mode: str, width: int) -> None:
    shown = view(mode, equity_c=25_000_000)
    assert " …1902 $250,000 opra " in text_of(header.first(shown, width))
    text = text_of(header_figures.second(shown, width))
    assert "Power 17,900" in text and ("0/500" in text) == (width > 80)
    unknown = view(mode, equity_c=None, left_c=None)
    assert " $? " in text_of(header.first(unknown, width))
    assert "Power ?" in text_of(header_figures.second(unknown, width))
    simulated = View(desks.normal(), ScreenState(), UNICODE)
    assert "$" not in text_of(header.first(simulated, width))
    assert "Power" not in text_of(header_figures.second(simulated, width))


def test_what_the_account_is_worth_gives_way_to_what_a_person_has_to_know() -> None:
    shown = view("LIVE", unarmed=True, feed="indicative", feed_quality="indicative")
    text = text_of(header.first(shown, 80))
    assert "UNARMED" in text and "$" not in text and "ALM 0/0/0" in text


def test_the_page_has_the_whole_of_what_a_gateway_says() -> None:
    said = "FOREIGN_FILL " + " ".join(f"word{number}" for number in range(40))
    shown = " ".join(text_of(line) for line in connection.lines(view(troubles=(said,)), 76))
    assert " ".join(shown.split()).endswith(said)


def test_books_that_are_compared_no_more_are_not_called_equal() -> None:
    well = view()
    alarm = AlarmView("1", 2, "NOT_COMPARED", "desk", "", "", "", "unacked", 0.0, ())
    for state, verdict in (("unacked", "warn"), ("cleared", "ok")):
        alarms = (replace(alarm, state=state),)
        shown = View(replace(well.snapshot, alarms=alarms), ScreenState(), UNICODE)
        (check,) = (each for each in connection.checks(shown) if each.name == "positions")
        assert check.verdict == verdict
        assert check.text.startswith("not compared now") == (verdict == "warn")


def point(name: str, **changes: Any) -> connection.Check:
    return next(each for each in connection.checks(view(**changes)) if each.name == name)


@pytest.mark.parametrize(
    ("changes", "text", "remedy"),
    [
        (
            {"orders_up": False, "orders_why": "it answers 503", "orders_s": views.NOW - 90.0},
            "no orders get through: it answers 503; they did 90s ago",
            "wait; see the broker's status page",
        ),
        (
            {"data_up": False, "data_why": "no answer in time", "data_s": views.NOW - 7.0},
            "no quotes get through: no answer in time; they did 7.0s ago",
            "check the network",
        ),
        ({"orders_up": False}, "no orders get through; they did 0.4s ago", "check the network"),
    ],
)
def test_a_link_that_is_cut_says_which_why_and_since_when(
    changes: dict[str, Any], text: str, remedy: str
) -> None:
    """The other host answers all the time, and its age says nothing of this one."""
    told = point("link", **changes)
    assert (told.text, told.remedy) == (text, remedy)


def test_refused_keys_are_no_broken_link_and_a_broken_link_says_nothing_of_keys() -> None:
    refused = {"orders_up": False, "troubles": ("KEYS_REFUSED log in",)}
    assert point("link", **refused).verdict == "ok"
    assert point("keys", **refused).remedy.startswith("legdesk login")
    assert point("keys", orders_up=False).verdict == "?"


def test_order_events_that_do_not_come_are_told_with_their_reason() -> None:
    told = point("events", events_up=False, events_down_s=90.0, events_why="unauthorized")
    assert told.text == "no order events for 90s: unauthorized; orders are asked for"
    assert point("events", events_up=True).verdict == "ok"
    assert "events" not in verdicts(view(events_up=None))


DOWN: dict[str, dict[str, Any]] = {
    "connection": {"connected": False},
    "account": {"gone": "its gateway has ended"},
    "orders": {"orders_up": False},
    "an answer of long ago": {"power_s": views.NOW - 40.0},
}


@pytest.mark.parametrize("changes", DOWN.values(), ids=DOWN)
def test_what_an_account_was_worth_before_the_link_went_is_marked(changes: dict[str, Any]) -> None:
    shown = view("PAPER", **changes)
    assert "$25,000!" in text_of(header.first(shown, 200))
    assert "Power 17,900!" in text_of(header_figures.second(shown, 200))
    power = next(each for each in connection.checks(shown) if each.name == "power")
    assert power.verdict == "warn" and "as it was told" in power.text
    well = view("PAPER")
    assert "$25,000 " in text_of(header.first(well, 200))


@pytest.mark.parametrize("phase", ["MORNING", "AFTER_HOURS", "CLOSE_AUCTION"])
@pytest.mark.parametrize("state", [EngineState.RUN, EngineState.DRAINING, EngineState.EXIT_ONLY])
@pytest.mark.parametrize("quality", ["live", "simulated", "indicative"])
def test_an_account_tells_its_worth_at_80_columns(
    quality: str, state: EngineState, phase: str
) -> None:
    shown = view("PAPER", feed=quality, feed_quality=quality)
    at = views.phase(name=phase, ends_s=views.NOW + 582)
    shown = replace(shown, snapshot=replace(shown.snapshot, phase=at, state=state))
    made = (header.first(shown, 80), header_figures.second(shown, 80))
    lines = [text_of(line).replace(",", "") for line in made]
    assert ["$25000 " in f"{line} " for line in lines].count(True) == 1
    assert "ALM 0/0/0" in lines[0] and "Power 17900" in lines[1]
    assert all(width_of(line) == 80 for line in made)
