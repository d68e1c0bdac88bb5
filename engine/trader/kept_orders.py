"""Which orders a trader remembers: live ones, those of open units, the last that ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from engine.orders.ids import EXECUTED_KEPT, FEWEST_KEPT, MOST_KEPT
from engine.orders.order import Order

UNFILLED_KEPT: Final = 48
"""Ended orders without an execution that each side of a trader remembers."""

_TRIES: Final = 2
"""Orders looked at to be forgotten with each that is added: so what waited is caught up with."""

Kept = TypeVar("Kept")


class KeptOrders(Generic[Kept]):
    """Remembers live orders and those of open units, the last that ended, many that executed.

    A late report of the broker finds its order here: an execution may be repeated, corrected or
    busted hours later. An executed order is forgotten once EXECUTED_KEPT others of the desk have
    executed since, but the last FEWEST_KEPT are not, and no more than MOST_KEPT are remembered. So
    what a desk remembers is full within its first hour, however unequal its traders are. What is of
    an open unit is not forgotten: whoever did not hear of its late execution, or of one that was
    taken back, would sell for it again, or what is not there any more.

    What is kept may be put away (see `RememberedOrders`): whoever asks for it has it back.

    Args:
        order_of: the order of what is kept.
        is_open: whether what is kept belongs to a unit that is still open.
        executed: how many orders of the desk have executed so far.
        unfilled: how many orders without an execution are remembered.
        unpack: gives everything back, by `put_back`, that was put away in one piece.
    """

    def __init__(
        self,
        order_of: Callable[[Kept], Order],
        is_open: Callable[[Kept], bool],
        executed: Callable[[], int],
        unfilled: int = UNFILLED_KEPT,
        unpack: Callable[[bytes], None] = lambda packed: None,
    ) -> None:
        self._order_of = order_of
        self._is_open = is_open
        self._executed = executed
        self._unfilled = unfilled
        self._unpack = unpack
        self._kept: dict[str, Kept | bytes] = {}
        self._latest: deque[str] = deque()
        self._filled: deque[tuple[str, int]] = deque()

    def __getitem__(self, name: str) -> Kept:
        kept = self._kept[name]
        if isinstance(kept, bytes):
            self._unpack(kept)
            kept = self._kept[name]
            assert not isinstance(kept, bytes)
        return kept

    def get(self, name: str) -> Kept | None:
        """What is kept under a client order id; None where it is unknown or forgotten."""
        return self[name] if name in self._kept else None

    def at_hand(self, name: str) -> Kept | None:
        """What is kept under a client order id; None also where it is put away."""
        kept = self._kept.get(name)
        return None if isinstance(kept, bytes) else kept

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, name: str, kept: Kept) -> None:
        """Remember a new order, and forget the oldest where there are too many."""
        self._kept[name] = kept
        self._latest.append(name)
        for _ in range(min(_TRIES, len(self._latest) - self._unfilled)):
            self._forget_one()
        self._forget_executed()

    def put_away(self, name: str, packed: bytes, executed: bool) -> None:
        """Keep an ended order of a closed unit in this form until somebody asks for it.

        Args:
            name: its client order id.
            packed: it, with whatever `unpack` gives back along with it.
            executed: whether it has executions.
        """
        self._kept[name] = packed
        if executed and name in self._latest:
            self._latest.remove(name)
            self._filled.append((name, self._executed()))

    def put_back(self, name: str, kept: Kept) -> None:
        """Keep an order as it was before it was put away."""
        self._kept[name] = kept

    def _forget_one(self) -> None:
        oldest = self._latest.popleft()
        kept = self._kept[oldest]
        if isinstance(kept, bytes):
            del self._kept[oldest]
            return
        order = self._order_of(kept)
        if order.live or self._is_open(kept):
            self._latest.append(oldest)
        elif not order.executions and not order.lots:
            del self._kept[oldest]
        else:
            self._filled.append((oldest, self._executed()))

    def _forget_executed(self) -> None:
        filled, so_far = self._filled, self._executed()
        for _ in range(_TRIES):
            old = len(filled) > FEWEST_KEPT and filled[0][1] < so_far - EXECUTED_KEPT
            if not old and len(filled) <= MOST_KEPT:
                return
            name, _ = filled.popleft()
            kept = self._kept[name]
            if not isinstance(kept, bytes) and self._is_open(kept):
                filled.append((name, so_far))  # open again, by what was taken back
            else:
                del self._kept[name]
