"""DeskState as values: the sums that screen and report share, and all of it for comparison."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from engine.book.bookings import Bookings
from engine.book.pairs import PairBook
from engine.learning.estimators import FIRST_LOOK
from engine.snapshot import Totals
from engine.state.desk import DeskState
from engine.state.last_lines import LastLines
from engine.state.order_record import OrderRecord
from engine.state.trader_totals import TraderTotals


def desk_totals(state: DeskState, now_ms: int) -> Totals:
    """The sums that the state knows; the executor adds limits, budgets, day loss and quotes.

    Args:
        state: the desk's.
        now_ms: epoch milliseconds, for everything that has an age.
    """
    orders, attempts, money = state.orders, state.attempts, state.money
    since_ms = money.unhedged_since_ms
    worst_ms = money.worst_hedge_ms(now_ms)
    return Totals(
        attempts=attempts.attempts,
        fills=attempts.fills,
        thin=attempts.attempts < FIRST_LOOK,
        few_cycles=money.filled_cycles < FIRST_LOOK,
        debit_contracts=money.debits,
        credit_contracts=money.credits,
        filled_cycles=money.filled_cycles,
        completions=money.completions,
        scratched=money.scratched,
        parked=money.left_to_operator,
        net_premium_c=money.net_premium_c,
        matched_c=money.matched_c,
        open_c=money.open_c,
        fees_c=money.fees_c,
        floor_c=money.floor_c,
        open_worst_c=state.positions.open_worst_c(),
        realised_c=state.positions.realised_c,
        settled=state.positions.settled,
        unhedged=money.unhedged,
        unhedged_since_s=None if since_ms is None else since_ms / 1000,
        hung=money.hanging.now(now_ms),
        working=len(orders.live),
        unknown=orders.unknown,
        imbalance=money.imbalance,
        orders_today=orders.submits,
        result_c=money.result_c,
        trader_hours=state.open_time.hours(now_ms),
        tied=state.positions.capital.total(),
        orders_last_minute=orders.sent_last_minute(now_ms),
        efficiency=orders.efficiency if orders.submits else None,
        rejects=orders.rejects,
        partials=attempts.partials,
        suspect=attempts.suspect,
        late_fills=orders.late_fills,
        duplicates=orders.duplicates,
        dollars_per_hung_c=money.hanging.mean_c,
        hedge_p50_s=money.hedge.median_s(),
        worst_hang_s=None if worst_ms is None else worst_ms / 1000,
    )


_DERIVED: Final = frozenset(
    {
        "_observers",
        "_advice",
        "_holdings",
        "_on",
        "_before_ms",
        "_traders",
        "_money",
        "_attempts",
        "_orders",
        "_notices",
        "dirty",
        "_lock",
    }
)
_ATOMS: Final = frozenset({str, int, float, bool, bytes, type(None)})


def plain_values(desk: DeskState) -> dict[str, Any]:
    """Everything the state knows as plain values: two states are equal where these are.

    Of the metrics only the counts by size are in it: others may record in them too.
    """
    state = {name: _plain(value) for name, value in vars(desk).items() if name not in _DERIVED}
    state["attempts"]["metrics"] = _plain(desk.metrics.by_size())
    state["money"]["balancer"] = [str(balance) for balance in desk.balancer.balances()]
    state["money"]["contracts"] = sorted(
        (*key, held) for key, held in desk.contracts.contracts().items()
    )
    state["money"]["shares"] = sorted(desk.contracts.shares().items())
    state["money"]["cash_c"] = desk.contracts.cash_c, desk.contracts.fees_c
    return state


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _ATOMS or isinstance(value, (str, int, float, bytes)):
        return value
    if isinstance(value, PairBook):
        return [_each(value.held()), _each(value.flat())]
    if isinstance(value, dict):
        return [*zip(_each(value), _each(value.values()), strict=True)]
    if isinstance(value, tuple):
        return tuple(_each(value))
    if isinstance(value, (list, deque, LastLines, Bookings)):
        return _each(value)
    names = getattr(value, "__slots__", None) or tuple(getattr(value, "__dict__", ()))
    if not names:
        return str(value)
    state = {}
    for name in names:
        if name in _DERIVED:
            continue
        each = getattr(value, name)
        if type(each) in _ATOMS:
            state[name] = each
        elif isinstance(each, TraderTotals) and isinstance(value, OrderRecord):
            state[name] = each.key
        else:
            state[name] = _plain(each)
    return state


def _each(values: Iterable[Any]) -> list[Any]:
    return [each if type(each) in _ATOMS else _plain(each) for each in values]
