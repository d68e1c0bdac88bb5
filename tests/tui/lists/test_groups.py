"""Laws of groups: they are a partition of what passes, and their totals hide nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.snapshot import EngineSnapshot, TraderState, TraderView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.lists.choices import ListChoices
from tui.lists.declared import arranged, found, group_of, listed
from tui.lists.export import exported_rows
from tui.lists.groups import MOST_ABOVE, Group
from tui.lists.table import table
from tui.pane_numbers import TRADERS
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel import attention, trader_groups, traders
from tui.viewmodel.frame import Box
from tui.viewmodel.view import View

LIST = traders.LIST
BASE = desks.normal()
laws = settings(max_examples=25)
"""A desk of eighteen traders is large: few of them show what many small rows would."""

states = st.sampled_from([s for s in TraderState if s is not TraderState.UNKNOWN])


@st.composite
def desk(draw: st.DrawFn) -> EngineSnapshot:
    """Up to eighteen traders of four symbols, some legged, some unknown in part."""
    rows = []
    for n in range(draw(st.integers(0, 18))):
        hung = draw(st.booleans())
        tried = draw(st.integers(0, 900))
        rows.append(
            views.trader(
                draw(st.sampled_from(["SPY", "QQQ", "IWM", "X"])),
                views.NEAR + timedelta(days=n),
                draw(states),
                draw(st.integers(0, tried)),
                tried,
                net_contracts=draw(st.integers(-2, 3)) if hung else 0,
                open_c=draw(st.integers(0, 40_000)) if hung else 0,
                open_worst_c=draw(st.none() | st.integers(-90_000, 0)) if hung else 0,
                floor_c=draw(st.integers(-5_000, 90_000)),
                stage=draw(st.sampled_from(["H0", "H1", "H3", "H5", "H7"])) if hung else "",
                hung_s=views.NOW - n if hung else None,
                quoted_s=draw(st.none() | st.just(views.NOW - n)),
            )
        )
    return replace(BASE, traders=tuple(rows), alarms=())


names = st.sampled_from(["SPY", "QQQ", "IWM", "X", "GONE"])
choices = st.builds(
    ListChoices,
    filter=st.sampled_from(["", "spy", "!spy", "q", "hdg", "no such"]),
    find=st.sampled_from(["", "spy", "run"]),
    sort=st.sampled_from(["", *LIST.sorts]),
    inverted=st.booleans(),
    closed=st.sets(names, max_size=4),
)


def seen(snapshot: EngineSnapshot, chosen: ListChoices, grouped: bool = True) -> View:
    chosen = replace(chosen, grouped=grouped, closed=set(chosen.closed))
    return View(snapshot, ScreenState(lists={"traders": chosen}), UNICODE)


@laws
@given(desk(), choices)
def test_groups_are_a_partition_of_the_rows_that_pass(snapshot, chosen):
    view = seen(snapshot, chosen)
    shown, lines = arranged(LIST, view), listed(LIST, view)
    alone = arranged(LIST, seen(snapshot, chosen, grouped=False))
    made = shown.groups
    assert made is not None
    assert sorted(shown.keys) == sorted(alone.keys)
    assert shown.total == alone.total
    below = [t.key for group in made.groups for t in group.below]
    assert sorted(below + [t.key for t in made.above]) == sorted(alone.keys)
    members = [(t.key, group.name) for group in made.groups for t in group.rows]
    assert sorted(members) == sorted((t.key, t.symbol) for t in alone.rows)
    assert len({group.name for group in made.groups}) == len(made.groups)
    # What is closed is in no line of its own, and all else is in one.
    assert len(set(lines.keys)) == len(lines.keys) == len(lines.lines)
    rows = [line.key for line in lines.lines if isinstance(line, TraderView)]
    assert sorted(rows + [t.key for t in lines.folded]) == sorted(alone.keys)
    assert {t.symbol for t in lines.folded} <= chosen.closed
    heads = [line.name for line in lines.lines if isinstance(line, Group)]
    assert heads == [group.name for group in made.groups]


@laws
@given(desk(), choices)
def test_totals_are_sums_and_what_one_trader_does_not_know_the_group_does_not(snapshot, chosen):
    made = arranged(LIST, seen(snapshot, chosen)).groups
    assert made is not None
    for group in made.groups:
        t, rows = group.sums, group.rows
        assert t.traders == len(rows) == sum(number for _, number in t.states)
        for name in ("attempts", "fills", "completions", "filled_cycles", "net_contracts",
                     "floor_c", "open_c", "matched_c"):  # fmt: skip
            assert getattr(t, name) == sum(getattr(row, name) for row in rows), name
        assert (t.low is None) == (t.attempts == 0) == (t.high is None)
        if t.low is not None:
            assert t.low <= t.fills / t.attempts <= t.high
        worst = [row.open_worst_c for row in rows if row.open_worst_c is not None]
        assert t.open_worst_c == (sum(worst) if len(worst) == len(rows) else None)
        looks = [row.quoted_s for row in rows if row.quoted_s is not None]
        assert t.quoted_s == (min(looks) if len(looks) == len(rows) else None)
        assert t.stale == any(row.stale for row in rows)
        assert (t.hung_s is None) == all(row.hung_s is None for row in rows)
        assert group.urgent == sum(
            row.key in attention.urgent(seen(snapshot, chosen)) for row in rows
        )


@laws
@given(desk(), choices)
def test_within_a_group_rows_have_the_order_that_they_have_without_groups(snapshot, chosen):
    made = arranged(LIST, seen(snapshot, chosen)).groups
    alone = arranged(LIST, seen(snapshot, chosen, grouped=False)).keys
    assert made is not None
    for group in made.groups:
        keys = [t.key for t in group.rows]
        assert keys == [key for key in alone if key in keys]
        assert [t.key for t in group.below] == [key for key in keys if key not in
                                                {t.key for t in made.above}]  # fmt: skip


@laws
@given(desk(), choices)
def test_filtering_and_grouping_commute(snapshot, chosen):
    passing = arranged(LIST, seen(snapshot, chosen, grouped=False)).rows
    before = seen(replace(snapshot, traders=tuple(passing)), replace(chosen, filter=""))
    after = seen(snapshot, chosen)
    assert arranged(LIST, after).keys == arranged(LIST, before).keys
    assert listed(LIST, after).keys == listed(LIST, before).keys


@laws
@given(desk(), choices)
def test_groups_are_sorted_by_their_totals_where_the_column_has_any(snapshot, chosen):
    made = arranged(LIST, seen(snapshot, chosen)).groups
    assert made is not None
    by = LIST.sorted_by(chosen.sort)
    groups = list(made.groups)
    if by is not None and LIST.totals(chosen.sort):
        ranked = [(by(group.sums), group.name) for group in groups]
        assert ranked == sorted(ranked, reverse=chosen.inverted)
    else:  # each is where its first trader is
        alone = arranged(LIST, seen(snapshot, chosen, grouped=False)).keys
        firsts = [alone.index(group.rows[0].key) for group in groups]
        assert firsts == sorted(firsts)


@laws
@given(desk(), choices)
def test_what_can_cost_money_soonest_is_above_all_groups_while_the_list_sorts_itself(
    snapshot, chosen
):
    view = seen(snapshot, chosen)
    made, urgent = arranged(LIST, view).groups, attention.urgent(view)
    assert made is not None
    if chosen.sort or chosen.inverted:
        assert not made.above
        return
    alone = [key for key in arranged(LIST, seen(snapshot, chosen, False)).keys if key in urgent]
    assert [t.key for t in made.above] == alone[:MOST_ABOVE]


@laws
@given(desk(), choices, st.integers(3, 9))
def test_the_title_counts_every_urgent_trader_that_has_no_row_in_sight(snapshot, chosen, height):
    view = seen(snapshot, chosen)
    drawn = table(LIST, view, Box(78, height, False, False), height)
    urgent = attention.urgent(view)
    in_sight = sum(key in urgent for key in drawn.lines.keys[:height])
    passing = sum(t.key in urgent for t in drawn.shown.rows)
    folded = sum(t.key in urgent for t in drawn.lines.folded)
    assert passing - in_sight == sum(key in urgent for key in drawn.lines.keys[height:]) + folded


@laws
@given(desk(), choices, choices)
def test_the_cursor_stays_with_its_trader_or_goes_to_the_group_that_closed_over_it(
    snapshot, first, then
):
    view = seen(snapshot, replace(first, closed=set()))
    box = Box(78, 12, False, True)
    table(LIST, view, box, 12)
    view.state.move(3)
    key = view.state.selected(TRADERS)
    view.state.lists["traders"] = replace(then, grouped=True, closed=set(then.closed))
    table(LIST, view, box, 12)
    now = view.state.selected(TRADERS)
    if key in listed(LIST, view).keys:
        assert now == key
    elif (group := group_of(LIST, view, key)) is not None:
        assert now == group.key


@laws
@given(desk(), choices)
def test_search_and_export_reach_what_is_closed(snapshot, chosen):
    view = seen(snapshot, chosen)
    shown = arranged(LIST, view)
    words = chosen.find.upper()
    has = [n for n, t in enumerate(shown.rows) if words and words in LIST.text(t).upper()]
    assert found(LIST, view) == has
    assert [t.key for t in exported_rows(LIST, view)] == shown.keys


@laws
@given(desk(), choices, st.integers(30, 180))
def test_every_line_of_a_group_has_its_width_and_no_figure_loses_a_digit(snapshot, chosen, width):
    view = seen(snapshot, chosen)
    drawn = table(LIST, view, Box(width, 30, False, True), 30)
    for item, line in zip(drawn.lines.lines, drawn.body, strict=False):
        assert sum(len(text) for text, _ in line) == width - 1
        if isinstance(item, Group) and width > 60:
            text = "".join(text for text, _ in line)
            assert f" {len(item.rows)} " in text


def test_nothing_is_arranged_again_for_a_key_that_only_moves_the_cursor():
    view = seen(desks.troubled(), ListChoices(closed={"SPY"}))
    shown, lines = arranged(LIST, view), listed(LIST, view)
    view.state.follow(TRADERS, lines.keys, 5)
    view.state.move(1)
    assert arranged(LIST, view) is shown
    assert listed(LIST, view) is lines


def test_a_group_says_its_states_its_rate_and_what_is_open_in_one_row_and_in_words():
    view = seen(desks.troubled(), ListChoices(closed={"SPY"}))
    made = arranged(LIST, view).groups
    assert made is not None
    assert [t.symbol for t in made.above] == ["SPY", "QQQ"]
    spy = next(group for group in made.groups if group.name == "SPY")
    drawn = table(LIST, view, Box(80, 20, False, True), 20)
    row = "".join(text for text, _ in drawn.body[drawn.lines.keys.index(spy.key)])
    assert row.split() == [
        "+SPY", "2", "1!", "1HDG…", "38.4", "121/315", "33-44", "H3", "34s", "+2", "+58.50",
        "0.3", "-310.00",
    ]  # fmt: skip
    assert trader_groups.sentence(spy, view) == (
        "2 traders: 1 HDG, 1 RUN; 1 urgent, 1 of them above; fills 121/315; floor +58.50; "
        "open 2 contracts 310.00, at worst -310.00"
    )


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (12, "+SPY 12 1HDG 11RUN"),
        (130, "+SPY 130 13HDG 117RUN"),
        (1300, "+SPY 1,300 130HDG 1,170RUN"),
    ],
)
def test_a_group_of_many_traders_says_their_states_at_80_columns_too(number, told):
    rows = tuple(
        views.trader(
            "SPY",
            views.NEAR + timedelta(days=day),
            TraderState.RUN if day % 10 else TraderState.HEDGING,
            net_contracts=0,
        )
        for day in range(1, number + 1)
    )
    view = seen(desks.normal(traders=rows), ListChoices(closed={"SPY"}))
    drawn = table(LIST, view, Box(80, 20, False, True), 20)
    row = " ".join("".join(text for text, _ in drawn.body[0]).split())
    assert told in row, row
    assert len("".join(text for text, _ in drawn.body[0])) == 79


def test_contracts_too_many_on_either_side_do_not_cancel_out_of_sight():
    two = trader_groups.totals(
        [views.trader("SPY", net_contracts=2), views.trader("SPY", net_contracts=-2)]
    )
    view = seen(desks.normal(), ListChoices())
    assert trader_groups.net(two, view) == ("±4", "title")
    assert trader_groups.net(trader_groups.totals([views.trader("SPY")]), view) == ("0", "dim")


def test_a_group_names_the_states_of_its_urgent_traders_first():
    held = [
        views.trader("SPY", views.NEAR + timedelta(days=n), TraderState.HELD, 9, 90)
        for n in range(3)
    ]
    legged = views.trader(
        "SPY", views.NEAR + timedelta(days=9), TraderState.HEDGING, 9, 90,
        net_contracts=1, stage="H3", hung_s=views.NOW - 40,
    )  # fmt: skip
    view = seen(replace(BASE, traders=(*held, legged), alarms=()), ListChoices())
    group = group_of(LIST, view, legged.key)
    assert group is not None
    shown = text_of(trader_groups.label(group, view, 17)).split()
    assert shown == ["SPY", "4", "1!", f"1HDG{UNICODE.more}"]


def test_a_group_that_has_tried_a_hundred_thousand_times_shows_no_hashes():
    rows = tuple(
        views.trader(
            "SPY", views.NEAR + timedelta(days=n), TraderState.HEDGING, 4_321, 15_432,
            net_contracts=12, stage="H3", hung_s=views.NOW - 40,
        )
        for n in range(40)
    )  # fmt: skip
    view = seen(replace(BASE, traders=rows, alarms=()), ListChoices())
    for width in (80, 120, 200):
        made = table(LIST, view, Box(width, 40, True, True), 38)
        assert "#" not in "".join(map(text_of, made.body))


def test_traders_of_whom_nothing_has_filled_are_the_last_of_those_sorted_by_completion():
    rows = tuple(
        views.trader(symbol, views.NEAR, TraderState.RUN, fills, 90, completions=done,
                     filled_cycles=fills)
        for symbol, fills, done in (("A", 9, 9), ("B", 0, 0), ("C", 9, 4))
    )  # fmt: skip
    chosen = ListChoices(sort="completed")
    view = seen(replace(BASE, traders=rows, alarms=()), chosen, grouped=False)
    assert [t.symbol for t in arranged(LIST, view).rows] == ["C", "A", "B"]
