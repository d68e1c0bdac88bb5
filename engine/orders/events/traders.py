"""A trader, its settings and holds, and its unit, from the debit's fill to the cycle's end."""

from __future__ import annotations

from typing import Any, NamedTuple


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
    """A cycle with a filled debit is over: outcome is COMPLETE, SCRATCHED, PARKED or BUSTED.

    BUSTED is one of which the broker took every execution back: nothing was bought, sold or locked.

    contracts counts the debit contracts that filled; net_c is credit minus debit in money before
    fees; floor_c the payoff floor in money at filled prices after fees; hedge_s the seconds from
    the first debit execution to the last credit execution; kind the payoff's class name; kept_s the
    seconds for which the unit kept its trader from an attempt that was due.
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
    kept_s: float = 0.0


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
