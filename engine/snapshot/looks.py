"""What observers look at: what they ask for, and how far the desk has come with each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.snapshot.chains import TraderDetail
from engine.snapshot.held import PairView, PositionsView
from engine.snapshot.orders import OrderStory


class LookKind(StrEnum):
    """What may be looked at, and nothing else."""

    TRADER = "trader"
    POSITIONS = "positions"
    PAYOFF = "payoff"
    ORDER = "order"
    LIST = "list"


class LookState(StrEnum):
    """How far the desk is with a look: formed, about to be, without room, without such a thing."""

    SHOWN = "shown"
    COMING = "coming"
    FULL = "full"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that is looked at.

    name is a trader's key, a pair's "TRADER/CYCLE", an order's id, "" of the positions, or a list
    as screens ask for it: "pairs", "contracts", either with "@:" and words that are looked for,
    "orders@changed", "orders@TRADER/CYCLE", "orders@:" and words.
    """

    kind: LookKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class PayoffView:
    """One pair with (underlying prices, dollars at expiration after fees), and the price now."""

    pair: PairView
    curve: tuple[tuple[float, ...], tuple[float, ...]]
    underlying: float | None


@dataclass(frozen=True, slots=True)
class LookView:
    """A look and what the desk formed of it, as of at_s in the snapshot `version`.

    Of detail, story, positions and payoff it has the one that its kind names; of a list the pages
    come apart.
    """

    look: Look
    state: LookState
    version: int = 0
    at_s: float = 0.0
    detail: TraderDetail | None = None
    story: OrderStory | None = None
    positions: PositionsView | None = None
    payoff: PayoffView | None = None


@dataclass(frozen=True, slots=True)
class LookedAt:
    """An observer's look, how far the desk is with it, and how old its figures are.

    at_s is when they were formed; late whether that is longer ago than looks are formed anew.
    """

    look: Look
    state: LookState
    at_s: float = 0.0
    late: bool = False
