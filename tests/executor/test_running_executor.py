"""A running executor answers, summarises and optimises as the specification shows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from engine import (
    ArbitrageExecutor,
    CreditMaximizer,
    SizingParameters,
    TimingParameters,
)
from engine.commands import Ask, Command, TicketState
from engine.config import DeskConfig
from engine.orders import events as ev
from engine.pricing.rules import Objective
from tests.support.executor_world import (
    MORNING_S,
    NEAR,
    PaperBroker,
    executor_on,
    fill,
    run_for,
    trading_on,
    virtual,
)


def traded_morning() -> ArbitrageExecutor:
    """Two chains for ten minutes; debits of the first fill at once, everything else never."""

    def answer(placed: Any) -> Any:
        first = placed.symbol == "AAPL"
        return fill(placed) if first else placed.order_id

    broker = PaperBroker(answer)
    executor = trading_on(broker, ("AAPL", "MSFT"))
    run_for(executor, 600)
    return executor


@pytest.fixture(scope="module")
def traded() -> ArbitrageExecutor:
    return traded_morning()


def test_the_monitoring_loop_of_the_specification_prints_a_trading_desk(
    traded: ArbitrageExecutor,
) -> None:
    status = traded.get_status()
    assert status["active"] is True
    assert len(status["traders"]) == 2
    position = status["position_summary"]
    assert position["net_premium"] > 0
    assert position["total_imbalance"] == 0
    assert f"{position['balanced_chains']}/{position['chains']}" == "2/2"
    lines = []
    for trader in status["traders"].values():
        lines.append(f"{trader['symbol']} {trader['expiration'][:10]}:")
        lines.append(f"{trader['fill_rate']:.1%}")
        assert trader["session_fills"] <= trader["session_attempts"]
        assert trader["current_contracts"] >= 1
    assert lines[0] == "AAPL 2026-04-17:"
    assert lines[1:] == ["100.0%", "MSFT 2026-04-17:", "0.0%"]


def test_a_fill_rate_without_attempts_is_zero_and_can_be_formatted() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    (trader,) = executor.get_status()["traders"].values()
    assert (trader["session_attempts"], trader["fill_rate"]) == (0, 0.0)
    assert f"{trader['fill_rate']:.1%}" == "0.0%"


def test_the_summary_for_a_language_model_has_the_specifications_layout(
    traded: ArbitrageExecutor,
) -> None:
    layout = re.compile(
        r"""Arbitrage Executor Status:

Active Traders: 2
Total Net Premium: \$\d+\.\d\d
Position Imbalance: 0 contracts
Balanced Chains: 2/2

Performance by Contract Size:
(  \d+ contracts: \d+\.\d% fill rate\n)+
Performance by Hour:
(  \d\d:00: \d+\.\d% fill rate\n)+
Top Performing Expirations:
  AAPL 2026-04-17: 100\.0% \((\d+)/\3\)
  MSFT 2026-04-17: 0\.0% \(0/\d+\)"""
    )
    text, _, rest = traded.get_llm_summary().partition("\n\nGuaranteed Dollars (")
    assert layout.fullmatch(text)
    dollars, _, notes = rest.partition("\n\nNotes:\n")
    assert "  sizing.max_contracts" in notes
    told = re.compile(
        r"""fills as reported\):
  Session: \$\d+\.\d\d
  Per order: -?\$\d+\.\d\d over (\d+) orders
  Per trader-hour: -?\$[\d,]+\.\d\d over \d\.\d hours
  Best trader: (AAPL 2026-04-17, 100% of gains, like 1\.0 equal ones of 1|nobody gained)
  Best symbol: (AAPL, 100% of gains, like 1\.0 equal ones of 1|nobody gained)
  Capital x days per floor dollar: (-|[\d,.]+) over \d+ held pairs"""
    )
    assert told.fullmatch(dollars), dollars


def test_the_summary_as_json_has_the_figures_of_the_text_and_what_made_them(
    traded: ArbitrageExecutor,
) -> None:
    found, text = json.loads(traded.get_llm_summary_json()), traded.get_llm_summary()
    assert found["active_traders"] == 2
    assert f"Total Net Premium: ${found['net_premium_usd']:.2f}" in text
    assert f"Balanced Chains: {found['balanced_chains']}/{found['chains']}" in text
    rates = [*found["sizes"], *found["hours"]]
    assert any(rate["thin"] for rate in rates) and not all(rate["thin"] for rate in rates)
    for rate in rates:
        assert f"  {rate['name']}: {rate['fill_rate']:.1%} fill rate" in text
        assert rate["fill_rate"] == rate["fills"] / rate["attempts"]
        assert rate["low"] <= rate["fill_rate"] <= rate["high"]
        assert rate["thin"] == (rate["attempts"] < 50)
    (best, worst) = found["top_expirations"]
    assert (best["name"], worst["fills"]) == ("AAPL 2026-04-17", 0)
    assert found["made_by"]["mode"] == "SIM"
    dollars = found["dollars"]
    state = traded.context.state
    assert dollars["result_usd"] == state.money.result_c / 100
    assert dollars["orders"] == state.orders.submits
    assert sum(dollars["by_trader_usd"].values()) == pytest.approx(dollars["result_usd"])
    assert sum(dollars["by_symbol_usd"].values()) == pytest.approx(dollars["result_usd"])
    assert dollars["capital"]["pairs"] == state.positions.capital.total().pairs
    assert set(found["parameters"]) == {*traded.optimize_parameters()}
    for each in found["parameters"].values():
        assert f"  {each['why']}" in text


def test_the_optimisation_cycle_reads_and_applies_the_three_settings() -> None:
    executor = traded_morning()
    found = executor.optimize_parameters()
    assert set(found) == {"optimal_contracts", "optimal_hours", "optimal_cancel_ms"}
    assert found["optimal_hours"] == [], "ten o'clock fills, and no other hour was tried"
    executor.apply_optimization(found)
    for trader in executor.traders.values():
        assert trader.sizing.current_contracts == found["optimal_contracts"]
        assert trader.timing.cancel_after_seconds == found["optimal_cancel_ms"] / 1000
        assert trader.hours is None


def test_what_is_recommended_without_data_is_in_force_already_and_changes_nothing() -> None:
    executor = executor_on(
        PaperBroker(),
        virtual(),
        sizing=SizingParameters(min_contracts=2, current_contracts=4),
        timing=TimingParameters(cancel_after_seconds=2.0),
    )
    executor.add_symbol("AAPL", [NEAR])
    found = executor.optimize_parameters()
    assert found == {"optimal_contracts": 4, "optimal_hours": [], "optimal_cancel_ms": 2000}
    executor.apply_optimization(found)
    trader = executor.traders["AAPL 2026-04-17"]
    assert (trader.sizing.current_contracts, trader.timing.cancel_after_seconds) == (4, 2.0)
    assert (trader.hours, trader.debits.only_downward) == (None, False)


def test_hours_that_nobody_tried_stay_allowed_and_poor_ones_go() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    for hour, fills in ((10, 15), (11, 2)):
        for number in range(20):
            executor.metrics.record_attempt(1, hour, "short", number < fills)
    assert executor.optimize_parameters()["optimal_hours"] == [10, 9, 12, 13, 14, 15]


def test_where_no_hour_fills_well_the_hours_stay_as_they_are() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    executor.apply_optimization({"optimal_hours": [10, 11]})
    for hour in (10, 11):
        for number in range(20):
            executor.metrics.record_attempt(1, hour, "short", number < 2)
    assert executor.optimize_parameters()["optimal_hours"] == [10, 11]


def test_what_was_applied_reaches_symbols_added_later_and_all_of_it_is_undone() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    executor.apply_optimization({"optimal_contracts": 3, "optimal_hours": [10]})
    executor.add_symbol("MSFT", [NEAR])
    for trader in executor.traders.values():
        assert (trader.sizing.current_contracts, trader.hours) == (3, frozenset({10}))
    assert executor.undo_optimization()
    for trader in executor.traders.values():
        assert (trader.sizing.current_contracts, trader.hours) == (1, None)
    assert not executor.undo_optimization()


def test_what_a_program_applied_is_shown_with_its_reason_and_undone_from_the_screen() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    for number in range(20):
        executor.metrics.record_attempt(1, 10, "short", number < 2, 900 if number < 2 else None)
    executor.apply_optimization({**executor.optimize_parameters(), "optimal_hours": [10, 11]})
    (trader,) = executor.traders.values()
    assert (trader.timing.cancel_after_seconds, trader.hours) == (1.4, frozenset({10, 11}))
    executor.publisher.publish()
    rows = {row.setting: row for row in executor.snapshot().recommendations}
    assert {(row.state, row.verdict) for row in rows.values()} == {("applied", "UNPROVEN")}
    assert (
        rows["optimal_cancel_ms"].evidence[0].startswith("cancel after 1,400 ms: 95th percentile")
    )
    assert "no hour reaches a fill rate of 25%" in rows["optimal_hours"].evidence[0]
    for row in rows.values():
        assert executor.ask(Command(Ask.UNDO, row.id, who="ada")).state is TicketState.CONFIRMED
    assert (trader.timing.cancel_after_seconds, trader.hours) == (2.5, None)
    assert not executor.undo_optimization()


def test_what_a_program_applied_is_undone_in_any_order() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    executor.apply_optimization({"optimal_contracts": 2})
    executor.apply_optimization({"optimal_contracts": 3})
    (trader,) = executor.traders.values()
    assert executor.ask(Command(Ask.UNDO, "R1", who="ada")).state is TicketState.CONFIRMED
    assert trader.sizing.current_contracts == 3
    assert executor.undo_optimization()
    assert trader.sizing.current_contracts == 1
    assert not executor.undo_optimization()


def test_an_optimisation_that_changes_nothing_says_why_in_summary_and_events() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    said: list[str] = []
    executor.context.subscribe(ev.OperatorActed, lambda event: said.append(event.reason))
    executor.apply_optimization(executor.optimize_parameters())
    why = "hours: they stay: no hour has 5 attempts yet"
    assert f"\n  {why}" in executor.get_llm_summary().partition("\n\nParameters:")[2]
    (reason,) = said
    assert reason.startswith("nothing changed; ")
    assert why in reason
    assert executor.snapshot().recommendations == ()


def test_what_is_applied_without_a_trial_is_journaled_as_unproven() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    said: list[str] = []
    executor.context.subscribe(ev.SettingChanged, lambda event: said.append(event.why))
    executor.apply_optimization({"optimal_cancel_ms": 2200})
    assert said == ["R1 apply_optimization: UNPROVEN"]


@pytest.mark.parametrize("given", [None, [1], "optimal_hours"])
def test_what_is_not_a_mapping_of_settings_is_refused_in_a_sentence(given: Any) -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    with pytest.raises(ValueError, match="is not a mapping of settings"):
        executor.apply_optimization(given)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"optimal_cancel_ms": 3000, "optimal_contracts": 11}, "outside 1 to 10"),
        ({"optimal_cancel_ms": 3000, "optimal_hours": [10, 24]}, "0 to 23"),
        ({"optimal_cancel_ms": 3000, "optimal_hours": [True]}, "0 to 23"),
        ({"optimal_contracts": 2, "optimal_cancel_ms": 9000}, "outside 500 to 5000"),
        ({"optimal_contracts": 2, "optimal_size": 3}, "not a setting"),
    ],
)
def test_a_recommendation_out_of_bounds_changes_nothing_at_all(
    found: dict[str, Any], says: str
) -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    with pytest.raises(ValueError, match=says):
        executor.apply_optimization(found)
    (trader,) = executor.traders.values()
    assert trader.timing.cancel_after_seconds == 2.5
    assert trader.sizing.current_contracts == 1


def test_a_trader_below_the_minimum_fill_rate_pauses_a_minute_and_tries_again() -> None:
    broker = PaperBroker()
    executor = trading_on(broker)
    (trader,) = executor.traders.values()
    while trader.held is None:
        run_for(executor, 1)
        assert len(broker.orders) <= 20
    assert len(broker.orders) == 20
    run_for(executor, 58)
    assert len(broker.orders) == 20
    run_for(executor, 30)
    assert len(broker.orders) > 20
    assert trader.held is None


def test_delays_lie_inside_the_timing_parameters_and_twice_as_long_in_the_opening_auction() -> None:
    def waits(start_s: float) -> list[float]:
        broker = PaperBroker()
        executor = executor_on(
            broker,
            virtual(start_s),
            cancel_callback=broker.cancel,
            timing=TimingParameters(random_delay_factor=0.0),
        )
        executor.add_symbol("AAPL", [NEAR])
        (trader,) = executor.traders.values()
        executor.begin()
        drawn = []
        for _ in range(300):
            trader.plan_next(executor.context.now())
            drawn.append(trader.next_delay_s)
        return drawn

    morning, auction = waits(MORNING_S), waits(MORNING_S - 3600.0)
    assert min(morning) >= 3.0
    assert max(morning) <= 15.0
    assert auction == [pytest.approx(2 * wait) for wait in morning]


def test_every_field_that_an_assigned_maximizer_sets_is_in_force() -> None:
    from engine.pricing.rules import LiquidityFilter

    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    executor.credit_maximizer = CreditMaximizer(
        max_spread_width=15,
        prefer_atm=False,
        min_payoff_floor=-2.0,
        quote_location=0.5,
        debit_location=0.45,
        max_loss=1.0,
        liquidity=LiquidityFilter(min_open_interest=100),
        objective="floor",
    )
    rules = executor.traders["AAPL 2026-04-17"].chain.rules
    assert (rules.max_width, rules.prefer_atm, rules.rule) == (15, False, "safe")
    assert (rules.min_payoff_floor, rules.max_loss) == (-2.0, 1.0)
    assert (rules.sell_at, rules.buy_at) == (0.5, 0.45)
    assert rules.liquidity.min_open_interest == 100
    assert rules.objective == "floor"
    executor.credit_maximizer = CreditMaximizer()
    rules = executor.traders["AAPL 2026-04-17"].chain.rules
    assert (rules.rule, rules.min_payoff_floor, rules.max_loss) == ("safe", 0.0, None)
    assert (rules.sell_at, rules.buy_at) == (0.65, 0.35)
    assert rules.objective == "floor"


def test_an_assigned_maximizer_that_sets_fees_is_refused_and_the_one_before_stays() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    with pytest.raises(ValueError, match=r"fee_per_share is 0\.05, but a trader's fees come from"):
        executor.credit_maximizer = CreditMaximizer(fee_per_share=0.05, quote_location=0.5)
    assert executor.credit_maximizer == CreditMaximizer()
    assert executor.traders["AAPL 2026-04-17"].chain.rules.sell_at == 0.65


def test_where_an_assigned_maximizer_prices_its_debits_the_orders_go_out() -> None:
    def first_limit(maximizer: CreditMaximizer) -> float:
        broker = PaperBroker()
        executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
        executor.credit_maximizer = maximizer
        executor.add_symbol("AAPL", [NEAR])
        run_for(executor, 20)
        return broker.orders[0].limit_price

    assert first_limit(CreditMaximizer()) == 2.37
    assert first_limit(CreditMaximizer(debit_location=0.30)) != 2.37
    assert first_limit(CreditMaximizer(max_loss=0.0)) == 2.37


@pytest.mark.parametrize(("setting", "other"), [("floor", "credit"), ("credit", "floor")])
def test_the_objective_of_the_settings_is_in_force_where_the_maximizer_sets_none(
    setting: Objective, other: Objective
) -> None:
    plain = DeskConfig()
    config = plain.changed(spreads=plain.spreads.changed(objective=setting))
    executor = executor_on(PaperBroker(), virtual(), config=config)
    executor.add_symbol("AAPL", [NEAR])
    chain = executor.traders["AAPL 2026-04-17"].chain
    assert (chain.rules.objective, chain.entry_rules.objective) == (setting, setting)
    executor.credit_maximizer = CreditMaximizer(max_spread_width=5)
    assert chain.rules.objective == setting
    executor.credit_maximizer = CreditMaximizer(objective=other)
    assert chain.rules.objective == other
