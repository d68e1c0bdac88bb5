"""The header's figures, each from the one number that it names: no screen is needed to read them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.snapshot import EngineSnapshot, TraderState
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel import alarms, header, header_figures, trader_groups
from tui.viewmodel.view import View

WIDE = 400


def view(snapshot: EngineSnapshot, **state: Any) -> View:
    return View(snapshot, ScreenState(**state), UNICODE)


def of_symbol(snapshot: EngineSnapshot, symbol: str) -> View:
    filtered = view(snapshot)
    filtered.state.choices("traders").filter_by(symbol)
    return filtered


def told(**totals: Any) -> EngineSnapshot:
    snapshot = desks.normal()
    return replace(snapshot, totals=replace(snapshot.totals, **totals))


def first(snapshot: EngineSnapshot, **state: Any) -> str:
    return text_of(header.first(view(snapshot, **state), WIDE))


def second(snapshot: EngineSnapshot, width: int = WIDE, **state: Any) -> str:
    return text_of(header_figures.second(view(snapshot, **state), width))


def test_debits_on_suspect_quotes_are_told_where_there_are_any() -> None:
    assert "Suspect 23" in second(told(suspect=23))
    assert "Suspect" not in second(told())


def test_what_contracts_sold_twice_can_lose_is_told_though_none_is_unhedged() -> None:
    unlimited = told(unhedged=0, unhedged_since_s=None, open_worst_c=None)
    assert "Unhedged 0, at worst -inf" in second(unlimited)
    assert "Unhedged 0, at worst -270" in second(told(unhedged=0, open_worst_c=-27_000))
    assert "at worst" not in second(told(unhedged=0, unhedged_since_s=None, open_worst_c=0))


def test_the_day_loss_of_a_past_is_at_least_what_had_ended_while_units_were_open() -> None:
    for unhedged, past, said in ((2, "r1", "≥1,700"), (0, "r1", "1,700"), (2, "", "1,700")):
        for limit_c, limit in ((1_800_000, "/18,000"), (0, "")):
            shown = told(unhedged=unhedged, day_loss_c=170_000, day_loss_limit_c=limit_c,
                         day_loss_exit_c=0)  # fmt: skip
            assert f"Day loss {said}{limit} " in second(replace(shown, past=past))


def test_each_figure_is_the_number_that_it_names() -> None:
    snapshot = told(
        floor_c=110_000,
        unhedged=2,
        unhedged_since_s=views.NOW - 65,
        open_worst_c=-120_000,
        net_premium_c=130_000,
        working=14,
        imbalance=15,
        imbalance_limit=160,
        day_loss_c=170_000,
        day_loss_limit_c=1_800_000,
        orders_today=19,
        fees_c=2_050,
        hung=21,
        orders_last_minute=22,
        orders_per_minute=540,
        quoted_s=views.NOW - 23,
    )
    assert second(snapshot).split("   ")[:14] == [
        " Floor +1,100",
        "Unhedged 2, at worst -1,200 65s",
        "Cash +1,300",
        "Working 14",
        "Imbalance 15/160",
        "Day loss 1,700/18,000",
        "Orders 19 no budget",
        "Oldest look 23s",
        "$/Ord +90.30",
        "$/TrH +158.86",
        "Broker 38ms",
        "Fees 20.50",
        "Hung 21",
        "Rate 22/540 per min",
    ]
    small = [text_of(line).strip() for line in header.too_small(view(snapshot), 60, 6)]
    assert "Unhedged 2 -1,200" in small
    thin = second(replace(snapshot, totals=replace(snapshot.totals, thin=True)))
    assert "   $/Ord +90.30 THIN   $/TrH +158.86 THIN   " in thin


@pytest.mark.parametrize(("loss_c", "style"), [(39_999, "value"), (40_000, "p2")])
def test_a_value_wants_attention_from_eighty_percent_of_its_limit_on(
    loss_c: int, style: str
) -> None:
    spans = header_figures.second(view(told(day_loss_c=loss_c, day_loss_limit_c=50_000)), WIDE)
    loss = next(at for at, (text, _) in enumerate(spans) if text.startswith("Day loss"))
    assert spans[loss + 1][1] == style
    narrow = second(told(day_loss_c=loss_c, day_loss_limit_c=50_000), 70)
    assert ("/500 " in narrow) is (style == "p2"), "a near limit is told where room is scarce too"


def test_a_limit_never_reads_larger_than_it_is() -> None:
    assert "Day loss 1/3,333 " in second(told(day_loss_c=33, day_loss_limit_c=333_333))


@pytest.mark.parametrize(
    ("loss_c", "shown", "style"),
    [
        (0, "0/1,666", "value"),
        (133_400, "1,334/1,666", "p2"),
        (166_700, "1,667/3,333", "p2"),
        (280_000, "2,800/3,333", "p2"),
    ],
)
def test_the_days_loss_is_told_of_the_limit_that_it_meets_next(
    loss_c: int, shown: str, style: str
) -> None:
    """At the first nothing is entered, at the second what is open is sold back."""
    snapshot = told(day_loss_c=loss_c, day_loss_exit_c=166_666, day_loss_limit_c=333_333)
    spans = header_figures.second(view(snapshot), WIDE)
    loss = next(at for at, (text, _) in enumerate(spans) if text.startswith("Day loss"))
    assert spans[loss + 1] == (shown, style)


@pytest.mark.parametrize("unknown", [0, 1])
def test_one_order_without_an_answer_is_told(unknown: int) -> None:
    assert ("UNKNOWN 1" in second(told(unknown=unknown))) is bool(unknown)


def test_a_symbols_money_is_the_sum_of_its_chains_and_of_no_other() -> None:
    chains = [b for b in desks.normal().balances if b.symbol == "SPY"]
    assert len(chains) > 1
    bought = replace(
        chains[0], floor_c=1_000, matched_c=90_000, open_c=31_000, net=2,
        unhedged_since_s=views.NOW - 5, open_worst_c=-31_000,
    )  # fmt: skip
    oversold = replace(
        chains[1], floor_c=20_000, matched_c=4_000, open_c=-6_000, net=-1,
        unhedged_since_s=views.NOW - 50, open_worst_c=-2_000,
    )  # fmt: skip
    rest = [replace(b, floor_c=0, matched_c=0, open_c=0) for b in chains[2:]]
    others = [b for b in desks.normal().balances if b.symbol != "SPY"]
    snapshot = replace(desks.normal(), balances=(bought, oversold, *rest, *others))
    money = header_figures.money_of(of_symbol(snapshot, "spy"))
    assert (money.symbol, money.floor_c, money.cash_c) == ("SPY", 21_000, 69_000)
    assert money.unhedged == 2, "contracts sold twice hedge no other unit"
    assert (money.since_s, money.worst_c) == (views.NOW - 50, -33_000)
    unlimited = replace(oversold, open_worst_c=None)
    snapshot = replace(snapshot, balances=(bought, unlimited, *rest, *others))
    assert header_figures.money_of(of_symbol(snapshot, "spy")).worst_c is None


def test_only_alarms_that_are_neither_cleared_nor_shelved_count_the_oldest_first() -> None:
    raised = tuple(
        views.alarm(number, priority, state)
        for number, (priority, state) in enumerate(
            [(2, "unacked"), (2, "acked"), (1, "acked"), (1, "shelved"), (3, "cleared")]
        )
    )
    snapshot = replace(desks.normal(), alarms=raised)
    assert alarms.alarm_counts(snapshot) == (1, 2, 0)
    assert [each.id for each in alarms.active_alarms(snapshot)] == ["A-2", "A-1", "A-0"]
    assert "P1 1  P2 2  P3 0" in first(snapshot)


def test_traders_that_look_work_or_complete_are_running_and_held_ones_are_not() -> None:
    states = (TraderState.RUN, TraderState.WORKING, TraderState.HEDGING, TraderState.HELD,
              TraderState.PAUSED, TraderState.PAUSED)  # fmt: skip
    traders = tuple(
        replace(trader, state=state)
        for trader, state in zip(desks.normal().traders, states, strict=False)
    )
    assert "RUN 3 of 6  paused 2  held 1" in first(replace(desks.normal(), traders=traders))


def test_the_age_of_the_oldest_stale_quotes_is_told_and_marked() -> None:
    traders = [replace(trader, stale=False) for trader in desks.normal().traders]
    for at, age_s in ((0, 7.0), (1, 31.0)):
        traders[at] = replace(traders[at], stale=True, quoted_s=views.NOW - age_s)
    assert "Quote 31s!" in second(replace(desks.normal(), traders=tuple(traders)))
    assert "Oldest look 0.4s" in second(desks.normal())
    assert "Quote 0.4s!" in second(desks.normal(), silent_s=1.5), "no snapshot came for a second"
    assert "Quote ?" in second(told(quoted_s=None))


def test_a_paused_trader_looks_at_no_quotes_and_is_not_told_as_idle_or_stale() -> None:
    traders = [replace(trader, stale=False) for trader in desks.normal().traders]
    traders[0] = replace(
        traders[0], stale=True, quoted_s=views.NOW - 9_000, state=TraderState.PAUSED
    )
    assert "Oldest look 0.4s" in second(replace(desks.normal(), traders=tuple(traders)))
    every = tuple(replace(trader, state=TraderState.PAUSED) for trader in traders)
    paused = second(replace(told(quoted_s=None), traders=every))
    assert "Look - " in paused


def test_a_difference_to_the_brokers_books_is_told_whenever_they_were_compared() -> None:
    differs = replace(desks.normal(), health=views.health(difference="SPY 2024-12-20"))
    assert "recon DIFFERENCE" in first(differs)
    assert "recon MATCH 12s" in first(desks.normal())
    again = replace(desks.normal(), health=views.health(unsure="SPY 2024-12-20"))
    assert "recon LOOKS AGAIN" in first(again)
    never = replace(desks.normal(), health=views.health(compared_s=None))
    assert "recon ?" in first(never)


def test_a_phase_that_is_over_has_nothing_left_and_a_budget_is_told_where_there_is_one() -> None:
    over = replace(desks.normal(), phase=views.phase(ends_s=views.NOW - 5))
    assert "MIDDAY in 0.0 " in first(over)
    bound = told(orders_today=841, order_budget=3510, order_budget_enforced=True)
    assert "Orders 841/3,510" in second(bound)


@pytest.mark.parametrize(
    ("orders", "ahead", "style"),
    [(100, False, "value"), (340, False, "value"), (100, True, "p2"), (351, False, "p2")],
)
def test_orders_ask_for_attention_ahead_of_their_release_and_not_for_the_time_of_day(
    orders: int, ahead: bool, style: str
) -> None:
    shown = told(
        orders_today=orders, order_budget=351, order_budget_enforced=True, orders_ahead=ahead
    )
    line = header_figures.second(view(shown), WIDE)
    assert [style_of for text, style_of in line if text.startswith(f"{orders}")] == [style]


def test_a_contract_sold_twice_hedges_no_other_unit_of_its_own_chain() -> None:
    both = [
        replace(b, net=0, oversold=1) if b.symbol == "SPY" else b for b in desks.normal().balances
    ]
    chains = sum(b.symbol == "SPY" for b in both)
    snapshot = replace(desks.normal(), balances=tuple(both))
    assert header_figures.money_of(of_symbol(snapshot, "spy")).unhedged == chains > 0
    rows = [replace(t, net_contracts=0, oversold=1) for t in snapshot.traders[:3]]
    sums = trader_groups.totals(rows)
    assert (sums.unhedged, sums.net_contracts, sums.legged) == (3, 0, True)
