"""The picture of a desk: every figure recounted from the journal, cheap, immutable, never waiting."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from engine.checker.sums import floor_of
from engine.learning.estimators import wilson
from engine.orders import events as ev
from engine.snapshot import Tied, TraderState
from tests.support.operator_steps import Operated


class Recount:
    """Adds a journal's events up by themselves, with none of the desk's own folding."""

    def __init__(self, events: list[ev.Event]) -> None:
        self.events = events
        self.intents = {e.order: e for e in events if isinstance(e, ev.OrderIntended)}
        self.executed = [e for e in events if isinstance(e, ev.Executed)]
        self.keys = [e.trader for e in events if isinstance(e, ev.TraderAdded)]
        self.ended = {e.order: e for e in events if isinstance(e, ev.OrderEnded)}
        # a cycle that ends again replaces its first end
        self.cycles = {(e.trader, e.cycle): e for e in events if isinstance(e, ev.CycleEnded)}

    def of(self, kind: type, trader: str | None = None) -> list[Any]:
        return [
            e
            for e in self.events
            if isinstance(e, kind) and trader in (None, getattr(e, "trader", None))
        ]

    def executions(self, trader: str | None, *parts: str) -> list[ev.Executed]:
        return [
            e
            for e in self.executed
            if trader in (None, e.trader) and self.intents[e.order].part in parts
        ]

    def contracts(self, trader: str | None, *parts: str) -> int:
        return sum(e.quantity for e in self.executions(trader, *parts))

    def money_c(self, trader: str | None, *parts: str) -> int:
        return sum(e.quantity * e.price_c * 100 for e in self.executions(trader, *parts))

    def net_c(self, trader: str | None) -> int:
        return self.money_c(trader, "C", "U") - self.money_c(trader, "D")

    def fees_c(self, trader: str | None) -> int:
        return sum(e.fee_c for e in self.executed if trader in (None, e.trader))

    def open_c(self, trader: str) -> int:
        """What the debit contracts cost that nothing has closed, first in first out."""
        lots = [e.price_c * 100 for e in self.executions(trader, "D") for _ in range(e.quantity)]
        return sum(lots[self.contracts(trader, "C", "U") :])

    def open_worst_c(self, trader: str | None = None) -> int:
        """What open cycles come to at least after fees, beyond what the floor counts of them."""
        worst_c = 0
        for key in self.open_cycles(trader):
            legs, cash_c = list[tuple[int, str, float]](), 0
            for e in self.executed:
                intent = self.intents[e.order]
                if (e.trader, intent.cycle) == key:
                    legs.append((e.quantity, intent.right, intent.buy_strike))
                    legs.append((-e.quantity, intent.right, intent.sell_strike))
                    cash_c += e.quantity * e.price_c * (-100 if intent.part == "D" else 100)
                    cash_c -= e.fee_c
            ended = self.cycles.get(key)
            counted_c = ended.floor_c if ended and ended.outcome != "PARKED" else 0
            worst_c += cash_c + floor_of(legs, 100) - counted_c
        return worst_c

    def tied(self, trader: str | None = None) -> Tied:
        """What the completed pairs cost until their credit came, for the days they are held."""
        total = Tied()
        for (key, cycle), e in self.cycles.items():
            fills = [x for x in self.executions(key, "D") if self.intents[x.order].cycle == cycle]
            if trader in (None, key) and e.outcome == "COMPLETE":
                paid_c = max(sum(x.quantity * x.price_c * 100 for x in fills), -e.floor_c)
                days = (date.fromisoformat(key[-10:]) - date(*self.day(fills[0].at_ms))).days
                total = total.plus(Tied(1, e.floor_c, paid_c, paid_c * days))
        return total

    def day(self, at_ms: int) -> tuple[int, int, int]:
        """Year, month, day in New York; no test day is near midnight there or in Greenwich."""
        return time.gmtime(at_ms / 1000)[:3]

    def suspect(self, trader: str | None) -> int:
        """Debits whose pair had a floor at mid above zero."""
        return sum((e.mid_floor or 0.0) > 0 for e in self.of(ev.PairChosen, trader))

    def late_orders(self) -> set[str]:
        unfilled = {e.order for e in self.of(ev.AttemptEnded) if not e.filled}
        return {e.order for e in self.executed if e.late} & unfilled

    def fills(self, trader: str | None) -> int:
        late = self.late_orders()
        return sum(e.filled > 0 or e.order in late for e in self.of(ev.AttemptEnded, trader))

    def outcomes(self, trader: str | None, outcome: str) -> list[ev.CycleEnded]:
        return [
            e
            for (key, _), e in self.cycles.items()
            if trader in (None, key) and e.outcome == outcome
        ]

    def open_cycles(self, trader: str | None = None) -> dict[tuple[str, int], int]:
        """Unhedged contracts by trader and cycle."""
        net: dict[tuple[str, int], int] = defaultdict(int)
        for e in self.executed:
            intent = self.intents[e.order]
            if trader in (None, e.trader):
                net[e.trader, intent.cycle] += e.quantity if intent.part == "D" else -e.quantity
        return {key: count for key, count in net.items() if count}

    def first_open_s(self, trader: str | None = None) -> float | None:
        """Since when the oldest unhedged unit has been unhedged without a break."""
        since: list[int] = []
        for key, cycle in self.open_cycles(trader):
            net, at_ms = 0, 0
            for e in self.executed:
                intent = self.intents[e.order]
                if (e.trader, intent.cycle) == (key, cycle):
                    at_ms = e.at_ms if net == 0 else at_ms
                    net += e.quantity if intent.part == "D" else -e.quantity
            since.append(at_ms)
        return min(since) / 1000 if since else None

    def live(self) -> list[ev.OrderIntended]:
        return [e for name, e in self.intents.items() if name not in self.ended]

    def hung_results_c(self) -> list[int]:
        return [
            e.floor_c for e in self.cycles.values() if e.outcome != "COMPLETE" or e.hedge_s > 5.0
        ]


@pytest.fixture(scope="module")
def recount(desk) -> Recount:
    return Recount([event for _, event in desk.context.journal.read()])


def approximately_lower_median(seconds: list[float]) -> float:
    """The lower median rounded down to the histogram's step, 10 ms to 10 s, then 1 s."""
    value_ms = round(sorted(seconds)[(len(seconds) - 1) // 2] * 1000)
    return (value_ms // 10 * 10 if value_ms < 10_000 else value_ms // 1000 * 1000) / 1000


# ---------------------------------------------------------------- figures


def test_every_figure_of_every_traders_row_is_what_the_journal_adds_up_to(desk, recount):
    rows = {row.key: row for row in desk.snapshot().traders}
    assert list(rows) == recount.keys
    for key, row in rows.items():
        trader = desk.context.traders[key]
        attempts = recount.of(ev.AttemptEnded, key)
        added = recount.of(ev.TraderAdded, key)[0]
        sizes = recount.of(ev.SizeChanged, key)
        assert (row.symbol, row.expiration.isoformat()) == (added.symbol, added.expiration)
        assert row.dte == (row.expiration - desk.snapshot().session_date).days
        assert row.size == (sizes[-1].after if sizes else added.contracts)
        assert (row.fills, row.attempts) == (recount.fills(key), len(attempts))
        assert (row.low, row.high) == wilson(row.fills, row.attempts)
        assert row.completions == len(recount.outcomes(key, "COMPLETE"))
        filled = {recount.intents[e.order].cycle for e in recount.executions(key, "D")}
        assert row.filled_cycles == len(filled)
        assert row.net_contracts == recount.contracts(key, "D") - recount.contracts(key, "C", "U")
        assert row.open_c == recount.open_c(key)
        assert row.matched_c == recount.net_c(key) + recount.open_c(key)
        assert row.fees_c == recount.fees_c(key)
        hedges = [e.hedge_s for e in recount.of(ev.CycleEnded, key) if e.outcome == "COMPLETE"]
        assert row.hedge_p50_s == (approximately_lower_median(hedges) if hedges else None)
        times = [e.fill_time_ms / 1000 for e in attempts if e.fill_time_ms is not None]
        assert row.fill_p50_s == (approximately_lower_median(times) if times else None)
        open_units = recount.open_cycles(key)
        assert bool(row.stage) == (row.hung_s is not None) == bool(trader.credits.units)
        if open_units:
            assert row.hung_s == pytest.approx(recount.first_open_s(key), abs=0.002)
        assert row.quoted_s == trader.context.quoted_s
        assert row.suspect == recount.suspect(key)
        bucket = round(desk.snapshot().now_s) // 300
        late = recount.late_orders()
        fill_s = [e.at_ms / 1000 for e in attempts if e.filled]
        fill_s += [e.at_ms / 1000 for e in recount.executed if e.order in late and e.trader == key]
        assert row.spark == tuple(
            sum(at_s // 300 == bucket - back for at_s in fill_s) for back in range(11, -1, -1)
        )


def test_every_figure_of_every_chains_balance_is_what_the_journal_adds_up_to(desk, recount):
    rows = {row.key: row for row in desk.snapshot().balances}
    assert list(rows) == recount.keys
    for key, row in rows.items():
        assert (row.debit, row.credit) == (
            recount.contracts(key, "D"),
            recount.contracts(key, "C", "U"),
        )
        assert row.net == row.debit - row.credit
        assert row.open_c == recount.open_c(key)
        assert row.matched_c == recount.net_c(key) + row.open_c
        ends = [e for (trader, _), e in recount.cycles.items() if trader == key]
        ends = [e for e in ends if e.outcome != "PARKED"]
        assert row.floor_c == sum(e.floor_c for e in ends)
        assert row.open_worst_c == recount.open_worst_c(key)
        labels = {e.label.split()[0] for e in ends}
        worst = next((label for label in ("RISK", "LOCK*", "ARB") if label in labels), "")
        assert row.label == worst
        assert row.unhedged_since_s == recount.first_open_s(key)


def test_every_sum_of_the_desk_is_what_the_journal_adds_up_to(desk, recount):
    totals, limits = desk.snapshot().totals, desk.context.config.limits
    now_ms = round(desk.snapshot().now_s * 1000)
    opened_ms = next(e.at_ms for e in recount.of(ev.PhaseChanged) if e.phase == "OPEN_AUCTION")
    live = recount.live()
    unwound = recount.outcomes(None, "SCRATCHED")
    sent = recount.of(ev.OrderSent)
    executed = {e.order for e in recount.executed}
    since_s = recount.first_open_s()
    hung = recount.hung_results_c()
    hedges = [e.hedge_s for e in recount.of(ev.CycleEnded) if e.outcome == "COMPLETE"]
    partial = [e for e in recount.of(ev.AttemptEnded) if 0 < e.filled < e.contracts]
    late_partial = [
        e
        for e in recount.executed
        if e.order in recount.late_orders() and e.quantity < recount.intents[e.order].quantity
    ]
    expected = {
        "thin": totals.attempts < 50,
        "few_cycles": totals.filled_cycles < 50,
        "attempts": len(recount.of(ev.AttemptEnded)),
        "fills": recount.fills(None),
        "debit_contracts": recount.contracts(None, "D"),
        "credit_contracts": recount.contracts(None, "C"),
        "filled_cycles": len(
            {(e.trader, recount.intents[e.order].cycle) for e in recount.executions(None, "D")}
        ),
        "completions": len(recount.outcomes(None, "COMPLETE")),
        "scratched": len(unwound),
        "parked": len(recount.outcomes(None, "PARKED")),
        "net_premium_c": recount.net_c(None),
        "open_c": sum(recount.open_c(key) for key in recount.keys),
        "matched_c": recount.net_c(None) + sum(recount.open_c(key) for key in recount.keys),
        "fees_c": recount.fees_c(None),
        "floor_c": sum(e.floor_c for e in recount.cycles.values() if e.outcome != "PARKED"),
        "result_c": sum(e.floor_c for e in recount.cycles.values() if e.outcome != "PARKED"),
        "trader_hours": len(recount.keys) * (now_ms - opened_ms) / 3_600_000,
        "open_worst_c": recount.open_worst_c(),
        "realised_c": 0,
        "settled": 0,
        "unhedged": recount.contracts(None, "D") - recount.contracts(None, "C", "U"),
        "unhedged_since_s": since_s,
        "working": len(live),
        "unknown": 0,
        "imbalance": sum(recount.open_cycles().values())
        + sum(
            e.quantity - sum(x.quantity for x in recount.executed if x.order == e.order)
            for e in live
            if e.part == "D"
        ),
        "imbalance_limit": limits.max_imbalance_desk,
        "capital_limit_c": round(limits.max_debit_usd_desk * 100),
        "day_loss_exit_c": round(limits.day_loss_exit_only_usd * 100),
        "day_loss_limit_c": round(limits.day_loss_halt_usd * 100),
        "orders_today": len(sent),
        "order_budget": limits.order_budget_day,
        "order_budget_enforced": False,
        "orders_ahead": False,
        "orders_per_minute": limits.orders_per_minute,
        "orders_last_minute": sum(now_ms // 1000 - 60 < e.at_ms // 1000 for e in sent),
        "rejects": sum(e.status == "rejected" for e in recount.ended.values()),
        "partials": len(partial) + len(late_partial),
        "suspect": recount.suspect(None),
        "late_fills": sum(e.late for e in recount.executed),
        "efficiency": (len(sent) + len(recount.of(ev.CancelSent))) / (len(executed) + 1),
        "dollars_per_hung_c": round(sum(hung) / len(hung)) if hung else None,
        "hedge_p50_s": approximately_lower_median(hedges),
    }
    assert {name: getattr(totals, name) for name in expected} == pytest.approx(expected)
    worst_ms = max([round(h * 1000) for h in hedges] + [now_ms - round(since_s * 1000)])
    assert totals.worst_hang_s == pytest.approx(worst_ms / 1000)
    realised = [
        min(0, e.net_c - e.fees_c if e.outcome == "SCRATCHED" else e.floor_c)
        for e in recount.cycles.values()
        if e.outcome != "PARKED"
    ]
    assert totals.day_loss_c >= -sum(realised)
    told = {
        "liquidation_c",
        "reservation_c",
        "day_loss_c",
        "duplicates",
        "hung",
        "worst_hang_s",
        "quoted_s",
        "oldest_quote",
    }
    assert totals.tied == recount.tied()
    assert totals.tied.pairs > 10
    assert set(expected) | told | {"tied"} == {field.name for field in fields(totals)}
    rows = [row for row in desk.snapshot().traders if row.quoted_s is not None]
    assert totals.quoted_s == min(row.quoted_s for row in rows)
    assert desk.context.traders[totals.oldest_quote].context.quoted_s == totals.quoted_s


def test_the_rates_shown_by_size_hour_and_delay_each_add_up_to_all_attempts(desk, recount):
    shown = desk.snapshot()
    for rates in (shown.sizes, shown.hours, shown.delays):
        assert sum(rate.n for rate in rates) == shown.totals.attempts
        assert sum(rate.k for rate in rates) == shown.totals.fills
    for rate in shown.sizes:
        size = int(rate.label.split()[0])
        mine = [e for e in recount.of(ev.AttemptEnded) if e.contracts == size]
        assert rate.n == len(mine)
        assert (rate.low, rate.high) == wilson(rate.k, rate.n)


def test_the_orders_shown_are_the_last_ones_and_live_ones_come_first(desk, recount):
    rows = desk.snapshot().orders
    live = {e.order for e in recount.live()}
    assert {row.id for row in rows if row.ended_s is None} == live
    assert [row.ended_s is None for row in rows] == sorted(
        (row.ended_s is None for row in rows), reverse=True
    )
    for row in rows:
        intent = recount.intents[row.id]
        mine = [e for e in recount.executed if e.order == row.id]
        assert row.filled == sum(e.quantity for e in mine)
        assert (row.limit_c, row.quantity, row.part) == (
            intent.limit_c,
            intent.quantity,
            intent.part,
        )
        if mine:
            value_c = sum(e.quantity * e.price_c for e in mine)
            assert row.fill_c == round(value_c / row.filled)


def test_the_oldest_look_is_that_of_a_trader_that_looks() -> None:
    desk = Operated()
    desk.run(60.0)
    still, *others = desk.context.traders.values()
    still.pause()
    desk.run_until(lambda: still.state() is TraderState.PAUSED)
    desk.run(300.0)
    shown = desk.snapshot()
    looks = {row.key: row.quoted_s or 0.0 for row in shown.traders}
    assert looks[still.key] < min(looks[each.key] for each in others) == shown.totals.quoted_s
    assert shown.totals.oldest_quote in {each.key for each in others}
    for trader in others:
        trader.pause()
    desk.run_until(lambda: {t.state for t in desk.snapshot().traders} == {TraderState.PAUSED})
    assert (desk.snapshot().totals.quoted_s, desk.snapshot().totals.oldest_quote) == (None, "")
