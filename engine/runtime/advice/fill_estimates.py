"""What chains are expected to fill, for the promises of their orders and for screens."""

from __future__ import annotations

import math
from typing import Final

from engine.learning.attempt_results import AttemptSettings, venue_of
from engine.learning.borrowing.estimates import SESSIONS_LENT, Estimate, estimates
from engine.learning.evidence.gathering import Evidence
from engine.orders import events as ev
from engine.risk.order_budget import chance_to_fill
from engine.runtime.advice.live import settings_of
from engine.runtime.context import DeskContext

KEPT_S: Final = 300.0
"""Seconds for which an estimate stands: as long as a reservation value."""

_Fills = tuple[int, float, float, float, str]


class FillEstimates:
    """Estimates of every chain, made when somebody asks and a while after the last.

    A chain of few attempts borrows from its symbol and the desk. Attempts count whose cancel time,
    quote locations, minimum floor and objective were those that are in force now.

    Args:
        context: the desk.
        evidence: its attempts.
    """

    def __init__(self, context: DeskContext, evidence: Evidence) -> None:
        self._context = context
        self._evidence = evidence
        self._found: dict[str, Estimate] = {}
        self._made_s = -math.inf
        self._made_for: tuple[object, ...] = ()
        context.use_chances(self)
        context.subscribe(ev.SettingChanged, self._forget)

    def chance(self, trader: str, fills: int, attempts: int) -> float:
        """The share of a trader's next attempts that are expected to fill; see FillChances."""
        found = self.of(trader)
        return chance_to_fill(fills, attempts) if found is None else found.rate

    def lender(self, trader: str) -> str:
        """Of whom a thin chain borrows; see FillChances."""
        found = self.of(trader)
        return found.lender if found is not None and found.thin else ""

    def told(self, trader: str) -> str:
        """What its attempts are expected to do; see FillChances."""
        found = self.of(trader)
        return "" if found is None or not (found.attempts or found.lender) else found.told()

    def of(self, trader: str) -> Estimate | None:
        """What a chain is expected to do; None where the desk does not follow it."""
        context = self._context
        session = context.session.phase.session_date.toordinal()
        made_for = session, self._evidence.venue, *context.traders
        age_s = context.moment.now_s - self._made_s
        if made_for != self._made_for or not 0 <= age_s < KEPT_S:
            self._made_s, self._made_for = context.moment.now_s, made_for
            self._found = self._estimated(session)
        return self._found.get(trader)

    def _forget(self, event: ev.SettingChanged) -> None:
        """Other attempts count from now on: those made with the settings that are now in force."""
        self._made_s = -math.inf

    def _estimated(self, session: int) -> dict[str, Estimate]:
        """Nothing of another venue lends: its fills are other fills."""
        context, evidence = self._context, self._evidence
        live = {key: _fills(settings_of(trader)) for key, trader in context.traders.items()}
        of_any = set(live.values())
        began = context.state.session
        here = began is not None and venue_of(began) == evidence.venue

        def counted(trader: str, settings: AttemptSettings) -> bool:
            fills = _fills(settings)
            return fills == live[trader] if trader in live else fills in of_any

        days = evidence.answers(SESSIONS_LENT).fills_by_block(counted) if here else {}
        named = {*live, *(day.trader for day in days)}
        symbols = {key: key.partition(" ")[0] for key in named}
        return estimates(days, symbols, session, live)


def _fills(settings: AttemptSettings) -> _Fills:
    """Of an attempt's settings those that decide how often it fills; its size hardly does."""
    return (
        settings.cancel_ms,
        settings.buy_at,
        settings.sell_at,
        settings.minimum_floor,
        settings.objective,
    )
