"""Which limits may be tightened while a desk runs, and which way is tighter.

Only limits that are asked anew before every debit, or looked at every second, and of which more is
plainly looser. What a trader takes up when it is made (`min_net_edge`), what has a clock of its own
(`last_debit_before_close_s`) and what merely times a question are of the next start.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError

from engine.config.names import DOLLARS, number_text, shown, shown_text, whole_cents
from engine.config.sections import RiskLimits

SECTION: Final = "limits."
"""How the key of a limit begins."""

TIGHTENED_LIVE: Final = (
    "max_contracts", "max_debit_usd_order", "max_debit_usd_chain", "max_debit_usd_desk",
    "max_worst_loss_usd_chain", "max_quote_age_s", "max_imbalance_chain", "max_imbalance_desk",
    "max_hung_desk", "day_loss_exit_only_usd", "day_loss_halt_usd", "rejects_hold_trader",
    "rejects_halt", "unwinds_exit_only", "order_budget_day", "orders_per_minute",
    "max_clock_skew_s",
)  # fmt: skip
"""Names of these limits; of each the lower value is the tighter one."""


class LimitError(ValueError):
    """A limit that cannot become so while the desk runs; says why, and what to do instead."""


def is_tighter(value: float, than: float) -> bool:
    """Whether a value of one of these limits lets less through than another one."""
    return value < than


def loosens(name: str, value: Any, *thans: Any) -> bool:
    """Whether a limit would let more through than with one of some other values.

    Args:
        name: of the limit; of one that is not tightened live any change counts.
        value: what it would be.
        thans: what it is compared with.
    """
    if name not in TIGHTENED_LIVE:
        return any(value != than for than in thans)
    return any(is_tighter(than, value) for than in thans)


def require_live(name: str) -> None:
    """Refuse a limit that does not change while the desk runs.

    Raises:
        LimitError: with when it changes.
    """
    if name not in RiskLimits.model_fields:
        raise LimitError(f"{SECTION}{shown_text(name)} is not a limit")
    if name not in TIGHTENED_LIVE:
        raise LimitError(f"{SECTION}{name} changes at the next start, by the settings file")


def tightened(limits: RiskLimits, name: str, value: Any) -> float:
    """What a limit would become, as the settings keep it: a whole number, or dollars or seconds.

    Args:
        limits: in force.
        name: of the limit.
        value: as it was asked for; of dollars the cents count, rounded down.

    Raises:
        LimitError: it does not change live, is outside its bounds, or would not be tighter.
    """
    require_live(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LimitError(f"{SECTION}{name} {shown(value)} is not a number")
    now = getattr(limits, name)
    if DOLLARS in name and isinstance(value, float):
        value = whole_cents(value)
    try:
        wanted = getattr(limits.changed(**{name: value}), name)
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"]
        raise LimitError(f"{SECTION}{name} {shown(value)}: {said}") from None
    if wanted == now:
        raise LimitError(f"{SECTION}{name} is {number_text(name, now)} already")
    if not is_tighter(wanted, now):
        raise LimitError(
            f"{SECTION}{name} {number_text(name, wanted)} is looser than {number_text(name, now)}, "
            "which is in force: a limit only tightens here; the settings file loosens it at the "
            "next start"
        )
    return float(wanted) if isinstance(now, float) else int(wanted)
