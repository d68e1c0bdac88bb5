"""What an engine tells those around it, and asks of them: callables given to its constructor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.book.contracts import ContractBook
from engine.run_folder.open_orders import NoMirror
from engine.runtime.lanes import Workers
from engine.snapshot import EngineSnapshot, EngineState

NO_GUARD: Final = "no guard"


@dataclass(frozen=True, slots=True)
class DeskHooks:
    """What surrounds an engine; an engine that stands alone needs none of it.

    Args:
        on_latch: told the stage at which the kill latch closes, 0 when it opens, where it
            outlives the process; may raise OSError.
        is_latched: whether another process has closed the kill latch.
        open_orders: told each order before it is sent and when it has ended.
        guard: says who would cancel the open orders if this process died.
        on_paint: told each snapshot of a running engine; JournalError from it closes the gate.
        progress_of: state and epoch seconds to the fraction done of a replay or warm-up, or None.
        compared: says how a book differs from the broker's own ledger, money included, where that
            can be read; asked at the end.
        ends_with_session: whether the close of the session ends the engine.
        warnings: sentences for the operator; the engine adds its own.
        workers: threads in virtual time, for a broker that makes its callers wait there; None
            where calls take no virtual time, or time is real.
    """

    on_latch: Callable[[int], None] = lambda stage: None
    is_latched: Callable[[], bool] = lambda: False
    open_orders: NoMirror = field(default_factory=NoMirror)
    guard: Callable[[], str] = lambda: NO_GUARD
    on_paint: Callable[[EngineSnapshot], None] = lambda snapshot: None
    progress_of: Callable[[EngineState, float], float | None] = lambda state, epoch_s: None
    compared: Callable[[ContractBook], str] = lambda book: ""
    ends_with_session: bool = False
    warnings: list[str] = field(default_factory=list)
    workers: Workers | None = None
