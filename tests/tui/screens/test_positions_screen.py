"""POSITIONS: what is held, one row a pair or a contract, and one in full."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from textual_plotext import PlotextPlot

from engine.commands import Ask
from engine.snapshot import ListPage
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.held_positions import held, leg, positions, with_positions
from tests.support.screen_text import front, texts, whole
from tui.app import DeskApp
from tui.pane_numbers import PAIRS
from tui.widgets.lines_widget import LinesWidget

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_row_tells_what_a_pair_is_worth_at_filled_prices(open_app, size):
    app, _ = open_app(with_positions())
    async with app.run_test(size=size) as pilot:
        await pilot.press("i")
        assert app.place == "positions"
        rows = texts(app, "held")
        assert "PAIRS HELD 10" in rows[0]
        assert "44 settled, realised +22.14" in rows[0]
        aapl = next(r for r in rows if "AAPL" in r)
        for words in ("27NOV24", "230/232.5/235C", "+14.00", "+11.28", "LOCK*", "-45.00!"):
            assert words in aapl
        tsla = next(r for r in rows if "TSLA" in r)
        assert "345/350C" in tsla and "RISK" in tsla
        assert tsla.rstrip(" │").endswith("?") or " ? " in tsla


@pytest.mark.parametrize("size", SIZES)
async def test_the_underlyings_price_is_whole_beside_a_pair_that_is_sold_in_part(open_app, size):
    pair = held(19, kind="long broken-wing butterfly", contracts=12, sold=10)
    holding = replace(positions(pairs=(pair,)), chosen=pair.key, underlying=595.31)
    app, _ = open_app(replace(with_positions(), positions=holding))
    async with app.run_test(size=size) as pilot:
        await pilot.press("i")
        shown = " ".join(" ".join(texts(app, "chosen")).split())
        assert "sold against it 10" in shown
        assert "at 595.31" in shown


@pytest.mark.parametrize("size", SIZES)
async def test_a_short_leg_in_the_money_tells_the_time_value_that_is_left(open_app, size):
    legs = (
        leg(1, 590.0, 9.1, 9.3),
        replace(leg(-1, 585.0, 9.2, 9.4), inside=6.2, time_value=3.1),
        replace(leg(-1, 580.0, None), inside=11.2),
        replace(leg(-1, 600.0), inside=0.0, time_value=3.15),
    )
    pair = held(19, legs=legs)
    app, _ = open_app(replace(with_positions(), positions=positions(pairs=(pair,))))
    async with app.run_test(size=size) as pilot:
        await pilot.press("i")
        shown = " ".join(" ".join(texts(app, "chosen")).split())
        assert "9.20/9.40 buy to close ITM 6.20, time 3.10" in shown
        assert "? buy to close ITM 11.20, time ?" in shown
        assert shown.count("ITM") == 2


async def test_the_chosen_pair_tells_its_risk_in_dollars_its_legs_and_what_ends_each(open_app):
    app, _ = open_app(with_positions())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        shown = " ".join(" ".join(texts(app, "chosen")).split())
        assert "+11.28 LOCK* only early assignment or a dividend can lose" in shown
        assert "assigned -100 shares" in shown
        assert "+1 590C 9.10/9.30 sell to close" in shown
        assert "-1 600C 3.10/3.20 buy to close" in shown
        assert "SPY -100" in shown
        assert "1 not ours, never touched: TWS-77 0/3" in shown
        await pilot.press("j")
        shown = " ".join(" ".join(texts(app, "chosen")).split())
        assert "bought 1, sold against it 0" in shown
        assert "RISK -$190 some terminal price loses" in shown
        assert "?" in shown


async def test_until_the_engine_answers_no_other_pairs_payoff_or_price_is_shown(open_app):
    app, _ = open_app(with_positions(underlying=612.34))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        assert "at 612.34" in " ".join(texts(app, "chosen"))
        assert "nothing yet" not in plotted(app)
        await pilot.press("j")  # TSLA; the engine has not been heard of it yet
        shown = " ".join(texts(app, "chosen"))
        assert "TSLA" in shown and "612.34" not in shown
        assert "nothing yet" in plotted(app) and "the pair that is chosen" in plotted(app)


async def test_a_pair_that_has_completed_is_plotted_anew_at_once(open_app):
    waiting = replace(held(7), credit="", sold=0, fills=("bought 1 x +590/-595C at 2.10",))
    risky: dict[str, Any] = {"curve": ((580.0, 600.0), (-210.0, 290.0)), "underlying": 591.2}
    app, desk = open_app(with_positions(pairs=(waiting,), chosen=waiting.key, **risky))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        assert "breakeven 588.40" in plotted(app)
        whole_pair = replace(held(7), fills=(*waiting.fills, "sold 1 x +605/-600C at 2.24"))
        safe: dict[str, Any] = {"curve": ((580.0, 600.0), (11.28, 511.28)), "underlying": 591.2}
        desk.now = with_positions(pairs=(whole_pair,), chosen=whole_pair.key, **safe)
        app.look()  # one beat later: of the same contracts it would wait for a second
        await pilot.pause()
        assert "no breakeven here" in plotted(app)


async def test_a_pair_and_its_payoff_tell_one_price_of_the_underlying(open_app):
    app, desk = open_app(with_positions())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("i")
        prices = set()
        for beat in range(1, 10):
            moved = positions(underlying=591.2 + beat / 100)
            desk.now = replace(desk.now, version=1 + beat, positions=moved)
            app.look()
            await pilot.pause()
            price = re.search(r"at (\d+\.\d\d)", " ".join(texts(app, "chosen")))
            assert price is not None and f"spot {price[1]}" in plotted(app)
            prices.add(price[1])
        assert len(prices) > 1, "they move, once a second"


async def test_dollars_of_many_contracts_keep_their_commas_where_there_is_room(open_app):
    app, _ = open_app(
        replace(
            with_positions(),
            positions=positions(
                contracts=tuple(
                    replace(each, value_c=value_c)
                    for each, value_c in zip(
                        positions().contracts[:2], (5_381_500, -13_113_000), strict=True
                    )
                )
            ),
        )
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "v")
        shown = " ".join(texts(app, "held"))
        assert "+53,815.00" in shown and "-131,130.00" in shown


async def test_what_shares_left_behind_lost_is_told_beside_what_the_pairs_realised(open_app):
    app, _ = open_app(with_positions(shares_realised_c=-341_250))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        assert "realised +22.14  shares traded -3,412.50" in texts(app, "held")[0]


async def test_v_changes_between_pairs_and_contracts_and_each_keeps_its_cursor(open_app):
    app, _ = open_app(with_positions())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "j", "v", "j", "j")
        assert "CONTRACTS HELD 4" in texts(app, "held")[0]
        assert "payoff" not in front(app)._placed.plan.places
        shown = " ".join(texts(app, "chosen"))
        assert "600C" in shown and "buy to close" in shown
        await pilot.press("v")
        assert app.state.selected(PAIRS).startswith("TSLA")


async def test_the_engine_makes_positions_only_while_they_are_looked_at(open_app):
    app, desk = open_app(with_positions())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "j", "escape")
        targets = [c.target for c in desk.asked if c.ask is Ask.WATCH]
    assert targets == [
        f"positions:SPY {views.NEAR}/7",
        f"positions:TSLA {views.FAR}/19",
        "",
    ]


async def test_contracts_that_come_page_by_page_are_asked_for_and_not_called_none(open_app):
    rows = positions().contracts
    first = with_positions(contracts=(), more_contracts=len(rows))
    app, desk = open_app(first)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "v")
        shown = whole(app)
        assert (
            "CONTRACTS HELD 4" in shown and "no contract that is shown here has come yet" in shown
        )
        assert desk.lists[-1] == "list:contracts"
        page = ListPage(1, "contracts", "", 0, len(rows), 0.0, rows[:2])
        desk.now = replace(first, version=2, pages=(page,))
        app.look()
        assert "590C" in whole(app) and "2 of 4 so far" in whole(app)
        desk.now = replace(
            first, version=3, pages=(page, replace(page, serial=2, start=2, rows=rows[2:]))
        )
        app.look()
        shown = whole(app)
        assert "605C" in shown and "so far" not in shown
        await pilot.press("G", "enter")
        assert "of 605C" in texts(app, "held")[0]


def listed(app: DeskApp) -> str:
    return " ".join(" ".join(texts(app, "held")).split())


async def test_a_filter_of_many_pairs_is_looked_for_and_is_whole_before_the_list_is(open_app):
    first = with_positions(more=56_990)
    app, desk = open_app(first)
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("i")
        app.look()
        every = tuple(held(number, "QQQ") for number in range(100, 400))
        page = ListPage(1, "pairs", "", 0, 57_000, 0.0, every)
        desk.now = replace(first, version=2, pages=(page,))
        app.look()
        assert "310 of 57,000 so far" in listed(app)
        await pilot.press("slash", *"iwm", "enter")
        app.look()
        assert desk.lists[-1] == "list:pairs,pairs@:IWM"
        assert "no pair that is shown here has come yet" in listed(app)
        rows = tuple(held(number, "IWM") for number in range(1, 4))
        found = ListPage(2, "pairs", ":IWM", 0, 3, 0.0, rows)
        desk.now = replace(first, version=3, pages=(page, found))
        app.look()
        assert "filter:iwm 3 of 57,000" in listed(app) and "so far" not in listed(app)
        await pilot.press("slash", *"zz", "enter")
        shown = listed(app)
        assert "hidden" not in shown and "so far" in shown, "other words were looked for"
        app.look()
        assert desk.lists[-1] == "list:pairs,pairs@:ZZ"
        nothing = ListPage(3, "pairs", ":ZZ", 0, 0, 0.0, ())
        desk.now = replace(first, version=4, pages=(page, found, nothing))
        app.look()
        assert "no pair passes the filter: 57,000 hidden" in listed(app)
        await pilot.press("escape")
        app.look()
        assert desk.lists[-1] == "list:pairs" and "313 of 57,000 so far" in listed(app)


async def test_the_pairs_of_one_contract_are_looked_for_by_its_words(open_app):
    app, desk = open_app(with_positions(more=56_990))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "v", "enter")
        app.look()
        assert desk.lists[-1] == "list:pairs,pairs@:SPY 20DEC24 590C"


async def test_without_an_answer_yet_the_screen_says_so(open_app):
    app, _ = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i")
        assert "asking the engine" in whole(app)
        await pilot.press("v", "j", "plus", "escape")
        assert app.place == "main"


async def test_an_empty_book_is_empty_in_words(open_app):
    nothing = positions(pairs=(), contracts=(), shares=(), external=(), chosen="", curve=((), ()))
    app, _ = open_app(replace(desks.normal(), positions=nothing))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i")
        assert "no pair is held" in whole(app)
        await pilot.press("v")
        assert "no contract is held" in whole(app)


@pytest.mark.parametrize("size", SIZES)
async def test_no_figure_is_cut_and_millions_become_whole_dollars(open_app, size):
    big = held(1, net_c=123_456_789, floor_c=-98_765_432, liquidation_c=-98_765_432, label="RISK")
    app, _ = open_app(with_positions(pairs=(big, *positions().pairs), chosen=big.key))
    async with app.run_test(size=size) as pilot:
        for keys in (("i",), ("v",)):
            await pilot.press(*keys)
            for name in ("held", "chosen"):
                for row in texts(app, name):
                    assert not re.search(r"\d[…~]|##", row), row
        await pilot.press("v")
        row = next(r for r in texts(app, "held") if "+1234567" in r.replace(",", ""))
        assert "-987655" in row.replace(",", "")  # never shown smaller than it is


async def test_shares_are_traded_away_by_a_typed_word_and_a_symbol(open_app):
    app, desk = open_app(with_positions())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i")
        app.action_do("close-shares")
        await pilot.pause()
        assert "SPY -100, needed by 1 pair" in texts_of_prompt(app)
        await pilot.press(*"CLOSE spy", "enter")
        (asked,) = [c for c in desk.asked if c.ask is Ask.CLOSE_SHARES]
        assert (asked.target, asked.args["word"]) == ("SPY", "CLOSE")


async def test_shares_can_be_traded_away_from_where_their_alarm_is_read(open_app):
    what = "-100 shares held after exercise or assignment"
    alarm = views.alarm(1, 1, code="SHARES", where="SPY", what=what)
    app, _ = open_app(desks.normal(alarms=(alarm,)))
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.place == "main"
        assert app.check_action("do", ("close-shares",))
        app.action_do("close-shares")
        await pilot.pause()
        assert "Trade shares away: SPY -100" in texts_of_prompt(app)
    over = replace(alarm, state="cleared")
    calm, _ = open_app(desks.normal(alarms=(over,)))
    async with calm.run_test(size=(80, 24)):
        assert not calm.check_action("do", ("close-shares",))


async def test_the_brokers_positions_are_accepted_by_a_typed_word_only_where_books_differ(open_app):
    differs = "SPY 2024-12-20 590C: book +1, broker +0, difference -1"
    health = replace(desks.normal().health, difference=differs)
    app, desk = open_app(replace(with_positions(), health=health))
    async with app.run_test(size=(80, 24)) as pilot:
        app.action_do("accept-positions")
        await pilot.pause()
        await pilot.press(*"ACCEPT", "space", *"SPY", "space", *"2024-12-20", "enter")
        (asked,) = [c for c in desk.asked if c.ask is Ask.ACCEPT_POSITIONS]
        assert (asked.target, asked.args["word"]) == ("SPY 2024-12-20", "ACCEPT")
        app.action_do("accept-positions")
        await pilot.pause()
        await pilot.press(*"EXTERNAL", "enter")
        (asked,) = [c for c in desk.asked if c.ask is Ask.TAKE_EXTERNAL]
        assert (asked.target, asked.args["word"]) == ("*", "EXTERNAL")
    calm, _ = open_app(with_positions())
    async with calm.run_test(size=(80, 24)):
        assert not calm.check_action("do", ("accept-positions",))


async def test_the_blotter_says_whether_an_orders_legs_open_or_close(open_app):
    order = views.order(1, "SPY", "D", "filled", 2.0, effects=("open", "close"))
    app, _ = open_app(desks.normal(orders=(order,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        assert "buy to open, sell to close" in " ".join(texts(app, "chosen"))


def plotted(app: DeskApp) -> str:
    return str(app.screen.query_one("#payoff", PlotextPlot).plt.build())


def texts_of_prompt(app: DeskApp) -> str:
    question = app.screen.query_one("#question", LinesWidget)
    return " ".join("".join(text for text, _ in line) for line in question.lines)


async def test_the_number_of_pairs_in_the_title_has_its_thousands_apart(open_app):
    app, _ = open_app(with_positions(more=1_966))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        (title, *_) = texts(app, "held")
        assert re.search(r"PAIRS HELD 1,9\d\d ", title), title
