"""What a running desk tells, in plain words: a line an event, and one for its status.

A line has no escape, no box and no glyph: it is for screen readers, logs and pipes. Money that is
guaranteed comes first, unknown is `?`, and what is old is said to be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from tui.text import formats
from tui.text.formats import UNKNOWN

STALE_AFTER_S: Final = 2.0
"""Real seconds without a new snapshot after which a status is stale, as on the screen."""

LONGEST: Final = 300
"""Characters of a text inside a line."""

BEYOND_ALL: Final = 1e11
"""No dollars, contracts or seconds of a desk come to so many."""

RIGHTS: Final = {"C": "calls", "P": "puts"}

Row = dict[str, Any]


def event_line(row: Row) -> str:
    """An event in one line: exchange time, symbol and expiration, what happened.

    Args:
        row: of the type "event".
    """
    subject = " ".join(filter(None, (_chain(row), _words(row))))
    return f"{_time(row)} {subject}"


def event_words(row: Row) -> str:
    """The same without the time."""
    return " ".join(filter(None, (_chain(row), _words(row))))


def desk_line(row: Row) -> str:
    """That a desk is followed from here on."""
    return f"following the desk {_account(row)}, run {_said(row, 'run')}"


def missed_line(row: Row) -> str:
    """That events were missed."""
    events = formats.plural(int(row["events"]), "event")
    return f"MISSED {events}: this program or what reads it was too slow; the journal has all"


def lost_line(row: Row) -> str:
    """That the desk tells no more, and why."""
    return f"{_said(row, 'reason')}; nothing more is told"


def is_stale(status: Row) -> bool:
    """Whether a status is older than a working desk lets it become."""
    age_s = _number(status, "age_s")
    return status.get("state") != "ENDED" and (age_s is None or age_s >= STALE_AFTER_S)


def status_line(status: Row) -> str:
    """The desk's figures in one line.

    Args:
        status: of the type "status", with its age; {} where nothing is known yet.
    """
    age = formats.duration(_number(status, "age_s"))
    if is_stale(status):
        age = f"STALE, {age} old: the desk says nothing, and this may be wrong now"
    else:
        age = f"data {age} old"
    parts = (
        f"floor {_usd(status, 'floor_usd')} dollars guaranteed",
        f"cash {_usd(status, 'cash_usd')} dollars",
        _unhedged(status),
        _day_loss(status),
        _orders(status),
        _working(status),
        _alarms(status),
        _phase(status),
        f"engine {_said(status, 'state') or UNKNOWN}",
        _quotes(status),
    )
    if is_stale(status):
        return f"{_time(status)} {_account(status)} status: {age}; {'; '.join(parts)}"
    return f"{_time(status)} {_account(status)} status: {'; '.join(parts)}; {age}"


# ---------------------------------------------------------------------- figures


def _number(row: Row, name: str) -> float | None:
    """A figure; None where it is unknown, or nothing that a desk could tell."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < BEYOND_ALL else None


def _said(row: Row, name: str, most: int = LONGEST) -> str:
    value = row.get(name)
    return "" if value is None else formats.displayed(value, most)


def _cents(row: Row, name: str) -> int | None:
    usd = _number(row, name)
    return None if usd is None else round(usd * 100)


def _usd(row: Row, name: str) -> str:
    return formats.money(_cents(row, name))


def _plain_usd(row: Row, name: str) -> str:
    return formats.money(_cents(row, name), signed=False)


def _count(row: Row, name: str) -> str:
    value = _number(row, name)
    return UNKNOWN if value is None else formats.count(int(value))


def _day_loss(row: Row) -> str:
    """The day's loss of the limit that it meets next, and what follows there, where that is told.

    A desk that does not tell it yet tells the last limit.
    """
    follows = _said(row, "day_loss_next")
    limit = "day_loss_next_usd" if follows else "day_loss_limit_usd"
    told = f"day loss {_of(row, 'day_loss_usd', limit, _plain_usd)} dollars"
    return f"{told}, then {follows}" if follows else told


def _of(row: Row, name: str, limit: str, shown: Callable[[Row, str], str]) -> str:
    most = f" of {shown(row, limit)}" if row.get(limit) is not None else ""
    return shown(row, name) + most


def time_of(row: Row, digits: int = 0) -> str | None:
    """Exchange time of a row; None where it has none."""
    at_s = _number(row, "at")
    return None if at_s is None else formats.clock(at_s, digits)


def _time(row: Row) -> str:
    return time_of(row) or "--:--:--"


def _account(row: Row) -> str:
    mode = _said(row, "mode", 5).upper() or UNKNOWN
    tail = _said(row, "account", 32) or UNKNOWN
    return f"{mode} {tail}" if mode == "SIM" else f"{mode} account ending {tail}"


def _chain(row: Row) -> str:
    """Symbol and expiration as traders write them, "" where the whole desk is meant."""
    symbol, written = _said(row, "symbol", 12), str(row.get("expiration") or "")
    try:
        day = formats.expiry(date.fromisoformat(written)) if written else ""
    except ValueError:
        day = formats.clean(written, 12)
    name = "all traders" if symbol == "*" else " ".join(filter(None, (symbol, day)))
    return f"{name}:" if name else ""


def _unhedged(status: Row) -> str:
    number = _number(status, "unhedged")
    told = f"unhedged {_count(status, 'unhedged')}"
    if number:
        told += f" for {formats.duration(_number(status, 'unhedged_s'))}"
    worst = _usd(status, "open_worst_usd")
    if "open_worst_usd" in status and status["open_worst_usd"] is None:
        worst = formats.LIMITLESS
    elif not number and not _number(status, "open_worst_usd"):
        return told
    return f"{told}, at worst {worst}"


def _orders(status: Row) -> str:
    if status and status.get("order_budget") is None:
        return f"orders {_count(status, 'orders')}, no budget here"
    return f"orders {_of(status, 'orders', 'order_budget', _count)}"


def _working(status: Row) -> str:
    unknown = _number(status, "unknown")
    more = f", {_count(status, 'unknown')} WITHOUT AN ANSWER" if unknown else ""
    return f"working orders {_count(status, 'working')}{more}"


def _alarms(status: Row) -> str:
    alarms = status.get("alarms")
    counts = alarms if isinstance(alarms, dict) else {}
    told = " ".join(f"P{p} {_count(counts, f'p{p}')}" for p in (1, 2, 3))
    waiting = _number(status, "unacknowledged_p1")
    return f"alarms {told}" + (f", {waiting:,.0f} of P1 UNACKNOWLEDGED" if waiting else "")


def _phase(status: Row) -> str:
    name = _said(status, "phase") or UNKNOWN
    if status.get("time_paused") is True:
        return f"phase {name}, time paused"
    following = _said(status, "next_phase")
    left = formats.countdown(_number(status, "phase_left_s"))
    return f"phase {name}, {following} in {left}" if following else f"phase {name}"


def _quotes(status: Row) -> str:
    stale = _number(status, "stale_traders")
    age = formats.duration(_number(status, "quotes_age_s"))
    if stale:
        return f"quotes STALE for {formats.plural(int(stale), 'trader')}, {age} old"
    return f"oldest quotes {age} old"


# ---------------------------------------------------------------------- what happened


def _words(row: Row) -> str:
    kind = str(row.get("kind", ""))
    told = _WORDS.get(kind)
    return (
        f"{formats.clean(kind, 20)} {_said(row, 'reason')}".strip() if told is None else told(row)
    )


def _remark(row: Row, name: str = "reason") -> str:
    reason = _said(row, name)
    return f", {reason}" if reason else ""


def _strike(row: Row, name: str) -> str:
    value = _number(row, name)
    return UNKNOWN if value is None else formats.strike(value)


def _contracts(row: Row) -> str:
    value = _number(row, "contracts")
    return f"{UNKNOWN} contracts" if value is None else formats.plural(abs(int(value)), "contract")


def _fill(row: Row) -> str:
    part = _said(row, "part") or "order"
    if not row.get("booked"):
        return f"{part} report of {_contracts(row)} NOT BOOKED: repeated, or of an unknown order"
    back = (_number(row, "contracts") or 0) < 0
    done = "TAKEN BACK" if back else "filled"
    right = str(row.get("right"))
    legs = f"buy {_strike(row, 'buy_strike')} sell {_strike(row, 'sell_strike')}"
    return (
        f"{part} {done}, {_contracts(row)} at {_plain_usd(row, 'price')} a share, {legs} "
        f"{RIGHTS.get(right, formats.clean(right, 8))}, {_count(row, 'filled')} of "
        f"{_count(row, 'ordered')} now filled, fees {_plain_usd(row, 'fee_usd')}"
        f"{', LATE, after the order had ended' if row.get('late') else ''}"
    )


def _pair(row: Row) -> str:
    took = _number(row, "hedge_s")
    return (
        f"floor {_usd(row, 'floor_usd')} dollars guaranteed, pair "
        f"{_count(row, 'cycle')} {_said(row, 'outcome').lower()}, {_contracts(row)}, cash "
        f"{_usd(row, 'cash_usd')}, fees {_plain_usd(row, 'fees_usd')}, open for "
        f"{formats.duration(took)}"
    )


def _alarm(row: Row) -> str:
    state, name = _said(row, "state"), _said(row, "alarm", 12)
    priority = _count(row, "priority")
    code, where = _said(row, "code", 40), _said(row, "where")
    if state in ("raised", "joined"):
        also = "raised" if state == "raised" else "also holds"
        means, do = _said(row, "consequence"), _said(row, "response")
        answer = f". Means: {means}. Do: {do}" if state == "raised" and (means or do) else ""
        return f"ALARM P{priority} {also}, {name} {code}, {where}: {_said(row, 'what')}{answer}"
    if state == "left":
        return f"alarm P{priority} {name} {code} holds no longer at {where}"
    return f"alarm P{priority} {name} {code} {state}"


def _change(row: Row) -> str:
    return f"{_value(row.get('before'))} to {_value(row.get('after'))}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(formats.clean(each, 40) for each in value)
    return "none" if value is None else formats.clean(value, 60)


def _recommendation(row: Row) -> str:
    name, verdict = _said(row, "recommendation", 12), _said(row, "verdict", 40)
    return (
        f"recommendation {name} {_said(row, 'state', 40)}: {_said(row, 'change', 40)} "
        f"{_change(row)}{f', {verdict}' if verdict else ''}{_remark(row)}"
    )


def _trial(row: Row) -> str:
    return (
        f"trial {_said(row, 'trial', 12)} {_said(row, 'state', 40)}: {_said(row, 'setting', 60)} "
        f"{_change(row)}{_remark(row)}"
    )


def _operator(row: Row) -> str:
    target = _said(row, "target", 60)
    whose = {"*": "everything"}.get(target, target.replace("symbol:", "all of "))
    on = "" if row.get("expiration") else f" {whose}"
    return (
        f"{_said(row, 'who', 40)} asked: {_said(row, 'action', 40)}{on}, "
        f"{_said(row, 'outcome', 40)}{_remark(row)}"
    )


def _books(row: Row) -> str:
    difference = _said(row, "difference")
    if difference:
        return f"book and broker DIFFER: {difference}"
    return f"book and broker agree, {formats.plural(int(_number(row, 'chains') or 0), 'chain')}"


def _ladder(row: Row) -> str:
    told = f"pair {_count(row, 'cycle')} waits for its credit, stage {_said(row, 'stage', 8)}"
    if "limit" in row and row["limit"] is None:
        return f"{told}, no order for it"
    return f"{told}, limit {_plain_usd(row, 'limit')} a share"


def _settled(row: Row) -> str:
    shares = _number(row, "shares")
    return (
        f"{_contracts(row)} of {_strike(row, 'strike')}{_said(row, 'right', 4)} "
        f"{_said(row, 'how', 40)}, cash {_usd(row, 'cash_usd')}"
        f"{f', {shares:+,.0f} shares' if shares else ''}"
    )


def _armed(row: Row) -> str:
    limit = row.get("debit_limit_usd")
    most = "" if limit is None else f", debits of at most {_plain_usd(row, 'debit_limit_usd')}"
    return f"live trading armed on the account ending {_said(row, 'account', 8)}{most} dollars"


_WORDS: Final[dict[str, Callable[[Row], str]]] = {
    "session": lambda r: (
        f"session of {_said(r, 'session_date')} begins, {_said(r, 'mode')}, {_said(r, 'source')}"
    ),
    "end": lambda r: f"the session has ended{_remark(r)}",
    "phase": lambda r: f"phase {_said(r, 'phase')}{_remark(r)}",
    "fill": _fill,
    "pair": _pair,
    "ladder": _ladder,
    "hold": lambda r: f"held, {_said(r, 'code', 40)}{_remark(r)}",
    "release": lambda r: f"held no longer, {_said(r, 'code', 40)}",
    "fault": lambda r: f"FAULT, this trader has stopped{_remark(r)}",
    "alarm": _alarm,
    "recommendation": _recommendation,
    "trial": _trial,
    "setting": lambda r: f"setting {_said(r, 'setting', 60)} {_change(r)}{_remark(r)}",
    "limit": lambda r: (
        f"limit {_said(r, 'limit', 60)} {'taken back' if r.get('undo') else 'tightened'}, "
        f"{_change(r)}{_remark(r)}"
    ),
    "size": lambda r: f"order size {_change(r)}{_remark(r)}",
    "operator": _operator,
    "armed": _armed,
    "books": _books,
    "adjusted": lambda r: (
        f"book of {_strike(r, 'strike')}{_said(r, 'right', 4)} set to the broker's, {_change(r)}"
    ),
    "kept": lambda r: (
        f"the book keeps {_count(r, 'executions')} executions of {_said(r, 'order', 60)} that the "
        "broker's record lacks"
    ),
    "external": lambda r: (
        f"{_contracts(r)} and shares of {_count(r, 'roots')} roots are external from here on"
    ),
    "settled": _settled,
    "shares": lambda r: f"{_count(r, 'shares')} shares at {_plain_usd(r, 'price')}",
    "expired": lambda r: (
        f"settled at {_plain_usd(r, 'price')}, realised {_usd(r, 'realised_usd')} dollars, "
        f"{_count(r, 'pairs')} pairs"
    ),
}
