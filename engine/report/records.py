"""What a session report holds: plain records, whole cents, None where something is unknown."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from engine.report.provenance import Provenance
from engine.snapshot.dollars import Concentration

FORMAT: Final = 1
"""Version of the JSON; keys are only ever added within one."""

NOT_COMPARED: Final = "not compared"
"""How a report begins what it says of books that nobody compared, or not to the end."""


@dataclass(frozen=True, slots=True)
class Rate:
    """k of n with its 95 % Wilson interval; thin below 50 trials, the first look of a verdict."""

    label: str
    k: int
    n: int
    rate: float | None
    low: float | None
    high: float | None
    thin: bool
    lots_per_attempt: float | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """Which session this is; a simulated figure never goes without its source and fill model."""

    mode: str
    account: str
    run: str
    session_date: str
    source: str
    fill_model: str
    seed: int
    started_ms: int
    ended_ms: int
    ended: bool
    end_reason: str
    starts: int
    ended_by: str = ""
    """Who asked for the end; "" where the plan or the close ended it."""
    fills: dict[str, Any] = field(default_factory=dict)
    """Every parameter of the fill models; empty for a broker's fills and in older journals."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles with a filled debit. Times in seconds, None where nothing was measured.

    `open` counts the units that have unhedged contracts, `parked` those of them that are parked.
    `filled` has `left_over` ones that an earlier session had left unended, `hung` has `hung_before`
    units that had hung in the session before.
    """

    filled: int
    completion: Rate
    scratched: int
    parked: int
    open: int
    hung: int
    hedge_p50_s: float | None
    worst_hedge_s: float | None
    per_hung_c: int | None
    left_over: int = 0
    hung_before: int = 0


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """Whole cents. net_premium_c is cash before fees, matched_c - open_c, and never a profit.

    fees_c, like the cash, is of all sessions of the journal so far, session_fees_c of this one;
    floor_c is the sum of the payoff floors of finished cycles at filled prices after fees;
    result_c is that of the session alone, with what was lost on units sold back, and trader_hours
    the time of its traders while the exchange traded;
    open_worst_c what open units come to at least beyond that, after fees (None: unlimited losses);
    liquidation_c what closing everything held brought at natural prices, before fees, when the
    session ended (None while it runs, or where a short contract had no ask). realised_c is what
    `settled` pairs came to at expiration after fees, shares_realised_c what trading the shares that
    they left behind brought beyond their settlement price.
    """

    gross_credit_c: int
    gross_debit_c: int
    unwinds_c: int
    fees_c: int
    session_fees_c: int
    net_premium_c: int
    matched_c: int
    open_c: int
    floor_c: int
    result_c: int
    trader_hours: float
    liquidation_c: int | None
    open_worst_c: int | None
    debit_contracts: int
    credit_contracts: int
    unwound_contracts: int
    unhedged: int
    labels: dict[str, int]
    settled: int
    realised_c: int
    shares_realised_c: int


@dataclass(frozen=True, slots=True)
class OrderTable:
    """Orders since the session began; efficiency is (sent + cancels) / (executed + 1)."""

    sent: int
    cancels: int
    executed: int
    efficiency: float | None
    rejects: int
    partials: int
    late_fills: int
    duplicates: int
    unknown: int
    live: int
    not_booked: int
    suspect: int = 0
    """Debits whose pair had a floor at mid, after fees, above zero: stale or mispriced quotes."""


@dataclass(frozen=True, slots=True)
class CapitalRow:
    """What completed pairs tie up until they expire, see `engine.state.held_capital`.

    dollar_days is the capital times calendar days for each guaranteed dollar, None where the floor
    is not above zero.
    """

    label: str
    pairs: int
    floor_c: int
    capital_c: int
    cent_days: int
    dollar_days: float | None


@dataclass(frozen=True, slots=True)
class DollarTable:
    """Whose the session's results are: by symbol in cents, and how concentrated the gains are."""

    symbols: tuple[tuple[str, int], ...]
    by_trader: Concentration
    by_symbol: Concentration


@dataclass(frozen=True, slots=True)
class TraderRow:
    """One trader; result_c is what its finished cycles of the session pay at least."""

    trader: str
    size: int
    fill: Rate
    completions: int
    filled_cycles: int
    last_result: str
    hedge_p50_s: float | None
    fill_p50_s: float | None
    net_contracts: int
    net_premium_c: int
    matched_c: int
    open_c: int
    fees_c: int
    floor_c: int
    rejects: int
    hold: str
    fault: str
    symbol: str
    expiration: str
    result_c: int
    orders: int
    trader_hours: float
    capital: CapitalRow
    suspect: int = 0
    """As in `OrderTable`."""


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """One recommendation and what became of it."""

    id: str
    kind: str
    trader: str
    before: Any
    after: Any
    verdict: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One trial: what was tried, and what it came to so far, in guaranteed dollars a trader-hour.

    promised is empty where nothing was; shrunk allows for the trial having stopped where it did;
    next_usd_hour is what the session after a kept one made.
    """

    id: str
    setting: str
    trader: str
    after: Any
    end: str
    pairs: int
    effect: float | None
    low: float | None
    high: float | None
    shrunk: float | None
    promised: dict[str, float]
    cost_usd: float
    next_usd_hour: float | None
    reasons: tuple[str, ...]
    standard_error: float | None = None
    """Of the effect, as if the number of pairs had been fixed; None below two of them."""
    reach: float | None = None
    """Half of the effect's 95 % interval wherever the trial stopped; None for too few pairs."""
    ended_ms: int | None = None
    """When it ended, epoch milliseconds; None while it runs."""
    here: bool = True
    """Whether its attempts went where the session's do, and were filled as they are."""


@dataclass(frozen=True, slots=True)
class AlarmTable:
    """Alarms raised by priority, those not cleared, median seconds to acknowledgement."""

    p1: int
    p2: int
    p3: int
    standing: tuple[str, ...]
    ack_p50_s: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """How the session went: what its plots are drawn from.

    results are cents by stretch of `stretch_s` seconds, orders those sent, both by the epoch
    milliseconds at which a stretch begins. fill_times, waits and hedges are (seconds, how many), in
    steps of 10 ms to ten seconds: from WORKING to the fill, or to the cancel of what did not fill;
    from the first debit execution to the last credit execution. gates count looks ten seconds apart
    at the first closed gate of each trader, OPEN where none was. alarms are (priority, code, how
    often raised). order_budget is what a day may have on a month's average, None where the settings
    do not tell it.
    """

    stretch_s: int
    results: tuple[tuple[int, int], ...]
    orders: tuple[tuple[int, int], ...]
    fill_times: tuple[tuple[float, int], ...]
    waits: tuple[tuple[float, int], ...]
    hedges: tuple[tuple[float, int], ...]
    gates: dict[str, int]
    alarms: tuple[tuple[int, str, int], ...]
    order_budget: int | None
    order_budget_enforced: bool


@dataclass(frozen=True, slots=True)
class SessionReport:
    """What a session came to. None means unknown and is shown as n/a.

    made_by says what filled its orders; where processes of it used more than one fill model, its
    figures are of all of them together.
    """

    header: Header
    attempts: Rate
    fill_p50_s: float | None
    cycles: Cycles
    money: MoneyTable
    orders: OrderTable
    sizes: tuple[Rate, ...]
    hours: tuple[Rate, ...]
    delays: tuple[Rate, ...]
    traders: tuple[TraderRow, ...]
    recommendations: tuple[RecommendationRow, ...]
    operator: tuple[tuple[str, str, int], ...]
    alarms: AlarmTable
    books: str
    dollars: DollarTable
    capital: tuple[CapitalRow, ...]
    course: Course
    made_by: tuple[Provenance, ...]
    trials: tuple[TrialRow, ...] = ()
    calibration: str = ""
    """How good promises were, over all finished trials; "" before the first."""
    notices: tuple[str, ...] = ()
    """Locations in use at which nothing fills, and what exploring came to."""
    afterwards: tuple[str, ...] = ()
    """What the market did after fills and cancels, as far as anybody looked."""

    def of_run(self, run: str) -> SessionReport:
        """The same report, named after its run.

        Args:
            run: its folder's name; a journal has the day's, which several runs can have, and
                another one for each session of a run that goes on.
        """
        return replace(self, header=replace(self.header, run=run))

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values; keys are stable, money is whole cents, times name a unit."""
        return {"format": FORMAT, **asdict(self)}
