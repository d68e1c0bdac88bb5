"""The facts a desk's journal holds; the desk's whole state is computed from them.

Each event is a plain tuple with named fields, so that it is cheap to make and to write. Times are
epoch milliseconds, prices whole cents per share, money whole cents of account currency, dates ISO
text. `trader` is the trader's key, "SYMBOL YYYY-MM-DD"; `cycle` counts a trader's cycles from 1.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class SessionStarted(NamedTuple):
    """A desk began a trading session (or a restart continued one)."""

    at_ms: int
    mode: str
    account: str
    run: str
    source: str
    fill_model: str
    seed: int
    session_date: str
    settings: dict[str, Any]


class TraderAdded(NamedTuple):
    """A chain got its trader."""

    at_ms: int
    trader: str
    symbol: str
    expiration: str
    multiplier: int
    style: str
    settlement: str
    contracts: int


class OrderIntended(NamedTuple):
    """An order we are about to send: durable before the first byte leaves.

    buy_strike and sell_strike are the legs bought and sold; bid and ask the natural market of the
    vertical in dollars a share, None where no quotes are known (journals of before may have NaN);
    floor the payoff floor of the pair at limit prices in dollars a
    share (for a debit: with the credit leaned on); delay_s the wait before this attempt.
    """

    at_ms: int
    trader: str
    order: str
    cycle: int
    part: str
    attempt: int
    right: str
    buy_strike: float
    sell_strike: float
    quantity: int
    limit_c: int
    bid: float | None
    ask: float | None
    floor: float
    delay_s: float
    stage: str


class PairChosen(NamedTuple):
    """What an attempt teaches beyond its order: the settings and the pair it was chosen by.

    minute counts exchange minutes after midnight; buy_at and sell_at are quote locations,
    minimum_floor and all floors dollars a share after fees. width_c is bid to ask of both verticals
    in cents a share; floor the pair's at its limits, mid_floor the one at the middle of its
    markets, None where that is not known; estimate the debit as a fraction of its ask. other_pair
    is what the other objective would have chosen from the same quotes, as right and strikes, ""
    where it was not asked or would have chosen none; other_floor and other_net_c its floor and its
    net credit in cents a share. arm says how the attempt's settings were drawn, "" where nothing
    drew them.
    """

    at_ms: int
    trader: str
    order: str
    cycle: int
    phase: str
    minute: int
    contracts: int
    cancel_ms: int
    buy_at: float
    sell_at: float
    objective: str
    minimum_floor: float
    delay_low_s: float
    delay_high_s: float
    width_c: float
    floor: float
    mid_floor: float | None
    estimate: float | None
    other_pair: str
    other_floor: float | None
    other_net_c: int | None
    arm: str


class OrderSent(NamedTuple):
    """The order left for the broker."""

    at_ms: int
    trader: str
    order: str


class OrderWorking(NamedTuple):
    """The broker acknowledged the order."""

    at_ms: int
    trader: str
    order: str
    broker_order: str


class OrderUnknown(NamedTuple):
    """No definite answer about the order; it counts as the worse outcome until there is one."""

    at_ms: int
    trader: str
    order: str
    reason: str


class CancelSent(NamedTuple):
    """A cancel left for the broker."""

    at_ms: int
    trader: str
    order: str
    reason: str


class Executed(NamedTuple):
    """An execution, counted once by its id; `late` when it came after a terminal report."""

    at_ms: int
    trader: str
    order: str
    execution: str
    quantity: int
    price_c: int
    fee_c: int
    late: bool


class FeeCorrected(NamedTuple):
    """The broker told what an execution really cost: fee_c cents in place of before_c."""

    at_ms: int
    trader: str
    order: str
    cycle: int
    execution: str
    before_c: int
    fee_c: int


class PriceUnknown(NamedTuple):
    """An execution that is about to be booked was told at no price that it can have had.

    It is booked at its order's limit, until a correction tells its price; `told` is what was told
    in place of one.
    """

    at_ms: int
    trader: str
    order: str
    execution: str
    quantity: int
    told: str


class OrderEnded(NamedTuple):
    """A terminal report: status is filled, canceled, rejected or expired."""

    at_ms: int
    trader: str
    order: str
    status: str
    reason: str


class EndAwaited(NamedTuple):
    """An end is not final: the broker is asked about the order again, see EndFinal."""

    at_ms: int
    trader: str
    order: str


class EndFinal(NamedTuple):
    """The broker was asked about an ended order again, and nothing of it executes any more."""

    at_ms: int
    trader: str
    order: str


class AttemptEnded(NamedTuple):
    """A debit attempt is over; `filled` counts contracts, `result` is an OrderResult.

    delay_s is the wait before it, since the end of the attempt before or since the trader could
    enter; worked_ms the time from WORKING to the cancel, None where nothing was cancelled or the
    order was taken over by a restart.
    """

    at_ms: int
    trader: str
    cycle: int
    order: str
    contracts: int
    filled: int
    result: str
    hour: int
    delay_s: float
    fill_time_ms: int | None
    worked_ms: int | None = None


class GhostWatched(NamedTuple):
    """What the market did for half a minute after a debit was cancelled unfilled.

    Only quotes that the desk fetched anyway were looked at, so what is not told may have happened
    between two of them. cancel_ms is the cancel time in force, buy_at the quote location bought at;
    worked_ms the time from WORKING to the cancel, None where it was never working. looks counts
    those after its end; first_ms and crossed_ms are the times from WORKING of the first of them,
    and of the first at which the vertical's natural ask was at or below the limit, None where there
    was none. reached is the lowest location that the ask came to since the order was sent, on
    the market of that moment (0 its natural bid, 1 its ask), None where nobody looked.
    """

    at_ms: int
    trader: str
    cycle: int
    order: str
    cancel_ms: int
    buy_at: float
    worked_ms: int | None
    looks: int
    first_ms: int | None
    crossed_ms: int | None
    reached: float | None


class FillMarked(NamedTuple):
    """What a filled debit was worth 1 s, 5 s, 30 s and 5 min after its first execution.

    Cents a share: paid_c what it cost, sent_mid_c the middle of its market when it was sent. The
    lists have one place for each time: late_ms is how much later the quotes were, bid_c and mid_c
    what selling the debit brought at its natural bid and at the middle, pair_c and pair_mid_c what
    closing the pair brought, once it was complete (negative: it cost). None is unknown: nobody
    fetched quotes soon enough.
    """

    at_ms: int
    trader: str
    cycle: int
    order: str
    paid_c: float
    sent_mid_c: float | None
    late_ms: list[int | None]
    bid_c: list[float | None]
    mid_c: list[float | None]
    pair_c: list[float | None]
    pair_mid_c: list[float | None]


class LadderMoved(NamedTuple):
    """A legged unit reached another stage of the hung-leg ladder."""

    at_ms: int
    trader: str
    cycle: int
    stage: str
    limit_c: int


class UnitDecided(NamedTuple):
    """What happens to a legged unit from now on: ladder, concede, unwind, hold or park.

    `by` is who decided: operator, or ladder where a rule parked it (hold: a credit rests, park:
    nothing works).
    """

    at_ms: int
    trader: str
    cycle: int
    choice: str
    by: str


class CycleEnded(NamedTuple):
    """A cycle with a filled debit is over: outcome is COMPLETE, SCRATCHED or PARKED.

    contracts counts the debit contracts that filled; net_c is credit minus debit in money before
    fees; floor_c the payoff floor in money at filled prices after fees; hedge_s the seconds from
    the first debit execution to the last credit execution; kind the payoff's class name.
    """

    at_ms: int
    trader: str
    cycle: int
    outcome: str
    contracts: int
    net_c: int
    fees_c: int
    floor_c: int
    label: str
    kind: str
    hedge_s: float


class TraderHeld(NamedTuple):
    """An automatic hold: no new debit until `until_ms` (0: until released); code is its reason."""

    at_ms: int
    trader: str
    code: str
    until_ms: int
    text: str


class TraderReleased(NamedTuple):
    """An automatic hold is over."""

    at_ms: int
    trader: str
    code: str


class TraderFaulted(NamedTuple):
    """The trader's own code failed; it alone stops."""

    at_ms: int
    trader: str
    text: str


class SizeChanged(NamedTuple):
    """The trader's order size changed."""

    at_ms: int
    trader: str
    before: int
    after: int
    why: str


class SettingChanged(NamedTuple):
    """An approved or undone change of a parameter; values are JSON scalars or lists.

    recommendation came into force by it; empty for an undo, and for what nobody recommended.
    """

    at_ms: int
    trader: str
    setting: str
    before: Any
    after: Any
    why: str
    recommendation: str = ""


class LimitChanged(NamedTuple):
    """An operator tightened a limit of `[limits]`, or took the last change of it back (undo)."""

    at_ms: int
    limit: str
    before: int | float
    after: int | float
    undo: bool
    why: str


class PhaseChanged(NamedTuple):
    """The exchange's phase changed."""

    at_ms: int
    phase: str
    reason: str


class OperatorActed(NamedTuple):
    """What an operator asked for and what came of it."""

    at_ms: int
    ticket: str
    action: str
    target: str
    who: str
    key: str
    before: str
    after: str
    outcome: str
    reason: str


class Recommended(NamedTuple):
    """The engine recommends a change; `evidence` holds the figures it rests on."""

    at_ms: int
    recommendation: str
    trader: str
    kind: str
    before: Any
    after: Any
    verdict: str
    evidence: dict[str, Any]


class RecommendationSettled(NamedTuple):
    """A recommendation was applied, rejected, snoozed, undone, reverted, superseded or expired.

    by_program: a program applied it, and would do so again.
    """

    at_ms: int
    recommendation: str
    outcome: str
    reason: str
    by_program: bool = False


class TrialStarted(NamedTuple):
    """A change is tried: by turns it is in force and is not, as a coin says (docs/learning.md).

    trader is "*" for the desk; lever the setting that changes; before its former value by trader,
    for every trader concerned; after the value that is tried. design is "attempt", "block" or
    "session": what the coin assigns; seed the coin's. plan holds the figures of a TrialPlan and
    never changes; loss_room dollars; week the ISO week, number how many trials of it this makes.
    needed says how long it may take (pairs, attempts, sessions), predicted what the
    recommendation promised (effect, low, high: dollars a trader-hour), empty where nothing.
    """

    at_ms: int
    trial: str
    recommendation: str
    trader: str
    lever: str
    before: dict[str, Any]
    after: Any
    design: str
    seed: int
    plan: dict[str, Any]
    loss_room: float
    week: str
    number: int
    needed: dict[str, Any]
    predicted: dict[str, Any]


class TrialBlockEnded(NamedTuple):
    """A block of a trial is over: whole, or given up with the pair it belongs to (`why`).

    Trials by attempt have pairs in place of blocks: only their giving up is an event. seconds is
    the time of the trial's traders in a block that is a session, summed.
    """

    at_ms: int
    trial: str
    block: int
    whole: bool
    seconds: float
    why: str


class TrialShut(NamedTuple):
    """For so many seconds a gate kept a trader in an arm of a trial from ordering."""

    at_ms: int
    trial: str
    trader: str
    after: bool
    seconds: float
    gate: str


class TrialEnded(NamedTuple):
    """A trial is over: `end` is an End; figures are what it came to, reasons sentences."""

    at_ms: int
    trial: str
    end: str
    figures: dict[str, Any]
    reasons: list[str]


class TookOver(NamedTuple):
    """A new run goes on with what the desk's run before it had learned by trials.

    run and session_date say which run, and what it last traded. trials counts those that were ever
    named, ended and kept those that ended, and those that were kept; weeks has those started in an
    ISO week and not told in rows of their own. quiet rests a trader's lever: trader, setting, epoch
    milliseconds until. finished are predictions beside their measurements, dollars a trader-hour:
    predicted, its low and high, measured, standard error, half of the interval of the measurement.
    """

    at_ms: int
    run: str
    session_date: str
    trials: int
    ended: int
    kept: int
    weeks: dict[str, int]
    quiet: list[list[Any]]
    finished: list[list[float]]


class TrialCarried(NamedTuple):
    """How far a trial was when the run before ended; its own TrialStarted comes just before.

    block is the next one, used the attempts by trader, both without the pairs that were given up;
    given_up counts those, open_pairs the ones that were over but had dollars still open when a run
    ended, which are left out, too. course has the sums of the complete pairs (Course.values). half
    is the first block of a pair of sessions, empty where there is none: whether the arm after was
    in force (1 or 0), attempts, dollars, seconds.
    """

    at_ms: int
    trial: str
    block: int
    used: dict[str, int]
    given_up: int
    course: dict[str, Any]
    half: list[float]
    open_pairs: int = 0


class AlarmRaised(NamedTuple):
    """An alarm is raised: what, where, consequence and response.

    recurs: its places come and go, and an acknowledgement covers those that follow.
    """

    at_ms: int
    alarm: str
    priority: int
    code: str
    where: str
    what: str
    consequence: str
    response: str
    recurs: bool = False


class AlarmJoined(NamedTuple):
    """An alarm holds in another place too, or again, or with other particulars where it held."""

    at_ms: int
    alarm: str
    where: str
    what: str


class AlarmLeft(NamedTuple):
    """The condition behind an alarm is gone from one of its places."""

    at_ms: int
    alarm: str
    where: str


class AlarmRestated(NamedTuple):
    """An earlier version's AlarmJoined: the alarm holds there alone. Read, never written."""

    at_ms: int
    alarm: str
    where: str
    what: str


class AlarmCleared(NamedTuple):
    """The condition behind an alarm is gone from its last place."""

    at_ms: int
    alarm: str


class AlarmAcknowledged(NamedTuple):
    """An operator has seen an alarm."""

    at_ms: int
    alarm: str


class BooksCompared(NamedTuple):
    """The book was compared with the broker's: difference is empty where they agree."""

    at_ms: int
    chains: int
    difference: str


class Settled(NamedTuple):
    """Contracts ended by settlement, not by a trade; `settlement` identifies it for ever.

    kind is expired, cash, exercised, assigned, or closed by a trade that was not the desk's;
    quantity the contracts that ended, signed as held; price_c the underlying's settlement price,
    of closed ones the contract's own; cash_c and shares what the account received, by the book's
    own arithmetic. Kind "taken back" undoes one: its figures are negated.
    """

    at_ms: int
    trader: str
    settlement: str
    kind: str
    right: str
    strike: float
    quantity: int
    price_c: int
    cash_c: int
    shares: int


class SharesTraded(NamedTuple):
    """Shares that exercise or assignment left behind were traded, or taken over from the broker.

    shares is signed, received positive; cash_c what the account received.
    """

    at_ms: int
    symbol: str
    trade: str
    shares: int
    price_c: int
    cash_c: int


class PairSettled(NamedTuple):
    """A pair ended at expiration, or a unit was closed by hand at the broker.

    contracts counts its debit contracts, unhedged those without a credit; price_c is the
    underlying's settlement price, cents a share. cash_c is what its trades and the end of its
    contracts brought, payoff_c what legs and shares left to it were worth, floor_c its payoff
    floor at filled prices after fees (None: none), all money; realised_c = cash_c + payoff_c -
    fees_c.
    """

    at_ms: int
    trader: str
    cycle: int
    contracts: int
    unhedged: int
    price_c: int
    cash_c: int
    payoff_c: int
    fees_c: int
    realised_c: int
    floor_c: int | None


class ChainSettled(NamedTuple):
    """A chain's expiration is settled: none of its contracts is held any more."""

    at_ms: int
    trader: str
    price_c: int
    pairs: int
    realised_c: int


class BookAdjusted(NamedTuple):
    """An operator took the broker's position of a contract over into the book."""

    at_ms: int
    trader: str
    right: str
    strike: float
    before: int
    after: int


class LackAccepted(NamedTuple):
    """An operator accepts that the broker's record lacks executions; the book keeps them.

    executions are the names of one order's. Nobody is asked about them again.
    """

    at_ms: int
    trader: str
    order: str
    executions: list[str]


class BaselineTaken(NamedTuple):
    """An operator says what of the account is external: the desk neither books nor trades it.

    contracts are signed contracts by contract, such as "SPY 2026-12-04 C 585", shares signed shares
    by root: all that is external from here on.
    """

    at_ms: int
    contracts: dict[str, int]
    shares: dict[str, int]


class LiveArmed(NamedTuple):
    """An operator armed live trading: from here to the process's end debits may go out.

    account is what may be shown of the account's number; debit_limit_c the cents of debits that may
    be bought on this day, None for no limit of its own.
    """

    at_ms: int
    account: str
    who: str
    debit_limit_c: int | None


class GatesLookedAt(NamedTuple):
    """What kept traders from a debit since the last such row, at looks ten seconds apart.

    looks counts, over all traders that the desk has, how often each gate was the first closed;
    OPEN where none was.
    """

    at_ms: int
    looks: dict[str, int]


class PositionsValued(NamedTuple):
    """What closing everything that is held would bring at natural prices, in cents before fees.

    contracts are those held, long and short; value_c is None where a short one has no ask.
    """

    at_ms: int
    contracts: int
    value_c: int | None


DIFFERENCE: Final = "ended with a difference"
"""How the reason of an end begins that left book and broker apart, or an end that is not final."""

UNANSWERED: Final = "without an answer"
"""What such a reason says of orders that may still execute."""


class SessionEnded(NamedTuple):
    """The session is over: "settled", or the reason begins with DIFFERENCE and says which."""

    at_ms: int
    reason: str


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
