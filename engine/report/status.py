"""What `legdesk status --json` prints, from the latest snapshot."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json

from engine.snapshot import Concentration, EngineSnapshot, Tied

ACTIVE: Final = ("unacked", "acked")
"""States of the alarms that count, here and on the screen."""

STANDING: Final = 50
"""Alarms and recommendations named, of each at most."""


def _usd(cents: int | None) -> float | None:
    return None if cents is None else cents / 100


def _rounded_usd(cents: float | None) -> float | None:
    return None if cents is None else round(cents / 100, 4)


def concentration_json(by_trader: Concentration, by_symbol: Concentration) -> dict[str, Any]:
    """Shares of the gains, and how many equal ones are as concentrated; None where nobody gained.

    Args:
        by_trader, by_symbol: of one desk.
    """
    return {
        name: {
            "gains_usd": each.gains_c / 100,
            "losses_usd": each.losses_c / 100,
            "gaining": each.gaining,
            "losing": each.losing,
            "best": each.best,
            "best_share": _rounded(each.share),
            "effective_number": _rounded(each.effective),
        }
        for name, each in (("by_trader", by_trader), ("by_symbol", by_symbol))
    }


def capital_json(tied: Tied) -> dict[str, Any]:
    """What completed pairs tie up; dollar-days a floor dollar are None without a floor above 0."""
    return {
        "pairs": tied.pairs,
        "floor_usd": tied.floor_c / 100,
        "capital_usd": tied.capital_c / 100,
        "dollar_days": tied.cent_days / 100,
        "dollar_days_a_floor_dollar": _rounded(tied.dollar_days),
    }


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 6)


def _by_expiration(snapshot: EngineSnapshot) -> dict[str, Tied]:
    sums: dict[str, Tied] = {}
    for row in snapshot.traders:
        day = row.expiration.isoformat()
        sums[day] = sums.get(day, Tied()).plus(row.tied)
    return dict(sorted(sums.items()))


def status_text(snapshot: EngineSnapshot, written_s: float) -> str:
    """The text of status.json: of 1,000 traders, an eighth of the time that `json` takes."""
    status = status_json(snapshot, written_s)
    try:
        return to_json(status, indent=1, inf_nan_mode="constants").decode()
    except PydanticSerializationError:  # half a character, from a file name
        return json.dumps(status, indent=1)


def status_json(snapshot: EngineSnapshot, written_s: float) -> dict[str, Any]:
    """What `legdesk status --json` prints: the desk's main figures with the time of writing."""
    totals, phase = snapshot.totals, snapshot.phase
    return {
        "written_s": round(written_s, 3),
        "run": snapshot.run,
        "run_dir": snapshot.run_dir,
        "mode": snapshot.mode,
        "account": snapshot.account,
        "source": snapshot.source,
        "fill_model": snapshot.fill_model,
        "state": snapshot.state.value,
        "now_s": round(snapshot.now_s, 3),
        "session_date": snapshot.session_date.isoformat(),
        "phase": phase.name,
        "entries_open": phase.entries_open,
        "attempts": totals.attempts,
        "fills": totals.fills,
        "completions": totals.completions,
        "filled_cycles": totals.filled_cycles,
        "floor_usd": totals.floor_c / 100,
        "open_worst_usd": _usd(totals.open_worst_c),
        "liquidation_usd": _usd(totals.liquidation_c),
        "net_premium_usd": totals.net_premium_c / 100,
        "matched_usd": totals.matched_c / 100,
        "open_usd": totals.open_c / 100,
        "fees_usd": totals.fees_c / 100,
        "unhedged": totals.unhedged,
        "working": totals.working,
        "unknown": totals.unknown,
        "imbalance": totals.imbalance,
        "day_loss_usd": totals.day_loss_c / 100,
        "orders_today": totals.orders_today,
        "stale_or_mispriced": totals.suspect,
        "thin": totals.thin,
        "result_usd": totals.result_c / 100,
        "result_an_order_usd": _rounded_usd(totals.result_an_order_c),
        "result_a_trader_hour_usd": _rounded_usd(totals.result_a_trader_hour_c),
        "reservation_usd": _usd(totals.reservation_c),
        "concentration": concentration_json(snapshot.by_trader(), snapshot.by_symbol()),
        "result_by_symbol_usd": {
            symbol: result_c / 100 for symbol, result_c in snapshot.symbol_results_c().items()
        },
        "capital": capital_json(totals.tied),
        "capital_by_expiration": {
            day: capital_json(tied) for day, tied in _by_expiration(snapshot).items()
        },
        "alarms": {
            f"p{p}": sum(a.priority == p and a.state in ACTIVE for a in snapshot.alarms)
            for p in (1, 2, 3)
        },
        "shelved": sum(a.state == "shelved" for a in snapshot.alarms),
        "standing": [
            {
                "alarm": alarm.id,
                "priority": alarm.priority,
                "code": alarm.code,
                "where": alarm.where,
                "places": len(alarm.places),
                "what": alarm.what,
                "state": alarm.state,
            }
            for alarm in snapshot.alarms
            if alarm.state != "cleared"
        ][:STANDING],
        "recommendations": [
            {"recommendation": r.id, "kind": r.kind, "trader": r.trader, "verdict": r.verdict}
            for r in snapshot.recommendations
            if r.state == "ready" and (r.expires_s is None or r.expires_s > snapshot.now_s)
        ][:STANDING],
        "trials": [
            {
                "trial": t.id,
                "setting": t.setting,
                "trader": t.trader,
                "after": t.after,
                "end": t.end,
                "pairs": t.pairs,
                "effect_usd_hour": _rounded(t.effect),
                "low": _rounded(t.low),
                "high": _rounded(t.high),
                "cost_usd": round(t.cost_usd, 2),
            }
            for t in snapshot.trials
        ],
        "notices": list(snapshot.notices[:STANDING]),
        "guard": snapshot.health.guard,
        "traders": {
            row.key: {
                "state": row.state.value,
                "gate": row.gate,
                "size": row.size,
                "trial": row.trial,
                "attempts": row.attempts,
                "fills": row.fills,
                "net_contracts": row.net_contracts,
                "floor_usd": row.floor_c / 100,
                "result_usd": row.result_c / 100,
                "orders": row.orders,
                "stale_or_mispriced": row.suspect,
                "result_an_order_usd": _rounded_usd(row.result_an_order_c),
                "capital": capital_json(row.tied),
            }
            for row in snapshot.traders
        },
    }
