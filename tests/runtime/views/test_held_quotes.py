"""What closing everything held would bring: looked up from quotes, recorded at the end, or told
to be unknown."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

from engine.market.chain import CALL, PUT
from engine.report.session import report_of, session_report
from engine.report.text import report_text
from engine.runtime.views.held_quotes import liquidation_c
from tests.support.desks import places_of, settings, simulated


def test_the_value_is_the_sum_of_every_contract_at_its_natural_price(desk) -> None:
    context, total = desk.context, 0.0
    held = context.state.contracts.contracts()
    for key, quantity in held.items():
        row = CALL if key.right == "C" else PUT
        expires = date.fromisoformat(key.expiration)
        bid, ask, *_ = context.market.leg_quote(
            key.symbol, expires, row, key.strike, context.moment.epoch_s
        )
        price = ask if quantity < 0 else bid if bid == bid else 0.0
        total += quantity * price * 100
    assert held
    assert liquidation_c(context) == round(total * 100)
    assert desk.snapshot().totals.liquidation_c is not None


def test_a_short_contract_without_an_ask_makes_the_value_unknown_and_a_long_without_a_bid_not(
    desk, monkeypatch
) -> None:
    context, nan = desk.context, float("nan")
    monkeypatch.setattr(context.market, "leg_quote", lambda *_: (nan, 0.05), raising=False)
    shorts = -sum(min(0, n) for n in context.state.contracts.contracts().values())
    assert liquidation_c(context) == -shorts * 500
    monkeypatch.setattr(context.market, "leg_quote", lambda *_: (0.05, nan), raising=False)
    assert liquidation_c(context) is None


def test_a_report_has_the_value_of_the_end_and_says_before_it_when_there_will_be_one(
    tmp_path: Path,
) -> None:
    opened = simulated(settings(21), until=time(9, 50), run_dir=tmp_path)
    opened.run_to_end()
    state = opened.executor.context.state
    assert state.contracts.contracts()
    found = report_of(places_of(opened).journal)
    assert found.money.liquidation_c == liquidation_c(opened.executor.context)
    last = opened.executor.publisher.latest
    assert last.totals.liquidation_c == found.money.liquidation_c, "as screen and status tell it"
    money = report_text(found).partition("- MONEY")[2].partition("- ORDERS")[0]
    assert "n/a" not in money
    assert money.index("floor at filled prices") < money.index("liquidation value")
    assert money.index("floor at filled prices") < money.index("cash: net premium")
    state.valued = state.ended = None
    running = session_report(state)
    assert running.money.liquidation_c is None
    assert "when it ends" in report_text(running)
