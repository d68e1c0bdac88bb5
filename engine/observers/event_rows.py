"""Events as rows of JSON: fields that stay, whatever becomes of the journal's.

docs/command-line.md documents them. A field is added without a new version; one that goes or means
something else makes one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.observers.event_feed import Alarmed, Filled, Told
from engine.orders import events as ev

VERSION: Final = 1
"""Of the rows."""

LONGEST: Final = 1_000
"""Characters of a text: one that somebody else's answer made longer is cut."""

SEVERAL: Final = 20
"""Entries of a list or table in a row."""

PARTS: Final = {"D": "debit", "C": "credit", "U": "unwind"}

Row = dict[str, Any]


def event_row(told: Told) -> Row:
    """An event as a row.

    Args:
        told: from the desk's feed; its kind is one of TOLD.
    """
    event = told.event
    row: Row = {
        "v": VERSION,
        "type": "event",
        "number": told.number,
        "row": told.row,
        "at": event.at_ms / 1000,
    }
    kind, fields = _FIELDS[type(event)](event, told.about)
    trader = str(getattr(event, "trader", "") or getattr(told.about, "trader", ""))
    symbol, _, expiration = ("*", "", "") if trader == "*" else trader.partition(" ")
    row |= {"kind": kind, "symbol": row_text(symbol), "expiration": row_text(expiration)}
    return row | fields


def row_text(value: object) -> str:
    """A text of a row, not longer than LONGEST."""
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _usd(cents: int | None) -> float | None:
    return None if cents is None else cents / 100


def _value(value: object) -> Any:
    """A setting's value: a JSON scalar, or a list of some."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_value(each) for each in value[:SEVERAL]]
    return row_text(value)


Fields = tuple[str, Row]


def _session(e: ev.SessionStarted, about: Any) -> Fields:
    return "session", {
        "mode": row_text(e.mode),
        "run": row_text(e.run),
        "source": row_text(e.source),
        "session_date": row_text(e.session_date),
    }


def _fill(e: ev.Executed, about: Filled | None) -> Fields:
    row: Row = {
        "order": row_text(e.order),
        "execution": row_text(e.execution),
        "contracts": e.quantity,
        "price": e.price_c / 100,
        "fee_usd": e.fee_c / 100,
        "late": e.late,
    }
    if about is None:
        return "fill", row | {"part": None, "booked": False}
    order = about.intent
    return "fill", row | {
        "part": PARTS.get(order.part, row_text(order.part)),
        "cycle": order.cycle,
        "right": row_text(order.right),
        "buy_strike": order.buy_strike,
        "sell_strike": order.sell_strike,
        "filled": about.filled,
        "ordered": order.quantity,
        "booked": about.booked,
    }


def _pair(e: ev.CycleEnded, about: Any) -> Fields:
    return "pair", {
        "floor_usd": e.floor_c / 100,
        "cycle": e.cycle,
        "outcome": row_text(e.outcome),
        "contracts": e.contracts,
        "cash_usd": e.net_c / 100,
        "fees_usd": e.fees_c / 100,
        "label": row_text(e.label),
        "hedge_s": e.hedge_s,
    }


def _alarm(state: str) -> Callable[[Any, Alarmed | None], Fields]:
    rises = state in ("raised", "joined")

    def fields(e: Any, about: Alarmed | None) -> Fields:
        raised = e if about is None and isinstance(e, ev.AlarmRaised) else None
        raised = raised if about is None else about.raised
        said = e if hasattr(e, "where") else raised
        row: Row = {
            "state": state,
            "alarm": row_text(e.alarm),
            "priority": None,
            "code": "",
            "where": "" if said is None else row_text(said.where),
            "what": row_text(getattr(said, "what", "")),
            "consequence": "",
            "response": "",
            "wants_answer": rises and about is not None and about.wants,
        }
        if raised is not None:
            row["priority"], row["code"] = raised.priority, row_text(raised.code)
            row["consequence"] = row_text(raised.consequence)
            row["response"] = row_text(raised.response)
        return "alarm", row

    return fields


def _recommended(e: ev.Recommended, about: Any) -> Fields:
    return "recommendation", {
        "state": "ready",
        "recommendation": row_text(e.recommendation),
        "change": row_text(e.kind),
        "before": _value(e.before),
        "after": _value(e.after),
        "verdict": row_text(e.verdict),
        "reason": "",
    }


def _resolved(e: ev.RecommendationSettled, about: ev.Recommended | None) -> Fields:
    return "recommendation", {
        "state": row_text(e.outcome),
        "recommendation": row_text(e.recommendation),
        "change": "" if about is None else row_text(about.kind),
        "before": None if about is None else _value(about.before),
        "after": None if about is None else _value(about.after),
        "verdict": "" if about is None else row_text(about.verdict),
        "reason": row_text(e.reason),
    }


def _trial(e: ev.TrialStarted, about: Any) -> Fields:
    return "trial", {
        "state": "started",
        "trial": row_text(e.trial),
        "setting": row_text(e.lever),
        "before": _value(next(iter(e.before.values()), None)),
        "after": _value(e.after),
        "reason": "",
    }


def _trial_ended(e: ev.TrialEnded, about: ev.TrialStarted | None) -> Fields:
    return "trial", {
        "state": row_text(e.end),
        "trial": row_text(e.trial),
        "setting": "" if about is None else row_text(about.lever),
        "before": None if about is None else _value(next(iter(about.before.values()), None)),
        "after": None if about is None else _value(about.after),
        "reason": row_text(" ".join(map(str, e.reasons))),
    }


def _operator(e: ev.OperatorActed, about: Any) -> Fields:
    symbol, _, expiration = str(e.target).partition(" ")
    names = {"symbol": symbol, "expiration": expiration} if len(expiration) == 10 else {}
    return "operator", {
        **names,
        "action": row_text(e.action),
        "target": row_text(e.target),
        "who": row_text(e.who),
        "outcome": row_text(e.outcome),
        "before": row_text(e.before),
        "after": row_text(e.after),
        "reason": row_text(e.reason),
    }


def _settled(e: ev.Settled, about: Any) -> Fields:
    return "settled", {
        "how": row_text(e.kind),
        "right": row_text(e.right),
        "strike": e.strike,
        "contracts": e.quantity,
        "cash_usd": e.cash_c / 100,
        "shares": e.shares,
    }


def _limit(limit_c: int) -> float | None:
    """Dollars a share; None where no order has been sent for a unit, or none is any more."""
    return limit_c / 100 if limit_c else None


_FIELDS: Final[dict[type, Callable[[Any, Any], Fields]]] = {
    ev.SessionStarted: _session,
    ev.SessionEnded: lambda e, _: ("end", {"reason": row_text(e.reason)}),
    ev.PhaseChanged: lambda e, _: (
        "phase",
        {"phase": row_text(e.phase), "reason": row_text(e.reason)},
    ),
    ev.Executed: _fill,
    ev.CycleEnded: _pair,
    ev.LadderMoved: lambda e, _: (
        "ladder",
        {"cycle": e.cycle, "stage": row_text(e.stage), "limit": _limit(e.limit_c)},
    ),
    ev.TraderHeld: lambda e, _: ("hold", {"code": row_text(e.code), "reason": row_text(e.text)}),
    ev.TraderReleased: lambda e, _: ("release", {"code": row_text(e.code)}),
    ev.TraderFaulted: lambda e, _: ("fault", {"reason": row_text(e.text)}),
    ev.AlarmRaised: _alarm("raised"),
    ev.AlarmJoined: _alarm("joined"),
    ev.AlarmLeft: _alarm("left"),
    ev.AlarmCleared: _alarm("ended"),
    ev.AlarmAcknowledged: _alarm("acknowledged"),
    ev.Recommended: _recommended,
    ev.RecommendationSettled: _resolved,
    ev.TrialStarted: _trial,
    ev.TrialEnded: _trial_ended,
    ev.SettingChanged: lambda e, _: (
        "setting",
        {
            "setting": row_text(e.setting),
            "before": _value(e.before),
            "after": _value(e.after),
            "reason": row_text(e.why),
        },
    ),
    ev.LimitChanged: lambda e, _: (
        "limit",
        {
            "limit": row_text(e.limit),
            "before": e.before,
            "after": e.after,
            "undo": e.undo,
            "reason": row_text(e.why),
        },
    ),
    ev.SizeChanged: lambda e, _: (
        "size",
        {"before": e.before, "after": e.after, "reason": row_text(e.why)},
    ),
    ev.OperatorActed: _operator,
    ev.LiveArmed: lambda e, _: (
        "armed",
        {"account": row_text(e.account)[-4:], "debit_limit_usd": _usd(e.debit_limit_c)},
    ),
    ev.BooksCompared: lambda e, _: (
        "books",
        {"chains": e.chains, "difference": row_text(e.difference)},
    ),
    ev.BookAdjusted: lambda e, _: (
        "adjusted",
        {"right": row_text(e.right), "strike": e.strike, "before": e.before, "after": e.after},
    ),
    ev.LackAccepted: lambda e, _: (
        "kept",
        {"order": row_text(e.order), "executions": len(e.executions)},
    ),
    ev.BaselineTaken: lambda e, _: (
        "external",
        {"contracts": len(e.contracts), "roots": len(e.shares)},
    ),
    ev.Settled: _settled,
    ev.SharesTraded: lambda e, _: (
        "shares",
        {"symbol": row_text(e.symbol), "shares": e.shares, "price": e.price_c / 100},
    ),
    ev.ChainSettled: lambda e, _: (
        "expired",
        {"price": e.price_c / 100, "pairs": e.pairs, "realised_usd": e.realised_c / 100},
    ),
}
