"""Every name, default, return key and rule of the specification, called as a program calls them."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

import engine
from engine import (
    ArbitrageExecutor,
    CreditMaximizer,
    ExpirationTrader,
    OptimizationMetrics,
    OrderResult,
    PositionBalancer,
    SizingParameters,
    SpreadLeg,
    TimingParameters,
    TradingPhase,
    create_arbitrage_executor,
)
from tests.support.executor_world import (
    NEAR,
    SPOT,
    HandClock,
    PaperBroker,
    as_legs,
    as_mappings,
    leg,
    option_chain,
    price,
    quotes,
    virtual,
)

# ---------------------------------------------------------------------- names


def test_every_name_of_the_specification_can_be_imported_from_the_package() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    assert set(engine.__all__) >= {
        "ArbitrageExecutor",
        "CreditMaximizer",
        "ExpirationTrader",
        "OptimizationMetrics",
        "PositionBalancer",
        "SizingParameters",
        "SpreadLeg",
        "TimingParameters",
        "TwoPartSpreadStrategy",
        "create_arbitrage_executor",
    }


def test_the_files_of_the_specification_hold_the_classes_it_lists_for_them() -> None:
    from engine import arbitrage_executor, two_part_spread

    for name in (
        "ArbitrageExecutor",
        "ExpirationTrader",
        "PositionBalancer",
        "CreditMaximizer",
        "OptimizationMetrics",
        "TimingParameters",
        "SizingParameters",
    ):
        assert getattr(arbitrage_executor, name) is getattr(engine, name)
    assert two_part_spread.TwoPartSpreadStrategy is engine.TwoPartSpreadStrategy


def test_a_name_that_does_not_exist_is_an_ordinary_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Arbitrage'"):
        engine.Arbitrage  # noqa: B018
    assert "ArbitrageExecutor" in dir(engine)


# ---------------------------------------------------------------------- settings


def test_the_defaults_of_timing_sizing_balancer_and_maximizer_are_the_specifications() -> None:
    assert TimingParameters().model_dump() == {
        "cancel_after_seconds": 2.5,
        "min_delay_between_attempts": 3.0,
        "max_delay_between_attempts": 15.0,
        "random_delay_factor": 0.3,
        "open_auction_delay_multiplier": 2.0,
        "close_auction_delay_multiplier": 1.5,
    }
    assert SizingParameters().model_dump() == {
        "min_contracts": 1,
        "max_contracts": 10,
        "current_contracts": 1,
        "target_fill_rate": 0.50,
        "size_increase_threshold": 0.70,
        "size_decrease_threshold": 0.30,
    }
    balancer = PositionBalancer()
    assert (balancer.max_imbalance, balancer.force_balance_at_close) == (5, True)
    maximizer = CreditMaximizer()
    assert maximizer.min_credit_threshold == 0.0
    assert maximizer.max_spread_width == 10
    assert maximizer.prefer_atm is True


CUSTOM_TIMING = TimingParameters(
    cancel_after_seconds=2.0,
    min_delay_between_attempts=5.0,
    max_delay_between_attempts=20.0,
    random_delay_factor=0.4,
    open_auction_delay_multiplier=3.0,
    close_auction_delay_multiplier=2.0,
)
CUSTOM_SIZING = SizingParameters(
    min_contracts=1,
    max_contracts=20,
    current_contracts=1,
    target_fill_rate=0.40,
    size_increase_threshold=0.60,
    size_decrease_threshold=0.20,
)


def test_an_executor_built_by_hand_keeps_what_it_is_given() -> None:
    broker = PaperBroker()
    executor = ArbitrageExecutor(
        order_callback=broker.order,
        quote_callback=quotes,
        underlying_callback=price,
        timing=CUSTOM_TIMING,
        sizing=CUSTOM_SIZING,
        min_fill_rate=0.3,
        optimal_expiry_range=(20, 90),
        pace=virtual(),
    )
    executor.add_symbol("AAPL", [NEAR])
    (trader,) = executor.traders.values()
    assert trader.timing == CUSTOM_TIMING
    assert trader.sizing == CUSTOM_SIZING
    assert executor.config.fill_rate.min_fill_rate == 0.3
    assert executor.config.spreads.optimal_expiry_range == (20, 90)
    assert trader.is_optimal_expiration


def test_the_factory_hands_its_figures_to_the_executor() -> None:
    broker = PaperBroker()
    executor = create_arbitrage_executor(
        order_callback=broker.order,
        quote_callback=quotes,
        underlying_callback=price,
        min_fill_rate=0.2,
        cancel_after_seconds=1.5,
        min_delay=4.0,
        max_delay=9.0,
        max_contracts=7,
        pace=virtual(),
    )
    timing, sizing = executor.config.timing, executor.config.sizing
    assert timing.cancel_after_seconds == 1.5
    assert timing.min_delay_between_attempts == 4.0
    assert timing.max_delay_between_attempts == 9.0
    assert sizing.max_contracts == 7
    assert executor.config.fill_rate.min_fill_rate == 0.2
    assert isinstance(executor, ArbitrageExecutor)


def test_the_factorys_defaults_are_those_of_the_specifications_example() -> None:
    executor = create_arbitrage_executor(PaperBroker().order, quotes, price, pace=virtual())
    assert executor.config.timing == TimingParameters()
    assert executor.config.sizing == SizingParameters()
    assert executor.config.fill_rate.min_fill_rate == 0.25


@pytest.mark.parametrize(
    ("figures", "named"),
    [
        ({"min_fill_rate": 1.5}, "min_fill_rate"),
        ({"min_fill_rate": float("nan")}, "min_fill_rate"),
        ({"cancel_after_seconds": 0.0}, "cancel_after_seconds"),
        ({"cancel_after_seconds": float("inf")}, "cancel_after_seconds"),
        ({"min_delay": 20.0}, "min_delay_between_attempts 20 s is above"),
        ({"min_delay": -1.0}, "min_delay_between_attempts"),
        ({"max_contracts": 0}, "max_contracts"),
        ({"optimal_expiry_range": (180, 30)}, "optimal_expiry_range 180 to 30"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused_by_its_name(
    figures: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValidationError, match=named):
        create_arbitrage_executor(PaperBroker().order, quotes, price, pace=virtual(), **figures)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"min_contracts": 3, "max_contracts": 2}, "min_contracts 3 is above max_contracts 2"),
        ({"current_contracts": 11}, "current_contracts 11 is outside"),
        ({"target_fill_rate": 0.9}, "must be ordered"),
        ({"target_fill_rate": float("nan")}, "target_fill_rate"),
        ({"size_increase_threshold": 1.1}, "size_increase_threshold"),
        ({"min_contracts": -1}, "min_contracts"),
        ({"max_contract": 5}, "max_contract"),
    ],
)
def test_sizing_that_makes_no_sense_is_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SizingParameters(**settings)


def test_settings_are_checked_when_they_are_assigned_too() -> None:
    timing = TimingParameters()
    with pytest.raises(ValidationError, match="above"):
        timing.min_delay_between_attempts = 30.0
    with pytest.raises(ValidationError, match="random_delay_factor"):
        timing.random_delay_factor = float("nan")
    assert timing == TimingParameters()


# ---------------------------------------------------------------------- components


def test_two_contracts_at_1_50_and_1_60_leave_twenty_dollars() -> None:
    balancer = PositionBalancer(max_imbalance=5)
    assert balancer.can_add_debit("AAPL", NEAR, contracts=2)
    balancer.record_debit_fill("AAPL", NEAR, contracts=2, cost=1.50)
    assert balancer.get_balance("AAPL", NEAR).net_contracts == 2
    assert [b.symbol for b in balancer.get_all_imbalanced()] == ["AAPL"]
    assert not balancer.can_add_debit("AAPL", NEAR, contracts=4)
    balancer.record_credit_fill("AAPL", NEAR, contracts=2, credit=1.60)
    balance = balancer.get_balance("AAPL", NEAR)
    assert (balance.net_contracts, balance.net_premium) == (0, 20.0)
    assert balancer.get_all_imbalanced() == []
    assert balancer.get_summary() == {
        "chains": 1,
        "total_debit_paid": 300.0,
        "total_credit_received": 320.0,
        "net_premium": 20.0,
        "total_imbalance": 0,
        "balanced_chains": 1,
    }


DEBIT = (leg(95.0, "buy", 7.0, 7.1), leg(97.5, "sell", 5.3, 5.4))


def test_the_best_credit_for_two_legs_is_two_legs_and_an_amount() -> None:
    maximizer = CreditMaximizer(min_credit_threshold=0.0, max_spread_width=10, prefer_atm=True)
    found = maximizer.find_best_credit_spread(
        debit_opportunity=DEBIT, available_options=option_chain(), underlying_price=SPOT
    )
    assert found is not None
    long, short, credit = found
    assert (long.side, short.side) == ("buy", "sell")
    assert DEBIT[1].strike <= short.strike < long.strike
    assert long.strike - short.strike <= 10
    paid = 1.6 + 0.35 * 0.2
    assert credit >= paid


def test_the_three_forms_of_a_chain_lead_to_the_same_credit() -> None:
    chain = option_chain()
    found = [
        CreditMaximizer().find_best_credit_spread(DEBIT, options, SPOT)
        for options in (chain, as_legs(chain), as_mappings(chain))
    ]
    assert found[0] is not None
    figures = [(a.strike, b.strike, c) for a, b, c in (f for f in found if f is not None)]
    assert figures == [figures[0]] * 3


def test_no_credit_reaches_a_threshold_no_market_pays() -> None:
    greedy = CreditMaximizer(min_credit_threshold=50.0)
    assert greedy.find_best_credit_spread(DEBIT, option_chain(), SPOT) is None


def trader_of(**more: Any) -> ExpirationTrader:
    return ExpirationTrader(
        symbol="AAPL",
        expiration=NEAR,
        timing=TimingParameters(),
        sizing=SizingParameters(),
        balancer=PositionBalancer(),
        credit_maximizer=CreditMaximizer(),
        order_callback=PaperBroker().order,
        quote_callback=quotes,
        **more,
    )


def test_a_trader_made_by_hand_tells_its_days_its_category_and_its_fill_rate() -> None:
    trader = trader_of(clock=HandClock())
    assert trader.days_to_expiry == 38
    assert trader.expiration_category == "MONTHLY"
    assert f"{trader.expiration_category}" == "MONTHLY"
    assert trader.is_optimal_expiration is True
    assert trader.get_fill_rate() == 0.0


def test_a_trader_made_by_hand_scans_a_chain_in_any_form() -> None:
    trader, chain = trader_of(), option_chain()
    found = trader.scan_opportunities(chain, SPOT)
    assert found
    assert found == trader.scan_opportunities(as_legs(chain), SPOT)
    assert [pair.net_credit_c for pair in found] == sorted(
        (pair.net_credit_c for pair in found), reverse=True
    )
    for pair in found:
        assert [legs.side for legs in pair.debit_legs] == ["buy", "sell"]
        assert pair.floor >= 0


def test_metrics_answer_with_size_hours_and_cancel_time() -> None:
    metrics = OptimizationMetrics()
    assert metrics.get_optimal_size() == 1
    assert metrics.get_optimal_hours() == []
    assert metrics.get_optimal_cancel_time_ms() == 2500
    for number in range(10):
        metrics.record_attempt(
            contracts=2,
            hour=10,
            delay_category="medium",
            filled=number % 2 == 0,
            fill_time_ms=1500,
            profit=0.10,
        )
    assert metrics.get_optimal_size() == 2
    assert metrics.get_optimal_hours() == [10]
    assert metrics.get_optimal_cancel_time_ms() == 2000


def test_sizes_need_ten_attempts_hours_five_and_a_quarter_filled_and_times_are_capped() -> None:
    metrics = OptimizationMetrics()
    for _ in range(9):
        metrics.record_attempt(5, 9, "short", True, 6000)
    for number in range(10):
        metrics.record_attempt(1, 11, "short", number < 5, 300)
    for number in range(5):
        metrics.record_attempt(1, 12, "long", number < 1, 300)
    for _ in range(4):
        metrics.record_attempt(1, 14, "long", True, 300)
    assert metrics.get_optimal_size() == 1, "nine attempts of five contracts are too few"
    assert metrics.get_optimal_hours() == [9, 11], "20 % and four attempts do not count"
    assert metrics.get_optimal_cancel_time_ms() == 5000


def test_the_phases_and_the_results_have_the_specifications_names() -> None:
    assert {phase.value for phase in TradingPhase} >= {
        "PRE_MARKET",
        "OPEN_AUCTION",
        "MORNING",
        "MIDDAY",
        "AFTERNOON",
        "CLOSE_AUCTION",
        "AFTER_HOURS",
    }
    assert {result.value for result in OrderResult} == {
        "FILLED",
        "PARTIAL",
        "CANCELLED",
        "TIMEOUT",
        "REJECTED",
    }


def test_a_leg_knows_its_middle_and_how_wide_it_is_quoted():
    leg = SpreadLeg(100.0, date(2026, 12, 18), "call", "buy", 1.90, 2.10, 5, 10, 0.25)
    assert leg.mid == pytest.approx(2.0)
    assert leg.spread_width == pytest.approx(0.20)
    assert leg.spread_pct == pytest.approx(0.10)
    assert SpreadLeg(100.0, date(2026, 12, 18), "put", "sell", 0.0, 0.0).spread_pct == math.inf


@pytest.mark.parametrize("wrong", [{"option_type": "C"}, {"side": "long"}])
def test_a_leg_refuses_words_it_does_not_know(wrong):
    words = {"option_type": "call", "side": "buy"} | wrong
    with pytest.raises(ValueError, match="must be"):
        SpreadLeg(100.0, date(2026, 12, 18), bid=1.0, ask=1.1, **words)
