"""What was held at a past moment: positions without quotes, open units without choices."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.book.contract_keys import ContractKey
from engine.market.legs import strikes_text
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


def open_units(state: DeskState) -> tuple[UnitView, ...]:
    """The open units at the moment; what each choice came to then, no journal knows."""
    debits: dict[tuple[str, int], OrderRecord] = {}
    live: dict[tuple[str, int], OrderRecord] = {}
    for record in state.orders.known.values():
        key = record.intent.trader, record.intent.cycle
        if key in state.money.open_units and record.intent.part == "D":
            debits[key] = record
        elif key in state.money.open_units and record.live:
            live[key] = record
    units = [
        _unit(state, unit, debits.get(key), live.get(key))
        for key, unit in state.money.open_units.items()
        if unit.net > 0
    ]
    return tuple(sorted(units, key=lambda each: (each.since_s, each.key)))


def _unit(
    state: DeskState, unit: Unit, debit: OrderRecord | None, order: OrderRecord | None
) -> UnitView:
    totals = state.traders[unit.trader]
    paid_c = unit.debit_c / unit.debit / totals.multiplier if unit.debit else 0
    return UnitView(
        key=f"{unit.trader}/{unit.cycle}",
        trader=unit.trader,
        symbol=totals.symbol,
        expiration=totals.expires,
        legs="?" if debit is None else legs_of(debit),
        credit_legs="?" if order is None else legs_of(order),
        filled=unit.debit,
        open=unit.net,
        paid_c=round(paid_c),
        stage=unit.stage or ("H7" if unit.parked else "H0"),
        choice=unit.choice,
        since_s=(unit.open_ms or unit.first_fill_ms or 0) / 1000,
        works="" if order is None else order.intent.part,
        limit_c=None if order is None else order.intent.limit_c,
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
