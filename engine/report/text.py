"""The session report laid out as plain text, for a terminal, a file or a screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from engine.report.layout import (
    clock,
    dollar_days,
    dollars,
    in_pairs,
    interval,
    printable,
    rate_text,
    seconds,
    section,
    share,
    table,
    wrapped,
)
from engine.report.records import Course, Cycles, MoneyTable, Rate, SessionReport
from engine.report.trials import trial_sentence
from engine.snapshot.dollars import LEAST_TRADER_HOURS, Concentration

NARROWEST: Final = 60
"""Columns that a report takes at least."""

_TRADERS: Final = (
    "TRADER", "SZ", "K/N", "FILL%", "95%INT", "DONE", "HEDGE", "NET", "FLOOR", "CASH",
)  # fmt: skip
_DOLLARS: Final = ("TRADER", "RESULT", "$/Ord", "$/TrH", "CAPITAL", "$-DAYS A $", "")
_CAPITAL: Final = ("EXPIRATION", "PAIRS", "FLOOR", "CAPITAL", "$-DAYS A FLOOR $")


def report_text(report: SessionReport, width: int = 100) -> str:
    """Lay the report out in at most `width` columns, NARROWEST or more."""
    return "\n".join(map(printable, _lines(report, max(width, NARROWEST)))) + "\n"


def summary_lines(report: SessionReport, where: str = "") -> list[str]:
    """What a session came to in a few lines, what is guaranteed first.

    Args:
        where: the file that holds the whole report; "" where none was kept.
    """
    head, money, cycles = report.header, report.money, report.cycles
    count = f"{money.unhedged:,} contract{'' if money.unhedged == 1 else 's'} unhedged"
    realised = money.realised_c + money.shares_realised_c
    settled = f"; settled so far {dollars(realised)}"
    settled = settled if money.settled or money.shares_realised_c else ""
    rows = [
        (
            "guaranteed",
            f"{dollars(money.floor_c)} at expiration, at filled prices, after fees{settled}",
        ),
        ("this session", f"{dollars(money.result_c)} of guaranteed results"),
        ("open", f"{count}, at worst {_worst(money)}; {_open_units(cycles)}"),
        (
            "traded",
            f"{report.attempts.k:,} of {report.attempts.n:,} debits filled, {_done(report)}",
        ),
        ("cash", f"{dollars(money.net_premium_c)} net premium, fees {dollars(money.fees_c, '')}"),
    ]
    if where:
        rows.append(("report", where))
    made = "SIMULATED, " if head.mode == "SIM" else ""
    title = f"[{head.mode}] {head.account}  {head.session_date}  {made}ended {clock(head.ended_ms)}"
    return [printable(line) for line in (title, *(f"  {name:<14}{text}" for name, text in rows))]


def _worst(money: MoneyTable) -> str:
    """What open units come to at least."""
    return "unlimited" if money.open_worst_c is None else dollars(money.open_worst_c)


def _open_units(cycles: Cycles) -> str:
    units = f"{cycles.open:,} unit{'' if cycles.open == 1 else 's'} open"
    return f"{units}, {cycles.parked:,} of them parked" if cycles.parked else units


def _done(report: SessionReport) -> str:
    return f"{report.cycles.completion.k:,} completed, {report.orders.sent:,} orders sent"


def _lines(report: SessionReport, width: int) -> Iterator[str]:
    yield from _head(report, width)
    yield from section("TRADING", width)
    yield from in_pairs(trading_figures(report), width)
    yield from section("MONEY, US dollars", width)
    yield from in_pairs(money_figures(report), width)
    yield from wrapped(
        "The floor is the worst payoff of finished pairs at expiration, at filled prices after "
        "fees. The liquidation value is what closing everything at natural prices brings, before "
        "fees, as the session ended. Net premium is cash received minus paid, before fees: matched "
        "minus open; most of it may go back by expiration.",
        width,
    )
    yield from section("ORDERS", width)
    yield from in_pairs(order_figures(report), width)
    for title, rates in (
        ("FILL RATE BY SIZE, contracts", report.sizes),
        ("FILL RATE BY HOUR, exchange time", report.hours),
        ("FILL RATE BY DELAY", report.delays),
    ):
        yield from section(title, width)
        yield from (_rate_row(rate, width) for rate in rates)
        if not rates:
            yield "  n/a, no attempt yet"
    yield from section("WHAT KEPT TRADERS FROM DEBITS, share of looks", width)
    yield from _gates(report, width)
    if report.afterwards:
        yield from section("AFTERWARDS, at quotes that came anyway", width)
        for sentence in report.afterwards:
            yield from wrapped(sentence, width)
    yield from section(f"TRADERS, {len(report.traders)}", width)
    yield from _table(report, width)
    yield from section("DOLLARS BY TRADER, floors of the session", width)
    yield from _sources(report, width)
    yield from section("CAPITAL UNTIL EXPIRATION, completed pairs held", width)
    yield from _capital(report, width)
    yield from section(f"RECOMMENDATIONS, {len(report.recommendations)}", width)
    for each in report.recommendations:
        change = f"{_value(each.before)} -> {_value(each.after)}"
        outcome = f"{each.state}{f': {each.reason}' if each.reason else ''}"
        yield from wrapped(
            f"{each.id} {each.kind} {each.trader} {change}  {each.verdict}  {outcome}", width
        )
    if not report.recommendations:
        yield "  none"
    for notice in report.notices:
        yield from wrapped(f"notice: {notice}", width)
    if report.trials:
        yield from section(f"TRIALS, {len(report.trials)}", width)
        for trial in report.trials:
            yield from wrapped(trial_sentence(trial), width)
        if report.calibration:
            yield from wrapped(report.calibration, width)
    yield from section("OPERATOR AND ALARMS", width)
    acted = ", ".join(f"{count} {action} {outcome}" for action, outcome, count in report.operator)
    yield from wrapped(f"actions: {acted or 'none'}", width)
    alarms = report.alarms
    yield from wrapped(
        f"alarms raised: P1 {alarms.p1}, P2 {alarms.p2}, P3 {alarms.p3}; "
        f"median to acknowledgement {seconds(alarms.ack_p50_s)}",
        width,
    )
    raised = ", ".join(f"P{p} {code} {count}" for p, code, count in report.course.alarms)
    if raised:
        yield from wrapped(f"of them: {raised}", width)
    for line in alarms.standing:
        yield from wrapped(f"stands: {line}", width)
    yield from wrapped(f"books: {report.books}", width)


def _head(report: SessionReport, width: int) -> Iterator[str]:
    head = report.header
    yield from wrapped(
        f"SESSION REPORT  [{head.mode}] {head.account}  {head.session_date}", width, 0
    )
    began, now = clock(head.started_ms), clock(head.ended_ms)
    asked = f", asked by {head.ended_by}" if head.ended_by else ""
    end = f"ended {now}: {head.end_reason}{asked}" if head.ended else f"not ended, as of {now}"
    yield from wrapped(f"started {began}, {end}", width, 0)
    if head.mode == "SIM":
        seed = "" if head.source.endswith(f"seed {head.seed}") else f", seed {head.seed}"
        yield from wrapped(
            f"SIMULATED: fill model {head.fill_model}, source {head.source}{seed}; "
            "fills were simulated, not traded",
            width,
            0,
        )
    else:
        yield from wrapped(f"source {head.source}", width, 0)
    if len(report.made_by) > 1:
        models = "; ".join(each.text for each in report.made_by)
        yield from wrapped(f"MIXED: processes of this session had other fills: {models}", width, 0)
    again = f", started {head.starts} times" if head.starts > 1 else ""
    yield from wrapped(f"run {head.run or '-'}{again}", width, 0)


def trading_figures(report: SessionReport) -> list[tuple[str, str]]:
    """Attempts, fills and cycles, each with its name."""
    cycles, money = report.cycles, report.money
    return [
        ("attempts", str(report.attempts.n)),
        ("fills", f"{report.attempts.k} ({rate_text(report.attempts)})"),
        ("median time to fill", seconds(report.fill_p50_s)),
        ("cycles with a fill", _with_before(cycles.filled, cycles.left_over)),
        ("completed", f"{cycles.completion.k}/{cycles.filled} ({rate_text(cycles.completion)})"),
        ("scratched, parked, open", f"{cycles.scratched}, {cycles.parked}, {cycles.open}"),
        ("hung over 5 s", _with_before(cycles.hung, cycles.hung_before)),
        (
            "median, worst hedge",
            f"{seconds(cycles.hedge_p50_s)}, {seconds(cycles.worst_hedge_s)}",
        ),
        ("a hung cycle, floor", dollars(cycles.per_hung_c)),
        ("unhedged contracts", str(money.unhedged)),
    ]


def _with_before(count: int, before: int) -> str:
    """A count, and how many of it an earlier session has counted already."""
    return f"{count}, {before} from before" if before else str(count)


def money_figures(report: SessionReport) -> list[tuple[str, str]]:
    """What is guaranteed, open and cash, each with its name."""
    money = report.money
    settled = []
    fees = "fees" if report.header.mode in ("", "SIM") else "fees, planned until told"
    if money.settled:
        settled = [("pairs settled, realised", f"{money.settled}, {dollars(money.realised_c)}")]
    if money.shares_realised_c:
        settled.append(("shares traded, realised", dollars(money.shares_realised_c)))
    return [
        ("floor at filled prices", dollars(money.floor_c)),
        ("floor an order", share(money.result_c, report.orders.sent, 1)),
        ("floor a trader-hour", share(money.result_c, money.trader_hours, LEAST_TRADER_HOURS)),
        ("open, at worst", _worst(money)),
        ("liquidation value", _liquidation(report)),
        (fees, dollars(money.fees_c, "")),
        ("cash: gross credit", dollars(money.gross_credit_c, "")),
        ("cash: gross debit", dollars(money.gross_debit_c, "")),
        ("cash: from unwinds", dollars(money.unwinds_c, "")),
        ("cash: net premium", dollars(money.net_premium_c)),
        ("cash: matched", dollars(money.matched_c)),
        ("pairs ARB, LOCK*, RISK", ", ".join(str(count) for count in money.labels.values())),
        (
            "contracts bought, sold",
            f"{money.debit_contracts}, {money.credit_contracts + money.unwound_contracts}",
        ),
        *settled,
    ]


def _liquidation(report: SessionReport) -> str:
    if report.money.liquidation_c is not None:
        return dollars(report.money.liquidation_c)
    return "no ask for a short" if report.header.ended else "when it ends"


def order_figures(report: SessionReport) -> list[tuple[str, str]]:
    """Orders and what became of them, each with its name."""
    orders = report.orders
    ratio = "n/a" if orders.efficiency is None else f"{orders.efficiency:.1f}"
    return [
        ("orders sent", str(orders.sent)),
        ("orders a day, budget", _budget(report.course)),
        ("cancels sent", str(orders.cancels)),
        ("orders executed", str(orders.executed)),
        ("efficiency ratio", ratio),
        ("rejects", str(orders.rejects)),
        ("partial fills", str(orders.partials)),
        ("late fills", str(orders.late_fills)),
        ("duplicates ignored", str(orders.duplicates)),
        ("working, unknown", f"{orders.live}, {orders.unknown}"),
        ("executions not booked", str(orders.not_booked)),
        ("stale or mispriced", f"{orders.suspect} debits"),
    ]


def _budget(course: Course) -> str:
    """What a day may have on a month's average, by the session's settings."""
    if course.order_budget is None:
        return "n/a"
    return f"{course.order_budget}{'' if course.order_budget_enforced else ' not enforced'}"


def _gates(report: SessionReport, width: int) -> Iterator[str]:
    """What kept traders from debits, as shares of the looks at them."""
    gates = report.course.gates
    total = sum(gates.values())
    shares = ", ".join(f"{gate} {count / total:.1%}" for gate, count in gates.items())
    yield from wrapped(shares or "n/a, no look is in the journal", width)


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
                interval(fill),
                f"{trader.completions}/{trader.filled_cycles}",
                seconds(trader.hedge_p50_s),
                f"{trader.net_contracts:+d}" if trader.net_contracts else "0",
                dollars(trader.floor_c),
                dollars(trader.net_premium_c),
            )
        )
    yield from table(rows, width, (6, 1, 9, 5, 3))  # no rate without its interval
    for trader in report.traders:
        if trader.hold or trader.fault:
            yield from wrapped(
                f"{trader.trader}: {f'held {trader.hold}' if trader.hold else ''}"
                f"{' fault ' + trader.fault if trader.fault else ''}",
                width,
            )


def _sources(report: SessionReport, width: int) -> Iterator[str]:
    """Whose the dollars are: concentration, and a row for each trader."""
    found = report.dollars
    for word, spread in (("trader", found.by_trader), ("symbol", found.by_symbol)):
        yield from wrapped(f"by {word}: {concentration(spread)}", width)
    if found.symbols:
        texts = (f"{symbol} {dollars(result_c)}" for symbol, result_c in found.symbols)
        yield from wrapped(", ".join(texts), width)
    rows = [_DOLLARS]
    for trader in report.traders:
        rows.append(
            (
                trader.trader,
                dollars(trader.result_c),
                share(trader.result_c, trader.orders, 1),
                share(trader.result_c, trader.trader_hours, LEAST_TRADER_HOURS),
                dollars(trader.capital.capital_c, ""),
                dollar_days(trader.capital.dollar_days),
                "THIN" if trader.fill.thin else "",
            )
        )
    yield from table(rows, width, (4, 5))


def concentration(spread: Concentration) -> str:
    """Concentration in words."""
    if spread.share is None or spread.effective is None:
        return "nobody gained"
    lost = f"; {spread.losing} lost {dollars(spread.losses_c)}" if spread.losing else ""
    return (
        f"{spread.best} has {spread.share:.0%} of gains of {dollars(spread.gains_c)}, as "
        f"concentrated as {spread.effective:.1f} equal ones of {spread.gaining} that gained{lost}"
    )


def _capital(report: SessionReport, width: int) -> Iterator[str]:
    rows = [_CAPITAL]
    for row in report.capital:
        figures = (dollars(row.floor_c), dollars(row.capital_c, ""), dollar_days(row.dollar_days))
        rows.append((row.label, str(row.pairs), *figures))
    yield from table(rows, width)
    yield from wrapped(
        "Capital is the most that a pair could lose at expiration, at any time of its life: what "
        "its debit cost, or what it falls below zero since it is complete; no broker's margin. It "
        "is tied from the day of its first fill to its expiration, in calendar days, one at least.",
        width,
    )


def _rate_row(rate: Rate, width: int) -> str:
    row = f"  {rate.label:<7}{rate.k:>6}/{rate.n:<7}{rate_text(rate):<22}"
    if rate.lots_per_attempt is None or width < 74:
        return row.rstrip()
    return f"{row}  {rate.lots_per_attempt:.2f} contracts/attempt"


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(str(each) for each in value)
    return "-" if value is None else str(value)
