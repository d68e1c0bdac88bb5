"""What was held at a past moment: positions without quotes, open units without choices."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.book.contract_keys import ContractKey
from engine.market.legs import strikes_text
from engine.orders.ladder import Stage
from engine.orders.types import Part
from engine.risk.gates import Gate
from engine.runs.past.moments import Moments
from engine.runtime.views.held_quotes import Quote
from engine.runtime.views.holdings import Quotes
from engine.snapshot import UnitView
from engine.state.desk import DeskState
from engine.state.order_record import OrderRecord
from engine.state.unit import Unit

READ_ONLY: Final = "a replay: nothing here trades or can be asked"


class _NoQuotes:
    """A journal has none."""

    def forget(self) -> None:
        """There is nothing to forget."""

    def of(self, key: ContractKey) -> Quote:
        """Unknown."""
        return None, None, True

    def price(self, symbol: str) -> float | None:
        """Unknown."""
        return None


class PastHoldings:
    """What was held at the moment, without what only the desk itself knew then."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self.quotes: Quotes = _NoQuotes()

    @property
    def state(self) -> DeskState:
        """The state at the moment."""
        return self._moments.state

    @property
    def today(self) -> date:
        """The exchange date of the session."""
        start = self._moments.state.session or self._moments.start
        return date.fromisoformat(start.session_date)

    @property
    def min_days(self) -> int:
        """No number of days is pointed out: what the run watched is not known."""
        return 0

    def differs(self, trader: str) -> bool:
        """Whether the last comparison named the chain."""
        compared = self._moments.state.notices.compared
        return compared is not None and trader in compared.difference

    def watched(self, trader: str) -> Gate | None:
        """Not in the journal."""
        return None

    def external(self) -> tuple[str, ...]:
        """Not in the journal."""
        return ()


def open_units(state: DeskState, settle_s: float | None, now_ms: int) -> tuple[UnitView, ...]:
    """The open units at the moment; what each choice came to then, no journal knows.

    Args:
        state: at the moment.
        settle_s: see `stage_of`.
        now_ms: the moment, epoch milliseconds.
    """
    orders: dict[tuple[str, int], list[OrderRecord]] = {}
    for record in state.orders.known.values():
        key = record.intent.trader, record.intent.cycle
        if key in state.money.open_units:
            orders.setdefault(key, []).append(record)
    units = [
        _unit(state, unit, orders.get(key, []), stage_of(unit, settle_s, now_ms))
        for key, unit in state.money.open_units.items()
        if unit.net > 0
    ]
    return tuple(sorted(units, key=lambda each: (each.since_s, each.key)))


def stage_of(unit: Unit, settle_s: float | None, now_ms: int) -> str:
    """The stage of an open unit; that it only rests, which no event says, its age tells.

    Args:
        unit: open.
        settle_s: after how many seconds a unit rests; None where another version wrote it.
        now_ms: the moment, epoch milliseconds.
    """
    if unit.stage or unit.parked:
        return unit.stage or Stage.PARKED
    if settle_s is None or unit.open_ms is None or now_ms - unit.open_ms <= settle_s * 1000:
        return Stage.LEAN
    return Stage.REST


def _unit(state: DeskState, unit: Unit, orders: list[OrderRecord], stage: str) -> UnitView:
    totals = state.traders[unit.trader]
    debits = [each for each in orders if each.intent.part == Part.DEBIT]
    credits = [each for each in orders if each.intent.part == Part.CREDIT]
    live = next((each for each in orders if each.live and each.intent.part != Part.DEBIT), None)
    filled = sum(each.filled for each in debits)
    value_c: float = sum(each.value_c for each in debits)
    if not filled:  # its debit is forgotten
        filled, value_c = unit.debit, unit.debit_c / totals.multiplier
    return UnitView(
        key=f"{unit.trader}/{unit.cycle}",
        trader=unit.trader,
        symbol=totals.symbol,
        expiration=totals.expires,
        legs=legs_of(debits[0]) if debits else "?",
        credit_legs=_sold(credits[-1]) if credits else "?",
        filled=filled,
        open=unit.net,
        paid_c=round(value_c / filled) if filled else 0,
        stage=stage,
        choice=unit.choice,
        since_s=(unit.open_ms or unit.first_fill_ms or 0) / 1000,
        works="" if live is None else live.intent.part,
        limit_c=None if live is None else live.intent.limit_c,
        lowest_c=None,
        f1_c=None,
        f2_c=None,
        f3_c=None,
        unwind_least_c=None,
        credit_bid_c=None,
        debit_bid_c=None,
        complete_c=None,
        scratch_c=None,
        unwind_c=None,
        carry_c=None,
        quoted_s=None,
        stale=True,
        refusals=(READ_ONLY,) * 4,
    )


def legs_of(record: OrderRecord) -> str:
    """The strikes that an order buys over those that it sells, with their right."""
    intent = record.intent
    return f"{strikes_text(intent.buy_strike, intent.sell_strike)}{intent.right}"


def _sold(credit: OrderRecord) -> str:
    """The strikes of a unit's credit as units tell them: what is sold first."""
    intent = credit.intent
    return f"{strikes_text(intent.sell_strike, intent.buy_strike)}{intent.right}"
