"""The codec of the wire: orders, reports and quotes as JSON values, and back; see also `books`.

Prices are whole cents; arrays of quotes are base64 of little-endian doubles, so that every number
arrives as it was sent.
"""

from __future__ import annotations

import base64
import math
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from engine.brokers.remote.frames import WireError, cleaned, finite, whole
from engine.market.chain import Floats, OptionChain
from engine.market.legs import SpreadLeg
from engine.orders.types import EFFECTS, Effect, OrderReport, OrderRequest, Part, ReportKind

MOST_CONTRACTS: Final = 100_000
MOST_CENTS: Final = 100_000_000
MOST_MULTIPLIER: Final = 100_000
"""Bounds of an order's numbers: far above any order, and far below what arithmetic cannot hold."""

_QUOTES: Final = (
    "bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv", "quoted_s",
)  # fmt: skip


# ---------------------------------------------------------------------- orders


def order_plain(request: OrderRequest) -> dict[str, Any]:
    """An order for the wire."""
    return {
        "order": request.client_order_id,
        "trader": request.trader,
        "symbol": request.symbol,
        "expiration": request.expiration.isoformat(),
        "part": request.part.value,
        "legs": [_leg_plain(leg) for leg in request.legs],
        "quantity": request.quantity,
        "limit_c": request.limit_c,
        "multiplier": request.multiplier,
        "effects": list(request.effects),
    }


def order_of(plain: dict[str, Any]) -> OrderRequest:
    """An order from the wire.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        expiration = date.fromisoformat(plain["expiration"])
        bought, sold = (_leg_of(leg, expiration) for leg in plain["legs"])
        return OrderRequest(
            _text(plain["order"]),
            _text(plain["trader"]),
            _text(plain["symbol"]),
            expiration,
            Part(plain["part"]),
            (bought, sold),
            whole(plain["quantity"], 1, MOST_CONTRACTS),
            whole(plain["limit_c"], -MOST_CENTS, MOST_CENTS),
            whole(plain["multiplier"], 1, MOST_MULTIPLIER),
            effects=(_effect(plain["effects"][0]), _effect(plain["effects"][1])),
        )
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise WireError(f"not an order: {error}") from None


def _leg_plain(leg: SpreadLeg) -> list[Any]:
    return [leg.strike, leg.option_type, leg.side, _known(leg.bid), _known(leg.ask)]


def _leg_of(plain: list[Any], expiration: date | datetime) -> SpreadLeg:
    strike, right, side, bid, ask = plain
    if right not in ("call", "put") or side not in ("buy", "sell"):
        raise ValueError(f"{str(right)[:20]!r} {str(side)[:20]!r} is not a leg's right and side")
    if not 0 < finite(strike) <= MOST_CENTS / 100:
        raise ValueError(f"{strike} cannot be a strike")
    return SpreadLeg(finite(strike), expiration, right, side, _figure(bid), _figure(ask))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _figure(value: float | None) -> float:
    return math.nan if value is None else finite(value)


def _effect(value: Any) -> Effect:
    if value not in EFFECTS:
        raise ValueError(f"{value!r} is not an effect of a leg")
    effect: Effect = value
    return effect


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable():
        raise ValueError(f"{value!r} is not a short printable text")
    return value


# ---------------------------------------------------------------------- reports


def report_plain(report: OrderReport) -> list[Any]:
    """A report for the wire."""
    plain = [
        report.kind.value,
        report.client_order_id,
        report.at_s,
        report.broker_order_id,
        report.execution_id,
        report.quantity,
        report.price_c,
        report.leg,
        report.reason,
    ]
    return [*plain, report.raw_state] if report.raw_state else plain


def report_of(plain: list[Any]) -> OrderReport:
    """A report from the wire; its texts are made printable and short.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        kind, order, at_s, broker_order, execution, quantity, price_c, leg, reason, *more = plain
        (raw_state,) = more or [""]
        return OrderReport(
            ReportKind(kind),
            cleaned(order, 64),
            finite(at_s),
            cleaned(broker_order, 64),
            cleaned(execution, 64),
            whole(quantity),
            whole(price_c),
            whole(leg),
            cleaned(reason, 200),
            cleaned(raw_state, 40),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise WireError(f"not a report: {error}") from None


# ---------------------------------------------------------------------- quotes


def chain_plain(chain: OptionChain) -> dict[str, Any]:
    """A chain for the wire."""
    return {
        "symbol": chain.symbol,
        "expiration": chain.expiration.isoformat(),
        "underlying": _known(chain.underlying_price),
        "multiplier": chain.multiplier,
        "style": chain.style,
        "settlement": chain.settlement,
        "confirmed_s": _known(chain.confirmed_s),
        "strikes": _array_plain(chain.strikes),
        **{name: _array_plain(getattr(chain, name)) for name in _QUOTES},
    }


def chain_of(plain: dict[str, Any]) -> OptionChain:
    """A chain from the wire.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        strikes = _array_of(plain["strikes"])
        return OptionChain(
            cleaned(plain["symbol"], 16),
            date.fromisoformat(plain["expiration"]),
            strikes,
            underlying_price=_figure(plain["underlying"]),
            multiplier=int(plain["multiplier"]),
            style=plain["style"],
            settlement=plain["settlement"],
            confirmed_s=_figure(plain["confirmed_s"]),
            **_quotes_of(plain, len(strikes)),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WireError(f"not a chain: {error}") from None


def _quotes_of(plain: dict[str, Any], columns: int) -> dict[str, Any]:
    return {name: _array_of(plain[name]).reshape(2, columns) for name in _QUOTES}


def _array_plain(values: Floats) -> str:
    return base64.b64encode(values.astype("<f8").tobytes()).decode("ascii")


def _array_of(text: str) -> Floats:
    return np.frombuffer(base64.b64decode(text, validate=True), "<f8").astype(np.float64)
