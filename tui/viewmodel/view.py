"""What every view is made from, and the words for states that several of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.config import DeskConfig
from engine.snapshot import EngineSnapshot, EngineState, LossLimit, TraderState
from tui.state import ScreenState
from tui.text.glyphs import Glyphs

SILENT_S = 2.0
"""Real seconds without a new snapshot after which the engine is called silent."""


OUTDATED_S = 1.0
"""Real seconds without a new snapshot after which every age on the screen is marked stale."""


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot as this operator looks at it.

    Args:
        snapshot: the desk.
        state: what the operator has chosen.
        glyphs: what may be drawn.
        config: the settings, with what was chosen on the screen since.
        named: what names a setting, by its key: "file", or a variable.
    """

    snapshot: EngineSnapshot
    state: ScreenState
    glyphs: Glyphs
    config: DeskConfig | None = None
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def now_s(self) -> float:
        """The engine's time, epoch seconds."""
        return self.snapshot.now_s

    @property
    def budgeted(self) -> bool:
        """Whether the day's order budget bounds this desk; else orders are only counted."""
        return self.snapshot.totals.order_budget_enforced

    @property
    def all_paused(self) -> bool:
        """Whether there are traders and every one is paused: none looks at quotes."""
        traders = self.snapshot.traders
        return self.state.once(
            "all paused", traders, None, lambda: {t.state for t in traders} == {TraderState.PAUSED}
        )

    @property
    def loss_limit(self) -> LossLimit | None:
        """The limit that the day's loss meets next; None where nothing limits it."""
        return self.snapshot.totals.next_loss_limit

    @property
    def silent(self) -> bool:
        """Whether the engine should have sent a snapshot and has not."""
        return self.state.silent_s >= SILENT_S and not self._still

    @property
    def outdated(self) -> bool:
        """Whether what is shown may no longer be so, because no snapshot came."""
        return bool(self.lost) or (self.state.silent_s >= OUTDATED_S and not self._still)

    @property
    def lost(self) -> str:
        """Why an observed desk tells no more; "" while it does, and on its own screen."""
        return self.snapshot.lost

    @property
    def ended(self) -> bool:
        """Whether the desk has ended; what is shown is final."""
        return self.snapshot.state is EngineState.ENDED

    @property
    def opens_s(self) -> float | None:
        """When trading opens next, where it is another phase than the next one; else None."""
        phase = self.snapshot.phase
        if phase.multiplier is not None or self.ended or self.snapshot.past:
            return None
        return None if phase.next_open_s == phase.ends_s else phase.next_open_s

    @property
    def answers(self) -> bool:
        """Whether there is a desk that answers: not a past, an observed or an ended one."""
        return not self.snapshot.read_only and not self.ended

    @property
    def _still(self) -> bool:
        return not self.lost and (self.snapshot.time_paused or self.ended)


STATE_STYLES: dict[TraderState, str] = {
    TraderState.RUN: "state_calm",
    TraderState.WORKING: "state_calm",
    TraderState.HEDGING: "title",
    TraderState.PAUSED: "state_off",
    TraderState.HELD: "state_attention",
    TraderState.BLOCKED: "state_attention",
    TraderState.STALE: "state_attention",
    TraderState.FAULT: "state_fault",
    TraderState.OFF: "state_off",
    TraderState.KILLED: "value",
    TraderState.UNKNOWN: "unknown",
}

ENGINE_STYLES: dict[EngineState, str] = {
    EngineState.HALTED: "p2",
    EngineState.EXIT_ONLY: "p2",
    EngineState.KILLING: "p1",
    EngineState.KILLED: "p1",
    EngineState.DRAINING: "p2",
}

MODE_STYLES = {"SIM": "sim", "PAPER": "paper", "LIVE": "live"}

PRIORITY_STYLES = {1: "p1", 2: "p2", 3: "p3"}

LATCHED = (EngineState.KILLING, EngineState.KILLED)
