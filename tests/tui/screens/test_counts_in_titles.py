"""A count in the title of a pane is of the rows that the pane shows, or says whose it is."""

from __future__ import annotations

from dataclasses import replace

from engine.snapshot import OrderView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.held_positions import held, positions, with_positions
from tests.support.screen_text import texts
from tui.viewmodel import orders


def _ordering() -> tuple[OrderView, ...]:
    """Four orders of two traders, one of which has its order working and one its pair complete."""
    return (
        views.order(1, "AAPL", "D", "working", 2.0, trader="AAPL", cycle=7),
        views.order(2, "SPY", "D", "filled", 3.0, trader="SPY", cycle=35),
        views.order(3, "SPY", "C", "filled", 4.0, trader="SPY", cycle=35),
        views.order(4, "AAPL", "D", "canceled", 9.0, trader="AAPL", cycle=6),
    )


async def test_the_orders_of_a_pair_tell_how_many_of_them_work(open_app):
    snapshot = desks.normal(orders=_ordering())
    app, _ = open_app(replace(snapshot, totals=replace(snapshot.totals, working=4)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        choices = orders.LIST.choices(app.view())
        assert "4 working" in texts(app, "list")[0], "the list is the desk's: so is the count"
        choices.show_within("SPY/35", "590/595/600C cycle 35")
        app.look()
        assert "  0 working" in texts(app, "list")[0]
        choices.show_within("")
        choices.filter_by("aapl")
        app.look()
        assert "  1 working" in texts(app, "list")[0]


async def test_the_pairs_of_a_contract_are_counted_alone(open_app):
    pairs = (*(held(n) for n in range(3)), held(9, "TSLA", views.FAR))
    app, _ = open_app(with_positions(pairs=pairs, contracts=positions().contracts, more=80))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        assert "PAIRS HELD 84 " in texts(app, "held")[0]
        await pilot.press("v", "enter")
        title = texts(app, "held")[0]
        assert "PAIRS HELD 3 " in title and " of " in title


async def test_counts_beside_a_filter_are_of_its_rows_or_the_desks_by_name(open_app):
    spy, qqq = views.trader("SPY"), views.trader("QQQ")
    shown = desks.normal(
        balances=(views.balance(spy, net=4), views.balance(qqq)),
        alarms=(views.alarm(1, where="SPY"), views.alarm(2, where="QQQ")),
        recommendations=views.recommendations(),
    )
    app, _ = open_app(shown)
    async with app.run_test(size=(200, 60)):
        for name in ("chains", "alarms", "recommendations"):
            app.state.choices(name).filter_by("aapl" if name == "recommendations" else "qqq")
        app.look()
        assert "all balanced" in texts(app, "balances")[0]
        assert "desk: 2 unacked" in texts(app, "alarms")[0]
        assert "1 ready" in texts(app, "recommendations")[0]
        app.state.choices("recommendations").filter_by("")
        app.look()
        assert "2 ready" in texts(app, "recommendations")[0]
