"""From the fold to the pictures that screens and reports share: one way to every number."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from engine.learning.estimators import ArmTally, wilson
from engine.runtime.fold import DeskFold
from engine.runtime.fold_notices import AlarmRecord
from engine.runtime.fold_records import OrderRecord, TraderTally, Unit
from engine.snapshot import AlarmView, OrderView, RateView, Totals


def rate_view(label: str, arm: ArmTally) -> RateView:
    """k of n with the 95 % Wilson interval; no interval where n is 0."""
    if not arm.n:
        return RateView(label, 0, 0, None, None)
    low, high = wilson(arm.k, arm.n)
    return RateView(label, arm.k, arm.n, low, high, arm.lots_per_attempt)


def size_views(arms: Mapping[int, ArmTally]) -> tuple[RateView, ...]:
    """Fill rates by order size."""
    return tuple(
        rate_view(f"{size} lot" if size == 1 else f"{size} lots", arm) for size, arm in arms.items()
    )


def hour_views(arms: Mapping[int, ArmTally]) -> tuple[RateView, ...]:
    """Fill rates by exchange hour."""
    return tuple(rate_view(f"{hour:02d}h", arm) for hour, arm in arms.items())


def delay_views(arms: Mapping[str, ArmTally]) -> tuple[RateView, ...]:
    """Fill rates by delay category."""
    return tuple(rate_view(delay, arm) for delay, arm in arms.items())


def legs_text(record: OrderRecord) -> str:
    """The strikes bought and sold with their right, such as "190/195C"."""
    intent = record.intent
    return f"{intent.buy_strike:g}/{intent.sell_strike:g}{intent.right[:1].upper()}"


def order_view(record: OrderRecord) -> OrderView:
    """An order's row; its price of execution is the average, rounded to the cent."""
    intent = record.intent
    return OrderView(
        id=intent.order,
        trader=intent.trader,
        symbol=record.tally.symbol,
        expiration=record.tally.expires,
        part=intent.part,
        legs=legs_text(record),
        quantity=intent.quantity,
        filled=record.filled,
        limit_c=intent.limit_c,
        fill_c=round(record.value_c / record.filled) if record.filled else None,
        bid=intent.bid,
        ask=intent.ask,
        status=record.status,
        stage=intent.stage,
        text=record.text,
        sent_s=(intent.at_ms if record.sent_ms is None else record.sent_ms) / 1000,
        working_s=None if record.working_ms is None else record.working_ms / 1000,
        ended_s=None if record.ended_ms is None else record.ended_ms / 1000,
    )


def order_views(fold: DeskFold, most: int = 200) -> tuple[OrderView, ...]:
    """Live orders and the last ended ones, the newest first."""
    orders = fold.orders
    records = [*reversed(orders.live.values())]
    records.extend(record for record, _ in zip(reversed(orders.ended), range(most), strict=False))
    records.sort(key=lambda record: (-record.intent.at_ms, not record.live))
    return tuple(order_view(record) for record in records[:most])


def alarm_view(record: AlarmRecord) -> AlarmView:
    """An alarm's row."""
    raised = record.raised
    return AlarmView(
        id=raised.alarm,
        priority=raised.priority,
        code=raised.code,
        where=raised.where,
        what=raised.what,
        consequence=raised.consequence,
        response=raised.response,
        state=record.state,
        raised_s=raised.at_ms / 1000,
    )


def desk_totals(fold: DeskFold, now_ms: int) -> Totals:
    """The sums a fold knows; limits, budgets, day loss and quotes are the executor's to add.

    Args:
        fold: the desk's.
        now_ms: epoch milliseconds, for what has an age.
    """
    orders, attempts, money = fold.orders, fold.attempts, fold.money
    since_ms = money.unhedged_since_ms
    worst_ms = money.worst_hedge_ms(now_ms)
    return Totals(
        attempts=attempts.attempts,
        fills=attempts.fills,
        debit_contracts=money.debits,
        credit_contracts=money.credits,
        filled_cycles=money.filled_cycles,
        completions=money.completions,
        scratched=money.scratched,
        parked=money.parked,
        net_premium_c=money.net_premium_c,
        matched_c=money.matched_c,
        open_c=money.open_c,
        fees_c=money.fees_c,
        floor_c=money.floor_c,
        unhedged=money.unhedged,
        unhedged_since_s=None if since_ms is None else since_ms / 1000,
        hung=money.hung_now(now_ms),
        working=len(orders.live),
        unknown=orders.unknown,
        imbalance=money.imbalance,
        orders_today=orders.submits,
        orders_last_minute=orders.sent_last_minute(now_ms),
        efficiency=orders.efficiency if orders.submits else None,
        rejects=orders.rejects,
        partials=attempts.partials,
        late_fills=orders.late_fills,
        duplicates=orders.duplicates,
        dollars_per_hung_c=money.per_hung_c,
        hedge_p50_s=money.hedge.median_s(),
        worst_hang_s=None if worst_ms is None else worst_ms / 1000,
    )


_DERIVED: Final = frozenset({"_on", "_traders", "dirty", "_lock"})


def desk_state(fold: DeskFold) -> dict[str, Any]:
    """Everything a fold knows as plain values: two folds are the same where these are equal.

    The learning part is left out but for its tallies; it may be shared with other readers.
    """
    state = {name: _plain(value) for name, value in vars(fold).items() if name not in _DERIVED}
    state["attempts"]["metrics"] = _plain(fold.metrics.by_size())
    state["money"]["balancer"] = [str(balance) for balance in fold.balancer.balances()]
    state["money"]["contracts"] = sorted(
        (*key, held) for key, held in fold.contracts.contracts().items()
    )
    state["money"]["cash_c"] = fold.contracts.cash_c, fold.contracts.fees_c
    return state


def _plain(value: Any) -> Any:
    if isinstance(value, (str, int, float, bytes)) or value is None:
        return value
    if isinstance(value, dict):
        return [(_plain(key), _plain(each)) for key, each in value.items()]
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    if isinstance(value, (list, deque)):
        return [_plain(each) for each in value]
    names = getattr(value, "__slots__", None) or tuple(getattr(value, "__dict__", ()))
    if not names:
        return str(value)
    return {
        name: (
            each.key
            if isinstance(each := getattr(value, name), TraderTally)
            and isinstance(value, (OrderRecord, Unit))
            else _plain(each)
        )
        for name in names
        if name not in _DERIVED
    }
