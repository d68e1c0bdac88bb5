"""The sections of a desk's settings: timing, sizing, limits, ladder, where to keep things.

Every field carries its unit in its name or its description; unknown keys are errors.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from engine.config.bounds import (
    DEFAULT_EXPIRATIONS,
    FASTEST,
    LEAST_PERIOD_S,
    LEAST_SPEED,
    MOST_A_SHARE,
    MOST_EXPIRATIONS,
    MOST_SEED,
    MOST_STEPS,
    MOST_USD,
    Contracts,
    Counted,
    Days,
    Dollars,
    DollarsAShare,
    Held,
    Multiplier,
    Period,
    Rate,
    RateByRoot,
    Seconds,
    Steps,
    Volume,
    refuse_too_many,
)
from engine.config.broker import BrokerSettings, Fees
from engine.config.calibration import Calibration
from engine.config.fills import FillModelParameters, ModelName
from engine.config.names import (
    DEFAULT_ROOTS,
    Account,
    ExDates,
    FolderPath,
    Roots,
    ShortText,
    WrittenDate,
    WrittenTime,
    whole_cents,
)
from engine.config.notify import NotifySettings
from engine.config.screen import ScreenSettings
from engine.config.section import Section


class TimingParameters(Section):
    """When a trader tries, and how long it waits.

    Delay before an attempt = uniform(min, max) x (1 + U(-f/2, f/2)) x phase multiplier, never
    below the minimum. All durations are seconds.
    """

    cancel_after_seconds: Annotated[float, Field(ge=LEAST_PERIOD_S, le=60, allow_inf_nan=False)] = (
        2.5
    )
    min_delay_between_attempts: Seconds = 3.0
    max_delay_between_attempts: Period = 15.0
    random_delay_factor: Rate = 0.3
    open_auction_delay_multiplier: Multiplier = 2.0
    close_auction_delay_multiplier: Multiplier = 1.5

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_delay_between_attempts > self.max_delay_between_attempts:
            raise ValueError(
                f"min_delay_between_attempts {self.min_delay_between_attempts:g} s is above "
                f"max_delay_between_attempts {self.max_delay_between_attempts:g} s; "
                "set the minimum at or below the maximum"
            )
        return self


class SizingParameters(Section):
    """Order size in contracts, and the fill rates at which it changes."""

    min_contracts: Contracts = 1
    max_contracts: Contracts = 10
    current_contracts: Contracts = 1
    target_fill_rate: Rate = 0.50
    size_increase_threshold: Rate = 0.70
    size_decrease_threshold: Rate = 0.30

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_contracts > self.max_contracts:
            raise ValueError(
                f"min_contracts {self.min_contracts} is above max_contracts "
                f"{self.max_contracts}; set the minimum at or below the maximum"
            )
        if not self.min_contracts <= self.current_contracts <= self.max_contracts:
            raise ValueError(
                f"current_contracts {self.current_contracts} is outside min_contracts "
                f"{self.min_contracts} to max_contracts {self.max_contracts}"
            )
        if not (
            self.size_decrease_threshold <= self.target_fill_rate <= self.size_increase_threshold
        ):
            raise ValueError(
                "the fill rates must be ordered: size_decrease_threshold "
                f"{self.size_decrease_threshold:g} <= target_fill_rate "
                f"{self.target_fill_rate:g} <= size_increase_threshold "
                f"{self.size_increase_threshold:g}"
            )
        return self


class SpreadRules(Section):
    """Which pairs are scanned for, and at which prices they are tried."""

    buy_location: Rate = 0.35
    sell_location: Rate = 0.65
    max_spread_width: Annotated[float, Field(gt=0, le=MOST_A_SHARE)] = 10.0
    min_credit_threshold: Annotated[float, Field(ge=-10, le=100)] = 0.0
    prefer_atm: bool = True
    rule: Literal["any", "otm", "safe"] = "safe"
    objective: Literal["credit", "floor"] = "floor"
    min_payoff_floor: Annotated[float, Field(ge=-1000, le=1000)] = 0.0
    max_loss_usd: Dollars | None = None
    min_days_to_expiry: Days = 7
    optimal_expiry_range: tuple[Days, Days] = (30, 180)
    min_volume: Volume = 0
    min_open_interest: Volume = 0
    max_quote_width: DollarsAShare | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.optimal_expiry_range
        if low > high:
            raise ValueError(
                f"optimal_expiry_range {low} to {high} must be two numbers of days, the smaller "
                "first"
            )
        return self


class LadderParameters(Section):
    """The hung-leg ladder: times count from the debit's fill, prices are per share.

    F1 = paid + fees + 0.01, F2 = paid, F3 = paid - min(concede_max, concede_fraction x paid);
    unwind loss allowed = max(2 ticks, unwind_fraction x paid), never above unwind_cap x paid.
    """

    settle_s: Seconds = 0.25
    rest_until_s: Seconds = 5.0
    walk_until_s: Seconds = 20.0
    walk_step_s: Period = 2.5
    walk_steps: Annotated[int, Field(ge=0, le=MOST_STEPS)] = 6
    rescan_every_s: Period = 5.0
    rescan_until_s: Seconds = 60.0
    alarm_after_s: Seconds = 30.0
    scratch_until_s: Seconds = 300.0
    operator_until_s: Seconds = 900.0
    concede_max: DollarsAShare = 0.05
    concede_fraction: Rate = 0.10
    unwind_fraction: Rate = 0.25
    unwind_cap: Rate = 0.50
    unwind_steps: Steps = 10
    unwind_step_s: Period = 3.0
    force_scratch_before_close_s: Seconds = 300.0
    unwind_before_close_s: Seconds = 180.0
    force_balance_at_close: bool = True


class RiskLimits(Section):
    """Hard limits; the numbers are those of a live account unless a profile scales them.

    For simulations, `scaled` raises the desk-wide limits with the number of traders.
    """

    profile: Literal["live", "simulation"] = "live"
    max_contracts: Contracts = 10
    max_debit_usd_order: Dollars = 2_500.0
    max_debit_usd_chain: Dollars = 5_000.0
    max_debit_usd_desk: Dollars = 15_000.0
    max_worst_loss_usd_chain: Dollars = 5_000.0
    min_net_edge: Annotated[float, Field(ge=-100, le=100)] = 0.01
    max_quote_age_s: Period = 1.0
    duplicate_within_s: Seconds = 1.0
    max_imbalance_chain: Held = 5
    max_imbalance_desk: Held = 10
    max_hung_desk: Held = 2
    day_loss_exit_only_usd: Dollars = 250.0
    day_loss_halt_usd: Dollars = 500.0
    rejects_hold_trader: Counted = 3
    rejects_halt: Counted = 10
    rejects_halt_window_s: Period = 300.0
    unwinds_exit_only: Counted = 3
    order_budget_day: Counted = 351
    order_budget_enforced: bool | None = None
    last_debit_before_close_s: Seconds = 300.0
    orders_per_minute: Counted = 60
    max_clock_skew_s: Period = 1.0
    order_hard_cap_s: Period = 10.0
    unknown_after_s: Period = 2.0
    final_ends_within_s: Seconds = 20.0
    refuse_assignable: bool | None = None
    assignment_width_share: Rate = 0.5
    interest_rate: Rate = 0.0

    @property
    def refuses_assignable(self) -> bool:
        """Whether contracts that may be exercised early at no loss are not sold.

        Unless set, on a live desk alone: a simulation has neither interest nor dividends.
        """
        return self.profile == "live" if self.refuse_assignable is None else self.refuse_assignable

    @property
    def enforces_order_budget(self) -> bool:
        """Whether debits stop and wait for the order budget; unless set, on a live desk alone."""
        if self.order_budget_enforced is None:
            return self.profile == "live"
        return self.order_budget_enforced

    def hold(self, name: str, value: float) -> None:
        """Have one of these limits be another value from now on.

        Raises:
            ValidationError: it is outside its bounds; nothing has changed.
        """
        setattr(self, name, value)

    def largest_order(self) -> tuple[str, int]:
        """The limit that bounds an order's contracts first, and its value."""
        bounds = (
            ("max_contracts", self.max_contracts),
            ("max_imbalance_chain", self.max_imbalance_chain),
            ("max_imbalance_desk", self.max_imbalance_desk),
        )
        return min(bounds, key=lambda bound: bound[1])

    def scaled(self, traders: int) -> RiskLimits:
        """These limits with the desk-wide ones raised for `traders` traders, never lowered.

        The order budget of a simulation is enforced where the settings say so themselves.
        """
        factor = max(1.0, traders / 9)

        def more(usd: float, times: float) -> float:
            return max(usd, whole_cents(min(MOST_USD, usd * times)))

        return self.model_copy(
            update={
                "profile": "simulation",
                "max_debit_usd_desk": more(self.max_debit_usd_desk, factor),
                "max_imbalance_desk": max(self.max_imbalance_desk, 2 * traders),
                "max_hung_desk": max(self.max_hung_desk, traders // 2),
                "day_loss_exit_only_usd": more(self.day_loss_exit_only_usd, factor * 4),
                "day_loss_halt_usd": more(self.day_loss_halt_usd, factor * 4),
                "rejects_halt": max(self.rejects_halt, traders * 2),
                "unwinds_exit_only": max(self.unwinds_exit_only, 4 * traders),
                "orders_per_minute": max(self.orders_per_minute, 60 * traders),
                "order_budget_enforced": bool(self.order_budget_enforced),
            }
        )


class FillRatePause(Section):
    """When a trader pauses because too few attempts fill (specification: 25 %, 60 s)."""

    min_fill_rate: Rate = 0.25
    window_attempts: Counted = 50
    judged_from_attempts: Counted = 20
    pause_s: Seconds = 60.0


class ExplorationSettings(Section):
    """Which share of attempts draws a neighbour of one of its settings; 0 explores nothing."""

    share: Annotated[float, Field(ge=0, le=0.25, allow_inf_nan=False)] = 0.0


class SimulationSettings(Section):
    """The embedded simulated exchange: one seed decides everything.

    fills: the parameters of every fill model. calibration: what `calibrated` was fitted to; in a
    file of settings also the path of the file that `legdesk calibrate` wrote.
    """

    seed: Annotated[int, Field(ge=0, le=MOST_SEED)] = 46
    fill_model: ModelName = "assumed-width"
    fills: FillModelParameters = Field(default_factory=FillModelParameters)
    calibration: Calibration | None = None
    symbols: Roots = DEFAULT_ROOTS
    expirations_per_symbol: Annotated[int, Field(ge=1, le=MOST_EXPIRATIONS)] = DEFAULT_EXPIRATIONS
    session_date: WrittenDate | None = None
    warm_up_until: WrittenTime = "10:15"
    speed: Annotated[float, Field(ge=LEAST_SPEED, le=FASTEST)] = 1.0

    @model_validator(mode="after")
    def _fitted(self) -> Self:
        if self.fill_model == "calibrated" and self.calibration is None:
            raise ValueError(
                "calibrated needs a fit: make one with `legdesk calibrate RUN...`, then name its "
                "file with --calibration, or as simulation.calibration"
            )
        return self

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        refuse_too_many(self.symbols, self.expirations_per_symbol)
        return self

    @property
    def model_text(self) -> str:
        """The fill model with every parameter that is not the documented one."""
        fit = self.calibration if self.fill_model == "calibrated" else None
        return self.fills.told(self.fill_model, fit.told if fit is not None else "")


OF_THE_PERSON: Final = ("state_dir", "theme", "keys", "notify", "screen")
"""Settings of whoever looks, which do not decide how a desk trades."""


NEVER_JOURNALED: Final = ("broker.account_number", "broker.proxy")
"""Settings that name an account, or may hold a password."""


class DeskConfig(Section):
    """All settings of a desk; each section is a table of the TOML file.

    ex_dividends: ex-dates by option root.
    dividend_yields: dividends of a year by option root, as a fraction of the underlying's price.
    fees: what a contract of a leg costs by option root, and by default.
    """

    mode: Literal["SIM", "PAPER", "LIVE"] = "SIM"
    account: Account = "SIM-01"
    theme: ShortText = "dark-grey"
    state_dir: FolderPath | None = None
    timing: TimingParameters = Field(default_factory=TimingParameters)
    sizing: SizingParameters = Field(default_factory=SizingParameters)
    spreads: SpreadRules = Field(default_factory=SpreadRules)
    ladder: LadderParameters = Field(default_factory=LadderParameters)
    limits: RiskLimits = Field(default_factory=RiskLimits)
    fill_rate: FillRatePause = Field(default_factory=FillRatePause)
    exploration: ExplorationSettings = Field(default_factory=ExplorationSettings)
    simulation: SimulationSettings = Field(default_factory=SimulationSettings)
    broker: BrokerSettings = Field(default_factory=BrokerSettings)
    notify: NotifySettings = Field(default_factory=NotifySettings)
    screen: ScreenSettings = Field(default_factory=ScreenSettings)
    fees: Fees = Field(default_factory=dict)
    ex_dividends: ExDates = Field(default_factory=dict)
    dividend_yields: RateByRoot = Field(default_factory=dict)
    keys: Annotated[dict[str, ShortText], Field(max_length=200)] = Field(default_factory=dict)

    def dividend_yield(self, root: str) -> float:
        """Dividends of a year as a fraction of the price; 0 where the settings name none."""
        return self.dividend_yields.get(root, 0.0)

    def for_the_journal(self) -> dict[str, Any]:
        """The settings that decide how the desk trades, as the journal keeps them."""
        of_the_person = dict.fromkeys(OF_THE_PERSON, True)
        secret = {"broker": {name.removeprefix("broker.") for name in NEVER_JOURNALED}}
        return self.model_dump(
            mode="json",
            exclude={**of_the_person, **secret},
        )
