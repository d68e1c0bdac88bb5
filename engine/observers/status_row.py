"""The desk's main figures as a row of JSON, beside the rows of its events."""

from __future__ import annotations

from typing import Final

from engine.observers.event_rows import VERSION, Row, row_text
from engine.snapshot import EngineSnapshot

ACTIVE: Final = ("unacked", "acked")
"""States of the alarms that count, as in the status of `legdesk status`."""


def account_tail(snapshot: EngineSnapshot) -> str:
    """What may be shown of an account: a simulation's name, of any other its last characters."""
    if snapshot.mode.upper() == "SIM":
        return row_text(snapshot.account)
    return row_text(snapshot.connection.tail or snapshot.account)[-4:]


def status_row(snapshot: EngineSnapshot, made_s: float) -> Row:
    """A snapshot's figures as a row; None is unknown.

    Args:
        snapshot: the latest one.
        made_s: when it was first seen, in seconds of the machine's monotonic clock.
    """
    t, phase = snapshot.totals, snapshot.phase
    stale = [row.quoted_s for row in snapshot.traders if row.stale and row.quoted_s is not None]
    limit = t.next_loss_limit
    finite = phase.ends_s if abs(phase.ends_s) < 1e12 else None
    return {
        "v": VERSION,
        "type": "status",
        "at": round(snapshot.now_s, 3),
        "made_s": made_s,
        "mode": row_text(snapshot.mode),
        "account": account_tail(snapshot),
        "run": row_text(snapshot.run),
        "floor_usd": t.floor_c / 100,
        "cash_usd": t.net_premium_c / 100,
        "unhedged": t.unhedged,
        "unhedged_s": _since(snapshot.now_s, t.unhedged_since_s) if t.unhedged else None,
        "open_worst_usd": None if t.open_worst_c is None else t.open_worst_c / 100,
        "day_loss_usd": t.day_loss_c / 100,
        "day_loss_limit_usd": t.day_loss_limit_c / 100 if t.day_loss_limit_c else None,
        "day_loss_next_usd": None if limit is None else limit.cents / 100,
        "day_loss_next": None if limit is None else limit.follows,
        "orders": t.orders_today,
        "order_budget": t.order_budget if t.order_budget_enforced else None,
        "working": t.working,
        "unknown": t.unknown,
        "alarms": {
            f"p{p}": sum(a.priority == p and a.state in ACTIVE for a in snapshot.alarms)
            for p in (1, 2, 3)
        },
        "unacknowledged_p1": sum(a.priority == 1 and a.state == "unacked" for a in snapshot.alarms),
        "phase": row_text(phase.name),
        "next_phase": row_text(phase.next_name) or None,
        "phase_left_s": None if finite is None else max(0.0, round(finite - snapshot.now_s, 3)),
        "entries_open": phase.entries_open,
        "state": snapshot.state.value,
        "time_paused": snapshot.time_paused,
        "traders": len(snapshot.traders),
        "stale_traders": sum(row.stale for row in snapshot.traders),
        "quotes_age_s": _since(snapshot.now_s, min(stale) if stale else t.quoted_s),
    }


def _since(now_s: float, then_s: float | None) -> float | None:
    return None if then_s is None else round(max(0.0, now_s - then_s), 3)
