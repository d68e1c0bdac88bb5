"""What attempts taught so far: sums by quarter hour, trader, phase, quoted width and settings.

Memory grows with the quarter hours traded, not with the attempts, and holds twenty sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.learning.attempt_results import AttemptResult
from engine.learning.evidence.amounts import N, amounts_of
from engine.learning.evidence.answers import Answers
from engine.learning.evidence.block_rows import BlockRows
from engine.learning.evidence.cell_names import CellNames
from engine.learning.evidence.cells import BLOCK_MINUTES, floor_step
from engine.learning.evidence.table import Block, Table

SESSIONS_KEPT: Final = 20
"""Sessions whose attempts are evidence; older ones are dropped."""

_OPEN: Final = 3
"""Blocks, those used last, that are not packed: a result may come late."""


class Evidence:
    """Sums the rows of attempts; an observer of AttemptResults, single-threaded.

    Rows of another venue or fill model begin new evidence: what was before is forgotten.

    Args:
        multiplier_of: a trader's contract multiplier.
    """

    def __init__(self, multiplier_of: Callable[[str], int] = lambda trader: 100) -> None:
        self._multiplier_of = multiplier_of
        self._blocks: dict[Block, BlockRows] = {}
        self._open: list[BlockRows] = []
        self._names = CellNames()
        self._sessions: list[int] = []
        self.venue = ""
        self.attempts = 0

    def observe(self, row: AttemptResult, sign: int) -> None:
        """Add a row, or take one back that was added before."""
        if row.venue != self.venue and sign < 0:
            return
        self.at_venue(row.venue)
        if row.session not in self._sessions:
            if sign < 0:
                return
            self._new_session(row.session)
        block = self._block((row.session, row.minute // BLOCK_MINUTES))
        amounts = amounts_of(row, self._multiplier_of(row.trader))
        block.opened().add(self._names.of(row), *amounts, sign)
        block.floors.add(floor_step(row.floor), (1,), (row.dollars,), sign)
        self.attempts += sign

    def _block(self, key: Block) -> BlockRows:
        """The sums of a block, which was used last now; those used before that are packed."""
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = BlockRows()
        last = self._open
        if not last or last[-1] is not block:
            if block in last:
                last.remove(block)
            last.append(block)
            if len(last) > _OPEN:
                last.pop(0).close()
        return block

    def at_venue(self, venue: str) -> None:
        """Attempts are made at this venue from here on: those of another are forgotten."""
        if venue != self.venue:
            self._begin_anew(venue)

    def _begin_anew(self, venue: str) -> None:
        self._blocks.clear()
        self._open.clear()
        self._names = CellNames()
        self._sessions.clear()
        self.venue, self.attempts = venue, 0

    def _new_session(self, session: int) -> None:
        self._sessions.append(session)
        if len(self._sessions) > SESSIONS_KEPT:
            gone = self._sessions.pop(0)
            for key in [each for each in self._blocks if each[0] == gone]:
                self.attempts -= int(self._blocks.pop(key).cells.columns().counts[N].sum())

    @property
    def blocks(self) -> int:
        """Quarter hours in which anything was tried."""
        return len(self._blocks)

    def answers(self, sessions: int = SESSIONS_KEPT) -> Answers:
        """What attempts tell so far, for as long as the caller keeps it; later rows are not in it.

        Args:
            sessions: how many of the latest ones.
        """
        latest = set(self._sessions[-sessions:])
        blocks = {key: block for key, block in self._blocks.items() if key[0] in latest}
        return Answers(Table(self._names, blocks))
