"""The session report laid out as plain text, for a terminal, a file or a screen reader."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from textwrap import wrap
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.report.session import Rate, SessionReport

NARROWEST: Final = 60
"""Columns that a report takes at least."""

_EXCHANGE = ZoneInfo("America/New_York")
_TRADERS = ("TRADER", "SZ", "K/N", "FILL%", "95% INT", "DONE", "HEDGE", "NET", "FLOOR", "CASH")


def report_text(report: SessionReport, width: int = 100) -> str:
    """Lay the report out in at most `width` columns, NARROWEST or more."""
    return "\n".join(_lines(report, max(width, NARROWEST))) + "\n"


def _lines(report: SessionReport, width: int) -> Iterator[str]:
    yield from _head(report, width)
    yield from _section("TRADING", width)
    yield from _pairs(_trading(report), width)
    yield from _section("MONEY, US dollars", width)
    yield from _pairs(_money(report), width)
    yield from _wrapped(
        "The floor is the worst payoff of finished pairs at expiration, at filled prices after "
        "fees. The liquidation value is what closing everything at natural prices brings, before "
        "fees, as the session ended. Net premium is cash received minus paid, before fees: matched "
        "minus open; most of it may go back by expiration.",
        width,
    )
    yield from _section("ORDERS", width)
    yield from _pairs(_orders(report), width)
    for title, rates in (
        ("FILL RATE BY SIZE, contracts", report.sizes),
        ("FILL RATE BY HOUR, exchange time", report.hours),
        ("FILL RATE BY DELAY", report.delays),
    ):
        yield from _section(title, width)
        yield from (_rate_row(rate, width) for rate in rates)
        if not rates:
            yield "  n/a, no attempt yet"
    yield from _section(f"TRADERS, {len(report.traders)}", width)
    yield from _table(report, width)
    yield from _section(f"RECOMMENDATIONS, {len(report.recommendations)}", width)
    for each in report.recommendations:
        change = f"{_value(each.before)} -> {_value(each.after)}"
        outcome = f"{each.state}{f': {each.reason}' if each.reason else ''}"
        yield from _wrapped(
            f"{each.id} {each.kind} {each.trader} {change}  {each.verdict}  {outcome}", width
        )
    if not report.recommendations:
        yield "  none"
    yield from _section("OPERATOR AND ALARMS", width)
    acted = ", ".join(f"{count} {action} {outcome}" for action, outcome, count in report.operator)
    yield from _wrapped(f"actions: {acted or 'none'}", width)
    alarms = report.alarms
    yield from _wrapped(
        f"alarms raised: P1 {alarms.p1}, P2 {alarms.p2}, P3 {alarms.p3}; "
        f"median to acknowledgement {_seconds(alarms.ack_p50_s)}",
        width,
    )
    for line in alarms.standing:
        yield from _wrapped(f"stands: {line}", width)
    yield from _wrapped(f"books: {report.books}", width)


def _head(report: SessionReport, width: int) -> Iterator[str]:
    head = report.header
    yield from _wrapped(
        f"SESSION REPORT  [{head.mode}] {head.account}  {head.session_date}", width, 0
    )
    began, now = _clock(head.started_ms), _clock(head.ended_ms)
    asked = f", asked by {head.ended_by}" if head.ended_by else ""
    end = f"ended {now}: {head.end_reason}{asked}" if head.ended else f"not ended, as of {now}"
    yield from _wrapped(f"started {began}, {end}", width, 0)
    if head.mode == "SIM":
        seed = "" if head.source.endswith(f"seed {head.seed}") else f", seed {head.seed}"
        yield from _wrapped(
            f"SIMULATED: fill model {head.fill_model}, source {head.source}{seed}; "
            "fills were simulated, not traded",
            width,
            0,
        )
    else:
        yield from _wrapped(f"source {head.source}", width, 0)
    again = f", started {head.starts} times" if head.starts > 1 else ""
    yield from _wrapped(f"run {head.run or '-'}{again}", width, 0)


def _trading(report: SessionReport) -> list[tuple[str, str]]:
    cycles, money = report.cycles, report.money
    return [
        ("attempts", str(report.attempts.n)),
        ("fills", f"{report.attempts.k} ({_rate(report.attempts)})"),
        ("median time to fill", _seconds(report.fill_p50_s)),
        ("cycles with a fill", str(cycles.filled)),
        ("completed", f"{cycles.completion.k}/{cycles.filled} ({_rate(cycles.completion)})"),
        ("scratched, parked, open", f"{cycles.scratched}, {cycles.parked}, {cycles.open}"),
        ("hung over 5 s", str(cycles.hung)),
        (
            "median, worst hedge",
            f"{_seconds(cycles.hedge_p50_s)}, {_seconds(cycles.worst_hedge_s)}",
        ),
        ("a hung cycle, after fees", _dollars(cycles.per_hung_c)),
        ("unhedged contracts", str(money.unhedged)),
    ]


def _share(cents: int, use: float, least: float) -> str:
    """Dollars for each of what they took; unknown below the least of it that says anything."""
    return _dollars(round(cents / use)) if use >= least else "n/a"


def _money(report: SessionReport) -> list[tuple[str, str]]:
    money = report.money
    settled = []
    if money.settled:
        settled = [("pairs settled, realised", f"{money.settled}, {_dollars(money.realised_c)}")]
    if money.shares_realised_c:
        settled.append(("shares traded, realised", _dollars(money.shares_realised_c)))
    return [
        ("floor at filled prices", _dollars(money.floor_c)),
        ("floor an order", _share(money.result_c, report.orders.sent, 1)),
        ("floor a trader-hour", _share(money.result_c, money.trader_hours, 1 / 60)),
        ("open, at worst", _dollars(money.open_worst_c)),
        ("liquidation value", _liquidation(report)),
        ("fees", _dollars(money.fees_c, "")),
        ("cash: gross credit", _dollars(money.gross_credit_c, "")),
        ("cash: gross debit", _dollars(money.gross_debit_c, "")),
        ("cash: from unwinds", _dollars(money.unwinds_c, "")),
        ("cash: net premium", _dollars(money.net_premium_c)),
        ("cash: matched", _dollars(money.matched_c)),
        ("pairs ARB, LOCK*, RISK", ", ".join(str(count) for count in money.labels.values())),
        (
            "contracts bought, sold",
            f"{money.debit_contracts}, {money.credit_contracts + money.unwound_contracts}",
        ),
        *settled,
    ]


def _liquidation(report: SessionReport) -> str:
    if report.money.liquidation_c is not None:
        return _dollars(report.money.liquidation_c)
    return "no ask for a short" if report.header.ended else "when it ends"


def _orders(report: SessionReport) -> list[tuple[str, str]]:
    orders = report.orders
    ratio = "n/a" if orders.efficiency is None else f"{orders.efficiency:.1f}"
    return [
        ("orders sent", str(orders.sent)),
        ("cancels sent", str(orders.cancels)),
        ("orders executed", str(orders.executed)),
        ("efficiency ratio", ratio),
        ("rejects", str(orders.rejects)),
        ("partial fills", str(orders.partials)),
        ("late fills", str(orders.late_fills)),
        ("duplicates ignored", str(orders.duplicates)),
        ("working, unknown", f"{orders.live}, {orders.unknown}"),
        ("executions not booked", str(orders.not_booked)),
    ]


def _table(report: SessionReport, width: int) -> Iterator[str]:
    rows = [_TRADERS]
    for trader in report.traders:
        fill = trader.fill
        rows.append(
            (
                trader.trader,
                str(trader.size),
                f"{fill.k}/{fill.n}",
                "n/a" if fill.rate is None else f"{100 * fill.rate:.1f}",
                _interval(fill),
                f"{trader.completions}/{trader.filled_cycles}",
                _seconds(trader.hedge_p50_s),
                f"{trader.net_contracts:+d}" if trader.net_contracts else "0",
                _dollars(trader.floor_c),
                _dollars(trader.net_premium_c),
            )
        )
    shown = list(range(len(_TRADERS)))
    spans = [max(len(row[place]) for row in rows) for place in shown]
    for least in (6, 4, 1, 9, 5):
        if 2 + sum(spans[place] + 2 for place in shown) - 2 <= width:
            break
        shown.remove(least)
    for row in rows:
        cells = [
            row[place].ljust(spans[place]) if place == 0 else row[place].rjust(spans[place])
            for place in shown
        ]
        yield "  " + "  ".join(cells)
    for trader in report.traders:
        if trader.hold or trader.fault:
            yield from _wrapped(
                f"{trader.trader}: {f'held {trader.hold}' if trader.hold else ''}"
                f"{' fault ' + trader.fault if trader.fault else ''}",
                width,
            )


def _section(title: str, width: int) -> Iterator[str]:
    yield ""
    yield f"- {title} ".ljust(min(width, 100), "-")


def _pairs(pairs: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Two columns of labelled values where they fit, else one."""
    rows = list(pairs)
    span = max(len(value) for _, value in rows)
    cells = [f"  {label:<23} {value:>{span}}" for label, value in rows]
    wide = max(len(cell) for cell in cells)
    if 2 * wide + 2 > width:
        yield from cells
        return
    half = (len(cells) + 1) // 2
    for place in range(half):
        right = cells[place + half] if place + half < len(cells) else ""
        yield f"{cells[place]:<{wide}}  {right}".rstrip()


def _rate_row(rate: Rate, width: int) -> str:
    row = f"  {rate.label:<7}{rate.k:>6}/{rate.n:<7}{_rate(rate):<22}"
    if rate.lots_per_attempt is None or width < 74:
        return row.rstrip()
    return f"{row}  {rate.lots_per_attempt:.2f} contracts/attempt"


def _rate(rate: Rate) -> str:
    if rate.rate is None:
        return "n/a"
    thin = " THIN" if rate.thin else ""
    return f"{100 * rate.rate:.1f}% {_interval(rate)}{thin}"


def _interval(rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return "n/a"
    low, high = round(100 * rate.low), round(100 * rate.high)
    if low == high:  # never narrower than it is: 0 of 900 is not certainly nothing
        low, high = math.floor(100 * rate.low), math.ceil(100 * rate.high)
    return f"[{low}-{high}]"


def _wrapped(text: str, width: int, indent: int = 2) -> list[str]:
    pad = " " * indent
    return wrap(
        text, width, initial_indent=pad, subsequent_indent=pad + "  ", break_on_hyphens=False
    )


def _dollars(cents: int | None, sign: str = "+") -> str:
    if cents is None:
        return "n/a"
    return f"{cents / 100:{sign},.2f}" if cents else "0.00"


def _seconds(seconds: float | None) -> str:
    return "n/a" if seconds is None else f"{seconds:.1f} s"


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, _EXCHANGE).strftime("%Y-%m-%d %H:%M:%S ET")


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(str(each) for each in value)
    return "-" if value is None else str(value)
