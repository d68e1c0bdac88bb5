"""Every name, default, return key and rule of the specification, called as a program calls them."""

from __future__ import annotations

import math
import re
import warnings
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
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
    MORNING_S,
    NEAR,
    SPOT,
    HandClock,
    PaperBroker,
    as_legs,
    as_mappings,
    executor_on,
    fill,
    leg,
    option_chain,
    price,
    quotes,
    run_for,
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


# ---------------------------------------------------------------------- a running executor


def traded_morning() -> ArbitrageExecutor:
    """Two chains for ten minutes; debits of the first fill at once, everything else never."""

    def answer(placed: Any) -> Any:
        first = placed.symbol == "AAPL"
        return fill(placed) if first else placed.order_id

    broker = PaperBroker(answer)
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [NEAR])
    executor.add_symbol("MSFT", [NEAR])
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
    assert layout.fullmatch(traded.get_llm_summary())


def test_the_optimisation_cycle_reads_and_applies_the_three_settings() -> None:
    executor = traded_morning()
    found = executor.optimize_parameters()
    assert set(found) == {"optimal_contracts", "optimal_hours", "optimal_cancel_ms"}
    assert found["optimal_hours"] == [10]
    executor.apply_optimization(found)
    for trader in executor.traders.values():
        assert trader.sizing.current_contracts == found["optimal_contracts"]
        assert trader.timing.cancel_after_seconds == found["optimal_cancel_ms"] / 1000
        assert trader.hours == frozenset({10})


def test_what_is_recommended_without_data_can_be_applied_whatever_the_sizes_allowed() -> None:
    executor = executor_on(
        PaperBroker(), virtual(), sizing=SizingParameters(min_contracts=2, current_contracts=3)
    )
    executor.add_symbol("AAPL", [NEAR])
    found = executor.optimize_parameters()
    assert found == {"optimal_contracts": 2, "optimal_hours": [], "optimal_cancel_ms": 2500}
    executor.apply_optimization(found)
    assert executor.get_status()["traders"]["AAPL 2026-04-17"]["current_contracts"] == 2


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"optimal_cancel_ms": 3000, "optimal_contracts": 11}, "outside 1 to 10"),
        ({"optimal_cancel_ms": 3000, "optimal_hours": [10, 24]}, "0 to 23"),
        ({"optimal_cancel_ms": 3000, "optimal_hours": [True]}, "0 to 23"),
        ({"optimal_contracts": 2, "optimal_cancel_ms": 9000}, "outside 500 to 5000"),
        ({"optimal_contracts": 2, "optimal_size": 3}, "no setting"),
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
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [NEAR])
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


# ---------------------------------------------------------------------- its text, where present


class SpecificationBroker:
    """The broker object that the specification's example talks to."""

    def place_spread_order(
        self, symbol: str, legs: list[SpreadLeg], quantity: int, limit_price: float
    ) -> str:
        return f"{symbol}-{quantity}-{limit_price}-{len(legs)}"

    def get_option_chain(self, symbol: str, expiration: datetime) -> Any:
        return option_chain(symbol, expiration.date())

    def get_quote(self, symbol: str) -> Any:
        return SimpleNamespace(last=SPOT)


def prelude() -> dict[str, Any]:
    """The names that the specification's code blocks use without defining them."""
    broker = PaperBroker()
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [NEAR])
    chain = option_chain()
    return {
        "broker": SpecificationBroker(),
        "expiration": datetime.combine(NEAR, datetime.min.time()),
        "timing": TimingParameters(),
        "sizing": SizingParameters(),
        "balancer": PositionBalancer(),
        "maximizer": CreditMaximizer(),
        "options": chain,
        "option_chain": chain,
        "underlying_price": SPOT,
        "debit_long_leg": DEBIT[0],
        "debit_short_leg": DEBIT[1],
        "submit_order": broker.order,
        "get_quotes": quotes,
        "get_price": price,
        "executor": executor,
    }


def specification(project_root: Path) -> str:
    path = project_root.parent / "shared" / "spec" / "arbitrage-executor.md"
    if not path.is_file():
        pytest.skip("the specification's text is not beside this checkout")
    return path.read_text(encoding="utf-8")


def test_every_code_block_of_the_specification_runs_unchanged(
    project_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", specification(project_root), re.M | re.S)
    assert len(blocks) >= 10
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number, block in enumerate(blocks):
            code = re.sub(r"\bfrom execution\b", "from engine", block)
            exec(compile(code, f"<block {number} of the specification>", "exec"), prelude())
    assert [w.category for w in caught] == [RuntimeWarning], "start() says it has no way to cancel"
    printed = capsys.readouterr().out
    assert "Active traders: 9" in printed
    assert "Net premium: $20.00" in printed
    assert "Category: MONTHLY" in printed or "Category: " in printed
    assert "Best credit: $" in printed


class GuideBroker:
    """The broker object that the engine guide's program talks to."""

    def place(
        self, symbol: str, legs: list[SpreadLeg], quantity: int, price: float, *, tag: str
    ) -> str:
        return tag

    def cancel(self, order_id: str) -> bool:
        return True

    def look_up(self, order_id: str) -> Any:
        return SimpleNamespace(status="working", filled=0, average_price=None)

    def option_chain(self, symbol: str, expiration: Any) -> Any:
        return option_chain(symbol, expiration)

    def last_price(self, symbol: str) -> float:
        return SPOT


def test_every_code_block_of_the_engine_guide_runs_as_it_is_written(
    project_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project_root / "docs" / "engine.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) == 2
    names: dict[str, Any] = {"broker": GuideBroker(), "journal_path": tmp_path / "desk.sqlite"}
    exec(compile(blocks[0], "<the guide's program>", "exec"), names)
    printed = capsys.readouterr().out
    assert "SPY 2027-01-15: " in printed
    assert "Active Traders: 2" in printed
    exec(compile(blocks[1], "<the guide's push>", "exec"), names)


def test_a_program_that_follows_the_quick_start_trades_nine_chains_and_stops() -> None:
    broker = SpecificationBroker()
    executor = create_arbitrage_executor(
        order_callback=lambda symbol, legs, quantity, limit_price, expiration: (
            broker.place_spread_order(symbol, legs, quantity, limit_price)
        ),
        quote_callback=broker.get_option_chain,
        underlying_callback=lambda symbol: broker.get_quote(symbol).last,
        pace=None,
    )
    today = datetime(2031, 1, 6)
    expirations = [today + timedelta(days=days) for days in (30, 60, 90)]
    for symbol in ("AAPL", "MSFT", "SPY"):
        executor.add_symbol(symbol, expirations)
    with pytest.warns(RuntimeWarning, match="no cancel_callback"):
        executor.start()
    assert executor.get_status()["active"] is True
    assert len(executor.get_status()["traders"]) == 9
    executor.stop()
    assert executor.get_status()["active"] is False


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
