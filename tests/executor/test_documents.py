"""The specification's and the engine guide's code, run as it is written."""

from __future__ import annotations

import re
import warnings
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine import (
    CreditMaximizer,
    PositionBalancer,
    SizingParameters,
    SpreadLeg,
    TimingParameters,
    create_arbitrage_executor,
)
from engine.market.quotes.chains import chain_from
from tests.support.executor_world import (
    NEAR,
    SPOT,
    PaperBroker,
    leg,
    option_chain,
    price,
    quotes,
    trading_on,
)

DEBIT = (leg(95.0, "buy", 7.0, 7.1), leg(97.5, "sell", 5.3, 5.4))


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
    executor = trading_on(broker)
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
    said = [w.category for w in caught if w.category is not ResourceWarning]  # of what ran before
    assert said == [RuntimeWarning], "start() says it has no way to cancel"
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
    assert len(blocks) == 3
    names: dict[str, Any] = {"broker": GuideBroker(), "journal_path": tmp_path / "desk.sqlite"}
    exec(compile(blocks[0], "<the guide's program>", "exec"), names)
    printed = capsys.readouterr().out
    assert "SPY 20" in printed
    assert "Active Traders: 2" in printed
    exec(compile(blocks[1], "<the guide's push>", "exec"), names)
    names |= {"SpreadLeg": SpreadLeg, "chain_from": chain_from}
    exec(compile(blocks[2], "<the guide's quotes>", "exec"), names)
    told = [
        (chain.strikes.tolist(), chain.bid.tolist(), chain.ask.tolist())
        for chain in names["chains"]
    ]
    assert told == [([150.0], [[1.55], [1.40]], [[1.65], [1.50]])] * len(names["answers"])


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
    today = datetime(2031, 1, 6, 10, 15)
    expirations = [today + timedelta(days=days) for days in (30, 60, 90)]
    for symbol in ("AAPL", "MSFT", "SPY"):
        executor.add_symbol(symbol, expirations)
    with pytest.warns(RuntimeWarning, match="no cancel_callback"):
        executor.start()
    assert executor.get_status()["active"] is True
    assert len(executor.get_status()["traders"]) == 9
    executor.stop()
    assert executor.get_status()["active"] is False
