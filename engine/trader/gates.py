"""Whether a trader may open a debit now, when it looks again, and what its row says it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.market.session import Moment
from engine.orders.ladder import Stage
from engine.risk.gate import Gate
from engine.snapshot import TraderState

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader

_LOOK_AGAIN_S: Final = {
    Gate.NO_PAIR: 3.0,
    Gate.CLOSES_OTHER: 3.0,
    Gate.QUOTES_STALE: 1.0,
    Gate.RATE: 0.5,
    Gate.UNHEDGED: 1.0,
    Gate.CLOSE_NEAR: 60.0,
    Gate.EXPIRY_NEAR: 60.0,
    Gate.HOURS: 30.0,
}
_PASSING: Final = frozenset(
    {Gate.NO_PAIR, Gate.CLOSES_OTHER, Gate.RATE, Gate.EDGE, Gate.WORTH, Gate.DUPLICATE}
)


def first_closed(trader: ExpirationTrader, moment: Moment) -> Gate | None:
    """The first gate that is closed before any quote is looked at; None where all are open."""
    if trader.fault:
        return Gate.FAULT
    desk = trader.gate.desk_gate()
    if desk is not None:
        return desk
    session = trader.session
    if session.multiplier is None:
        return Gate.PHASE
    if moment.epoch_s >= session.last_debit_s:
        return Gate.CLOSE_NEAR
    if trader.paused:
        return Gate.PAUSED
    if trader.held is not None:
        return Gate.HELD
    if trader.hours is not None and session.exchange_hour(moment.epoch_s) not in trader.hours:
        return Gate.HOURS
    if trader.leg_unconfirmed:
        return Gate.UNKNOWN_ORDER
    if (trader.expiration - session.phase.session_date).days < (
        trader.config.spreads.min_days_to_expiry
    ):
        return Gate.EXPIRY_NEAR
    if trader.completer.units:
        return Gate.UNHEDGED
    return trader.gate.chain_gate(trader.key, trader.exposure, moment.now_s)


def look_again_s(trader: ExpirationTrader, code: Gate, moment: Moment) -> float:
    """Seconds after which a closed gate is looked at again, soon enough for its kind."""
    if code is Gate.PHASE:
        opens_s = trader.session.phase.next_open_s
        return 60.0 if opens_s is None else max(0.0, opens_s - moment.epoch_s)
    return _LOOK_AGAIN_S.get(code, 2.0)


def state_of(trader: ExpirationTrader) -> TraderState:
    """What a trader is doing."""
    if trader.fault:
        return TraderState.FAULT
    units = trader.completer.units
    if any(unit.stage is not Stage.PARKED for unit in units.values()):
        return TraderState.HEDGING
    if trader.gate.desk.ended:
        return TraderState.OFF
    if trader.gate.desk.killed:
        return TraderState.KILLED
    if trader.paused:
        return TraderState.PAUSED
    if trader.debits.live is not None:
        return TraderState.WORKING
    if units:  # parked: nobody completes them, and the chain is blocked
        return TraderState.BLOCKED
    if trader.held is not None:
        return TraderState.HELD
    if trader.session.multiplier is None:
        return TraderState.OFF
    if trader.blocked is Gate.QUOTES_STALE:
        return TraderState.STALE
    if trader.blocked is not None and trader.blocked not in _PASSING:
        return TraderState.BLOCKED
    return TraderState.RUN
