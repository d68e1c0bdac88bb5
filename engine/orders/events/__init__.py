"""The facts a desk's journal holds; the desk's whole state is computed from them.

Each event is a plain tuple with named fields, so that it is cheap to make and to write. Times are
epoch milliseconds, prices whole cents per share, money whole cents of account currency, dates ISO
text. `trader` is the trader's key, "SYMBOL YYYY-MM-DD"; `cycle` counts a trader's cycles from 1.
"""

from __future__ import annotations

from engine.orders.events.advice import (
    RecommendationSettled,
    Recommended,
    TookOver,
    TrialBlockEnded,
    TrialCarried,
    TrialEnded,
    TrialShut,
    TrialStarted,
)
from engine.orders.events.attempts import (
    AttemptEnded,
    FillMarked,
    GhostWatched,
    PairChosen,
)
from engine.orders.events.operator import (
    AlarmAcknowledged,
    AlarmCleared,
    AlarmJoined,
    AlarmLeft,
    AlarmRaised,
    AlarmRestated,
    LimitChanged,
    LiveArmed,
    OperatorActed,
)
from engine.orders.events.orders import (
    CancelSent,
    EndAwaited,
    EndFinal,
    Executed,
    FeeCorrected,
    LegExecuted,
    OrderEnded,
    OrderIntended,
    OrderSent,
    OrderUnknown,
    OrderWorking,
    PriceUnknown,
)
from engine.orders.events.positions import (
    BaselineTaken,
    BookAdjusted,
    BooksCompared,
    ChainSettled,
    LackAccepted,
    PairSettled,
    Settled,
    SharesTraded,
)
from engine.orders.events.session import (
    DIFFERENCE,
    UNANSWERED,
    GatesLookedAt,
    PhaseChanged,
    PositionsValued,
    SessionEnded,
    SessionStarted,
)
from engine.orders.events.traders import (
    CycleEnded,
    LadderMoved,
    SettingChanged,
    SizeChanged,
    TraderAdded,
    TraderFaulted,
    TraderHeld,
    TraderReleased,
    UnitDecided,
)

__all__ = [
    "DIFFERENCE",
    "DURABLE",
    "EVENT_TYPES",
    "UNANSWERED",
    "AlarmAcknowledged",
    "AlarmCleared",
    "AlarmJoined",
    "AlarmLeft",
    "AlarmRaised",
    "AlarmRestated",
    "AttemptEnded",
    "BaselineTaken",
    "BookAdjusted",
    "BooksCompared",
    "CancelSent",
    "ChainSettled",
    "CycleEnded",
    "EndAwaited",
    "EndFinal",
    "Event",
    "Executed",
    "FeeCorrected",
    "FillMarked",
    "GatesLookedAt",
    "GhostWatched",
    "LackAccepted",
    "LadderMoved",
    "LegExecuted",
    "LimitChanged",
    "LiveArmed",
    "OperatorActed",
    "OrderEnded",
    "OrderIntended",
    "OrderSent",
    "OrderUnknown",
    "OrderWorking",
    "PairChosen",
    "PairSettled",
    "PhaseChanged",
    "PositionsValued",
    "PriceUnknown",
    "RecommendationSettled",
    "Recommended",
    "SessionEnded",
    "SessionStarted",
    "SettingChanged",
    "Settled",
    "SharesTraded",
    "SizeChanged",
    "TookOver",
    "TraderAdded",
    "TraderFaulted",
    "TraderHeld",
    "TraderReleased",
    "TrialBlockEnded",
    "TrialCarried",
    "TrialEnded",
    "TrialShut",
    "TrialStarted",
    "UnitDecided",
]

Event = (
    SessionStarted
    | TraderAdded
    | OrderIntended
    | PairChosen
    | OrderSent
    | OrderWorking
    | OrderUnknown
    | CancelSent
    | PriceUnknown
    | LegExecuted
    | Executed
    | FeeCorrected
    | OrderEnded
    | EndAwaited
    | EndFinal
    | AttemptEnded
    | GhostWatched
    | FillMarked
    | LadderMoved
    | UnitDecided
    | CycleEnded
    | TraderHeld
    | TraderReleased
    | TraderFaulted
    | SizeChanged
    | SettingChanged
    | LimitChanged
    | PhaseChanged
    | OperatorActed
    | Recommended
    | RecommendationSettled
    | TrialStarted
    | TrialBlockEnded
    | TrialShut
    | TrialEnded
    | TookOver
    | TrialCarried
    | AlarmRaised
    | AlarmRestated
    | AlarmJoined
    | AlarmLeft
    | AlarmCleared
    | AlarmAcknowledged
    | BooksCompared
    | Settled
    | SharesTraded
    | PairSettled
    | ChainSettled
    | BookAdjusted
    | LackAccepted
    | BaselineTaken
    | LiveArmed
    | GatesLookedAt
    | PositionsValued
    | SessionEnded
)

EVENT_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__args__}
DURABLE: frozenset[str] = frozenset(
    {
        "OrderIntended",
        "Executed",
        "FeeCorrected",
        "LegExecuted",
        "OperatorActed",
        "Settled",
        "SharesTraded",
        "BookAdjusted",
        "LackAccepted",
        "BaselineTaken",
        "LiveArmed",
        "LimitChanged",
        "TrialStarted",
        "TrialEnded",
    }
)
