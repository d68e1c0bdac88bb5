"""The immutable snapshot of a desk that every reader gets.

Times ending in `_s` are epoch seconds unless the name says age or duration; `_c` is whole cents
(prices per share, money of account); None is unknown, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from engine.commands import Ticket
from engine.snapshot.chains import BalanceView, LegView, TraderDetail, TraderView
from engine.snapshot.connection import ConnectionView
from engine.snapshot.day import (
    DayMark,
    DaySample,
    DayView,
    TraderDayView,
    TraderSample,
    rate_of,
)
from engine.snapshot.dollars import Concentration, Tied
from engine.snapshot.finding import (
    SEARCH,
    closing_trade,
    part_letters,
    searched,
    strikes_together,
    traders_date,
)
from engine.snapshot.health import EndingView, Health, LimitView, LossLimit, PhaseView, Totals
from engine.snapshot.held import (
    ContractView,
    HeldLegView,
    PairView,
    PositionsView,
    SharesView,
    UnitView,
)
from engine.snapshot.looks import (
    Look,
    LookedAt,
    LookKind,
    LookState,
    LookView,
    PayoffView,
)
from engine.snapshot.notices import AlarmView, EventLine, RecommendationView
from engine.snapshot.orders import OrderStory, OrderView, StoryLine
from engine.snapshot.pages import ListPage
from engine.snapshot.rates import RateView
from engine.snapshot.states import EngineState, TraderState
from engine.snapshot.trials import AdviceLedger, TrialNeeds, TrialPoint, TrialView

__all__ = [
    "SEARCH",
    "AdviceLedger",
    "AlarmView",
    "BalanceView",
    "Concentration",
    "ConnectionView",
    "ContractView",
    "DayMark",
    "DaySample",
    "DayView",
    "EndingView",
    "EngineSnapshot",
    "EngineState",
    "EventLine",
    "Health",
    "HeldLegView",
    "LegView",
    "LimitView",
    "ListPage",
    "Look",
    "LookKind",
    "LookState",
    "LookView",
    "LookedAt",
    "LossLimit",
    "ObserverView",
    "OrderStory",
    "OrderView",
    "PairView",
    "PayoffView",
    "PhaseView",
    "PositionsView",
    "RateView",
    "RecommendationView",
    "SharesView",
    "StoryLine",
    "Tied",
    "Totals",
    "TraderDayView",
    "TraderDetail",
    "TraderSample",
    "TraderState",
    "TraderView",
    "TrialNeeds",
    "TrialPoint",
    "TrialView",
    "UnitView",
    "closing_trade",
    "part_letters",
    "rate_of",
    "searched",
    "strikes_together",
    "traders_date",
]


@dataclass(frozen=True, slots=True)
class ObserverView:
    """That a snapshot was received from a desk in another process, and whether more come.

    Args:
        lost: why no more come now; "" while they do.
        elsewhere: whether who looks has no files here: a page in a browser.
        looks: how far the desk is with what this observer looks at.
    """

    lost: str = ""
    elsewhere: bool = False
    looks: tuple[LookedAt, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineSnapshot:
    """The desk at one moment.

    version grows with every snapshot; ending says what the end of a session waits for; progress
    is the fraction of a warm-up or replay done (None where there is no end); speed the virtual
    seconds a real second (1.0 live), reached the speed that the machine manages where it is
    lower (else None); notices what an operator should know and no key answers; time_paused
    whether virtual time is paused; can_pace whether the run has a speed, and can be paused and
    stepped; pages the last ones of the whole lists that are looked at; looks and looked_pages are
    what observers look at, which the desk's own screen does not show; past names the run whose
    journal this is a past moment of, "" for a desk that trades; limits every limit in force;
    observer says that it came from a desk in another process, None on the desk's own screen.
    """

    version: int
    run: str
    mode: str
    account: str
    broker: str
    source: str
    fill_model: str
    now_s: float
    session_date: date
    state: EngineState
    phase: PhaseView
    ending: EndingView | None = None
    progress: float | None = None
    speed: float = 1.0
    reached: float | None = None
    time_paused: bool = False
    can_pace: bool = False
    limits_profile: str = "live"
    limits: tuple[LimitView, ...] = ()
    traders: tuple[TraderView, ...] = ()
    balances: tuple[BalanceView, ...] = ()
    totals: Totals = field(default_factory=Totals)
    day: DayView = field(default_factory=DayView)
    sizes: tuple[RateView, ...] = ()
    hours: tuple[RateView, ...] = ()
    delays: tuple[RateView, ...] = ()
    units: tuple[UnitView, ...] = ()
    orders: tuple[OrderView, ...] = ()
    alarms: tuple[AlarmView, ...] = ()
    events: tuple[EventLine, ...] = ()
    recommendations: tuple[RecommendationView, ...] = ()
    notices: tuple[str, ...] = ()
    trials: tuple[TrialView, ...] = ()
    ledger: AdviceLedger = field(default_factory=AdviceLedger)
    tickets: tuple[Ticket, ...] = ()
    health: Health = field(default_factory=Health)
    connection: ConnectionView = field(default_factory=ConnectionView)
    detail: TraderDetail | None = None
    story: OrderStory | None = None
    positions: PositionsView | None = None
    pages: tuple[ListPage, ...] = ()
    looks: tuple[LookView, ...] = ()
    looked_pages: tuple[ListPage, ...] = ()
    run_dir: str = ""
    past: str = ""
    observer: ObserverView | None = None

    @property
    def lost(self) -> str:
        """Why no newer snapshot of a running desk comes; "" while one does, or none can."""
        ended = self.state is EngineState.ENDED
        return "" if self.observer is None or ended else self.observer.lost

    @property
    def read_only(self) -> bool:
        """Whether a screen of it may only look: a past moment, or a desk in another process."""
        return bool(self.past) or self.observer is not None

    def by_trader(self) -> Concentration:
        """How the session's guaranteed dollars are spread over the traders."""
        return Concentration.of({row.key: row.result_c for row in self.traders})

    def by_symbol(self) -> Concentration:
        """How the session's guaranteed dollars are spread over the symbols."""
        return Concentration.of(self.symbol_results_c())

    def symbol_results_c(self) -> dict[str, int]:
        """What the session guarantees by symbol, cents."""
        results: dict[str, int] = {}
        for row in self.traders:
            results[row.symbol] = results.get(row.symbol, 0) + row.result_c
        return results
