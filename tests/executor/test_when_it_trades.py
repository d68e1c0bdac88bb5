"""When an executor trades: in a session, far from expirations, and alike from one seed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.support.executor_world import (
    FAR,
    MORNING_S,
    NEAR,
    TODAY,
    PaperBroker,
    Placed,
    executor_on,
    fill,
    option_chain,
    run_for,
    virtual,
)


def test_two_runs_with_the_same_seed_send_the_same_orders() -> None:
    def orders(seed: int) -> list[tuple[str, float, float]]:
        times: list[float] = []
        clock = virtual()

        def answer(placed: Placed) -> Any:
            times.append(clock.clock.now_s())
            return fill(placed)

        broker = PaperBroker(answer)
        executor = executor_on(broker, clock, cancel_callback=broker.cancel, seed=seed)
        executor.add_symbol("AAPL", [NEAR, FAR])
        run_for(executor, 300)
        return [
            (placed.symbol, placed.limit_price, at_s)
            for placed, at_s in zip(broker.orders, times, strict=True)
        ]

    assert orders(3) == orders(3)
    assert orders(3) != orders(4)


def test_outside_the_session_nothing_is_asked_and_nothing_is_sent() -> None:
    asked: list[date] = []

    def quote(symbol: str, expiration: date) -> Any:
        asked.append(expiration)
        return option_chain(symbol, expiration)

    broker = PaperBroker()
    night_s = MORNING_S - 6 * 3600.0
    executor = executor_on(
        broker, virtual(night_s), cancel_callback=broker.cancel, quote_callback=quote
    )
    executor.add_symbol("AAPL", [NEAR])
    run_for(executor, 4 * 3600)
    assert executor.get_status()["phase"] == "PRE_MARKET"
    assert executor.get_status()["traders"]["AAPL 2026-04-17"]["gate"] == "PHASE"
    assert (asked, broker.orders) == ([], [])
    run_for(executor, 3660)
    assert broker.orders, "and it begins by itself when the exchange opens"


def test_an_expiration_nearer_than_seven_days_is_blocked_with_its_reason() -> None:
    broker = PaperBroker()
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [TODAY + timedelta(days=3)])
    run_for(executor, 120)
    (row,) = executor.get_status()["traders"].values()
    assert (row["gate"], broker.orders) == ("EXPIRY_NEAR", [])
    assert "fewer days to expiration" in row["gate_text"]
