"""What a trader is made of, without one: a chain of quotes, a moment, and the context of its parts."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import numpy as np

from engine.book.balancer import PositionBalancer
from engine.config import DeskConfig
from engine.market.calendar import EXCHANGE_ZONE, xnys
from engine.market.chain import OptionChain
from engine.market.clock import SystemClock
from engine.market.fees import FeeSchedule
from engine.market.session import SessionView
from engine.market.ticks import contract_terms
from engine.orders.ids import OrderIds
from engine.pricing.credit import CreditMaximizer
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.risk.gate import PreTradeGate
from engine.trader.chain import ScannedChain
from engine.trader.context import TraderContext

DAY = date(2026, 1, 14)
EXPIRATION = date(2026, 2, 20)
LIMITS = {
    "order_budget_enforced": False,
    "orders_per_minute": 6000,
    "day_loss_exit_only_usd": 2500,
    "day_loss_halt_usd": 5000,
}


def make_chain(
    spot: float = 100.0,
    spread: float = 0.10,
    symbol: str = "AAPL",
    expiration: date = EXPIRATION,
) -> OptionChain:
    """Calls and puts around 100 whose mid prices are a smooth convex curve."""
    strikes = np.arange(80.0, 121.0, 2.5)
    away = strikes - spot
    calls = (np.sqrt(away**2 + 60) - away) / 2
    puts = (np.sqrt(away**2 + 60) + away) / 2
    mids = np.round(np.stack([calls, puts]), 2)
    made = OptionChain(symbol, expiration, strikes, underlying_price=spot)
    made.bid[:] = np.maximum(mids - spread / 2, 0.01)
    made.ask[:] = mids + spread / 2
    return made


def epoch(clock: str = "10:30:00", day: date = DAY) -> float:
    """Epoch seconds of a New York wall clock."""
    moment = datetime.combine(day, time.fromisoformat(clock), EXCHANGE_ZONE)
    return moment.timestamp()


def make_context(at: str = "10:30:00", **sections: Any) -> TraderContext:
    """What the parts of a trader share, without a trader.

    Args:
        at: New York wall clock of `DAY` of the session.
        sections: overrides of DeskConfig, such as timing={...}.
    """
    sections["limits"] = LIMITS | sections.get("limits", {})
    config = DeskConfig.model_validate(sections)
    session = SessionView(xnys(), config.timing, config.limits.last_debit_before_close_s)
    session.update(epoch(at))
    exposure = Exposure()
    terms = contract_terms("AAPL")
    chain = ScannedChain(
        "AAPL",
        EXPIRATION,
        config,
        CreditMaximizer(),
        SystemClock(),
        FeeSchedule(),
        terms,
        None,
    )
    return TraderContext(
        chain,
        config.timing,
        config.sizing,
        balancer=PositionBalancer(),
        session=session,
        gate=PreTradeGate(config.limits, exposure, DeskFlags()),
        ids=OrderIds("SIM", "T", DAY, 1),
    )
